"""Benjamini-Hochberg: the expected share of false discoveries.

Assumption: p-values are independent, or positively dependent (Benjamini and Yekutieli 2001).
Equation: q_(i) = min over j >= i of m p_(j) / j, p-values in ascending order.
Source: Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1).
Reference implementation: R p.adjust(method = "BH"); statsmodels multipletests("fdr_bh").
"""

from __future__ import annotations

import numpy as np

from mande.impact.multiplicity._shared import Adjustment, Judged
from mande.impact.observations import FloatArray


def adjust(tests: Judged) -> FloatArray:
    """Return one q-value per outcome."""
    p, m = tests.p_values, len(tests.p_values)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * m / np.arange(1, m + 1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


ADJUSTMENT = Adjustment(
    name="benjamini_hochberg",
    title="Benjamini-Hochberg q-value",
    controls="expected share of false discoveries",
    adjust=adjust,
)
