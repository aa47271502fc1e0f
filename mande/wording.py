"""Numbers as a reader says them: sensible digits, a real minus sign, the unit behind the number."""

from __future__ import annotations

import math
import re
from typing import Literal

Scale = Literal["level", "log", "share"]

_MINUS = "\N{MINUS SIGN}"
_THIN = "\N{NARROW NO-BREAK SPACE}"


def in_marks(text: str, language: Literal["en", "fr", "es"]) -> str:
    """Return a number, as `number` and English write it, with the marks of a language.

    French parts thousands by a thin space and fractions by a comma, Spanish by a point and a comma.

    Examples
    --------
    >>> in_marks("2,206.5", "fr"), in_marks("2,206.5", "es"), in_marks("5.0 %", "fr")
    ('2\u202f206,5', '2.206,5', '5,0 %')
    """
    if language == "en":
        return text
    thousands = _THIN if language == "fr" else "."
    return text.translate(str.maketrans(",.", f"{thousands},"))


def number(value: float, *, digits: int = 3, signed: bool = False) -> str:
    """Return `value` with about `digits` significant digits and grouped thousands.

    Whole numbers of any size keep all their digits before the decimal point.

    Examples
    --------
    >>> number(1234567.8), number(0.012345), number(2.0), number(-3.14159)
    ('1,234,568', '0.0123', '2', '−3.14')
    >>> number(0.5, signed=True)
    '+0.5'
    """
    if math.isinf(value):
        return f"{_MINUS}∞" if value < 0 else ("+∞" if signed else "∞")
    if math.isnan(value):
        return "not available"
    size = abs(value)
    decimals = 0 if size == 0 else max(0, digits - 1 - math.floor(math.log10(size)))
    text = f"{size:,.{min(decimals, 12)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text == "0":
        return "0"
    sign = _MINUS if value < 0 else ("+" if signed else "")
    return f"{sign}{text}"


def amount(value: float, *, unit: str = "", scale: Scale = "level", signed: bool = True) -> str:
    """Return an effect in the reader's terms.

    On the log scale a difference d is a change of 100 (exp(d) - 1) percent; a difference of shares is
    in percentage points; otherwise the number carries its unit.

    Examples
    --------
    >>> amount(-0.317, scale="log"), amount(0.125, scale="share")
    ('−27\\u202f%', '+12.5 percentage points')
    >>> amount(8.25, unit="hours per employee")
    '+8.25 hours per employee'
    """
    if scale == "log":
        percent = 100 * math.expm1(value) if value < 700 else math.inf
        whole = round(percent, 1 if abs(percent) < 10 else 0) if math.isfinite(percent) else percent
        return f"{number(whole, digits=12, signed=signed)}{_THIN}%"
    if scale == "share":
        return f"{number(100 * value, signed=signed)} percentage points"
    return f"{number(value, signed=signed)} {unit}".rstrip()


def span(low: float, high: float, *, unit: str = "", scale: Scale = "level") -> str:
    """Return an interval in the reader's terms, its unit said once.

    Examples
    --------
    >>> span(-0.64, 0.004, scale="log"), span(20.4, 36.8, unit="hours")
    ('−47 to +0.4\\u202f%', '+20.4 to +36.8 hours')
    """
    first, last = amount(low, unit=unit, scale=scale), amount(high, unit=unit, scale=scale)
    if math.isinf(low) or math.isinf(high):
        return f"{first} to {last}"
    bare = re.match(r"[+−]?[\d.,]+", first)
    return f"{bare[0] if bare else first} to {last}"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> count(1, "firm"), count(2, "firm"), count(1200, "entry", "entries")
    ('1 firm', '2 firms', '1,200 entries')
    """
    return f"{n:,} {one if n == 1 else (many or one + 's')}"


def p_value(p: float) -> str:
    """Return a p-value to three decimals, never as zero.

    Examples
    --------
    >>> p_value(0.0431), p_value(1e-9)
    ('0.043', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def lower_first(text: str) -> str:
    """Return `text` as it reads inside a sentence; abbreviations keep their capitals.

    Examples
    --------
    >>> lower_first("Scrap rate"), lower_first("GDP share")
    ('scrap rate', 'GDP share')
    """
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """Return `text` as it begins a sentence or a column.

    Examples
    --------
    >>> upper_first("p-value"), upper_first("n")
    ('P-value', 'N')
    """
    return text[:1].upper() + text[1:]
