"""Validate and accept survey uploads."""

from __future__ import annotations

import datetime as dt
import getpass
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from mande.errors import Code, MandeError, Place, Problem, Severity, Text, known_to
from mande.pipeline.absent import lost_outcomes, needed_by_programme, with_absent_tables
from mande.pipeline.registers import accepted_people, has_register, register_problems
from mande.pipeline.runs import Definitions, load_definitions
from mande.survey.accept import Receipt, accept_upload, standing
from mande.survey.accept_codes import F_SAME
from mande.survey.faults import as_problems
from mande.survey.identity import AGE, BORN, SEX, people_before
from mande.survey.programme_tables import REGISTER, TARGETS, UPTAKE
from mande.survey.store import load_wave
from mande.survey.together import WaveUpload, WaveVerdict, validate_wave, whole_or_error
from mande.survey.validate import Verdict, validate_upload
from mande.survey.vault import find_key
from mande.wording import count
from mande.workspace import Workspace, find_workspace, sha256_file

__all__ = ["accept", "accept_pending", "validate", "validate_files"]


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
        The survey file, of any format that is read.
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
    definitions = load_definitions(place, programme)
    verdict = check_file(place, definitions, Path(file), wave, table, sheet)
    return _with_standing(place, definitions, [verdict], wave)[0]


def validate_files(
    files: Sequence[Path | str],
    *,
    programme: str,
    wave: str,
    table: str | None = None,
    sheet: str | None = None,
    workspace: Path | str = ".",
) -> WaveVerdict:
    """Check all files of a wave against the questionnaire and against each other. Nothing is stored.

    Parameters
    ----------
    files
        Survey files; a workbook may hold a table in each of its sheets. Which table a file or sheet holds
        is told by its titles.
    programme, wave, workspace
        As in `validate`.
    table, sheet
        As in `validate`, where there is one file.

    Returns
    -------
    WaveVerdict with a verdict for each table.

    Raises
    ------
    MandeError
        When the workspace, the programme, the wave or a definition is not right.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    found = check_files(place, definitions, [Path(file) for file in files], wave, table, sheet)
    return replace(found, verdicts=_with_standing(place, definitions, found.verdicts, wave))


def _with_standing(
    place: Workspace, definitions: Definitions, verdicts: Sequence[Verdict], wave: str
) -> tuple[Verdict, ...]:
    """Return the verdicts with how their files stand to what was accepted for the wave.

    A file that was accepted before is an error where nothing else was given, and only worth a note beside
    a file that differs: a wave is corrected with all its files.
    """
    programme = definitions.programme
    found = [standing(verdict, workspace=place, programme=programme, wave=wave) for verdict in verdicts]
    if not all(any(problem.code is F_SAME for problem in own) for own in found):
        found = [
            [replace(p, severity=Severity.NOTE) if p.code is F_SAME else p for p in own] for own in found
        ]
    return tuple(
        replace(verdict, problems=as_problems(verdict.problems).with_first(own)) if own else verdict
        for verdict, own in zip(verdicts, found, strict=True)
    )


def upload_day() -> dt.date:
    """Return the last day that has begun anywhere: time zones raise no alarm about the future."""
    return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)


def check_files(
    place: Workspace,
    definitions: Definitions,
    files: Sequence[Path],
    wave: str,
    table: str | None = None,
    sheet: str | None = None,
    named: Mapping[Path, str] = MappingProxyType({}),
) -> WaveVerdict:
    """Return the verdict on all files of a wave of a programme whose definitions are loaded.

    `named` gives the table of files of which it is known; the others are told by their titles (see
    `validate_files`).
    """
    upload = wave_upload(place, definitions, wave)
    found = validate_wave(files, upload, table=table, sheet=sheet, named=named)
    verdicts = tuple(with_outside(place, definitions, verdict, wave) for verdict in found.verdicts)
    return replace(found, verdicts=with_absent_tables(place, definitions, verdicts, wave))


def wave_upload(place: Workspace, definitions: Definitions, wave: str) -> WaveUpload:
    """Return what the files of a wave are checked with: definitions, other waves, registers, the day."""
    return WaveUpload(
        definitions.programme,
        wave,
        definitions.catalogue,
        definitions.folder,
        partial(_previous, place, definitions, wave),
        partial(_history, place, definitions, wave),
        day=upload_day(),
        registered=accepted_people(place, definitions, but=wave),
        needed=needed_by_programme(definitions),
    )


def _previous(
    place: Workspace, definitions: Definitions, wave: str, table: str
) -> tuple[str, pl.DataFrame] | None:
    """Return the newest accepted wave before this one that has the table, and its answers."""
    waves = [entry.id for entry in definitions.programme.waves]
    before = waves[: waves.index(wave)] if wave in waves else []
    for other in reversed(before):
        manifest = place.manifest(definitions.programme.id, other)
        if manifest is not None and table in manifest["tables"]:
            return other, load_wave(place, definitions.programme.id, other).tables[table]
    return None


def check_file(
    place: Workspace,
    definitions: Definitions,
    file: Path,
    wave: str,
    table: str | None,
    sheet: str | None = None,
) -> Verdict:
    """Return the verdict on a file of a programme whose definitions are loaded (see `validate`)."""
    verdict = validate_upload(
        file,
        programme=definitions.programme,
        wave=wave,
        table=table,
        catalogue=definitions.catalogue,
        programme_dir=definitions.folder,
        sheet=sheet,
        history=_history(place, definitions, wave, table or definitions.programme.entity),
        registered=accepted_people(place, definitions, but=wave),
        day=upload_day(),
        needed=needed_by_programme(definitions),
    )
    return with_outside(place, definitions, verdict, wave)


def with_outside(place: Workspace, definitions: Definitions, verdict: Verdict, wave: str) -> Verdict:
    """Return the verdict with what only the workspace and the programme's outcomes can tell."""
    found = [
        *_of_another_wave(place, definitions, verdict, wave),
        *lost_outcomes(definitions, verdict),
        *register_problems(place, definitions, verdict, wave),
    ]
    return replace(verdict, problems=as_problems(verdict.problems).with_first(found)) if found else verdict


