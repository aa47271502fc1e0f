"""Nothing that is told in an interview can have happened after it."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.parse_codes import V_AFTER
from mande.survey.table import ConformedTable, cell_problems


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield V-AFTER for dates after the day of the interview (`role: date`), unless they may lie ahead."""
    dates = {name: entry for name, entry in table.asked.items() if entry.type == "date"}
    interview = next((name for name, entry in dates.items() if entry.role == "date"), None)
    if interview is None:
        return
    day = table.frame[interview]
    for name, question in dates.items():
        if name == interview or question.future:
            continue
        late: pl.Series = table.frame[name] > day

        def explain(text: str, index: int) -> tuple[Code, Values]:
            return V_AFTER, {"day": "-" if table.is_hidden(interview) else str(day[index])}

        yield from cell_problems(table, name, late, explain)
