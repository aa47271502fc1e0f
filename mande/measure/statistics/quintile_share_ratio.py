"""Sum of the value in the top fifth of units over that in the bottom fifth."""

from __future__ import annotations

from mande.errors import Text
from mande.measure import weighted
from mande.measure.sample import Floats, Sample

FORMULA = (
    "sum of w x over the top fifth / sum of w x over the bottom fifth; a unit on the edge counts in part"
)
SOURCE = "Langel and Tille (2011), Survey Methodology 37(2)"
ROLES = {"value": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Quintile share ratio of {value}", "Ratio interquintile de {value}", "Razón entre quintiles de {value}"
)
UNIT = "ratio"
DIRECTION = "lower_is_better"
notes = weighted.floored_note


def compute(sample: Sample) -> float | str:
    """Return the ratio, at least 1; values below 0 count as 0, and a note says how many.

    Splitting the unit on the edge keeps the ratio the same when every unit is doubled. Programs that give
    it to one side as a whole (Eurostat's, R's laeken) differ by that one unit.

    Examples
    --------
    >>> import numpy as np
    >>> compute(Sample({"value": np.array([1.0, 2.0, 3.0, 4.0, 5.0])}, np.ones(5)))
    5.0
    """
    value = weighted.floored(sample["value"])
    bottom = weighted.lorenz_sum(value, sample.weights, 0.2)
    if bottom <= 0:
        return "division by zero: the values of the bottom fifth sum to 0"
    whole = weighted.total(sample.weights, value)
    return (whole - weighted.lorenz_sum(value, sample.weights, 0.8)) / bottom


def influence(sample: Sample) -> Floats:
    """Return the linearised variable of the ratio of the two sums."""
    value, weights = weighted.floored(sample["value"]), sample.weights
    bottom = weighted.lorenz_sum(value, weights, 0.2)
    ratio = (weighted.total(weights, value) - weighted.lorenz_sum(value, weights, 0.8)) / bottom
    top = value - weighted.lorenz_sum_influence(value, weights, 0.8)
    return (top - ratio * weighted.lorenz_sum_influence(value, weights, 0.2)) / bottom
