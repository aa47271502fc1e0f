"""Sharpened q-values: the share of false discoveries, the number of true nulls estimated in a first stage.

Assumption: as Benjamini-Hochberg; proven for independent p-values.
Equation: at level q, stage one rejects r hypotheses by Benjamini-Hochberg at q' = q / (1 + q), stage two at
q' m / (m - r); the sharpened q-value is the smallest q, in steps of 0.001, at which a hypothesis is rejected.
It can lie below the p-value itself where many hypotheses are rejected.
Source: Benjamini, Krieger and Yekutieli (2006), Biometrika 93(3), definition 6; Anderson (2008), Journal of
the American Statistical Association 103(484).
Reference implementation: Anderson's Stata do-file, which takes the same steps.
"""

from __future__ import annotations

import numpy as np

from mande.impact.multiplicity._shared import Adjustment, Judged
from mande.impact.observations import FloatArray, IntArray

_STEPS = 1_000


def adjust(tests: Judged) -> FloatArray:
    """Return one sharpened q-value per outcome, 1 where none below rejects."""
    p, m = np.sort(tests.p_values), len(tests.p_values)
    ranks = np.arange(1, m + 1)
    adjusted = np.ones(m)
    order = np.argsort(tests.p_values, kind="stable")
    for step in range(_STEPS, 0, -1):
        q = step / _STEPS
        first = q / (1 + q)
        n_first = _rejected(p, ranks, first, m)
        n_second = m if n_first == m else _rejected(p, ranks, first * m / (m - n_first), m)
        adjusted[order[:n_second]] = q
    return adjusted


def _rejected(p: FloatArray, ranks: IntArray, level: float, m: int) -> int:
    """Return how many of the ascending p-values Benjamini-Hochberg rejects."""
    below = np.flatnonzero(p <= level * ranks / m)
    return int(below[-1]) + 1 if len(below) else 0


ADJUSTMENT = Adjustment(
    name="sharpened_q",
    title="sharpened q-value",
    controls="expected share of false discoveries",
    adjust=adjust,
)
