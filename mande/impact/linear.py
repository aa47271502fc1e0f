"""Least squares in NumPy: effects removed on integer codes, coefficients, and counts of what was fitted.

Equation: b = (X'WX)^-1 X'Wy with y and X after the absorbed effects. One set of effects is removed by
group means; several by alternating projections (Halperin 1962; Guimaraes and Portugal 2010, Stata Journal
10(4)), exact to rounding after one round where a panel is balanced.
Reference implementation: R fixest 0.14.2 (demeaning); R lm.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import solve_triangular

from mande.errors import MandeError
from mande.impact import problems as codes
from mande.impact.contract import LinearFit, LinearModel
from mande.impact.levels import LevelColumns, Within
from mande.impact.observations import BoolArray, FloatArray, IntArray, Observations
from mande.impact.regressors import balanced_scale, dense, is_nested, spread

_ROUNDS = 10_000
_PRECISION = 1e-11
# Below this share of its own size, what the others leave of a column is rounding.
_RANK = 1e-10
_ABSORBED = 1e-9
_LONG = 200_000


def solve(model: LinearModel) -> LinearFit:
    """Fit a linear model by (weighted) least squares.

    Raises
    ------
    MandeError
        M-COLLINEAR where a regressor is a combination of others and of the absorbed effects.
    """
    sets = absorbed_sets(model.absorbed)
    by_levels = None if model.levels is None or len(sets) != 1 else _solve_by_levels(model, sets[0])
    if by_levels is not None:
        return by_levels
    design = model.design
    both = np.column_stack([model.outcome, design])
    if sets:
        both = residualise(both, sets, model.weights)
    outcome, regressors = both[:, 0], both[:, 1:]
    scale = balanced_scale(regressors)
    columns = regressors / scale
    root = None if model.weights is None else np.sqrt(model.weights)
    weighted = columns if root is None else columns * root[:, None]
    upper = _triangle(weighted)
    size = np.linalg.norm(upper, axis=0)
    left = np.abs(np.diag(upper)) / np.where(size > 0, size, 1.0)
    if sets:
        # What alternating projections leave of a column that the effects hold is rounding, not a regressor.
        left = np.where(_nothing_left(design, regressors), 0.0, left)
    _refuse_collinear(model, left)
    target = outcome if root is None else outcome * root
    inverse = solve_triangular(upper, np.eye(len(scale)))
    bread = inverse @ inverse.T
    coefficients = bread @ (weighted.T @ target)
    for _ in range(2):  # brings back the digits that squaring costs
        coefficients = coefficients + bread @ (weighted.T @ (target - weighted @ coefficients))
    return LinearFit(
        model=model,
        outcome=outcome,
        columns=regressors,
        coefficients=coefficients / scale,
        bread=bread / np.outer(scale, scale),
        residuals=outcome - columns @ coefficients,
        n_effects=tuple(int(codes_.max(initial=-1)) + 1 for codes_ in sets),
    )


def _solve_by_levels(model: LinearModel, groups: IntArray) -> LinearFit | None:
    """Fit with the columns of `levels` not written out; None where columns are too alike for X'X."""
    if model.levels is None:
        return None
    parts = model.within
    if parts is None or not parts.fits(model.outcome, model.regressors, model.absorbed[0], model.weights):
        n_levels = len(model.names) - model.regressors.shape[1] + 1
        columns = LevelColumns.of(model.levels, groups, model.weights, n_levels)
        parts = Within.of(model.outcome, model.regressors, model.absorbed[0], columns)
    outcome, own, levels, gram = parts.outcome, parts.own, parts.levels, parts.gram
    if _nothing_left(model.regressors, own).any():
        return None
    scale = np.exp2(np.round(np.log2(np.sqrt(np.maximum(np.diag(gram), 1e-300) / len(outcome)))))
    upper = _safe_cholesky(gram / np.outer(scale, scale))
    if upper is None:
        return None
    inverse = solve_triangular(upper, np.eye(len(scale))) / scale[:, None]
    bread = inverse @ inverse.T
    fit = LinearFit(
        model=model,
        outcome=outcome,
        columns=own,
        coefficients=np.zeros(len(scale)),
        bread=bread,
        residuals=outcome,
        n_effects=(levels.n_groups,),
        levels=levels,
    )
    for _ in range(2):  # the first solves, the second brings back the digits that squaring costs
        left = fit.residuals
        weighted = left if model.weights is None else left * model.weights
        top = np.concatenate([np.einsum("ij,i->j", own, weighted), levels.sums(left)])
        coefficients = fit.coefficients + bread @ top
        fitted = fit.times(coefficients)
        fit = replace(fit, coefficients=coefficients, residuals=np.subtract(outcome, fitted, out=fitted))
    return fit


def _nothing_left(before: FloatArray, after: FloatArray) -> BoolArray:
    sizes = np.sqrt(np.einsum("ij,ij->j", after, after))
    whole = np.sqrt(np.einsum("ij,ij->j", before, before))
    if (sizes > 1e-6 * whole).all():
        return np.zeros(len(sizes), dtype=bool)
    return np.asarray(sizes <= _ABSORBED * spread(before))


def _triangle(columns: FloatArray) -> FloatArray:
    """Return R of QR; for long tables from X'X where that keeps enough digits."""
    if columns.size > _LONG:
        upper = _safe_cholesky(columns.T @ columns)
        if upper is not None:
            return upper
    return np.asarray(np.linalg.qr(columns, mode="r"))


