"""Weighted mean of a value over units."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FORMULA = "sum of w x / sum of w"


def compute(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the weighted mean of the first column, in the value's unit.

    Examples
    --------
    >>> compute(np.array([[1.0], [4.0]]), np.array([2.0, 1.0]))
    2.0
    """
    return math.fsum(weights * values[:, 0]) / math.fsum(weights)
