"""Poverty of Foster, Greer and Thorbecke: headcount, gap and severity below a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mande.errors import Text
from mande.measure.poverty import line_problem, negatives_note, relative_gaps
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import mean, mean_influence

FORMULA = "sum of w ((line - x) / line)^order over units with x < line / sum of w"
SOURCE = "Foster, Greer and Thorbecke (1984), Econometrica 52(3)"
ROLES = {"value": "number", "line": "number"}
OPTIONS = {"order": 1}
LABEL = Text("FGT {order} of {value}", "FGT {order} de {value}", "FGT {order} de {value}")
UNIT = "index"
DIRECTION = "lower_is_better"
IS_SHARE = True


def refuse(options: Mapping[str, Any]) -> str:
    """Return what `order` must be."""
    return "" if options["order"] >= 0 else "order: 0 or above"


def notes(sample: Sample) -> str:
    """Return how many values were set to 0; the headcount needs none."""
    return negatives_note(sample) if sample.options["order"] > 0 else ""


def compute(sample: Sample) -> float | str:
    """Return the share of units below their line (order 0), or the mean power of their gaps.

    A value equal to the line is not below it. Values below 0 count as 0 for orders above 0.

    Examples
    --------
    >>> columns = {"value": np.array([100.0, 110.0, 150.0, 160.0]), "line": np.full(4, 125.0)}
    >>> round(compute(Sample(columns, np.ones(4), {"order": 2})), 6)
    0.0136
    """
    return line_problem(sample) or mean(sample.weights, _powers(sample))


def influence(sample: Sample) -> Floats:
    """Return `(power of the gap - FGT) / sum of w`; the line is taken as known."""
    return mean_influence(sample.weights, _powers(sample))


def _powers(sample: Sample) -> Floats:
    order = sample.options["order"]
    poor = sample["value"] < sample["line"]
    return np.where(poor, relative_gaps(sample) ** order, 0.0)
