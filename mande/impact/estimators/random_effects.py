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
import pandas as pd
from linearmodels.panel import RandomEffects

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators._panel import panel_columns, panel_notes, panel_problems
from mande.impact.fitting import flag, linear_estimate, nesting_problems, outcome_problems
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.impact.regressors import CONSTANT, balanced_scale, distance, group_means, within
from mande.results import Estimate


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression on quasi-demeaned columns: y_it - theta_i * mean_i(y)."""
    columns, names = panel_columns(request, data)
    centred = columns - columns.mean(axis=0) if len(data) else columns
    problems = panel_problems(request, data, columns, centred, names)
    problems += nesting_problems(data, request)
    varies = data.outcome - data.outcome.mean() if len(data) else data.outcome
    problems += outcome_problems(varies, distance(data.outcome), request, what="varies")
    if not problems:
        problems += _variance_problems(data, columns)
    outcome, regressors = data.outcome, np.column_stack([columns, np.ones(len(data))])
    notes = panel_notes(request, data)
    if not problems:
        share = _thetas(data, outcome, regressors)
        outcome = outcome - share * group_means(outcome[:, None], _units(data), data.weights)[:, 0]
        regressors = regressors - share[:, None] * group_means(regressors, _units(data), data.weights)
        span = f"{share.min():.3f}" + (f" to {share.max():.3f}" if np.ptp(share) > 1e-9 else "")
        notes = (*notes, f"Share of unit means taken out (theta): {span}.")
    return LinearModel(
        data,
        outcome,
        regressors,
        (*names, CONSTANT),
        names[0],
        data.weights,
        data.clusters,
        strata=data.strata,
        treated=data.treated,
        problems=tuple(problems),
        notes=notes,
    )


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares on the quasi-demeaned columns."""
    return linear_estimate(request, model, inference, assumption=ESTIMATOR.assumption)


def _units(data: Observations) -> IntArray:
    if data.unit is None:
        raise TypeError("random effects need unit")
    return data.unit


def _thetas(data: Observations, outcome: FloatArray, regressors: FloatArray) -> FloatArray:
    """Return theta of each row's unit, from linearmodels with its small-sample variances."""
    index = pd.MultiIndex.from_arrays([_units(data), np.asarray(data.time)], names=["unit", "wave"])
    labels = [f"x{position}" for position in range(regressors.shape[1])]
    exog = pd.DataFrame(regressors / balanced_scale(regressors), index=index, columns=labels)
    dependent = pd.DataFrame({"outcome": outcome}, index=index)
    weights = None if data.weights is None else pd.DataFrame({"weight": data.weights}, index=index)
    # Ranks have been checked, column by column, with the cause named.
    fitted = RandomEffects(dependent, exog, weights=weights, check_rank=False).fit(small_sample=True)
    by_unit = fitted.theta["theta"]
    return by_unit.reindex(_units(data)).to_numpy(dtype=np.float64)


def _variance_problems(data: Observations, columns: FloatArray) -> list[Problem]:
    """Return a problem where the variance within or between units cannot be estimated."""
    columns = columns - columns.mean(axis=0)
    inside = within(columns, _units(data), data.weights)
    means = columns - inside
    scale = balanced_scale(columns)
    n_units = len(np.unique(_units(data)))
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
