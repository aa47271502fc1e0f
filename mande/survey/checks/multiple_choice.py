"""Several choices that cannot stand together."""

from __future__ import annotations

from collections.abc import Iterator

from mande.errors import Code, Problem, Text
from mande.survey.check import CheckContext
from mande.survey.table import ConformedTable, cell_problems

X_MULTI = Code(
    "X-MULTI",
    Text(
        "'{choice}' was ticked together with other choices",
        "« {choice} » a été coché avec d'autres réponses",
        "«{choice}» se marcó junto con otras opciones",
    ),
    Text(
        "'{choice}' alone, or the others", "« {choice} » seul, ou les autres", "«{choice}» sola, o las demás"
    ),
    Text("Keep one or the other.", "Gardez l'un ou l'autre.", "Deje lo uno o lo otro."),
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield a problem for each `exclusive` choice that was ticked with others."""
    for name, question in table.asked.items():
        if question.type != "multiple":
            continue
        ticked = " " + table.frame[name] + " "
        for code in question.exclusive:
            both = ticked.str.contains(f" {code} ", literal=True) & (table.frame[name] != code)
            label = question.choices[code]
            yield from cell_problems(
                table, name, both, X_MULTI, {"choice": Text(label.en, label.fr, label.es)}
            )
