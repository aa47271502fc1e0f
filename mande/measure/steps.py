"""The steps of a plan: each takes the tables as they are and returns them one step further.

Steps speak narwhals, so that the same plan runs on Polars (eager and lazy) and DuckDB. Inside a plan
every table has the columns `key` and (in rosters) `link`, and numbered columns for everything else.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import narwhals as nw
import numpy as np

from mande.formula.language import Type

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
Frames = Mapping[str, Frame]

KEY, LINK, GIVEN = "key", "link", "given"
_LIFT = "lift"
_AMOUNT, _SQUARE, _ABOVE = "amount", "square", "above"
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - dates carry no time zone, and neither may their origin
_MINUTES_PER_DAY = 1440


class Step(Protocol):
    """One step of a plan."""

    @property
    def reads(self) -> str:
        """Return the table whose rows must be as they are after all steps before."""

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
    parent: str | None = None

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with this one loaded."""
        link = [] if self.link is None else [nw.col(self.link).alias(LINK)]
        columns = [_typed(entry).alias(entry.column) for entry in self.inputs]
        return {**frames, self.table: frames[self.table].select(nw.col(self.key).alias(KEY), *link, *columns)}


def computed(frame: Frame, computes: Sequence[Compute]) -> Frame:
    """Return a table after several steps on its own rows, worked out together where the engine can."""
    if not isinstance(frame, nw.DataFrame) or len(computes) < 2:
        for step in computes:
            frame = frame.with_columns(*step.added())
        return frame
    later = frame.lazy()
    for step in computes:
        later = later.with_columns(*step.added())
    return later.collect(frame.implementation)


def _typed(entry: Input) -> nw.Expr:
    column = nw.col(entry.name)
    if entry.type == "number":
        number = column.cast(nw.Float64)
        return nw.when(number.is_finite()).then(number)
    if entry.type == "date":
        since = column.cast(nw.Datetime("us")) - nw.lit(_EPOCH)
        return since.dt.total_minutes().cast(nw.Float64) / _MINUTES_PER_DAY
    return column.cast(nw.Boolean if entry.type == "truth" else nw.String)


@dataclass(frozen=True, slots=True)
class Number:
    """Put the number of a row in the place of its key, and of the parent's row in that of the link.

    Numbers join, group and sort several times faster than texts. The key as it was is `given`. Only
    frames in memory have rows that can be numbered; others keep their keys.
    """

    loads: tuple[Load, ...]

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with numbers for keys and links."""
        found = {name: _numbered(frame) for name, frame in frames.items()}
        for load in self.loads:
            rows = found[load.table]
            if load.link is not None and load.parent is not None and isinstance(rows, nw.DataFrame):
                above = found[load.parent].select(nw.col(GIVEN).alias(_LIFT), nw.col(KEY).alias(_ABOVE))
                rows = _left_join(rows, above, on=LINK).drop(LINK).rename({_ABOVE: LINK})
            found[load.table] = rows
        return found


def _numbered(frame: Frame) -> Frame:
    if isinstance(frame, nw.DataFrame):
        return frame.rename({KEY: GIVEN}).with_row_index(KEY)
    return frame


@dataclass(frozen=True, slots=True, eq=False)  # expressions do not compare
class Compute:
    """Add columns worked out from columns of the same row."""

    table: str
    columns: tuple[tuple[str, nw.Expr], ...]

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with the columns added."""
        return {**frames, self.table: computed(frames[self.table], [self])}

    @property
    def reads(self) -> str:
        """Return the table of the columns."""
        return self.table

    def added(self) -> list[nw.Expr]:
        """Return the columns under their names."""
        return [expression.alias(name) for name, expression in self.columns]


