"""Extended two-way fixed effects: one effect for every cohort in every treated wave (Wooldridge).

Assumption: without treatment all cohorts would have changed alike (parallel trends, given covariates, in all
waves), and nobody changed earlier than `anticipation` waves before the start.
Equation: y_it = a_i + d_t + sum over g and t >= g - anticipation of 1{G_i = g, t} (b_gt + (x_i - x_g)'r_gt)
+ sum over t of x_i'c_t 1{t} + u_it; covariates x have their value in the unit's first wave, x_g is their
mean in the cohort. The effect is the average of b_gt with t >= g, by rows or as `aggregation` says; shares of
cohorts and means of covariates count as known. Waves in which nobody is untreated are left out and counted.
In a balanced panel the effects equal those of `imputation`. Without `unit`, repeated cross-sections: cohort
effects a_g in place of a_i, and covariates as they are in each row, also alone and by cohort.
Use: units that start at different times, as one regression with covariates; averages over cohorts and
waves.
Source: Wooldridge (2021), Two-way fixed effects, the two-way Mundlak regression, and
difference-in-differences estimators, sections 5 and 6 (Empirical Economics 69, 2025).
Reference implementation: R etwfe; fixest 0.14.2 with the same columns.
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
    AGGREGATIONS,
    ANTICIPATION,
    ASSUMPTION,
    HEADLINES,
    Rollout,
    cohorts_in_waves,
    comparable_rollout,
    component_of,
    one_of,
)
from mande.impact.observations import FloatArray, Observations
from mande.impact.regressors import group_means
from mande.results import Estimate


def plan(request: Request, data: Observations) -> SaturatedModel:
    """Return the regression on indicators of cohorts in treated waves."""
    rollout = comparable_rollout(request, data)
    if rollout.problems:
        return refused(rollout.data, rollout.problems)
    indicators = _indicators(rollout, request)
    further, names = _covariate_columns(rollout, request, indicators)
    notes = [HEADLINES[request.options["aggregation"]]]
    if request.covariates:
        whose = (
            "with their value in the unit's first wave" if rollout.is_linked else "as they are in each row"
        )
        notes.append(f"Covariates enter {whose}, interacted with waves.")
    return saturated(
        request, rollout, indicators, further=further, further_names=names, notes=notes,
        aggregation=request.options["aggregation"],
    )  # fmt: skip


def _indicators(rollout: Rollout, request: Request) -> list[Indicator]:
    wait, waves = int(request.options["anticipation"]), rollout.data.waves
    aggregation = request.options["aggregation"]
    found = []
    for cell, rows in cohorts_in_waves(rollout):
        if cell.after >= -wait:
            name = cell.label(waves)
            part = name if aggregation == "simple" else component_of(cell, aggregation, waves)
            found.append(Indicator(name, part, rows, cell))
    return found


def _covariate_columns(
    rollout: Rollout, request: Request, indicators: list[Indicator]
) -> tuple[FloatArray, list[str]]:
    """Return covariates by wave, and around the mean of their cohort by indicator.

    Where no units are followed, also alone and by cohort: unit effects would take that up.
    """
    data, time = rollout.data, rollout.time
    fixed = data.covariates
    if rollout.is_linked:
        fixed = fixed[np.unique(rollout.level, return_index=True)[1]][rollout.level]
    columns, names = [np.empty((len(data), 0))], []
    _, start = np.unique(rollout.start, return_inverse=True)
    around = fixed - group_means(fixed, start, data.weights)
    for place, covariate in enumerate(request.covariates):
        if not rollout.is_linked:
            columns.append(fixed[:, [place]])
            names.append(covariate)
            for cohort in rollout.cohorts.tolist()[0 if np.isinf(rollout.start).any() else 1 :]:
                columns.append((fixed[:, place] * (rollout.start == cohort))[:, None])
                names.append(f"{covariate}:cohort={data.waves[cohort]}")
        for wave in np.unique(time)[1:]:
            columns.append((fixed[:, place] * (time == wave))[:, None])
            names.append(f"{covariate}:{request.time}={data.waves[wave]}")
        for entry in indicators:
            columns.append((around[:, place] * entry.rows)[:, None])
            names.append(f"{covariate}:{entry.name}")
    return np.column_stack(columns), names


def fit(request: Request, model: SaturatedModel, inference: Inference) -> Estimate:
    """Fit by least squares on deviations from unit means and average the effects."""
    return fit_saturated(request, model, inference, assumption=ASSUMPTION)


ESTIMATOR = Estimator(
    name="etwfe",
    title="extended two-way fixed effects (Wooldridge)",
    assumption=ASSUMPTION,
    requires=("time", "first_treated"),
    inferences=("classical", "CR1"),
    options={"aggregation": one_of("simple", *AGGREGATIONS), "anticipation": ANTICIPATION},
    plan=plan,
    fit=fit,
    accepts=("first_treated",),
)
