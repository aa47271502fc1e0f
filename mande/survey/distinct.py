"""The texts of some cells of a column: every distinct text once, and for each cell which of them it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Distinct:
    """Some cells of a column.

    Attributes
    ----------
    indices : rows of the cells, rising.
    which : for each of them the place of its text in `texts`.
    texts : the distinct texts, in the order in which they occur first.
    """

    indices: pl.Series
    which: NDArray[np.int64]
    texts: Sequence[str]

    @classmethod
    def of(cls, column: pl.Series, marks: pl.Series) -> Distinct:
        """Return the marked cells of a column of texts; null counts as not marked."""
        cells = column.filter(marks)
        indices = pl.Series(np.flatnonzero(marks.fill_null(value=False).to_numpy()).astype(np.uint32))
        if not len(cells):
            return cls(indices, np.empty(0, np.int64), [])
        # Categories of its own number the texts from 0, in the order in which they come.
        numbers = cells.cast(pl.Categorical(pl.Categories.random())).to_physical()
        which = numbers.to_numpy().astype(np.int64)
        first = np.empty(int(which.max()) + 1, np.int64)
        first[which[::-1]] = np.arange(len(which) - 1, -1, -1)
        return cls(indices, which, cells[pl.Series(first)].to_list())

    def counts(self) -> list[int]:
        """Return for each text how many cells hold it."""
        found: list[int] = np.bincount(self.which, minlength=len(self.texts)).tolist()
        return found

    def count(self, keep: Sequence[bool]) -> int:
        """Return how many cells hold one of the texts marked."""
        return int(np.count_nonzero(np.asarray(keep, bool)[self.which]))

    def rows(self, keep: Sequence[bool]) -> pl.Series:
        """Return the rows of the cells that hold one of the texts marked."""
        return self.indices.filter(pl.Series(np.asarray(keep, bool)[self.which]))

    def first(self, text: str) -> int:
        """Return the first row with a text."""
        found: int = self.indices[int(np.argmax(self.which == self.texts.index(text)))]
        return found

    def firsts(self, column: pl.Series) -> list[Any]:
        """Return for each text what stands in another column where the text occurs first."""
        _, places = np.unique(self.which, return_index=True)
        return column[self.indices[pl.Series(places)]].to_list()

    def chosen(self, keep: Sequence[bool]) -> Distinct:
        """Return the cells that hold one of the texts marked."""
        marks = np.asarray(keep, bool)
        if marks.all():
            return self
        new_place = np.cumsum(marks) - 1
        cells = marks[self.which]
        kept = list(compress(self.texts, keep))
        return Distinct(self.indices.filter(pl.Series(cells)), new_place[self.which[cells]], kept)
