"""The tables of one wave, checked together: each by itself, then between them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from mande import __version__
from mande.errors import Code, Language, MandeError, Place, Problem, Severity, Text
from mande.schema.programme import Programme
from mande.survey.check import Checked, run_wave_checks
from mande.survey.exports.shape import Shape, shaped
from mande.survey.faults import as_problems
from mande.survey.grid import RawTable
from mande.survey.layout_codes import L_SHEET_USED
from mande.survey.present import problems_text, verdict_text
from mande.survey.profile import ImportProfile, load_profile
from mande.survey.programme_tables import REGISTER, with_programme_tables
from mande.survey.recognise import Part, recognise
from mande.survey.rosters import depth_of, with_repeats
from mande.survey.unfit_answers import unfit_answers
from mande.survey.validate import (
    Examined,
    WaveUpload,
    check_names,
    examine,
    read_part,
    refused,
)
from mande.survey.verdict import EXIT_CODES, Status, Verdict

__all__ = ["WaveUpload", "WaveVerdict", "validate_wave"]

L_SAME = Code(
    "L-SAME",
    Text(
        "two files hold the same survey table",
        "deux fichiers contiennent la même table d'enquête",
        "dos archivos contienen la misma tabla de la encuesta",
    ),
    Text(
        "one file with table {table}", "un fichier pour la table {table}", "un archivo con la tabla {table}"
    ),
    Text(
        "Put the rows into one file, or leave one of the files out.",
        "Réunissez les lignes dans un seul fichier, ou retirez l'un des deux.",
        "Reúna las filas en un solo archivo, o quite uno de los dos.",
    ),
    Text("{table} in {found}", "{table} dans {found}", "{table} en {found}"),
)
L_OWN = Code(
    "L-OWN",
    Text(
        "the table of the programme's own units is not among the files",
        "la table des unités du programme n'est pas parmi les fichiers",
        "la tabla de las unidades del programa no está entre los archivos",
    ),
    Text("a file with table {table}", "un fichier pour la table {table}", "un archivo con la tabla {table}"),
    Text(
        "Give all files of the wave at once: they are checked against each other and stored together.",
        "Donnez tous les fichiers de la vague ensemble : ils sont vérifiés entre eux et stockés ensemble.",
        "Dé todos los archivos de la ronda a la vez: se revisan entre sí y se guardan juntos.",
    ),
    Text("{found}"),
)
_RANK: Mapping[Status, int] = {"ok": 0, "warnings": 1, "questions": 2, "errors": 3}


@dataclass(frozen=True, slots=True)
class WaveVerdict:
    """What the upload of a wave is worth: one verdict for each table, and what is wrong with none of them.

    `problems` are those of the upload as a whole: a sheet nobody can tell, a table that is missing.
    """

    programme: str
    wave: str
    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def given(self) -> tuple[str, ...]:
        """The files as they were given; their names where that is not known."""
        return self.paths or self.files

    @property
    def status(self) -> Status:
        """The worst of all tables and of the upload as a whole."""
        whole = Verdict(self.programme, self.wave, "", "", "", self.problems)
        return max((v.status for v in (whole, *self.verdicts)), key=lambda status: _RANK[status])

    @property
    def exit_code(self) -> int:
        """Exit code of the command: 0 fine, 1 warnings, 3 errors or open questions."""
        return EXIT_CODES[self.status]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all files, those that hold no known table among them."""
        named = (problem.place.file for problem in self.problems)
        names = (*(verdict.file for verdict in self.verdicts), *named)
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Every problem, those of the upload as a whole first."""
        return (*self.problems, *(problem for verdict in self.verdicts for problem in verdict.problems))

    def cell(self, problem: Problem) -> str:
        """Return nothing: a problem of the upload as a whole stands in no cell."""
        return ""

    def record(self, language: Language = "en") -> dict[str, Any]:
        """Return the overall verdict, and each table's with its problems, as plain values.

        An upload of one table has the record of that table.
        """
        if len(self.verdicts) == 1 and not self.problems:
            return self.verdicts[0].record(language)
        return {
            "format": 1,
            "mande": __version__,
            "programme": self.programme,
            "wave": self.wave,
            "verdict": self.status,
            "exit_code": self.exit_code,
            "language": language,
            "problems": [problem.as_record(language) for problem in self.problems],
            "tables": [verdict.record(language) for verdict in self.verdicts],
        }

    def as_json(self, language: Language = "en") -> str:
        """Return the record as JSON text."""
        return json.dumps(self.record(language), ensure_ascii=False, indent=2)

    def text(self, language: Language = "en", *, limit: int | None = None) -> str:
        """Return the verdict to read: the upload as a whole, then table by table."""
        if len(self.verdicts) == 1 and not self.problems:
            return self.verdicts[0].text(language, limit=limit)
        blocks = [problems_text(self, language)]
        blocks += [
            verdict_text(verdict, language, limit=limit, title=f"{verdict.table_name} ({verdict.file})")
            for verdict in self.verdicts
        ]
        return "\n\n".join(blocks)


def validate_wave(
    paths: Sequence[Path],
    upload: WaveUpload,
    *,
    table: str | None = None,
    sheet: str | None = None,
    named: Mapping[Path, str] = MappingProxyType({}),
) -> WaveVerdict:
    """Return the verdict on all files of a wave.

    Parameters
    ----------
    paths
        The files; a workbook may hold several tables in its sheets.
    upload
        What they are checked with.
    table
        Survey table of the file, where there is one file and its titles do not tell.
    sheet
        Sheet of the workbook to read; the others are left out.
    named
        The table of files of which it is known.

    Raises
    ------
    MandeError
        When the command itself is wrong: P-WAVE, P-TABLE, or a mapping or import profile that is not valid.
    """
    upload = replace(upload, catalogue=with_programme_tables(upload.catalogue, upload.programme))
    programme, folder = upload.programme, upload.programme_dir
    check_names(programme, upload.wave, table or programme.entity, upload.catalogue)
    if table is not None or sheet is not None:
        parts = [Part(path, table or programme.entity, sheet) for path in paths]
        problems: list[Problem] = []
    else:
        told = [Part(path, named[path]) for path in paths if path in named]
        parts, problems = recognise(
            [path for path in paths if path not in named],
            programme=programme,
            catalogue=upload.catalogue,
            programme_dir=folder,
            profile=load_profile(folder),
        )
        parts = [*told, *parts]
        if all(problem.severity is not Severity.QUESTION for problem in problems):
            problems += _own_table(parts, programme)
    parts, twice = _each_once(parts)
    examined: dict[str, Examined] = {}
    shapes: dict[str, Shape] = {}
    for part in parts:
        raw = read_part(part.path, upload, part.table, part.sheet)
        if isinstance(raw, RawTable):
            if part.sheet and sheet is None:
                # What became of the other sheets is told of the upload as a whole.
                raw = replace(raw, problems=tuple(p for p in raw.problems if p.code is not L_SHEET_USED))
            shapes[part.table] = shaped(raw)
        else:
            examined[part.table] = refused(upload, part.table, part.path.name, raw)
    shapes = with_repeats(shapes, upload)
    # The ids of the register are looked up by the others, decisions about rows by the rosters below.
    for name in sorted(shapes, key=lambda name: (name != REGISTER, depth_of(name, upload))):
        ids = _register_ids(examined.get(REGISTER), upload.catalogue.tables[programme.entity].key)
        shape = shapes[name]
        parent = examined.get(upload.catalogue.tables[name].parent or "")
        examined[name] = examine(
            shape.whole or shape.raw,
            upload,
            name,
            shape=shape,
            register=ids,
            above=None if parent is None else parent.fates,
        )
    verdicts = _between(examined, list(upload.catalogue.tables), load_profile(folder))
    given = {path.name: str(path) for path in paths}
    verdicts = tuple(replace(verdict, path=given.get(verdict.file, "")) for verdict in verdicts)
    return WaveVerdict(
        programme.id, upload.wave, verdicts, (*problems, *twice), tuple(dict.fromkeys(map(str, paths)))
    )


def _own_table(parts: Sequence[Part], programme: Programme) -> list[Problem]:
    names = [part.table for part in parts]
    if programme.entity in names:
        return []
    values = {"found": ", ".join(names) or "-", "table": programme.entity}
    return [Problem(L_OWN, Place(), values, Severity.WARNING)]


def _each_once(parts: Sequence[Part]) -> tuple[list[Part], list[Problem]]:
    first: dict[str, Part] = {}
    problems = []
    for part in parts:
        if first.setdefault(part.table, part) is not part:
            values = {"table": part.table, "found": f"{first[part.table].path.name}, {part.path.name}"}
            problems.append(Problem(L_SAME, Place(part.path.name, part.sheet or ""), values))
    return list(first.values()), problems


def _register_ids(examined: Examined | None, key: str) -> pl.Series | None:
    if examined is None or examined.checked is None or key not in examined.checked.table.frame.columns:
        return None
    return examined.checked.table.frame[key].drop_nulls()


def _between(
    examined: Mapping[str, Examined], order: Sequence[str], profile: ImportProfile
) -> tuple[Verdict, ...]:
    """Return the verdicts in the order of the definitions, with what was found between the tables."""
    tables: dict[str, Checked] = {name: e.checked for name, e in examined.items() if e.checked is not None}
    more: dict[str, list[Problem]] = {}
    for name, problem in run_wave_checks(tables):
        more.setdefault(name, []).append(problem)
    verdicts = []
    for name in sorted(examined, key=order.index):
        verdict = examined[name].verdict
        added = [*more.get(name, ()), *unfit_answers(verdict.problems, profile)]
        if added and verdict.raw is not None:
            verdict = replace(verdict, problems=as_problems(verdict.problems).with_first(added))
        verdicts.append(verdict)
    return tuple(verdicts)


def whole_or_error(verdict: WaveVerdict) -> WaveVerdict:
    """Return the verdict as it counts for acceptance: a wave without the programme's own table is refused.

    Raises
    ------
    MandeError
        Every error and open question that concerns the upload as a whole.
    """
    stopping = (Severity.ERROR, Severity.QUESTION)
    problems = [p for p in verdict.problems if p.severity in stopping or p.code is L_OWN]
    if problems:
        errors = [p for v in verdict.verdicts for p in v.problems if p.severity in stopping]
        raise MandeError(
            [*(replace(p, severity=Severity.ERROR) if p.code is L_OWN else p for p in problems), *errors]
        )
    return verdict
