"""Classical standard errors.

Assumption: errors have one variance and do not depend on each other.
Equation: V = s^2 (X'WX)^-1, s^2 = RSS / (N - K), K counting every coefficient and every unit effect;
t with N - K degrees of freedom.
Use: to compare with other software, or for a single cross-section with errors that are alike; else a robust
kind.
Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 4.2 and 10.5.
Reference implementation: R lm, plm and fixest with vcov = "iid"; statsmodels OLS.
"""

from __future__ import annotations

import numpy as np

from mande.impact.contract import Fitted, Inference, LinearFit, Request
from mande.results import Reference


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return classical errors of a regression."""
    df = fit.n - fit.n_coefficients
    variance = float(np.sum(fit.weights * fit.residuals**2)) / df
    note = (
        "Classical standard errors: one variance, independent errors; "
        f"t distribution with {df:,.0f} degrees of freedom."
    )
    return Fitted(
        fit.coefficients, variance * fit.bread, Reference("t", float(df)), fit.n, None, notes=(note,)
    )


INFERENCE = Inference(
    name="classical", title="classical standard errors", needs_clusters=False, linear=linear
)
