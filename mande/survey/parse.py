"""One cell's text as a typed value, by question type.

A reader repairs what has one meaning, and says what is wrong with what has not. Limits, choices and
patterns are not its business: they belong to the question's field (see `field`).
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from types import MappingProxyType

import polars as pl

from mande.errors import Code
from mande.schema.question import Question
from mande.survey import parse_codes as codes
from mande.survey.choice_words import Choices, close_choice
from mande.survey.grid import Values
from mande.survey.style import Style

Typed = int | float | str | bool | dt.date


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a text cannot be accepted."""

    code: Code
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A value that was read after a repair, which the receipt counts under `code`."""

    value: Typed
    code: Code


@dataclass(frozen=True, slots=True)
class Missing:
    """A text that stands for 'no value', and the reason it stands for."""

    reason: str


_NOT = {kind: Wrong(codes.V_TYPE, {"kind": text}) for kind, text in codes.KINDS.items()}
_NOT_WHOLE, _BAD_DATE, _GROUPS = Wrong(codes.V_NOTINT), Wrong(codes.V_DATEBAD), Wrong(codes.V_THOUSANDS)
ReadText = Callable[[str], Typed | Repaired | Wrong]

DTYPES: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "text": pl.String(),
        "integer": pl.Int64(),
        "number": pl.Float64(),
        "yes_no": pl.Boolean(),
        "choice": pl.String(),
        "multiple": pl.String(),
        "date": pl.Date(),
    }
)
YES = frozenset({"yes", "y", "true", "1", "1.0", "oui", "si", "sí", "vrai", "verdadero"})
NO = frozenset({"no", "n", "false", "0", "0.0", "non", "faux", "falso"})
YEARS = (1901, 2100)
EXACT = 2**53
EXACT_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; those that follow are zeros it made up."""
MANGLED = r"^\d+\.0+$|^\d+([.,]\d+)?[eE]\+?\d+$"
UNSEEN = "\u00a0\u200b\u200c\u200d\u2007\u202f\ufeff"
"""Spaces and marks that no one sees, and that no id or code has inside it."""

