"""A text with a prescribed form must have it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mande.errors import Code, Problem, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable, cell_problems

V_PATTERN = Code(
    "V-PATTERN",
    Text(
        "the value does not have the prescribed form",
        "la valeur n'a pas la forme prescrite",
        "el valor no tiene la forma prescrita",
    ),
    Text("the form {pattern}", "la forme {pattern}", "la forma {pattern}"),
    Text(
        "Correct the value; where Excel took off leading zeros, format the column as Text and "
        "enter it again.",
        "Corrigez la valeur ; si Excel a retiré des zéros, mettez la colonne au format Texte.",
        "Corrija el valor; si Excel quitó ceros, ponga la columna en formato Texto.",
    ),
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield V-PATTERN for texts that do not match their question's pattern as a whole."""
    for name, question in table.asked.items():
        if question.pattern is None or question.type != "text":
            continue
        form = re.compile(question.pattern)
        distinct = table.frame[name].drop_nulls().unique(maintain_order=True).to_list()
        wrong = [text for text in distinct if not form.fullmatch(text)]
        if wrong:
            values: Values = {"pattern": question.pattern}
            mask = table.frame[name].is_in(wrong)
            yield from cell_problems(table, name, mask, V_PATTERN, values)
