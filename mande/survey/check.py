"""What a survey check is, and how checks are found.

A check is one file in `mande/survey/checks/` with a function `check(table, context)` and the codes
it reports. Nothing else needs to be edited: the folder is searched, and so are the entry points
`mande.checks` of other packages. What shows only between the tables of a wave is found by a function
`check_wave(tables)`, beside `check` or in its place.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from types import ModuleType
from typing import Protocol

import polars as pl

from mande.errors import Problem
from mande.schema.programme import Programme
from mande.schema.question import Table
from mande.schema.rule import Rule
from mande.survey import checks
from mande.survey.corrections import Correction
from mande.survey.faults import CellFaults
from mande.survey.grid import RawTable
from mande.survey.identity import PEOPLE
from mande.survey.mapping import Columns
from mande.survey.profile import ImportProfile
from mande.survey.table import ConformedTable


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may look at beside the table itself.

    `register` holds the ids of the programme's register, where there is one and the table is the
    programme's own; `raw` and `columns` lead to columns that answer no question; `profile` holds what has
    been asked about the programme's files and answered; `rules` are the table's; `previous` is the table as
    it was accepted in the wave before, where there is one, and `previous_wave` that wave's id. `people` is
    who is known of the table's respondents (see `mande.survey.identity`), `link` its column of the parent,
    `decided` the corrections applied.
    """

    programme: Programme
    wave: str
    raw: RawTable
    columns: Columns
    register: pl.Series | None = None
    profile: ImportProfile = field(default_factory=ImportProfile)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    previous: pl.DataFrame | None = None
    previous_wave: str = ""
    people: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PEOPLE))
    link: str | None = None
    decided: tuple[Correction, ...] = ()

    @property
    def told_apart(self) -> frozenset[tuple[str, str]]:
        """Pairs of an id and a known one that a person said are different respondents."""
        return frozenset(
            (text, entry.value)
            for entry in self.decided
            if entry.action == "different respondent"
            for _, text in entry.conditions
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """One table of a wave with what its checks may look at, and its definition."""

    table: ConformedTable
    context: CheckContext
    schema: Table


Finding = Problem | CellFaults
"""A problem, or many faulty cells of one column without an object for each."""


class Check(Protocol):
    """A survey check."""

    def __call__(self, table: ConformedTable, context: CheckContext) -> Iterable[Finding]:
        """Yield the problems of one table."""


class WaveCheck(Protocol):
    """A check between the tables of a wave that were uploaded together."""

    def __call__(self, tables: Mapping[str, Checked]) -> Iterable[tuple[str, Problem]]:
        """Yield problems, each with the name of the table it stands in."""


def check_modules() -> list[ModuleType]:
    """Return the modules of the package's own checks, by name."""
    names = sorted(entry.name for entry in pkgutil.iter_modules(checks.__path__))
    return [importlib.import_module(f"{checks.__name__}.{name}") for name in names]


def find_checks() -> list[Check]:
    """Return every check: the package's own, then those of other packages."""
    own: list[Check] = [module.check for module in check_modules() if hasattr(module, "check")]
    others: list[Check] = [
        entry.load() for entry in sorted(entry_points(group="mande.checks"), key=lambda e: e.name)
    ]
    return own + others


def definition_checks() -> list[Check]:
    """Return the checks of what the definitions say of answers; none looks at how they were gathered.

    These are the checks that need one row at a time (`BY_ROW`), and others that say so (`BY_DEFINITION`).
    """
    return [
        module.check
        for module in check_modules()
        if getattr(module, "BY_ROW", False) or getattr(module, "BY_DEFINITION", False)
    ]


def run_checks(
    table: ConformedTable, context: CheckContext, checks: Iterable[Check]
) -> tuple[list[Problem], list[CellFaults]]:
    """Return what checks find: the problems one by one, and the faulty cells."""
    problems: list[Problem] = []
    faults: list[CellFaults] = []
    for check in checks:
        for finding in check(table, context):
            if isinstance(finding, CellFaults):
                faults.append(finding)
            else:
                problems.append(finding)
    return problems, faults


def run_wave_checks(tables: Mapping[str, Checked]) -> Iterator[tuple[str, Problem]]:
    """Yield the problems between tables, each with the name of its table."""
    found: list[WaveCheck] = [m.check_wave for m in check_modules() if hasattr(m, "check_wave")]
    for check in found:
        yield from check(tables)