_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([,.' \u00a0\u2009\u202f\u2019]\d{3})+([.,]\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?(\d*|\d{1,3}(\.\d{3})+),\d+", re.ASCII)
_THREES = re.compile(r"[+-]?\d{1,3}(\.\d{3})+", re.ASCII)
_WHOLE_FLOAT = re.compile(r"-?\d+\.0+", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", re.ASCII)
YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})([T ].*)?", re.ASCII)
SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NO_UNSEEN = dict.fromkeys(map(ord, UNSEEN))
_DASH = str.maketrans({"\u2212": "-", "\u2019": "'"})


def reader(question: Question, style: Style, *, is_id: bool) -> ReadText:
    """Return the reader for single texts of one question."""
    if is_id:
        return lambda text: _read_id(text, question)
    if question.type in ("integer", "number"):
        return lambda text: _read_number(text, question, style)
    if question.type == "yes_no":
        return lambda text: _read_yes_no(style.labels.get(text, text))
    if question.type == "date":
        return lambda text: read_date(text, style)
    if question.type in ("choice", "multiple"):
        known = choice_texts(question)
        if question.type == "multiple":
            return lambda text: _read_multiple(text, question, known)
        return lambda text: _read_labelled(text, question, known, style)
    return lambda text: _read_text(text, question, style)


def _read_id(text: str, question: Question) -> Typed | Repaired | Wrong:
    plain = text if text.isascii() else text.translate(_NO_UNSEEN)
    if plain != text:
        inner = _read_id(plain, question)
        return Repaired(inner, codes.V_INSIDE) if isinstance(inner, str) else inner
    whole = text.partition(".")[0]
    fits = _fits(question)
    if _WHOLE_FLOAT.fullmatch(text):
        if len(whole) > EXACT_DIGITS:
            return Wrong(codes.I_MANGLED)
        if question.pattern and fits(whole):
            return Repaired(whole, codes.I_MANGLED_REPAIRED)
        padded = with_zeros(whole, question)
        return Wrong(codes.I_MANGLED) if padded is None else Repaired(padded, codes.I_LEADING)
    if re.fullmatch(MANGLED, text):
        return Wrong(codes.I_MANGLED)
    if question.pattern and not fits(text) and (padded := with_zeros(text, question)) is not None:
        return Repaired(padded, codes.I_LEADING)
    return text


def _read_text(text: str, question: Question, style: Style) -> Typed | Repaired | Wrong:
    if style.restores_zeros and (padded := with_few_zeros(text, question)) is not None:
        return Repaired(padded, codes.V_ZEROS)
    return text


def _fits(question: Question) -> Callable[[str], bool]:
    form = re.compile(question.pattern or "")
    return lambda text: form.fullmatch(text) is not None


def with_zeros(text: str, question: Question, *, most: int = 20) -> str | None:
    """Return a text of digits with the zeros its pattern demands at the front; None where none help."""
    if not question.pattern or not re.fullmatch(r"\d+", text, re.ASCII) or _fits(question)(text):
        return None
    padded = (text.zfill(width) for width in range(len(text) + 1, most))
    fitting = list(filter(_fits(question), padded))
    return fitting[0] if len(fitting) == 1 else None


def with_few_zeros(text: str, question: Question) -> str | None:
    """Return `with_zeros` where at most half of the digits are new: more are no lost zeros."""
    return with_zeros(text, question, most=2 * len(text) + 1)


def _read_number(text: str, question: Question, style: Style) -> Typed | Repaired | Wrong:
    kind = question.type
    if style.is_workbook and style.decimal == "," and "." in text:
        if _THREES.fullmatch(text):
            return _GROUPS
        style = replace(style, decimal=".", thousands="")
    plain = text if text.isascii() else text.translate(_DASH)
    is_percent = plain.endswith("%") and bool(percent_scale(question))
    if is_percent:
        plain = plain[:-1].rstrip()
    found = _plain_number(plain, style, kind)
    if isinstance(found, Wrong):
        return found
    if is_percent:
        value = found * percent_scale(question)
        return Repaired(value, codes.V_PERCENTSIGN) if question.type == "number" else _whole(value, kind)
    value = _rescaled(found, question, style) * style.factor
    if not math.isfinite(value):
        return _NOT[kind]
    return value if question.type == "number" else _whole(value, kind)


def _plain_number(text: str, style: Style, kind: str) -> float | Wrong:
    marks = "".join(mark for mark in style.thousands if mark in text) if style.thousands else ""
    plain = text
    if marks:
        groups = re.split(f"[{re.escape(marks)}]", text.lstrip("+-").split(style.decimal)[0])
        if not (groups[0].isdigit() and len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:])):
            return _NOT[kind]
        plain = plain.translate(dict.fromkeys(map(ord, marks)))
    if style.decimal == ",":
        if "." in plain:
            return Wrong(codes.V_DECIMALCOMMA, {"mark": ","})
        plain = plain.replace(",", ".")
    value = as_float(plain)
    return _not_a_number(text, style, kind) if value is None else value


def _whole(value: float, kind: str) -> int | Wrong:
    if not value.is_integer():
        return _NOT_WHOLE
    return int(value) if abs(value) <= EXACT else _NOT[kind]


def percent_scale(question: Question) -> float:
    """Return what one per cent is in the question's unit: 1, or 0.01 of a share; 0 for other units."""
    return {"%": 1.0, "percent": 1.0, "per cent": 1.0, "share": 0.01}.get(question.unit, 0.0)


def _rescaled(value: float, question: Question, style: Style) -> float:
    if style.percent == "shares" and abs(value) <= 1:
        return float(f"{value * 100:.12g}")
    if style.percent == "percents" and abs(value) > 1:
        return float(f"{value / 100:.12g}")
    return value


@lru_cache(maxsize=100_000)
def as_float(text: str) -> float | None:
    """Return a number written with a decimal point, or None.

    Examples
    --------
    >>> as_float("1e3"), as_float("1,5"), as_float("1e999"), as_float("nan")
    (1000.0, None, None, None)
    """
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _not_a_number(text: str, style: Style, kind: str) -> Wrong:
    if style.decimal == "." and _COMMA.fullmatch(text) and not _GROUPED.fullmatch(text):
        return Wrong(codes.V_DECIMALCOMMA, {"mark": "."})
    if _GROUPED.fullmatch(text):
        return _GROUPS
    return _NOT[kind]


def _read_yes_no(text: str) -> Typed | Repaired | Wrong:
    word = text.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    return _NOT["yes_no"]


def choice_texts(question: Question) -> dict[str, str]:
    """Return the code for each text that means it: code or label in any language, without case."""
    by_text: dict[str, set[str]] = {}
    for code, label in question.choices.items():
        for text in {code, label.en, label.fr, label.es} - {""}:
            by_text.setdefault(_folded(text), set()).add(code)
    return {text: found.pop() for text, found in by_text.items() if len(found) == 1}


