"""Effects of cohorts in waves where treatment starts at different times (Callaway and Sant'Anna).

Assumption: without treatment, a cohort would have changed as units not treated (never, or not yet), given
covariates; effects show at most `anticipation` waves before the start; covariates of the two groups overlap.
Equation: ATT(g, t) = E[Y_t - Y_b | G = g] - E[Y_t - Y_b | comparison], b = g - 1 - anticipation; before the
start, base_period "varying" compares with the wave before and "universal" with b always. With covariates
(their values in wave b) by the doubly robust, weighting or regression formula of `_doubly_robust`. Averages
by shares of cohorts: simple, dynamic, group, calendar; their errors include that of estimated shares.
Units that start in or before the first wave are left out and counted. In a panel with gaps each
comparison uses the units seen in both waves; `balanced=True` keeps only units seen in every wave, as R does.
Without `unit`, repeated cross-sections: levels of the rows of both waves are compared, covariates as they are
in each row, and shares of cohorts are those among all rows (R: panel = FALSE).
Use: units that start at different times; the main method of a rollout.
Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), (2.3)-(2.5), section 3, and its
appendix on repeated cross-sections.
Reference implementation: R did 2.1.2 (whose error of the average over cohorts has a known mistake).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Estimator, Inference, InfluenceFit, Plan, Request
from mande.impact.estimators._aggregation import Average, GroupTime, aggregate
from mande.impact.estimators._before_start import before_start
from mande.impact.estimators._group_time import (
    CellEffect,
    Sections,
    Wide,
    cell_effect,
    cells_of,
    influence_of,
    sections,
    widen,
)
from mande.impact.estimators._staggered import (
    AGGREGATIONS,
    ANTICIPATION,
    ASSUMPTION,
    EFFECT,
    HEADLINES,
    Rollout,
    lone_starts,
    one_of,
    read_rollout,
    started_clusters,
)
from mande.impact.fitting import (
    flag,
    influence_estimate,
    nesting_problems,
    outcome_problems,
)
from mande.impact.linear import cluster_sums
from mande.impact.observations import FloatArray, Observations
from mande.impact.regressors import dense, distance, spread, variation_problems, within
from mande.results import Cell as Value
from mande.results import Estimate, Table


@dataclass(frozen=True, slots=True)
class GroupTimePlan(Plan):
    """Every cell with its effect, or with the reason why it has none."""

    rollout: Rollout
    panel: Wide | Sections | None = None
    effects: tuple[CellEffect, ...] = ()


def plan(request: Request, data: Observations) -> GroupTimePlan:
    """Work out the effect of every cohort in every wave."""
    rollout = read_rollout(request, data)
    problems = list(rollout.problems)
    if not problems:
        problems += nesting_problems(rollout.data, request)
        problems += _column_problems(rollout, request)
    if not problems and request.options["balanced"]:
        rollout, problems = _balanced(rollout, request)
    if problems:
        return GroupTimePlan(rollout.data, rollout, problems=tuple(problems))
    panel = widen(rollout) if rollout.is_linked else sections(rollout)
    effects = tuple(cell_effect(panel, cell, base, request) for cell, base in cells_of(rollout, request))
    problems = _cell_problems(rollout, request, effects)
    notes = (*rollout.notes, *_notes(rollout, request, panel, effects))
    lone = lone_starts(rollout, request)
    return GroupTimePlan(
        rollout.data, rollout, panel, effects, problems=tuple(problems), notes=notes, lone=lone,
        group_clusters=started_clusters(rollout, request),
    )  # fmt: skip


def _balanced(rollout: Rollout, request: Request) -> tuple[Rollout, list[Problem]]:
    if not rollout.is_linked:
        expected = "False: where no units are followed, none can be seen in every wave"
        return rollout, [codes.problem(codes.VALUE, argument="balanced", found="True", expected=expected)]
    unit = rollout.level
    is_full = np.bincount(unit)[unit] == len(rollout.data.waves)
    kept = rollout.data.keep(is_full, "unit not seen in every wave")
    again = read_rollout(request, kept)
    return replace(again, notes=tuple(dict.fromkeys((*rollout.notes, *again.notes)))), list(again.problems)


def _column_problems(rollout: Rollout, request: Request) -> list[Problem]:
    data = rollout.data
    moved = within(data.outcome[:, None], rollout.level, None)
    problems = outcome_problems(moved, distance(data.outcome), request, what=rollout.what)
    covariates = data.covariates
    return problems + variation_problems(
        covariates - covariates.mean(axis=0), spread(covariates), request.covariates,
        why_absorbed="a value that differs between units",
    )  # fmt: skip


def _cell_problems(rollout: Rollout, request: Request, effects: Sequence[CellEffect]) -> list[Problem]:
    if any(effect.cell.after >= 0 and not effect.att.reason for effect in effects):
        return []
    reasons = dict.fromkeys(effect.att.reason for effect in effects if effect.cell.after >= 0)
    expected = f"treated units and comparison units ({request.options['control_group']})"
    found, dropped = "; ".join(reasons), rollout.data.dropped_text()
    column = str(request.first_treated)
    return [codes.problem(codes.CELL, column=column, found=found, expected=expected, dropped=dropped)]


def _notes(
    rollout: Rollout, request: Request, panel: Wide | Sections, effects: Sequence[CellEffect]
) -> list[str]:
    control = request.options["control_group"]
    who = "units never treated" if control == "never_treated" else "units never or not yet treated"
    notes = [f"Compared with {who}.", HEADLINES[request.options["aggregation"]]]
    if request.covariates:
        how = {"doubly_robust": "doubly robust", "ipw": "inverse probability weights (Hajek)"}
        chosen = how.get(request.options["adjustment"], "outcome regression")
        where = "with their values in the base wave" if rollout.is_linked else "as they are in each row"
        notes.append(f"Covariates enter {where} ({chosen}).")
    gaps = panel.n_gaps
    if gaps:
        notes.append(
            f"{gaps:,} of {len(panel.start):,} units are not in every wave: each comparison uses those in "
            "both of its waves (balanced=True leaves the others out)."
        )
    absent = [effect for effect in effects if effect.att.reason and effect.cell.after >= 0]
    if absent:
        reasons = "; ".join(dict.fromkeys(effect.att.reason for effect in absent))
        notes.append(f"{len(absent)} effects from the start on cannot be worked out: {reasons}.")
    trimmed = sum(effect.att.trimmed for effect in effects)
    if trimmed:
        notes.append(f"{trimmed} times a comparison unit had a propensity above .995 and no weight.")
    weights = rollout.data.weights
    if weights is not None and (within(weights[:, None], rollout.drawn, None) != 0).any():
        notes.append("Weights of a unit differ between waves; those of its first wave are used.")
    return notes


def fit(request: Request, plan: GroupTimePlan, inference: Inference) -> Estimate:
    """Average the effects and return them with errors from their influence functions."""
    panel, data = plan.panel, plan.data
    if panel is None:
        raise TypeError("a plan with problems is not fitted")
    known = [effect for effect in plan.effects if not effect.att.reason]
    psi = influence_of(known, len(panel.start))
    att = np.array([effect.att.value for effect in known])
    table = GroupTime(
        tuple(effect.cell for effect in known), att, psi, panel.start, panel.weights, data.waves
    )
    chosen = request.options["aggregation"]
    overall, parts = aggregate(table, chosen, EFFECT)
    others = [aggregate(table, kind, f"{EFFECT} ({kind})")[0] for kind in AGGREGATIONS if kind != chosen]
    cells = [
        Average(cell.label(data.waves), value, column)
        for cell, value, column in zip(table.cells, att, psi.T, strict=True)
    ]
    averages = [overall, *parts, *others, *cells]
    influence = InfluenceFit(
        np.array([entry.value for entry in averages]),
        tuple(entry.name for entry in averages),
        np.column_stack([entry.psi for entry in averages]),
        EFFECT,
        clusters=tuple(dense(codes_[panel.first_row])[0] for codes_ in data.clusters),
        joint=tuple(entry.name for entry in parts if entry.psi.any()),
    )
    result = influence_estimate(request, plan, influence, inference, assumption=ASSUMPTION)
    return _with_tables(result, plan, influence)


def _with_tables(result: Estimate, plan: GroupTimePlan, influence: InfluenceFit) -> Estimate:
    errors = {term.name: term.std_error for term in result.terms}
    table = _cell_table(plan, errors)
    before = _before_start(plan, influence)
    tables: Mapping[str, Table] = {**result.tables, "att_gt": table}
    if before is None:
        return replace(result, tables=tables)
    return replace(result, tables={**tables, "before_start": before})


def _cell_table(plan: GroupTimePlan, errors: Mapping[str, float]) -> Table:
    waves = plan.data.waves
    rows: list[tuple[Value, ...]] = []
    for effect in plan.effects:
        cell, is_known = effect.cell, not effect.att.reason
        value = float(effect.att.value) if is_known else None
        error = errors[cell.label(waves)] if is_known else None
        rows.append(
            (waves[cell.cohort], waves[cell.wave], cell.after, waves[effect.base], value, error,
             effect.n_treated, effect.n_comparison, effect.att.reason)
        )  # fmt: skip
    columns = ("cohort", "wave", "waves_since_start", "base_wave", "estimate", "std_error", "n_treated",
               "n_comparison", "reason")  # fmt: skip
    return Table("Effect of every cohort in every wave", columns, tuple(rows), cell_size="n_treated")


def _before_start(plan: GroupTimePlan, influence: InfluenceFit) -> Table | None:
    """Return a joint test of the cells before the start, or None where there are none to test."""
    waves = plan.data.waves
    labels = [
        effect.cell.label(waves) for effect in plan.effects if effect.cell.after < 0 and not effect.att.reason
    ]
    columns = [influence.names.index(label) for label in labels]
    if not columns:
        return None
    return before_start(labels, influence.estimates[columns], _covariance(influence, columns), df=None)


def _covariance(influence: InfluenceFit, columns: Sequence[int]) -> FloatArray:
    psi = influence.psi[:, columns]
    if influence.clusters:
        psi = cluster_sums(psi, *dense(influence.clusters[0]))
    return psi.T @ psi / len(influence.psi) ** 2


ESTIMATOR = Estimator(
    name="callaway_santanna",
    title="staggered difference-in-differences (Callaway and Sant'Anna)",
    assumption=ASSUMPTION,
    requires=("time", "first_treated"),
    inferences=("influence",),
    options={
        "control_group": one_of("never_treated", "never_treated", "not_yet_treated"),
        "adjustment": one_of("doubly_robust", "doubly_robust", "ipw", "outcome_regression"),
        "base_period": one_of("varying", "varying", "universal"),
        "aggregation": one_of("simple", *AGGREGATIONS),
        "anticipation": ANTICIPATION,
        "balanced": flag(False),
    },
    plan=plan,
    fit=fit,
    accepts=("first_treated",),
)
