"""Event study by cohort, averaged by size of cohort (Sun and Abraham).

Assumption: without treatment all cohorts would have changed alike (parallel trends), and nobody changed
earlier than `anticipation` waves before the start; effects may differ between cohorts and grow or fade.
Equation: y_it = a_i + d_t + sum over cohorts g and waves e since the start (all but e = -1 - anticipation) of
b_ge 1{G_i = g, t - g = e} + c'x_it + u_it. Comparison are units never treated; where there are none, the
cohort that starts last, whose treated waves are left out. The effect is the average of b_ge with e >= 0 by
rows; shares of cohorts count as known, so that errors are slightly smaller or larger than those from
influence functions. Without `unit`, repeated cross-sections: cohort effects a_g in place of a_i.
Use: beside Callaway and Sant'Anna, as a regression; effects by time since the start.
Source: Sun and Abraham (2021), Journal of Econometrics 225(2), (25)-(28).
Reference implementation: R fixest 0.14.2, sunab(cohort, time) and summary(agg = "att").
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
from mande.impact.estimators._staggered import (
    ANTICIPATION,
    ASSUMPTION,
    Rollout,
    cohorts_in_waves,
    comparable_rollout,
)
from mande.impact.observations import Observations
from mande.results import Estimate


def plan(request: Request, data: Observations) -> SaturatedModel:
    """Return the regression on indicators of cohorts in waves since their start."""
    rollout = comparable_rollout(request, data)
    if rollout.problems:
        return refused(rollout.data, rollout.problems)
    never = bool(np.isinf(rollout.start).any())
    reference = None if never else int(rollout.cohorts[-1])
    who = "units never treated" if never else "the cohort that starts last, before its start"
    notes = (f"Compared with {who}.", "The effect is the average over cohorts and waves from the start on.")
    return saturated(
        request, rollout, _indicators(rollout, request, reference), further=rollout.data.covariates,
        further_names=request.covariates, notes=notes,
    )  # fmt: skip


def _indicators(rollout: Rollout, request: Request, reference: int | None) -> list[Indicator]:
    wait, waves = int(request.options["anticipation"]), rollout.data.waves
    found = [
        Indicator(f"cohort={waves[cell.cohort]}:event={cell.after}", f"event={cell.after}", rows, cell)
        for cell, rows in cohorts_in_waves(rollout)
        if cell.cohort != reference and cell.after != -1 - wait
    ]
    return sorted(found, key=lambda entry: entry.cell.after)


def fit(request: Request, model: SaturatedModel, inference: Inference) -> Estimate:
    """Fit by least squares on deviations from unit means and average by size of cohort."""
    return fit_saturated(request, model, inference, assumption=ASSUMPTION)


ESTIMATOR = Estimator(
    name="sun_abraham",
    title="event study by cohort (Sun and Abraham)",
    assumption=ASSUMPTION,
    requires=("time", "first_treated"),
    inferences=("classical", "CR1"),
    options={"anticipation": ANTICIPATION},
    plan=plan,
    fit=fit,
    accepts=("first_treated",),
)
