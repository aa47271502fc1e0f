"""One outcome of one programme: its columns, the rows of its contrast, and a call that may be refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mande.errors import MandeError
from mande.impact.call import Call
from mande.impact.choice import DRAWN
from mande.impact.circumstances import compared_component
from mande.impact.groups import numbers_of
from mande.impact.observations import BoolArray
from mande.impact.registry import estimators
from mande.impact.run import Prepared, as_call, fit_prepared, prepare
from mande.impact.waves import wave_label
from mande.results import Dropped, Estimate, Finding
from mande.schema.programme import Programme
from mande.wording import Scale

# Columns made here, beside none but those of the caller that `with_treatment` keeps.
GROUP = "in_treated_arm"
ON = "treated_from_start"
LATER = "starts_later"
FIRST = "first_wave_of_arm"


@dataclass(frozen=True, slots=True)
class Task:
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
    def name(self) -> str:
        """What the outcome is called in sentences."""
        return self.label or self.outcome

    @property
    def cluster(self) -> str:
        """The programme's cluster column."""
        return self.programme.design.cluster

    @property
    def waves(self) -> tuple[str, ...]:
        """Ids of the waves, earliest first."""
        return tuple(wave.id for wave in self.programme.waves)

    @property
    def periods(self) -> tuple[str, str]:
        """The waves of the contrast, before and after."""
        contrast = self.programme.design.contrast
        return contrast.baseline, contrast.follow_up

    @property
    def is_drawn(self) -> bool:
        """Whether chance decided who was treated."""
        return self.programme.design.assignment in DRAWN

    def clusters_in(self, data: pd.DataFrame) -> str | None:
        """Return the cluster column where the data have it; units that are not followed stand for it."""
        if self.cluster in data.columns:
            return self.cluster
        return self.unit if self.programme.is_repeated else None

    def covariates_in(self, data: pd.DataFrame) -> tuple[str, ...]:
        """Return the columns of covariates that `with_treatment` could make of what the design names."""
        named = (before(name) for name in self.programme.design.covariates)
        return tuple(name for name in named if name in data.columns)


def before(name: str) -> str:
    """Return what a column is called with its values before the programme."""
    return f"{name} before"


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of a method: rows, what was left out of them before, and arguments beside the task's own."""

    method: str
    rows: pd.DataFrame
    dropped: tuple[Dropped, ...]
    arguments: Mapping[str, Any]


def with_treatment(
    frame: pd.DataFrame, task: Task, *, also: Sequence[str] = (), lasting: Collection[str] = ()
) -> pd.DataFrame:
    """Return the needed columns with the group of the contrast, treatment from the start on, and covariates.

    Covariates are each unit's value in the baseline, or the row's own where it is `lasting`; a covariate
    that has no value from before is no column.
    """
    position = {name: place for place, name in enumerate(task.waves)}
    arms, contrast = task.programme.arms, task.programme.design.contrast
    start = {name: position[entry.starts] for name, entry in arms.items() if entry.starts is not None}
    if compared_component(task.programme) is not None:  # what both sides get is no treatment
        start = {name: place for name, place in start.items() if name not in contrast.comparison}
    wave = frame[task.wave].map(wave_label, na_action="ignore")
    place, begins = wave.map(position).to_numpy(dtype=float), frame[task.arm].map(start).to_numpy(dtype=float)
    known = frame[task.arm].isin(list(arms)).to_numpy() & ~np.isnan(place)
    # Later starters: treatment arms that begin after the follow-up, against arms that never begin.
    limit = position[contrast.follow_up]
    later = np.where(begins > limit, 1.0, np.where(np.isnan(begins) & known, 0.0, np.nan))
    made = {
        task.wave: wave.to_numpy(),
        GROUP: sides(frame, task, contrast.treated, contrast.comparison),
        ON: np.where(known, place >= np.where(np.isnan(begins), np.inf, begins), np.nan),
        LATER: later,
        FIRST: frame[task.arm].map({name: entry.starts or 0 for name, entry in arms.items()}).to_numpy(),
    }
    made |= _covariates(frame, task, np.asarray(wave == contrast.baseline), lasting)
    return frame.loc[:, _own_columns(frame, task, also)].reset_index(drop=True).assign(**made)


def _covariates(
    frame: pd.DataFrame, task: Task, at_baseline: BoolArray, lasting: Collection[str]
) -> dict[str, np.ndarray]:
    found = {}
    is_known = task.programme.design.contrast.has_baseline and not task.programme.is_repeated
    for name in task.programme.design.covariates:
        if name not in frame.columns:
            continue
        if name in lasting:
            found[before(name)] = frame[name].to_numpy()
        elif is_known:
            found[before(name)] = value_in(frame, task, name, at_baseline).to_numpy()
    return found


