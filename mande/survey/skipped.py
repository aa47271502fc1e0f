"""Questions that were not asked of everyone: an empty cell is then a true zero, or not applicable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import polars as pl

from mande.formula import parse
from mande.schema.question import Question
from mande.survey.rowwise import Rows, can_work_out, worked_out
from mande.survey.table import ConformedTable, WhyMissing

NOT_APPLICABLE = "not applicable"


def resolve_skipped(table: ConformedTable) -> ConformedTable:
    """Return the table with the empty cells of skipped questions resolved.

    A question is skipped where its `when` is false; where an answer that the condition needs is missing,
    nothing is known, and the cell stays as it is. `when_skipped: zero` makes the value zero; otherwise
    its reason is 'not applicable'. Cells that hold an answer are left alone.
    """
    skipped = {
        name: rows for name, question in table.asked.items() if len(rows := _skipped(table, question, name))
    }
    if not skipped:
        return table
    zeros = {name: rows for name, rows in skipped.items() if _is_zero(table.questions[name])}
    frame = table.frame.with_columns(
        table.frame[name].clone().scatter(rows, 0) for name, rows in zeros.items()
    )
    missing = {
        name: partial(_why, table.missing, name, skipped.get(name), is_zero=name in zeros)
        for name in table.missing
    }
    return replace(table, frame=frame, missing=WhyMissing(missing))


def _is_zero(question: Question) -> bool:
    return question.when_skipped == "zero" and question.type in ("integer", "number")


def _skipped(table: ConformedTable, question: Question, name: str) -> pl.Series:
    """Return the rows whose cell is empty because the question was skipped."""
    none = pl.Series([], dtype=pl.UInt32)
    if question.when is None:
        return none
    root = parse(question.when).root
    rows = {table.name: Rows(table.frame, table.key)}
    if not can_work_out(root, table.name, rows):
        return none
    is_skipped = ~worked_out(root, table.name, rows)
    return (is_skipped & (table.texts[name] == "") & table.frame[name].is_null()).arg_true()


def _why(
    missing: Mapping[str, pl.DataFrame], name: str, rows: pl.Series | None, *, is_zero: bool
) -> pl.DataFrame:
    """Return why values are missing, told anew for the rows where the question was skipped."""
    found = missing[name]
    if rows is None:
        return found
    among = found["index"].is_in(rows.cast(pl.UInt32).implode())
    if is_zero:
        return found.filter(~among)
    told = pl.when(pl.lit(among)).then(pl.lit(NOT_APPLICABLE)).otherwise("reason")
    return found.with_columns(told.alias("reason"))
