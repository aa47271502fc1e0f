"""Cluster-robust standard errors by leaving out one cluster at a time (CR3).

Assumption: clusters are independent of each other. Errs on the side of caution with few clusters.
Equation: V = M [sum s_g s_g'] M, s_g = X_g'W (I - X_g M X_g'W)^-1 u_g = (I - X_g'W X_g M)^-1 X_g'W u_g,
M = (X'WX)^-1; no further factor; t with G - 1 degrees of freedom.
Use: few clusters, where an interval too wide does less harm than one too narrow.
Source: Bell and McCaffrey (2002), Survey Methodology 28(2); MacKinnon, Nielsen and Webb (2023), Journal of
Applied Econometrics 38(5).
Reference implementation: R clubSandwich 0.5.8 (vcovCR type "CR3"). Stata's jackknife has the factor
(G - 1) / G and differs.
"""

from __future__ import annotations

import numpy as np

from mande.errors import MandeError
from mande.impact import problems as codes
from mande.impact.contract import Fitted, Inference, LinearFit, Request
from mande.impact.inference._clusters import Clustered, problems, reported, whole_design
from mande.impact.observations import FloatArray
from mande.results import Reference


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return CR3 errors of a regression.

    Raises
    ------
    MandeError
        M-CLUSTERS where one cluster alone carries a coefficient, which then has no error without it.
    """
    design = whole_design(fit, fit.model.clusters[0])
    scores = np.vstack([_left_out(design, rows, fit, request) for rows in design.slices()])
    covariance = reported(design, design.bread @ scores.T @ scores @ design.bread, fit)
    df = float(design.n_clusters - 1)
    note = (
        f"Standard errors are clustered by {request.cluster} (CR3, {design.n_clusters:,} clusters); "
        f"t distribution with {df:,.0f} degrees of freedom."
    )
    return Fitted(fit.coefficients, covariance, Reference("t", df), fit.n, design.n_clusters, notes=(note,))


def _left_out(design: Clustered, rows: slice, fit: LinearFit, request: Request) -> FloatArray:
    x = design.regressors[rows]
    weighted = x * design.weights[rows, None]
    score = weighted.T @ design.residuals[rows]
    inner = np.eye(x.shape[1]) - weighted.T @ x @ design.bread
    if np.linalg.cond(inner) < 1e10:
        return np.asarray(np.linalg.solve(inner, score))
    # Without the cluster some column is gone: only the effect has to remain, its change is N^+ X_g'W u_g.
    whole = design.regressors.T @ (design.regressors * design.weights[:, None])
    left = whole - weighted.T @ x
    inverse = np.linalg.pinv(left, rcond=1e-10, hermitian=True)
    effect = np.eye(x.shape[1])[:, fit.model.position]
    if np.abs(left @ (inverse @ effect) - effect).max() > 1e-6:
        expected = "the effect estimable without any one cluster"
        found = "one cluster alone carries the effect"
        raise MandeError(
            [codes.problem(codes.CLUSTERS, column=str(request.cluster), found=found, expected=expected)]
        )
    return np.asarray(whole @ (inverse @ score))


INFERENCE = Inference(
    name="CR3",
    title="cluster-robust standard errors by leaving out clusters (CR3)",
    needs_clusters=True,
    linear=linear,
    problems=problems,
)
