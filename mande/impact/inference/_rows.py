"""What errors that are robust row by row share."""

from __future__ import annotations

import numpy as np

from mande.errors import MandeError
from mande.impact import problems as codes
from mande.impact.contract import Fitted, LinearFit, Request
from mande.impact.linear import leverage
from mande.results import Reference


def robust(fit: LinearFit, request: Request, *, power: int) -> Fitted:
    """Return errors from squared residuals over (1 - leverage)^power; with power 0, times N / (N - K).

    Raises
    ------
    MandeError
        M-ROWS where one row alone carries a coefficient, so that its residual is always zero.
    """
    df = fit.n - fit.n_coefficients
    scores, factor = fit.scores, fit.n / df
    if power:
        left = 1 - leverage(fit)
        if float(left.min()) < 1e-10:
            found = f"{int((left < 1e-10).sum())} rows that the regression fits by themselves"
            dropped, expected = fit.model.data.dropped_text(), "no coefficient that rests on a single row"
            raise MandeError(
                [
                    codes.problem(
                        codes.ROWS, argument="rows used", found=found, expected=expected, dropped=dropped
                    )
                ]
            )
        scores, factor = scores / left[:, None] ** (power / 2), 1.0
    covariance = factor * fit.bread @ (scores.T @ scores) @ fit.bread
    note = (
        f"{request.inference} standard errors: variances may differ, errors are independent; "
        f"t distribution with {df:,.0f} degrees of freedom."
    )
    return Fitted(
        fit.coefficients, np.asarray(covariance), Reference("t", float(df)), fit.n, None, notes=(note,)
    )
