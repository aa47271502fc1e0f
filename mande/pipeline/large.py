"""Check a large CSV file of a wave in pieces, within memory that does not grow with its rows."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from mande.errors import Language
from mande.pipeline.runs import load_definitions
from mande.pipeline.uploads import wave_upload, with_outside
from mande.survey.pieces import LARGE, check_large, why_whole
from mande.survey.pieces_verdict import PiecesVerdict
from mande.survey.validate import check_names
from mande.workspace import find_workspace

__all__ = ["LARGE", "is_for_pieces", "validate_in_pieces"]
_PLAIN = frozenset({".csv", ".tsv", ".txt"})


def is_for_pieces(
    files: Sequence[Path], *, programme: str, wave: str, table: str | None = None, workspace: Path | str = "."
) -> bool:
    """Return whether files are one large CSV file whose pieces tell what the whole does.

    Raises
    ------
    MandeError
        When the workspace, the programme, the wave or a definition is not right.
    """
    if len(files) != 1 or files[0].suffix.lower() not in _PLAIN or files[0].stat().st_size <= LARGE:
        return False
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    name = table or definitions.programme.entity
    check_names(definitions.programme, wave, name, definitions.catalogue)
    return why_whole(files[0], wave_upload(place, definitions, wave), name) is None


def validate_in_pieces(
    file: Path,
    *,
    programme: str,
    wave: str,
    table: str | None = None,
    language: Language = "en",
    report: Path | None = None,
    workspace: Path | str = ".",
) -> PiecesVerdict:
    """Check a CSV file piece by piece. Nothing is stored.

    Parameters
    ----------
    file
        The file, CSV in UTF-8 with its titles in the first line.
    programme, wave, table, workspace
        As in `validate`.
    language
        Of the reader.
    report
        CSV file to write every problem to.

    Raises
    ------
    MandeError
        F-WHOLE where the file has to be checked as a whole, and why; as in `validate`.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    name = table or definitions.programme.entity
    check_names(definitions.programme, wave, name, definitions.catalogue)
    with tempfile.TemporaryDirectory() as folder:
        return check_large(
            file, wave_upload(place, definitions, wave), name, Path(folder),
            language=language, report=report,
            outside=lambda verdict: with_outside(place, definitions, verdict, wave).problems,
        )  # fmt: skip
