"""The rule of one question: a pydantic field that judges texts, and its fast translation.

pydantic is the only judge. For speed, Polars expressions derived from the same question mark the cells
that are proven valid; every other cell is suspect, and each distinct suspect text is put before the
field once. The fast path may suspect too much; it must never take a text that the field refuses, nor
read it otherwise: tests hold the two against each other on all kinds of texts.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import SchemaError

from mande.errors import Text
from mande.schema.question import Question
from mande.survey import parse_codes as codes
from mande.survey.grid import SPACES
from mande.survey.limits import Limits, limits_text
from mande.survey.parse import (
    DTYPES,
    EXACT,
    MANGLED,
    UNSEEN,
    YEARS,
    Missing,
    ReadText,
    Repaired,
    Typed,
    Wrong,
    as_float,
    reader,
)
from mande.survey.style import Style

EXCEL_TEXT = 32_767
"""Excel cuts a text at so many characters."""
LIKELY_CODES = (
    9999999, 888888, 999998, 999999, 77777, 88888, 99997, 99998, 99999, 7777, 8888, 9997, 9998, 9999,
    777, 888, 997, 998, 999, 77, 88, 97, 98, 99, -9999, -999, -998, -997, -99, -98, -97, -88, -77, -9, -8,
)  # fmt: skip
"""Numbers that surveys use for 'no answer': they get a second look in every column of numbers."""

Judged = Typed | Repaired | Missing | Wrong

_PYTHON: dict[str, type] = {
    "text": str, "integer": int, "number": float, "yes_no": bool, "multiple": str, "date": dt.date,
}  # fmt: skip
_YES, _NO = ("yes", "1", "oui"), ("no", "0", "non")  # other spellings get the second look
_FIRST_DAY, _LAST_DAY = dt.date(YEARS[0], 1, 1), dt.date(YEARS[1], 12, 31)
_OUTER = f"^[{SPACES}]|[{SPACES}]$"
_FEW = 8
_NO_VALUE = (Missing, Wrong)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How the texts of one question's column are judged.

    `currency` takes the place of LCU in messages. `is_id` marks keys and links, which stay text.
    """

    question: Question
    style: Style = field(default_factory=Style)
    is_id: bool = False
    currency: str = "LCU"
    _read: ReadText = field(init=False, repr=False, compare=False)
    _adapter: TypeAdapter[Any] = field(init=False, repr=False, compare=False)
    _soft: TypeAdapter[Any] | None = field(init=False, repr=False, compare=False)
    _is_translated: bool = field(init=False, repr=False, compare=False)
    _reasons: dict[str, str] = field(init=False, repr=False, compare=False)
    _told: dict[tuple[str, bool], Wrong] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        numbers = {f"{c}{end}": r for c, r in self.style.missing_numbers.items() for end in ("", ".0")}
        reasons = {
            t: r for t, r in (numbers | dict(self.style.missing)).items() if t not in self.question.choices
        }
        object.__setattr__(self, "_reasons", reasons)
        object.__setattr__(self, "_read", reader(self.question, self.style, is_id=self.is_id))
        adapter, is_translated = _adapter(self.question, self.style, is_id=self.is_id)
        object.__setattr__(self, "_adapter", adapter)
        object.__setattr__(self, "_is_translated", is_translated)
        object.__setattr__(self, "_soft", _soft_adapter(self.question))

    def judge(self, text: str) -> Judged:
        """Return what a text that is not empty means, or why it cannot be accepted."""
        return self.judge_all([text])[0]

    def judge_all(self, texts: Sequence[str]) -> list[Judged]:
        """Return the judgement of each of several texts: the field is asked once for all that can be read."""
        found: list[Judged] = []
        for text in texts:
            reason = self._reason(text)
            found.append(self._read(text) if reason is None else Missing(reason))
        places = [place for place, outcome in enumerate(found) if not isinstance(outcome, _NO_VALUE)]
        for place, refused in self._refused([_value_of(found[place]) for place in places]).items():
            found[places[place]] = refused
        return found

    def _refused(self, values: list[Typed]) -> dict[int, Wrong]:
        """Return which values the field refuses, by place, and why."""
        try:
            self._adapter.validate_python(values)
        except ValidationError as error:
            listed = error.errors(include_url=False, include_context=False, include_input=False)
            return {int(entry["loc"][0]): self._worded(entry["type"]) for entry in reversed(listed)}
        return {}

    def refused(self, value: float) -> Wrong | None:
        """Return why a converted number is not within the limits of the question, or None."""
        low, high = self.question.range or (None, None)
        try:
            _field(float, {"ge": low, "le": high}).validate_python(value)
        except ValidationError as error:
            return self._worded(_kind(error))
        return None

    def unusual(self, value: Typed) -> Wrong | None:
        """Return why a valid value is unusual, or None."""
        if self._soft is None:
            return None
        try:
            self._soft.validate_python(value)
        except ValidationError as error:
            return self._worded(_kind(error), is_soft=True)
        return None

    @property
    def has_usual(self) -> bool:
        """Whether valid values can be unusual."""
        return self._soft is not None

    def values(self, texts: pl.Expr) -> pl.Expr:
        """Return the values of a column's texts before they are `scaled`: right where they are `proven`."""
        kind = "text" if self.is_id else self.question.type
        if not self._is_translated:
            return pl.lit(None, dtype=DTYPES[kind])
        if kind in ("integer", "number"):
            plain = texts.str.replace(",", ".", literal=True) if self.style.decimal == "," else texts
            return plain.cast(DTYPES[kind], strict=False)
        if kind == "yes_no":
            return _is_any(texts, set(_YES) - set(self._reasons))
        return texts.str.to_date("%Y-%m-%d", strict=False) if kind == "date" else texts

    def scaled(self, values: pl.Expr) -> pl.Expr:
        """Return the values in the question's unit."""
        is_scaled = self.style.factor != 1 and self.question.type == "number" and not self.is_id
        return values * self.style.factor if is_scaled else values

    def proven(self, texts: pl.Expr, values: pl.Expr) -> pl.Expr:
        """Return which cells are proven valid, from their texts and `values`; null counts as no."""
        found = self._proven(texts, values)
        # A file of Stata or SPSS may say of any number that it means 'no value'.
        return found & ~_is_any(texts, self._reasons) if self.style.missing else found

    def _proven(self, texts: pl.Expr, values: pl.Expr) -> pl.Expr:
        kind = "text" if self.is_id else self.question.type
        if not self._is_translated or (self.style.labels and kind == "yes_no"):
            return pl.lit(value=False)
        if kind == "text":
            return self._proven_text(texts)
        if kind in ("integer", "number"):
            return self._proven_number(texts, values)
        if kind == "yes_no":
            return values | _is_any(texts, set(_NO) - set(self._reasons))
        if kind == "date":
            latest = min(self.style.latest or _LAST_DAY, _LAST_DAY)
            is_plain = texts.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
            return is_plain & values.is_between(_FIRST_DAY, latest)
        # One choice of several is written as its code.
        return _is_any(texts, self.question.choices)

    def usual(self, values: pl.Expr) -> pl.Expr:
        """Return which values are proven usual."""
        if self.question.type == "text":
            limit = min(self.question.max_length or EXCEL_TEXT, EXCEL_TEXT - 1)
            return values.str.len_chars() <= limit
        return _within(values, self.question.usual)

    def _reason(self, text: str) -> str | None:
        if text in self._reasons or self.is_id or self.question.type not in ("integer", "number"):
            return self._reasons.get(text)
        # A missing code may be written in more ways than one: -98, -98.00.
        number = as_float(text.replace(",", ".") if self.style.decimal == "," else text)
        return self.style.missing_numbers.get(int(number)) if number and number.is_integer() else None

    def _proven_text(self, texts: pl.Expr) -> pl.Expr:
        proven = ~_is_any(texts, self._reasons) & ~texts.str.contains(_OUTER)
        if self.question.pattern:
            proven &= texts.str.contains(anchored(self.question.pattern))
        if self.is_id:
            proven &= ~texts.str.contains(f"{MANGLED}|[{UNSEEN}]")
        return proven

    def _proven_number(self, texts: pl.Expr, values: pl.Expr) -> pl.Expr:
        style, is_whole = self.style, self.question.type == "integer"
        if style.factor != 1 and is_whole:
            return pl.lit(value=False)
        low, high = self.question.range or (None, None)
        limits = [_within(self.scaled(values), self.question.range)]
        if None in (low, high):
            limits.append(_within(values, (-EXACT, EXACT)) if is_whole else self.scaled(values).is_finite())
        suspects: set[float] = {*LIKELY_CODES, *style.missing_numbers}
        if style.factor == 1 and not style.percent:
            # What is outside the limits is suspect anyway.
            suspects = {code for code in suspects if _is_in(code, low, high)}
        limits.append(~_is_any(values, suspects if is_whole else {float(code) for code in suspects}))
        if style.percent:
            limits.append(values.abs() > 1 if style.percent == "shares" else values.abs() <= 1)
        if style.decimal == ",":
            limits.append(~texts.str.contains(".", literal=True))
        return pl.all_horizontal(limits)

    def _worded(self, kind: str, *, is_soft: bool = False) -> Wrong:
        known = self._told.get((kind, is_soft))
        if known is None:
            known = self._told[kind, is_soft] = self._wording(kind, is_soft=is_soft)
        return known

    def _wording(self, kind: str, *, is_soft: bool) -> Wrong:
        if self.question.type == "date":
            return Wrong(codes.V_FUTURE, {"day": str(self.style.latest)})
        if kind in ("greater_than_equal", "less_than_equal"):
            limits = (self.question.usual if is_soft else self.question.range) or (None, None)
            words = self._limits(limits)
            return Wrong(codes.V_SOFT if is_soft else codes.V_RANGE, {"limits": words})
        if kind == "string_pattern_mismatch":
            return Wrong(codes.V_PATTERN, {"pattern": self.question.pattern or ""})
        if kind == "string_too_long":
            return Wrong(codes.V_TOOLONG, {"limit": self.question.max_length or EXCEL_TEXT - 1})
        return Wrong(codes.V_TYPE, {"kind": codes.KINDS[self.question.type]})

    def _limits(self, limits: Limits) -> Text:
        return limits_text(limits, self.question.unit.replace("LCU", self.currency), self.question.per)


