"""Nothing is kept of those who did not agree to be interviewed."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.interview import row_problems, told
from mande.survey.table import ROW, ConformedTable

X_CONSENT = Code(
    "X-CONSENT",
    Text(
        "there are answers of a person who did not agree to the interview",
        "il y a des réponses d'une personne qui n'a pas accepté l'entretien",
        "hay respuestas de una persona que no aceptó la entrevista",
    ),
    Text("no answers without consent", "aucune réponse sans accord", "ninguna respuesta sin consentimiento"),
    Text(
        "Delete the answers of this row, or correct the consent if it was given.",
        "Supprimez les réponses de cette ligne, ou corrigez l'accord s'il a été donné.",
        "Borre las respuestas de esta fila, o corrija el consentimiento si se dio.",
    ),
    Text(
        "consent = {found}, answers: {count}",
        "accord = {found}, réponses : {count}",
        "consentimiento = {found}, respuestas: {count}",
    ),
)
X_NOCONSENT = Code(
    "X-CONSENT-EMPTY",
    Text(
        "it is not recorded whether the person agreed to the interview",
        "on ne sait pas si la personne a accepté l'entretien",
        "no consta si la persona aceptó la entrevista",
    ),
    Text("yes or no in every row", "oui ou non dans chaque ligne", "sí o no en cada fila"),
    Text(
        "Ask the enumerator, and fill in what is known.",
        "Demandez à l'enquêteur, et complétez.",
        "Pregunte al encuestador y complete.",
    ),
    Text("an empty cell", "une cellule vide", "una celda vacía"),
)
_REFUSED = ("no", "non", "n", "false", "faux", "falso", "0", "0.0", "-98", "refused", "refus", "rehusó")


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield X-CONSENT for answers of those who refused, X-CONSENT-EMPTY where consent is not recorded."""
    consent = told(table, context, "consent")
    if consent is None or table.key not in table.titles:
        return
    said = consent.texts.str.to_lowercase()
    aside = {table.key, ROW, consent.question, *(link for link in table.questions if _is_id(table, link))}
    answers = [name for name in table.texts.columns if name not in aside]
    filled = [(table.texts[name] != "").cast(pl.Int64).alias(name) for name in answers]
    counts = pl.DataFrame(filled).sum_horizontal() if filled else pl.Series([0]).new_from_index(0, len(said))

    def explain(index: int) -> tuple[Code, Values]:
        return X_CONSENT, {"found": consent.texts[index], "count": int(counts[index])}

    refused = (said.is_in(list(_REFUSED)) & (counts > 0)).arg_true()
    yield from row_problems(table, consent.title, refused, explain, severity=Severity.ERROR)
    empty = ((said == "") & (counts > 0)).arg_true()
    yield from row_problems(table, consent.title, empty, lambda index: (X_NOCONSENT, {}))


def _is_id(table: ConformedTable, name: str) -> bool:
    """Return whether a question only says who or when: such cells are filled before consent is asked."""
    question = table.questions[name]
    return question.role is not None or question.unique or question.personal
