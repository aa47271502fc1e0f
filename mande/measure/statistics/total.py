"""Weighted total of a value over units."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import total

FORMULA = "sum of w x"
SOURCE = "Horvitz and Thompson (1952), JASA 47(260)"
ROLES = {"value": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text("Total of {value}", "Total de {value}", "Total de {value}")
UNIT = "value"
DIRECTION = "value"
IS_TOTAL = True


def compute(sample: Sample) -> float:
    """Return the weighted sum; units without a value are not in it.

    Examples
    --------
    >>> import numpy as np
    >>> compute(Sample({"value": np.array([1.0, 4.0])}, np.array([2.0, 1.0])))
    6.0
    """
    return total(sample.weights, sample["value"])


def influence(sample: Sample) -> Floats:
    """Return the value itself."""
    return sample["value"]
