"""Is the report of the present inputs on the shelf already? Light: loads no statistics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mande.pipeline.runs import load_definitions, notebook_hash, on_shelf, run_id, wave_hashes
from mande.workspace import find_workspace


@dataclass(frozen=True, slots=True)
class Done:
    """A finished report: its folder, and its one-sentence answer."""

    folder: Path
    answer: str


def current_report(programme: str, *, workspace: Path = Path()) -> Done | None:
    """Return the finished report of exactly these inputs, or None when it must be made.

    Raises
    ------
    MandeError
        When the workspace, the programme or a definition is not right.
    """
    place = find_workspace(workspace)
    definitions = load_definitions(place, programme)
    data = wave_hashes(place, definitions.programme)
    if data is None:
        return None
    run = run_id(definitions.hashes(), data, notebook_hash(place.notebook("evaluation")))
    folder = place.run_dir(programme, run)
    shelf = on_shelf(folder)
    return Done(folder, shelf.answer) if shelf else None
