"""Effects beside the main one: one file per question, each with `effects(data, task, choice, findings)`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from mande.impact.choice import Chosen
from mande.impact.further import arms, spillover, subgroups, taking_part
from mande.impact.task import Task
from mande.results import Estimate, Finding, Further

__all__ = ["further_effects"]


def further_effects(
    data: pd.DataFrame,
    task: Task,
    choice: Chosen,
    primary: Estimate | None,
    findings: list[Finding],
    *,
    lasting: Collection[str] = (),
) -> tuple[Further, ...]:
    """Return what the design asks beside its contrast; what cannot be had is left as a finding.

    Parameters
    ----------
    data
        The rows with the columns of `task.with_treatment`.
    task, choice
        The outcome, and the method of the main effect.
    primary
        The main effect, against whose comparison an effect on those who took part is sized.
    findings
        Grows by the reasons why something could not be estimated.
    lasting
        Columns that cannot change with the programme.
    """
    found = list(arms.effects(data, task, choice, findings))
    for effect in taking_part.effects(data, task, findings):
        base = None if primary is None else primary.comparison
        found.append(replace(effect, estimate=replace(effect.estimate, comparison=base)))
    found += spillover.effects(data, task, choice, findings)
    found += subgroups.effects(data, task, choice, findings, lasting=lasting)
    return tuple(found)
