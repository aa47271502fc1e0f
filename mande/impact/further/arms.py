"""An effect of each arm (or of each component that arms combine), estimated together.

Arms that exclude each other enter one regression, in which covariates and strata are multiplied by each
arm, so that no arm's effect is mixed into another's (`estimators._after`); with a comparison group that was
not drawn it is the regression of changes, whose coefficients are differences-in-differences. Where arms
combine components, the components enter with their products, each averaged over the others as they occur.
Where other units are asked in each wave, each arm is compared with the comparison group alone. The p-values
of the arms are corrected for their number within the family of the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mande.errors import Code, Text
from mande.impact import problems as codes
from mande.impact.choice import Chosen
from mande.impact.coded import coded
from mande.impact.family import Tested, family_of_effects
from mande.impact.primary import at_like
from mande.impact.run import Prepared
from mande.impact.task import (
    Asked,
    Task,
    at_follow_up,
    fitted,
    has_baseline,
    planned,
    within,
)
from mande.results import Estimate, Finding, Further
from mande.wording import upper_first

_TITLE = "What did each arm change?"
_COMPONENTS = "What did each part of the programme change?"
_COMPARED = "in_comparison_of_arms"

ARMS = Code(
    "M-ARMS",
    Text(
        "the arms cannot be told apart in one evaluation",
        "les bras ne peuvent être distingués dans une seule évaluation",
        "los brazos no se pueden distinguir en una sola evaluación",
    ),
    Text(
        "arms that start in the same wave, against a group that gets none of them",
        "des bras qui commencent dans la même vague, face à un groupe qui n'en reçoit aucun",
        "brazos que empiezan en la misma ronda, frente a un grupo que no recibe ninguno",
    ),
    Text(
        "Evaluate each arm with a contrast of its own, or read the main effect, which takes them together.",
        "Évaluez chaque bras avec son propre contraste, ou lisez l'effet principal, qui les prend ensemble.",
        "Evalúe cada brazo con su propio contraste, o lea el efecto principal, que los toma juntos.",
    ),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of the joint regression: for each term its label and the arms in which it is 1."""

    terms: Mapping[str, tuple[str, tuple[str, ...]]]
    members: tuple[str, ...]
    is_crossed: bool

    @property
    def labels(self) -> dict[str, str]:
        """What each term is called."""
        return {term: label for term, (label, _) in self.terms.items()}

    def columns(self, arms: pd.Series) -> dict[str, Any]:
        """Return one 0/1 column for each term."""
        return {term: arms.isin(list(names)).astype(float) for term, (_, names) in self.terms.items()}


def layout_of(task: Task) -> Layout | None:
    """Return the arms to be told apart, or None where there is only one.

    Treatment arms that start with the contrast's are taken along, whether or not the contrast names them.
    """
    arms, contrast = task.programme.arms, task.programme.design.contrast
    starts = {arms[name].starts for name in contrast.treated}
    same = [name for name, arm in arms.items() if arm.starts is not None and arm.starts in starts]
    members = tuple(dict.fromkeys((*contrast.treated, *contrast.comparison, *same)))
    parts = sorted({part for name in members for part in arms[name].components})
    if any(len(arms[name].components) > 1 for name in members):
        terms = {
            f"component {part}": (_said(part), tuple(n for n in members if part in arms[n].components))
            for part in parts
        }
        return Layout(terms, members, is_crossed=True) if len(terms) > 1 else None
    treated = tuple(name for name in members if name not in contrast.comparison)
    if len(treated) < 2:
        return None
    return Layout({f"arm {n}": (str(arms[n].label), (n,)) for n in treated}, members, is_crossed=False)


def _said(part: str) -> str:
    return upper_first(part.replace("_", " "))


