"""Tables in memory with their rows in the order of their keys and numbered: what all plans over them share.

Numbers lead from table to table several times faster than texts, and a fixed order of rows makes sums repeat
to the last digit, whatever the order of the tables. Everything is worked out when it is first asked for, and
then kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mande.formula.language import Type
from mande.measure.vectors import Vector, vector_of
from mande.schema.question import Table

Places = NDArray[np.int64]


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

    def height(self, table: str) -> int:
        """Return how many rows a table has."""
        return self.tables[table].height

    def column(self, table: str, name: str) -> pl.Series:
        """Return a column of a table in the order of its keys."""
        found: pl.Series = self.keep(("column", table, name), lambda: self._sorted(table, name))
        return found

    def vector(self, table: str, name: str, kind: Type) -> Vector:
        """Return the same for NumPy."""
        work: Callable[[], Vector] = lambda: vector_of(self.column(table, name), kind)  # noqa: E731
        found: Vector = self.keep(("vector", table, name, kind), work)
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

    def is_above(self, ancestor: str, table: str) -> bool:
        """Return whether a table is another one or lies above it."""
        line: str | None = table
        while line is not None and line != ancestor:
            line = self.entries[line].parent
        return line is not None

    def above(self, table: str, ancestor: str) -> Places:
        """Return for each row of a table the number of the row of `ancestor` above it; -1 where none is."""
        found: Places = self.keep(("above", table, ancestor), lambda: self._above(table, ancestor))
        return found

    def _above(self, table: str, ancestor: str) -> Places:
        if table == ancestor:
            return np.arange(self.height(table))
        parent = str(self.entries[table].parent)
        if parent == ancestor:
            return places_of(self.column(table, str(self.entries[table].link)), self.keys(parent))
        links = self.above(table, parent)
        return np.where(links < 0, -1, np.append(self.above(parent, ancestor), -1)[links])

    def groups(self, roster: str, table: str) -> Groups:
        """Return the rows of a roster by the row of `table` above them."""
        work: Callable[[], Groups] = lambda: Groups.of(self.above(roster, table), self.height(table))  # noqa: E731
        found: Groups = self.keep(("groups", roster, table), work)
        return found


def places_of(wanted: pl.Series, keys: pl.Series) -> Places:
    """Return the places of some values among keys; -1 where a value is missing or no key."""
    numbers = keys.alias("key").to_frame().with_row_index("number")
    found = wanted.alias("key").to_frame().join(numbers, on="key", how="left", maintain_order="left")
    return found["number"].cast(pl.Int64).fill_null(-1).to_numpy()


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Rows that belong to numbered groups, in a fixed order, so that sums repeat to the last digit.

    Attributes
    ----------
    group : of each row; the first number that is no group for rows without one. sizes : rows of each group.
    """

    group: Places
    sizes: Places

    @classmethod
    def of(cls, group: Places, count: int) -> Groups:
        """Return the groups of rows whose group (-1 for none) stands in `group`."""
        placed = np.where(group < 0, count, group)
        return cls(placed, np.bincount(placed, minlength=count + 1)[:count])

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Which groups have no rows."""
        return np.equal(self.sizes, 0)

    def rows(self) -> Vector:
        """Return how many rows each group has; missing where it has none."""
        return Vector(self.sizes, self.empty)

    def sum(self, column: Vector) -> Vector:
        """Return the sum of what is there in each group; missing where a group has no rows."""
        sums = np.bincount(self.group, column.filled(0.0), minlength=len(self.sizes) + 1)
        return Vector(sums[: len(self.sizes)], self.empty)

    def present(self, column: Vector) -> Vector:
        """Return how many rows of each group have a value; missing where a group has no rows."""
        gone = np.bincount(self.group[np.flatnonzero(column.missing)], minlength=len(self.sizes) + 1)
        return Vector(self.sizes - gone[: len(self.sizes)], self.empty)

    def smallest(self, column: Vector) -> Vector:
        """Return the smallest value of each group; missing where it has none."""
        return self._extreme(np.minimum, column)

    def largest(self, column: Vector) -> Vector:
        """Return the largest value of each group; missing where it has none."""
        return self._extreme(np.maximum, column)

    def distinct(self, column: Vector) -> Vector:
        """Return how many different values each group has; missing where it has no rows."""
        there = np.flatnonzero(~column.missing)
        pairs = Pairs.of(self.group[there], column.values[there])
        different = np.bincount(pairs.groups, minlength=len(self.sizes) + 1)
        return Vector(different[: len(self.sizes)], self.empty)

    def _extreme(self, function: np.ufunc, column: Vector) -> Vector:
        there = np.flatnonzero(~column.missing)
        group, values = self.group[there], column.values[there]
        # Where to start from: what no value of any group is beyond.
        worst = values.max(initial=0) if function is np.minimum else values.min(initial=0)
        found = np.full(len(self.sizes) + 1, worst, dtype=values.dtype)
        function.at(found, group, values)
        lacking = np.equal(np.bincount(group, minlength=len(self.sizes) + 1), 0)
        return Vector(found[: len(self.sizes)], lacking[: len(self.sizes)], column.words)


_DENSE = 16
"""Pairs up to so many times the rows are counted in a table; beyond that they are sorted."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Rows that share group and value, in a fixed order, so that sums repeat to the last digit.

    Attributes
    ----------
    number : of the pair of each row; not every number up to the largest has rows.
    there : the numbers that have. groups : the group of each of these, ascending.
    """

    number: Places
    there: Places
    groups: Places

    @classmethod
    def of(cls, group: Places, values: NDArray[Any]) -> Pairs:
        """Return the pairs of rows with a group and a value each; whole numbers are values from 0 on."""
        codes = values if values.dtype.kind == "i" else np.unique(values, return_inverse=True)[1]
        many = int(codes.max(initial=0)) + 1
        number = group * many + codes
        if number.max(initial=0) < _DENSE * (len(number) + 1):  # counted in a table
            there = np.flatnonzero(np.bincount(number))
            return cls(number, there, there // many)
        pairs, number = np.unique(number, return_inverse=True)
        return cls(number, np.arange(len(pairs)), pairs // many)

    def sum(self, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the amounts of each pair."""
        sums = np.bincount(self.number, amounts).astype(np.float64, copy=False)
        return sums[self.there]
