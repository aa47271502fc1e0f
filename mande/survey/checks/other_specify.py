"""'Other, please specify': told without being ticked, ticked without being told, or no other at all."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Severity, Text
from mande.schema.question import Question
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable, cell_problems

V_OTHER = Code(
    "V-OTHER",
    Text(
        "'other' was chosen, but not what",
        "« autre » a été choisi, sans précision",
        "se eligió «otro», pero no cuál",
    ),
    Text("what the other is", "la précision", "cuál es el otro"),
    Text("Ask and fill it in.", "Demandez et complétez.", "Pregunte y complete."),
    Text("an empty cell", "une cellule vide", "una celda vacía"),
)
V_NOTOTHER = Code(
    "V-OTHER-UNCHOSEN",
    Text(
        "an 'other' is spelled out, but 'other' was not chosen",
        "un « autre » est précisé, mais « autre » n'a pas été choisi",
        "se precisa un «otro», pero no se eligió «otro»",
    ),
    Text("'other' in column {column}", "« autre » dans la colonne {column}", "«otro» en la columna {column}"),
    Text(
        "Choose 'other' in that column, or delete this text.",
        "Choisissez « autre » dans cette colonne, ou supprimez ce texte.",
        "Elija «otro» en esa columna, o borre este texto.",
    ),
)
V_ISCHOICE = Code(
    "V-OTHER-CHOICE",
    Text(
        "the 'other' is one of the choices",
        "l'« autre » est une des réponses proposées",
        "el «otro» es una de las opciones",
    ),
    Text(
        "the choice '{choice}' in column {column}",
        "la réponse « {choice} » dans la colonne {column}",
        "la opción «{choice}» en la columna {column}",
    ),
    Text(
        "Choose it there in place of 'other', and delete this text.",
        "Choisissez-la à la place de « autre », et supprimez ce texte.",
        "Elíjala ahí en lugar de «otro», y borre este texto.",
    ),
)
_OTHER = ("other", "autre", "otro", "96", "-96", "-77", "77")


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield V-OTHER, V-OTHER-UNCHOSEN and V-OTHER-CHOICE for questions declared `other_of` another."""
    for name, question in table.asked.items():
        parent = question.other_of
        if parent is None or parent not in table.titles:
            continue
        asked = table.questions[parent]
        code = next((code for code in _OTHER if code in asked.choices), None)
        if code is None:
            continue
        ticked = (" " + table.frame[parent] + " ").str.contains(f" {code} ", literal=True)
        told = table.texts[name] != ""
        values: Values = {"column": table.titles[parent]}
        warning = Severity.WARNING
        yield from cell_problems(table, name, ticked & ~told, V_OTHER, severity=warning)
        unticked = told & table.frame[parent].is_not_null() & ~ticked
        yield from cell_problems(table, name, unticked, V_NOTOTHER, values, severity=warning)
        for choice, texts in _spellings(asked, code).items():
            is_choice = ticked & table.texts[name].str.to_lowercase().is_in(pl.Series(texts).implode())
            yield from cell_problems(
                table, name, is_choice, V_ISCHOICE, values | {"choice": choice}, severity=warning
            )


def _spellings(question: Question, other: str) -> dict[str, list[str]]:
    return {
        code: sorted({text.casefold() for text in (code, label.en, label.fr, label.es) if text})
        for code, label in question.choices.items()
        if code != other
    }
