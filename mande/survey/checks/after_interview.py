"""Nothing that is told in an interview can have happened after it."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable, cell_problems

V_AFTER = Code(
    "V-AFTER",
    Text(
        "the date lies after the interview",
        "la date est après l'entretien",
        "la fecha es posterior a la entrevista",
    ),
    Text(
        "a date up to the interview, {day}",
        "une date jusqu'à l'entretien, {day}",
        "una fecha hasta la entrevista, {day}",
    ),
    Text(
        "One of the two dates is wrong: correct it; check the date of the tablet.",
        "Une des deux dates est fausse : corrigez-la ; vérifiez la date de la tablette.",
        "Una de las dos fechas es errónea: corríjala; revise la fecha de la tableta.",
    ),
)

BY_ROW = True


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
