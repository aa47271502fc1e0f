"""Which cells may be judged together with others: those that pass their own checks."""

from __future__ import annotations

import polars as pl

from mande.survey.rowwise import Rows
from mande.survey.table import ConformedTable


def faulty(table: ConformedTable, question: str) -> pl.Series:
    """Return for each row whether the cell is wrong by itself: unreadable, impossible, or of another form."""
    wrong = pl.Series([False]).new_from_index(0, table.frame.height)
    rows = table.invalid.indices(question)
    return wrong.scatter(rows, True) if len(rows) else wrong


def rows_of(table: ConformedTable, *, parent: str | None = None, link: str | None = None) -> Rows:
    """Return the table's rows as formulas read them."""
    return Rows(table.frame, table.key, parent, link)
