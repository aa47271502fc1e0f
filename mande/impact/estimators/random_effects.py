"""Random effects: generalised least squares with a random unit effect.

Assumption: what is constant in a unit is unrelated to the regressors, beside strict exogeneity; far
stronger than fixed effects. It holds by design only where treatment was randomised.
Equation: y_it = m (+ d_t) + b D_it + c'x_it + u_i + e_it; variances by Swamy and Arora, in unbalanced
panels as in Baltagi and Chang (1994).
Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 10.4.
Reference implementation: R plm 2.6-2 (model = "random"); linearmodels RandomEffects.
"""

from __future__ import annotations

import numpy as np
from linearmodels.panel import RandomEffects

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Estimator, FloatArray, Inference, Model, Request
from mande.impact.estimators._panel import fit_panel, panel_columns, panel_notes, panel_problems
from mande.impact.fitting import as_estimate, flag, nesting_problems, outcome_problems
from mande.impact.observations import Observations
from mande.impact.regressors import CONSTANT, balanced_scale, distance, within
from mande.results import Estimate


def plan(request: Request, data: Observations) -> Model:
    """Return the regression with a random unit effect."""
    columns, names = panel_columns(request, data)
    centred = columns - columns.mean(axis=0) if len(data) else columns
    problems = panel_problems(request, data, columns, centred, names)
    problems += nesting_problems(data, request)
    varies = data.outcome - data.outcome.mean() if len(data) else data.outcome
    problems += outcome_problems(varies, distance(data.outcome), request, what="varies")
    if not problems:
        problems += _variance_problems(data, columns)
    return Model(
        data,
        data.outcome,
        np.column_stack([columns, np.ones(len(data))]),
        (*names, CONSTANT),
        names[0],
        data.weights,
        data.cluster,
        tuple(problems),
        panel_notes(request, data),
    )


def fit(request: Request, model: Model, inference: Inference) -> Estimate:
    """Fit by linearmodels' RandomEffects, in unbalanced panels with its small-sample variances."""
    options = {"small_sample": True}
    fitted = fit_panel(model, inference, RandomEffects, model_options={}, fit_options=options)
    return as_estimate(request, model, fitted, assumption=ESTIMATOR.assumption)


def _variance_problems(data: Observations, columns: FloatArray) -> list[Problem]:
    """Return a problem where the variance within or between units cannot be estimated."""
    if data.unit is None:
        raise TypeError("random effects need unit")
    columns = columns - columns.mean(axis=0)
    inside = within(columns, data.unit, data.weights)
    means = columns - inside
    scale = balanced_scale(columns)
    n_units = len(np.unique(data.unit))
    n_inside = int(np.linalg.matrix_rank(inside / scale, tol=1e-8 * np.sqrt(len(data))))
    with_constant = np.column_stack([np.ones(len(data)), means / scale])
    n_between = int(np.linalg.matrix_rank(with_constant, tol=1e-8 * np.sqrt(len(data))))
    if len(data) > n_units + n_inside and n_units > n_between:
        return []
    found = f"{len(data)} rows of {n_units} units"
    expected = f"at least {n_between + 1} units and {n_units + n_inside + 1} rows"
    dropped = data.dropped_text()
    return [codes.problem(codes.ROWS, argument="rows used", found=found, expected=expected, dropped=dropped)]


ESTIMATOR = Estimator(
    name="random_effects",
    title="random effects",
    assumption=(
        "What never changes in a unit is unrelated to the regressors; this holds by design only where "
        "treatment was randomised."
    ),
    requires=("treated", "unit", "time"),
    inferences=("classical", "CR1"),
    options={"time_effects": flag(False)},
    plan=plan,
    fit=fit,
)
