"""Imputation: untreated rows predict what treated rows would have been (Borusyak, Jaravel and Spiess).

Assumption: without treatment the outcome is a unit effect plus a wave effect (plus covariates) plus noise
(parallel trends in all waves), and nobody changed earlier than `anticipation` waves before the start.
Equation: y_it = a_i + d_t + c'x_it + e_it fitted on rows before the start; effect of a treated row =
y_it - a_i - d_t - c'x_it; their weighted average is sum of v_it y_it. Conservative variance: sum over
clusters of (sum of v_it u_it)^2, u the residual of an untreated row and, of a treated row, its effect less
the average effect of its cohort in its wave, weighted by v^2. No factor; normal.
Without `unit`, repeated cross-sections: cohort effects a_g in place of a_i, and each row by itself in the
variance where no cluster is named.
Unit effects are swept out, so that one system in waves and covariates is solved, never one in units.
Rows in waves in which nobody is untreated, and units never seen untreated, are left out and counted.
Use: units that start at different times, where parallel trends hold over all waves before: more precise
than Callaway and Sant'Anna.
Source: Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91(6), sections 4.1
(imputation) and 4.3 (conservative inference).
Reference implementation: R didimputation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mande.errors import Problem
from mande.impact.contract import Estimator, Inference, InfluenceFit, Plan, Request
from mande.impact.estimators._aggregation import overall_weights, part_weights
from mande.impact.estimators._staggered import (
    AGGREGATIONS,
    ANTICIPATION,
    ASSUMPTION,
    EFFECT,
    HEADLINES,
    Cell,
    Rollout,
    comparable_rollout,
    lone_starts,
    one_of,
    started_clusters,
)
from mande.impact.fitting import (
    influence_estimate,
    nesting_problems,
    outcome_problems,
)
from mande.impact.levels import LevelColumns, Within, indicators
from mande.impact.observations import BoolArray, FloatArray, IntArray, Observations
from mande.impact.regressors import clearly_independent, dense, distance, spread, variation_problems, within
from mande.results import Cell as Value
from mande.results import Estimate, Table


@dataclass(frozen=True, slots=True)
class ImputationPlan(Plan):
    """Rows to predict from (`untreated`), and outcome, covariates and waves less their means over them."""

    rollout: Rollout
    untreated: BoolArray
    parts: Within | None


def plan(request: Request, data: Observations) -> ImputationPlan:
    """Return the rows that can be predicted and those they are predicted from."""
    rollout = comparable_rollout(request, data)
    problems = list(rollout.problems)
    wait = int(request.options["anticipation"])
    notes: list[str] = list(rollout.notes)
    untreated = np.zeros(len(rollout.data), dtype=bool)
    parts = None
    if not problems:
        data, untreated = rollout.data, rollout.time < rollout.start - wait
        parts = _parts(rollout, untreated)
        problems += nesting_problems(data, request)
        problems += _column_problems(rollout, request, untreated, parts)
        notes += _notes(rollout, request, untreated)
    return ImputationPlan(
        rollout.data, rollout, untreated, parts, problems=tuple(problems), notes=tuple(notes),
        lone=() if problems else lone_starts(rollout, request),
        group_clusters=() if problems else started_clusters(rollout, request),
    )  # fmt: skip


def _parts(rollout: Rollout, untreated: BoolArray) -> Within:
    """Return outcome and covariates less their unit's (or cohort's) mean over untreated rows, and waves."""
    data, (wave, n_waves) = rollout.data, dense(rollout.time)
    weights = untreated.astype(np.float64) if data.weights is None else data.weights * untreated
    levels = LevelColumns.of(wave, rollout.level, weights, n_waves)
    return Within.of(data.outcome, data.covariates, levels.groups, levels)


def _column_problems(
    rollout: Rollout, request: Request, untreated: BoolArray, parts: Within
) -> list[Problem]:
    data = rollout.data
    problems: list[Problem] = []
    # Only where the small matrix of products says that something may be wrong, columns are written out and
    # looked at one by one.
    wave, n_waves = parts.levels.codes[untreated], parts.levels.n_levels
    counts = np.bincount(wave, minlength=n_waves)[1:]
    covariates = data.covariates[untreated]
    sizes = np.concatenate([spread(covariates), np.sqrt(counts - counts**2 / len(wave))])
    mean_weight = 1.0 if data.weights is None else float(data.weights[untreated].mean())
    if not clearly_independent(parts.gram / mean_weight, sizes):
        columns = np.column_stack([indicators(wave, n_waves), covariates])
        weights = None if data.weights is None else data.weights[untreated]
        names = [f"{request.time}={data.waves[place]}" for place in np.unique(rollout.time)[1:]]
        problems += variation_problems(
            within(columns, rollout.level[untreated], weights),
            spread(columns),
            [*names, *request.covariates],
            why_absorbed=rollout.absorbed,
        )  # fmt: skip
    moved = within(data.outcome[:, None], rollout.level, data.weights)
    return problems + outcome_problems(moved, distance(data.outcome), request, what=rollout.what)


def _notes(rollout: Rollout, request: Request, untreated: BoolArray) -> list[str]:
    return [
        f"Predicted from {int(untreated.sum()):,} rows before the start or without one.",
        HEADLINES[request.options["aggregation"]],
        "The error is conservative: it counts differences of effects within a cohort and wave as noise.",
    ]


@dataclass(frozen=True, slots=True)
class _Prediction:
    """The regression on untreated rows: what is needed for effects and their weights on outcomes."""

    parts: Within
    effects: FloatArray
    inverse: FloatArray


def predict(parts: Within) -> _Prediction:
    """Fit untreated rows; `effects` is outcome less prediction at every row, treated or not."""
    levels, own, weights = parts.levels, parts.own, parts.levels.weights
    inverse = np.asarray(np.linalg.inv(parts.gram), dtype=np.float64)
    n_own, left = own.shape[1], parts.outcome
    for _ in range(2):  # the first solves, the second brings back the digits that squaring costs
        weighted = left if weights is None else left * weights
        slopes = inverse @ np.concatenate([np.einsum("ij,i->j", own, weighted), levels.sums(left)])
        left = left - levels.times(slopes[n_own:])
        for slope, column in zip(slopes[:n_own], own.T, strict=True):
            left -= slope * column
    return _Prediction(parts, left, inverse)


def _influence(
    fit: _Prediction,
    noise: FloatArray,
    drawn: IntArray,
    rows: IntArray,
    cell_at: IntArray,
    weights: FloatArray,
) -> FloatArray:
    """Return each unit's (or row's) influence on the averages of cells: of `rows` by `cell_at`.

    `drawn` are the codes of units or rows, `weights` those of `rows` in the average of their cell.

    A unit's sum of v u over its untreated rows is linear in the weights of treated rows: what multiplies
    them is summed once for all cells.
    """
    levels, own, n_drawn = fit.parts.levels, fit.parts.own, int(drawn.max()) + 1
    n_waves, n_cells = levels.n_levels, int(cell_at.max()) + 1
    of_level = _table(levels.groups[rows], cell_at, weights, levels.n_groups, n_cells)
    of_wave = _table(levels.codes[rows], cell_at, weights, n_waves, n_cells)
    on_treated = _table(drawn[rows], cell_at, weights * noise[rows], n_drawn, n_cells)
    moved = [np.bincount(cell_at, weights * column[rows], n_cells) for column in own.T]
    slopes = fit.inverse @ np.vstack([*moved, (of_wave - levels.shares.T @ of_level)[1:]])
    left = noise if levels.weights is None else noise * levels.weights
    level_of = np.empty(n_drawn, dtype=np.intp)
    level_of[drawn] = levels.groups
    by_wave = _table(drawn, levels.codes, left, n_drawn, n_waves)
    total = by_wave.sum(axis=1)
    own_trend = [np.bincount(drawn, column * left, n_drawn) for column in own.T]
    trend = np.column_stack([*own_trend, (by_wave - levels.shares[level_of] * total[:, None])[:, 1:]])
    on_level = (total / levels.group_weights[level_of])[:, None] * of_level[level_of]
    return np.asarray(n_drawn * (on_treated - on_level - trend @ slopes))


def _table(one: IntArray, other: IntArray, values: FloatArray, n_one: int, n_other: int) -> FloatArray:
    """Return the sums of values by two codes."""
    sums = np.bincount(one * n_other + other, values, n_one * n_other)
    return sums.astype(np.float64, copy=False).reshape(n_one, n_other)


def fit(request: Request, plan: ImputationPlan, inference: Inference) -> Estimate:
    """Predict treated rows and average what is left, with each unit's influence."""
    if plan.parts is None:
        raise TypeError("a plan with problems is not fitted")
    prediction = predict(plan.parts)
    rollout, waves = plan.rollout, plan.data.waves
    treated = np.flatnonzero(rollout.time >= rollout.start)
    weights = np.ones(len(plan.data)) if plan.data.weights is None else plan.data.weights
    cells, cell_at = _cells(rollout, treated)
    noise = _noise(plan, prediction, weights)
    size = np.asarray(np.bincount(cell_at, weights[treated]), dtype=np.float64)
    att = np.bincount(cell_at, weights[treated] * prediction.effects[treated]) / size
    psi = _influence(prediction, noise, rollout.drawn, treated, cell_at, weights[treated] / size[cell_at])
    names, shares, joint = _averages(cells, size, request.options["aggregation"], waves)
    _, first_row = np.unique(rollout.drawn, return_index=True)
    clusters = tuple(dense(codes_[first_row])[0] for codes_ in plan.data.clusters)
    # The last rows of `shares` are the cells themselves.
    psi = np.column_stack([psi @ shares[: -len(cells)].T, psi])
    influence = InfluenceFit(shares @ att, names, psi, EFFECT, clusters=clusters, joint=joint)
    result = influence_estimate(request, plan, influence, inference, assumption=ASSUMPTION)
    counts = np.bincount(cell_at)
    table = _cell_table(result, cells, counts, waves)
    return replace(result, tables={**result.tables, "att_gt": table})


