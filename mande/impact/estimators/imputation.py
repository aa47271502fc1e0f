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
)
from mande.impact.fitting import (
    influence_estimate,
    nesting_problems,
    outcome_problems,
)
from mande.impact.linear import cluster_sums
from mande.impact.observations import BoolArray, FloatArray, IntArray, Observations
from mande.impact.regressors import dense, distance, spread, variation_problems, within
from mande.results import Cell as Value
from mande.results import Estimate, Table


@dataclass(frozen=True, slots=True)
class ImputationPlan(Plan):
    """Rows to predict from (`untreated`) and the waves and covariates they are predicted with.

    `regressors` are indicators of every wave after the first, then covariates.
    """

    rollout: Rollout
    untreated: BoolArray
    regressors: FloatArray


def plan(request: Request, data: Observations) -> ImputationPlan:
    """Return the rows that can be predicted and those they are predicted from."""
    rollout = comparable_rollout(request, data)
    problems = list(rollout.problems)
    wait = int(request.options["anticipation"])
    notes: list[str] = list(rollout.notes)
    untreated = np.zeros(len(rollout.data), dtype=bool)
    regressors = np.empty((len(rollout.data), 0))
    if not problems:
        data, untreated = rollout.data, rollout.time < rollout.start - wait
        regressors = _regressors(rollout, untreated)
        problems += nesting_problems(data, request)
        problems += _column_problems(rollout, request, untreated, regressors)
        notes += _notes(rollout, request, untreated)
    return ImputationPlan(
        rollout.data, rollout, untreated, regressors, problems=tuple(problems), notes=tuple(notes),
        lone=() if problems else lone_starts(rollout, request),
    )  # fmt: skip


def _regressors(rollout: Rollout, untreated: BoolArray) -> FloatArray:
    waves = np.unique(rollout.time)[1:]
    indicators = (rollout.time[:, None] == waves[None, :]).astype(np.float64)
    return np.column_stack([indicators, rollout.data.covariates])


def _column_problems(
    rollout: Rollout, request: Request, untreated: BoolArray, regressors: FloatArray
) -> list[Problem]:
    data = rollout.data
    weights = None if data.weights is None else data.weights[untreated]
    used = within(regressors[untreated], rollout.level[untreated], weights)
    problems: list[Problem] = []
    # Only where the small matrix of products says that something is wrong, columns are looked at one by one.
    if request.covariates or np.linalg.matrix_rank(used.T @ used) < used.shape[1]:
        names = [f"{request.time}={data.waves[wave]}" for wave in np.unique(rollout.time)[1:]]
        problems += variation_problems(
            used, spread(regressors[untreated]), [*names, *request.covariates],
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
    """The regression on untreated rows: what is needed for effects and their weights on outcomes.

    `centre` are the unit means of the regressors over untreated rows, `total` the weights behind them.
    """

    effects: FloatArray
    residuals: FloatArray
    used: FloatArray
    inverse: FloatArray
    centre: FloatArray
    total: FloatArray
    weights: FloatArray


def predict(plan: ImputationPlan) -> _Prediction:
    """Fit untreated rows; `effects` is outcome less prediction at every row, treated or not."""
    data, level, untreated = plan.data, plan.rollout.level, plan.untreated
    n_levels = int(level.max()) + 1
    weights = np.where(untreated, 1.0 if data.weights is None else data.weights, 0.0)
    total = np.asarray(np.bincount(level, weights, n_levels), dtype=np.float64)
    outcome = data.outcome - data.outcome.mean()
    both = np.column_stack([outcome, plan.regressors])
    centre = cluster_sums(both * weights[:, None], level, n_levels) / total[:, None]
    moved = both - centre[level]
    used = moved[:, 1:]
    inverse = np.asarray(np.linalg.inv((used * weights[:, None]).T @ used), dtype=np.float64)
    coefficients = inverse @ (used.T @ (weights * moved[:, 0]))
    effects = moved[:, 0] - used @ coefficients
    return _Prediction(effects, effects * untreated, used, inverse, centre[:, 1:], total, weights)


def _influence(
    plan: ImputationPlan, fit: _Prediction, noise: FloatArray, cells: Sequence[tuple[IntArray, FloatArray]]
) -> FloatArray:
    """Return each unit's (or row's) influence on the averages of `cells`: treated rows and their weights.

    A unit's sum of v u over its untreated rows is linear in the weights of treated rows: what multiplies
    them is summed once for all cells.
    """
    level, drawn, n_levels = plan.rollout.level, plan.rollout.drawn, len(fit.total)
    n_drawn = int(drawn.max()) + 1
    level_of = level[np.unique(drawn, return_index=True)[1]]
    own = fit.weights * noise
    part = np.bincount(drawn, own, n_drawn) / fit.total[level_of]
    trend = cluster_sums(fit.used * own[:, None], drawn, n_drawn)
    psi = np.empty((n_drawn, len(cells)))
    for place, (rows, weights) in enumerate(cells):
        slope = fit.inverse @ (fit.used[rows].T @ weights)
        on_treated = np.bincount(drawn[rows], weights * noise[rows], n_drawn)
        on_level = part * np.bincount(level[rows], weights, n_levels)[level_of]
        psi[:, place] = n_drawn * (on_treated - on_level - trend @ slope)
    return psi


def fit(request: Request, plan: ImputationPlan, inference: Inference) -> Estimate:
    """Predict treated rows and average what is left, with each unit's influence."""
    prediction = predict(plan)
    rollout, waves = plan.rollout, plan.data.waves
    treated = np.flatnonzero(rollout.time >= rollout.start)
    weights = np.ones(len(plan.data)) if plan.data.weights is None else plan.data.weights
    cells, cell_at = _cells(rollout, treated)
    noise = _noise(plan, prediction, weights)
    size = np.asarray(np.bincount(cell_at, weights[treated]), dtype=np.float64)
    att = np.bincount(cell_at, weights[treated] * prediction.effects[treated]) / size
    members = [treated[cell_at == place] for place in range(len(cells))]
    own = [(rows, weights[rows] / size[place]) for place, rows in enumerate(members)]
    psi = _influence(plan, prediction, noise, own)
    names, shares, joint = _averages(cells, size, request.options["aggregation"], waves)
    _, first_row = np.unique(rollout.drawn, return_index=True)
    clusters = tuple(dense(codes_[first_row])[0] for codes_ in plan.data.clusters)
    influence = InfluenceFit(shares @ att, names, psi @ shares.T, EFFECT, clusters=clusters, joint=joint)
    result = influence_estimate(request, plan, influence, inference, assumption=ASSUMPTION)
    counts = np.bincount(cell_at)
    table = _cell_table(result, cells, counts, waves)
    return replace(result, tables={**result.tables, "att_gt": table})


def _cells(rollout: Rollout, rows: IntArray) -> tuple[tuple[Cell, ...], IntArray]:
    """Return the cohorts in waves of some rows, and each row's place among them."""
    n_waves = len(rollout.data.waves)
    keys, place = np.unique(
        rollout.start[rows].astype(np.intp) * n_waves + rollout.time[rows], return_inverse=True
    )
    return tuple(Cell(int(key) // n_waves, int(key) % n_waves) for key in keys), place


def _noise(plan: ImputationPlan, fit: _Prediction, weights: FloatArray) -> FloatArray:
    """Return residuals, and at treated rows the effect less the average of its cohort in its wave."""
    noise = fit.residuals.copy()
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
