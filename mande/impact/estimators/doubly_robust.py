"""Difference-in-differences at like covariates: outcome regression, weighting, or both (doubly robust).

Assumption: without the programme, treated and comparison units with the same covariates would have changed
alike (conditional parallel trends); every kind of treated unit has comparison units like it (overlap);
nothing happens in anticipation. Doubly robust: it is enough that the model of the changes of the comparison
or the model of who is treated is right.
Equation: ATT = E[(w1 - w0)(dY - m(X))], w1 = D / E[D], w0 = odds(X)(1 - D) / E[odds(X)(1 - D)], m the
changes of the comparison fitted on X. `ipw` takes m = 0, `outcome_regression` odds = 0. Without `unit`, two
cross-sections whose composition is the same, with the locally efficient form.
Several arms: each against the units that are in none, so that no arm's effect enters another's.
Use: two groups before and after whose trends are alike only at like covariates; right if either the model
of the outcome or that of being treated is.
Source: Sant'Anna and Zhao (2020), Journal of Econometrics 219(1), (2.5) to (2.8), (3.1) to (3.4); Heckman,
Ichimura and Todd (1997), Review of Economic Studies 64(4); Abadie (2005), Review of Economic Studies 72(1).
Reference implementation: R DRDID 1.2.3 (drdid_panel, drdid_imp_panel, std_ipw_did_panel, reg_did_panel and
their `_rc` forms), without its trimming of comparison units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mande.errors import MandeError, Problem
from mande.impact import problems as codes
from mande.impact.contract import Estimator, Inference, InfluenceFit, Option, Plan, Request
from mande.impact.estimators._doubly_robust import (
    ADJUSTMENTS,
    Comparison,
    Groups,
    NoOverlapError,
    compare,
    design_of,
)
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
    cluster_problems,
    influence_estimate,
    nesting_problems,
    outcome_problems,
    row_problems,
)
from mande.impact.lone import clusters_by_group, lone_groups
from mande.impact.observations import BoolArray, FloatArray, IntArray, Observations
from mande.impact.regressors import distance, spread, variation_problems
from mande.results import Estimate


@dataclass(frozen=True, slots=True)
class Compared(Plan):
    """Rows to compare: changes of units (`after` None), or levels with 0/1 in `after`; one column per arm."""

    outcome: FloatArray
    arms: FloatArray
    covariates: FloatArray
    weights: FloatArray
    clusters: tuple[IntArray, ...] = ()
    after: FloatArray | None = None
    names: tuple[str, ...] = ()

    def rows_of(self, arm: int) -> BoolArray:
        """Return the rows of one arm and of those in none."""
        return np.asarray((self.arms[:, arm] == 1) | (self.arms == 0).all(axis=1))


def plan(request: Request, data: Observations) -> Compared:
    """Return changes of units seen before and after, or the rows of two cross-sections."""
    problems = arm_problems(request, data, exclusive=True)
    sides = read_sides(request, data)
    problems += sides.problems
    if problems:
        return _refused(sides.data, problems)
    compared = _linked(request, sides) if data.unit is not None else _unlinked(request, sides)
    if compared.problems:
        return compared
    return _checked(request, compared)


def _refused(data: Observations, problems: Sequence[Problem]) -> Compared:
    none = np.empty(0)
    return Compared(data, none, np.empty((0, 0)), np.empty((0, 0)), none, problems=tuple(problems))


def _names(request: Request, sides: Sides) -> tuple[str, ...]:
    return tuple(f"{arm}:{when(request)}" for arm in request.arms)


def _linked(request: Request, sides: Sides) -> Compared:
    sides, before, after = link_units(request, sides)
    data = sides.data
    if sides.problems:
        return _refused(data, sides.problems)
    weights, notes = weights_before(data, before, after)
    notes = [sides.note, *notes]
    if request.covariates:
        notes.append("Covariates are those before the programme.")
    return Compared(
        data,
        data.outcome[after] - data.outcome[before],
        data.arms[before],
        data.covariates[before],
        np.ones(len(before)) if weights is None else weights,
        tuple(codes_[before] for codes_ in data.clusters),
        names=_names(request, sides),
        problems=tuple(nesting_problems(data, request)),
        notes=tuple(notes),
    )


def _unlinked(request: Request, sides: Sides) -> Compared:
    data = sides.data
    stays = (
        "Repeated cross-sections: rows of the two sides are not linked, and who is in them must not change."
    )
    return Compared(
        data,
        data.outcome,
        data.arms,
        data.covariates,
        np.ones(len(data)) if data.weights is None else data.weights,
        data.clusters,
        sides.after.astype(np.float64),
        names=_names(request, sides),
        notes=(sides.note, stays),
    )


def _checked(request: Request, compared: Compared) -> Compared:
    """Add what the rows do not allow: empty groups, covariates without variation, an outcome that is flat."""
    data = compared.data
    none = (compared.arms == 0).all(axis=1)
    cells: dict[str, BoolArray] = {}
    for name, mask in {
        **dict(zip(request.arms, (compared.arms == 1).T, strict=True)),
        "comparison": none,
    }.items():
        if compared.after is None:
            cells[name] = mask
        else:
            cells[f"{name} before"] = mask & (compared.after == 0)
            cells[f"{name} after"] = mask & (compared.after == 1)
    problems = cell_problems(cells, data, request)
    if not problems:
        fitted = cells if compared.after is not None else {"comparison": none}
        if request.options["adjustment"] in ("ipw", "outcome_regression"):
            fitted = {name: mask for name, mask in fitted.items() if name.startswith("comparison")}
        problems += _covariate_problems(request, compared, list(fitted.values()))
        centred = compared.outcome - compared.outcome.mean()
        what = "changes unequally" if compared.after is None else "varies"
        problems += outcome_problems(centred, distance(compared.outcome), request, what=what)
    problems += cluster_problems(compared.clusters, request)
    return Compared(
        data, compared.outcome, compared.arms, compared.covariates, compared.weights, compared.clusters,
        compared.after, compared.names, problems=tuple(problems), notes=compared.notes,
        lone=lone_groups(compared.clusters, compared.arms, request),
        group_clusters=clusters_by_group(compared.clusters, compared.arms, request),
    )  # fmt: skip


def _covariate_problems(request: Request, compared: Compared, groups: list[BoolArray]) -> list[Problem]:
    """Return the first group's problems with covariates: each group is fitted by itself."""
    for mask in groups:
        columns = compared.covariates[mask]
        problems = variation_problems(
            columns - columns.mean(axis=0),
            spread(columns),
            request.covariates,
            why_absorbed="different values within each group",
        )
        problems += row_problems(len(columns), columns.shape[1] + 1, compared.data)
        if problems:
            return problems
    return []


