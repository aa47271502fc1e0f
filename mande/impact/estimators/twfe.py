"""Two-way fixed effects: unit effects and wave effects.

Assumption: units whose treatment changes would otherwise have changed like the others (parallel
trends), and the effect is the same for all units and does not grow or fade. Where units start at
different times and effects differ, the estimate mixes comparisons, some of them with units treated
already.
Equation: y_it = a_i + d_t + b D_it + c'x_it + e_it.
Use: one start for all the treated and several waves. Where units start at different times, take a staggered
method and keep this beside it.
Source: Wooldridge (2010), 10.5; Goodman-Bacon (2021), Journal of Econometrics 225(2).
Reference implementation: R fixest 0.14.2 (feols with y ~ D | unit + wave).
"""

from __future__ import annotations

from dataclasses import replace

from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators import fixed_effects
from mande.impact.estimators._panel import NEXT_BEST
from mande.impact.fitting import CLUSTERED
from mande.impact.observations import Observations
from mande.results import Estimate


def _two_way(request: Request) -> Request:
    return replace(request, options={**request.options, "time_effects": True})


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression with unit and wave effects."""
    return fixed_effects.plan(_two_way(request), data)


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit as fixed effects with wave effects."""
    return replace(fixed_effects.fit(_two_way(request), model, inference), assumption=ESTIMATOR.assumption)


ESTIMATOR = Estimator(
    name="twfe",
    title="two-way fixed effects",
    assumption=(
        "Units whose treatment changes would otherwise have changed like the others (parallel trends), "
        "and the effect is alike for all units and waves."
    ),
    requires=("treated", "unit", "time"),
    inferences=("classical", *CLUSTERED),
    options={},
    plan=plan,
    fit=fit,
    next_best=NEXT_BEST,
)
