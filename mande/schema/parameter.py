"""A price, benchmark, poverty line or conversion factor: dated values, each with its source."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mande.schema.common import Definition, Id, Label


def _key_text(value: Any) -> Any:
    """Return a key given as a number as text: 40 and 40.0 are '40'."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value:.15g}"


KeyText = Annotated[str, BeforeValidator(_key_text), Field(min_length=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class DatedValue(Definition):
    """One value, valid from `start`.

    `until` is its last day. Without it the value ends where the parameter's `lasts` says, and never
    later than the day before the next value of the same key begins. `provisional` marks a figure that
    its source may still revise.
    """

    start: date
    until: date | None = None
    value: Number
    source: Annotated[str, Field(min_length=1)]
    key: dict[Id, KeyText] = Field(default_factory=dict)
    provisional: bool = False


class Duration(Definition):
    """A length of time: months of the calendar, or days."""

    months: Annotated[int, Field(ge=1)] | None = None
    days: Annotated[int, Field(ge=1)] | None = None

    def contradictions(self) -> Iterator[str]:
        """Yield that not one length is given."""
        if (self.months is None) == (self.days is None):
            yield "give either `months` or `days`"

    def last_day(self, start: date) -> date:
        """Return the last day of this length of time from `start` on.

        A month ends the day before the same day of the next month, or at its last day.

        Examples
        --------
        >>> Duration(months=1).last_day(date(2024, 2, 1))
        datetime.date(2024, 2, 29)
        >>> Duration(days=1).last_day(date(2024, 2, 1))
        datetime.date(2024, 2, 1)
        """
        end = start + timedelta(days=self.days) if self.days else _months_later(start, self.months or 0)
        return end - timedelta(days=1)


def _months_later(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


class Uplift(Definition):
    """Carries a value on past its end with a price index: value x index at the date / index at its start.

    `by` are the keys of the index, among those of the parameter. `up_to_months` counts from the value's
    start; later dates have no value. Results say which values were uplifted, and by how much.
    """

    index: Id
    by: tuple[Id, ...] = ()
    up_to_months: Annotated[int, Field(ge=1)]


class Parameter(Definition):
    """One file of `indicators/_parameters/`, or of a programme's own `parameters/`.

    Attributes
    ----------
    by : keys that every value carries (region, product, ...).
    values : by key in the order of their start; may be empty where each programme brings its own.
    lasts : how long a value without `until` holds. `open` is without an end: for definitions (kilograms
        in a pound), not for prices or laws. Where it is not given, a value lasts until the next begins,
        and the last of each key needs its `until`.
    uplift : how a value may be carried on past its end. Where it is not given, it may not.
    illustrative : the values show the form; they are too few, or invented, and not for real use.
    """

    format: Literal[1]
    id: Id
    version: Annotated[int, Field(ge=1)]
    label: Label
    unit: Annotated[str, Field(min_length=1)]
    by: tuple[Id, ...] = ()
    lasts: Duration | Literal["open"] | None = None
    uplift: Uplift | None = None
    illustrative: bool = False
    values: tuple[DatedValue, ...] = ()

    def ranges(self) -> list[tuple[DatedValue, date | None]]:
        """Return each value with its last day (None: without an end), by key and start."""
        found: list[tuple[DatedValue, date | None]] = []
        for values in self._by_key().values():
            ordered = sorted(values, key=lambda entry: entry.start)
            starts = [entry.start for entry in ordered]
            follow = [*(start - timedelta(days=1) for start in starts[1:]), None]
            for entry, before_next in zip(ordered, follow, strict=True):
                ends = [day for day in (self._own_end(entry), before_next) if day is not None]
                found.append((entry, min(ends, default=None)))
        return found

    def _own_end(self, value: DatedValue) -> date | None:
        if value.until is not None:
            return value.until
        return self.lasts.last_day(value.start) if isinstance(self.lasts, Duration) else None

    def _by_key(self) -> dict[tuple[tuple[str, str], ...], list[DatedValue]]:
        found: dict[tuple[tuple[str, str], ...], list[DatedValue]] = {}
        for value in self.values:
            found.setdefault(tuple(sorted(value.key.items())), []).append(value)
        return found

    def contradictions(self) -> Iterator[str]:
        """Yield what is wrong between the values: their keys, their ranges, their uplift."""
        yield from self._uplift_problems()
        yield from self._key_problems()
        for key, values in self._by_key().items():
            yield from _range_problems(values, _of(dict(key)), self.lasts is not None)

    def _key_problems(self) -> Iterator[str]:
        if len(set(self.by)) < len(self.by):
            yield f"`by` names a key twice: {list(self.by)}"
        for number, value in enumerate(self.values):
            if set(value.key) != set(self.by):
                yield f"values[{number}] must carry the keys {list(self.by)}; found {list(value.key)}"

    def _uplift_problems(self) -> Iterator[str]:
        if self.uplift is None:
            return
        if self.lasts == "open":
            yield "a value that lasts `open` never ends, so that `uplift` would never apply"
        if self.uplift.index == self.id:
            yield "`uplift.index` must be another parameter"
        other = [name for name in self.uplift.by if name not in self.by]
        if other:
            yield f"`uplift.by` must be among the keys {list(self.by)}; found {other}"


def _range_problems(values: list[DatedValue], of: str, has_length: bool) -> Iterator[str]:
    """Yield what is wrong with the ranges of one key's values, in the order of the file."""
    for value in values:
        if value.until is not None and value.until < value.start:
            yield f"the value of {value.start}{of} ends before it starts, on {value.until}"
    for before, after in pairwise(values):
        if after.start == before.start:
            yield f"two values start on {after.start}{of}"
        elif after.start < before.start:
            yield f"values must stand in the order of their start{of}: {before.start} before {after.start}"
        elif before.until is not None and before.until >= after.start:
            yield f"the value of {before.start}{of} ends on {before.until}; the next starts on {after.start}"
    if values[-1].until is None and not has_length:
        yield f"the last value{of} ({values[-1].start}) needs `until`, or the parameter `lasts`"


def _of(key: Mapping[str, str]) -> str:
    return " for " + ", ".join(f"{name} {text}" for name, text in key.items()) if key else ""
