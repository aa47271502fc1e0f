"""Amounts in two heaps, one a multiple of the other: some were told per month, the others per day."""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from mande.errors import Ask, Option, Problem, Severity, Text
from mande.survey.asking import Q_ANSWERED
from mande.survey.check import CheckContext
from mande.survey.grid import Values, number_text
from mande.survey.table import ConformedTable
from mande.survey.units import X_UNIT

FEWEST = 20
"""In fewer answers two heaps are chance."""
SMALLEST_HEAP = 3
SEPARATE = 2.0
"""The gap between heaps, in logarithms, to the standard deviation within either."""
WIDEST = 4.0
"""Ratio by which answers of one heap may differ from its middle (most of them)."""
LEAST = 6.0
"""Ratio between heaps below which units are not the likely cause."""
FACTORS = (7, 12, 22, 26, 30, 40, 48, 50, 52, 60, 64, 90, 100, 250, 300, 365, 1000, 2000)
"""What one unit is of another: days of a week, months, working days, weeks, bags, hours of a year, grams."""
NEAR = 1.25
"""How far, as a ratio, heaps may be from such a factor."""
APART = 4.0
"""A gap so wide between heaps is asked about whatever the ratio is: of currencies there is no list."""
_SAME = Option(
    "same",
    Text(
        "all answers have the unit of the question; the large ones are true",
        "toutes les réponses ont l'unité de la question ; les grandes sont vraies",
        "todas las respuestas tienen la unidad de la pregunta; las grandes son ciertas",
    ),
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield X-UNIT, a question, for a column whose positive amounts lie in two heaps far apart.

    The ratio of the heaps is near a known factor, or the gap between them is very wide.

    Amounts are compared with the median of their place, where a question has the role `place`.
    """
    place = next((name for name, entry in table.asked.items() if entry.role == "place"), None)
    for name, question in table.asked.items():
        if not question.unit or question.type not in ("integer", "number") or question.unit_column:
            continue
        whole = table.frame[name].drop_nulls().cast(pl.Float64)
        is_whole = bool((whole == whole.floor()).all())
        places = None if place is None else table.frame[place]
        heaps = _heaps(table.frame[name], places, half=0.5 if is_whole else 0.0)
        if heaps is not None:
            yield _told(table, name, *heaps, context)


def _heaps(values: pl.Series, places: pl.Series | None, *, half: float) -> tuple[int, float] | None:
    """Return how many answers lie in the upper heap, and how many times as high; None for one heap.

    Whole numbers stand for all that is rounded to them (`half` to each side): between 1 and 2 is no gap.
    """
    where = pl.Series([""]).new_from_index(0, len(values)) if places is None else places
    frame = pl.DataFrame({"x": values.cast(pl.Float64), "place": where})
    frame = frame.filter(pl.col("x") > 0)
    if frame.height < FEWEST:
        return None
    # A place of mostly upper answers has an upper median: the lower quarter stands for it.
    middle = pl.col("x").quantile(0.25, interpolation="lower").over("place")
    ordered = frame.select(
        (pl.col("x") / middle).log().alias("log"),
        ((pl.col("x") - half) / middle).log().alias("low"),
        ((pl.col("x") + half) / middle).log().alias("high"),
    ).sort("log")
    logs = ordered["log"]
    gaps = (ordered["low"] - ordered["high"].shift(1)).fill_null(0.0)
    at = int(gaps.arg_max() or 0)
    lower, upper = logs.head(at), logs.tail(len(logs) - at)
    if min(len(lower), len(upper)) < SMALLEST_HEAP or gaps[at] < math.log(2):
        return None
    within = max(float(heap.std() or 0.0) for heap in (lower, upper))  # type: ignore[arg-type]
    if gaps[at] < SEPARATE * within:
        return None  # the thin end of one heap
    ratio = math.exp(_median(upper) - _median(lower))
    is_tight = all(_spread(heap) <= math.log(WIDEST) for heap in (lower, upper))
    is_known = any(1 / NEAR <= ratio / factor <= NEAR for factor in FACTORS) or gaps[at] >= math.log(APART)
    return (len(upper), ratio) if ratio >= LEAST and is_tight and is_known else None


def _median(heap: pl.Series) -> float:
    return float(heap.median())  # type: ignore[arg-type]


def _spread(heap: pl.Series) -> float:
    """Return the distance of the farther decile from the median."""
    low, high = (float(heap.quantile(share) or 0) for share in (0.1, 0.9))
    return max(_median(heap) - low, high - _median(heap))


def _told(table: ConformedTable, name: str, count: int, ratio: float, context: CheckContext) -> Problem:
    question, place = table.questions[name], table.place(name)
    unit = question.unit.replace("LCU", context.programme.currency)
    unit += f"/{question.per}" if question.per else ""
    ask = Ask(table=table.name, column=table.titles[name], options=(_SAME,))
    answer = context.profile.settled(X_UNIT, ask)
    if answer is not None:
        told: Values = {"code": X_UNIT.id, "found": answer, "count": count}
        return Problem(Q_ANSWERED, place, told, Severity.NOTE)
    times = number_text(ratio, digits=2)
    found = Text(
        f"{count} answers are about {times.en} times the others: another unit or period?",
        f"{count} réponses valent environ {times.fr} fois les autres : une autre unité ou période ?",
        f"{count} respuestas son unas {times.es} veces las demás: ¿otra unidad o período?",
    )
    return Problem(X_UNIT, place, {"found": found, "unit": unit}, Severity.QUESTION, ask)
