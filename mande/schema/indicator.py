"""An indicator: its formula, its rules and the examples that prove it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from mande.schema.common import ColumnName, Definition, Id, Label, Per, Translations
from mande.schema.question import Question

Domain = Literal[
    "income", "wages", "working_conditions", "bargaining_power", "gender", "upgrading", "social_upgrading"
]
Direction = Literal["higher_is_better", "lower_is_better", "closer_to_zero_is_better", "neutral"]
MissingRule = Literal["strict", "available", "impute"]


class Winsorise(Definition):
    """Pull values beyond these quantiles to the quantile, within groups, arms pooled."""

    lower: Annotated[float, Field(ge=0, lt=0.5)] | None = None
    upper: Annotated[float, Field(gt=0.5, le=1)] | None = None
    within: tuple[Id, ...] = ("wave",)


class UseParameter(Definition):
    """A dated, sourced value joined to each row before the formula is worked out.

    `by` names the row's questions (or values used before this one) that pick the value, called like the
    keys of the parameter; `where` fixes other keys to a constant. `at` is the row's date question (the
    programme's wave date where it is not given). Under a dotted name (`sales.reference`) the rows are
    those of that roster.
    """

    parameter: Id
    by: tuple[Id, ...] = ()
    where: dict[Id, str] = Field(default_factory=dict)
    at: Id | None = None


class UseIndicator(Definition):
    """Another indicator's value, joined by the entity's key.

    `wave` says of which wave: the same, the baseline, or the one before this one (`previous`, which at
    the first follow-up is the baseline itself).
    """

    indicator: Id
    version: int
    wave: Literal["same", "baseline", "previous"] = "same"


class UseQuestion(Definition):
    """The same unit's answer at the baseline or in the wave before this one, joined by the entity's key."""

    question: Id
    wave: Literal["baseline", "previous"]


Use = UseParameter | UseIndicator | UseQuestion


class Part(Definition):
    """A named formula that is also published under its own label and unit."""

    formula: str
    label: Label
    unit: str


class Match(Definition):
    """How an indicator of another catalogue relates to this one.

    `verified` is False where the other catalogue's text was not seen.
    """

    code: str
    match: Literal["exact", "close", "broad", "narrow", "related"]
    verified: bool = True


class Example(Definition):
    """Answers of one unit and the value they must give; run as a test.

    `given` maps questions (and used parameters) to answers; a roster is a list of rows. `expect` is
    the value, or null where it must be missing, with `because` saying why. `expect_parts` maps some of
    the entity's own parts to what they must be: a number, yes or no, a text, or null where missing.
    """

    given: dict[str, Any]
    expect: float | bool | None
    expect_parts: dict[Id, bool | float | str | None] = Field(default_factory=dict)
    because: str = ""


class Indicator(Definition):
    """One indicator, as `indicators/<domain>/<id>.yaml` states it.

    Attributes
    ----------
    set : `core` and `extension` are the library's catalogue; `additional` stands beside it.
    entity : table whose rows carry a value.
    where : condition of who has a value at all; it does not apply to the others.
    uses : values joined to the rows first: parameters, other indicators, answers of earlier waves.
    parts : named formulas worked out in order; a dotted name (`sales.value`) is a column of a roster.
        A part with a label and a unit is published beside the value.
    value : formula of the value, over answers, parts and used values.
    missing : per table, what a missing answer does: `strict` (missing in, missing out), `available`
        (aggregate what is there; descriptive use only) or `impute` (the median of the cell, flagged).
        Tables not named are strict.
    impute_within : columns whose combinations are the cells of `impute`.
    statistics : how values are summarised for a group, by name in `mande/measure/statistics`: `mean`,
        `{median: unit_cost}` of a part, `{ratio_of_sums: [revenue, area_ha]}`,
        `{fgt: {line: poverty_line, order: 1}}`. A change since the baseline is split by
        `{kitagawa: {category: occupation, group: period, high: now, low: baseline}}`.
    weigh_by : the unit's own number that multiplies its weight: `hh_size` for statistics of persons.
    scale : the scale on which effects are estimated: level, log, or share (0/1 values).
    verified : False where the catalogue's source could not be checked.
    upgrading, theme : in the domain upgrading, the type of upgrading or what it is about instead.
    catalogue_code : the indicator's code for people.
    """

    format: Literal[1]
    id: Id
    version: Annotated[int, Field(ge=1)]
    set: Literal["core", "extension", "additional"] = "additional"
    domain: Domain
    label: Label
    description: Label | None = None
    translations: Translations = Translations()
    entity: Id
    unit: str
    per: Per | None = None
    recall: str = ""
    direction: Direction
    uses: dict[ColumnName, Use] = Field(default_factory=dict)
    where: str | None = None
    parts: dict[ColumnName, str | Part] = Field(default_factory=dict)
    value: str
    missing: dict[Id, MissingRule] = Field(default_factory=dict)
    impute_within: tuple[Id, ...] = ()
    plausible: tuple[float | None, float | None] | None = None
    winsorise: Winsorise | None = None
    statistics: tuple[str | dict[Id, Any], ...] = ("mean",)
    weigh_by: Id | None = None
    scale: Literal["level", "log", "share"] = "level"
    disaggregate: tuple[ColumnName, ...] = ()
    sensitivity: Literal["open", "protected"] = "open"
    source: str
    verified: bool = True
    pitfalls: str
    upgrading: Literal["process", "product", "functional", "channel", "inter_chain", "entry"] | None = None
    theme: Literal["capability", "cluster", "linkage", "profile"] | None = None
    catalogue_code: str = ""
    maps: dict[Literal["iris", "sdg", "gri", "iati"], tuple[Match, ...]] = Field(default_factory=dict)
    questions: dict[Id, Question] = Field(default_factory=dict)
    examples: Annotated[tuple[Example, ...], Field(min_length=2)]

    @property
    def formulas(self) -> dict[str, str]:
        """The text of every part, by name, in order."""
        return {name: part if isinstance(part, str) else part.formula for name, part in self.parts.items()}

    @property
    def published(self) -> dict[str, Part]:
        """The parts that have a label of their own."""
        return {name: part for name, part in self.parts.items() if isinstance(part, Part)}

    def contradictions(self) -> Iterator[str]:
        """Yield what the domain and the type of upgrading say against each other."""
        named = [name for name in (self.upgrading, self.theme) if name is not None]
        if self.domain != "upgrading" and named:
            yield "`upgrading` and `theme` belong to the domain upgrading"
        if self.domain == "upgrading" and len(named) != 1:
            yield "an indicator of the domain upgrading names either `upgrading` or `theme`"