def effects(data: pd.DataFrame, task: Task, choice: Chosen, findings: list[Finding]) -> Iterator[Further]:
    """Yield the effects of the arms, one `Further` for a joint regression, else one for each arm."""
    layout = layout_of(task)
    if layout is None:
        return
    problem = _obstacle(task, layout)
    if problem:
        findings.append(_refusal(task, problem))
        return
    rows, dropped = within(data, data[task.arm].isin(layout.members).to_numpy(), "arm outside the contrast")
    rows = rows.assign(**layout.columns(rows[task.arm]))
    if task.programme.is_repeated and not task.is_drawn:
        asked = _one_by_one(rows, task, layout)
    else:
        asked = [(_joint(rows, task, layout), tuple(layout.terms))]
    found = []
    for one, terms in asked:
        call = replace(one, dropped=(*dropped, *one.dropped))
        plan = planned(task, call, findings)
        result = None if plan is None else fitted(task, call, plan, findings)
        if plan is not None and result is not None:
            result = _with_reasons(result, terms)
            found.append(_tested(layout, plan, result, terms))
    tested = [entry for group in found for entry in group]
    family = family_of_effects(tested) if len(tested) > 1 else None
    title = _COMPONENTS if layout.is_crossed else _TITLE
    for place, group in enumerate(found):
        labels = {entry.term: entry.label for entry in group}
        yield Further("arms", title, group[0].estimate, labels, family if place == 0 else None)


def _tested(layout: Layout, plan: Prepared, result: Estimate, terms: Sequence[str]) -> list[Tested]:
    """Return the effects of one call; that of a single arm is the call's own, whatever its term is called."""
    own = {term: term if len(terms) > 1 else result.term for term in terms}
    return [Tested(layout.terms[term][0], plan, result, name) for term, name in own.items()]


def _obstacle(task: Task, layout: Layout) -> str:
    """Return what keeps the arms from being told apart; empty where nothing does."""
    arms, contrast = task.programme.arms, task.programme.design.contrast
    starts = sorted({arm for name in layout.members if (arm := arms[name].starts) is not None})
    if len(starts) > 1:
        return f"arms that start in {', '.join(starts)}"
    nothing = [name for name in contrast.comparison if arms[name].starts is None]
    if not nothing:
        return "a comparison group that is treated too"
    if layout.is_crossed and task.programme.is_repeated and not task.is_drawn:
        return "arms that cross, not drawn by lot, with other units in each wave"
    return ""


def _joint(rows: pd.DataFrame, task: Task, layout: Layout) -> Asked:
    """Return one regression with a column for each term."""
    given: dict[str, Any] = {"treated": tuple(layout.terms)}
    in_any = np.where(rows[list(layout.terms)].any(axis=1), 1.0, 0.0)
    is_told_before = has_baseline(rows.assign(**{_COMPARED: in_any}), task, _COMPARED)
    if not task.is_drawn:
        return Asked("change_score", rows, (), given | {"periods": task.periods})
    given |= at_like(rows, task)
    if task.programme.is_repeated or not is_told_before:
        rows, outside = at_follow_up(rows, task)
        return Asked("ancova", rows, outside, given | {"time": None})
    return Asked("ancova", rows, (), given | {"periods": task.periods})


def _one_by_one(rows: pd.DataFrame, task: Task, layout: Layout) -> list[tuple[Asked, tuple[str, ...]]]:
    """Return one comparison for each arm; rows of other arms stand beside with no side."""
    every = rows[list(layout.terms)].any(axis=1)
    asked: list[tuple[Asked, tuple[str, ...]]] = []
    for term in layout.terms:
        own = rows[term] == 1
        sided = rows.assign(**{term: np.where(own, 1.0, np.where(every, np.nan, 0.0))})
        asked.append((Asked("did", sided, (), {"treated": term, "periods": task.periods}), (term,)))
    return asked


def _with_reasons(result: Estimate, terms: Sequence[str]) -> Estimate:
    """Return the estimate with rows that stand on no side counted as what they are."""
    own = {f"no value of {term}" for term in terms}
    dropped = tuple(
        replace(entry, reason="unit of another arm") if entry.reason in own else entry
        for entry in result.sample.dropped
    )
    return replace(result, sample=replace(result.sample, dropped=dropped))


def _refusal(task: Task, found: str) -> Finding:
    problem = codes.problem(ARMS, argument="design.contrast", found=found)
    return coded(problem, id="further.arms", title=_TITLE, status="limit", name=task.name,
                 outcome=task.outcome)  # fmt: skip
