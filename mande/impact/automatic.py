"""`inference="auto"`: which standard error a planned method gets, and why.

Clustered errors (CR1, influence functions, Anderson and Rubin's set with CR1) lean on many clusters in either
arm, none of which carries the effect alone: with 30 clusters of which 2 are treated they reject a true null
more than one time in four. Treated and other clusters are counted apart, for every arm and clustering, and
weighed (see `carrying`). Where they are few the draw is replayed if chance made it; otherwise the careful
form of the kind is taken: CR2, the jackknife of the whole method, Anderson and Rubin's set with CR2.
Where one cluster alone stands for a group, only a draw that can be replayed gives an interval: else the call
is refused (see `lone`). Nothing here looks at the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mande.errors import Problem
from mande.impact.carrying import Weight, arm_counts, weigh
from mande.impact.contract import Estimator, Inference, LinearModel, Plan, Request
from mande.impact.linear import absorbed_sets, leverage, solve
from mande.impact.regressors import is_nested

FEW = 10
"""Fewer clusters in an arm, and CR1 is not taken (Cameron and Miller 2015, VI)."""
FEW_EQUAL = 22
"""Fewer clusters of equal weight, and CR1 is not taken: with G* of them its errors have about G* - 2 degrees
of freedom, not G - 1."""
FEW_FOR_INFLUENCE, FEW_EQUAL_FOR_INFLUENCE = 15, 28
"""As much for errors from influence functions, which have neither a factor nor degrees of freedom."""
VERY_FEW = 5
"""Fewer, and no interval that does not come from a lottery can be relied on."""
CAREFUL: Mapping[str, str] = {
    "CR1": "CR2", "influence": "jackknife", "anderson_rubin": "anderson_rubin_cr2",
}  # fmt: skip
"""What takes the place of a kind that needs many clusters."""
CANDIDATES = (*CAREFUL.values(), "HC1", "randomisation")
_SAID = {
    "CR2": "CR2 with its own degrees of freedom is taken",
    "jackknife": "the method is run again without each cluster in turn (jackknife)",
    "anderson_rubin_cr2": "Anderson and Rubin's set is taken with CR2",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The kind chosen, why, and why its interval must not be relied on (empty where it may be).

    `clustering` is the one of several clusterings that is kept, None where all are. `otherwise` is shown,
    with a caution, where the kind finds while fitting that one cluster alone carries the effect.
    """

    inference: Inference
    notes: tuple[str, ...] = ()
    caution: str = ""
    clustering: int | None = None
    otherwise: Inference | None = None


def choose_inference(
    plan: Plan,
    request: Request,
    estimator: Estimator,
    first: Inference,
    inferences: Mapping[str, Inference],
) -> Choice:
    """Return the kind of standard error for a plan without problems; `first` is what many clusters get."""
    if not request.clusters or first.name not in CAREFUL:
        return _row_by_row(plan, request, estimator, first, inferences)
    kept = _coarser(plan)
    only = "" if kept is None else request.clusters[kept]
    scarce = [
        weight for weight in weigh(plan, request)
        if weight.cluster in ("", only or weight.cluster) and _is_few(weight, first)
    ]  # fmt: skip
    if not scarce:
        return Choice(first)
    why = f"auto: {_listed(scarce)}, are too few for {_called(first)}"
    drawn, reason = _lottery(plan, request, estimator, inferences)
    if drawn is not None:
        return Choice(drawn, (f"{why}; chance decided who was treated, so the draw is replayed.",))
    said = f"The draw cannot be replayed: {reason}." if reason else ""
    is_risky = scarce[0].smallest < VERY_FEW
    caution = f"The effect rests on few clusters: {_listed(scarce)}."
    careful = _careful(plan, request, estimator, first, inferences, kept)
    if careful is None:
        note = f"{why}, and no better standard error is defined here."
        return Choice(first, tuple(filter(None, (note, said))), caution)
    over = "" if kept is None else f" by {request.clusters[kept]}, within which the other clusters lie"
    note = f"{why}; {_SAID[careful.name]}{over}."
    return Choice(careful, tuple(filter(None, (note, said))), caution if is_risky else "", kept, first)


def _is_few(weight: Weight, first: Inference) -> bool:
    few, equal = FEW, FEW_EQUAL
    if first.name == "influence":
        few, equal = FEW_FOR_INFLUENCE, FEW_EQUAL_FOR_INFLUENCE
    return weight.effective < equal or (weight.smaller_arm is not None and weight.smaller_arm < few)


def _listed(weights: list[Weight]) -> str:
    return "; ".join(weight.text() for weight in weights)


def _called(kind: Inference) -> str:
    return {"influence": "errors from influence functions", "anderson_rubin": "CR1"}.get(kind.name, kind.name)


