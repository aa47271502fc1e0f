"""Regressions on indicators of cohorts in waves or of waves since the start, and averages of them.

Equation: y_it = a_i + d_t + sum of b_c 1{it in c} + c'x_it + e_it. The headline w'b is made a coefficient
of its own by a change of basis, z_k = x_k / w_k and z_j = x_j - (w_j / w_k) x_k for the others, so that any
kind of standard error applies to it as to a coefficient. Weights w are shares of rows and count as fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mande.errors import Problem
from mande.impact.contract import Fitted, Inference, LinearModel, Request
from mande.impact.estimators._aggregation import overall_weights
from mande.impact.estimators._before_start import before_start
from mande.impact.estimators._staggered import EFFECT, Cell, Rollout, lone_starts
from mande.impact.fitting import as_estimate, outcome_problems, row_problems
from mande.impact.linear import solve
from mande.impact.observations import BoolArray, FloatArray, Observations
from mande.impact.regressors import distance, spread, variation_problems, wave_indicators, within
from mande.results import Estimate, Reference, Table


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: its name, the average it belongs to, the rows it is one at, its cohort and wave.

    An indicator of several cohorts stands for them under cohort 0, its wave counted from their starts.
    """

    name: str
    part: str
    rows: BoolArray
    cell: Cell


@dataclass(frozen=True, slots=True)
class SaturatedModel(LinearModel):
    """The regression in the basis of the headline, and the way back.

    `averages` has one row per reported term and one column per indicator; `back` turns the fitted
    coefficients of the indicators' columns into those of the indicators.
    """

    labels: tuple[str, ...] = ()
    averages: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    back: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    before: tuple[str, ...] = ()


def refused(data: Observations, problems: Sequence[Problem]) -> SaturatedModel:
    """Return a model that is not fitted."""
    return SaturatedModel(data, np.empty(0), np.empty((0, 0)), (), "", problems=tuple(problems))


def saturated(
    request: Request,
    rollout: Rollout,
    indicators: Sequence[Indicator],
    *,
    further: FloatArray,
    further_names: Sequence[str],
    notes: Sequence[str],
    aggregation: str = "simple",
) -> SaturatedModel:
    """Return the regression on indicators, `further` columns, wave effects and absorbed levels.

    Levels are those of units, or of cohorts in repeated cross-sections.
    """
    data = rollout.data
    size = np.array([_size(data, entry.rows) for entry in indicators])
    share = overall_weights([entry.cell for entry in indicators], size, aggregation)
    # Around its mean, a large outcome keeps its last digits; the levels take up the constant.
    outcome = data.outcome - data.outcome.mean()
    own, back = _headline_basis(np.column_stack([entry.rows for entry in indicators]).astype(float), share)
    waves, wave_names = _seen_waves(data, str(request.time))
    columns = np.column_stack([own, further, waves])
    pivot = int(np.argmax(share))
    others = [entry.name for place, entry in enumerate(indicators) if place != pivot]
    names = (EFFECT, *others, *further_names, *wave_names)
    labels, averages = _averages(indicators, size, share)
    problems = _problems(request, rollout, columns, names, outcome)
    return SaturatedModel(
        data,
        outcome,
        columns,
        names,
        EFFECT,
        data.weights,
        data.clusters,
        absorbed=(rollout.level,),
        strata=data.strata,
        labels=labels,
        averages=averages,
        back=back,
        before=tuple(dict.fromkeys(entry.part for entry in indicators if entry.cell.after < 0)),
        problems=tuple(problems),
        notes=(*rollout.notes, *notes),
        lone=lone_starts(rollout, request),
    )


def _seen_waves(data: Observations, time: str) -> tuple[FloatArray, list[str]]:
    """Return the indicators of waves that have rows."""
    columns, names = wave_indicators(data, time)
    seen = np.flatnonzero(columns.any(axis=0))
    return columns[:, seen], [names[place] for place in seen]


def _size(data: Observations, rows: BoolArray) -> float:
    return float(rows.sum() if data.weights is None else data.weights[rows].sum())


def _headline_basis(indicators: FloatArray, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return columns of which the first has the coefficient share'b, and the way back to b."""
    pivot = int(np.argmax(share))
    others = [place for place in range(len(share)) if place != pivot]
    lead = indicators[:, pivot] / share[pivot]
    columns = np.column_stack([lead, indicators[:, others] - lead[:, None] * share[others][None, :]])
    back = np.zeros((len(share), len(share)))
    back[pivot, 0] = 1 / share[pivot]
    back[pivot, 1:] = -share[others] / share[pivot]
    back[others, np.arange(1, len(share))] = 1.0
    return columns, back


def _averages(
    indicators: Sequence[Indicator], size: FloatArray, share: FloatArray
) -> tuple[tuple[str, ...], FloatArray]:
    """Return headline, parts and single indicators (where a part has several) as weights of indicators."""
    belongs = [entry.part for entry in indicators]
    parts = list(dict.fromkeys(belongs))
    rows = np.array([np.where([name == part for name in belongs], size, 0.0) for part in parts])
    rows = rows / rows.sum(axis=1, keepdims=True)
    names = [entry.name for entry in indicators if entry.name != entry.part]
    single = np.eye(len(indicators))[[entry.name != entry.part for entry in indicators]]
    return (EFFECT, *parts, *names), np.vstack([share, rows, single])


def _problems(
    request: Request, rollout: Rollout, columns: FloatArray, names: tuple[str, ...], outcome: FloatArray
) -> list[Problem]:
    data, level = rollout.data, rollout.level
    # The effect is judged last: where effects cannot be told apart, waves are not what is in doubt.
    order = [*range(1, len(names)), 0]
    centred = columns - columns.mean(axis=0)
    problems = variation_problems(
        within(centred, level, data.weights)[:, order],
        spread(columns)[order],
        [names[place] for place in order],
        why_absorbed=rollout.absorbed,
    )
    moved = within(outcome[:, None], level, data.weights)
    problems += outcome_problems(moved, distance(data.outcome), request, what=rollout.what)
    return problems + row_problems(len(data), int(level.max()) + 1 + len(names), data)


def fit_saturated(
    request: Request, model: SaturatedModel, inference: Inference, *, assumption: str
) -> Estimate:
    """Fit, turn coefficients into averages, and test those before the start."""
    if inference.linear is None:
        raise TypeError(f"{inference.name} is not defined for regressions")
    fitted = _averaged(model, inference.linear(solve(model), request))
    result = as_estimate(request, model, fitted, names=model.labels, effect=EFFECT, assumption=assumption)
    places = [model.labels.index(name) for name in model.before]
    if not places:
        return result
    df = fitted.reference.df if fitted.reference.kind == "t" else None
    values, covariance = fitted.coefficients[places], fitted.covariance[np.ix_(places, places)]
    tables: dict[str, Table] = {**result.tables}
    tables["before_start"] = before_start(model.before, values, covariance, df=df)
    return replace(result, tables=tables)


def _averaged(model: SaturatedModel, fitted: Fitted) -> Fitted:
    """Return the averages of indicators; further columns and wave effects are not reported."""
    n_own = len(model.back)
    turn = model.averages @ model.back
    # The headline is a coefficient of the regression and keeps its distribution.
    references: dict[int, Reference] = {0: fitted.references[0]} if 0 in fitted.references else {}
    return replace(
        fitted,
        coefficients=turn @ fitted.coefficients[:n_own],
        covariance=turn @ fitted.covariance[:n_own, :n_own] @ turn.T,
        references=references,
    )
