"""One cell's text as a typed value, by question type.

Each type has a vectorised reading that takes the plain cells, and a reader for a single text that
takes the rest: it repairs what has one meaning, and says what is wrong with what has not.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from mande.errors import Code, Text
from mande.schema.question import Question
from mande.survey import parse_codes as codes
from mande.survey.grid import Values
from mande.survey.mapping import TableMapping, hint

Typed = int | float | str | bool | dt.date


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a text cannot be read."""

    code: Code
    values: Values


@dataclass(frozen=True, slots=True)
class Repaired:
    """A value that was read after a repair, which the receipt counts under `code`."""

    value: Typed
    code: Code


ReadText = Callable[[str], Typed | Repaired | Wrong]

DTYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "yes_no": pl.Boolean(),
    "choice": pl.String(),
    "multiple": pl.String(),
    "date": pl.Date(),
}
_YES = frozenset({"yes", "y", "true", "1", "1.0", "oui", "si", "sí", "vrai", "verdadero"})
_NO = frozenset({"no", "n", "false", "0", "0.0", "non", "faux", "falso"})
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([,' \u00a0\u202f]\d{3})+(\.\d+)?")
_COMMA = re.compile(r"[+-]?(\d*|\d{1,3}(\.\d{3})+),\d+")
_AMBIGUOUS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
_WHOLE_FLOAT = re.compile(r"-?\d+\.0+")
_MANGLED = r"^\d+\.0+$|^\d+([.,]\d+)?[eE]\+?\d+$"
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})([T ].*)?")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_YEARS = (1900, 2100)
_EXACT = 2**53
_EXACT_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; those that follow are zeros it made up."""
_LONGEST_ID = 25


def fast(texts: pl.Series, question: Question, mapping: TableMapping, *, is_id: bool) -> pl.Series:
    """Return typed values of the cells that need no second look; the others are null."""
    if is_id:
        whole = ~texts.str.contains(_MANGLED)
        if question.pattern:
            # Digits alone may have lost their leading zeros.
            whole &= ~texts.str.contains(r"^\d+$") | _fits(texts, question.pattern)
        return _where(texts, whole)
    if question.type == "text":
        return texts
    if question.type in ("integer", "number"):
        values = texts.cast(pl.Float64, strict=False)
        values = _where(values, values.is_finite())
        if mapping.decimal == ",":
            # A point is no decimal mark here: it may part thousands.
            values = _where(values, ~texts.str.contains(".", literal=True))
        if question.type == "number":
            return values
        return _where(values, (values == values.round()) & (values.abs() <= _EXACT)).cast(pl.Int64)
    if question.type == "date":
        is_plain = texts.str.contains(r"^\d{4}-\d{2}-\d{2}$")
        days = _where(texts, is_plain).str.to_date("%Y-%m-%d", strict=False)
        return _where(days, days.dt.year().is_between(*_YEARS))
    if question.type == "choice":
        return _where(texts, texts.is_in(list(question.choices)))
    return pl.Series(texts.name, [None], dtype=DTYPES[question.type]).new_from_index(0, len(texts))


def _fits(texts: pl.Series, pattern: str) -> pl.Series:
    """Return which texts match a pattern as a whole, judged once for each distinct text of digits."""
    distinct = texts.filter(texts.str.contains(r"^\d+$")).unique().to_list()
    return texts.is_in([text for text in distinct if re.fullmatch(pattern, text)])


def _where(values: pl.Series, keep: pl.Series) -> pl.Series:
    return values.zip_with(keep.fill_null(value=False), values.clear(1))


def reader(
    question: Question, mapping: TableMapping, *, is_id: bool, is_workbook: bool, is_1904: bool
) -> ReadText:
    """Return the reader for single texts of one question.

    In a workbook most numbers are no text: they come with a decimal point whatever Excel shows.
    """
    if is_id:
        return lambda text: _read_id(text, question)
    if question.type in ("integer", "number"):
        return lambda text: _read_number(text, question, mapping, is_workbook=is_workbook)
    if question.type == "yes_no":
        return _read_yes_no
    if question.type == "date":
        return lambda text: _read_date(text, mapping, is_1904=is_1904)
    if question.type in ("choice", "multiple"):
        known = _choice_texts(question)
        if question.type == "multiple":
            return lambda text: _read_multiple(text, question, known)
        return lambda text: _read_choice(text, question, known)
    return lambda text: text


def _read_id(text: str, question: Question) -> Typed | Repaired | Wrong:
    """Put back what a spreadsheet took from an id, where the id's pattern leaves no doubt what it was."""
    whole = text.partition(".")[0] if _WHOLE_FLOAT.fullmatch(text) else text
    if not whole.isdigit() or (whole != text and len(whole) > _EXACT_DIGITS):
        return Wrong(codes.I_MANGLED, {})
    if not question.pattern:
        return Wrong(codes.I_MANGLED, {})
    if re.fullmatch(question.pattern, whole):
        return Repaired(whole, codes.I_MANGLED_REPAIRED)
    padded = [whole.zfill(width) for width in range(len(whole) + 1, _LONGEST_ID)]
    fitting = [entry for entry in padded if re.fullmatch(question.pattern, entry)]
    if len(fitting) == 1:
        return Repaired(fitting[0], codes.I_PADDED)
    # With no zeros implied by the pattern, the check of patterns says what is wrong with the text.
    return Wrong(codes.I_MANGLED, {}) if whole != text else text