def fit(request: Request, plan: Compared, inference: Inference) -> Estimate:
    """Compare each arm with the units in none.

    Raises
    ------
    MandeError
        M-OVERLAP where covariates tell exactly who is treated.
    """
    adjustment = request.options["adjustment"]
    found, notes = [], [f"Adjusted for covariates by {ADJUSTMENTS[adjustment]}."]
    psi = np.zeros((len(plan.outcome), len(request.arms)))
    for arm, name in enumerate(request.arms):
        rows = plan.rows_of(arm)
        groups = _groups(plan, rows, arm)
        comparison = _compare(groups, adjustment, name)
        found.append(comparison.estimate)
        psi[rows, arm] = comparison.psi * len(rows) / rows.sum()
        notes += _overlap_notes(groups, comparison, name)
    names = plan.names
    influence = InfluenceFit(np.array(found), names, psi, names[0], plan.clusters, headline=names)
    return influence_estimate(
        request, plan, influence, inference, assumption=ESTIMATOR.assumption, n=len(psi), notes=notes
    )


def _groups(plan: Compared, rows: BoolArray, arm: int) -> Groups:
    after = None if plan.after is None else plan.after[rows]
    design = design_of(plan.covariates[rows])
    return Groups(plan.outcome[rows], plan.arms[rows, arm], design, plan.weights[rows], after)


def _compare(groups: Groups, adjustment: str, name: str) -> Comparison:
    try:
        return compare(groups, adjustment)
    except NoOverlapError as error:
        found = "covariates that tell, or almost tell, who is treated"
        raise MandeError([codes.problem(codes.OVERLAP, column=name, found=found)]) from error


def _overlap_notes(groups: Groups, comparison: Comparison, name: str) -> list[str]:
    """Return how many comparison rows carry the weight, where they are weighted unequally."""
    if comparison.odds is None or groups.design.shape[1] == 1:
        return []
    others = groups.treated == 0
    weights = (groups.weights * comparison.odds)[others]
    effective = float(weights.sum() ** 2 / np.sum(weights**2))
    chance = comparison.odds / (1 + comparison.odds)
    note = (
        f"{name}: the {int(others.sum()):,} comparison rows weigh as much as {effective:,.1f} equal ones; "
        f"chances of being treated run from {chance.min():.3f} to {chance.max():.3f}."
    )
    return [note]


def _is_adjustment(value: object) -> bool:
    return value in ADJUSTMENTS


ESTIMATOR = Estimator(
    name="doubly_robust",
    title="difference-in-differences with covariates, doubly robust",
    assumption=(
        "Without the programme, treated and comparison units with the same covariates would have changed "
        "alike; there are comparison units like every treated unit; nobody changed in anticipation, and the "
        "programme did not reach comparison units."
    ),
    requires=("treated",),
    inferences=("influence",),
    options={
        **PERIOD_OPTIONS,
        "adjustment": Option("doubly_robust", _is_adjustment, f"one of {', '.join(ADJUSTMENTS)}"),
    },
    plan=plan,
    fit=fit,
    accepts=("arms",),
)
