"""A price, benchmark, poverty line or conversion factor: dated values, each with its source."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mande.schema.common import Definition, Id, Label


class DatedValue(Definition):
    """One value, valid from `start` until the next value of the same key begins."""

    start: date
    value: float
    source: Annotated[str, Field(min_length=1)]
    key: dict[Id, str] = Field(default_factory=dict)


class Parameter(Definition):
    """One file of `indicators/_parameters/`.

    `by` names the keys that every value carries (region, product, ...). `values` may be empty where
    each programme brings its own.
    """

    format: Literal[1]
    id: Id
    version: Annotated[int, Field(ge=1)]
    label: Label
    unit: str
    by: tuple[Id, ...] = ()
    values: tuple[DatedValue, ...] = ()

    @model_validator(mode="after")
    def _values_carry_their_keys(self) -> Self:
        seen = set()
        for number, value in enumerate(self.values):
            if set(value.key) != set(self.by):
                raise ValueError(
                    f"values[{number}] must carry the keys {list(self.by)}; found {list(value.key)}"
                )
            mark = (value.start, tuple(sorted(value.key.items())))
            if mark in seen:
                raise ValueError(f"values[{number}] repeats {value.start} {value.key}")
            seen.add(mark)
        return self
