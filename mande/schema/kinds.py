"""What a formula sees of a question."""

from __future__ import annotations

from collections.abc import Mapping

from mande.formula import Kind
from mande.formula.language import Type
from mande.schema.question import Question, QuestionType

_KINDS: Mapping[QuestionType, Type] = {
    "integer": "number",
    "number": "number",
    "yes_no": "truth",
    "date": "date",
    "multiple": "codes",
}


def kind_of(question: Question) -> Kind:
    """Return what a formula sees of a question: its kind, and its choices where it has any."""
    return Kind(_KINDS.get(question.type, "text"), tuple(question.choices))
