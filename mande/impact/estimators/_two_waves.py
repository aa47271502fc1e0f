"""The effect on the treated from changes between two waves, with each unit's influence on it.

Equation: with change d, group D, covariates X (a constant first), propensity p and m the change predicted
from comparison units,
ATT = mean of w1 (d - m) / mean of w1 - mean of w0 (d - m) / mean of w0, w1 = D, w0 = p (1 - D) / (1 - p).
Outcome regression takes w0 (d - m) as zero, inverse probability weighting (Hajek) m as zero. Influence
functions include those of the estimated p and m.
Source: Sant'Anna and Zhao (2020), Journal of Econometrics 219(1), (2.6) and theorem 1; Abadie (2005),
Review of Economic Studies 72(1); Heckman, Ichimura and Todd (1997), Review of Economic Studies 64(4).
Reference implementation: R DRDID 1.2.3 (drdid_panel, std_ipw_did_panel, reg_did_panel).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mande.impact.observations import BoolArray, FloatArray

_STEPS = 50
_TRIM = 0.995
"""Comparison units with a higher propensity get no weight, as in DRDID."""


@dataclass(frozen=True, slots=True)
class Att:
    """An effect and each unit's influence (its error is the mean), or a reason why there is none."""

    value: float
    psi: FloatArray
    trimmed: int = 0
    reason: str = ""


def no_effect(reason: str) -> Att:
    """Return an effect that cannot be worked out."""
    return Att(np.nan, np.empty(0), reason=reason)


def difference_of_changes(
    change: FloatArray, treated: BoolArray, covariates: FloatArray, weights: FloatArray, *, adjustment: str
) -> Att:
    """Return the effect on the treated; `covariates` are without the constant."""
    if not covariates.shape[1]:
        return _plain(change, treated, weights)
    x = np.column_stack([np.ones(len(change)), covariates / _scale(covariates)])
    if np.linalg.matrix_rank(x[~treated] * np.sqrt(weights[~treated])[:, None]) < x.shape[1]:
        return no_effect("covariates say the same as others among comparison units")
    predicted, regression = np.zeros(len(change)), np.zeros_like(x)
    if adjustment != "ipw":
        predicted, regression = _outcome_regression(change, treated, x, weights)
    if adjustment == "outcome_regression":
        return _by_regression(change - predicted, treated, x, weights, regression)
    propensity, score = _logit(treated, x, weights)
    if propensity is None:
        return no_effect("covariates predict perfectly who is treated")
    return _by_weights(change - predicted, treated, x, weights, regression, propensity, score)


def _scale(covariates: FloatArray) -> FloatArray:
    size = np.abs(covariates).max(axis=0)
    return np.asarray(np.exp2(np.round(np.log2(np.where(size > 0, size, 1.0)))))


def _plain(change: FloatArray, treated: BoolArray, weights: FloatArray) -> Att:
    n, one, zero = len(change), np.where(treated, weights, 0.0), np.where(treated, 0.0, weights)
    means = float(one @ change / one.sum()), float(zero @ change / zero.sum())
    psi = n * (one * (change - means[0]) / one.sum() - zero * (change - means[1]) / zero.sum())
    return Att(means[0] - means[1], psi)


def _outcome_regression(
    change: FloatArray, treated: BoolArray, x: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the predicted changes and the influence of each unit on the coefficients."""
    own = np.where(treated, 0.0, weights)
    inverse = np.linalg.inv((x * own[:, None]).T @ x / len(x))
    coefficients = inverse @ (x.T @ (own * change)) / len(x)
    predicted = x @ coefficients
    return predicted, (x * (own * (change - predicted))[:, None]) @ inverse


def _logit(treated: BoolArray, x: FloatArray, weights: FloatArray) -> tuple[FloatArray | None, FloatArray]:
    """Return the propensity and the influence of units on its coefficients; None where it diverges."""
    coefficients = np.zeros(x.shape[1])
    outcome = treated.astype(np.float64)
    for _ in range(_STEPS):
        propensity = 1 / (1 + np.exp(-np.clip(x @ coefficients, -30, 30)))
        inner = weights * propensity * (1 - propensity)
        hessian = (x * inner[:, None]).T @ x / len(x)
        gradient = x.T @ (weights * (outcome - propensity)) / len(x)
        if np.linalg.cond(hessian) > 1e14:
            return None, x
        step = np.linalg.solve(hessian, gradient)
        coefficients = coefficients + step
        if np.abs(step).max() <= 1e-10 * (1 + np.abs(coefficients).max()):
            score = (x * (weights * (outcome - propensity))[:, None]) @ np.linalg.inv(hessian)
            return propensity, score
    return None, x


def _by_regression(
    residual: FloatArray, treated: BoolArray, x: FloatArray, weights: FloatArray, regression: FloatArray
) -> Att:
    one = np.where(treated, weights, 0.0)
    mean = float(one.mean())
    value = float((one @ residual) / one.sum())
    psi = (one * (residual - value) - regression @ (one @ x / len(x))) / mean
    return Att(value, psi)


def _by_weights(
    residual: FloatArray,
    treated: BoolArray,
    x: FloatArray,
    weights: FloatArray,
    regression: FloatArray,
    propensity: FloatArray,
    score: FloatArray,
) -> Att:
    n = len(residual)
    cut = ~treated & (propensity >= _TRIM)
    one = np.where(treated, weights, 0.0)
    zero = np.where(treated | cut, 0.0, weights * propensity / (1 - propensity))
    if not zero.sum() > 0:
        return no_effect("no comparison unit is like the treated ones")
    first, second = float(one @ residual / one.sum()), float(zero @ residual / zero.sum())
    treated_part = one * (residual - first) - regression @ (one @ x / n)
    own = zero * (residual - second)
    comparison_part = own + score @ (own @ x / n) - regression @ (zero @ x / n)
    psi = treated_part / one.mean() - comparison_part / zero.mean()
    return Att(first - second, psi, trimmed=int(cut.sum()))
