"""Weighted total of a value over units."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FORMULA = "sum of w x"


def compute(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the weighted sum of the first column; units without a value are not in it.

    Examples
    --------
    >>> compute(np.array([[1.0], [4.0]]), np.array([2.0, 1.0]))
    6.0
    """
    return math.fsum(weights * values[:, 0])
