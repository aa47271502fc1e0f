"""Theil index of inequality, which parts into inequality within and between groups."""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import NO_SUM, floored, floored_note, total

FORMULA = "sum of w (x / mean) ln(x / mean) / sum of w; a value of 0 adds 0"
SOURCE = "Theil (1967), Economics and Information Theory; Shorrocks (1980), Econometrica 48(3)"
ROLES = {"value": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text("Theil index of {value}", "Indice de Theil de {value}", "Índice de Theil de {value}")
UNIT = "index"
DIRECTION = "lower_is_better"
notes = floored_note


def compute(sample: Sample) -> float | str:
    """Return the index, 0 to the logarithm of the number of units; values below 0 count as 0.

    Examples
    --------
    >>> round(compute(Sample({"value": np.array([0.0, 2.0])}, np.ones(2))), 9)
    0.693147181
    """
    value = floored(sample["value"])
    whole, size = total(sample.weights, value), sample.weights.sum()
    if whole <= 0:
        return NO_SUM
    return max(total(sample.weights, _logs(value)) / whole - float(np.log(whole / size)), 0.0)


def influence(sample: Sample) -> Floats:
    """Return the linearised variable."""
    value = floored(sample["value"])
    whole, logs = total(sample.weights, value), _logs(value)
    return (logs - value * total(sample.weights, logs) / whole - value) / whole + 1 / float(
        sample.weights.sum()
    )


def _logs(value: Floats) -> Floats:
    logs: Floats = np.log(np.where(value > 0, value, 1.0))
    return value * logs