def _safe_cholesky(gram: FloatArray) -> FloatArray | None:
    """Return the upper triangle of a matrix of products, None where it would cost too many digits."""
    try:
        upper = np.linalg.cholesky(gram).T
    except np.linalg.LinAlgError:
        return None
    if np.abs(np.diag(upper)).min() > 1e-4 * np.linalg.norm(upper, axis=0).max(initial=1.0):
        return np.asarray(upper)
    return None


def plain_model(
    outcome: FloatArray,
    regressors: FloatArray,
    clusters: tuple[IntArray, ...] = (),
    *,
    weights: FloatArray | None = None,
    absorbed: tuple[IntArray, ...] = (),
) -> LinearModel:
    """Return a regression that belongs to no call, for checks and helpers; the first column is the effect."""
    data = Observations(
        outcome=outcome,
        arms=regressors[:, :1],
        covariates=regressors[:, 1:],
        unit=None,
        time=None,
        weights=weights,
        waves=(),
        wave_order_known=True,
        rows_in=len(outcome),
        clusters=clusters,
    )
    names = tuple(f"x{position}" for position in range(regressors.shape[1]))
    return LinearModel(data, outcome, regressors, names, names[0], weights, clusters, absorbed)


def _refuse_collinear(model: LinearModel, left: FloatArray) -> None:
    """Raise at the first column of which the columns before it and the effects leave nothing."""
    for position, name in enumerate(model.names):
        if left[position] <= _RANK:
            others = ", ".join(model.names[:position]) or "the absorbed effects"
            found = "a combination of the others and the effects"
            raise MandeError([codes.problem(codes.COLLINEAR, column=name, found=found, others=others)])


def absorbed_sets(absorbed: tuple[IntArray, ...]) -> tuple[IntArray, ...]:
    """Return the sets of effects as codes without gaps, leaving out sets that a finer one contains."""
    sets = [dense(codes_)[0] for codes_ in absorbed]
    kept: list[IntArray] = []
    for position, codes_ in enumerate(sets):
        finer = [*kept, *sets[position + 1 :]]
        if not any(is_nested(other, codes_) for other in finer):
            kept.append(codes_)
    return tuple(kept)


def residualise(
    values: FloatArray, sets: tuple[IntArray, ...], weights: FloatArray | None = None
) -> FloatArray:
    """Return columns with every set of effects removed, by alternating projections where needed."""
    weight = None if weights is None else np.asarray(weights)
    totals = [np.bincount(codes_, weight) for codes_ in sets]
    result = np.array(values, dtype=np.float64, order="F")
    for column in range(result.shape[1]):
        part = result[:, column]
        # Around its mean, a large column keeps its last digits.
        part -= part.mean()
        size = float(np.abs(part).max(initial=0.0))
        for _ in range(_ROUNDS if len(sets) > 1 else 2):
            moved = 0.0
            for codes_, total in zip(sets, totals, strict=True):
                means = np.bincount(codes_, part if weight is None else part * weight) / total
                moved = max(moved, float(np.abs(means).max(initial=0.0)))
                part -= means[codes_]
            if moved <= _PRECISION * size:
                break
    return result


def count_for_clusters(fit: LinearFit, clusters: tuple[IntArray, ...]) -> int:
    """Return K of the small-sample factor: effects nested in a cluster are not counted, one intercept is.

    Effects that stand as columns are counted with the columns, less those that the plan found nested.
    """
    sets = absorbed_sets(fit.model.absorbed)
    k = len(fit.coefficients) - fit.model.nested_columns + (1 if sets else 0)
    for codes_, levels in zip(sets, fit.n_effects, strict=True):
        if not any(is_nested(codes_, cluster) for cluster in clusters):
            k += levels - 1
    return k


def cluster_sums(values: FloatArray, clusters: IntArray, n_clusters: int) -> FloatArray:
    """Return the sum of each column over each cluster (codes without gaps)."""
    return np.column_stack([np.bincount(clusters, column, minlength=n_clusters) for column in values.T])


def score_sums(fit: LinearFit, clusters: IntArray, n_clusters: int) -> FloatArray:
    """Return the sum of every column's scores x w e over each cluster (codes without gaps).

    Residuals have no (weighted) unit means, so that where units lie within clusters a wave's column sums to
    the residuals of that wave.
    """
    levels = fit.levels
    if levels is None or not is_nested(levels.groups, clusters):
        return cluster_sums(fit.scores, clusters, n_clusters)
    left = fit.residuals if levels.weights is None else fit.residuals * levels.weights
    n_own = fit.columns.shape[1]
    sums = np.empty((n_clusters, n_own + levels.n_levels - 1))
    for place, column in enumerate(fit.columns.T):
        sums[:, place] = np.bincount(clusters, column * left, n_clusters)
    sums[:, n_own:] = levels.sums_by(left, clusters, n_clusters)
    return sums


def leverage(fit: LinearFit) -> FloatArray:
    """Return each row's weight on its own fitted value, absorbed effects included.

    Raises
    ------
    ValueError
        With more than one set of absorbed effects, whose leverage is not worked out here.
    """
    own = fit.weights * np.einsum("ij,jk,ik->i", fit.regressors, fit.bread, fit.regressors)
    sets = absorbed_sets(fit.model.absorbed)
    if len(sets) > 1:
        raise ValueError("leverage with several sets of absorbed effects")
    for codes_ in sets:
        own = own + fit.weights / np.bincount(codes_, fit.weights)[codes_]
    return np.asarray(own)
