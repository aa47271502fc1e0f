"""Mean shortfall below the line as a share of the line: the poverty gap, or living-income gap, of units."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.poverty import line_problem, negatives_note, relative_gaps
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import mean, mean_influence

FORMULA = "sum of w (line - x) / line over units with x < line / sum of w: FGT of order 1"
SOURCE = "Foster, Greer and Thorbecke (1984), Econometrica 52(3); COSA and KIT (2020)"
ROLES = {"value": "number", "line": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Mean shortfall below the line, {value}",
    "Manque moyen sous le seuil, {value}",
    "Faltante medio bajo la línea, {value}",
)
UNIT = "share"
DIRECTION = "lower_is_better"
IS_SHARE = True
notes = negatives_note


def compute(sample: Sample) -> float | str:
    """Return the mean over everybody, those above the line counted as 0; values below 0 count as 0.

    Examples
    --------
    >>> import numpy as np
    >>> compute(Sample({"value": np.array([1.0, 5.0]), "line": np.array([4.0, 4.0])}, np.ones(2)))
    0.375
    """
    return line_problem(sample) or mean(sample.weights, relative_gaps(sample))


def influence(sample: Sample) -> Floats:
    """Return `(gap - mean gap) / sum of w`."""
    return mean_influence(sample.weights, relative_gaps(sample))
