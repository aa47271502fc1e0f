"""What comparisons of outcomes after have in common: rows, baselines, columns for one arm or several.

Several arms that exclude each other enter with every other column centred and multiplied by each arm: a
regression that only adds covariates or strata to several arms mixes the effect of one into that of another.
Arms that cross (a factorial trial) enter with the products of the arms, each arm centred, so that a
coefficient is the effect of its arm averaged over the others as they occur; absorbed strata, between which
their shares may differ, are multiplied with arms and products alike. Covariates are only added to arms that
cross, which is clean where all chances were the same for everybody (in a stratum); `interacted` multiplies.
Source: Goldsmith-Pinkham, Hull and Kolesar (2024), American Economic Review 114(12), 3 and 4; Lin (2013),
Annals of Applied Statistics 7(1); Muralidharan, Romero and Wuethrich (2025), Review of Economics and
Statistics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import LinearModel, Option, Request, is_column
from mande.impact.estimators._two_periods import (
    PERIOD_OPTIONS,
    arm_problems,
    cell_problems,
    link_units,
    read_sides,
    weights_before,
)
from mande.impact.fitting import cluster_problems, nesting_problems, outcome_problems, row_problems
from mande.impact.linear import absorbed_sets, residualise
from mande.impact.lone import lone_groups
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.impact.regressors import CONSTANT, dense, distance, spread, variation_problems, wave_indicators


def _is_flag(value: object) -> bool:
    return value is None or isinstance(value, bool | np.bool_)


AFTER_OPTIONS: Mapping[str, Option] = {
    **PERIOD_OPTIONS,
    "baseline": Option(
        None, is_column, "the column of the outcome's value before the programme", column="numbers"
    ),
    "interacted": Option(
        None, _is_flag, "True, False, or None: True for arms that exclude each other, or cross within strata"
    ),
    "pooled": Option(
        True,
        lambda value: isinstance(value, bool | np.bool_),
        "True (over the other arms) or False (without)",
    ),
}
"""Options of methods that compare outcomes after; `pooled` concerns arms that cross."""


@dataclass(frozen=True, slots=True)
class After:
    """One row per comparison: outcome after, outcome before (None without), arms, further columns.

    `rows` gives, for each, its row of `data`, where the treated column is read.
    """

    data: Observations
    rows: IntArray
    outcome: FloatArray
    baseline: FloatArray | None
    others: FloatArray
    other_names: tuple[str, ...]
    weights: FloatArray | None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def rows_after(request: Request, data: Observations) -> After:
    """Return the rows to compare: of units before and after, or as they stand with a column before."""
    problems = arm_problems(request, data)
    has_column = request.options["baseline"] is not None
    has_sides = data.time is not None or request.options["post"] is not None
    if problems or has_column or data.unit is None or not has_sides:
        return rows_as_they_stand(request, data, problems)
    sides = read_sides(request, data)
    if sides.problems:
        return _nothing(sides.data, sides.problems)
    sides, before, after = link_units(request, sides)
    if sides.problems:
        return _nothing(sides.data, sides.problems)
    data = sides.data
    weights, notes = weights_before(data, before, after)
    if request.covariates:
        notes.append("Covariates are those before the programme.")
    return After(
        data,
        before,
        data.outcome[after],
        data.outcome[before],
        data.covariates[before],
        request.covariates,
        weights,
        tuple(nesting_problems(data, request)),
        (sides.note, *notes),
    )


def _nothing(data: Observations, problems: tuple[Problem, ...]) -> After:
    return After(data, np.empty(0, np.intp), np.empty(0), None, np.empty((0, 0)), (), None, problems=problems)


def rows_as_they_stand(request: Request, data: Observations, problems: list[Problem]) -> After:
    """Return the rows after as they are, each with its value before where a column holds it."""
    notes = []
    post = request.options["post"]
    if post is not None:
        data = data.keep(data.extra[post] == 1, f"{post} is not 1")
        notes.append(f"Rows with {post} 1.")
    elif request.options.get("periods") is not None:
        expected = "unit= and time= without baseline=; or leave periods= out"
        problems.append(codes.problem(codes.VALUE, argument="periods", found="given", expected=expected))
    baseline = None
    if request.options["baseline"] is not None:
        data, baseline = _baseline(request, data)
    waves, wave_names = wave_indicators(data, str(request.time))
    if wave_names:
        notes.append(f"Rows of {len(data.waves)} waves together, with wave effects.")
    others = np.column_stack([data.covariates, waves])
    names = (*request.covariates, *wave_names)
    rows = np.arange(len(data))
    return After(
        data, rows, data.outcome, baseline, others, names, data.weights, tuple(problems), tuple(notes)
    )


def _baseline(request: Request, data: Observations) -> tuple[Observations, FloatArray]:
    """Return the value before, on the scale of the outcome; values without a logarithm are counted."""
    name = str(request.options["baseline"])
    if request.scale != "log":
        return data, data.extra[name]
    data = data.keep(data.extra[name] > 0, f"{name} is zero or less, which has no logarithm")
    return data, np.log(data.extra[name])


def comparison_model(request: Request, after: After, *, outcome: FloatArray, what: str) -> LinearModel:
    """Return the regression of `outcome` on the arms and the further columns, and what stands against it.

    `what` says what an outcome has to do so that something can be learnt.
    """
    data, rows = after.data, after.rows
    problems = list(after.problems)
    if problems:
        return LinearModel(data, np.empty(0), np.empty((0, 0)), (), "", problems=tuple(problems))
    layout = _layout(request, after)
    clusters = tuple(codes_[rows] for codes_ in data.clusters)
    absorbed = () if layout.strata_as_columns else tuple(codes_[rows] for codes_ in data.absorbed)
    arms = data.arms[rows]
    regressors = layout.build(arms)
    names = layout.names
    cells = {name: column == 1 for name, column in zip(request.arms, arms.T, strict=True)}
    cells["comparison"] = (arms == 0).any(axis=1) if layout.is_crossed else (arms == 0).all(axis=1)
    problems += cell_problems(cells, data, request)
    if not problems:
        problems += _column_problems(layout, regressors, absorbed, after.weights)
        problems += row_problems(len(outcome), regressors.shape[1] + len(absorbed), data)
    problems += [*cluster_problems(clusters, request), *_leverage_problems(request, absorbed)]
    problems += outcome_problems(outcome - outcome.mean(), distance(outcome), request, what=what)
    single = len(request.arms) == 1
    notes = [*after.notes, *layout.notes]
    return LinearModel(
        data,
        outcome,
        regressors,
        names,
        request.arms[0],
        after.weights,
        clusters,
        absorbed,
        strata=None if data.strata is None else data.strata[rows],
        treated=arms[:, 0],
        rebuild=(lambda treated: layout.build(treated[rows][:, None])) if single else None,
        headline=request.arms,
        problems=tuple(problems),
        notes=tuple(notes),
        lone=lone_groups(clusters, arms, request),
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """Names and columns of the regression; `products` are sets of arms whose product enters."""

    names: tuple[str, ...]
    others: FloatArray
    centres: FloatArray
    products: tuple[tuple[int, ...], ...]
    is_interacted: bool
    is_crossed: bool
    strata_as_columns: bool
    has_constant: bool
    notes: tuple[str, ...] = ()

    def build(self, arms: FloatArray) -> FloatArray:
        """Return the regressors under an assignment."""
        centred = arms - self.centres
        parts = [arms]
        parts += [np.prod(centred[:, chosen], axis=1)[:, None] for chosen in map(list, self.products)]
        if self.is_interacted:
            parts += [column[:, None] * self.others for part in list(parts) for column in part.T]
        parts.append(self.others)
        if self.has_constant:
            parts.append(np.ones((len(arms), 1)))
        return np.column_stack(parts)


def _layout(request: Request, after: After) -> _Layout:
    data, rows = after.data, after.rows
    arms, weights = data.arms[rows], after.weights
    n_arms = arms.shape[1]
    is_crossed = bool((arms.sum(axis=1) > 1).any())
    chosen = request.options["interacted"]
    is_interacted = n_arms > 1 and (not is_crossed or bool(data.absorbed))
    if chosen is not None:
        is_interacted = bool(chosen)
    others, names = after.others, after.other_names
    strata_as_columns = is_interacted and bool(data.absorbed)
    if strata_as_columns:
        dummies, dummy_names = _indicators(request, data, rows)
        others, names = np.column_stack([others, dummies]), (*names, *dummy_names)
    is_interacted = is_interacted and others.shape[1] > 0
    if is_interacted:
        others = others - np.average(others, axis=0, weights=weights)
    products = tuple(
        chosen
        for size in range(2, n_arms + 1)
        for chosen in combinations(range(n_arms), size)
        if is_crossed and (arms[:, list(chosen)].sum(axis=1) == size).any()
    )
    is_pooled = bool(request.options["pooled"]) and is_crossed
    centres = np.average(arms, axis=0, weights=weights) if is_pooled else np.zeros(n_arms)
    product_names = tuple(":".join(request.arms[place] for place in chosen) for chosen in products)
    multiplied = (*request.arms, *product_names) if is_interacted else ()
    interactions = tuple(f"{arm}:{name}" for arm in multiplied for name in names)
    has_constant = strata_as_columns or not data.absorbed
    every = (*request.arms, *product_names, *interactions, *names, *((CONSTANT,) if has_constant else ()))
    notes = _layout_notes(request, is_crossed=is_crossed, is_interacted=is_interacted, is_pooled=is_pooled)
    return _Layout(
        every, others, centres, products, is_interacted, is_crossed, strata_as_columns, has_constant, notes
    )


def _indicators(request: Request, data: Observations, rows: IntArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Return one column for each absorbed level after the first."""
    columns, names = [], []
    for name, codes_ in zip(request.absorb, data.absorbed, strict=True):
        levels, n_levels = dense(codes_[rows])
        for level in range(1, n_levels):
            columns.append((levels == level).astype(np.float64))
            names.append(f"{name}={level + 1}")
    return (np.column_stack(columns) if columns else np.empty((len(rows), 0))), tuple(names)


