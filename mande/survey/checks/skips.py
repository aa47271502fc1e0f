"""Answers where the question should have been skipped, and none where it should have been asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

import polars as pl

from mande.errors import Code, Language, Problem, Severity, Text
from mande.formula import parse
from mande.schema.question import Question
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.rowwise import can_work_out, named_in, worked_out
from mande.survey.sound import faulty, rows_of
from mande.survey.table import ConformedTable, cell_problems

X_SKIP = Code(
    "X-SKIP",
    Text(
        "there is an answer, but the question does not apply to this respondent",
        "il y a une réponse, mais la question ne concerne pas cette personne",
        "hay una respuesta, pero la pregunta no corresponde a esta persona",
    ),
    Text(
        "an answer only where {condition}; here {given}",
        "une réponse seulement si {condition} ; ici {given}",
        "una respuesta solo si {condition}; aquí {given}",
    ),
    Text(
        "One of both is wrong: delete this answer, or correct the answer that the question depends on.",
        "L'une des deux est fausse : supprimez cette réponse, ou corrigez celle dont la question dépend.",
        "Una de las dos está mal: borre esta respuesta, o corrija aquella de la que depende la pregunta.",
    ),
)
X_UNASKED = Code(
    "X-SKIP-EMPTY",
    Text(
        "the question applies to this respondent, but there is no answer",
        "la question concerne cette personne, mais il n'y a pas de réponse",
        "la pregunta corresponde a esta persona, pero no hay respuesta",
    ),
    Text(
        "an answer, as {condition} holds: {given}",
        "une réponse, puisque {condition} est vrai : {given}",
        "una respuesta, ya que {condition} se cumple: {given}",
    ),
    Text(
        "Fill in the answer, or -97 (don't know), -98 (refused); without one it counts as not answered.",
        "Complétez, ou mettez -97 (ne sait pas), -98 (refus) ; sinon elle compte comme non répondue.",
        "Complete, o ponga -97 (no sabe), -98 (rehusó); si no, cuenta como no respondida.",
    ),
    Text("an empty cell", "une cellule vide", "una celda vacía"),
)

X_UNFILTERED = Code(
    "X-SKIP-FILTER",
    Text(
        "there is an answer, but the one that decides whether the question applies is missing",
        "il y a une réponse, mais celle dont dépend la question manque",
        "hay una respuesta, pero falta aquella de la que depende la pregunta",
    ),
    Text(
        "an answer to {gates}, as the question is asked only if {condition}",
        "une réponse à {gates}, car la question n'est posée que si {condition}",
        "una respuesta a {gates}, pues la pregunta solo se hace si {condition}",
    ),
    Text(
        "Fill in what is missing, or delete this answer if the question did not apply.",
        "Complétez ce qui manque, ou supprimez cette réponse si la question n'était pas à poser.",
        "Complete lo que falta, o borre esta respuesta si la pregunta no correspondía.",
    ),
)

BY_ROW = True


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield X-SKIP and X-SKIP-EMPTY where an answer disagrees with the `when` of its question, and
    X-SKIP-FILTER, a warning, for an answer where nobody answered what the `when` goes by.

    An answer too many is an error where a skipped question means zero (it would be added up) or 'yes'
    contradicts the skip, else a warning; one too few is an error for a required question, else a warning.
    A cell that cannot be read is no missing answer. Rows in which an answer that the condition needs is
    missing or faulty are not judged.
    """
    rows = {table.name: rows_of(table)}
    for name, question in table.asked.items():
        if question.when is None:
            continue
        root = parse(question.when).root
        if not can_work_out(root, table.name, rows):
            continue
        applies = worked_out(root, table.name, rows)
        gates = list(named_in(root, table.name))
        for gate in gates:
            applies = applies.zip_with(~faulty(table, gate), applies.clear(1))
        explain = _Explain(table, question, gates)
        too_many, is_hard = _too_many(table.frame[name], question)
        severity = Severity.ERROR if is_hard else Severity.WARNING
        yield from cell_problems(table, name, ~applies & too_many, explain, severity=severity)
        empty = _any(table.texts[gate] == "" for gate in gates) & applies.is_null()
        unfiltered = _Explain(table, question, gates, X_UNFILTERED)
        yield from cell_problems(table, name, empty & too_many, unfiltered, severity=Severity.WARNING)
        # A cell that shows an Excel error is no empty cell: that it cannot be read is told of already.
        blank = (table.texts[name] == "") & applies & ~faulty(table, name)
        severity = Severity.ERROR if question.required else Severity.WARNING
        missed = _Explain(table, question, gates, X_UNASKED)
        yield from cell_problems(table, name, blank, missed, severity=severity)


def _titled(table: ConformedTable, gate: str, language: Language) -> str:
    """Return the title of a question's column with what it asks."""
    title, label = table.titles[gate], table.questions[gate].label.in_(language)
    return title if label in ("", title) else f"{title} ({label})"


def _any(parts: Iterable[pl.Series]) -> pl.Series:
    return reduce(or_, parts, pl.Series([False], dtype=pl.Boolean))


def _too_many(values: pl.Series, question: Question) -> tuple[pl.Series, bool]:
    """Return which answers say something that a skip does not, and whether that stops the upload."""
    if question.type == "yes_no":
        return values.fill_null(value=False), True  # 'no' says no more than the skip
    if question.when_skipped == "zero" and values.dtype.is_numeric():
        return (values != 0).fill_null(value=False), True
    return values.is_not_null(), False


class _Explain:
    """Says on which answers of the row the question depends."""

    def __init__(
        self, table: ConformedTable, question: Question, gates: list[str], code: Code = X_SKIP
    ) -> None:
        self._table = table
        self._gates = gates
        self._code = code
        self._condition = str(question.when)

    def __call__(self, text: str, index: int) -> tuple[Code, Values]:
        table = self._table
        parts = [(g, table.shown(g, table.texts[g][index] or "-")) for g in self._gates]
        languages: tuple[Language, ...] = ("en", "fr", "es")
        told = [
            ", ".join(
                f"{_titled(table, g, code)} = {v.in_(code) if isinstance(v, Text) else v}" for g, v in parts
            )
            for code in languages
        ]
        empty = ", ".join(table.titles[gate] for gate in self._gates if table.texts[gate][index] == "")
        return self._code, {"condition": self._condition, "given": Text(*told), "gates": empty}
