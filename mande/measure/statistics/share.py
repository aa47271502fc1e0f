"""Weighted share of units for which a condition holds."""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import mean, mean_influence

FORMULA = "sum of w over units with value 1 / sum of w"
SOURCE = "the mean of 0 and 1; Wolter (2007), section 6.3"
ROLES = {"value": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text("Share with {value}", "Part avec {value}", "Proporción con {value}")
UNIT = "share"
DIRECTION = "value"
IS_SHARE = True


def compute(sample: Sample) -> float | str:
    """Return the share, 0 to 1, of units whose value is 1; values other than 0 and 1 have no share.

    Examples
    --------
    >>> compute(Sample({"value": np.array([1.0, 0.0])}, np.array([3.0, 1.0])))
    0.75
    >>> compute(Sample({"value": np.array([1.0, 0.5])}, np.array([3.0, 1.0])))
    'a share needs values of 0 and 1'
    """
    if not np.isin(sample["value"], (0.0, 1.0)).all():
        return "a share needs values of 0 and 1"
    return mean(sample.weights, sample["value"])


def influence(sample: Sample) -> Floats:
    """Return `(x - share) / sum of w`."""
    return mean_influence(sample.weights, sample["value"])
