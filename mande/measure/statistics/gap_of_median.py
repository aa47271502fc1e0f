"""Distance of the median to the mean benchmark, as a share of the benchmark."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.poverty import line_problem
from mande.measure.sample import Floats, Sample
from mande.measure.weighted import mean, mean_influence, quantile, quantile_influence

FORMULA = "(mean line - median x) / mean line"
SOURCE = (
    "COSA and KIT (2020), Guidance Manual on Calculating and Visualizing the Income Gap to a Living Income"
)
ROLES = {"value": "number", "line": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Gap of the median to the benchmark, {value}",
    "Écart de la médiane à la référence, {value}",
    "Brecha de la mediana a la referencia, {value}",
)
UNIT = "share"
DIRECTION = "lower_is_better"


def compute(sample: Sample) -> float | str:
    """Return the gap; below 0 where the median is above the benchmark.

    Benchmarks that differ between units (by region, by size of the household) are averaged; read it by group
    of one benchmark where they differ much.

    Examples
    --------
    >>> import numpy as np
    >>> compute(Sample({"value": np.array([1.0, 3.0, 9.0]), "line": np.full(3, 4.0)}, np.ones(3)))
    0.25
    """
    return line_problem(sample) or 1 - _median(sample) / mean(sample.weights, sample["line"])


def influence(sample: Sample) -> Floats:
    """Return the linearised variable of the median over the mean line, turned round."""
    line = mean(sample.weights, sample["line"])
    of_line = mean_influence(sample.weights, sample["line"])
    of_median = quantile_influence(sample["value"], sample.weights, 0.5)
    return -of_median / line + _median(sample) * of_line / line**2


def _median(sample: Sample) -> float:
    return quantile(sample["value"], sample.weights, 0.5)
