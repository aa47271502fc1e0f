"""Ratio of two weighted sums over the same units."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import total

FORMULA = "sum of w x / sum of w y"
SOURCE = "Wolter (2007), Introduction to Variance Estimation, section 6.3"
ROLES = {"value": "number", "below": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text("Ratio of sums: {value}", "Ratio des sommes : {value}", "Razón de sumas: {value}")
UNIT = "ratio"
DIRECTION = "value"


def compute(sample: Sample) -> float | str:
    """Return the sum of the first column over the sum of the second.

    Large units count for more than in a mean of ratios: yield by area, price by quantity.

    Examples
    --------
    >>> import numpy as np
    >>> columns = {"value": np.array([10.0, 20.0]), "below": np.array([1.0, 4.0])}
    >>> compute(Sample(columns, np.ones(2)))
    6.0
    """
    below = total(sample.weights, sample["below"])
    if below == 0:
        return "division by zero: the denominators sum to 0"
    return total(sample.weights, sample["value"]) / below


def influence(sample: Sample) -> Floats:
    """Return `(x - ratio y) / sum of w y`."""
    below = total(sample.weights, sample["below"])
    ratio = total(sample.weights, sample["value"]) / below
    return (sample["value"] - ratio * sample["below"]) / below
