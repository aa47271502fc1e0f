"""Columns that look like names, phones, e-mail addresses or places and are not declared personal."""

from __future__ import annotations

from collections.abc import Iterator

from mande.errors import Code, Place, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values, letter
from mande.survey.personal import KINDS, LOCK, P_PII, answered, kind_of, question_about
from mande.survey.table import ConformedTable

P_KEY = Code(
    "P-KEY",
    Text(
        "the respondent id is declared personal",
        "l'identifiant du répondant est déclaré personnel",
        "el id del encuestado está declarado personal",
    ),
    Text(
        "an id that says nothing about the person",
        "un identifiant neutre",
        "un id que no diga nada de la persona",
    ),
    Text(
        "Give respondents a code of their own, and keep phone or identity numbers in a personal question.",
        "Donnez un code propre, et gardez téléphone ou numéro d'identité dans une question personnelle.",
        "Asigne un código propio, y deje teléfono o cédula en una pregunta personal.",
    ),
    Text("column {found}", "colonne {found}", "columna {found}"),
)
P_LOCKED = Code(
    "P-LOCKED",
    Text(
        "as answered, the column is locked away at acceptance",
        "comme répondu, la colonne est mise sous clé à l'acceptation",
        "según lo respondido, la columna queda bajo llave al aceptar",
    ),
    Text(""),
    Text("Nothing.", "Rien.", "Nada."),
    Text("column {found}", "colonne {found}", "columna {found}"),
)
P_OPEN = Code(
    "P-OPEN",
    Text(
        "as answered, the column does not identify people and stays with the answers ({kind})",
        "comme répondu, la colonne n'identifie personne et reste avec les réponses ({kind})",
        "según lo respondido, la columna no identifica a nadie y queda con las respuestas ({kind})",
    ),
    Text(""),
    Text(
        "Nothing; to lock it after all, answer again.",
        "Rien ; pour la mettre sous clé, répondez de nouveau.",
        "Nada; para ponerla bajo llave, responda de nuevo.",
    ),
    Text("column {found}", "colonne {found}", "columna {found}"),
)
_SEARCHED = {"text", "number"}


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield P-PII for columns by title or content, and P-KEY when the id itself is personal.

    A column that answers a question is asked about, because its answers would be stored; any other is
    only warned of: nothing of it is kept.
    """
    raw = context.raw
    question_at = {index: name for name, index in context.columns.by_question.items()}
    for index, title in enumerate(raw.columns):
        name = question_at.get(index)
        question = table.questions[name] if name else None
        values: Values = {"found": letter(raw.positions[index])}
        place = Place(raw.file, raw.sheet, column=title, question=question.label.en if question else "")
        given = answered(context.profile, table.name, title)
        if name == table.key:
            if question is not None and question.personal:
                yield Problem(P_KEY, place, values)
        elif given == LOCK and question is not None:
            yield Problem(P_LOCKED, place, values, Severity.NOTE)
        elif question is not None and (
            name == context.link or question.personal or question.type not in _SEARCHED
        ):
            continue
        elif kind := kind_of(
            title, raw.cells[f"c{index}"], is_number=question is not None and question.type == "number"
        ):
            values |= {"kind": KINDS[kind]}
            if given is not None:
                yield Problem(P_OPEN, place, values, Severity.NOTE)
            elif question is None:
                yield Problem(P_PII, place, values, Severity.WARNING)
            else:
                ask = question_about(table.name, title)
                yield Problem(P_PII, place, values, Severity.QUESTION, ask)
