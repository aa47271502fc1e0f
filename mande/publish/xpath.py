"""Filters of questions as XPath, the language of `relevant` in XLSForms."""

from __future__ import annotations

from collections.abc import Mapping

from mande.errors import Code, MandeError, Place, Problem, Text
from mande.formula import Node, parse, render
from mande.formula.tree import (
    Arithmetic,
    Call,
    Column,
    Compare,
    Logic,
    Member,
    Negate,
    Not,
    Number,
    Truth,
    Words,
)
from mande.schema.question import Question

Q_FILTER = Code(
    "Q-FILTER",
    Text(
        "a filter cannot be said in a questionnaire",
        "un filtre ne peut pas s'exprimer dans un questionnaire",
        "un filtro no puede expresarse en un cuestionario",
    ),
    Text(
        "comparisons, and, or, not, in, includes, is_missing and + - * / of questions of the same table",
        "comparaisons, and, or, not, in, includes, is_missing et + - * / de questions de la même table",
        "comparaciones, and, or, not, in, includes, is_missing y + - * / de preguntas de la misma tabla",
    ),
    Text(
        "Word `when` with these, or ask a question that decides it.",
        "Formulez `when` ainsi, ou posez une question qui en décide.",
        "Formule `when` así, o haga una pregunta que lo decida.",
    ),
)

MISSING = "-97 -98 -99"
"""Codes that mean 'no value'; as numbers they must not pass for small ones."""


def xpath(text: str, questions: Mapping[str, Question], fields: Mapping[str, str], *, place: Place) -> str:
    """Return a filter as XPath.

    Parameters
    ----------
    text
        The `when` of a question: a condition over questions of the same table.
    questions
        Questions of the table.
    fields
        Name of each question's field in the form.
    place
        Where the filter stands, for messages.

    Raises
    ------
    MandeError
        Q-FILTER where XPath has no such thing.
    """
    return _Writer(questions, fields, place).condition(parse(text, place=place).root)


class _Writer:
    def __init__(self, questions: Mapping[str, Question], fields: Mapping[str, str], place: Place) -> None:
        self.questions = questions
        self.fields = fields
        self.place = place

    def refuse(self, node: Node) -> MandeError:
        return MandeError([Problem(Q_FILTER, self.place, {"found": render(node)})])

    def condition(self, node: Node) -> str:
        """Return a condition that is false where an answer it needs is missing."""
        match node:
            case Column():
                return f"{self.field(node)} = 'yes'"
            case Truth(value):
                return "true()" if value else "false()"
            case Not(Column() as column):
                return f"{self.field(column)} = 'no'"
            case Not(operand):
                return f"not({self.condition(operand)})"
            case Logic(sign, operands):
                return "(" + f" {sign} ".join(self.condition(operand) for operand in operands) + ")"
            case Compare(sign, left, right):
                text = f"{self.value(left)} {'=' if sign == '==' else sign} {self.value(right)}"
                return self.guarded(text, node)
            case Member(operand, options):
                tests = [f"{self.value(operand)} = {self.value(option)}" for option in options]
                return self.guarded(f"({' or '.join(tests)})", operand)
            case Call("includes", (Column() as column, Words(code))):
                return f"selected({self.field(column)}, '{code}')"
            case Call("is_missing", (Column() as column,)):
                return f"({self.field(column)} = '' or selected('{MISSING}', {self.field(column)}))"
            case _:
                raise self.refuse(node)

    def guarded(self, text: str, node: Node) -> str:
        """Return a comparison that is false where a number in it is missing."""
        numbers = dict.fromkeys(self.field(column) for column in self.numeric(node))
        guards = [f"{field} != '' and not(selected('{MISSING}', {field}))" for field in numbers]
        return f"({' and '.join([*guards, text])})" if guards else text

    def numeric(self, node: Node) -> list[Column]:
        match node:
            case Column(name):
                known = self.questions.get(name)
                return [node] if known is not None and known.type in ("integer", "number") else []
            case Compare(_, left, right) | Arithmetic(_, left, right):
                return [*self.numeric(left), *self.numeric(right)]
            case Negate(operand):
                return self.numeric(operand)
            case _:
                return []

    def value(self, node: Node) -> str:
        match node:
            case Column():
                return self.field(node)
            case Number(value):
                return f"{value:.12g}"
            case Words(value):
                return f"'{value}'"
            case Truth(value):
                return "'yes'" if value else "'no'"
            case Negate(operand):
                return f"-{self.value(operand)}"
            case Call("days_between", (Column() as start, Column() as end)):
                return f"(decimal-date-time({self.field(end)}) - decimal-date-time({self.field(start)}))"
            case Arithmetic(sign, left, right) if sign in ("+", "-", "*", "/"):
                return f"({self.value(left)} {'div' if sign == '/' else sign} {self.value(right)})"
            case _:
                raise self.refuse(node)

    def field(self, column: Column) -> str:
        if column.table or column.name not in self.fields:
            raise self.refuse(column)
        return f"${{{self.fields[column.name]}}}"