def _careful(
    plan: Plan,
    request: Request,
    estimator: Estimator,
    first: Inference,
    inferences: Mapping[str, Inference],
    kept: int | None,
) -> Inference | None:
    """Return the careful form of a kind, None where there is none for the method or the clusterings."""
    if len(request.clusters) > 1:
        if kept is None or not isinstance(plan, LinearModel):
            return None
        request = replace(request, clusters=(request.clusters[kept],))
        plan = replace(plan, clusters=(plan.clusters[kept],))
    return _usable(CAREFUL[first.name], plan, request, estimator, inferences)[0]


def _coarser(plan: Plan) -> int | None:
    """Return which of two clusterings holds the other, None where neither does or there is one."""
    clusters = plan.clusters if isinstance(plan, LinearModel) else ()
    if len(clusters) != 2:
        return None
    one, other = clusters
    if is_nested(other, one):
        return 0
    return 1 if is_nested(one, other) else None


def _lottery(
    plan: Plan, request: Request, estimator: Estimator, inferences: Mapping[str, Inference]
) -> tuple[Inference | None, str]:
    """Return randomisation inference where the call says what chance decided, or why it cannot be had."""
    if not request.options.get("assigned_by"):
        return None, ""
    if len(request.clusters) > 1:
        return None, "rows depend on each other in two ways"
    kind, problems = _usable("randomisation", plan, request, estimator, inferences)
    if kind is not None:
        return kind, ""
    return None, "; ".join(str(entry.values.get("found")) for entry in problems) or "not with this method"


def _usable(
    name: str, plan: Plan, request: Request, estimator: Estimator, inferences: Mapping[str, Inference]
) -> tuple[Inference | None, list[Problem]]:
    """Return a kind of standard error that the method has, or what stands against it."""
    kind = inferences.get(name)
    if kind is None or name not in estimator.inferences:
        return None, []
    problems = [] if kind.problems is None else kind.problems(plan, request)
    return (None, problems) if problems else (kind, [])


def _row_by_row(
    plan: Plan, request: Request, estimator: Estimator, first: Inference, inferences: Mapping[str, Inference]
) -> Choice:
    """Return the kind for rows that were assigned one by one."""
    if not isinstance(plan, LinearModel) or first.name != "HC2":
        return Choice(first)
    if len(absorbed_sets(plan.absorbed)) > 1 and "HC1" in estimator.inferences:
        return Choice(inferences["HC1"], ("auto: HC2 is not worked out with several absorbed sets; HC1 is.",))
    arms = plan.data.arms
    counts = [int(min((arm == 1).sum(), (arms == 0).all(axis=1).sum())) for arm in arms.T]
    if not np.isin(arms, (0.0, 1.0)).all() or min(counts, default=FEW) >= FEW:
        return _whole(plan, estimator, first, inferences)
    why = f"auto: {min(counts)} rows in one arm are too few for HC2"
    drawn, _ = _lottery(plan, request, estimator, inferences)
    if drawn is not None:
        return Choice(drawn, (f"{why}; chance decided who was treated, so the draw is replayed.",))
    return Choice(first, (f"{why}.",), f"The effect rests on {min(counts)} rows in one arm.")


def _whole(
    plan: LinearModel, estimator: Estimator, first: Inference, inferences: Mapping[str, Inference]
) -> Choice:
    """Return HC2, or HC1 where rows are fitted by themselves that say nothing on the effect."""
    fit = solve(plan)
    alone = 1 - leverage(fit) < 1e-10
    free = fit.times(fit.bread[:, plan.position])
    if not alone.any() or np.abs(free[alone]).max() > 1e-8 * np.abs(free).max():
        return Choice(first)
    if "HC1" not in estimator.inferences:
        return Choice(first)
    note = f"auto: HC2 has no value with {int(alone.sum())} rows that are fitted by themselves; HC1 has."
    return Choice(inferences["HC1"], (note,))


LEARNT = ("CR1", "CR2", "CR3", "influence", "survey", "wild")
"""Kinds that learn from differences between clusters."""
LARGE = ("CR1", "influence", "survey")
"""Those of them that hold for many clusters in every group."""


def with_warning(choice: Choice, plan: Plan) -> Choice:
    """Return a choice that says where few clusters stand for a group, also of a kind asked for by name.

    It is never switched. What `choose_inference` judged comes back as it is.
    """
    counts = _group_counts(plan)
    kind = choice.inference.name
    if choice.notes or kind not in LEARNT or min(counts.values(), default=FEW) >= FEW:
        return choice
    text = " and ".join(f"{count} {name}" for name, count in counts.items()) + " clusters"
    notes = (f"{text} are few for {kind}: its interval may be too narrow.",) if kind in LARGE else ()
    caution = f"The effect rests on {text}." if min(counts.values()) < VERY_FEW else ""
    return replace(choice, notes=notes, caution=caution)


def _group_counts(plan: Plan) -> dict[str, int]:
    if not isinstance(plan, LinearModel):
        return dict(plan.group_clusters)
    return arm_counts(plan) if len(plan.clusters) == 1 else {}
