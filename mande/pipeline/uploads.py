"""Validate and accept survey uploads."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mande.errors import Language
from mande.pipeline.runs import Definitions, load_definitions
from mande.survey.accept import Receipt, accept_upload
from mande.survey.annotate import write_annotated
from mande.survey.validate import Verdict, validate_upload
from mande.workspace import Workspace, find_workspace, sha256_file

__all__ = ["accept", "accept_pending", "annotate", "validate"]


def validate(
    file: Path | str, *, programme: str, wave: str, table: str | None = None, workspace: Path | str = "."
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
    return _verdict(place, load_definitions(place, programme), Path(file), wave, table)


def _verdict(place: Workspace, definitions: Definitions, file: Path, wave: str, table: str | None) -> Verdict:
    return validate_upload(
        file,
        programme=definitions.programme,
        wave=wave,
        table=table,
        catalogue=definitions.catalogue,
        programme_dir=definitions.folder,
    )


def annotate(verdict: Verdict, path: Path, *, language: Language = "en") -> Path | None:
    """Write a marked Excel copy of the upload; None where the file could not be read as a table."""
    return write_annotated(verdict, path, language=language)


def accept(
    file: Path | str,
    *,
    programme: str,
    wave: str,
    table: str | None = None,
    by: str | None = None,
    revision: bool = False,
    reason: str | None = None,
    workspace: Path | str = ".",
) -> Receipt:
    """Check a survey file and store it as the accepted, unchangeable data of a wave.

    Parameters
    ----------
    file, programme, wave, table, workspace
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
    verdict = _verdict(place, definitions, Path(file), wave, table)
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
        elif manifest is not None:
            for name in _changed(definitions.folder, wave.uploads.values(), manifest):
                progress(
                    f"wave {wave.id}: {name} has changed since it was accepted; the accepted data are used. "
                    "To replace them: mande accept --revision --reason"
                )


def _changed(folder: Path, names: Iterable[str], manifest: Mapping[str, Any]) -> list[str]:
    known = {entry["upload"]["sha256"] for entry in manifest["tables"].values()}
    return [name for name in names if (folder / name).is_file() and sha256_file(folder / name) not in known]
