"""Heteroskedasticity-robust standard errors (HC1).

Assumption: errors are independent of each other; their variances may differ in any way.
Equation: V = N / (N - K) (X'WX)^-1 [sum w_i^2 u_i^2 x_i x_i'] (X'WX)^-1; t with N - K degrees of freedom.
Use: large cross-sections of independent rows, to compare with other software's robust errors.
Source: Hinkley (1977), Technometrics 19(3); MacKinnon and White (1985), Journal of Econometrics 29(3).
Reference implementation: R sandwich (vcovHC type "HC1"); statsmodels cov_type="HC1".
"""

from __future__ import annotations

from mande.impact.contract import Fitted, Inference, LinearFit, Request
from mande.impact.inference._rows import robust


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return HC1 errors of a regression."""
    return robust(fit, request, power=0)


INFERENCE = Inference(
    name="HC1",
    title="heteroskedasticity-robust standard errors, by a factor for all (HC1)",
    needs_clusters=False,
    linear=linear,
)
