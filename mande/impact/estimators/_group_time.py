"""Effects of cohorts in waves, one comparison per cell: of changes in a panel, else of levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mande.impact.contract import Request
from mande.impact.estimators._staggered import Cell, Rollout
from mande.impact.estimators._two_waves import (
    Att,
    difference_of_changes,
    difference_of_levels,
    no_effect,
)
from mande.impact.observations import BoolArray, FloatArray, IntArray

ZERO = "the wave that changes are measured from: zero by definition"


@dataclass(frozen=True, slots=True)
class Wide:
    """A panel by unit: outcomes (units, waves), covariates (units, waves, k), start, weights of mean one.

    Missing waves are NaN. `first_row` is each unit's first row in the observations.
    """

    outcome: FloatArray
    covariates: FloatArray
    start: FloatArray
    weights: FloatArray
    first_row: IntArray

    @property
    def n_gaps(self) -> int:
        """How many units are not in every wave."""
        return int(np.isnan(self.outcome).any(axis=1).sum())


@dataclass(frozen=True, slots=True)
class Sections:
    """Repeated cross-sections by row: outcome, covariates (rows, k), wave, start, weights of mean one."""

    outcome: FloatArray
    covariates: FloatArray
    time: IntArray
    start: FloatArray
    weights: FloatArray
    first_row: IntArray
    n_gaps: int = 0


@dataclass(frozen=True, slots=True)
class CellEffect:
    """The effect in one cell, from which wave it is measured, and how many units stand behind it."""

    cell: Cell
    base: int
    att: Att
    members: IntArray
    n_treated: int
    n_comparison: int


def widen(rollout: Rollout) -> Wide:
    """Return the panel by unit; rows are in order of unit and wave."""
    data, unit, time = rollout.data, rollout.level, rollout.time
    n_units, n_waves = int(unit.max()) + 1, len(data.waves)
    outcome = np.full((n_units, n_waves), np.nan)
    outcome[unit, time] = data.outcome
    covariates = np.full((n_units, n_waves, data.covariates.shape[1]), np.nan)
    covariates[unit, time] = data.covariates
    first_row = np.flatnonzero(np.diff(unit, prepend=-1))
    weights = np.ones(n_units) if data.weights is None else data.weights[first_row]
    return Wide(outcome, covariates, rollout.start[first_row], weights / weights.mean(), first_row)


def sections(rollout: Rollout) -> Sections:
    """Return the rows of repeated cross-sections."""
    data = rollout.data
    weights = np.ones(len(data)) if data.weights is None else data.weights
    return Sections(
        data.outcome, data.covariates, rollout.time, rollout.start, weights / weights.mean(),
        np.arange(len(data)),
    )  # fmt: skip


def cells_of(rollout: Rollout, request: Request) -> Iterator[tuple[Cell, int]]:
    """Yield every cell with the wave its changes are measured from."""
    wait, universal = request.options["anticipation"], request.options["base_period"] == "universal"
    for cohort in rollout.cohorts.tolist():
        before = cohort - 1 - wait
        for wave in range(0 if universal else 1, len(rollout.data.waves)):
            yield Cell(cohort, wave), before if universal or wave > before else wave - 1


def cell_effect(panel: Wide | Sections, cell: Cell, base: int, request: Request) -> CellEffect:
    """Return the effect in one cell over units seen in both waves, or over the rows of both."""
    wait = request.options["anticipation"]
    treated = panel.start == cell.cohort
    if request.options["control_group"] == "never_treated":
        comparison = np.isinf(panel.start)
    else:
        comparison = (panel.start > max(cell.wave, base) + wait) & ~treated
    if isinstance(panel, Sections):
        return _of_sections(panel, cell, base, treated, treated | comparison, request)
    change = panel.outcome[:, cell.wave] - panel.outcome[:, base]
    members = np.flatnonzero((treated | comparison) & ~np.isnan(change))
    is_treated = treated[members]
    counts = int(is_treated.sum()), int((~is_treated).sum())
    if cell.wave == base:
        att = no_effect(ZERO)
    elif not counts[0] or not counts[1]:
        who = "treated" if not counts[0] else "comparison"
        att = no_effect(f"no {who} unit seen in both waves")
    else:
        att = _effect(panel, members, change, is_treated, base, request)
    return CellEffect(cell, base, att, members, *counts)


def _effect(
    panel: Wide, members: IntArray, change: FloatArray, is_treated: BoolArray, base: int, request: Request
) -> Att:
    covariates = panel.covariates[members, base]
    if covariates.shape[1] and is_treated.sum() < 2:
        return no_effect("one treated unit, which covariates would fit without error")
    return difference_of_changes(
        change[members], is_treated, covariates, panel.weights[members],
        adjustment=request.options["adjustment"],
    )  # fmt: skip


def _of_sections(
    panel: Sections, cell: Cell, base: int, treated: BoolArray, used: BoolArray, request: Request
) -> CellEffect:
    """Return the effect in one cell; counts are of rows in the cell's wave."""
    after = panel.time == cell.wave
    members = np.flatnonzero(used & (after | (panel.time == base)))
    is_treated, is_after = treated[members], after[members]
    counts = int((is_treated & is_after).sum()), int((~is_treated & is_after).sum())
    groups = {"treated": is_treated, "comparison": ~is_treated}
    empty = [who for who, rows in groups.items() if not rows[is_after].any() or not rows[~is_after].any()]
    if cell.wave == base:
        att = no_effect(ZERO)
    elif empty:
        att = no_effect(f"no {empty[0]} rows in one of the two waves")
    else:
        att = difference_of_levels(
            panel.outcome[members], is_treated, is_after, panel.covariates[members], panel.weights[members],
            adjustment=request.options["adjustment"],
        )  # fmt: skip
    return CellEffect(cell, base, att, members, *counts)


def influence_of(effects: list[CellEffect], n_units: int) -> FloatArray:
    """Return psi with one row per unit: units outside a comparison have no influence on it."""
    psi = np.zeros((n_units, len(effects)))
    for column, effect in enumerate(effects):
        psi[effect.members, column] = effect.att.psi * (n_units / max(len(effect.members), 1))
    return psi
