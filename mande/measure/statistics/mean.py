"""Weighted mean of a value over units."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import mean, mean_influence

FORMULA = "sum of w x / sum of w"
SOURCE = "Wolter (2007), Introduction to Variance Estimation, section 6.3 (linearisation of a ratio)"
ROLES = {"value": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text("Mean of {value}", "Moyenne de {value}", "Media de {value}")
UNIT = "value"
DIRECTION = "value"


def compute(sample: Sample) -> float:
    """Return the weighted mean, in the value's unit.

    Examples
    --------
    >>> import numpy as np
    >>> compute(Sample({"value": np.array([1.0, 4.0])}, np.array([2.0, 1.0])))
    2.0
    """
    return mean(sample.weights, sample["value"])


def influence(sample: Sample) -> Floats:
    """Return `(x - mean) / sum of w`."""
    return mean_influence(sample.weights, sample["value"])
