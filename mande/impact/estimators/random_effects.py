"""Random effects: generalised least squares with a random unit effect.

Assumption: what is constant in a unit is unrelated to the regressors, beside strict exogeneity; far
stronger than fixed effects. It holds by design only where treatment was randomised.
Equation: y_it = m (+ d_t) + b D_it + c'x_it + u_i + e_it; variances by Swamy and Arora, in unbalanced
panels as in Baltagi and Chang (1994).
Use: a randomised treatment in a panel, or a regressor that never changes within units; else fixed effects,
and the Hausman test says why.
Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 10.4.
Reference implementation: R plm 2.6-2 (model = "random"); linearmodels RandomEffects.
"""

from __future__ import annotations

from dataclasses import replace

from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators._panel import NEXT_BEST, panel_columns, panel_problems
from mande.impact.estimators._random import hausman, random_model
from mande.impact.estimators._unit_effects import breusch_pagan
from mande.impact.fitting import flag, linear_estimate
from mande.impact.observations import Observations
from mande.results import Estimate


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression on quasi-demeaned columns: y_it - theta_i * mean_i(y)."""
    columns, names = panel_columns(request, data)
    centred = columns - columns.mean(axis=0) if len(data) else columns
    problems = panel_problems(request, data, columns, centred, names)
    return random_model(request, data, columns, names, problems)


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares on the quasi-demeaned columns; two tests stand beside it.

    They are those of Hausman, and of Breusch and Pagan.
    """
    result = linear_estimate(request, model, inference, assumption=ESTIMATOR.assumption)
    columns = panel_columns(request, model.data)[0]
    found = {"hausman": hausman(model, columns), "breusch_pagan": breusch_pagan(model.data, columns)}
    tables = {name: table for name, table in found.items() if table is not None}
    return replace(result, tables={**result.tables, **tables})


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
    next_best=NEXT_BEST,
)
