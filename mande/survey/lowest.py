"""Positive numbers far below the others of their group, on a scale on which those lie evenly.

Far below is nothing that levels show: next to a median of 160,000 an answer of 1 is as near as one of
40,000. Logarithms show it, and also make the small answers of evenly spread amounts look far. So the scale
is chosen on the ladder of powers (logarithm, cube root, square root, levels): the first on which the lower
tail is not longer than the upper beyond chance, by Kelly's measure of the deciles. There a number is low
that lies more than the cut-off below the median, in standard deviations told by the lowest decile alone, and
is less than a tenth of the median.

Source: Hinkley, D. (1975), On power transformations to symmetry, Biometrika 62 (symmetric quantiles);
Iglewicz, B. and Hoaglin, D. (1993), How to detect and handle outliers (cut-off 3.5).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import polars as pl

LADDER = (0.0, 1 / 3, 1 / 2, 1.0)
FAR = 10.0
"""However close together the others lie: an answer within so many times of the median is one of them."""
_DECILE = 1.2815515655446004  # of the standard normal distribution
_CHANCE = 2 * 1.3
"""Kelly's measure of n numbers of a normal distribution varies by about 1.3 / sqrt(n)."""
_SAMPLE = 10_000
_QUANTILES = (0.1, 0.5, 0.9)


def low_limit(low: float, middle: float, high: float, n: int, cut_off: float) -> float:
    """Return the number below which a value is far from the others, 0 where none is.

    Parameters
    ----------
    low, middle, high
        Lowest decile, median and highest decile of positive numbers.
    n
        How many they are.
    cut_off
        Standard deviations below the median.
    """
    for power in LADDER:
        a, b, c = (_raised(value, power) for value in (low, middle, high))
        if c <= a:
            return 0.0
        is_even = (a + c - 2 * b) / (c - a) >= -_CHANCE / math.sqrt(n)
        if not is_even and power != LADDER[-1]:
            continue
        edge = b - cut_off * (b - a) / _DECILE
        if b <= a or (power and edge <= 0):
            return 0.0
        return min(math.exp(edge) if power == 0 else edge ** (1 / power), middle / FAR)
    return 0.0


def _raised(value: float, power: float) -> float:
    return math.log(value) if power == 0 else value**power


def far_below(values: pl.Series, groups: pl.Series | None, *, enough: int, cut_off: float) -> pl.Series:
    """Return which positive numbers lie far below those of their group (null: all rows without one).

    Groups with fewer than `enough` positive numbers, or with a negative one, are not judged. The quantiles
    of more than ten thousand numbers are those of ten thousand of them, evenly spread.
    """
    name = pl.Series([""]).new_from_index(0, len(values)) if groups is None else groups.fill_null("")
    frame = pl.DataFrame({"x": values.cast(pl.Float64), "group": name})
    limits = dict(_limits(frame, enough, cut_off))
    if not any(limits.values()):
        return pl.Series([False]).new_from_index(0, len(values))
    limit = pl.col("group").replace_strict(limits, default=0.0, return_dtype=pl.Float64)
    is_low = (pl.col("x") > 0) & (pl.col("x") < limit)
    return frame.select(is_low.fill_null(value=False).alias("low"))["low"]


def _limits(frame: pl.DataFrame, enough: int, cut_off: float) -> Iterator[tuple[str, float]]:
    step = max(frame.height // _SAMPLE, 1)
    lowest = dict(frame.group_by("group").agg(pl.col("x").min()).iter_rows())
    sample = frame.gather_every(step).filter(pl.col("x") > 0)
    deciles = (pl.col("x").quantile(q, interpolation="linear").alias(str(q)) for q in _QUANTILES)
    told: Sequence[tuple[str, int, float, float, float]] = (
        sample.group_by("group").agg(pl.len().alias("n"), *deciles).rows()
    )
    for group, n, low, middle, high in told:
        is_judged = n * step >= enough and lowest[group] >= 0
        yield group, low_limit(low, middle, high, n, cut_off) if is_judged else 0.0
