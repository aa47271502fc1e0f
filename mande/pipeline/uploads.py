"""Validate and accept survey uploads."""

from __future__ import annotations

import datetime as dt
import getpass
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mande.errors import Code, Language, Place, Problem, Severity, Text, Value
from mande.formula import names, parse
from mande.pipeline.runs import Definitions, load_definitions
from mande.survey.accept import Receipt, accept_upload
from mande.survey.annotate import write_annotated
from mande.survey.faults import as_problems
from mande.survey.validate import Verdict, validate_upload
from mande.wording import count
from mande.workspace import Workspace, find_workspace, sha256_file

__all__ = ["accept", "accept_pending", "annotate", "validate"]


F_OTHERWAVE = Code(
    "F-OTHERWAVE",
    Text(
        "this very file has been accepted for another wave",
        "ce même fichier a été accepté pour une autre vague",
        "este mismo archivo ya se aceptó para otra ronda",
    ),
    Text("a file of wave {wave}", "un fichier de la vague {wave}", "un archivo de la ronda {wave}"),
    Text(
        "Choose the file of this wave, or the wave of this file.",
        "Choisissez le fichier de cette vague, ou la vague de ce fichier.",
        "Elija el archivo de esta ronda, o la ronda de este archivo.",
    ),
    Text("accepted as wave {found}", "accepté comme vague {found}", "aceptado como ronda {found}"),
)


H_OUTCOME = Code(
    "H-OUTCOME",
    Text(
        "an outcome of the programme cannot be measured from this file: {outcome}",
        "un résultat du programme ne peut pas être mesuré avec ce fichier : {outcome}",
        "un resultado del programa no puede medirse con este archivo: {outcome}",
    ),
    Text("the columns it needs", "les colonnes nécessaires", "las columnas que necesita"),
    Text(
        "If the question was asked, export its column too; if not, this wave has no value of the outcome.",
        "Si la question a été posée, exportez sa colonne ; sinon cette vague n'aura pas ce résultat.",
        "Si se preguntó, exporte su columna también; si no, esta ronda no tendrá ese resultado.",
    ),
    Text("no column for {found}", "pas de colonne pour {found}", "ninguna columna para {found}"),
)


def validate(
    file: Path | str,
    *,
    programme: str,
    wave: str,
    table: str | None = None,
    sheet: str | None = None,
    workspace: Path | str = ".",
) -> Verdict:
    """Check a survey file against the questionnaire of a programme. Nothing is stored.

    Parameters
    ----------
    file
        CSV or XLSX file.
    programme
        Id of the programme.
    wave
        Id of the wave the file belongs to.
    table
        Survey table of the file; by default the programme's own entity.
    sheet
        Sheet of the workbook, where several could be meant.
    workspace
        A folder inside the workspace.

    Returns
    -------
    Verdict with every problem found.

    Raises
    ------
    MandeError
        When the workspace, the programme, the wave or a definition is not right.
    """
    place = find_workspace(Path(workspace))
    return _verdict(place, load_definitions(place, programme), Path(file), wave, table, sheet)


def _verdict(
    place: Workspace,
    definitions: Definitions,
    file: Path,
    wave: str,
    table: str | None,
    sheet: str | None = None,
) -> Verdict:
    verdict = validate_upload(
        file,
        programme=definitions.programme,
        wave=wave,
        table=table,
        catalogue=definitions.catalogue,
        programme_dir=definitions.folder,
        sheet=sheet,
        day=dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1),
    )
    found = [*_of_another_wave(place, definitions, verdict, wave), *_lost_outcomes(definitions, verdict)]
    return replace(verdict, problems=as_problems(verdict.problems).with_first(found)) if found else verdict


def _of_another_wave(
    place: Workspace, definitions: Definitions, verdict: Verdict, wave: str
) -> Iterator[Problem]:
    other = _other_wave(place, definitions, verdict.sha256, wave)
    if other is not None:
        yield Problem(F_OTHERWAVE, Place(file=verdict.file), {"found": other, "wave": wave})


def _lost_outcomes(definitions: Definitions, verdict: Verdict) -> Iterator[Problem]:
    """Yield a warning for each outcome that needs a question without a column in this file."""
    table = verdict.table
    if table is None:
        return
    absent = set(table.questions) - set(table.titles) - set(definitions.programme.constants)
    for outcome in definitions.programme.outcomes:
        indicator = definitions.catalogue.indicators.get(outcome.indicator)
        if indicator is None or indicator.entity != table.name:
            continue
        texts = [*indicator.formulas.values(), indicator.value]
        lost = sorted({column.name for text in texts for column in names(parse(text))} & absent)
        if lost:
            label = indicator.label
            values: dict[str, Value | Text] = {
                "found": ", ".join(lost),
                "outcome": Text(label.en, label.fr, label.es),
            }
            yield Problem(H_OUTCOME, Place(file=verdict.file), values, Severity.WARNING)


