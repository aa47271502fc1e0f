"""Triple difference: the difference-in-differences of those eligible, less that of those who are not.

Assumption: without the programme, the gap between treated and comparison groups would have changed as much
among the eligible as among the others. Either gap may change, as long as both do alike.
Equation: y = b D E P + (D, E, P, D E, D P, E P)a + c'x + e, D the group, E eligible (`eligible`), P after.
With `unit`, changes of units seen on both sides: y_i1 - y_i0 = a + b D_i E_i + d D_i + f E_i + c'x_i0 + e_i.
Use: a programme for some only (eligible), where those who are not show what else moved the treated places.
Source: Gruber (1994), American Economic Review 84(3); Olden and Moen (2022), Econometrics Journal 25(3), (3);
Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 6.5.2.
Reference implementation: R lm and fixest 0.14.2 with all products; statsmodels OLS.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Estimator, Inference, LinearModel, Option, Request, is_column
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
from mande.impact.observations import BoolArray, FloatArray, Observations
from mande.impact.regressors import CONSTANT, distance, is_nested, spread, variation_problems
from mande.results import Estimate


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression of changes on group and eligibility, or of levels on all products."""
    problems = [*arm_problems(request, data), *_eligible_problems(request, data)]
    sides = read_sides(request, data)
    problems += sides.problems
    if problems:
        return _refused(sides.data, problems)
    return _changes(request, sides) if data.unit is not None else _levels(request, sides)


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares."""
    return linear_estimate(request, model, inference, assumption=ESTIMATOR.assumption)


def _refused(data: Observations, problems: Sequence[Problem]) -> LinearModel:
    return LinearModel(data, np.empty(0), np.empty((0, 0)), (), "", problems=tuple(problems))


def _eligible_problems(request: Request, data: Observations) -> list[Problem]:
    name = request.options["eligible"]
    if name is None:
        expected = "the 0/1 column of who could be reached at all: eligible="
        return [codes.problem(codes.ARGUMENT, argument="eligible", expected=expected)]
    values = data.extra[name]
    if not np.isin(values, (0.0, 1.0)).all():
        expected = "1 for those who could be reached, 0 for the others"
        return [codes.problem(codes.TREATED, column=name, found="other values", expected=expected)]
    if data.unit is not None and not is_nested(data.unit, values.astype(np.intp)):
        expected, found = "one value per unit", "units that change between 0 and 1"
        return [codes.problem(codes.TREATED, column=name, found=found, expected=expected)]
    return []


def _names(request: Request) -> tuple[str, str, str]:
    return str(request.treated), str(request.options["eligible"]), when(request)


def _cells(request: Request, sides: Sides, treated: FloatArray, eligible: FloatArray) -> list[Problem]:
    cells: dict[str, BoolArray] = {}
    for group, one in (("treated", treated == 1), ("comparison", treated == 0)):
        for who, other in (("eligible", eligible == 1), ("not eligible", eligible == 0)):
            cells[f"{group} {who}"] = one & other
    every = {
        f"{name} {side}": mask & (sides.after == is_after)
        for name, mask in cells.items()
        for side, is_after in (("before", False), ("after", True))
    }
    return cell_problems(every, sides.data, request)


def _changes(request: Request, sides: Sides) -> LinearModel:
    sides, before, after = link_units(request, sides)
    data = sides.data
    if sides.problems:
        return _refused(data, sides.problems)
    group, who, side = _names(request)
    eligible_rows = data.extra[who]
    change = data.outcome[after] - data.outcome[before]
    eligible, covariates = eligible_rows[before], data.covariates[before]
    others = np.column_stack([eligible, covariates, np.ones(len(change))])

    def rebuild(treated: FloatArray) -> FloatArray:
        given = treated[before]
        return np.column_stack([given * eligible, given, others])

    names = (f"{group}:{who}:{side}", f"{group}:{side}", f"{who}:{side}", *request.covariates, CONSTANT)
    regressors = rebuild(data.treated)
    clusters = tuple(codes_[before] for codes_ in data.clusters)
    problems = [*_cells(request, sides, data.treated, eligible_rows), *nesting_problems(data, request)]
    problems += _column_problems(regressors, names, change, request, data, what="changes unequally")
    problems += cluster_problems(clusters, request)
    weights, notes = weights_before(data, before, after)
    if request.covariates:
        notes.append("Covariates enter with their values before the programme.")
    return LinearModel(
        data, change, regressors, names, names[0], weights, clusters,
        strata=None if data.strata is None else data.strata[before],
        treated=data.treated[before],
        rebuild=rebuild,
        problems=tuple(problems),
        notes=(sides.note, *notes,),
        lone=lone_groups(clusters, data.treated[before], request),
    )  # fmt: skip


def _levels(request: Request, sides: Sides) -> LinearModel:
    data, post = sides.data, sides.after.astype(np.float64)
    group, who, side = _names(request)
    eligible = data.extra[who]
    others = np.column_stack([eligible, post, eligible * post, data.covariates, np.ones(len(data))])

    def rebuild(treated: FloatArray) -> FloatArray:
        return np.column_stack(
            [treated * eligible * post, treated * post, treated * eligible, treated, others]
        )

    names = (
        f"{group}:{who}:{side}", f"{group}:{side}", f"{group}:{who}", group, who, side, f"{who}:{side}",
        *request.covariates, CONSTANT,
    )  # fmt: skip
    regressors = rebuild(data.treated)
    problems = _cells(request, sides, data.treated, eligible)
    problems += _column_problems(regressors, names, data.outcome, request, data, what="varies")
    problems += cluster_problems(data.clusters, request)
    return LinearModel(
        data, data.outcome, regressors, names, names[0], data.weights, data.clusters,
        strata=data.strata,
        treated=data.treated,
        rebuild=rebuild,
        problems=tuple(problems),
        notes=(sides.note, "Repeated cross-sections: rows of the two sides are not linked."),
        lone=lone_groups(data.clusters, data.treated, request),
    )  # fmt: skip


def _column_problems(
    regressors: FloatArray, names: tuple[str, ...], outcome: FloatArray, request: Request, data: Observations,
    *, what: str,
) -> list[Problem]:  # fmt: skip
    """Return covariates that say the same as the groups, a flat outcome, and too few rows."""
    if not len(outcome):
        return row_problems(0, regressors.shape[1], data)
    # Empty cells are told as such; the products of what is left would only repeat it.
    first = len(names) - 1 - len(request.covariates)
    products = regressors[:, :first]
    basis, _ = np.linalg.qr(products - products.mean(axis=0))
    columns = regressors[:, first:-1]
    centred = columns - columns.mean(axis=0)
    problems = variation_problems(
        centred - basis @ (basis.T @ centred),
        spread(columns),
        request.covariates,
        why_absorbed="values that differ within group, eligibility and side",
    )
    problems += outcome_problems(outcome - outcome.mean(), distance(outcome), request, what=what)
    return problems + row_problems(len(outcome), regressors.shape[1], data)


ESTIMATOR = Estimator(
    name="triple_difference",
    title="triple difference",
    assumption=(
        "Without the programme, the gap between treated and comparison groups would have changed as much "
        "among the eligible as among the others; nobody changed in anticipation, and the programme did not "
        "reach the others."
    ),
    requires=("treated",),
    inferences=(*ROW_ROBUST, *CLUSTERED, "survey"),
    options={
        **PERIOD_OPTIONS,
        "eligible": Option(None, is_column, "the 0/1 column of who could be reached", column="numbers"),
    },
    plan=plan,
    fit=fit,
    accepts=("strata",),
)
