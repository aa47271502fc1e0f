"""Tests of whether units differ at all: F over the effects of units, and Breusch and Pagan's for random ones.

Equations: F = ((S_0 - S_1) / (N - 1)) / (S_1 / (n - N - k)), S_0 the squared residuals of the regression
with one constant, S_1 of that with N unit effects, k slopes, n rows;
LM = n^2 / (2 (sum_i T_i^2 - n)) (sum_i (sum_t e_it)^2 / sum e_it^2 - 1)^2, e the residuals with one constant,
T_i the rows of a unit; chi squared with one degree of freedom.
Source: Baltagi (2021), Econometric Analysis of Panel Data, 4.1.1 and 4.2; Breusch and Pagan (1980), Review
of Economic Studies 47(1); Baltagi and Li (1990), Economics Letters 34(3), for panels with gaps.
Reference implementation: R plm 2.6-2 (pFtest; plmtest, type = "bp").
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from mande.impact.estimators._random import TESTS, independent, units_of
from mande.impact.linear import plain_model, solve
from mande.impact.observations import FloatArray, Observations
from mande.impact.regressors import dense, spread, within
from mande.results import Table

NOTE = "It supposes rows with independent errors of one size; the method is chosen by the design, not by it."


def f_test(data: Observations, columns: FloatArray) -> Table | None:
    """Return the F test that all units have one intercept, or None with weights, for which it has none."""
    pooled = _pooled(data, columns)
    if pooled is None:
        return None
    kept = independent(within(columns, units_of(data), None), spread(columns))
    n_units = dense(units_of(data))[1]
    q, df = n_units - 1, len(data) - n_units - len(kept)
    if not kept or q < 1 or df < 1:
        return None
    outcome = data.outcome - data.outcome.mean()
    inside = solve(plain_model(outcome, columns[:, kept], absorbed=(units_of(data),))).residuals
    left = float(inside @ inside)
    statistic = (float(pooled @ pooled) - left) / q / (left / df)
    row = ("all units have one intercept", statistic, q, float(stats.f.sf(statistic, q, df)))
    return Table("F test of unit effects", TESTS, (row,), (NOTE,))


def breusch_pagan(data: Observations, columns: FloatArray) -> Table | None:
    """Return the test that the variance of random unit effects is zero, or None where it has no value."""
    residuals = _pooled(data, columns)
    if residuals is None:
        return None
    unit, _ = dense(units_of(data))
    size = np.bincount(unit)
    pairs = float(size @ size) - len(data)
    if pairs <= 0:
        return None
    sums = np.bincount(unit, residuals)
    excess = float(sums @ sums) / float(residuals @ residuals) - 1
    statistic = len(data) ** 2 / (2 * pairs) * excess**2
    row = ("unit effects have no variance", statistic, 1, float(stats.chi2.sf(statistic, 1)))
    return Table("Breusch-Pagan test", TESTS, (row,), (NOTE,))


def _pooled(data: Observations, columns: FloatArray) -> FloatArray | None:
    """Return the residuals of the regression with one constant, None with weights or a perfect fit."""
    if data.weights is not None or not len(data):
        return None
    centred = columns - columns.mean(axis=0)
    kept = independent(centred, spread(columns))
    outcome = data.outcome - data.outcome.mean()
    if not kept:
        return None
    residuals = solve(plain_model(outcome, centred[:, kept])).residuals
    if float(residuals @ residuals) <= 1e-24 * float(outcome @ outcome):
        return None
    return residuals
