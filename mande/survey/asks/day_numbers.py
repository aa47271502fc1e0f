"""45292 in a column of dates is an Excel day number: plain within the survey, asked about outside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mande.errors import Option, Text
from mande.survey import parse_codes as codes
from mande.survey.asking import MISTAKE, Found, Seen
from mande.survey.parse import SERIAL, serial_day

_DATES = Option(
    "dates",
    Text("the numbers are Excel days", "les nombres sont des jours Excel", "los números son días de Excel"),
)


def ask(seen: Seen) -> Iterator[Found]:
    """Yield whether day numbers far from the survey are dates, or the question."""
    if seen.question.type != "date" or seen.style.window is None:
        return
    low, high = seen.style.window
    days = {text: serial_day(text, seen.style) for text in seen.odd if SERIAL.fullmatch(text)}
    far = {text for text, day in days.items() if not low <= day <= high}
    if not far:
        return
    shown = seen.example(far)
    meant = shown if seen.is_hidden else f"{shown} = {days[seen.commonest(far)]}"
    n = seen.count(far)
    found = Text(f"cells: {n} ({meant})", f"cellules : {n} ({meant})", f"celdas: {n} ({meant})")
    answer, problem = seen.asked(codes.V_SERIAL, (_DATES, MISTAKE), n, found)
    if answer is None:
        yield Found((problem,), waiting=frozenset(far))
    else:
        yield Found((problem,), style=replace(seen.style, any_serial=answer == _DATES.value))
