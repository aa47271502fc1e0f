"""The steps of a plan: each takes the tables as they are and returns them one step further.

Steps speak narwhals, so that the same plan runs on Polars (eager and lazy) and DuckDB. Inside a plan
every table has the columns `key` and (in rosters) `link`, and numbered columns for everything else.

Tables in memory come numbered (`mande/measure/numbered.py`): there a step from table to table takes rows by
their number, and needs neither keys nor joins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import narwhals as nw
import numpy as np
import polars as pl

from mande.formula.language import Type
from mande.measure.numbered import Numbered, Runs, ranked

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
Frames = Mapping[str, Frame]

KEY, LINK = "key", "link"
_LIFT = "lift"
_AMOUNT, _SQUARE = "amount", "square"
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - dates carry no time zone, and neither may their origin
_MINUTES_PER_DAY = 1440


class Step(Protocol):
    """One step of a plan."""

    @property
    def reads(self) -> str:
        """Return the table whose rows must be as they are after all steps before."""

    def apply(self, frames: Frames, numbered: Numbered | None) -> Frames:
        """Return the tables after this step; `frames` is not changed.

        `numbered` are the tables where they are in memory, and None on other engines.
        """


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

    def of(self, numbered: Numbered, beside: Mapping[str, pl.Series]) -> Frame:
        """Return the same columns of a table in memory; `beside` are columns that it does not hold itself."""
        columns = [pl.Series(KEY, np.arange(len(numbered.keys(self.table)), dtype=np.uint32))]
        if self.link is not None and self.parent is not None:
            columns.append(numbered.above(self.table, self.parent).alias(LINK))
        for entry in self.inputs:
            if entry.name in beside:
                column = _of_kind(beside[entry.name], entry.type)
            else:
                column = numbered.keep(
                    ("typed", self.table, entry.name, entry.type),
                    lambda entry=entry: _of_kind(numbered.column(self.table, entry.name), entry.type),
                )
            columns.append(column.alias(entry.column))
        return nw.from_native(pl.DataFrame(columns), eager_only=True)


def _of_kind(column: pl.Series, kind: Type) -> pl.Series:
    """Return a column in the one type of its kind."""
    frame = nw.from_native(column.to_frame(KEY), eager_only=True)
    typed: pl.DataFrame = frame.select(_typed(Input(KEY, KEY, kind))).to_native()
    return typed.to_series()


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


@dataclass(frozen=True, slots=True, eq=False)  # expressions do not compare
class Compute:
    """Add columns worked out from columns of the same row."""

    table: str
    columns: tuple[tuple[str, nw.Expr], ...]

    def apply(self, frames: Frames, numbered: Numbered | None) -> Frames:
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

    def apply(self, frames: Frames, numbered: Numbered | None) -> Frames:
        """Return the tables with the parent's columns added to the roster."""
        if numbered is not None:
            rows, above = _native(frames[self.parent]), numbered.above(self.table, self.parent)
            lifted = [rows[there].gather(above).alias(here) for there, here in self.columns]
            return _with(frames, self.table, lifted)
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

    def apply(self, frames: Frames, numbered: Numbered | None) -> Frames:
        """Return the tables with the grouped results added to `table`."""
        if numbered is not None:
            rows, runs = _native(frames[self.roster]), numbered.runs(self.roster, self.table)
            found = [
                _in_runs(runs, function, rows[source]).alias(name) for name, function, source in self.results
            ]
            return _with(frames, self.table, found)
        grouped = [_grouped(function, source).alias(name) for name, function, source in self.results]
        groups = frames[self.roster].group_by(self.by, drop_null_keys=True).agg(*grouped)
        table = _left_join(frames[self.table], groups.rename({self.by: _LIFT}), on=KEY)
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

    def apply(self, frames: Frames, numbered: Numbered | None) -> Frames:
        """Return the tables with the three columns added to `table`."""
        if numbered is not None:
            return _with(frames, self.table, self._in_memory(_native(frames[self.roster]), numbered))
        columns = (self.by, self.category, self.amount)
        rows = frames[self.roster].select(*columns).drop_nulls()
        parted = rows.group_by(self.by, self.category).agg(nw.col(self.amount).sum().alias(_AMOUNT))
        parted = parted.with_columns((nw.col(_AMOUNT) * nw.col(_AMOUNT)).alias(_SQUARE))
        found = parted.group_by(self.by).agg(
            nw.col(_AMOUNT).sum().alias(self.total),
            nw.col(_SQUARE).sum().alias(self.squares),
            nw.col(_AMOUNT).max().alias(self.largest),
        )
        return {**frames, self.table: _left_join(frames[self.table], found.rename({self.by: _LIFT}), on=KEY)}

    def _in_memory(self, rows: pl.DataFrame, numbered: Numbered) -> list[pl.Series]:
        """Return the three columns: amounts added up by group and category, then by group."""
        category = ranked(rows[self.category])
        many = len(category) + 1
        pairs = numbered.above(self.roster, self.table).cast(pl.Int64) * many + category
        there = pairs.is_not_null() & rows[self.amount].is_not_null()
        known, places = np.unique(pairs.filter(there).to_numpy(), return_inverse=True)
        amount = Runs.of(pl.Series(places), len(known)).sum(rows[self.amount].filter(there))
        runs = Runs.of(pl.Series(known // many), len(numbered.keys(self.table)))
        return [
            runs.sum(amount).alias(self.total),
            runs.largest(amount).alias(self.largest),
            runs.sum(amount * amount).alias(self.squares),
        ]


def _native(frame: Frame) -> pl.DataFrame:
    rows: pl.DataFrame = frame.to_native()
    return rows


def _with(frames: Frames, table: str, columns: Sequence[pl.Series]) -> Frames:
    """Return the tables in memory with columns added to one of them."""
    return {**frames, table: nw.from_native(_native(frames[table]).with_columns(columns), eager_only=True)}


def _in_runs(runs: Runs, function: str, column: pl.Series) -> pl.Series:
    results = {
        "sum": runs.sum,
        "min": runs.smallest,
        "max": runs.largest,
        "present": runs.present,
        "distinct": runs.distinct,
    }
    return runs.rows() if function == "rows" else results[function](column)


def _grouped(function: str, source: str) -> nw.Expr:
    column = nw.col(source)
    if function == "distinct":  # a missing value is no value of its own
        return column.n_unique() - column.is_null().any().cast(nw.Int64)
    results = {"sum": column.sum, "min": column.min, "max": column.max, "present": column.count}
    return nw.len() if function == "rows" else results[function]()


def _left_join(left: Frame, right: Frame, *, on: str) -> Frame:
    joined: Frame = left.join(right, how="left", left_on=on, right_on=_LIFT)  # type: ignore[arg-type]
    return joined.drop(_LIFT, strict=False)
