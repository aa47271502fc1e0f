"""Sen's index of poverty: headcount, gap and inequality among the poor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mande.errors import Text
from mande.measure.poverty import is_poor, line_problem, negatives_note, relative_gaps
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import gini, gini_influence, mean, mean_influence

FORMULA = "H (I + (1 - I) G): H the headcount, I the mean relative gap and G the Gini coefficient of the poor"
SOURCE = "Sen (1976), Econometrica 44(2); the large-sample form leaves out his factor q / (q + 1)"
ROLES = {"value": "number", "line": "number"}
OPTIONS = {"finite": False}
LABEL = Text(
    "Sen's poverty index of {value}", "Indice de Sen de {value}", "Índice de pobreza de Sen de {value}"
)
UNIT = "index"
DIRECTION = "lower_is_better"
notes = negatives_note


def compute(sample: Sample) -> float | str:
    """Return the index, 0 (nobody poor) to 1.

    `finite` gives Sen's own form, `H (1 - (1 - I) (1 - G q / (q + 1)))` with q the number of poor units.
    Where lines differ between units, G is that of the values over their lines.

    Examples
    --------
    >>> columns = {"value": np.array([100.0, 110.0, 150.0, 160.0]), "line": np.full(4, 125.0)}
    >>> round(compute(Sample(columns, np.ones(4), {"finite": False})), 9)
    0.09
    """
    if line_problem(sample):
        return line_problem(sample)
    poor, gaps = is_poor(sample), relative_gaps(sample)
    gap = mean(sample.weights, gaps)
    return gap + (mean(sample.weights, _as_numbers(poor)) - gap) * _unequal(sample)


def influence(sample: Sample) -> Floats:
    """Return the linearised variable: of the gap, the headcount and the Gini coefficient of the poor."""
    poor, gaps, weights = is_poor(sample), relative_gaps(sample), sample.weights
    gap, headcount = mean(weights, gaps), mean(weights, _as_numbers(poor))
    of_gap, of_headcount = mean_influence(weights, gaps), mean_influence(weights, _as_numbers(poor))
    found = of_gap + (of_headcount - of_gap) * _unequal(sample)
    if headcount > gap:  # else the poor have nothing, and share it equally
        part = gini_influence(1 - gaps[poor], weights[poor])
        found[poor] += (headcount - gap) * part * _factor(sample)
    return found


def _unequal(sample: Sample) -> float:
    """Return the Gini coefficient of the poor, 0 where there is nobody or nothing to share."""
    poor = is_poor(sample)
    if not poor.any():
        return 0.0
    return (gini(1 - relative_gaps(sample)[poor], sample.weights[poor]) or 0.0) * _factor(sample)


def _as_numbers(chosen: NDArray[np.bool_]) -> Floats:
    return chosen.astype(np.float64)


def _factor(sample: Sample) -> float:
    count = float(np.count_nonzero(is_poor(sample)))
    return count / (count + 1) if sample.options["finite"] else 1.0
