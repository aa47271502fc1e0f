"""What a survey check is, and how checks are found.

A check is one file in `mande/survey/checks/` with a function `check(table, context)` and the codes
it reports. Nothing else needs to be edited: the folder is searched, and so are the entry points
`mande.checks` of other packages.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from types import ModuleType
from typing import Protocol

import polars as pl

from mande.errors import Problem
from mande.schema.programme import Programme
from mande.survey import checks
from mande.survey.corrections import Correction
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
    been asked about the programme's files and answered. `people` is who is known of the table's respondents
    (see `mande.survey.identity`), `link` its column of the parent, `decided` the corrections applied.
    """

    programme: Programme
    wave: str
    raw: RawTable
    columns: Columns
    register: pl.Series | None = None
    profile: ImportProfile = field(default_factory=ImportProfile)
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


class Check(Protocol):
    """A survey check."""

    def __call__(self, table: ConformedTable, context: CheckContext) -> Iterable[Problem]:
        """Yield the problems of one table."""


def check_modules() -> list[ModuleType]:
    """Return the modules of the package's own checks, by name."""
    names = sorted(entry.name for entry in pkgutil.iter_modules(checks.__path__))
    return [importlib.import_module(f"{checks.__name__}.{name}") for name in names]


def find_checks() -> list[Check]:
    """Return every check: the package's own, then those of other packages."""
    own: list[Check] = [module.check for module in check_modules()]
    others: list[Check] = [
        entry.load() for entry in sorted(entry_points(group="mande.checks"), key=lambda e: e.name)
    ]
    return own + others


def run_checks(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield the problems that all checks find."""
    for check in find_checks():
        yield from check(table, context)