def _read_number(
    text: str, question: Question, mapping: TableMapping, *, is_workbook: bool
) -> Typed | Repaired | Wrong:
    kind = codes.WHOLE_NUMBER if question.type == "integer" else codes.NUMBER
    plain = text
    if is_workbook and mapping.decimal == "," and "." in text:
        if _AMBIGUOUS.fullmatch(text):
            return Wrong(codes.V_THOUSANDS, {})
        mapping = TableMapping()
    if mapping.thousands and mapping.thousands in plain:
        groups = plain.lstrip("+-").split(mapping.decimal)[0].split(mapping.thousands)
        if not (groups[0].isdigit() and len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:])):
            return Wrong(codes.V_TYPE, {"kind": kind})
        plain = plain.replace(mapping.thousands, "")
    if mapping.decimal == ",":
        if "." in plain:
            return Wrong(codes.V_DECIMALCOMMA, {"mark": ","})
        plain = plain.replace(",", ".")
    value = _as_float(plain)
    if value is None:
        return _not_a_number(text, mapping, kind)
    if question.type == "number":
        return value
    if not value.is_integer():
        return Wrong(codes.V_NOTINT, {})
    return int(value) if abs(value) <= _EXACT else Wrong(codes.V_TYPE, {"kind": kind})


def _as_float(text: str) -> float | None:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _not_a_number(text: str, mapping: TableMapping, kind: Text) -> Wrong:
    if _THOUSANDS.fullmatch(text):
        return Wrong(codes.V_THOUSANDS, {})
    if mapping.decimal == "." and _COMMA.fullmatch(text):
        return Wrong(codes.V_DECIMALCOMMA, {"mark": "."})
    return Wrong(codes.V_TYPE, {"kind": kind})


def _read_yes_no(text: str) -> Typed | Repaired | Wrong:
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    return Wrong(codes.V_TYPE, {"kind": codes.YES_OR_NO})


def _choice_texts(question: Question) -> dict[str, str]:
    """Return the code for each text that means it: code or label in any language, without case."""
    by_text: dict[str, set[str]] = {}
    for code, label in question.choices.items():
        for text in {code, label.en, label.fr, label.es} - {""}:
            by_text.setdefault(" ".join(text.casefold().split()), set()).add(code)
    return {text: found.pop() for text, found in by_text.items() if len(found) == 1}


def _read_choice(text: str, question: Question, known: dict[str, str]) -> Typed | Repaired | Wrong:
    if text in question.choices:
        return text
    plain = " ".join(text.casefold().split())
    if _WHOLE_FLOAT.fullmatch(text) and text.partition(".")[0] in question.choices:
        return text.partition(".")[0]
    if plain in known:
        return Repaired(known[plain], codes.V_CASE)
    listed = ", ".join(list(question.choices)[:12]) + (", ..." if len(question.choices) > 12 else "")
    return Wrong(codes.V_ENUM, {"known": listed, "hint": hint(plain, list(known))})


def _read_multiple(text: str, question: Question, known: dict[str, str]) -> Typed | Repaired | Wrong:
    """Return the chosen codes parted by spaces, in the order of the definition."""
    parts = re.split(r"[;,|]", text) if re.search(r"[;,|]", text) else [text]
    if len(parts) == 1 and " ".join(text.casefold().split()) not in known:
        parts = text.split()
    chosen: set[str] = set()
    repaired = False
    for part in filter(None, (part.strip() for part in parts)):
        outcome = _read_choice(part, question, known)
        if isinstance(outcome, Wrong):
            return outcome
        repaired |= isinstance(outcome, Repaired)
        chosen.add(str(outcome.value if isinstance(outcome, Repaired) else outcome))
    value = " ".join(code for code in question.choices if code in chosen)
    return Repaired(value, codes.V_CASE) if repaired else value


def _read_date(text: str, mapping: TableMapping, *, is_1904: bool) -> Typed | Repaired | Wrong:
    if _ISO.fullmatch(text):
        year, month, day = (int(part) for part in text[:10].split("-"))
        return _date(year, month, day)
    if match := _YEAR_FIRST.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if _SERIAL.fullmatch(text):
        start = dt.date(1904, 1, 1) if is_1904 else dt.date(1899, 12, 30)
        return Repaired(start + dt.timedelta(days=int(float(text))), codes.V_SERIAL)
    if match := _YEAR_LAST.fullmatch(text):
        if mapping.dates == "iso" or len(match[3]) == 2:
            return Wrong(codes.V_DATEORDER, {})
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        if mapping.dates == "day_month_year":
            return _date(year, second, first)
        return _date(year, first, second)
    return Wrong(codes.V_TYPE, {"kind": codes.DATE})


def _date(year: int, month: int, day: int) -> dt.date | Wrong:
    try:
        value = dt.date(year, month, day)
    except ValueError:
        return Wrong(codes.V_DATEBAD, {})
    return value if _YEARS[0] <= year <= _YEARS[1] else Wrong(codes.V_DATEBAD, {})
