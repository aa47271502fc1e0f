"""The steps of a plan: each takes the tables as they are and returns them one step further.

Here they speak narwhals, so that the same plan runs wherever the tables lie (lazy Polars, DuckDB). There
every table has the columns `key` and (in rosters) `link`, and numbered columns for everything else. For
tables in memory `mande/measure/memory.py` carries out the same steps in NumPy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import narwhals as nw

from mande.formula.language import Type
from mande.measure.expressions import Expr, on_engine

Frame = nw.LazyFrame[Any]
Frames = Mapping[str, Frame]

KEY, LINK = "key", "link"
_LIFT = "lift"
_AMOUNT, _SQUARE = "amount", "square"
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
    parent: str | None = None

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


@dataclass(frozen=True, slots=True, eq=False)  # trees do not compare
class Compute:
    """Add columns worked out from columns of the same row."""

    table: str
    columns: tuple[tuple[str, Expr], ...]

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with the columns added."""
        added = [on_engine(tree).alias(name) for name, tree in self.columns]
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
        grouped = [_grouped(function, source).alias(name) for name, function, source in self.results]
        found = frames[self.roster].group_by(self.by, drop_null_keys=True).agg(*grouped)
        table = _left_join(frames[self.table], found.rename({self.by: _LIFT}), on=KEY)
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

    def apply(self, frames: Frames) -> Frames:
        """Return the tables with the three columns added to `table`."""
        columns = (self.by, self.category, self.amount)
        rows = frames[self.roster].select(*columns).drop_nulls()
        parted = rows.group_by(self.by, self.category).agg(nw.col(self.amount).sum().alias(_AMOUNT))
        parted = parted.with_columns((nw.col(_AMOUNT) * nw.col(_AMOUNT)).alias(_SQUARE))
        found = parted.group_by(self.by).agg(
            nw.col(_AMOUNT).sum().alias(self.total),
            nw.col(_AMOUNT).max().alias(self.largest),
            nw.col(_SQUARE).sum().alias(self.squares),
        )
        return {**frames, self.table: _left_join(frames[self.table], found.rename({self.by: _LIFT}), on=KEY)}


def _grouped(function: str, source: str) -> nw.Expr:
    column = nw.col(source)
    if function == "distinct":  # a missing value is no value of its own
        return column.n_unique() - column.is_null().any().cast(nw.Int64)
    results = {"sum": column.sum, "min": column.min, "max": column.max, "present": column.count}
    return nw.len() if function == "rows" else results[function]()


def _left_join(left: Frame, right: Frame, *, on: str) -> Frame:
    joined = left.join(right, how="left", left_on=on, right_on=_LIFT)
    return joined.drop(_LIFT, strict=False)
