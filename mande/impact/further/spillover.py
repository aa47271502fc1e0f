"""What changed among those whom the programme may have reached without treating them.

The group of role `spillover` stands in the place of the treated, against the same comparison group, by the
method of the main effect. It is the programme's effect on neighbours only if the comparison group itself
was not reached.
Source: Miguel and Kremer (2004), Econometrica 72(1); Baird, Bohren, McIntosh and Oezler (2018), Review of
Economics and Statistics 100(5).
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from mande import wording
from mande.errors import Code, Text
from mande.impact import problems as codes
from mande.impact.choice import Chosen, choose_method
from mande.impact.coded import coded
from mande.impact.primary import primary_call
from mande.impact.registry import estimators
from mande.impact.task import Task, has_baseline, run, sides
from mande.results import Finding, Further

_SIDE = "in_reached_group"
_TITLE = "What changed among those the programme may have reached?"

SPILLOVER = Code(
    "M-SPILLOVER",
    Text(
        "no effect on those the programme may have reached can be estimated",
        "aucun effet sur ceux que le programme a pu atteindre ne peut être estimé",
        "no se puede estimar un efecto sobre quienes el programa pudo haber alcanzado",
    ),
    Text(
        "units of that group with the outcome in the waves of the contrast, and one start of the programme",
        "des unités de ce groupe avec le résultat dans les vagues comparées, et un seul début du programme",
        "unidades de ese grupo con el resultado en las rondas comparadas, y un solo inicio del programa",
    ),
    Text(
        "Interview the group in both waves, or take it out of the arms; name one start in the contrast.",
        "Enquêtez le groupe dans les deux vagues, ou retirez-le des bras ; nommez un seul début.",
        "Entreviste al grupo en ambas rondas, o quítelo de los brazos; nombre un solo inicio.",
    ),
)


def effects(data: pd.DataFrame, task: Task, choice: Chosen, findings: list[Finding]) -> Iterator[Further]:
    """Yield the effect on the spillover groups taken together."""
    arms = task.programme.arms
    reached = [name for name, arm in arms.items() if arm.role == "spillover"]
    if not reached:
        return
    data = data.assign(**{_SIDE: sides(data, task, reached, task.programme.design.contrast.comparison)})
    if choice.candidate.starts:
        findings.append(_refusal(task, "arms that start at different times"))
        return
    is_told_before = has_baseline(data, task, _SIDE)
    after = choose_method("trial_after", estimators())
    if task.is_drawn and not is_told_before and after is not None:
        choice = after
    told = data.loc[data[_SIDE] == 1, task.outcome].notna()
    if not told.any():
        findings.append(_refusal(task, f"{wording.count(len(told), 'row')}, none with the outcome"))
        return
    result = run(task, primary_call(data, task, choice, group=_SIDE), findings)
    if result is None:
        return
    label = " or ".join(str(arms[name].label) for name in reached)
    note = "An effect on this group only if the programme did not reach the comparison group too."
    yield Further("spillover", _TITLE, result, {result.term: label}, notes=(note,))


def _refusal(task: Task, found: str) -> Finding:
    problem = codes.problem(SPILLOVER, column=task.outcome, found=found)
    return coded(problem, id="further.spillover", title=_TITLE, status="limit", name=task.name,
                 outcome=task.outcome)  # fmt: skip
