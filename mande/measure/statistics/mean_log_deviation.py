"""Mean logarithmic deviation: inequality that counts the lowest values most."""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import mean

FORMULA = "ln of the mean - sum of w ln x / sum of w"
SOURCE = "Shorrocks (1980), Econometrica 48(3)"
ROLES = {"value": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Mean log deviation of {value}",
    "Écart logarithmique moyen de {value}",
    "Desviación logarítmica media de {value}",
)
UNIT = "index"
DIRECTION = "lower_is_better"


def compute(sample: Sample) -> float | str:
    """Return the deviation, 0 (all equal) and above; a value of 0 or less has no logarithm.

    Examples
    --------
    >>> round(compute(Sample({"value": np.array([1.0, 3.0])}, np.ones(2))), 9)
    0.143841036
    """
    if (sample["value"] <= 0).any():
        return "a value of 0 or less has no logarithm"
    value, weights = sample["value"], sample.weights
    return max(float(np.log(mean(weights, value))) - mean(weights, np.log(value)), 0.0)


def influence(sample: Sample) -> Floats:
    """Return the linearised variable."""
    value, weights = sample["value"], sample.weights
    logs: Floats = np.log(value)
    found: Floats = value / mean(weights, value) - 1 - logs + mean(weights, logs)
    return found / float(weights.sum())
