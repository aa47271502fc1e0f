"""Slope of one column on another: of logarithms, an elasticity."""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import total

FORMULA = "b = sum of w (x - mean x)(y - mean y) / sum of w (x - mean x)^2"
SOURCE = "Fuller (1975), Regression analysis for sample survey, Sankhya C 37, 117-132"
ROLES = {"value": "number", "on": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text("Slope of {value}", "Pente de {value}", "Pendiente de {value}")
UNIT = "ratio"
_ROUNDING = 1e-12
DIRECTION = "value"


def compute(sample: Sample) -> float | str:
    """Return the weighted least-squares slope of the first column on the second, with an intercept.

    Examples
    --------
    >>> columns = {"value": np.array([1.0, 2.0, 6.0]), "on": np.array([0.0, 1.0, 2.0])}
    >>> compute(Sample(columns, np.ones(3)))
    2.5
    """
    if len(sample.weights) < 3:
        return "no slope: fewer than three units"  # two always lie on a line, which looks like certainty
    apart, spread = _apart(sample)
    if not spread > 0:
        return "no slope: the second column is the same everywhere"
    return total(sample.weights, apart * _centred(sample)) / spread


def influence(sample: Sample) -> Floats:
    """Return `(x - mean x) e / sum of w (x - mean x)^2`, e the residual of the fitted line."""
    apart, spread = _apart(sample)
    value = _centred(sample)
    slope = total(sample.weights, apart * value) / spread
    return apart * (value - slope * apart) / spread


def _centred(sample: Sample) -> Floats:
    """Return the first column less its mean, so that rounding of the other's mean counts for nothing."""
    return np.asarray(sample["value"] - total(sample.weights, sample["value"]) / float(sample.weights.sum()))


def _apart(sample: Sample) -> tuple[Floats, float]:
    """Return how far the second column lies from its mean, and the weighted sum of squares of that."""
    on, weights = sample["on"], sample.weights
    # Differences that are nothing but rounding are none.
    there = on[weights > 0]
    if not len(there) or np.ptp(there) <= _ROUNDING * np.abs(there).max():
        return np.zeros_like(on), 0.0
    apart = on - total(weights, on) / float(weights.sum())
    return apart, total(weights, apart * apart)
