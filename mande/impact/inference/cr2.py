"""Bias-reduced cluster-robust standard errors (CR2) with Satterthwaite degrees of freedom.

Assumption: clusters are independent of each other; a working model of independent errors of one variance,
under which the variance is unbiased. Few or unlike clusters are allowed for by the degrees of freedom.
Equation: V = M [sum X_g'W A_g u_g u_g' A_g W X_g] M, M = (X'WX)^-1, A_g the symmetric root of the
(pseudo-)inverse of the block g of (I - H)(I - H)', H = X M X'W; no further factor. For coefficient c,
df = (sum_g P_gg)^2 / sum_gh P_gh^2, P_gh = a_g' [(I - H)(I - H)']_gh a_h, a_g = A_g W X_g M c.
Use: few or unlike clusters; the default of `auto` where CR1 is not safe.
Source: Bell and McCaffrey (2002), Survey Methodology 28(2); Pustejovsky and Tipton (2018), Journal of
Business and Economic Statistics 36(4), (11) to (15).
Reference implementation: R clubSandwich 0.5.8 (vcovCR type "CR2", coef_test "Satterthwaite").
"""

from __future__ import annotations

import numpy as np

from mande.impact.contract import Fitted, Inference, LinearFit, LinearModel, Request
from mande.impact.inference._clusters import Clustered, problems, reported, whole_design
from mande.impact.linear import solve
from mande.impact.observations import FloatArray
from mande.results import Reference


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return CR2 errors of a regression, each coefficient with degrees of freedom of its own."""
    design, squares, adjusted = _prepared(fit)
    sums = design.sums(adjusted * design.residuals[:, None])
    covariance = reported(design, design.bread @ sums.T @ sums @ design.bread, fit)
    dfs = [_satterthwaite(design, adjusted, squares, unit) for unit in np.eye(len(fit.coefficients))]
    main = dfs[fit.model.position]
    note = (
        f"Standard errors are clustered by {request.cluster} (CR2, {design.n_clusters:,} clusters); "
        f"t distribution with {main:,.1f} degrees of freedom for the effect (Satterthwaite)."
    )
    return Fitted(
        fit.coefficients,
        covariance,
        Reference("t", main),
        fit.n,
        design.n_clusters,
        references={position: Reference("t", df) for position, df in enumerate(dfs)},
        notes=(note,),
    )


def degrees_of_freedom(model: LinearModel, combination: FloatArray) -> float:
    """Return the degrees of freedom of a combination of coefficients; the outcome plays no part."""
    return float(combination_degrees(solve(model), combination[None, :])[0])


def combination_degrees(fit: LinearFit, combinations: FloatArray) -> list[float]:
    """Return the degrees of freedom of combinations of the coefficients, one combination per row."""
    design, squares, adjusted = _prepared(fit)
    return [_satterthwaite(design, adjusted, squares, row) for row in combinations]


def _prepared(fit: LinearFit) -> tuple[Clustered, FloatArray, FloatArray]:
    design = whole_design(fit, fit.model.clusters[0])
    squares = design.regressors.T @ (design.regressors * design.weights[:, None] ** 2)
    return design, squares, np.vstack([_adjusted(design, rows, squares) for rows in design.slices()])


def _adjusted(design: Clustered, rows: slice, squares: FloatArray) -> FloatArray:
    """Return A_g W X_g of one cluster, worked out in the small space that its regressors span."""
    x = design.regressors[rows]
    weighted = x * design.weights[rows, None]
    basis, _ = np.linalg.qr(np.column_stack([x, weighted]) if np.ptp(design.weights) > 0 else x)
    inside, inside_weighted = basis.T @ x, basis.T @ weighted
    hat = inside @ design.bread @ inside_weighted.T
    block = inside @ design.bread @ squares @ design.bread @ inside.T - hat - hat.T
    values, vectors = np.linalg.eigh(np.eye(basis.shape[1]) + block)
    kept = values > 1e-10
    root = np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
    change = vectors @ np.diag(root - 1) @ vectors.T
    return np.asarray(weighted + basis @ (change @ inside_weighted))


def _satterthwaite(
    design: Clustered, adjusted: FloatArray, squares: FloatArray, combination: FloatArray
) -> float:
    k = len(combination)
    a = adjusted @ (design.bread[:, :k] @ (combination / design.scale[:k]))
    plain = design.sums(design.regressors * a[:, None])
    weighted = design.sums(design.regressors * (design.weights * a)[:, None])
    own = design.sums((a**2)[:, None])[:, 0]
    bread = design.bread
    left = np.column_stack([plain, weighted, plain])
    right = np.column_stack([-weighted @ bread, -plain @ bread, plain @ bread @ squares @ bread])
    diagonal = np.einsum("ij,ij->i", left, right)
    trace = float(own.sum() + diagonal.sum())
    whole = float((own**2).sum() + 2 * (own * diagonal).sum() + np.sum((left.T @ left) * (right.T @ right)))
    return trace**2 / whole if whole > 0 else 1.0


INFERENCE = Inference(
    name="CR2",
    title="bias-reduced cluster-robust standard errors (CR2)",
    needs_clusters=True,
    linear=linear,
    problems=problems,
)
