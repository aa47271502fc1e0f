"""Westfall-Young: the chance of any false discovery, stepwise with the smallest p-value.

Assumption: draws follow the joint distribution of the tests without effects, whichever of the effects are
zero (subset pivotality). Each outcome weighs alike, even where statistics are distributed differently.
Equation: each statistic becomes the share of worlds, the observed one among them, whose statistic of the same
outcome is at least as large; these p-values in ascending order; p_(j) = (1 + number of draws whose min over
k >= j of p*_(k) is at most p_(j)) / (1 + draws), and no value below an earlier one.
Source: Westfall and Young (1993), Resampling-Based Multiple Testing, algorithm 2.8.
Reference implementation: Stata wyoung; R multtest (mt.minP).
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from mande.impact.multiplicity._shared import Adjustment, Judged, from_smallest
from mande.impact.observations import FloatArray


def adjust(tests: Judged) -> FloatArray:
    """Return one adjusted p-value per outcome."""
    # The observed world is one of them: its statistics are ranked among the draws.
    worlds = np.vstack([tests.statistics * (1 - 1e-9), tests.draws])
    p = rankdata(-worlds, method="max", axis=0) / len(worlds)
    order = np.argsort(p[0], kind="stable")
    drawn = p[1:, order]
    smallest = np.minimum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]
    below = (smallest <= p[0, order]).sum(axis=0)
    return from_smallest((1 + below) / (1 + len(drawn)), order)


ADJUSTMENT = Adjustment(
    name="westfall_young",
    title="Westfall-Young p-value",
    controls="chance of any false discovery",
    adjust=adjust,
    needs_draws=True,
)