def _history(place: Workspace, definitions: Definitions, wave: str, table: str) -> pl.DataFrame | None:
    """Return who is known of a table's respondents from the other accepted waves."""
    programme, schema = definitions.programme, definitions.catalogue.tables.get(table)
    if schema is None or programme.is_repeated:
        return None
    facts = {SEX, AGE, *BORN} & set(definitions.catalogue.questions.get(table, {}))
    is_registered = table == programme.entity and has_register(place, definitions)
    if is_registered and not facts and schema.link is None:
        return None  # the register tells all that could be compared
    store = place.store(programme.id)
    others = [entry for entry in programme.waves if entry.id != wave and store.revisions(entry.id)]
    waves = {entry.id: load_wave(place, programme.id, entry.id) for entry in others}
    dates = {entry.id: entry.reference_date for entry in others}
    return people_before(waves, table, dates, link=schema.link)


def _of_another_wave(
    place: Workspace, definitions: Definitions, verdict: Verdict, wave: str
) -> Iterator[Problem]:
    if verdict.table_name in (REGISTER, UPTAKE, TARGETS):
        return  # the programme's own tables may stay as they are from wave to wave
    other = _other_wave(place, definitions, verdict.sha256, wave)
    if other is not None:
        yield Problem(F_OTHERWAVE, Place(file=verdict.file), {"found": other, "wave": wave})


def _other_wave(place: Workspace, definitions: Definitions, sha256: str, wave: str) -> str | None:
    """Return the other wave whose newest revision holds an upload of that hash, if there is one."""
    for other in definitions.programme.waves:
        manifest = place.manifest(definitions.programme.id, other.id)
        if other.id != wave and manifest is not None and sha256 in _upload_hashes(manifest):
            return other.id
    return None


def _upload_hashes(manifest: Mapping[str, Any]) -> set[str]:
    return {entry["upload"]["sha256"] for entry in manifest["tables"].values()}


def accept(
    file: Path | str | Sequence[Path | str],
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
    """Check the files of a wave and store them as its accepted, unchangeable data.

    Parameters
    ----------
    file
        The file of the wave, or all its files.
    programme, wave, table, sheet, workspace
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
    files = [Path(file)] if isinstance(file, Path | str) else [Path(entry) for entry in file]
    who = by or getpass.getuser()
    try:
        verdict = whole_or_error(check_files(place, definitions, files, wave, table, sheet))
        return _accept(place, definitions, verdict.verdicts, wave, by=who, revision=revision, reason=reason)
    except MandeError as error:
        given = str(files[0]) if len(files) == 1 else ""
        told = known_to(error.problems, programme=programme, wave=wave, file=given)
        raise MandeError(told) from error


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
        key=find_key(os.environ),
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
            named = {definitions.folder / name: table for table, name in wave.uploads.items()}
            verdicts = check_files(place, definitions, list(named), wave.id, named=named).verdicts
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
