"""The steps of a plan: each takes the tables as they are and returns them one step further.

Steps speak narwhals, so that the same plan runs on Polars (eager and lazy) and DuckDB. Inside a plan
every table has the columns `key` and (in rosters) `link`, and numbered columns for everything else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import narwhals as nw
import numpy as np

from mande.formula.language import Type

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
Frames = Mapping[str, Frame]

KEY, LINK = "key", "link"
_LIFT = "lift"
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - dates carry no time zone, and neither may their origin
_MINUTES_PER_DAY = 1440


class Step(Protocol):
    """One step of a plan."""

    def apply(self, frames: Frames) -> Frames:
        """Return the tables after this step; `frames` is not changed."""


@dataclass(frozen=True, slots=True)
class Input:
    """A column of the caller's table: its name there, its numbered column here, its kind."""

    name: str
    column: str
    type: Type


@dataclass(frozen=True, slots=True)
class Load:
    """Take the needed columns of a table, in one type for each kind.

    Numbers become floats without NaN and infinity, dates become days since 1970-01-01.
    """

    table: str
    key: str
    link: str | None
    inputs: tuple[Input, ...]

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with this one loaded."""
        link = [] if self.link is None else [nw.col(self.link).alias(LINK)]
        columns = [_typed(entry).alias(entry.column) for entry in self.inputs]
        return {**frames, self.table: frames[self.table].select(nw.col(self.key).alias(KEY), *link, *columns)}


def _typed(entry: Input) -> nw.Expr:
    column = nw.col(entry.name)
    if entry.type == "number":
        number = column.cast(nw.Float64)
        return nw.when(number.is_finite()).then(number)
    if entry.type == "date":
        since = column.cast(nw.Datetime("us")) - nw.lit(_EPOCH)
        return since.dt.total_minutes().cast(nw.Float64) / _MINUTES_PER_DAY
    return column.cast(nw.Boolean if entry.type == "truth" else nw.String)


@dataclass(frozen=True, slots=True, eq=False)  # expressions do not compare
class Compute:
    """Add columns worked out from columns of the same row."""

    table: str
    columns: tuple[tuple[str, nw.Expr], ...]

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with the columns added."""
        added = [expression.alias(name) for name, expression in self.columns]
        return {**frames, self.table: frames[self.table].with_columns(*added)}


@dataclass(frozen=True, slots=True)
class Lift:
    """Bring columns of the parent's row to the rows of a roster: pairs (column there, column here)."""

    table: str
    parent: str
    columns: tuple[tuple[str, str], ...]

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with the parent's columns added to the roster."""
        wanted = [nw.col(there).alias(here) for there, here in self.columns]
        above = frames[self.parent].select(nw.col(KEY).alias(_LIFT), *wanted)
        return {**frames, self.table: _left_join(frames[self.table], above, on=LINK)}


@dataclass(frozen=True, slots=True)
class Gather:
    """Group the rows of a roster by the key of `table` in column `by`, and join the results to `table`.

    `results` are (column, function, column of the roster). Rows that belong to no row of `table` drop out.
    """

    table: str
    roster: str
    by: str
    results: tuple[tuple[str, str, str], ...]

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with the grouped results added to `table`."""
        rows, table, results = frames[self.roster], frames[self.table], self.results
        if isinstance(rows, nw.DataFrame):
            sums = {name: source for name, function, source in results if function == "sum"}
            results = tuple(entry for entry in results if entry[0] not in sums)
            table = _left_join(table, _summed(rows, self.by, sums), on=KEY) if sums else table
        if results:
            grouped = [_grouped(function, source).alias(name) for name, function, source in results]
            found = rows.group_by(self.by, drop_null_keys=True).agg(*grouped)
            table = _left_join(table, found.rename({self.by: _LIFT}), on=KEY)
        return {**frames, self.table: table}


def _summed(rows: nw.DataFrame[Any], by: str, sums: Mapping[str, str]) -> nw.DataFrame[Any]:
    """Return sums for each key in `by`: pairs (column of the sum, column of the rows).

    Engines add in any order, which changes with the number of processors, and floats differ in the last
    digit with it. So the rows are put in one order and added in NumPy.
    """
    sources = dict.fromkeys(sums.values())
    ordered = rows.select(by, *sources).filter(~nw.col(by).is_null()).sort(by, *sources)
    first = (ordered[by] != ordered[by].shift(1)).fill_null(True)
    starts = np.flatnonzero(first.to_numpy())
    found = ordered.filter(first).select(nw.col(by).alias(_LIFT))
    with np.errstate(invalid="ignore", over="ignore"):  # what grew too large is missing later on
        added = {
            name: np.add.reduceat(ordered[source].fill_null(0.0).to_numpy(), starts)
            for name, source in sums.items()
        }
    backend = found.implementation
    columns = (nw.new_series(name, values, nw.Float64(), backend=backend) for name, values in added.items())
    return found.with_columns(*columns)


def _grouped(function: str, source: str) -> nw.Expr:
    column = nw.col(source)
    results = {"sum": column.sum, "min": column.min, "max": column.max, "present": column.count}
    return nw.len() if function == "rows" else results[function]()


def _left_join(left: Frame, right: Frame, *, on: str) -> Frame:
    joined: Frame = left.join(right, how="left", left_on=on, right_on=_LIFT)  # type: ignore[arg-type]
    return joined.drop(_LIFT, strict=False)