def _kind(error: ValidationError) -> str:
    return error.errors(include_url=False, include_context=False, include_input=False)[0]["type"]


def anchored(pattern: str) -> str:
    """Return a pattern that must match a text as a whole."""
    return f"^(?:{pattern})$"


def _is_in(number: float, low: float | None, high: float | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)


def _is_any(column: pl.Expr, values: Collection[Any]) -> pl.Expr:
    """Return which cells equal one of the values; comparing one by one is quicker for a few."""
    if not values:
        return pl.lit(value=False)
    ordered = sorted(values)
    if len(ordered) > _FEW:
        return column.is_in(ordered)
    return pl.any_horizontal([column == value for value in ordered])


def _within(values: pl.Expr, limits: Limits | None) -> pl.Expr:
    low, high = limits or (None, None)
    if low is not None and high is not None:
        return values.is_between(low, high)
    if low is not None:
        return values >= low
    return values <= high if high is not None else values.is_not_null()


def _value_of(outcome: Judged) -> Any:
    return outcome.value if isinstance(outcome, Repaired) else outcome


def _adapter(question: Question, style: Style, *, is_id: bool) -> tuple[TypeAdapter[Any], bool]:
    """Return the field of a question, for a list of values read, and whether its rules can be translated."""
    kind: Any = str if is_id else _PYTHON.get(question.type)
    if kind is None:
        kind = Literal[tuple(question.choices)]
    low, high = question.range or (None, None)
    if kind is int:
        low, high = (low if low is None else math.ceil(low)), (high if high is None else math.floor(high))
    rules: dict[str, Any] = {"ge": low, "le": high, "allow_inf_nan": False if kind is float else None}
    if question.type == "date":
        rules["le"] = style.latest
    pattern = question.pattern if kind is str else None
    if not pattern:
        return _field(kind, rules, is_list=True), True
    try:
        return _field(str, rules | {"pattern": anchored(pattern)}, is_list=True), True
    except SchemaError:
        # A pattern that looks ahead or back is left to Python; nothing fast stands for it.
        rules["pattern"] = rf"\A(?:{pattern})\Z"
        return _field(str, rules, ConfigDict(regex_engine="python-re"), is_list=True), False


def _field(
    kind: Any, rules: dict[str, Any], config: ConfigDict | None = None, *, is_list: bool = False
) -> TypeAdapter[Any]:
    given = {name: rule for name, rule in rules.items() if rule is not None}
    item = Annotated[kind, Field(**given)]
    return TypeAdapter(list[item] if is_list else item, config=config)


def _soft_adapter(question: Question) -> TypeAdapter[Any] | None:
    """Return the field of what is usual, or None where everything is."""
    if question.type == "text":
        limit = min(question.max_length or EXCEL_TEXT, EXCEL_TEXT - 1)
        return TypeAdapter(Annotated[str, Field(max_length=limit)])
    low, high = question.usual or (None, None)
    if low is None and high is None:
        return None
    # A number is compared as it is: limits of whole numbers may have fractions.
    return _field(float, {"ge": low, "le": high})
