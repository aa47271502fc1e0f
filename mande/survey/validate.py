"""Every problem of an upload at once: read, match columns, conform, check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Code, MandeError, Place, Problem, Severity, Text, did_you_mean
from mande.schema.common import Label
from mande.schema.programme import Programme
from mande.schema.question import Question, Table
from mande.survey.check import CheckContext, Checked, run_checks
from mande.survey.conform import conform
from mande.survey.grid import RawTable, Values
from mande.survey.interview import is_about_interview
from mande.survey.mapping import H_EXTRA, expected_titles, load_mapping, match_columns, with_key
from mande.survey.profile import load_profile
from mande.survey.programme_tables import with_made_key, with_programme_tables
from mande.survey.read import read_upload
from mande.survey.register import register_ids
from mande.survey.verdict import Verdict

__all__ = ["Verdict", "validate_upload"]

P_WAVE = Code(
    "P-WAVE",
    Text(
        "the programme has no such wave", "le programme n'a pas cette vague", "el programa no tiene esa ronda"
    ),
    Text("one of: {known}{hint}", "une de : {known}{hint}", "una de: {known}{hint}"),
    Text(
        "Check the spelling, or add the wave to programme.yaml.",
        "Vérifiez l'orthographe, ou ajoutez la vague à programme.yaml.",
        "Revise la ortografía, o añada la ronda a programme.yaml.",
    ),
)
P_TABLE = Code(
    "P-TABLE",
    Text(
        "there is no such survey table",
        "cette table d'enquête n'existe pas",
        "no existe esa tabla de encuesta",
    ),
    Text("one of: {known}{hint}", "une de : {known}{hint}", "una de: {known}{hint}"),
    Text(
        "Check the spelling, or define the table in indicators/_tables.yaml.",
        "Vérifiez l'orthographe, ou définissez la table dans indicators/_tables.yaml.",
        "Revise la ortografía, o defina la tabla en indicators/_tables.yaml.",
    ),
)
I_NOREGISTER = Code(
    "I-NOREGISTER",
    Text(
        "ids were not compared with the register",
        "les identifiants n'ont pas été comparés au registre",
        "no se compararon los ids con el registro",
    ),
    Text("a readable register", "un registre lisible", "un registro legible"),
    Text("Mend {file}.", "Corrigez {file}.", "Corrija {file}."),
)
H_INTERVIEW = Code(
    "H-INTERVIEW",
    Text(
        "columns about the interview itself: they serve to check the fieldwork and are not stored",
        "colonnes sur l'entretien lui-même : elles servent à contrôler le terrain et ne sont pas gardées",
        "columnas sobre la entrevista misma: sirven para controlar el campo y no se guardan",
    ),
    Text(""),
    Text(""),
)

_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Examined:
    """A verdict, and the table with what its checks looked at; None where it could not be read."""

    verdict: Verdict
    checked: Checked | None = None


def validate_upload(
    path: Path,
    *,
    programme: Programme,
    wave: str,
    catalogue: Catalogue,
    programme_dir: Path,
    table: str | None = None,
    sheet: str | None = None,
) -> Verdict:
    """Return the verdict on one table; whatever is in the file becomes a problem, never an exception.

    Parameters
    ----------
    path
        The upload, CSV or XLSX.
    programme
        The programme it belongs to.
    wave
        The wave it belongs to.
    catalogue
        Tables, questions and rules.
    programme_dir
        Folder of the programme, where mapping and register lie.
    table
        Survey table of the upload; the programme's own table where it is not given.
    sheet
        Sheet of the workbook; needed only where several could be meant.

    Raises
    ------
    MandeError
        When the command itself is wrong: P-WAVE, P-TABLE, or a mapping or import profile that is not valid.
    """
    whole = with_programme_tables(catalogue, programme)
    name = table or programme.entity
    check_names(programme, wave, name, whole)
    return examine(
        path,
        programme=programme,
        wave=wave,
        catalogue=whole,
        programme_dir=programme_dir,
        table=name,
        sheet=sheet,
    ).verdict


def examine(
    path: Path,
    *,
    programme: Programme,
    wave: str,
    catalogue: Catalogue,
    programme_dir: Path,
    table: str,
    sheet: str | None = None,
    register: pl.Series | None = None,
    previous: tuple[str, pl.DataFrame] | None = None,
) -> Examined:
    """Return the verdict on one table, and the table as checks between tables need it.

    `register` are the ids of a register uploaded together with it, `previous` is the wave before and the
    table as it was accepted then; for the other parameters see `validate_upload`.
    """
    schema = catalogue.tables[table]
    questions = with_key(catalogue.questions.get(table, {}), schema)
    mapping = load_mapping(programme_dir, table=table, questions=questions)
    profile = load_profile(programme_dir)
    empty = Verdict(programme.id, wave, table, path.name, "", ())
    try:
        raw = read_upload(path, expected=expected_titles(mapping, questions), sheet=sheet)
    except MandeError as error:
        return Examined(replace(empty, problems=error.problems))
    keyed = with_made_key(raw, table, schema, catalogue.tables[programme.entity].key)
    columns, problems = match_columns(keyed, mapping, questions)
    found = [*raw.problems, *_without_interview(problems, raw)]
    verdict = replace(
        empty, sha256=raw.sha256, raw=raw, labels=_labels(keyed, columns.by_question, questions)
    )
    if not columns.by_question:
        return Examined(replace(verdict, problems=ordered(found, raw)))
    conformed, faults = conform(
        keyed, columns, name=table, schema=schema, questions=questions, mapping=mapping
    )
    notes: list[Problem] = []
    if register is None or table != programme.entity:
        register, notes = _register(programme, programme_dir, schema, is_own=table == programme.entity)
    wave_before, answers = previous or ("", None)
    context = CheckContext(
        programme,
        wave,
        keyed,
        columns,
        register,
        profile,
        catalogue.rules.get(table, {}),
        previous=answers,
        previous_wave=wave_before,
    )
    found += [*faults, *notes, *run_checks(conformed, context)]
    verdict = replace(verdict, problems=ordered(found, raw), table=conformed)
    return Examined(verdict, Checked(conformed, context, schema))


def check_names(programme: Programme, wave: str, table: str, catalogue: Catalogue) -> None:
    """Refuse a wave or table that does not exist.

    Raises
    ------
    MandeError
        P-WAVE, P-TABLE.
    """
    waves = [entry.id for entry in programme.waves]
    for code, name, known in ((P_WAVE, wave, waves), (P_TABLE, table, list(catalogue.tables))):
        if name not in known:
            values: Values = {
                "found": name,
                "known": ", ".join(known) or "-",
                "hint": did_you_mean(name, known),
            }
            raise MandeError([Problem(code, Place(), values)])


def _without_interview(problems: Iterable[Problem], raw: RawTable) -> Iterator[Problem]:
    """Yield the problems of columns; those about the interview itself are used, and are no strangers."""
    known = []
    for problem in problems:
        if problem.code is H_EXTRA and is_about_interview(problem.place.column):
            known.append(problem.place.column)
        else:
            yield problem
    if known:
        yield Problem(H_INTERVIEW, raw.place(), {"found": ", ".join(known)}, Severity.NOTE)


def _labels(
    raw: RawTable, by_question: Mapping[str, int], questions: Mapping[str, Question]
) -> Mapping[str, Label]:
    return MappingProxyType(
        {raw.columns[index]: questions[name].label for name, index in by_question.items()}
    )


def _register(
    programme: Programme, folder: Path, schema: Table, *, is_own: bool
) -> tuple[pl.Series | None, list[Problem]]:
    """Return the register's ids; a register that is broken keeps no upload from being checked."""
    path = folder / programme.register_file
    if not is_own or not path.is_file():
        return None, []
    try:
        return register_ids(path, schema.key), []
    except MandeError as error:
        values: Values = {"found": error.problems[0].summary(), "file": path.name}
        return None, [Problem(I_NOREGISTER, Place(file=path.name), values, Severity.WARNING)]


def ordered(problems: Iterable[Problem], raw: RawTable) -> tuple[Problem, ...]:
    """Return the problems by row, then column; those of the file as a whole come first."""
    position = {title: place for place, title in enumerate(raw.columns)}

    def key(problem: Problem) -> tuple[int, int, int, str]:
        place = problem.place
        return (place.row or 0, position.get(place.column, -1), _ORDER[problem.severity], problem.code.id)

    return tuple(sorted(problems, key=key))
