"""Weighted median of a value over units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FORMULA = "value with half of the weight on either side; the middle of two where the halves are equal"

_SLACK = 1e-12  # sums of weights such as 0.1 miss the half by rounding alone


def compute(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the weighted median of the first column, in the value's unit.

    Examples
    --------
    >>> compute(np.array([[5.0], [1.0], [3.0]]), np.ones(3)), compute(np.array([[1.0], [2.0]]), np.ones(2))
    (3.0, 1.5)
    """
    order = np.lexsort((weights, values[:, 0]))
    value, reached = values[order, 0], np.cumsum(weights[order])
    half = reached[-1] / 2
    slack = reached[-1] * _SLACK
    at = int(np.searchsorted(reached, half - slack))
    if abs(reached[at] - half) <= slack and at + 1 < len(value):
        return float((value[at] + value[at + 1]) / 2)
    return float(value[at])
