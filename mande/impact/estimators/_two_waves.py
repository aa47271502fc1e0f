"""The effect in one cohort and wave by the formulas of `_doubly_robust`, or a reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mande.impact.estimators._doubly_robust import Groups, NoOverlapError, compare, design_of
from mande.impact.observations import BoolArray, FloatArray

_TRIM = 0.995
"""Comparison units with a higher propensity get no weight, as in R did and DRDID."""


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
    design = design_of(covariates)
    return _effect(Groups(change, treated.astype(np.float64), design, weights), [~treated], adjustment)


def difference_of_levels(
    outcome: FloatArray,
    treated: BoolArray,
    after: BoolArray,
    covariates: FloatArray,
    weights: FloatArray,
    *,
    adjustment: str,
) -> Att:
    """Return the effect on the treated from two cross-sections; `covariates` are without the constant."""
    fitted = [~treated & after, ~treated & ~after]
    if adjustment == "doubly_robust":
        fitted += [treated & after, treated & ~after]
    design = design_of(covariates)
    groups = Groups(outcome, treated.astype(np.float64), design, weights, after.astype(np.float64))
    return _effect(groups, fitted, adjustment)


def _effect(groups: Groups, fitted: list[BoolArray], adjustment: str) -> Att:
    """Return the effect; `fitted` are the sets of rows to which a regression on covariates is fitted."""
    k = groups.design.shape[1]
    if k > 1 and any(_rank(groups, rows) < k for rows in fitted):
        return no_effect("covariates say the same as others within a group")
    try:
        found = compare(groups, adjustment, trim=_TRIM)
    except NoOverlapError:
        return no_effect("covariates predict perfectly who is treated")
    return Att(found.estimate, found.psi, found.trimmed)


def _rank(groups: Groups, rows: BoolArray) -> int:
    return int(np.linalg.matrix_rank(groups.design[rows] * np.sqrt(groups.weights[rows])[:, None]))
