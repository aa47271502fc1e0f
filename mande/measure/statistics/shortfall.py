"""What it would cost to bring everybody up to the line."""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.poverty import line_problem
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import total

FORMULA = "sum of w (line - x) over units with x < line"
SOURCE = (
    "COSA and KIT (2020), Guidance Manual on Calculating and Visualizing the Income Gap to a Living Income"
)
ROLES = {"value": "number", "line": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Sum missing to the line, {value}",
    "Somme manquante au seuil, {value}",
    "Suma que falta a la línea, {value}",
)
UNIT = "value"
DIRECTION = "lower_is_better"
IS_TOTAL = True


def compute(sample: Sample) -> float | str:
    """Return the sum, in the value's unit; a loss (a value below 0) costs more than the line.

    Examples
    --------
    >>> compute(Sample({"value": np.array([1.0, 5.0]), "line": np.array([4.0, 4.0])}, np.array([2.0, 1.0])))
    6.0
    """
    return line_problem(sample) or total(sample.weights, influence(sample))


def influence(sample: Sample) -> Floats:
    """Return what each unit is short of, as for any total."""
    missing: Floats = np.maximum(sample["line"] - sample["value"], 0.0)
    return missing
