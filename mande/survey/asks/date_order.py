"""03/04/2024 is in March or in April: the order of a column's dates is asked once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from mande.errors import Option, Text
from mande.survey import parse_codes as codes
from mande.survey.asking import MISTAKE, Found, Seen
from mande.survey.parse import YEAR_LAST, Wrong, both_orders
from mande.survey.style import Dates

_DAY_FIRST = Option(
    "day_month_year",
    Text("25/03/2024 is 25 March", "25/03/2024 est le 25 mars", "25/03/2024 es el 25 de marzo"),
)
_MONTH_FIRST = Option(
    "month_day_year",
    Text("03/25/2024 is 25 March", "03/25/2024 est le 25 mars", "03/25/2024 es el 25 de marzo"),
)
_ORDERS: dict[str, Dates] = {"day_month_year": "day_month_year", "month_day_year": "month_day_year"}


def ask(seen: Seen) -> Iterator[Found]:
    """Yield the order of the dates that do not begin with the year, or the question."""
    if seen.question.type != "date" or seen.style.dates != "iso":
        return
    day_first, month_first, both = _sorted(seen)
    if day_first and month_first:
        certain = day_first | month_first | both
        yield Found(refused=MappingProxyType(dict.fromkeys(certain, Wrong(codes.V_DATEORDER))))
    elif day_first or month_first or both:
        yield _order(seen, day_first, month_first, both)


def _sorted(seen: Seen) -> tuple[set[str], set[str], set[str]]:
    """Return the texts that can only be day/month, only month/day, and either."""
    day_first, month_first, both = set(), set(), set()
    for text in seen.odd:
        match = YEAR_LAST.fullmatch(text)
        if match is None or len(match[3]) == 2:
            continue
        as_day_first, as_month_first = both_orders(int(match[1]), int(match[2]), int(match[3]))
        if as_day_first and as_month_first:
            if as_day_first != as_month_first:
                both.add(text)
        elif as_day_first:
            day_first.add(text)
        elif as_month_first:
            month_first.add(text)
    return day_first, month_first, both


def _order(seen: Seen, day_first: set[str], month_first: set[str], both: set[str]) -> Found:
    certain = day_first | month_first
    n, n_both = seen.count(certain), seen.count(both)
    options = [*([] if month_first else [_DAY_FIRST]), *([] if day_first else [_MONTH_FIRST])]
    only = Text("")
    if certain:
        shown = seen.example(certain)
        names = ("day/month", "jour/mois", "día/mes") if day_first else ("month/day", "mois/jour", "mes/día")
        only = Text(
            f"; only as {names[0]}: {n} ({shown})",
            f" ; seulement {names[1]} : {n} ({shown})",
            f"; solo como {names[2]}: {n} ({shown})",
        )
    found = Text(
        f"dates that can be read both ways: {n_both}{only.en}",
        f"dates qui se lisent des deux façons : {n_both}{only.fr}",
        f"fechas que se leen de dos maneras: {n_both}{only.es}",
    )
    answer, problem = seen.asked(codes.V_DATEORDER, (*options, MISTAKE), n + n_both, found)
    if answer is None:
        return Found((problem,), waiting=frozenset(certain | both))
    style = replace(seen.style, dates=_ORDERS[answer]) if answer in _ORDERS else seen.style
    return Found((problem,), style=style)
