"""Event study: two-way fixed effects with one coefficient for each wave before and after the start.

Assumption: without treatment all units would have changed alike (parallel trends), nobody changed in
anticipation, and effects follow the same path in every cohort. Where paths differ, a coefficient mixes
effects of other waves, so that even those before the start can mislead; `sun_abraham` and
`callaway_santanna` do not.
Equation: y_it = a_i + d_t + sum over waves e since the start (all but e = -1 - anticipation) of
b_e 1{t - g_i = e} + c'x_it + u_it. Without units never treated a trend in e cannot be told from wave
effects, and the earliest e is left out too. The effect is the average of b_e with e >= 0 by rows.
Use: one start for all, effects by wave and a look at the waves before; with several starts the staggered
methods.
Source: Sun and Abraham (2021), Journal of Econometrics 225(2), (6) and proposition 3; Borusyak, Jaravel and
Spiess (2024), Review of Economic Studies 91(6), proposition 1 on what is not identified.
Reference implementation: R fixest 0.14.2, feols(y ~ i(event, ref = -1) | unit + wave).
"""

from __future__ import annotations

import numpy as np

from mande.impact.contract import Estimator, Inference, Request
from mande.impact.estimators._saturated import (
    Indicator,
    SaturatedModel,
    fit_saturated,
    refused,
    saturated,
)
from mande.impact.estimators._staggered import ANTICIPATION, Cell, Rollout, read_rollout
from mande.impact.observations import Observations
from mande.results import Estimate

ASSUMED = (
    "Without the programme all units would have changed alike (parallel trends), nobody changed in "
    "anticipation, and effects follow the same path in every cohort."
)


def plan(request: Request, data: Observations) -> SaturatedModel:
    """Return the regression on indicators of waves since the start."""
    rollout = read_rollout(request, data)
    if rollout.problems:
        return refused(rollout.data, rollout.problems)
    never = bool(np.isinf(rollout.start).any())
    indicators = _indicators(rollout, request)
    notes = ["The effect is the average over treated rows of the coefficients from the start on."]
    if not never:
        left = indicators.pop(0)
        notes.append(
            f"No unit is never treated: {left.name} is taken as zero too, as a trend cannot be told "
            "from wave effects."
        )
    if len(rollout.cohorts) > 1:
        notes.append(
            f"{len(rollout.cohorts)} cohorts: where effects differ between them, these coefficients mix "
            "waves; sun_abraham, callaway_santanna and imputation do not."
        )
    return saturated(
        request, rollout, indicators, further=rollout.data.covariates, further_names=request.covariates,
        notes=notes,
    )  # fmt: skip


def _indicators(rollout: Rollout, request: Request) -> list[Indicator]:
    """Return one indicator per wave since the start, earliest first; there is one to spare for reference."""
    reference = -1 - int(request.options["anticipation"])
    after = rollout.time - rollout.start
    events = np.unique(after[np.isfinite(after)]).astype(int)
    return [
        Indicator(f"event={event}", f"event={event}", after == event, Cell(0, event))
        for event in events.tolist()
        if event != reference
    ]


def fit(request: Request, model: SaturatedModel, inference: Inference) -> Estimate:
    """Fit by least squares on deviations from unit means."""
    return fit_saturated(request, model, inference, assumption=ASSUMED)


ESTIMATOR = Estimator(
    name="event_study",
    title="event study (two-way fixed effects)",
    assumption=ASSUMED,
    requires=("unit", "time", "first_treated"),
    inferences=("classical", "CR1"),
    options={"anticipation": ANTICIPATION},
    plan=plan,
    fit=fit,
    accepts=("first_treated",),
    next_best="sun_abraham, which has one coefficient for each cohort and wave, or callaway_santanna",
)
