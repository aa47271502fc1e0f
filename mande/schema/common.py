"""What every definition shares: frozen models, labels in three languages, ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from mande.errors import Language

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""Lower-case words joined by underscores: the one name of a thing in YAML, code, tables and reports."""

ColumnName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=121)
]
"""An id, or the dotted name of a roster's column (`sales.value`)."""

MISSING_CODES: dict[int, str] = {-97: "don't know", -98: "refused", -99: "not applicable"}
"""The codes that mean 'no value' in every question, and the reason each stands for."""


class Definition(BaseModel):
    """Base of every definition: immutable, and a key that is not in the schema is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def contradictions(self) -> Iterator[str]:
        """Yield what its entries, each right by itself, say against each other."""
        yield from ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        found = list(self.contradictions())
        if found:
            raise ValueError("; ".join(found))
        return self


class Label(Definition):
    """A text for readers; English is required, French and Spanish fall back to it."""

    en: Annotated[str, StringConstraints(min_length=1)]
    fr: str = ""
    es: str = ""

    def in_(self, language: Language = "en") -> str:
        """Return the text in `language`."""
        return {"en": self.en, "fr": self.fr, "es": self.es}[language] or self.en

    def __str__(self) -> str:
        return self.en


Review = Literal["draft", "reviewed"]


class Translations(Definition):
    """How far the French and Spanish of a file have come: a draft, or read by a speaker of the language."""

    fr: Review = "draft"
    es: Review = "draft"


Per = Literal["hour", "day", "week", "month", "season", "year", "pay"]
"""The period a flow (income, pay, quantity) is counted over; `pay` is the time that one pay covers."""
