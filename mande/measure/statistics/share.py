"""Weighted share of units for which a condition holds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FORMULA = "sum of w over units with value 1 / sum of w"


def compute(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float | str:
    """Return the share, 0 to 1, of units whose value is 1; values other than 0 and 1 have no share.

    Examples
    --------
    >>> compute(np.array([[1.0], [0.0]]), np.array([3.0, 1.0]))
    0.75
    >>> compute(np.array([[1.0], [0.5]]), np.array([3.0, 1.0]))
    'a share needs values of 0 and 1'
    """
    value = values[:, 0]
    if not np.isin(value, (0.0, 1.0)).all():
        return "a share needs values of 0 and 1"
    return math.fsum(weights * value) / math.fsum(weights)
