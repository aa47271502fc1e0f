"""How the method that a design calls for is asked: its rows, waves, covariates and the draw to be
replayed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mande.impact.choice import Chosen
from mande.impact.registry import estimators
from mande.impact.task import FIRST, GROUP, Asked, Task, at_follow_up, in_contrast, within
from mande.results import Dropped

Rows = tuple[pd.DataFrame, tuple[Dropped, ...]]


def primary_call(data: pd.DataFrame, task: Task, choice: Chosen, *, group: str = GROUP) -> Asked:
    """Return the call of the chosen method; `group` is the column of who stands on which side."""
    method = choice.candidate.method
    rows, dropped = in_contrast(data, group)
    if choice.candidate.starts:
        span = _span(task)
        rows, outside = within(rows, rows[task.wave].isin(span).to_numpy(), "wave outside the contrast")
        given: dict[str, Any] = {"first_treated": FIRST, "waves": span}
        if "control_group" in estimators()[method].options:
            given["control_group"] = "not_yet_treated"
        return Asked(method, rows, (*dropped, *outside), given)
    given = {"treated": group, **lottery(data, task, method)}
    if choice.candidate.is_after_only:
        rows, outside = at_follow_up(rows, task)
        return Asked(method, rows, (*dropped, *outside), given | {"time": None, **at_like(data, task)})
    given["periods"] = task.periods
    if method == "ancova":
        given |= at_like(data, task)
    return Asked(method, rows, dropped, given)


def _span(task: Task) -> tuple[str, ...]:
    first, last = (task.waves.index(wave) for wave in task.periods)
    return task.waves[first : last + 1]


def at_like(data: pd.DataFrame, task: Task) -> dict[str, Any]:
    """Return covariates, and the strata within which was drawn as effects that are removed.

    Where the share of the treated differs between strata, groups are alike only within them (Bruhn and
    McKenzie 2009, American Economic Journal: Applied Economics 1(4)).
    """
    given: dict[str, Any] = {"covariates": task.covariates_in(data)}
    strata = task.programme.design.strata
    if task.is_drawn and strata in data.columns:
        given["absorb"] = strata
    return given


def lottery(data: pd.DataFrame, task: Task, method: str) -> dict[str, Any]:
    """Return what was drawn and within which strata, so that the draw can be replayed."""
    design = task.programme.design
    if not task.is_drawn or task.inference not in ("auto", "randomisation"):
        return {}
    if "randomisation" not in estimators()[method].inferences:
        return {}
    groups = design.assignment == "randomised_clusters" and task.cluster in data.columns
    given: dict[str, Any] = {"assigned_by": task.cluster if groups else task.unit}
    if design.strata in data.columns:
        given["strata"] = design.strata
    return given
