"""Weighted median of a value over units."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import quantile, quantile_influence

FORMULA = "value with half of the weight on either side; the middle of two where the halves are equal"
SOURCE = "Deville (1999), Survey Methodology 25(2); density by Gaussian kernel, bandwidth of Silverman (1986)"
ROLES = {"value": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text("Median of {value}", "Médiane de {value}", "Mediana de {value}")
UNIT = "value"
DIRECTION = "value"


def compute(sample: Sample) -> float:
    """Return the weighted median, in the value's unit.

    Examples
    --------
    >>> import numpy as np
    >>> compute(Sample({"value": np.array([5.0, 1.0, 3.0])}, np.ones(3)))
    3.0
    """
    return quantile(sample["value"], sample.weights, 0.5)


def influence(sample: Sample) -> Floats:
    """Return `(1/2 - 1[x <= median]) / (f(median) sum of w)`."""
    return quantile_influence(sample["value"], sample.weights, 0.5)
