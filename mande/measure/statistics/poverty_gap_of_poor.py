"""Mean relative gap of those below the line: for wages, how far below the minimum the underpaid are."""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.poverty import is_poor, line_problem, negatives_note, relative_gaps
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import total

FORMULA = "sum of w (line - x) / line over units with x < line / sum of w over the same units"
SOURCE = "Bhorat, Kanbur and Mayet (2012), index of violation v1 / v0; Foster, Greer and Thorbecke (1984)"
ROLES = {"value": "number", "line": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Mean gap of those below the line, {value}",
    "Écart moyen de ceux sous le seuil, {value}",
    "Brecha media de quienes están bajo la línea, {value}",
)
UNIT = "index"
DIRECTION = "lower_is_better"
notes = negatives_note


def compute(sample: Sample) -> float | str:
    """Return FGT 1 over FGT 0; there is none where nobody is below the line.

    Examples
    --------
    >>> columns = {"value": np.array([10.0, 8.0, 6.0]), "line": np.full(3, 10.0)}
    >>> round(compute(Sample(columns, np.ones(3))), 6)
    0.3
    """
    if line_problem(sample):
        return line_problem(sample)
    poor = is_poor(sample).astype(np.float64)
    if not poor.any():
        return "nobody is below the line"
    return total(sample.weights, relative_gaps(sample)) / total(sample.weights, poor)


def influence(sample: Sample) -> Floats:
    """Return `(gap - ratio 1[x < line]) / sum of w below the line`."""
    gaps, poor = relative_gaps(sample), is_poor(sample).astype(np.float64)
    below = total(sample.weights, poor)
    return (gaps - total(sample.weights, gaps) / below * poor) / below
