"""Small comparisons of two groups that the checks share: mean differences with clustered errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mande.errors import MandeError, raise_errors
from mande.impact import problems as codes
from mande.impact.contract import Fitted, Request
from mande.impact.inference import cr1
from mande.impact.linear import plain_model, solve
from mande.impact.observations import FloatArray, IntArray, as_codes, as_numbers
from mande.results import Reference


@dataclass(frozen=True, slots=True)
class Difference:
    """Two means and their difference; error and p-value are None where they cannot be had."""

    n_treated: int
    n_comparison: int
    mean_treated: float | None
    mean_comparison: float | None
    difference: float | None
    std_error: float | None
    p_value: float | None
    sd_treated: float | None = None
    sd_comparison: float | None = None


def numbers_of(frame: pd.DataFrame, column: str) -> FloatArray:
    """Return a column as floats.

    Raises
    ------
    MandeError
        M-COLUMN or M-TYPE.
    """
    require_columns(frame, [column])
    values = as_numbers(frame[column])
    if values is None:
        found = f"values of type {frame[column].dtype}"
        raise MandeError([codes.problem(codes.TYPE, column=column, found=found)])
    return values


def require_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise every missing column at once."""
    names = [str(name) for name in frame.columns]
    absent = [column for column in columns if column not in names]
    raise_errors(codes.no_column(column, names, argument=column) for column in absent)


def in_canonical_order(frame: pd.DataFrame, unit: str, wave: str | None = None) -> pd.DataFrame:
    """Return the rows sorted by unit and wave, so that sums do not depend on the order handed in."""
    keys = [as_codes(frame[column]) for column in (unit, wave) if column is not None]
    return frame.iloc[np.lexsort(keys[::-1])]


def clustered(outcome: FloatArray, regressors: FloatArray, clusters: IntArray) -> Fitted:
    """Return least squares with CR1 errors."""
    fit = solve(plain_model(outcome, regressors, (clusters,)))
    return cr1.linear(fit, Request(method="ols", inference="CR1", outcome="", clusters=("cluster",)))


def difference(values: FloatArray, treated: FloatArray, clusters: IntArray) -> Difference:
    """Return the difference of two means with a CR1 error, over rows where everything is known.

    The error is None with fewer than two clusters in either group, where no value varies, or where the
    residuals cancel within every cluster.
    """
    known = ~np.isnan(values) & ~np.isnan(treated) & (clusters >= 0)
    values, treated, clusters = values[known], treated[known], clusters[known]
    # Sorted, so that sums do not depend on the order of the rows.
    order = np.lexsort((treated, values, clusters))
    values, treated, clusters = values[order], treated[order], clusters[order]
    one, zero = values[treated == 1], values[treated == 0]
    means = [float(part.mean()) if len(part) else None for part in (one, zero)]
    sds = [float(part.std(ddof=1)) if len(part) > 1 else None for part in (one, zero)]
    gap = error = p = None
    if means[0] is not None and means[1] is not None:
        gap = means[0] - means[1]
        enough = min(len(np.unique(clusters[treated == arm])) for arm in (0, 1)) >= 2
        if enough and np.ptp(one) + np.ptp(zero) > 0:
            fitted = clustered(values, np.column_stack([treated, np.ones(len(values))]), clusters)
            # Residuals that cancel within every cluster leave an error of 0, which is none.
            if (error := float(fitted.std_errors[0]) or None) is not None:
                p = fitted.reference.p_value(float(fitted.coefficients[0]) / error)
    return Difference(len(one), len(zero), means[0], means[1], gap, error, p, sds[0], sds[1])


def mean_with_error(
    values: FloatArray, clusters: IntArray
) -> tuple[float | None, float | None, Reference | None]:
    """Return a mean, its CR1 error and reference; None where there are too few clusters."""
    if not len(values):
        return None, None, None
    if len(np.unique(clusters)) < 2 or np.ptp(values) == 0:
        return float(values.mean()), None, None
    fitted = clustered(values, np.ones((len(values), 1)), clusters)
    return float(fitted.coefficients[0]), float(fitted.std_errors[0]), fitted.reference
