"""Draws of who was treated, or when, with the whole method run on each: effects of outcome and treatment.

Methods for staggered starts are linear in the outcome. Without covariates and with every unit in every wave
their effect is the sum over cohorts g and waves t of L_gt times the mean outcome of g in t, and L depends on
the sizes of the cohorts alone. L is found by running the method on outcomes that are one in one cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mande.impact.contract import Request, Rerun
from mande.impact.inference._replays import Assignment
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.impact.regressors import dense, within
from mande.impact.waves import wave_label


@dataclass(frozen=True, slots=True)
class Cells:
    """One row per drawn group and wave: the small table on which the method gives the same effects.

    `outcome` and `on` (actual treatment in force) have one row per group and one column per wave; `weights`
    one entry per group.
    """

    data: Observations
    outcome: FloatArray
    on: FloatArray
    weights: FloatArray


def cells_of(data: Observations, assignment: Assignment, request: Request) -> Cells | None:
    """Return the table by drawn group and wave, None where effects need every row."""
    time, unit = data.time, data.unit
    if time is None or unit is None or not assignment.is_dates or data.covariates.shape[1]:
        return None
    n_units, n_waves = dense(unit)[1], len(data.waves)
    if len(data) != n_units * n_waves:
        return None
    weights = np.ones(len(data)) if data.weights is None else data.weights
    if (within(weights[:, None], unit, None) != 0).any():
        return None
    n_groups = len(assignment.values)
    key = assignment.groups * n_waves + time
    size = np.bincount(key, weights, n_groups * n_waves).astype(np.float64)
    if not (size > 0).all():
        return None
    mean = (np.bincount(key, weights * data.outcome, n_groups * n_waves) / size).reshape(n_groups, n_waves)
    first = np.unique(key, return_index=True)[1]
    small = replace(
        data.take(first), outcome=mean.ravel(), unit=np.repeat(np.arange(n_groups), n_waves),
        weights=size, clusters=(), strata=None, groups={}, dropped=(),
    )  # fmt: skip
    on = np.arange(n_waves)[None, :] >= assignment.values[:, None]
    return Cells(small, mean, on.astype(np.float64), size.reshape(n_groups, n_waves)[:, 0])


def replayed(
    data: Observations,
    assignment: Assignment,
    request: Request,
    draws: Sequence[FloatArray],
    rerun: Rerun,
    term: str,
    cells: Cells | None,
) -> tuple[FloatArray, FloatArray]:
    """Return the effects of the outcome and of the actual treatment under each draw.

    A draw under which the method has no effect gets infinity: it counts as larger than any.
    """
    if cells is not None:
        dates = np.unique(assignment.values)
        labels = np.array([np.searchsorted(dates, values) for values in draws], dtype=np.intp)
        patterns, which = _sizes(labels, cells.weights, len(dates))
        if len(patterns) * len(dates) * len(data.waves) <= 2 * len(draws):
            return _by_cells(cells, labels, dates, which, rerun, term)
        small = replace(assignment, groups=np.asarray(cells.data.unit))
        return _one_by_one(cells.data, small, request, draws, rerun, term)
    return _one_by_one(data, assignment, request, draws, rerun, term)


def _sizes(labels: IntArray, weights: FloatArray, n_dates: int) -> tuple[FloatArray, IntArray]:
    """Return the different combinations of cohort sizes, and which one each draw has."""
    sizes = np.column_stack([(labels == date) @ weights for date in range(n_dates)])
    patterns, which = np.unique(np.round(sizes / weights.sum(), 12), axis=0, return_inverse=True)
    return patterns, which.ravel()


def _by_cells(
    cells: Cells, labels: IntArray, dates: FloatArray, which: IntArray, rerun: Rerun, term: str
) -> tuple[FloatArray, FloatArray]:
    found = np.full((len(labels), 2), np.inf)
    for pattern in np.unique(which):
        chosen = np.flatnonzero(which == pattern)
        slopes = _slopes(cells, labels[chosen[0]], dates, rerun, term)
        if slopes is None:
            continue
        totals = np.zeros((len(chosen), 2))
        for date in range(len(dates)):
            member = (labels[chosen] == date) * cells.weights
            shares = member / member.sum(axis=1, keepdims=True)
            totals[:, 0] += shares @ (cells.outcome @ slopes[date])
            totals[:, 1] += shares @ (cells.on @ slopes[date])
        found[chosen] = totals
    return found[:, 0], np.where(np.isinf(found[:, 0]), 0.0, found[:, 1])


def _slopes(cells: Cells, label: IntArray, dates: FloatArray, rerun: Rerun, term: str) -> FloatArray | None:
    """Return L under one draw: what each cell's mean adds to the effect."""
    n_waves = len(cells.data.waves)
    drawn = replace(cells.data, first_treated=dates[label][np.asarray(cells.data.unit)])
    if drawn.arms.shape[1]:
        drawn = replace(drawn, arms=_in_force(drawn))
    slopes = np.zeros((len(dates), n_waves))
    # A start after the last wave is none: its cohort and those never treated are one group.
    for date in range(len(dates)):
        for wave in range(n_waves):
            in_cell = (label[np.asarray(drawn.unit)] == date) & (np.asarray(drawn.time) == wave)
            effects = rerun(replace(drawn, outcome=in_cell.astype(np.float64)))
            if effects is None or term not in effects:
                return None
            slopes[date, wave] = effects[term]
    return slopes


def _in_force(data: Observations) -> FloatArray:
    on = np.asarray(data.time) >= np.asarray(data.first_treated)
    return np.repeat(on[:, None].astype(np.float64), data.arms.shape[1], axis=1)


def _one_by_one(
    data: Observations, assignment: Assignment, request: Request, draws: Sequence[FloatArray], rerun: Rerun,
    term: str,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    on = _actual(data, request)
    effects = []
    for values in draws:
        column = values[assignment.groups]
        if assignment.is_dates:
            drawn = replace(data, first_treated=column)
            drawn = replace(drawn, arms=_in_force(drawn)) if request.arms else drawn
        else:
            drawn = replace(data, arms=assignment.column(values)[:, None])
        first, second = rerun(drawn), rerun(replace(drawn, outcome=on))
        known = first is not None and second is not None and term in first and term in second
        effects.append((first[term], second[term]) if known and first and second else (np.inf, 0.0))
    both = np.array(effects)
    return both[:, 0], both[:, 1]


def _actual(data: Observations, request: Request) -> FloatArray:
    """Return the treatment in force at every row."""
    if data.first_treated is not None:
        return (np.asarray(data.time) >= data.first_treated).astype(np.float64)
    post = request.options.get("post")
    if post is not None:
        return np.asarray(data.treated * (data.extra[str(post)] == 1), dtype=np.float64)
    if data.time is None:
        return data.treated
    periods = request.options.get("periods")
    after = data.waves.index(wave_label(periods[1])) if periods else len(data.waves) - 1
    return np.asarray(data.treated * (data.time == after), dtype=np.float64)
