"""Tables in memory with their rows in the order of their keys and numbered: what all plans over them share.

Numbers join and group several times faster than texts, and a fixed order of rows makes sums repeat to the
last digit, whatever the order of the tables and the machine's number of processors. Everything is worked
out when it is first asked for, and then kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mande.schema.question import Table

Numbers = NDArray[np.int64]


class Numbered:
    """The rows of some tables, sorted by key; a row's number is its place.

    Parameters
    ----------
    tables
        By name; their keys are complete and without repetition.
    entries
        Key, link and parent of each table.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame], entries: Mapping[str, Table]) -> None:
        self.tables = tables
        self.entries = entries
        self._kept: dict[tuple[Any, ...], Any] = {}

    def keep(self, mark: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        """Return what was worked out under a mark, working it out the first time."""
        if mark not in self._kept:
            self._kept[mark] = work()
        return self._kept[mark]

    def column(self, table: str, name: str) -> pl.Series:
        """Return a column of a table in the order of its keys."""
        found: pl.Series = self.keep(("column", table, name), lambda: self._sorted(table, name))
        return found

    def keys(self, table: str) -> pl.Series:
        """Return the keys of a table, in order."""
        return self.column(table, self.entries[table].key)

    def _sorted(self, table: str, name: str) -> pl.Series:
        order: pl.Series | None = self.keep(("order", table), lambda: self._order(table))
        column = self.tables[table][name]
        return column if order is None else column.gather(order)

    def _order(self, table: str) -> pl.Series | None:
        keys = self.tables[table][self.entries[table].key]
        return None if keys.is_sorted() else keys.arg_sort()

    def line_up(self, table: str) -> list[str]:
        """Return a table and the tables above it, up to the root."""
        found = [table]
        while (parent := self.entries[found[-1]].parent) is not None:
            found.append(parent)
        return found

    def above(self, table: str, ancestor: str) -> pl.Series:
        """Return for each row of a table the number of the row of `ancestor` above it; null where none is."""
        found: pl.Series = self.keep(("above", table, ancestor), lambda: self._above(table, ancestor))
        return found

    def _above(self, table: str, ancestor: str) -> pl.Series:
        entry = self.entries[table]
        if table == ancestor:
            return pl.Series(np.arange(len(self.keys(table)), dtype=np.uint32))
        parent = str(entry.parent)
        if parent != ancestor:
            return self.above(parent, ancestor).gather(self.above(table, parent))
        parents = self.keys(parent).alias("key").to_frame().with_row_index("number")
        links = self.column(table, str(entry.link)).alias("key").to_frame()
        return links.join(parents, on="key", how="left", maintain_order="left")["number"]

    def runs(self, roster: str, table: str) -> Runs:
        """Return the rows of a roster parted by the row of `table` above them."""
        found: Runs = self.keep(
            ("runs", roster, table), lambda: Runs.of(self.above(roster, table), len(self.keys(table)))
        )
        return found


@dataclass(frozen=True, slots=True)
class Runs:
    """Rows put side by side where they share a group; rows without a group are left out.

    Attributes
    ----------
    order : places of the rows, group by group, in the order they had within each.
    starts : where each group begins in `order`.
    groups : the groups that have rows, ascending. count : how many groups there are, with and without rows.
    """

    order: Numbers
    starts: Numbers
    groups: Numbers
    count: int

    @classmethod
    def of(cls, group: pl.Series, count: int) -> Runs:
        """Return the runs of rows whose group (a number, null for none) stands in `group`."""
        numbers = group.cast(pl.Int64).fill_null(-1).to_numpy()
        order = np.argsort(numbers, kind="stable")
        order = order[np.searchsorted(numbers, 0, sorter=order) :]
        ordered = numbers[order]
        starts = np.flatnonzero(np.diff(ordered, prepend=-1))
        return cls(order, starts, ordered[starts], count)

    def rows(self) -> pl.Series:
        """Return how many rows each group has; null where it has none."""
        return self._by_group(np.diff(self.starts, append=len(self.order)))

    def sum(self, column: pl.Series) -> pl.Series:
        """Return the sum of what is there in each group; null where a group has no rows."""
        with np.errstate(invalid="ignore", over="ignore"):  # what grew too large is missing later on
            return self._by_group(self._reduced(np.add, column.fill_null(0.0)))

    def present(self, column: pl.Series) -> pl.Series:
        """Return how many rows of each group have a value; null where a group has no rows."""
        if not column.null_count():
            return self.rows()
        return self._by_group(self._reduced(np.add, column.is_not_null().cast(pl.Int64)))

    def smallest(self, column: pl.Series) -> pl.Series:
        """Return the smallest value of each group; null where it has none."""
        return self._extreme(np.minimum, column, column.max())

    def largest(self, column: pl.Series) -> pl.Series:
        """Return the largest value of each group; null where it has none."""
        return self._extreme(np.maximum, column, column.min())

    def distinct(self, column: pl.Series) -> pl.Series:
        """Return how many different values each group has; null where it has no rows."""
        codes = ranked(column)
        numbers = codes.fill_null(-1).to_numpy()[self.order]
        groups = np.repeat(np.arange(len(self.starts)), np.diff(self.starts, append=len(self.order)))
        known = numbers >= 0
        pairs = np.unique(groups[known] * (numbers.max(initial=0) + 1) + numbers[known])
        return self._by_group(np.bincount(pairs // (numbers.max(initial=0) + 1), minlength=len(self.starts)))

    def _extreme(self, function: np.ufunc, column: pl.Series, stand_in: Any) -> pl.Series:
        if stand_in is None:
            return pl.Series([None] * self.count, dtype=column.dtype)
        found = self._by_group(self._reduced(function, column.fill_null(stand_in)))
        there = self.present(column).fill_null(0)
        return found.set(there == 0, None).cast(column.dtype) if column.null_count() else found

    def _reduced(self, function: np.ufunc, column: pl.Series) -> NDArray[Any]:
        found: NDArray[Any] = function.reduceat(column.to_numpy()[self.order], self.starts)
        return found

    def _by_group(self, found: NDArray[Any]) -> pl.Series:
        """Return results for every group, null for those without rows."""
        if len(self.groups) == self.count:
            return pl.Series(found)
        whole = np.zeros(self.count, dtype=found.dtype)
        whole[self.groups] = found
        lacking = np.ones(self.count, dtype=bool)
        lacking[self.groups] = False
        return pl.Series(whole).set(pl.Series(lacking), None)


def ranked(column: pl.Series) -> pl.Series:
    """Return for each value its place among the different values in order, from 0; null where missing."""
    known = column.unique().drop_nulls().sort()
    if column.dtype == pl.String:
        return column.cast(pl.Enum(known)).to_physical().cast(pl.Int64)
    places = pl.Series(np.arange(len(known)), dtype=pl.Int64)
    return column.replace_strict(known, places, default=None, return_dtype=pl.Int64)
