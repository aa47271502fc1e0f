"""Difference-in-differences of two groups and two waves.

Assumption: without the programme both groups would have changed alike (parallel trends); nothing
happens in anticipation, and comparison units are not affected.
Equation: (mean change of the treated) - (mean change of the comparison). With `unit`, the changes of
units seen in both waves are regressed on the group, y_i2 - y_i1 = a + b D_i + c'x_i1 + e_i, covariates
at their values before. Without `unit`, two cross-sections: y = a + d D + g P + b D*P + c'x + e.
Use: two groups, two waves, treatment between them; the main effect of a comparison group design with a
baseline. With chance assignment, ANCOVA is more precise.
Source: Angrist and Pischke (2009), Mostly Harmless Econometrics, 5.2; Wooldridge (2019), Introductory
Econometrics, 13.2 and 13.4.
Reference implementation: R lm and fixest 0.14.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Estimator, Inference, LinearModel, Option, Request
from mande.impact.fitting import (
    CLUSTERED,
    ROW_ROBUST,
    cluster_problems,
    linear_estimate,
    nesting_problems,
    outcome_problems,
    row_problems,
    single_cluster_notes,
)
from mande.impact.observations import BoolArray, Observations
from mande.impact.regressors import CONSTANT, distance, spread, variation_problems
from mande.impact.waves import wave_label
from mande.results import Estimate


def _is_pair(value: object) -> bool:
    """Return whether `value` is None or names two different waves."""
    if value is None:
        return True
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        return False
    return wave_label(value[0]) != wave_label(value[1])


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression of changes on the group, or of levels on group, wave and both."""
    problems = [*_group_problems(request, data), *_period_problems(request, data)]
    if problems:
        return _refused(data, problems)
    before, after = _periods(request, data)
    chosen = [data.waves.index(before), data.waves.index(after)]
    data = data.keep(np.isin(np.asarray(data.time), chosen), f"{request.time} not {before} or {after}")
    problems = _constant_group_problems(request, data)
    model = _changes(request, data, before) if data.unit is not None else _levels(request, data, before)
    span = f"Change from {before} to {after}."
    return replace(model, problems=(*problems, *model.problems), notes=(span, *model.notes))


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares."""
    return linear_estimate(request, model, inference, assumption=ESTIMATOR.assumption)


def _refused(data: Observations, problems: Sequence[Problem]) -> LinearModel:
    empty = np.empty((0, 0))
    return LinearModel(data, np.empty(0), empty, (), "", problems=tuple(problems))


def _periods(request: Request, data: Observations) -> tuple[str, str]:
    chosen = request.options["periods"] or data.waves
    return wave_label(chosen[0]), wave_label(chosen[1])


def _group_problems(request: Request, data: Observations) -> list[Problem]:
    values = np.unique(data.treated)
    if np.isin(values, (0.0, 1.0)).all():
        return []
    others = values[~np.isin(values, (0.0, 1.0))]
    found = f"values such as {others[0]:g}"
    expected = "1 for the treated group, 0 for the comparison group"
    return [codes.problem(codes.TREATED, column=str(request.treated), found=found, expected=expected)]


def _period_problems(request: Request, data: Observations) -> list[Problem]:
    waves, time = ", ".join(data.waves) or "none", str(request.time)
    if request.options["periods"] is None:
        if len(data.waves) != 2:
            expected = "two waves, or two of them named"
            return [codes.problem(codes.PERIODS, column=time, found=f"the waves {waves}", expected=expected)]
        if not data.wave_order_known:
            return [codes.problem(codes.ORDER, column=time, found=waves)]
        return []
    absent = [wave for wave in _periods(request, data) if wave not in data.waves]
    expected = f"two of the waves with data: {waves}"
    found = "no row left for " + " and ".join(absent)
    return [codes.problem(codes.PERIODS, column=time, found=found, expected=expected)] if absent else []


def _constant_group_problems(request: Request, data: Observations) -> list[Problem]:
    if data.unit is None:
        return []
    pairs = np.unique(np.column_stack([data.unit, data.treated]), axis=0)
    _, groups = np.unique(pairs[:, 0], return_counts=True)
    changing = int((groups > 1).sum())
    if not changing:
        return []
    found = f"{changing} of {len(groups)} units change between 0 and 1"
    expected = "one value per unit: the group it belongs to, not whether it was treated in that wave"
    return [codes.problem(codes.TREATED, column=str(request.treated), found=found, expected=expected)]


def _changes(request: Request, data: Observations, before: str) -> LinearModel:
    """Regression of the changes of units seen in both waves; rows are sorted by unit and wave."""
    unit, time = data.unit, data.time
    if unit is None or time is None:
        raise TypeError("the regression of changes needs unit and time")
    codes_, counts = np.unique(unit, return_counts=True)
    # Unit-wave pairs are unique, so two rows are one before and one after.
    data = data.keep(np.isin(unit, codes_[counts == 2]), "unit without data in the other wave")
    is_first = _is_before(data, before)
    change = data.outcome[~is_first] - data.outcome[is_first]
    group, covariates = data.treated[is_first], data.covariates[is_first]
    effect = f"{request.treated}:{request.time}"
    problems = [*_cell_problems(data, before, request), *nesting_problems(data, request)]
    if not problems:
        columns = np.column_stack([covariates, group])
        problems += variation_problems(
            columns - columns.mean(axis=0),
            spread(columns),
            (*request.covariates, effect),
            why_absorbed="a value before the programme that differs between units",
        )
        centred = change - change.mean()
        problems += outcome_problems(centred, distance(change), request, what="changes unequally")
        problems += row_problems(len(change), columns.shape[1] + 1, data)
    clusters = tuple(codes_[is_first] for codes_ in data.clusters)
    problems += cluster_problems(clusters, request)
    weights, notes = _weights_before(data, is_first)
    notes += single_cluster_notes(clusters, group, request, both=True)
    if request.covariates:
        notes.append("Covariates enter with their values before the programme.")
    others = np.column_stack([covariates, np.ones(len(change))])

    def rebuild(treated: np.ndarray) -> np.ndarray:
        return np.column_stack([treated[is_first], others])

    return LinearModel(
        data,
        change,
        rebuild(data.treated),
        (effect, *request.covariates, CONSTANT),
        effect,
        weights,
        clusters,
        strata=None if data.strata is None else data.strata[is_first],
        treated=group,
        rebuild=rebuild,
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _weights_before(data: Observations, is_first: BoolArray) -> tuple[np.ndarray | None, list[str]]:
    if data.weights is None:
        return None, []
    notes = []
    if not np.array_equal(data.weights[is_first], data.weights[~is_first]):
        notes.append("Weights differ between the waves; those before the programme are used.")
    return data.weights[is_first], notes


def _levels(request: Request, data: Observations, before: str) -> LinearModel:
    """Regression of levels in two cross-sections on group, wave and their product."""
    after = (~_is_before(data, before)).astype(np.float64)
    effect = f"{request.treated}:{request.time}"
    problems = _cell_problems(data, before, request)
    main = np.column_stack([data.treated, after, data.covariates])
    if not problems:
        columns = np.column_stack([main, data.treated * after])
        problems += variation_problems(
            columns - columns.mean(axis=0),
            spread(columns),
            (str(request.treated), str(request.time), *request.covariates, effect),
            why_absorbed="a value that differs between rows",
        )
        centred = data.outcome - data.outcome.mean()
        problems += outcome_problems(centred, distance(data.outcome), request, what="varies")
        problems += row_problems(len(data), columns.shape[1] + 1, data)
    problems += cluster_problems(data.clusters, request)

    def rebuild(treated: np.ndarray) -> np.ndarray:
        return np.column_stack([treated * after, treated, after, data.covariates, np.ones(len(data))])

    names = (effect, str(request.treated), str(request.time), *request.covariates, CONSTANT)
    notes = (
        "Repeated cross-sections: rows of the two waves are not linked.",
        *single_cluster_notes(data.clusters, data.treated, request, both=True),
    )
    return LinearModel(
        data,
        data.outcome,
        rebuild(data.treated),
        names,
        effect,
        data.weights,
        data.clusters,
        strata=data.strata,
        treated=data.treated,
        rebuild=rebuild,
        problems=tuple(problems),
        notes=notes,
    )


def _is_before(data: Observations, before: str) -> BoolArray:
    if before not in data.waves:
        return np.zeros(len(data), dtype=bool)
    return np.asarray(data.time == data.waves.index(before))


def _cell_problems(data: Observations, before: str, request: Request) -> list[Problem]:
    is_before = _is_before(data, before)
    is_treated = data.treated == 1
    cells = {
        "treated before": is_treated & is_before,
        "treated after": is_treated & ~is_before,
        "comparison before": ~is_treated & is_before,
        "comparison after": ~is_treated & ~is_before,
    }
    empty = [name for name, mask in cells.items() if not mask.any()]
    if not empty:
        return []
    found = "no rows in " + ", ".join(empty)
    dropped, expected = data.dropped_text(), ", ".join(cells)
    column = str(request.treated)
    return [codes.problem(codes.CELL, column=column, found=found, expected=expected, dropped=dropped)]


ESTIMATOR = Estimator(
    name="did",
    title="difference-in-differences",
    assumption=(
        "Without the programme, treated and comparison units would have changed alike (parallel trends); "
        "nobody changed in anticipation, and the programme did not reach comparison units."
    ),
    requires=("treated", "time"),
    inferences=(*ROW_ROBUST, *CLUSTERED, "survey"),
    options={"periods": Option(None, _is_pair, "two different waves, as (before, after)")},
    plan=plan,
    fit=fit,
)
