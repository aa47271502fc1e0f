"""A row of totals below the data is no respondent."""

from __future__ import annotations

from collections.abc import Iterator

from mande.errors import Code, Problem, Text
from mande.survey.check import CheckContext
from mande.survey.table import ConformedTable, cell_problems

L_TOTAL = Code(
    "L-TOTAL",
    Text(
        "the row looks like a total, not like a respondent",
        "la ligne ressemble à un total, pas à un répondant",
        "la fila parece un total, no un encuestado",
    ),
    Text("one row for each respondent", "une ligne par répondant", "una fila por encuestado"),
    Text("Delete the row.", "Supprimez la ligne.", "Elimine la fila."),
)
_WORDS = (
    "total|totals|grand total|sum|average|mean|median|count|totaux|somme|moyenne|m[eé]diane"
    "|totales|suma|promedio|media|mediana"
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield L-TOTAL where the id is a word for a total."""
    if table.key in table.titles:
        mask = table.texts[table.key].str.contains(rf"(?i)^({_WORDS})\s*:?$")
        yield from cell_problems(table, table.key, mask, L_TOTAL)