@dataclass(frozen=True, slots=True)
class Lift:
    """Bring columns of the parent's row to the rows of a roster: pairs (column there, column here)."""

    table: str
    parent: str
    columns: tuple[tuple[str, str], ...]

    @property
    def reads(self) -> str:
        """Return the table of the columns."""
        return self.parent

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

    @property
    def reads(self) -> str:
        """Return the table whose rows are grouped."""
        return self.roster

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with the grouped results added to `table`."""
        rows, table, results = frames[self.roster], frames[self.table], self.results
        if isinstance(rows, nw.DataFrame):
            sums = {name: source for name, function, source in results if function == "sum"}
            results = tuple(entry for entry in results if entry[0] not in sums)
            if sums:
                table = _left_join(table, _summed(rows, (self.by,), sums).rename({self.by: _LIFT}), on=KEY)
        if results:
            grouped = [_grouped(function, source).alias(name) for name, function, source in results]
            found = rows.group_by(self.by, drop_null_keys=True).agg(*grouped)
            table = _left_join(table, found.rename({self.by: _LIFT}), on=KEY)
        return {**frames, self.table: table}


@dataclass(frozen=True, slots=True)
class Divide:
    """Add the amounts of a roster's rows up by category, and join what is needed of the shares to `table`.

    `by` is the column with the key of `table`. Rows without amount or category are left out. The joined
    columns are the `total` of all categories, the `largest` of them and the sum of their `squares`.
    """

    table: str
    roster: str
    by: str
    amount: str
    category: str
    total: str
    largest: str
    squares: str

    @property
    def reads(self) -> str:
        """Return the table whose rows are grouped."""
        return self.roster

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with the three columns added to `table`."""
        columns = (self.by, self.category, self.amount)
        rows = frames[self.roster].select(*columns).drop_nulls()
        parted = _added(rows, (self.by, self.category), {_AMOUNT: self.amount})
        parted = parted.with_columns((nw.col(_AMOUNT) * nw.col(_AMOUNT)).alias(_SQUARE))
        totals = _added(parted, (self.by,), {self.total: _AMOUNT, self.squares: _SQUARE})
        largest = parted.group_by(self.by).agg(nw.col(_AMOUNT).max().alias(self.largest))
        table = _left_join(frames[self.table], totals.rename({self.by: _LIFT}), on=KEY)
        return {**frames, self.table: _left_join(table, largest.rename({self.by: _LIFT}), on=KEY)}


def _added(rows: Frame, by: Sequence[str], sums: Mapping[str, str]) -> Frame:
    """Return sums for each combination of `by`, on every engine."""
    if isinstance(rows, nw.DataFrame):
        return _summed(rows, by, sums)
    return rows.group_by(*by).agg(*(nw.col(source).sum().alias(name) for name, source in sums.items()))


def _summed(rows: nw.DataFrame[Any], by: Sequence[str], sums: Mapping[str, str]) -> nw.DataFrame[Any]:
    """Return sums for each combination of `by`: pairs (column of the sum, column of the rows).

    Engines add in any order, which changes with the number of processors, and floats differ in the last
    digit with it. So the rows are put in one order and added in NumPy.
    """
    sources = dict.fromkeys(sums.values())
    ordered = rows.select(*by, *sources).drop_nulls(list(by)).sort(*by, *sources)
    first = functools.reduce(operator.or_, (_changes(ordered[name]) for name in by))
    starts = np.flatnonzero(first.to_numpy())
    found = ordered.filter(first).select(*by)
    with np.errstate(invalid="ignore", over="ignore"):  # what grew too large is missing later on
        added = {
            name: np.add.reduceat(ordered[source].fill_null(0.0).to_numpy(), starts)
            for name, source in sums.items()
        }
    backend = found.implementation
    columns = (nw.new_series(name, values, nw.Float64(), backend=backend) for name, values in added.items())
    return found.with_columns(*columns)


def _changes(ordered: nw.Series[Any]) -> nw.Series[Any]:
    """Return whether a value is another than the one before it."""
    return (ordered != ordered.shift(1)).fill_null(True)


def _grouped(function: str, source: str) -> nw.Expr:
    column = nw.col(source)
    if function == "distinct":  # a missing value is no value of its own
        return column.n_unique() - column.is_null().any().cast(nw.Int64)
    results = {"sum": column.sum, "min": column.min, "max": column.max, "present": column.count}
    return nw.len() if function == "rows" else results[function]()


def _left_join(left: Frame, right: Frame, *, on: str) -> Frame:
    joined: Frame = left.join(right, how="left", left_on=on, right_on=_LIFT)  # type: ignore[arg-type]
    return joined.drop(_LIFT, strict=False)
