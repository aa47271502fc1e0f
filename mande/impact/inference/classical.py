"""Classical standard errors.

Assumption: errors have one variance and do not depend on each other.
Equation: V = s^2 (X'X)^-1, s^2 = RSS / (N - K), K counting every coefficient and every unit effect;
t with N - K degrees of freedom.
Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 4.2 and 10.5.
Reference implementation: statsmodels OLS and linearmodels; R lm, plm and fixest with vcov = "iid".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from statsmodels.regression.linear_model import WLS

from mande.impact.contract import Fitted, FloatArray, Inference
from mande.impact.observations import IntArray
from mande.impact.regressors import balanced_scale
from mande.results import Reference


def fit_ols(
    outcome: FloatArray,
    regressors: FloatArray,
    *,
    weights: FloatArray | None = None,
    clusters: IntArray | None = None,
) -> Fitted:
    """Fit (weighted) least squares; `clusters` plays no part in classical errors."""
    scale = balanced_scale(regressors)
    weight = np.ones(len(outcome)) if weights is None else weights
    result = WLS(outcome, regressors / scale, weights=weight).fit()
    covariance = np.asarray(result.cov_params()) / np.outer(scale, scale)
    reference = Reference("t", float(result.df_resid))
    return Fitted(np.asarray(result.params) / scale, covariance, reference, len(outcome), None)


def fit_panel(
    model: Any,
    *,
    fit_options: Mapping[str, Any],
    clusters: IntArray | None = None,
    n_effects_in_clusters: int = 0,
) -> Fitted:
    """Fit a model of linearmodels; its own degrees of freedom count the unit effects."""
    result = model.fit(**fit_options)
    return Fitted(
        np.asarray(result.params),
        np.asarray(result.cov),
        Reference("t", float(result.df_resid)),
        int(result.nobs),
        None,
    )


INFERENCE = Inference(
    name="classical", title="classical standard errors", needs_clusters=False, ols=fit_ols, panel=fit_panel
)
