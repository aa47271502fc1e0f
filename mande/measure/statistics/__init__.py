"""Statistics of a group of units, one file each, found by themselves.

A file gives `FORMULA` (how the number is made, for the methods reference) and
`compute(values, weights) -> float | str`: the number, or the reason why there is none. `values` has a
row per unit and a column per named value, all present; weights are positive. Sums are exactly rounded
(`math.fsum`), so that the order of rows never shows.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Values = NDArray[np.float64]
Compute = Callable[[Values, Values], float | str]


@dataclass(frozen=True, slots=True)
class GroupStatistic:
    """One number about a group.

    Attributes
    ----------
    value : None where there is none, with `reason`.
    n : units used. n_missing : units left out because a value or the weight was missing, or the
        weight 0.
    """

    value: float | None
    n: int
    n_missing: int
    reason: str = ""


def available() -> Mapping[str, Compute]:
    """Return every statistic by name, from the files of this folder."""
    found = sorted(entry.name for entry in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").compute for name in found}


def statistic(name: str, values: Values, weights: Values | None = None) -> GroupStatistic:
    """Return one statistic of a group.

    Parameters
    ----------
    name
        One of `available()`.
    values
        One row per unit; NaN where missing. A statistic of several values (a ratio of sums) takes a
        column for each.
    weights
        One per unit, NaN where missing; equal weights where None.

    Raises
    ------
    ValueError
        When a weight is negative or the statistic does not exist.

    Examples
    --------
    >>> statistic("mean", np.array([1.0, 2.0, np.nan]))
    GroupStatistic(value=1.5, n=2, n_missing=1, reason='')
    """
    known = available()
    if name not in known:
        raise ValueError(f"no statistic {name}; there are {', '.join(known)}")
    table = values if values.ndim == 2 else values[:, np.newaxis]
    weight = np.ones(len(table)) if weights is None else weights
    if np.any(weight < 0):
        raise ValueError("weights must not be negative")
    present = np.isfinite(table).all(axis=1) & np.isfinite(weight) & (weight != 0)
    used, missing = int(present.sum()), int((~present).sum())
    if not used:
        return GroupStatistic(None, 0, missing, _why_none(table))
    result = known[name](table[present], weight[present])
    if isinstance(result, str):
        return GroupStatistic(None, used, missing, result)
    return GroupStatistic(result, used, missing)


def _why_none(table: Values) -> str:
    if not len(table):
        return "no units"
    return "no weight above 0" if np.isfinite(table).all(axis=1).any() else "no values"


def summarise(
    frame: pl.DataFrame,
    name: str,
    columns: Sequence[str],
    *,
    by: Sequence[str] = (),
    weight: str | None = None,
) -> pl.DataFrame:
    """Return one statistic for each group, sorted by group.

    Parameters
    ----------
    frame
        One row per unit.
    name
        One of `available()`.
    columns
        The value; numerator and denominator for `ratio_of_sums`.
    by
        Columns whose combinations are the groups; all rows are one group where empty.
    weight
        Column of weights.

    Returns
    -------
    Columns: `by`, `value`, `n`, `n_missing`, `reason` (null where there is a value).
    """
    names = [*columns, *([] if weight is None else [weight])]
    numbers = frame.select(*by, *(pl.col(column).cast(pl.Float64) for column in dict.fromkeys(names)))
    groups = numbers.partition_by(by, as_dict=True) if by else {(): numbers}
    rows = []
    for group, part in groups.items():
        values = np.column_stack([_floats(part[column]) for column in columns])
        found = statistic(name, values, None if weight is None else _floats(part[weight]))
        rows.append((*group, found.value, found.n, found.n_missing, found.reason or None))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {column: frame.schema[column] for column in by}
    schema |= {"value": pl.Float64, "n": pl.Int64, "n_missing": pl.Int64, "reason": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").sort(by or "value")


def _floats(series: pl.Series) -> Values:
    return series.fill_null(math.nan).to_numpy()
