"""The same answer to a whole block of questions with the same scale."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable, cell_problems

X_STRAIGHT = Code(
    "X-STRAIGHT",
    Text(
        "the same answer was given to all {count} questions of this scale",
        "la même réponse a été donnée aux {count} questions de cette échelle",
        "se dio la misma respuesta a las {count} preguntas de esta escala",
    ),
    Text("answers that vary", "des réponses qui varient", "respuestas que varían"),
    Text(
        "Check with the enumerator whether each question was read out; if it was, leave the answers.",
        "Vérifiez avec l'enquêteur que chaque question a été lue ; si oui, laissez les réponses.",
        "Verifique con el encuestador que se leyó cada pregunta; si fue así, deje las respuestas.",
    ),
    Text(
        "{found} everywhere, from {first} to {last}",
        "{found} partout, de {first} à {last}",
        "{found} en todas, de {first} a {last}",
    ),
)
LEAST_QUESTIONS = 5
LEAST_CHOICES = 3
COMMON = 0.5
"""Where more than this share answer alike, that is how people here answer, not how one enumerator works."""


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield X-STRAIGHT for rows with one answer throughout a block of questions with the same choices."""
    blocks: dict[tuple[str, ...], list[str]] = {}
    for name, question in table.asked.items():
        if question.type == "choice" and len(question.choices) >= LEAST_CHOICES:
            blocks.setdefault(tuple(question.choices), []).append(name)
    for names in blocks.values():
        if len(names) < LEAST_QUESTIONS:
            continue
        first = table.frame[names[0]]
        alike = pl.DataFrame([(table.frame[name] == first).alias(name) for name in names])
        straight = alike.select(pl.all_horizontal(pl.all().fill_null(value=False))).to_series()
        answered = int(first.is_not_null().sum())
        if not straight.any() or straight.sum() > COMMON * answered:
            continue
        titles: Values = {"first": table.titles[names[0]], "last": table.titles[names[-1]]}
        values: Values = titles | {"count": len(names)}
        yield from cell_problems(table, names[0], straight, X_STRAIGHT, values, severity=Severity.WARNING)
