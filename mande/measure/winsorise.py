"""Pull extreme values to a quantile of their group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

MIN_VALUES = 20
"""A group with fewer values is left as it is: its quantiles would be single answers."""

_ROW = "__row"


@dataclass(frozen=True, slots=True)
class Winsorised:
    """Values after winsorising.

    Attributes
    ----------
    values : in the order of the rows, missing ones still missing.
    pulled_low, pulled_high : values raised to the lower and lowered to the upper quantile.
    groups_left : groups with too few values, left as they were.
    """

    values: pl.Series
    pulled_low: int
    pulled_high: int
    groups_left: int


def winsorise(
    frame: pl.DataFrame,
    column: str,
    *,
    lower: float | None = None,
    upper: float | None = None,
    within: Sequence[str] = (),
    min_values: int = MIN_VALUES,
) -> Winsorised:
    """Return a column with values beyond two quantiles pulled to the quantile.

    The quantile is a value that occurs: at most a share `1 - upper` of the values lies above the upper
    one, and at most a share `lower` below the lower one. So what was pulled once stays (doing it twice
    changes nothing), and turning the signs round turns the result round.

    Parameters
    ----------
    frame
        Rows of all arms together; the arm must not be among `within`, or the effect would be cut.
    column
        Numbers to winsorise, in their own unit.
    lower, upper
        Shares between 0 and 1; None leaves that end alone.
    within
        Columns whose combinations are the groups (wave, stratum); a missing entry is a group too.
    min_values
        Fewest values in a group.

    Examples
    --------
    >>> frame = pl.DataFrame({"income": [float(i) for i in range(100)]})
    >>> done = winsorise(frame, "income", lower=0.01, upper=0.97)
    >>> done.values.min(), done.values.max(), done.pulled_low, done.pulled_high
    (1.0, 96.0, 1, 3)
    """
    rows = frame.select(pl.col(column).cast(pl.Float64), *within).with_row_index(_ROW)
    groups = rows.partition_by(within, maintain_order=True) if within else [rows]
    values = rows[column].fill_null(math.nan).to_numpy(writable=True)
    low = high = left = 0
    for group in groups:
        places = group[_ROW].to_numpy()
        mine = values[places]
        there = mine[~np.isnan(mine)]
        if len(there) < min_values:
            left += 1
            continue
        floor, ceiling = _limits(there, lower, upper)
        low += int((mine < floor).sum())
        high += int((mine > ceiling).sum())
        values[places] = np.clip(mine, floor, ceiling)
    return Winsorised(pl.Series(column, values).fill_nan(None), low, high, left)


def _limits(values: NDArray[np.float64], lower: float | None, upper: float | None) -> tuple[float, float]:
    ordered, n = np.sort(values), len(values)
    floor = -math.inf if lower is None else float(ordered[n - _rank(n, 1 - lower)])
    ceiling = math.inf if upper is None else float(ordered[_rank(n, upper) - 1])
    return floor, ceiling


def _rank(n: int, share: float) -> int:
    # 0.07 * 100 is 7.000000000000001 in floats and must stay the seventh value.
    return max(1, math.ceil(round(n * share, 9)))
