"""Heteroskedasticity-robust standard errors (HC2).

Assumption: errors are independent of each other; their variances may differ in any way.
Equation: V = (X'WX)^-1 [sum w_i^2 u_i^2 / (1 - h_i) x_i x_i'] (X'WX)^-1, h_i the leverage; t with N - K
degrees of freedom.
Use: cross-sections of independent rows, and trials that drew single units.
Source: Horn, Horn and Duncan (1975), Journal of the American Statistical Association 70(350);
MacKinnon and White (1985), Journal of Econometrics 29(3).
Reference implementation: R sandwich (vcovHC type "HC2"); statsmodels cov_type="HC2".
"""

from __future__ import annotations

from mande.impact.contract import Fitted, Inference, LinearFit, Request
from mande.impact.inference._rows import robust


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return HC2 errors of a regression."""
    return robust(fit, request, power=1)


INFERENCE = Inference(
    name="HC2",
    title="heteroskedasticity-robust standard errors, unbiased under one variance (HC2)",
    needs_clusters=False,
    linear=linear,
)
