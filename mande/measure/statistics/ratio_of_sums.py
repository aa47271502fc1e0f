"""Ratio of two weighted sums over the same units."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FORMULA = "sum of w x / sum of w y"


def compute(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float | str:
    """Return the sum of the first column over the sum of the second.

    Large units count for more than in a mean of ratios: yield by area, price by quantity.

    Examples
    --------
    >>> compute(np.array([[10.0, 1.0], [20.0, 4.0]]), np.array([1.0, 1.0]))
    6.0
    """
    below = math.fsum(weights * values[:, 1])
    if below == 0:
        return "division by zero: the denominators sum to 0"
    return math.fsum(weights * values[:, 0]) / below
