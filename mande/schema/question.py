"""Survey tables and the questions asked in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from mande.schema.common import MISSING_CODES, Definition, Id, Label, Per, Translations

QuestionType = Literal["text", "integer", "number", "yes_no", "choice", "multiple", "date"]
Role = Literal[
    "consent", "enumerator", "start", "end", "date", "latitude", "longitude", "gps", "form_version", "place"
]
"""What a question tells of the interview itself, for the checks of fieldwork."""


class Table(Definition):
    """One survey table: its key, and for a roster its parent and the question that gates it.

    `gate` is a yes/no question of the parent: 'no' makes an empty roster a true zero; 'yes' or no
    answer makes it missing. `link_required` is False where rows may belong to no parent: workers met
    away from any one firm. `typical_rows` of a roster estimate how long an interview takes.
    """

    label: Label
    key: Id
    parent: Id | None = None
    link: Id | None = None
    link_required: bool = True
    typical_rows: Annotated[int, Field(ge=1)] = 1
    gate: Id | None = None

    def contradictions(self) -> Iterator[str]:
        """Yield what a roster's entries lack of each other."""
        if (self.parent is None) != (self.link is None):
            yield "a roster needs both `parent` (its table) and `link` (the parent's key in it)"
        if self.gate is not None and self.parent is None:
            yield "`gate` belongs to a roster: name its `parent` as well"


class BackCheck(Definition):
    """How a second interview of the same person is compared with the first.

    `type` 1 cannot change between the two (an error is the enumerator's), 2 may be hard to ask (an error
    is the enumerator's skill), 3 may vary by itself (an error tells of the question). Numbers agree when
    they differ by no more than `within`, or by no more than `within_share` of the first answer.

    Source: Innovations for Poverty Action, bcstats (Stata): variables `t1vars`, `t2vars` and `t3vars`, and
    `okrange`, which takes ranges in units and in per cent. How wide a range is, is for each survey to say:
    where the library's questions allow a tenth of an amount, that is its own choice.
    """

    type: Literal[1, 2, 3] = 2
    within: Annotated[float, Field(ge=0)] = 0.0
    within_share: Annotated[float, Field(ge=0)] = 0.0


class Question(Definition):
    """One survey variable.

    Attributes
    ----------
    range : hard limits, both included; a value outside is an error.
    usual : soft limits; a value outside is a warning to confirm.
    required : an empty cell is an error; without it, of a number or a choice, a warning (`expects_answer`).
    per : period of a flow. unit : unit of a number.
    choices : code -> label, for `choice` and `multiple`.
    personal : identifies a person; stored apart at acceptance and out of reach of every later step.
    sensitivity : `protected` answers are never shown by value.
    when : condition under which the question is asked (a formula over the same row).
    when_skipped : what a skipped question means: `zero` or `not_applicable`.
    missing_codes : codes that mean 'no value', with their reasons.
    role : what the answer tells of the interview: who asked, when, where, with which form.
    other_of : the question of choices whose 'other' this text spells out.
    count_of : the roster whose rows this number counts.
    exclusive : choices that stand alone: 'none' goes with no other.
    backcheck : how a second interview is compared; a type 2 question without tolerance where not given.
    max_length : characters a text should have at most; more is a warning.
    future : whether a date after the day of the upload can be an answer.
    unit_column : the question that names the unit each answer is given in; answers are converted to `unit`.
    unit_key : further keys of the parameter `unit_conversion` (`{product: coffee_green}`).
    """

    label: Label
    type: QuestionType
    unit: str = ""
    per: Per | None = None
    hint: Label | None = None
    required: bool = False
    unique: bool = False
    range: tuple[float | None, float | None] | None = None
    usual: tuple[float | None, float | None] | None = None
    pattern: str | None = None
    choices: dict[str, Label] = Field(default_factory=dict)
    personal: bool = False
    sensitivity: Literal["open", "protected"] = "open"
    when: str | None = None
    when_skipped: Literal["zero", "not_applicable"] = "not_applicable"
    missing_codes: dict[int, str] = Field(default_factory=lambda: dict(MISSING_CODES))
    role: Role | None = None
    other_of: Id | None = None
    count_of: Id | None = None
    exclusive: tuple[str, ...] = ()
    backcheck: BackCheck = BackCheck()
    source: str = ""
    max_length: Annotated[int, Field(ge=1)] | None = None
    future: bool = False
    unit_column: Id | None = None
    unit_key: dict[Id, str] = Field(default_factory=dict)

    @property
    def expects_answer(self) -> bool:
        """Whether whoever is asked must answer: the questionnaire insists, and an empty cell is told of.

        So it is of required questions, and of numbers and choices, which have codes for 'no answer'; one that
        says `required: false` may stay empty.
        """
        is_coded = self.type in ("integer", "number", "yes_no", "choice", "multiple")
        return self.required or (is_coded and "required" not in self.model_fields_set)

    def contradictions(self) -> Iterator[str]:
        """Yield the entries that do not fit the type, or each other."""
        for name, limits in (("range", self.range), ("usual", self.usual)):
            if limits and None not in limits and limits[0] > limits[1]:  # type: ignore[operator]
                yield f"`{name}` runs from low to high; found {limits[0]} to {limits[1]}"
        if self.unit_key and self.unit_column is None:
            yield "`unit_key` is of use only with a `unit_column`"
        if (self.type in ("choice", "multiple")) != bool(self.choices):
            yield "`choices` are needed for, and only for, a question of type choice or multiple"
        numeric = self.type in ("integer", "number")
        if not numeric and (self.range or self.usual or self.per):
            yield "`range`, `usual` and `per` belong to questions of type integer or number"
        if not set(self.exclusive) <= (set(self.choices) if self.type == "multiple" else set()):
            yield "`exclusive` names choices of a question of type multiple"
        if self.unit_column is not None and (self.type != "number" or not self.unit):
            yield "`unit_column` belongs to a question of type number with a `unit`"


class QuestionFile(Definition):
    """One file below `indicators/_questions/`: questions that belong together.

    Attributes
    ----------
    table : the table they are asked in, or several tables that all carry them.
    title : heading of the group in the questionnaire; files without one join the table's first group.
    private : asked apart from others, with a referral sheet; the questionnaire says so.
    translations : whether the French and Spanish have been reviewed.
    """

    format: Literal[1]
    table: Id | tuple[Id, ...]
    title: Label | None = None
    private: bool = False
    translations: Translations = Translations()
    questions: dict[Id, Question]

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table that carries the questions."""
        return (self.table,) if isinstance(self.table, str) else self.table
