"""Fewer rows or other columns of an upload's table, each cell still knowing where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from mande.survey.grid import RawTable


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, where it stands in the file, its cells."""

    title: str
    position: int
    cells: pl.Series


def columns_of(raw: RawTable) -> list[Column]:
    """Return the columns of a table, in their order."""
    return [
        Column(title, raw.positions[index], raw.cells[f"c{index}"]) for index, title in enumerate(raw.columns)
    ]


def with_columns(raw: RawTable, columns: Sequence[Column]) -> RawTable:
    """Return the table with these columns in the place of its own.

    Rows that did not fit the header, and cells without a value, stay with the columns that are kept.
    """
    cells = pl.DataFrame([column.cells.alias(f"c{index}") for index, column in enumerate(columns)])
    kept = {column.position for column in columns}
    return replace(
        raw,
        columns=tuple(column.title for column in columns),
        positions=tuple(column.position for column in columns),
        cells=cells,
        bad_cells=tuple(cell for cell in raw.bad_cells if cell.position in kept),
    )


def with_rows(raw: RawTable, keep: pl.Series) -> RawTable:
    """Return the table with the marked rows only; `keep` has one truth value for each row of `cells`."""
    rows = raw.rows.filter(keep)
    gone = set(raw.rows.filter(~keep).to_list())
    return replace(
        raw,
        cells=raw.cells.filter(keep),
        rows=rows,
        bad_cells=tuple(cell for cell in raw.bad_cells if cell.row not in gone),
    )
