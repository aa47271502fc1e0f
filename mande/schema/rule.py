"""Rules between answers: what must hold within one row, or between a row and the rows that hang on it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mande.schema.common import Definition, Id, Label, Translations
from mande.schema.indicator import Example


class Rule(Definition):
    """One condition that the answers of a row must meet.

    Attributes
    ----------
    rule : the condition, a formula over the row; dotted names are those of the row above, aggregates those
        of the rows below (`sum(sales.qty_accepted) <= qty_harvest_kg`). Where an answer it needs is missing
        or faulty itself, the rule says nothing.
    severity : `hard` stops the upload, `soft` asks to look again.
    message : what is wrong where it does not hold, as the person who holds the file reads it.
    fix : what to do about it; a general advice where it is not given.
    cells : questions whose cells are marked; by default those the rule names, in its order.
    examples : rows and what the rule says of them; run as a test.
    """

    rule: Annotated[str, StringConstraints(min_length=1)]
    severity: Literal["hard", "soft"] = "hard"
    message: Label
    fix: Label | None = None
    cells: tuple[Id, ...] = ()
    source: str = ""
    examples: Annotated[tuple[Example, ...], Field(min_length=2)]


class RuleFile(Definition):
    """One file below `indicators/_rules/`: rules of one table."""

    format: Literal[1]
    table: Id
    translations: Translations = Translations()
    rules: Annotated[dict[Id, Rule], Field(min_length=1)]
