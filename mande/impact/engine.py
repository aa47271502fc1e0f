"""Everything that is estimated on one outcome of a programme: the effect, checks on it, plain means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mande.errors import MandeError, raise_errors
from mande.impact.call import duplicate_problems
from mande.impact.choice import DRAWN, Chosen
from mande.impact.circumstances import compared_component
from mande.impact.design import read_design
from mande.impact.diagnostics.placebo import placebo_before_start
from mande.impact.groups import mean_with_error, numbers_of, require_columns
from mande.impact.observations import BoolArray, FloatArray, IntArray, as_codes
from mande.impact.registry import estimators
from mande.impact.run import estimate
from mande.impact.waves import wave_label
from mande.results import Cell, Dropped, Estimate, Finding, Table
from mande.schema.programme import Programme
from mande.wording import Scale

MEANS = ("arm", "arm_label", "wave", "wave_label", "n", "mean", "sd", "median")
CHANGES = ("arm", "arm_label", "wave", "wave_label", "n", "change", "std_error", "df")

# Columns made here, beside none but the unit, wave, arm, cluster, weights and outcome of the caller.
_GROUP = "in_treated_arm"
_ON = "treated_from_start"
_LATER = "starts_later"
_FIRST = "first_wave_of_arm"


@dataclass(frozen=True, slots=True)
class OutcomeEstimates:
    """One outcome: the main effect or the reason there is none, the same by other methods, and means.

    `means` has the columns `MEANS` and `changes` (since the baseline, in log points on the log scale)
    the columns `CHANGES`.
    """

    primary: Estimate | None
    reason: str
    others: tuple[Estimate, ...]
    means: Table
    changes: Table
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Task:
    """One outcome of one programme, and how the columns are called."""

    programme: Programme
    outcome: str
    scale: Scale
    label: str
    unit_of_measure: str
    unit: str
    wave: str
    arm: str
    weights: str | None
    inference: str

    @property
    def cluster(self) -> str:
        return self.programme.design.cluster

    @property
    def waves(self) -> tuple[str, ...]:
        return tuple(wave.id for wave in self.programme.waves)


def evaluate_outcome(
    frame: pd.DataFrame,
    *,
    outcome: str,
    programme: Programme,
    scale: Scale = "level",
    label: str = "",
    unit_of_measure: str = "",
    unit: str = "unit",
    wave: str = "wave",
    arm: str = "arm",
    weights: str | None = None,
    inference: str = "auto",
    level: float = 0.95,
) -> OutcomeEstimates:
    """Estimate a programme's effect on one outcome.

    Parameters
    ----------
    frame
        One row per unit and wave, with the unit, the wave (as the programme names it), the arm, the
        programme's cluster column (unless it is the unit's) and the outcome. Not modified.
    outcome
        Column of the outcome.
    programme
        The programme; its contrast says who is compared with whom, between which waves.
    scale
        Scale on which the effect is estimated.
    label
        What the outcome is called in sentences.
    unit_of_measure
        Unit of the outcome.
    unit
        Column of the unit's id.
    wave
        Column of the wave.
    arm
        Column of the arm.
    weights
        Column of weights.
    inference
        As in `estimate`.
    level
        Level of intervals in sentences.

    Raises
    ------
    MandeError
        M-COLUMN or M-DUPLICATE: what no method can work with.

    Returns
    -------
    OutcomeEstimates. The primary estimate is by the method that the design calls for (`impact.choice`); the
    others, where units are followed, are first differences and two-way fixed effects, both over all waves
    (if three or more) on a column that is 1 from the start of the unit's arm on. A method that cannot be
    used leaves a finding `method.<name>` with the reason; where the design allows no effect at all, `reason`
    says why.
    """
    require_columns(frame, [unit, wave, arm, outcome, *([weights] if weights else [])])
    raise_errors(duplicate_problems(frame, unit, wave))
    named = programme.design.weights
    weights = weights or (named if named in frame.columns else None)
    task = _Task(programme, outcome, scale, label, unit_of_measure, unit, wave, arm, weights, inference)
    data = _with_treatment(frame, task)
    findings: list[Finding] = []
    primary: Estimate | None = None
    others: tuple[Estimate | None, ...] = ()
    placebo: tuple[Finding, ...] = ()
    reading = read_design(programme, frame, unit=unit, wave=wave, arm=arm)
    if reading.choice is not None:
        primary = _primary(data, task, findings, reading.choice)
        if not programme.is_repeated:
            others = (_differences(data, task, findings), _all_waves(data, task, findings))
        placebo = () if programme.is_repeated else _placebo(data, task, level)
    return OutcomeEstimates(
        primary=primary,
        reason="" if primary else reading.reason or str(findings[0].values.get("reason", "")),
        others=tuple(other for other in others if other is not None),
        means=_means(data, task),
        changes=_changes(data, task),
        findings=(*findings, *placebo),
    )


def _with_treatment(frame: pd.DataFrame, task: _Task) -> pd.DataFrame:
    """Return the needed columns with the group of the contrast and treatment from the start on."""
    position = {name: place for place, name in enumerate(task.waves)}
    arms, contrast = task.programme.arms, task.programme.design.contrast
    start = {name: position[entry.starts] for name, entry in arms.items() if entry.starts is not None}
    if compared_component(task.programme) is not None:  # what both sides get is no treatment
        start = {name: place for name, place in start.items() if name not in contrast.comparison}
    wave = frame[task.wave].map(wave_label, na_action="ignore")
    place, begins = wave.map(position).to_numpy(dtype=float), frame[task.arm].map(start).to_numpy(dtype=float)
    known = frame[task.arm].isin(list(arms)).to_numpy() & ~np.isnan(place)
    in_arms = frame[task.arm].isin
    group = np.where(in_arms(list(contrast.treated)), 1.0, np.nan)
    group = np.where(in_arms(list(contrast.comparison)), 0.0, group)
    # Later starters: treatment arms that begin after the follow-up, against arms that never begin.
    limit = position[contrast.follow_up]
    later = np.where(begins > limit, 1.0, np.where(np.isnan(begins) & known, 0.0, np.nan))
    own = [task.unit, task.arm, task.outcome, *([task.weights] if task.weights else [])]
    named = (task.cluster, task.programme.design.strata)
    own += [name for name in dict.fromkeys(named) if name and name in frame.columns and name not in own]
    made = {
        task.wave: wave.to_numpy(),
        _GROUP: group,
        _ON: np.where(known, place >= np.where(np.isnan(begins), np.inf, begins), np.nan),
        _LATER: later,
        _FIRST: frame[task.arm].map({name: entry.starts or 0 for name, entry in arms.items()}).to_numpy(),
    }
    return frame.loc[:, own].reset_index(drop=True).assign(**made)


def _run(
    data: pd.DataFrame, task: _Task, findings: list[Finding], method: str, **arguments: Any
) -> Estimate | None:
    """Return an estimate, or leave the reason as a finding."""
    cluster = task.cluster if task.cluster in data.columns else None
    unit: str | None = task.unit
    if task.programme.is_repeated:
        unit, cluster = None, cluster or task.unit
    try:
        return estimate(
            data,
            method=method,
            outcome=task.outcome,
            unit=unit,
            time=task.wave,
            cluster=cluster,
            weights=task.weights,
            inference=task.inference,
            scale=task.scale,
            label=task.label,
            unit_of_measure=task.unit_of_measure,
            **arguments,
        )
    except MandeError as error:
        findings.append(_refused(task, method, error))
        return None


def _refused(task: _Task, method: str, error: MandeError) -> Finding:
    reasons = "; ".join(f"{problem.summary()} ({problem.found()})" for problem in error.problems)
    name = task.label or task.outcome
    title = _TITLES.get(method) or estimators()[method].title
    return Finding(
        id=f"method.{method}",
        title="An effect that could not be estimated",
        status="limit",
        sentence=f"{name}: {title} could not be estimated: {reasons}.",
        outcome=task.outcome,
        advice=" ".join(dict.fromkeys(problem.fix() for problem in error.problems)),
        values={"reason": reasons},
    )


_TITLES = {
    "did": "the difference-in-differences",
    "first_difference": "first differences",
    "twfe": "two-way fixed effects",
}


def _within(data: pd.DataFrame, mask: BoolArray, reason: str) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    count = int((~mask).sum())
    return data.loc[mask], (Dropped(reason, count),) if count else ()


def _count_also(result: Estimate | None, dropped: tuple[Dropped, ...]) -> Estimate | None:
    """Return the estimate with rows left out before the call added to its sample."""
    if result is None or not dropped:
        return result
    sample = result.sample
    before = sum(entry.count for entry in dropped)
    whole = replace(sample, rows_in=sample.rows_in + before, dropped=(*dropped, *sample.dropped))
    return replace(result, sample=whole)


def _primary(data: pd.DataFrame, task: _Task, findings: list[Finding], choice: Chosen) -> Estimate | None:
    contrast, method = task.programme.design.contrast, choice.candidate.method
    rows, dropped = _in_contrast(data)
    if choice.candidate.starts:
        first, last = task.waves.index(contrast.baseline), task.waves.index(contrast.follow_up)
        span = task.waves[first : last + 1]
        rows, outside = _within(rows, rows[task.wave].isin(span).to_numpy(), "wave outside the contrast")
        given: dict[str, Any] = {"first_treated": _FIRST, "waves": span}
        if "control_group" in estimators()[method].options:
            given["control_group"] = "not_yet_treated"
        dropped = (*dropped, *outside)
    else:
        given = {"treated": _GROUP, "periods": (contrast.baseline, contrast.follow_up)}
        given |= _lottery(data, task, method)
    return _count_also(_run(rows, task, findings, method, **given), dropped)


def _lottery(data: pd.DataFrame, task: _Task, method: str) -> dict[str, Any]:
    """Return what was drawn and within which strata, so that the draw can be replayed."""
    design = task.programme.design
    if design.assignment not in DRAWN or task.inference not in ("auto", "randomisation"):
        return {}
    if "randomisation" not in estimators()[method].inferences:
        return {}
    groups = design.assignment == "randomised_clusters" and task.cluster in data.columns
    given: dict[str, Any] = {"assigned_by": task.cluster if groups else task.unit}
    if design.strata in data.columns:
        given["strata"] = design.strata
    return given


def _differences(data: pd.DataFrame, task: _Task, findings: list[Finding]) -> Estimate | None:
    if len(task.waves) < 3:
        return None  # over two waves it is the difference-in-differences again
    rows, outside = _in_contrast(data)
    result = _run(rows, task, findings, "first_difference", treated=_ON, waves=task.waves)
    return _count_also(result, outside)


def _all_waves(data: pd.DataFrame, task: _Task, findings: list[Finding]) -> Estimate | None:
    if len(task.waves) < 3:
        return None  # the same as the primary
    rows, outside = _in_contrast(data)
    return _count_also(_run(rows, task, findings, "twfe", treated=_ON, waves=task.waves), outside)


def _in_contrast(data: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    return _within(data, data[_GROUP].notna().to_numpy(), "arm outside the contrast")


def _placebo(data: pd.DataFrame, task: _Task, level: float) -> tuple[Finding, ...]:
    """Return later starters against never starters over the contrast's waves, where there are both."""
    if not (data[_LATER] == 1).any() or not (data[_LATER] == 0).any():
        return ()
    contrast, arms = task.programme.design.contrast, task.programme.arms
    later = sorted({str(name) for name in data.loc[data[_LATER] == 1, task.arm]})
    never = sorted({str(name) for name in data.loc[data[_LATER] == 0, task.arm]})

    def named(ids: Sequence[str]) -> str:
        return f"{task.programme.unit_name[1]} of the group " + " or ".join(f"'{arms[i].label}'" for i in ids)

    return (
        placebo_before_start(
            data,
            outcome=task.outcome,
            later=_LATER,
            unit=task.unit,
            time=task.wave,
            periods=(contrast.baseline, contrast.follow_up),
            cluster=task.cluster if task.cluster in data.columns else None,
            weights=task.weights,
            scale=task.scale,
            label=task.label,
            unit_of_measure=task.unit_of_measure,
            level=level,
            who=named(later),
            others=named(never),
        ),
    )


