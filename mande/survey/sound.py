"""Which cells may be judged together with others: those that pass their own checks."""

from __future__ import annotations

import re

import polars as pl

from mande.survey.rowwise import Rows
from mande.survey.table import ConformedTable


def faulty(table: ConformedTable, question: str) -> pl.Series:
    """Return for each row whether the cell is wrong by itself: unreadable, impossible, or of another form."""
    entry, values = table.questions[question], table.frame[question]
    wrong = pl.Series([False]).new_from_index(0, len(values))
    unread = sorted(table.invalid[question])
    wrong = wrong.scatter(unread, True) if unread else wrong
    low, high = entry.range or (None, None)
    if low is not None and values.dtype.is_numeric():
        wrong |= (values < low).fill_null(value=False)
    if high is not None and values.dtype.is_numeric():
        wrong |= (values > high).fill_null(value=False)
    if entry.pattern is not None and entry.type == "text":
        form = re.compile(entry.pattern)
        unfit = [text for text in values.drop_nulls().unique().to_list() if not form.fullmatch(text)]
        wrong |= values.is_in(unfit).fill_null(value=False)
    return wrong


def rows_of(table: ConformedTable, *, parent: str | None = None, link: str | None = None) -> Rows:
    """Return the table's rows as formulas read them."""
    return Rows(table.frame, table.key, parent, link)
