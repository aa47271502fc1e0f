"""Between regression: the unit means of the outcome on the unit means of the regressors.

Assumption: what sets units apart is unrelated to the regressors; the strongest of all panel methods, shown
for comparison. It uses nothing of what changes within a unit.
Equation: mean_i(y) = m + b mean_i(D) + c'mean_i(x) + u_i, one row per unit; weighted means with weights, and
then the sum of a unit's weights as its weight.
Use: a description of differences between units, beside fixed effects; hardly ever an effect.
Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 10.2.
Reference implementation: R plm 2.6-2 (model = "between"); linearmodels BetweenOLS.
"""

from __future__ import annotations

import numpy as np

from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators._panel import NEXT_BEST
from mande.impact.fitting import (
    ROW_ROBUST,
    cluster_problems,
    linear_estimate,
    nesting_problems,
    outcome_problems,
    row_problems,
)
from mande.impact.lone import lone_groups
from mande.impact.observations import Observations
from mande.impact.regressors import CONSTANT, distance, group_means, spread, variation_problems
from mande.results import Estimate


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression of unit means; rows are sorted by unit."""
    if data.unit is None:
        raise TypeError("unit means need unit")
    columns = np.column_stack([data.outcome, data.arms, data.covariates])
    first = np.unique(data.unit, return_index=True)[1]
    means = group_means(columns, data.unit, data.weights)[first]
    outcome, regressors = means[:, 0], means[:, 1:]
    names = (*request.arms, *request.covariates)
    clusters = tuple(codes[first] for codes in data.clusters)
    problems = [*nesting_problems(data, request), *cluster_problems(clusters, request)]
    n_arms = data.arms.shape[1]
    order = [*range(n_arms, len(names)), *range(n_arms)]
    problems += variation_problems(
        (regressors - regressors.mean(axis=0))[:, order],
        spread(columns[:, 1:])[order],
        [names[place] for place in order],
        why_absorbed="a mean that differs between units",
    )
    centred = outcome - outcome.mean()
    problems += outcome_problems(centred, distance(data.outcome), request, what="differs between units")
    problems += row_problems(len(first), len(names) + 1, data)
    weights = None
    if data.weights is not None:
        weights = np.bincount(data.unit, data.weights).astype(np.float64)[data.unit[first]]
    return LinearModel(
        data,
        outcome,
        np.column_stack([regressors, np.ones(len(first))]),
        (*names, CONSTANT),
        names[0],
        weights,
        clusters,
        strata=None if data.strata is None else data.strata[first],
        headline=request.arms,
        problems=tuple(problems),
        notes=(f"{len(first):,} unit means; n counts units. Changes within units play no part.",),
        lone=lone_groups(clusters, regressors[:, :n_arms], request),
    )


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares on unit means."""
    return linear_estimate(request, model, inference, assumption=ESTIMATOR.assumption)


ESTIMATOR = Estimator(
    name="between",
    title="between units",
    assumption="Whatever else sets units apart is unrelated to the regressors.",
    requires=("treated", "unit", "time"),
    inferences=(*ROW_ROBUST, "CR1", "CR2", "CR3", "wild"),
    options={},
    plan=plan,
    fit=fit,
    next_best=NEXT_BEST,
)
