"""`inference="auto"`: which standard error a planned regression gets, and why.

Clustered errors (CR1) lean on many clusters in either arm, none of which carries the effect alone: with 30
clusters of which 2 are treated they reject a true null more than one time in four. Treated and other
clusters are counted apart, and clusters are weighed: with D the effect's column free of the others,
v_g = sum of D^2 + (sum of D)^2 over cluster g is its part in the variance where half of an error is common to
the cluster, and G* = (sum v)^2 / sum v^2 the number of equal clusters that would weigh as much (compare
Carter, Schnepel and Steigerwald 2017, Review of Economics and Statistics 99(4)). Nothing here looks at the
outcome. Where one cluster alone stands for a group, only a draw that can be replayed gives an interval: else
the call is refused (see `lone`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mande.impact.contract import Estimator, Inference, LinearModel, Plan, Request
from mande.impact.linear import cluster_sums, solve
from mande.impact.regressors import dense, is_yes_or_no

FEW = 10
"""Fewer clusters in an arm, or of equal weight, and CR1 is not taken (Cameron and Miller 2015, VI)."""
VERY_FEW = 5
"""Fewer, and no interval that does not come from a lottery can be relied on."""
CANDIDATES = ("CR2", "randomisation")


@dataclass(frozen=True, slots=True)
class Choice:
    """The kind chosen, why, and why its interval must not be relied on (empty where it may be)."""

    inference: Inference
    notes: tuple[str, ...] = ()
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """How many clusters carry the effect: treated, others (None for a regressor that is no 0/1), G*."""

    treated: int | None
    others: int | None
    effective: float

    @property
    def smallest(self) -> float:
        """The smallest of the counts."""
        return min(count for count in (self.treated, self.others, self.effective) if count is not None)

    def text(self) -> str:
        """Return the counts as a phrase."""
        arms = "" if self.treated is None else f"{self.treated} treated and {self.others} other clusters, "
        return f"{arms}which weigh as much as {self.effective:.1f} equal ones"


def choose_inference(
    plan: Plan,
    request: Request,
    estimator: Estimator,
    first: Inference,
    inferences: Mapping[str, Inference],
) -> Choice:
    """Return the kind of standard error for a plan without problems; `first` is what many clusters get."""
    if first.name != "CR1" or not isinstance(plan, LinearModel) or len(plan.clusters) != 1:
        return Choice(first)
    weight = min((weigh(arm) for arm in _each_arm(plan)), key=lambda one: one.smallest)
    if weight.smallest >= FEW:
        return Choice(first)
    why = f"auto: {weight.text()}, are too few for CR1"
    drawn = _lottery(plan, request, estimator, inferences)
    if drawn is not None:
        return Choice(drawn, (f"{why}; chance decided who was treated, so the draw is replayed.",))
    caution = f"The effect rests on {weight.text()}." if weight.smallest < VERY_FEW else ""
    careful = _usable("CR2", plan, request, estimator, inferences)
    if careful is None or min(weight.treated or 2, weight.others or 2) < 2:
        return Choice(first, (f"{why}, and no better standard error is defined here.",), caution)
    return Choice(careful, (f"{why}; CR2 with its own degrees of freedom is taken.",), caution)


def _each_arm(plan: LinearModel) -> tuple[LinearModel, ...]:
    """Return the regression as one of each of its arms: the arm that fewest clusters carry decides for
    all."""
    if len(plan.headline) < 2:
        return (plan,)
    columns = {name: plan.regressors[:, plan.names.index(name)] for name in plan.headline}
    return tuple(replace(plan, effect=name, treated=column) for name, column in columns.items())


def _lottery(
    plan: Plan, request: Request, estimator: Estimator, inferences: Mapping[str, Inference]
) -> Inference | None:
    """Return randomisation inference where the call says what chance decided and it can be replayed."""
    if not request.options.get("assigned_by"):
        return None
    return _usable("randomisation", plan, request, estimator, inferences)


def _usable(
    name: str, plan: Plan, request: Request, estimator: Estimator, inferences: Mapping[str, Inference]
) -> Inference | None:
    """Return a kind of standard error that the method has and nothing stands against."""
    kind = inferences.get(name)
    if kind is None or name not in estimator.inferences:
        return None
    return kind if kind.problems is None or not kind.problems(plan, request) else None


def weigh(model: LinearModel) -> Weight:
    """Return how many clusters carry the effect of a planned regression.

    Free of the others, the effect's column is X b / b_p, b the column of (X'WX)^-1 at its position p.
    """
    fit = solve(model)
    position = model.position
    root = np.sqrt(fit.weights)
    effect = fit.times(fit.bread[:, position] / fit.bread[position, position]) * root
    codes, n_clusters = dense(model.clusters[0])
    sums = cluster_sums(np.column_stack([effect**2, effect * root]), codes, n_clusters)
    parts = sums[:, 0] + sums[:, 1] ** 2
    parts = parts / parts.sum()
    treated, rest = _arms(model)
    return Weight(treated, rest, float(1 / np.sum(parts**2)))


def _arms(model: LinearModel) -> tuple[int | None, int | None]:
    treated, clusters = model.treated, model.clusters[0]
    if treated is None or not is_yes_or_no(treated):
        return None, None
    rows = np.bincount(clusters)
    rows_on = np.bincount(clusters, treated, len(rows))
    ever, ever_not, never = rows_on > 0, rows_on < rows, (rows > 0) & (rows_on == 0)
    # Where treatment comes and units stay, it is those without it throughout that show what would have been.
    return int(ever.sum()), int((never if model.absorbed and never.any() else ever_not).sum())


LEARNT = ("CR1", "CR2", "CR3", "influence", "survey", "wild")
"""Kinds that learn from differences between clusters."""
LARGE = ("CR1", "influence", "survey")
"""Those of them that hold for many clusters in every group."""


def with_warning(choice: Choice, plan: Plan) -> Choice:
    """Return a choice that says where few clusters stand for a group, also of a kind asked for by name.

    It is never switched. Regressions that `choose_inference` judged come back as they are.
    """
    counts = _group_counts(plan)
    kind = choice.inference.name
    if choice.notes or kind not in LEARNT or min(counts.values(), default=FEW) >= FEW:
        return choice
    text = " and ".join(f"{count} {name}" for name, count in counts.items()) + " clusters"
    notes = (f"{text} are few for {kind}: its interval may be too narrow.",) if kind in LARGE else ()
    caution = f"The effect rests on {text}." if min(counts.values()) < VERY_FEW else ""
    return Choice(choice.inference, notes, caution)


def _group_counts(plan: Plan) -> dict[str, int]:
    if not isinstance(plan, LinearModel):
        return dict(plan.group_clusters)
    if len(plan.clusters) != 1:
        return {}
    counts = dict(zip(("treated", "other"), _arms(plan), strict=True))
    return {name: count for name, count in counts.items() if count is not None}
