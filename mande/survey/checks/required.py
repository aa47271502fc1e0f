"""A question that every respondent answers must have an answer: what the questionnaire insists on."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.faults import CellFaults
from mande.survey.parse import Wrong
from mande.survey.table import ConformedTable

V_REQUIRED = Code(
    "V-REQUIRED",
    Text("the answer is missing", "la réponse manque", "falta la respuesta"),
    Text(
        "an answer from every respondent",
        "une réponse de chaque répondant",
        "una respuesta de cada encuestado",
    ),
    Text(
        "Fill in the answer, or -97 (don't know), -98 (refused); an id has no such code and must be found.",
        "Complétez, ou mettez -97 (ne sait pas), -98 (refus) ; un identifiant doit être retrouvé.",
        "Complete, o ponga -97 (no sabe), -98 (rehusó); un id hay que encontrarlo.",
    ),
    Text("an empty cell", "une cellule vide", "una celda vacía"),
)

BY_ROW = True


def check(table: ConformedTable, context: CheckContext) -> Iterator[CellFaults]:
    """Yield V-REQUIRED for empty cells of questions that are asked of everyone and expect an answer.

    An error for a required question, else a warning.
    """
    for name, question in table.asked.items():
        if not question.expects_answer or question.when is not None:
            continue
        empty = table.texts[name] == ""
        if name == table.key:
            # No code stands for a missing id.
            empty |= table.frame[name].is_null()
        if not empty.any():
            continue
        unread = sorted(table.invalid[name])
        mask = empty.scatter(unread, False) if unread else empty
        severity = Severity.ERROR if question.required else Severity.WARNING
        yield CellFaults.alike(table, name, mask.cast(pl.Boolean), Wrong(V_REQUIRED), severity)
