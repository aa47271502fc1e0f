"""The effect on those who took part because they were drawn, beside that of being drawn.

Take-up is carried by the draw as instrument, with the confidence set that holds however little the draw moved
it (Anderson-Rubin), at like baseline values, covariates and strata of the draw. Without a draw, group
membership is no instrument: those who belong to the treated group may differ in ways that move the outcome,
and where take-up in the comparison group changes, a ratio of differences is no effect at all (de
Chaisemartin and D'Haultfoeuille 2018, Review of Economic Studies 85(2)).
Source: Imbens and Angrist (1994), Econometrica 62(2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from mande.errors import Code, Text
from mande.impact import problems as codes
from mande.impact.coded import coded
from mande.impact.primary import at_like
from mande.impact.task import GROUP, Asked, Task, at_follow_up, has_baseline, in_contrast, run, value_in
from mande.results import Finding, Further

_BEFORE = "outcome before"
_TITLE = "What did the programme change for those who took part?"

TAKE_UP = Code(
    "M-TAKEUP",
    Text(
        "no effect on those who took part can be estimated",
        "aucun effet sur les participants ne peut être estimé",
        "no se puede estimar un efecto sobre los participantes",
    ),
    Text(
        "a draw by lot that decided who was offered the programme, so that the draw is an instrument",
        "un tirage au sort de ceux à qui le programme a été offert, qui serve d'instrument",
        "un sorteo que decidió a quién se ofreció el programa, para que sirva de instrumento",
    ),
    Text(
        "Read the effect of belonging to the treated group; do not compare who took part with who did not.",
        "Lisez l'effet d'appartenir au groupe traité ; ne comparez pas participants et non-participants.",
        "Lea el efecto de pertenecer al grupo tratado; no compare participantes con no participantes.",
    ),
)


def effects(data: pd.DataFrame, task: Task, findings: list[Finding]) -> Iterator[Further]:
    """Yield the effect on those who took part, where the design names take-up."""
    take_up = task.programme.design.take_up
    if take_up is None or take_up not in data.columns:
        return
    if not task.is_drawn:
        problem = codes.problem(TAKE_UP, column=take_up, found="treated units that were not drawn by lot")
        findings.append(
            coded(problem, id="further.taking_part", title=_TITLE, status="limit", name=task.name,
                  outcome=task.outcome)
        )  # fmt: skip
        return
    given: dict[str, Any] = {"treated": take_up, "instruments": GROUP, "time": None, **at_like(data, task)}
    is_linked = not task.programme.is_repeated and has_baseline(data, task)
    rows, dropped = in_contrast(_with_value_before(data, task) if is_linked else data)
    rows, outside = at_follow_up(rows, task)
    given |= {"baseline": _BEFORE} if is_linked else {}
    result = run(task, Asked("iv", rows, (*dropped, *outside), given), findings)
    if result is not None:
        yield Further("taking_part", _TITLE, result, {result.term: "Those who took part because drawn"})


def _with_value_before(data: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the rows with the unit's outcome in the baseline beside."""
    at_baseline = (data[task.wave] == task.periods[0]).to_numpy()
    return data.assign(**{_BEFORE: value_in(data, task, task.outcome, at_baseline)})