def _other_wave(place: Workspace, definitions: Definitions, sha256: str, wave: str) -> str | None:
    """Return the other wave whose newest revision holds an upload of that hash, if there is one."""
    for other in definitions.programme.waves:
        manifest = place.manifest(definitions.programme.id, other.id)
        if other.id != wave and manifest is not None and sha256 in _upload_hashes(manifest):
            return other.id
    return None


def _upload_hashes(manifest: Mapping[str, Any]) -> set[str]:
    return {entry["upload"]["sha256"] for entry in manifest["tables"].values()}


def annotate(verdict: Verdict, path: Path, *, language: Language = "en") -> Path | None:
    """Write a marked Excel copy of the upload; None where the file could not be read as a table."""
    return write_annotated(verdict, path, language=language)


def accept(
    file: Path | str,
    *,
    programme: str,
    wave: str,
    table: str | None = None,
    sheet: str | None = None,
    by: str | None = None,
    revision: bool = False,
    reason: str | None = None,
    workspace: Path | str = ".",
) -> Receipt:
    """Check a survey file and store it as the accepted, unchangeable data of a wave.

    Parameters
    ----------
    file, programme, wave, table, sheet, workspace
        As in `validate`.
    by
        Who accepts; by default the user of the computer.
    revision
        Store another file for an accepted wave as a new, numbered revision.
    reason
        Why the revision is needed.

    Returns
    -------
    Receipt that says what was stored, or that the file had been accepted already.

    Raises
    ------
    MandeError
        Every error of the file, or F-SUPERSEDE for another file for an accepted wave.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    verdict = _verdict(place, definitions, Path(file), wave, table, sheet)
    who = by or getpass.getuser()
    return _accept(place, definitions, [verdict], wave, by=who, revision=revision, reason=reason)


def _accept(
    place: Workspace,
    definitions: Definitions,
    verdicts: Sequence[Verdict],
    wave: str,
    *,
    by: str,
    revision: bool = False,
    reason: str | None = None,
) -> Receipt:
    return accept_upload(
        verdicts,
        workspace=place,
        programme=definitions.programme,
        wave=wave,
        by=by,
        revision=revision,
        reason=reason,
        now=dt.datetime.now(dt.UTC),
    )


def accept_pending(
    place: Workspace, definitions: Definitions, *, progress: Callable[[str], None] = lambda text: None
) -> None:
    """Accept the uploads that `programme.yaml` names for waves that have none yet.

    A wave that has been accepted stays as it is, even where its upload has changed since; that is said.
    """
    programme = definitions.programme
    for wave in programme.waves:
        manifest = place.manifest(programme.id, wave.id)
        if manifest is None and wave.uploads:
            progress(f"wave {wave.id}: checking {', '.join(wave.uploads.values())}")
            verdicts = [
                _verdict(place, definitions, definitions.folder / name, wave.id, table)
                for table, name in wave.uploads.items()
            ]
            receipt = _accept(place, definitions, verdicts, wave.id, by=getpass.getuser())
            progress(f"wave {wave.id}: {receipt.text('en').splitlines()[0]}")
            for verdict in verdicts:
                if told := warnings_told(verdict):
                    progress(f"wave {wave.id}: accepted with {told}; `mande validate` lists them")
        elif manifest is not None:
            for name in _changed(definitions.folder, wave.uploads.values(), manifest):
                progress(
                    f"wave {wave.id}: {name} has changed since it was accepted; the accepted data are used. "
                    "To replace them: mande accept --revision --reason"
                )


def warnings_told(verdict: Verdict) -> str:
    """Return the warnings of a verdict in a phrase, by code, or an empty text."""
    found = Counter(p.code.id for p in verdict.problems if p.severity is Severity.WARNING)
    total = count(found.total(), "warning")
    return f"{total} ({', '.join(f'{n} {code}' for code, n in sorted(found.items()))})" if found else ""


def _changed(folder: Path, names: Iterable[str], manifest: Mapping[str, Any]) -> list[str]:
    known = _upload_hashes(manifest)
    return [name for name in names if (folder / name).is_file() and sha256_file(folder / name) not in known]
