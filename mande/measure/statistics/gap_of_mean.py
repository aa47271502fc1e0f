"""Distance of the mean to the mean benchmark, as a share of the benchmark."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.poverty import line_problem
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import total

FORMULA = "(sum of w line - sum of w x) / sum of w line"
SOURCE = (
    "COSA and KIT (2020), Guidance Manual on Calculating and Visualizing the Income Gap to a Living Income"
)
ROLES = {"value": "number", "line": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Gap of the mean to the benchmark, {value}",
    "Écart de la moyenne à la référence, {value}",
    "Brecha de la media a la referencia, {value}",
)
UNIT = "share"
DIRECTION = "lower_is_better"


def compute(sample: Sample) -> float | str:
    """Return the gap; below 0 where the mean is above the benchmark, even if most units are below theirs.

    Examples
    --------
    >>> import numpy as np
    >>> compute(Sample({"value": np.array([1.0, 5.0]), "line": np.array([4.0, 4.0])}, np.ones(2)))
    0.25
    """
    return line_problem(sample) or 1 - _reached(sample)


def influence(sample: Sample) -> Floats:
    """Return `-(x - reached line) / sum of w line`."""
    below = total(sample.weights, sample["line"])
    return -(sample["value"] - _reached(sample) * sample["line"]) / below


def _reached(sample: Sample) -> float:
    return total(sample.weights, sample["value"]) / total(sample.weights, sample["line"])
