"""Everything that is estimated on one outcome of a programme: the effect, checks on it, plain means."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mande.errors import raise_errors
from mande.impact.call import duplicate_problems
from mande.impact.choice import Chosen, choose_method
from mande.impact.design import read_design
from mande.impact.diagnostics.placebo import placebo_before_start
from mande.impact.family import Tested
from mande.impact.further import further_effects
from mande.impact.groups import require_columns
from mande.impact.observed import CHANGES, MEANS, changes, means
from mande.impact.primary import primary_call
from mande.impact.registry import estimators
from mande.impact.task import (
    GROUP,
    LATER,
    ON,
    Asked,
    Task,
    fitted,
    has_baseline,
    in_contrast,
    planned,
    run,
    with_treatment,
)
from mande.results import Estimate, Finding, Further, Table
from mande.schema.programme import Programme
from mande.wording import Scale

__all__ = ["CHANGES", "MEANS", "OutcomeEstimates", "evaluate_outcome"]


@dataclass(frozen=True, slots=True)
class OutcomeEstimates:
    """One outcome: the main effect or the reason there is none, the same by other methods, and means.

    `further` are effects that answer another question: of each arm, on those who took part, on those whom the
    programme may reach, within subgroups. `tested` is what `family_of_effects` needs of the main effect.
    `means` has the columns `MEANS` and `changes` (since the baseline, in log points on the log scale) the
    columns `CHANGES`.
    """

    primary: Estimate | None
    reason: str
    others: tuple[Estimate, ...]
    means: Table
    changes: Table
    findings: tuple[Finding, ...]
    further: tuple[Further, ...] = ()
    tested: Tested | None = field(default=None, compare=False)


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
    lasting: Collection[str] = (),
) -> OutcomeEstimates:
    """Estimate a programme's effect on one outcome.

    Parameters
    ----------
    frame
        One row per unit and wave, with the unit, the wave (as the programme names it), the arm, the
        programme's cluster column (unless it is the unit's) and the outcome. Not modified.
    outcome, label, unit_of_measure
        Column of the outcome, what it is called in sentences, and its unit.
    programme
        The programme; its contrast says who is compared with whom, between which waves.
    scale
        Scale on which the effect is estimated.
    unit, wave, arm, weights
        Columns of the unit's id, the wave, the arm and the weights (by default the design's).
    inference, level
        As in `estimate`; level of intervals in sentences.
    lasting
        Columns that cannot change with the programme, such as those of the register.

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
    task = Task(programme, outcome, scale, label, unit_of_measure, unit, wave, arm, weights, inference)
    named_by = [entry.by for entry in programme.subgroups]
    data = with_treatment(frame, task, also=named_by, lasting=lasting)
    reading = read_design(programme, frame, unit=unit, wave=wave, arm=arm)
    seen = (means(data, task), changes(data, task))
    if reading.choice is None:
        return OutcomeEstimates(None, reading.reason, (), *seen, findings=())
    found = _main(data, task, reading.choice)
    others = _by_other_methods(data, task, found.findings)
    further = further_effects(data, task, reading.choice, found.primary, found.findings, lasting=lasting)
    findings = (*found.findings, *_placebo(data, task, level))
    return OutcomeEstimates(found.primary, found.reason, others, *seen, findings, further, found.tested)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found so far; the list of findings grows."""

    findings: list[Finding]
    primary: Estimate | None
    reason: str
    tested: Tested | None = None


def _main(data: pd.DataFrame, task: Task, choice: Chosen) -> _Found:
    """Return the main effect, or the reason that there is none with what comes next."""
    findings: list[Finding] = []
    is_told_before = has_baseline(data, task)
    if task.is_drawn and not choice.candidate.starts and not is_told_before:
        after = choose_method("trial_after", estimators())
        if after is not None and choice.candidate != after.candidate:
            choice = after
            findings.append(_without_baseline(task))
    asked = primary_call(data, task, choice)
    plan = planned(task, asked, findings)
    primary = None if plan is None else fitted(task, asked, plan, findings)
    if plan is not None and primary is not None:
        among = asked.rows[task.clusters_in(asked.rows) or task.unit].dropna().unique()
        names = tuple(sorted(str(name) for name in among))
        return _Found(findings, primary, "", Tested(task.name, plan, primary, primary.term, names))
    reason = str(findings[-1].values.get("reason", ""))
    if not is_told_before and not task.is_drawn:
        reason += ". " + AFTER_ONLY
    return _Found(findings, None, reason)


AFTER_ONLY = (
    "Next best: the groups' means after the programme, which stand below; what set the groups apart before "
    "stays in them."
)


def _without_baseline(task: Task) -> Finding:
    return Finding(
        id="outcome.no_baseline",
        title="Outcomes that were not known before",
        status="information",
        sentence=f"{task.name} was not told by both groups in {task.periods[0]}; the groups, drawn by lot, "
        f"are compared in {task.periods[1]} alone.",
        outcome=task.outcome,
    )


def _by_other_methods(data: pd.DataFrame, task: Task, findings: list[Finding]) -> tuple[Estimate, ...]:
    """Return the effect over all waves, and at like covariates where nothing was drawn."""
    if task.programme.is_repeated:
        return ()
    rows, dropped = in_contrast(data)
    asked: list[Asked] = []
    if len(task.waves) >= 3:  # over two waves they are the difference-in-differences again
        over_all = {"treated": ON, "waves": task.waves}
        asked += [Asked(method, rows, dropped, over_all) for method in ("first_difference", "twfe")]
    covariates = task.covariates_in(data)
    if covariates and not task.is_drawn and has_baseline(data, task):
        given: dict[str, Any] = {"treated": GROUP, "periods": task.periods, "covariates": covariates}
        asked.append(Asked("doubly_robust", rows, dropped, given))
    found = [run(task, one, findings) for one in asked]
    return tuple(one for one in found if one is not None)


def _placebo(data: pd.DataFrame, task: Task, level: float) -> tuple[Finding, ...]:
    """Return later starters against never starters over the contrast's waves, where there are both."""
    contrast, arms = task.programme.design.contrast, task.programme.arms
    is_later, is_never = data[LATER] == 1, data[LATER] == 0
    if task.programme.is_repeated or not (contrast.has_baseline and is_later.any() and is_never.any()):
        return ()

    def named(ids: Sequence[str]) -> str:
        return f"{task.programme.unit_name[1]} of the group " + " or ".join(f"'{arms[i].label}'" for i in ids)

    return (
        placebo_before_start(
            data,
            outcome=task.outcome,
            later=LATER,
            unit=task.unit,
            time=task.wave,
            periods=task.periods,
            cluster=task.clusters_in(data),
            weights=task.weights,
            scale=task.scale,
            label=task.label,
            unit_of_measure=task.unit_of_measure,
            level=level,
            who=named(sorted({str(name) for name in data.loc[is_later, task.arm]})),
            others=named(sorted({str(name) for name in data.loc[is_never, task.arm]})),
        ),
    )
