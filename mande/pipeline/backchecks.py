"""Compare a back-check with the original interviews."""

from __future__ import annotations

from pathlib import Path

from mande.errors import MandeError, Severity
from mande.pipeline.runs import Definitions, load_definitions
from mande.survey.backcheck import BackCheckResult, back_check
from mande.survey.check import Checked
from mande.survey.exports.shape import Shape, shaped
from mande.survey.grid import RawTable
from mande.survey.interview import told
from mande.survey.profile import load_profile
from mande.survey.programme_tables import with_programme_tables
from mande.survey.recognise import recognise
from mande.survey.rosters import with_repeats
from mande.survey.validate import WaveUpload, check_names, examine, read_part
from mande.workspace import find_workspace


def compare_back_check(
    original: Path | str,
    again: Path | str,
    *,
    programme: str,
    wave: str,
    table: str | None = None,
    workspace: Path | str = ".",
) -> BackCheckResult:
    """Compare a file of second interviews with the original file of the same wave.

    Parameters
    ----------
    original, again
        The two files; the second needs only the columns that were asked again.
    programme, wave
        What they belong to.
    table
        Survey table of both; by default the programme's own entity.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        What keeps one of the files from being read, and P-WAVE, P-TABLE.
    """
    definitions = load_definitions(find_workspace(Path(workspace)), programme)
    name = table or definitions.programme.entity
    check_names(definitions.programme, wave, name, definitions.catalogue)
    first, second = (_read(definitions, Path(path), wave, name) for path in (original, again))
    who, checkers = (told(entry.table, entry.context, "enumerator") for entry in (first, second))
    return back_check(
        first.table,
        second.table,
        enumerators=None if who is None else who.texts,
        checkers=None if checkers is None else checkers.texts,
    )


def _read(definitions: Definitions, path: Path, wave: str, table: str) -> Checked:
    catalogue = with_programme_tables(definitions.catalogue, definitions.programme)
    upload = WaveUpload(definitions.programme, wave, catalogue, definitions.folder)
    shape = _shape(path, upload, table)
    found = examine(shape.whole or shape.raw, upload, table, shape=shape, register=None)
    checked = found.checked
    if checked is None or checked.table.key not in checked.table.titles:
        stopping = (Severity.ERROR, Severity.QUESTION)
        raise MandeError([p for p in found.verdict.problems if p.severity in stopping])
    return checked


def _shape(path: Path, upload: WaveUpload, table: str) -> Shape:
    """Return the table among those that a file holds, its rows linked to those above as at acceptance.

    Raises
    ------
    MandeError
        What keeps the file from being read.
    """
    parts, _ = recognise(
        [path],
        programme=upload.programme,
        catalogue=upload.catalogue,
        programme_dir=upload.programme_dir,
        profile=load_profile(upload.programme_dir),
    )
    sheets = {part.table: part.sheet for part in parts}
    wanted = {table} if len(sheets) < 2 else {table, *sheets}
    shapes: dict[str, Shape] = {}
    for name in wanted:
        raw = read_part(path, upload, name, sheets.get(name))
        if isinstance(raw, RawTable):
            shapes[name] = shaped(raw)
        elif name == table:
            raise MandeError(raw)
    return with_repeats(shapes, upload)[table]