def _cells(rollout: Rollout, rows: IntArray) -> tuple[tuple[Cell, ...], IntArray]:
    """Return the cohorts in waves of some rows, and each row's place among them."""
    n_waves = len(rollout.data.waves)
    keys = rollout.start[rows].astype(np.intp) * n_waves + rollout.time[rows]
    found = np.flatnonzero(np.bincount(keys))
    return tuple(Cell(int(key) // n_waves, int(key) % n_waves) for key in found), dense(keys)[0]


def _noise(plan: ImputationPlan, fit: _Prediction, weights: FloatArray) -> FloatArray:
    """Return residuals, and at treated rows the effect less the average of its cohort in its wave."""
    noise = fit.effects.copy()
    rows = np.flatnonzero(~plan.untreated)
    _, place = _cells(plan.rollout, rows)
    squares = weights[rows] ** 2
    means = np.bincount(place, squares * fit.effects[rows]) / np.bincount(place, squares)
    noise[rows] = fit.effects[rows] - means[place]
    return noise


def _averages(
    cells: Sequence[Cell], size: FloatArray, aggregation: str, waves: Sequence[str]
) -> tuple[tuple[str, ...], FloatArray, tuple[str, ...]]:
    """Return the names of the averages, the weight of each cell in each, and what bands cover together."""
    single, overall = np.eye(len(cells)), overall_weights(cells, size, aggregation)
    labels = tuple(cell.label(waves) for cell in cells)
    if aggregation == "simple":
        return (EFFECT, *labels), np.vstack([overall, single]), ()
    parts, rows = part_weights(cells, size, aggregation, waves)
    return (EFFECT, *parts, *labels), np.vstack([overall, rows, single]), parts


def _cell_table(result: Estimate, cells: Sequence[Cell], counts: IntArray, waves: Sequence[str]) -> Table:
    terms = {term.name: term for term in result.terms}
    rows: list[tuple[Value, ...]] = []
    for cell, count in zip(cells, counts.tolist(), strict=True):
        term = terms[cell.label(waves)]
        rows.append((waves[cell.cohort], waves[cell.wave], cell.after, term.estimate, term.std_error, count))
    columns = ("cohort", "wave", "waves_since_start", "estimate", "std_error", "n_treated")
    return Table("Effect of every cohort in every wave", columns, tuple(rows), cell_size="n_treated")


ESTIMATOR = Estimator(
    name="imputation",
    title="imputation (Borusyak, Jaravel and Spiess)",
    assumption=ASSUMPTION,
    requires=("time", "first_treated"),
    inferences=("influence",),
    options={"aggregation": one_of("simple", *AGGREGATIONS), "anticipation": ANTICIPATION},
    plan=plan,
    fit=fit,
    accepts=("first_treated",),
)