def _folded(text: str) -> str:
    spaced = text.casefold().translate(_UNSEEN_AS_SPACE)
    return " ".join(spaced.split())


_UNSEEN_AS_SPACE = {ord(mark): (" " if mark.isspace() else None) for mark in UNSEEN}


def _read_choice(text: str, question: Question, known: Mapping[str, str]) -> Typed | Repaired | Wrong:
    if text in question.choices:
        return text
    if _WHOLE_FLOAT.fullmatch(text) and text.partition(".")[0] in question.choices:
        return text.partition(".")[0]
    plain = _folded(text)
    if plain in known:
        return Repaired(known[plain], codes.V_CASE)
    listed = Choices(choices=question.choices)
    return Wrong(codes.V_ENUM, {"known": listed, "hint": close_choice(plain, question, known)})


def _read_labelled(
    text: str, question: Question, known: Mapping[str, str], style: Style
) -> Typed | Repaired | Wrong:
    """Return the choice a text names, or the label that the file itself gives to its code."""
    outcome = _read_choice(text, question, known)
    if isinstance(outcome, Wrong) and text in style.labels:
        named = _read_choice(style.labels[text], question, known)
        return outcome if isinstance(named, Wrong) else named
    return outcome


def _read_multiple(text: str, question: Question, known: Mapping[str, str]) -> Typed | Repaired | Wrong:
    """Return the chosen codes parted by spaces, in the order of the definition."""
    if text in question.choices:
        return text
    parts = re.split(r"[;,|]", text) if re.search(r"[;,|]", text) else [text]
    if len(parts) == 1 and _folded(text) not in known:
        parts = text.split()
    chosen: set[str] = set()
    repaired = False
    for part in filter(None, (part.strip() for part in parts)):
        outcome = _read_choice(part, question, known)
        if isinstance(outcome, Wrong):
            return outcome
        repaired |= isinstance(outcome, Repaired)
        chosen.add(str(outcome.value if isinstance(outcome, Repaired) else outcome))
    if not chosen:
        return Wrong(codes.V_ENUM, {"known": Choices(choices=question.choices), "hint": ""})
    value = " ".join(code for code in question.choices if code in chosen)
    return Repaired(value, codes.V_CASE) if repaired else value


def read_date(text: str, style: Style) -> Typed | Repaired | Wrong:
    """Return the day a text means under the style of its column."""
    if _ISO.fullmatch(text):
        year, month, day = (int(part) for part in text[:10].split("-"))
        return _date(year, month, day)
    if match := _YEAR_FIRST.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if SERIAL.fullmatch(text):
        day_meant = serial_day(text, style)
        low, high = style.window or (dt.date.min, dt.date.max)
        if low <= day_meant <= high or style.any_serial:
            return Repaired(day_meant, codes.V_SERIAL)
        return Wrong(codes.V_SERIAL)
    if match := YEAR_LAST.fullmatch(text):
        if len(match[3]) == 2:
            return _BAD_DATE
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        if style.dates == "day_month_year":
            return _date(year, second, first)
        if style.dates == "month_day_year":
            return _date(year, first, second)
        return _day_or_doubt(first, second, year)
    return _NOT["date"]


def both_orders(first: int, second: int, year: int) -> tuple[dt.date | None, dt.date | None]:
    """Return the day that two numbers and a year mean as day/month, and as month/day; None for no day."""
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    return (
        None if isinstance(day_first, Wrong) else day_first,
        None if isinstance(month_first, Wrong) else month_first,
    )


def _day_or_doubt(first: int, second: int, year: int) -> dt.date | Wrong:
    """Return the day where it is the same either way (04/04/2024), or what is wrong."""
    day_first, month_first = both_orders(first, second, year)
    if day_first is None and month_first is None:
        return _BAD_DATE
    return day_first if day_first and day_first == month_first else Wrong(codes.V_DATEORDER)


def serial_day(text: str, style: Style) -> dt.date:
    """Return the day of an Excel day number."""
    start = dt.date(1904, 1, 1) if style.is_1904 else dt.date(1899, 12, 30)
    return start + dt.timedelta(days=int(float(text)))


@cache
def _date(year: int, month: int, day: int) -> dt.date | Wrong:
    try:
        value = dt.date(year, month, day)
    except ValueError:
        return _BAD_DATE
    return value if YEARS[0] <= year <= YEARS[1] else _BAD_DATE