def value_in(frame: pd.DataFrame, task: Task, column: str, rows: BoolArray) -> pd.Series:
    """Return, for each row, what its unit has in `column` in some rows (one per unit)."""
    own = frame.loc[rows & frame[task.unit].notna().to_numpy()]
    return frame[task.unit].map(pd.Series(own[column].to_numpy(), index=own[task.unit]))


def _own_columns(frame: pd.DataFrame, task: Task, also: Sequence[str]) -> list[str]:
    design = task.programme.design
    named = (task.unit, task.arm, task.outcome, task.weights, task.cluster, design.strata, design.take_up)
    wanted = dict.fromkeys((*named, *also))
    return [name for name in wanted if name and name in frame.columns and name != task.wave]


def sides(frame: pd.DataFrame, task: Task, treated: Sequence[str], comparison: Sequence[str]) -> np.ndarray:
    """Return 1 for units of the arms `treated`, 0 for those of `comparison`, NaN for others."""
    in_arms = frame[task.arm].isin
    group = np.where(in_arms(list(treated)), 1.0, np.nan)
    return np.asarray(np.where(in_arms(list(comparison)), 0.0, group))


def within(data: pd.DataFrame, mask: BoolArray, reason: str) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    """Return the rows where `mask` holds, and how many were left out."""
    count = int((~mask).sum())
    return data.loc[mask], (Dropped(reason, count),) if count else ()


def in_contrast(data: pd.DataFrame, group: str = GROUP) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    """Return the rows of units that stand on a side of the comparison."""
    return within(data, data[group].notna().to_numpy(), "arm outside the contrast")


def at_follow_up(rows: pd.DataFrame, task: Task) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    """Return the rows of the contrast's follow-up."""
    return within(rows, (rows[task.wave] == task.periods[1]).to_numpy(), "wave outside the contrast")


def has_baseline(data: pd.DataFrame, task: Task, group: str = GROUP) -> bool:
    """Return whether units of both sides told the outcome in the contrast's baseline.

    Only whether there are values is asked, not which.
    """
    if not task.programme.design.contrast.has_baseline:
        return False
    told = ~np.isnan(numbers_of(data, task.outcome)) & (data[task.wave] == task.periods[0]).to_numpy()
    side = data[group].to_numpy()
    return bool((told & (side == 1)).any() and (told & (side == 0)).any())


def asked_by(task: Task, asked: Asked) -> Call:
    """Return the call of `estimate` that a task makes of what is asked."""
    return as_call(
        {
            "method": asked.method,
            "outcome": task.outcome,
            "unit": None if task.programme.is_repeated else task.unit,
            "time": task.wave,
            "cluster": task.clusters_in(asked.rows),
            "weights": task.weights,
            "inference": task.inference,
            "scale": task.scale,
            "label": task.label,
            "unit_of_measure": task.unit_of_measure,
            **asked.arguments,
        }
    )


def planned(task: Task, asked: Asked, findings: list[Finding]) -> Prepared | None:
    """Return a call without problems, or leave the reason as a finding."""
    try:
        return prepare(asked.rows, asked_by(task, asked))
    except MandeError as error:
        findings.append(refused(task, asked.method, error))
        return None


def run(task: Task, asked: Asked, findings: list[Finding]) -> Estimate | None:
    """Return an estimate, or leave the reason as a finding."""
    prepared = planned(task, asked, findings)
    return None if prepared is None else fitted(task, asked, prepared, findings)


def fitted(task: Task, asked: Asked, prepared: Prepared, findings: list[Finding]) -> Estimate | None:
    """Return the estimate of a planned call, with the rows left out before it counted."""
    try:
        result = fit_prepared(prepared)
    except MandeError as error:
        findings.append(refused(task, asked.method, error))
        return None
    if not asked.dropped:
        return result
    sample = result.sample
    before = sum(entry.count for entry in asked.dropped)
    whole = replace(sample, rows_in=sample.rows_in + before, dropped=(*asked.dropped, *sample.dropped))
    return replace(result, sample=whole)


def refused(task: Task, method: str, error: MandeError) -> Finding:
    """Return what keeps a method from an effect, with the codes of the problems."""
    reasons = "; ".join(f"{problem.summary()} ({problem.found()})" for problem in error.problems)
    title = _TITLES.get(method) or estimators()[method].title
    return Finding(
        id=f"method.{method}",
        title="An effect that could not be estimated",
        status="limit",
        sentence=f"{task.name}: {title} could not be estimated: {reasons}.",
        outcome=task.outcome,
        advice=" ".join(dict.fromkeys(problem.fix() for problem in error.problems)),
        values={"reason": reasons, "code": " ".join(dict.fromkeys(p.code.id for p in error.problems))},
    )


_TITLES = {
    "did": "the difference-in-differences",
    "first_difference": "first differences",
    "twfe": "two-way fixed effects",
}
