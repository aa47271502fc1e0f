"""Poverty index of Sen, Shorrocks and Thon: the gap, and how unequal gaps are over everybody."""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.poverty import line_problem, negatives_note, relative_gaps
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import gini, gini_influence, mean, mean_influence

FORMULA = "P1 (1 + G): P1 the mean relative gap over everybody, G the Gini coefficient of the gaps"
SOURCE = "Shorrocks (1995), Econometrica 63(5); Xu and Osberg (2001), Statistics Canada 11F0019"
ROLES = {"value": "number", "line": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Sen-Shorrocks-Thon index of {value}",
    "Indice de Sen-Shorrocks-Thon de {value}",
    "Índice de Sen-Shorrocks-Thon de {value}",
)
UNIT = "index"
DIRECTION = "lower_is_better"
notes = negatives_note


def compute(sample: Sample) -> float | str:
    """Return the index, 0 (nobody poor) to 1.

    Examples
    --------
    >>> columns = {"value": np.array([100.0, 110.0, 150.0, 160.0]), "line": np.full(4, 125.0)}
    >>> round(compute(Sample(columns, np.ones(4))), 9)
    0.125
    """
    if line_problem(sample):
        return line_problem(sample)
    gaps = relative_gaps(sample)
    return mean(sample.weights, gaps) * (1 + (gini(gaps, sample.weights) or 0.0))


def influence(sample: Sample) -> Floats:
    """Return the linearised variable of the product."""
    gaps, weights = relative_gaps(sample), sample.weights
    gap, unequal = mean(weights, gaps), gini(gaps, weights)
    if unequal is None:
        return np.zeros(len(sample))
    return mean_influence(weights, gaps) * (1 + unequal) + gap * gini_influence(gaps, weights)
