"""What cluster-robust errors with corrections share: the whole design, cluster by cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mande.errors import Problem
from mande.impact import lone
from mande.impact import problems as codes
from mande.impact.contract import LinearFit, LinearModel, Plan, Request
from mande.impact.linear import absorbed_sets, residualise
from mande.impact.observations import FloatArray, IntArray
from mande.impact.regressors import balanced_scale, dense, is_nested

MOST_COLUMNS = 2_000


def problems(plan: Plan, request: Request) -> list[Problem]:
    """Return a problem where a cluster stands alone for a group, or too many effects would be columns."""
    return lone.problems(plan, request) or size_problems(plan, request)


def size_problems(plan: Plan, request: Request) -> list[Problem]:
    """Return a problem where too many effects would have to stand as columns."""
    if not isinstance(plan, LinearModel) or not plan.clusters or not len(plan.outcome):
        return []
    n_columns = _n_effects(plan, plan.clusters[0])
    if n_columns <= MOST_COLUMNS:
        return []
    why = "weights" if plan.weights is not None else "clusters that cut across them"
    found = f"{request.inference} for {n_columns:,} effects with {why}"
    values = {"method": request.method, "known": "CR1"}
    return [codes.problem(codes.PAIR, argument="inference", found=found, **values)]


def _inner_and_outer(
    model: LinearModel, clusters: IntArray
) -> tuple[tuple[IntArray, ...], tuple[IntArray, ...]]:
    """Return the absorbed effects that may be removed, and those that have to be columns."""
    sets = absorbed_sets(model.absorbed)
    is_inner = [model.weights is None and is_nested(part, clusters) for part in sets]
    inner = tuple(part for part, nested in zip(sets, is_inner, strict=True) if nested)
    return inner, tuple(part for part, nested in zip(sets, is_inner, strict=True) if not nested)


def _n_effects(model: LinearModel, clusters: IntArray) -> int:
    return sum(int(part.max(initial=0)) + 1 for part in _inner_and_outer(model, clusters)[1])


@dataclass(frozen=True, slots=True)
class Clustered:
    """A fit with every effect that its clusters cut across as a column, rows sorted by cluster.

    The first `n_reported` columns of `regressors` are those of the fit. `bread` is the (pseudo-)inverse of
    X'WX. `starts` holds where each cluster begins, with the number of rows at its end.
    """

    regressors: FloatArray
    bread: FloatArray
    residuals: FloatArray
    weights: FloatArray
    scale: FloatArray
    starts: IntArray
    codes: IntArray
    order: IntArray

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return len(self.starts) - 1

    def slices(self) -> Iterator[slice]:
        """Yield the rows of each cluster."""
        for first, last in zip(self.starts[:-1], self.starts[1:], strict=True):
            yield slice(int(first), int(last))

    def sums(self, columns: FloatArray) -> FloatArray:
        """Return the sum of each column over each cluster."""
        return np.asarray(np.add.reduceat(columns, self.starts[:-1], axis=0))


def whole_design(fit: LinearFit, clusters: IntArray) -> Clustered:
    """Return the fit with effects that are not nested in the clusters as columns.

    Effects within clusters may be removed instead: corrections are the same (Pustejovsky and Tipton 2018,
    Journal of Business and Economic Statistics 36(4), theorem 2), though only without weights.
    """
    inner, outer = _inner_and_outer(fit.model, clusters)
    regressors = fit.regressors
    if outer:
        indicators = [_indicators(part, keep_first=position == 0) for position, part in enumerate(outer)]
        regressors = np.column_stack([fit.model.design, *indicators])
        if inner:
            regressors = residualise(regressors, inner)
    codes_, n_clusters = dense(clusters)
    order = np.argsort(codes_, kind="stable")
    scale = balanced_scale(regressors)
    columns, weights = (regressors / scale)[order], fit.weights[order]
    gram = columns.T @ (columns * weights[:, None])
    inverse = np.asarray(np.linalg.pinv(gram, rcond=1e-13, hermitian=True), dtype=np.float64)
    return Clustered(
        regressors=columns,
        bread=inverse,
        residuals=fit.residuals[order],
        weights=weights,
        scale=scale,
        starts=np.searchsorted(codes_[order], np.arange(n_clusters + 1)),
        codes=codes_[order],
        order=order,
    )


def _indicators(codes_: IntArray, *, keep_first: bool) -> FloatArray:
    levels = np.arange(0 if keep_first else 1, int(codes_.max(initial=-1)) + 1)
    return np.asarray(codes_[:, None] == levels[None, :], dtype=np.float64)


def reported(design: Clustered, covariance: FloatArray, fit: LinearFit) -> FloatArray:
    """Return the covariance of the fit's own columns, in their units."""
    k = len(fit.coefficients)
    return np.asarray(covariance[:k, :k] / np.outer(design.scale[:k], design.scale[:k]))
