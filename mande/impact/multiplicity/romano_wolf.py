"""Romano-Wolf: the chance of any false discovery, stepwise with the largest statistic.

Assumption: draws follow the joint distribution of the statistics without effects.
Equation: statistics in descending order; p_(j) = (1 + number of draws whose max over k >= j of t*_(k) is at
least t_(j)) / (1 + draws), and no value below an earlier one.
Source: Romano and Wolf (2005), Econometrica 73(4); (2016), Statistics and Probability Letters 113.
Reference implementation: Stata rwolf2; R wildrwolf.
"""

from __future__ import annotations

import numpy as np

from mande.impact.multiplicity._shared import Adjustment, Judged, from_smallest
from mande.impact.observations import FloatArray


def adjust(tests: Judged) -> FloatArray:
    """Return one adjusted p-value per outcome."""
    order = np.argsort(-tests.statistics, kind="stable")
    drawn = tests.draws[:, order]
    largest = np.maximum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]
    # Equal statistics that rounding sets apart still count as equal.
    above = (largest >= tests.statistics[order] * (1 - 1e-9)).sum(axis=0)
    return from_smallest((1 + above) / (1 + len(drawn)), order)


ADJUSTMENT = Adjustment(
    name="romano_wolf",
    title="Romano-Wolf p-value",
    controls="chance of any false discovery",
    adjust=adjust,
    needs_draws=True,
)
