"""What a notebook holds in its hand: one release, and its sections and figures by name."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from mande.disclosure import Release, release
from mande.errors import Code, MandeError, Place, Problem, Text, did_you_mean
from mande.report import figures, sections
from mande.report.blocks import Blocks
from mande.results import from_json

R_PART = Code(
    "R-PART",
    Text("the report has no such part"),
    Text("one of: {known}{hint}"),
    Text("Correct the name in the notebook, or add a file of that name."),
)


@dataclass(frozen=True, slots=True)
class Report:
    """A release, shown section by section."""

    release: Release

    def section(self, name: str) -> Blocks:
        """Return the section `mande/report/sections/<name>.py`.

        Raises
        ------
        MandeError
            R-PART when there is none of that name.
        """
        rendered: Blocks = _part(sections, name).render(self.release)
        return rendered

    def figure(self, name: str, **options: Any) -> Blocks:
        """Return the figure `mande/report/figures/<name>.py`; empty where there is nothing to draw.

        Raises
        ------
        MandeError
            R-PART when there is none of that name.
        """
        drawn = _part(figures, name).draw(self.release.evaluation, **options)
        return Blocks((drawn,)) if drawn is not None else Blocks(())


def open_results(path: str | Path, *, level: float = 0.95) -> Report:
    """Return the report on a `results.json`, its intervals at `level`.

    Raises
    ------
    MandeError
        X-RESULTS when the file is not one.
    """
    return Report(release(replace(from_json(Path(path).read_bytes()), level=level)))


def _part(package: ModuleType, name: str) -> ModuleType:
    known = [entry.name for entry in pkgutil.iter_modules(package.__path__) if not entry.name.startswith("_")]
    if name not in known:
        values = {"found": name, "known": ", ".join(known), "hint": did_you_mean(name, known)}
        raise MandeError([Problem(R_PART, Place(file=package.__name__), values)])
    return importlib.import_module(f"{package.__name__}.{name}")