def _means(data: pd.DataFrame, task: _Task) -> Table:
    values = numbers_of(data, task.outcome)
    rows: list[tuple[Cell, ...]] = []
    for arm, arm_label, wave, wave_name, mask in _cells(data, task):
        # Sorted, so that sums do not depend on the order of the rows.
        found = np.sort(values[mask & ~np.isnan(values)])
        mean = float(found.mean()) if len(found) else None
        sd = float(found.std(ddof=1)) if len(found) > 1 else None
        median = float(np.median(found)) if len(found) else None
        rows.append((arm, arm_label, wave, wave_name, len(found), mean, sd, median))
    note = "Unweighted means of the units that reported the outcome in the wave."
    return Table("Means by group and wave", MEANS, tuple(rows), (note,), cell_size="n")


def _changes(data: pd.DataFrame, task: _Task) -> Table:
    """Return the mean change since the contrast's baseline of units seen in both waves."""
    values = numbers_of(data, task.outcome)
    if task.scale == "log":
        values = np.log(np.where(values > 0, values, np.nan))
    baseline = task.programme.design.contrast.baseline
    clusters = as_codes(data[task.cluster if task.cluster in data.columns else task.unit])
    units = as_codes(data[task.unit])
    start = _by_unit(units, values, (data[task.wave] == baseline).to_numpy())
    later = task.waves[task.waves.index(baseline) + 1 :]
    rows: list[tuple[Cell, ...]] = []
    for arm, arm_label, wave, wave_name, mask in _cells(data, task):
        if wave not in later:
            continue
        in_cell = np.flatnonzero(mask & (units >= 0) & (clusters >= 0))
        in_cell = in_cell[np.argsort(units[in_cell], kind="stable")]
        change = values[in_cell] - np.array([start.get(int(unit), np.nan) for unit in units[in_cell]])
        known = ~np.isnan(change)
        mean, error, reference = mean_with_error(change[known], clusters[in_cell][known])
        df = None if reference is None else reference.df
        rows.append((arm, arm_label, wave, wave_name, int(known.sum()), mean, error, df))
    notes = [f"Units that reported the outcome in {baseline} and in the wave, unweighted."]
    notes += ["In log points."] if task.scale == "log" else []
    return Table(f"Changes since {baseline} by group", CHANGES, tuple(rows), tuple(notes), cell_size="n")


def _by_unit(units: IntArray, values: FloatArray, mask: BoolArray) -> Mapping[int, float]:
    return {int(unit): float(value) for unit, value in zip(units[mask], values[mask], strict=True)}


def _cells(data: pd.DataFrame, task: _Task) -> list[tuple[str, str, str, str, BoolArray]]:
    """Return every arm and wave of the programme with the rows that belong to it."""
    arms, waves = data[task.arm].to_numpy(), data[task.wave].to_numpy()
    return [
        (name, str(arm.label), wave.id, str(wave.label), np.asarray((arms == name) & (waves == wave.id)))
        for name, arm in task.programme.arms.items()
        for wave in task.programme.waves
    ]
