"""First differences: the change of the outcome on the change of the regressor.

Assumption: changes of the regressor are unrelated to other changes of the outcome, given the waves.
Equation: y_it - y_i,t-1 = d_t + b (D_it - D_i,t-1) + c'(x_it - x_i,t-1) + e_it, over successive waves;
d_t is one change per wave (`time_effects`), one change for all waves (`trend`), or nothing.
Use: beside fixed effects: where errors wander from wave to wave it is the more precise, and where the two
differ, the timing of the effect is not what either assumes.
Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 10.6.
Reference implementation: R plm 2.6-2 (model = "fd", which is `trend`); linearmodels
FirstDifferenceOLS, which has neither.
"""

from __future__ import annotations

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators._panel import NEXT_BEST, panel_lone
from mande.impact.fitting import (
    CLUSTERED,
    ROW_ROBUST,
    cluster_problems,
    flag,
    linear_estimate,
    nesting_problems,
    outcome_problems,
    row_problems,
)
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.impact.regressors import distance, spread, variation_problems
from mande.results import Estimate


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression of changes between successive waves."""
    if data.unit is None or data.time is None:
        raise TypeError("first differences need unit and time")
    problems = _order_problems(request, data)
    later = np.flatnonzero((data.unit[1:] == data.unit[:-1]) & (data.time[1:] == data.time[:-1] + 1)) + 1
    waves, into = data.waves, data.time[later]
    levels = np.column_stack([data.treated, data.covariates])
    changes = levels[later] - levels[later - 1]
    common, common_names = _common_changes(request, waves, into)
    effect = str(request.treated)
    names = (effect, *request.covariates)
    if not problems:
        problems += _change_problems(levels, changes, common, (*common_names, *names))
    used = np.zeros(len(data), dtype=bool)
    used[later] = used[later - 1] = True
    clusters = tuple(codes_[later] for codes_ in data.clusters)
    kept = data.keep(used, "no data in the wave before or after")
    change = data.outcome[later] - data.outcome[later - 1]
    problems += outcome_problems(change, distance(data.outcome), request, what="changes between waves")
    problems += row_problems(len(later), changes.shape[1] + common.shape[1], kept)
    problems += nesting_problems(kept, request)
    problems += cluster_problems(clusters, request)
    weights = None
    if data.weights is not None:
        weights = 1 / (1 / data.weights[later] + 1 / data.weights[later - 1])
    now = np.cumsum(used)[later] - 1
    fixed = np.column_stack([changes[:, 1:], common])
    return LinearModel(
        data=kept,
        outcome=change,
        regressors=np.column_stack([changes, common]),
        strata=None if data.strata is None else data.strata[later],
        rebuild=lambda treated: np.column_stack([treated[now] - treated[now - 1], fixed]),
        names=(*names, *common_names),
        effect=effect,
        weights=weights,
        clusters=clusters,
        problems=tuple(problems),
        notes=(
            f"{len(later):,} changes between successive waves; n counts changes.",
            _common_note(request),
        ),
        lone=panel_lone(request, kept),
    )


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares."""
    return linear_estimate(request, model, inference, assumption=ESTIMATOR.assumption)


def _order_problems(request: Request, data: Observations) -> list[Problem]:
    problems = []
    if not data.wave_order_known:
        problems.append(codes.problem(codes.ORDER, column=str(request.time), found=", ".join(data.waves)))
    if request.options["trend"] and request.options["time_effects"]:
        expected = "time_effects=False beside trend=True: wave effects contain the trend"
        problems.append(codes.problem(codes.VALUE, argument="trend", found="True", expected=expected))
    return problems


def _common_changes(
    request: Request, waves: tuple[str, ...], into: IntArray
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return columns for changes common to all units, one per wave a change leads into."""
    if request.options["time_effects"]:
        present = np.unique(into)
        names = tuple(f"change into {request.time}={waves[position]}" for position in present)
        return (into[:, None] == present[None, :]).astype(np.float64), names
    if request.options["trend"]:
        return np.ones((len(into), 1)), ("trend",)
    return np.empty((len(into), 0)), ()


def _common_note(request: Request) -> str:
    if request.options["time_effects"]:
        return "Changes common to all units in a wave are removed."
    if request.options["trend"]:
        return "One change per wave, the same in all waves, is removed; other common changes are not."
    return "Changes common to all units are not removed and count as effect."


def _change_problems(
    levels: FloatArray, changes: FloatArray, common: FloatArray, names: tuple[str, ...]
) -> list[Problem]:
    if not len(changes):
        return []
    # Common changes stand first and the effect last, so that no blame falls on what must be there.
    order = [*range(1, levels.shape[1]), 0]
    n_common = common.shape[1]
    return variation_problems(
        np.column_stack([common, changes[:, order]]),
        np.concatenate([np.linalg.norm(common, axis=0), spread(levels)[order]]),
        (*names[:n_common], *(names[n_common + position] for position in order)),
        why_absorbed="a value that changes between successive waves",
    )


ESTIMATOR = Estimator(
    name="first_difference",
    title="first differences",
    assumption=(
        "Between two successive waves, units whose regressor changes would otherwise have changed like "
        "those whose regressor does not."
    ),
    requires=("treated", "unit", "time"),
    inferences=(*ROW_ROBUST, *CLUSTERED, "survey"),
    options={"time_effects": flag(True), "trend": flag(False)},
    plan=plan,
    fit=fit,
    next_best=NEXT_BEST,
)