def _layout_notes(
    request: Request, *, is_crossed: bool, is_interacted: bool, is_pooled: bool
) -> tuple[str, ...]:
    notes = []
    if is_crossed:
        how = "averaged over the other arms as they occur" if is_pooled else "where the other arms are absent"
        notes.append(f"Arms cross: each effect is the one {how}; products of arms are in the regression.")
    if len(request.arms) > 1 and is_interacted:
        notes.append(
            "Arms are multiplied with all centred covariates, so that no arm's effect enters another's."
        )
    elif is_interacted:
        notes.append("Treatment is multiplied with all centred covariates (Lin 2013).")
    if len(request.arms) > 1 and not is_interacted and (request.covariates or request.absorb):
        where = " where their chances differ between values of them" if is_crossed else ""
        notes.append(
            f"Covariates are only added: the effects of the arms can be mixed with each other{where}."
        )
    return tuple(notes)


def _column_problems(
    layout: _Layout, regressors: FloatArray, absorbed: tuple[IntArray, ...], weights: FloatArray | None
) -> list[Problem]:
    """Return columns without variation; arms come last, so that they are the ones named."""
    n_columns = regressors.shape[1] - (1 if layout.has_constant else 0)
    columns = regressors[:, :n_columns]
    sets = absorbed_sets(absorbed)
    used = residualise(columns, sets, weights) if sets else columns - columns.mean(axis=0)
    order = list(range(n_columns))[::-1]
    return variation_problems(
        used[:, order],
        spread(columns)[order],
        [layout.names[place] for place in order],
        why_absorbed="different values within the absorbed groups",
    )


def _leverage_problems(request: Request, absorbed: tuple[IntArray, ...]) -> list[Problem]:
    if request.inference not in ("HC2", "HC3") or len(absorbed_sets(absorbed)) < 2:
        return []
    known = "classical, HC1, CR1"
    values = {
        "found": request.inference,
        "method": f"{request.method} with several absorbed sets",
        "known": known,
    }
    return [codes.problem(codes.PAIR, argument="inference", **values)]


def with_baseline(after: After, name: str) -> After:
    """Return the rows with the outcome before as the first further column."""
    if after.baseline is None:
        return after
    others = np.column_stack([after.baseline, after.others])
    return replace(after, others=others, other_names=(name, *after.other_names))
