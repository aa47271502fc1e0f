"""Cluster-robust standard errors (CR1).

Assumption: clusters are independent of each other and many; within a cluster anything may depend on
anything.
Equation: V = c (X'X)^-1 [sum over clusters of X_g' u_g u_g' X_g] (X'X)^-1,
c = G / (G - 1) * (N - 1) / (N - K). K counts slopes, wave effects and one intercept; unit effects are
not counted where every unit lies in one cluster, and all are counted where not. t with G - 1 degrees
of freedom.
Source: Liang and Zeger (1986); Cameron and Miller (2015), Journal of Human Resources 50(2), II.C.
Reference implementation: R fixest 0.14.2, vcov = ~cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import WLS

from mande.impact.contract import Fitted, FloatArray, Inference
from mande.impact.observations import IntArray
from mande.impact.regressors import balanced_scale, dense
from mande.results import Reference


def fit_ols(
    outcome: FloatArray,
    regressors: FloatArray,
    *,
    weights: FloatArray | None = None,
    clusters: IntArray,
) -> Fitted:
    """Fit (weighted) least squares; statsmodels' own factor is c with K the number of regressors."""
    groups, n_clusters = dense(clusters)
    scale = balanced_scale(regressors)
    weight = np.ones(len(outcome)) if weights is None else weights
    options = {"groups": groups, "use_correction": True, "df_correction": True}
    result = WLS(outcome, regressors / scale, weights=weight).fit(
        cov_type="cluster", cov_kwds=options, use_t=True
    )
    covariance = np.asarray(result.cov_params()) / np.outer(scale, scale)
    reference = Reference("t", float(n_clusters - 1))
    return Fitted(np.asarray(result.params) / scale, covariance, reference, len(outcome), n_clusters)


def fit_panel(
    model: Any,
    *,
    fit_options: Mapping[str, Any],
    clusters: IntArray,
    n_effects_in_clusters: int = 0,
) -> Fitted:
    """Fit a model of linearmodels and bring its degrees of freedom to the convention above.

    linearmodels is told to count no unit effects, which gives (N - 1) / (N - k) for k slopes; the last
    factor puts the effects that do count (`n_effects_in_clusters`) into K. `clusters` has one code per
    row of the model's data.
    """
    groups, n_clusters = dense(clusters)
    frame = pd.DataFrame({"cluster": groups}, index=model.dependent.index)
    options = {"cov_type": "clustered", "clusters": frame, "group_debias": True, "debiased": True}
    result = model.fit(**options, **fit_options)
    n, k = int(result.nobs), len(result.params)
    factor = (n - k) / (n - k - n_effects_in_clusters)
    return Fitted(
        np.asarray(result.params),
        np.asarray(result.cov) * factor,
        Reference("t", float(n_clusters - 1)),
        n,
        n_clusters,
    )


INFERENCE = Inference(
    name="CR1",
    title="cluster-robust standard errors (CR1)",
    needs_clusters=True,
    ols=fit_ols,
    panel=fit_panel,
)
