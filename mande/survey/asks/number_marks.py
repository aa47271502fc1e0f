"""A comma in a number parts decimals or thousands: asked once for each column, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from mande.errors import Option, Problem, Text
from mande.survey import parse_codes as codes
from mande.survey.asking import MISTAKE, Found, Seen
from mande.survey.parse import Wrong
from mande.survey.style import Style

_COMMA = re.compile(r"[+-]?(\d*|\d{1,3}(\.\d{3})+),\d+", re.ASCII)
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([,' \u00a0\u2009\u202f\u2019]\d{3})+(\.\d+)?", re.ASCII)
_POINT = re.compile(r"[+-]?\d*\.\d+", re.ASCII)
_MARKS = ",' \u00a0\u2009\u202f\u2019"

_COMMAS = Option(
    "comma",
    Text(
        "the comma is the decimal mark: 3,5 is three and a half, 1,234 is a little more than one",
        "la virgule est le signe décimal : 3,5 est trois et demi, 1,234 un peu plus de un",
        "la coma es el signo decimal: 3,5 es tres y medio, 1,234 poco más de uno",
    ),
)
_THOUSANDS = Option(
    "thousands",
    Text(
        "the mark parts thousands: 1,234 is one thousand two hundred and thirty-four",
        "le signe sépare les milliers : 1,234 est mille deux cent trente-quatre",
        "el signo separa miles: 1,234 es mil doscientos treinta y cuatro",
    ),
)


def ask(seen: Seen) -> Iterator[Found]:
    """Yield how numbers with commas, spaces or apostrophes are to be read, or the question."""
    if seen.question.type not in ("integer", "number") or seen.rule.is_id:
        return
    if seen.style.decimal == "," or seen.style.thousands:
        return
    grouped = {text for text in seen.odd if _GROUPED.fullmatch(text)}
    comma = {text for text in seen.odd if _COMMA.fullmatch(text)} - grouped
    if comma and seen.question.type == "integer":
        yield Found(refused=MappingProxyType(dict.fromkeys(comma, Wrong(codes.V_NOTINT))))
        comma = set()
    if comma:
        yield _decimals(seen, comma, grouped)
    elif grouped:
        yield _thousands(seen, grouped)


def _points(seen: Seen) -> int:
    """Return how many cells have a decimal point; in a workbook that is how every fraction comes."""
    if seen.style.is_workbook:
        return 0
    odd = seen.count(text for text in seen.odd if _POINT.fullmatch(text))
    return odd + seen.plain().n_fractions


def _decimals(seen: Seen, comma: set[str], grouped: set[str]) -> Found:
    either = {text for text in grouped if _EITHER.fullmatch(text)}
    points, n, both = _points(seen), seen.count(comma), seen.count(either)
    if points or grouped - either:
        # Both marks are in use for certain: no reading of the column fits, cells have to be corrected.
        wrong = dict.fromkeys(comma, Wrong(codes.V_DECIMALCOMMA))
        wrong |= dict.fromkeys(grouped, Wrong(codes.V_THOUSANDS))
        return Found(refused=MappingProxyType(wrong))
    shown = seen.example(comma)
    found = Text(
        f"cells with a comma as decimal mark: {n} ({shown}); with a point: 0; either way: {both}",
        f"cellules à virgule décimale : {n} ({shown}) ; à point : 0 ; des deux façons : {both}",
        f"celdas con coma decimal: {n} ({shown}); con punto: 0; de ambas maneras: {both}",
    )
    answer, problem = seen.asked(codes.V_DECIMALCOMMA, (_COMMAS, MISTAKE), n + both, found)
    return _settled(seen.style, answer, problem, frozenset(comma | grouped))


def _thousands(seen: Seen, grouped: set[str]) -> Found:
    can_be_decimal = (
        seen.question.type == "number" and not _points(seen) and all(map(_EITHER.fullmatch, grouped))
    )
    options = (_THOUSANDS, _COMMAS, MISTAKE) if can_be_decimal else (_THOUSANDS, MISTAKE)
    n, shown = seen.count(grouped), seen.example(grouped)
    found = Text(f"cells: {n} ({shown})", f"cellules : {n} ({shown})", f"celdas: {n} ({shown})")
    answer, problem = seen.asked(codes.V_THOUSANDS, options, n, found)
    return _settled(seen.style, answer, problem, frozenset(grouped))


def _settled(style: Style, answer: str | None, problem: Problem, doubtful: frozenset[str]) -> Found:
    if answer is None:
        return Found((problem,), waiting=doubtful)
    if answer == _COMMAS.value:
        style = replace(style, decimal=",", thousands=".")
    elif answer == _THOUSANDS.value:
        style = replace(style, thousands=_MARKS)
    return Found((problem,), style=style)
