"""Difference-in-differences of two groups and two waves.

Assumption: without the programme both groups would have changed alike (parallel trends); nothing
happens in anticipation, and comparison units are not affected.
Equation: (mean change of the treated) - (mean change of the comparison). With `unit`, the changes of
units seen in both waves are regressed on the group, y_i2 - y_i1 = a + b D_i + c'x_i1 + e_i, covariates
at their values before. Without `unit`, two cross-sections: y = a + d D + g P + b D*P + c'x + e.
Which rows are after is told by `time` (two waves, or `periods`) or by a 0/1 column, `post`.
Use: two groups, two waves, treatment between them; the main effect of a comparison group design with a
baseline. With chance assignment, ANCOVA is more precise.
Source: Angrist and Pischke (2009), Mostly Harmless Econometrics, 5.2; Wooldridge (2019), Introductory
Econometrics, 13.2 and 13.4.
Reference implementation: R lm and fixest 0.14.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mande.errors import Problem
from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators._two_periods import (
    PERIOD_OPTIONS,
    Sides,
    arm_problems,
    cell_problems,
    link_units,
    read_sides,
    weights_before,
    when,
)
from mande.impact.fitting import (
    CLUSTERED,
    ROW_ROBUST,
    cluster_problems,
    linear_estimate,
    nesting_problems,
    outcome_problems,
    row_problems,
)
from mande.impact.lone import lone_groups
from mande.impact.observations import FloatArray, Observations
from mande.impact.regressors import CONSTANT, distance, spread, variation_problems
from mande.results import Estimate


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression of changes on the group, or of levels on group, side and both."""
    problems = arm_problems(request, data)
    sides = read_sides(request, data)
    problems += sides.problems
    if problems:
        return _refused(sides.data, problems)
    return _changes(request, sides) if data.unit is not None else _levels(request, sides)


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares."""
    return linear_estimate(request, model, inference, assumption=ESTIMATOR.assumption)


def _refused(data: Observations, problems: Sequence[Problem]) -> LinearModel:
    empty = np.empty((0, 0))
    return LinearModel(data, np.empty(0), empty, (), "", problems=tuple(problems))


def _changes(request: Request, sides: Sides) -> LinearModel:
    """Regression of the changes of units seen on both sides."""
    sides, before, after = link_units(request, sides)
    data = sides.data
    if sides.problems:
        return _refused(data, sides.problems)
    change = data.outcome[after] - data.outcome[before]
    group, covariates = data.treated[before], data.covariates[before]
    names = (f"{request.treated}:{when(request)}", *request.covariates)
    problems = [*_cell_problems(request, sides), *nesting_problems(data, request)]
    if not problems:
        problems += _column_problems(
            np.column_stack([covariates, group]), (*names[1:], names[0]), change, request, data,
            why_absorbed="a value before the programme that differs between units", what="changes unequally",
        )  # fmt: skip
    clusters = tuple(codes_[before] for codes_ in data.clusters)
    problems += cluster_problems(clusters, request)
    weights, notes = weights_before(data, before, after)
    if request.covariates:
        notes.append("Covariates enter with their values before the programme.")
    others = np.column_stack([covariates, np.ones(len(change))])

    def rebuild(treated: FloatArray) -> FloatArray:
        return np.column_stack([treated[before], others])

    return LinearModel(
        data, change, rebuild(data.treated), (*names, CONSTANT), names[0], weights, clusters,
        strata=None if data.strata is None else data.strata[before],
        treated=group,
        rebuild=rebuild,
        problems=tuple(problems),
        notes=(sides.note, *notes),
        lone=lone_groups(clusters, group, request),
    )  # fmt: skip


def _levels(request: Request, sides: Sides) -> LinearModel:
    """Regression of levels in two cross-sections on group, side and their product."""
    data, after = sides.data, sides.after.astype(np.float64)
    names = (str(request.treated), when(request), *request.covariates)
    effect = f"{request.treated}:{when(request)}"
    problems = _cell_problems(request, sides)
    if not problems:
        problems += _column_problems(
            np.column_stack([data.treated, after, data.covariates, data.treated * after]), (*names, effect),
            data.outcome, request, data,
            why_absorbed="a value that differs between rows", what="varies",
        )  # fmt: skip
    problems += cluster_problems(data.clusters, request)

    def rebuild(treated: FloatArray) -> FloatArray:
        return np.column_stack([treated * after, treated, after, data.covariates, np.ones(len(data))])

    return LinearModel(
        data, data.outcome, rebuild(data.treated), (effect, *names, CONSTANT), effect, data.weights,
        data.clusters,
        strata=data.strata,
        treated=data.treated,
        rebuild=rebuild,
        problems=tuple(problems),
        notes=(sides.note, "Repeated cross-sections: rows of the two waves are not linked."),
        lone=lone_groups(data.clusters, data.treated, request),
    )  # fmt: skip


def _column_problems(
    columns: FloatArray, names: tuple[str, ...], outcome: FloatArray, request: Request, data: Observations,
    *, why_absorbed: str, what: str,
) -> list[Problem]:  # fmt: skip
    problems = variation_problems(
        columns - columns.mean(axis=0), spread(columns), names, why_absorbed=why_absorbed
    )
    problems += outcome_problems(outcome - outcome.mean(), distance(outcome), request, what=what)
    return problems + row_problems(len(outcome), columns.shape[1] + 1, data)


def _cell_problems(request: Request, sides: Sides) -> list[Problem]:
    is_treated, after = sides.data.treated == 1, sides.after
    cells = {
        "treated before": is_treated & ~after,
        "treated after": is_treated & after,
        "comparison before": ~is_treated & ~after,
        "comparison after": ~is_treated & after,
    }
    return cell_problems(cells, sides.data, request)


ESTIMATOR = Estimator(
    name="did",
    title="difference-in-differences",
    assumption=(
        "Without the programme, treated and comparison units would have changed alike (parallel trends); "
        "nobody changed in anticipation, and the programme did not reach comparison units."
    ),
    requires=("treated",),
    inferences=(*ROW_ROBUST, *CLUSTERED, "survey"),
    options=PERIOD_OPTIONS,
    plan=plan,
    fit=fit,
)
