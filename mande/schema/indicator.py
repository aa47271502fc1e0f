"""An indicator: its formula, its rules and the examples that prove it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mande.schema.common import ColumnName, Definition, Id, Label, Per
from mande.schema.question import Question

Domain = Literal[
    "income", "wages", "working_conditions", "bargaining_power", "gender", "upgrading", "social_upgrading"
]
Direction = Literal["higher_is_better", "lower_is_better", "closer_to_zero_is_better", "neutral"]
MissingRule = Literal["strict", "available"]


class Winsorise(Definition):
    """Pull values beyond these quantiles to the quantile, within groups, arms pooled."""

    lower: Annotated[float, Field(ge=0, lt=0.5)] | None = None
    upper: Annotated[float, Field(gt=0.5, le=1)] | None = None
    within: tuple[Id, ...] = ("wave",)


class UseParameter(Definition):
    """A dated, sourced value joined to each row before the formula is worked out.

    `by` names the row's questions that pick the value, called like the keys of the parameter; `at` the
    row's date question (the programme's wave date where it is not given). Under a dotted name
    (`sales.reference`) the rows are those of that roster.
    """

    parameter: Id
    by: tuple[Id, ...] = ()
    at: Id | None = None


class UseIndicator(Definition):
    """Another indicator's value, joined by the entity's key."""

    indicator: Id
    version: int


class Match(Definition):
    """How an indicator of another catalogue relates to this one."""

    code: str
    match: Literal["exact", "close", "broad", "narrow", "related"]


class Example(Definition):
    """Answers of one unit and the value they must give; run as a test.

    `given` maps questions (and used parameters) to answers; a roster is a list of rows. `expect` is
    the value, or null where it must be missing, with `because` saying why.
    """

    given: dict[str, Any]
    expect: float | bool | None
    because: str = ""


class Indicator(Definition):
    """One indicator, as `indicators/<domain>/<id>.yaml` states it.

    Attributes
    ----------
    entity : table whose rows carry a value.
    parts : named formulas worked out in order; a dotted name (`sales.value`) is a column of a roster.
    value : formula of the value, over answers, parts and used values.
    missing : per table, what a missing answer does: `strict` (missing in, missing out) or `available`
        (aggregate what is there; descriptive use only). Tables not named are strict.
    statistics : how values are summarised for a group: mean, median, share, total, or a ratio of sums.
    scale : the scale on which effects are estimated: level, log, or share (0/1 values).
    verified : False where the catalogue's source could not be checked.
    """

    format: Literal[1]
    id: Id
    version: Annotated[int, Field(ge=1)]
    domain: Domain
    label: Label
    description: Label | None = None
    entity: Id
    unit: str
    per: Per | None = None
    recall: str = ""
    direction: Direction
    uses: dict[ColumnName, UseParameter | UseIndicator] = Field(default_factory=dict)
    parts: dict[ColumnName, str] = Field(default_factory=dict)
    value: str
    missing: dict[Id, MissingRule] = Field(default_factory=dict)
    plausible: tuple[float | None, float | None] | None = None
    winsorise: Winsorise | None = None
    statistics: tuple[
        Literal["mean", "median", "share", "total"] | dict[Literal["ratio_of_sums"], tuple[str, str]], ...
    ] = ("mean",)
    scale: Literal["level", "log", "share"] = "level"
    disaggregate: tuple[Id, ...] = ()
    sensitivity: Literal["open", "protected"] = "open"
    source: str
    verified: bool = True
    pitfalls: str
    upgrading: Literal["process", "product", "functional", "channel", "inter_chain", "entry"] | None = None
    catalogue_code: str = ""
    maps: dict[Literal["iris", "sdg", "gri", "iati"], tuple[Match, ...]] = Field(default_factory=dict)
    questions: dict[Id, Question] = Field(default_factory=dict)
    examples: Annotated[tuple[Example, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _upgrading_says_its_type(self) -> Self:
        if self.upgrading is not None and self.domain != "upgrading":
            raise ValueError("`upgrading` names the type of an indicator in the domain upgrading")
        if self.domain == "upgrading" and self.upgrading is None:
            raise ValueError("an indicator in the domain upgrading names its type in `upgrading`")
        return self
