"""Heteroskedasticity-robust standard errors (HC3).

Assumption: errors are independent of each other; their variances may differ in any way.
Equation: V = (X'WX)^-1 [sum w_i^2 u_i^2 / (1 - h_i)^2 x_i x_i'] (X'WX)^-1, h_i the leverage; t with N - K
degrees of freedom.
Use: small cross-sections of independent rows; errs on the side of caution.
Source: MacKinnon and White (1985), Journal of Econometrics 29(3); Long and Ervin (2000), American
Statistician 54(3).
Reference implementation: R sandwich (vcovHC type "HC3"); statsmodels cov_type="HC3".
"""

from __future__ import annotations

from mande.impact.contract import Fitted, Inference, LinearFit, Request
from mande.impact.inference._rows import robust


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return HC3 errors of a regression."""
    return robust(fit, request, power=2)


INFERENCE = Inference(
    name="HC3",
    title="heteroskedasticity-robust standard errors, by leaving out rows (HC3)",
    needs_clusters=False,
    linear=linear,
)
