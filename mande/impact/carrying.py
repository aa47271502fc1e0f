"""How many clusters carry an effect: those of either arm, and how many equal ones would weigh as much.

Equation: with D the effect's column free of the others, v_g = sum of D^2 + (sum of D)^2 over cluster g is its
part in the variance where half of an error is common to the cluster, and G* = (sum v)^2 / sum v^2 the number
of equal clusters that would weigh as much. For methods that are no regression D is the group less its mean.
Nothing here looks at the outcome.
Source: Carter, Schnepel and Steigerwald (2017), Review of Economics and Statistics 99(4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mande.impact.contract import InstrumentedModel, LinearModel, Plan, Request
from mande.impact.linear import cluster_sums, solve
from mande.impact.observations import BoolArray, FloatArray, IntArray, Observations
from mande.impact.regressors import dense, n_distinct


@dataclass(frozen=True, slots=True)
class Weight:
    """How many clusters carry one effect: treated, others (None for a regressor that is no 0/1), G*.

    `effect` and `cluster` name the effect and the clustering where there are several.
    """

    treated: int | None
    others: int | None
    effective: float
    effect: str = ""
    cluster: str = ""

    @property
    def smaller_arm(self) -> int | None:
        """Clusters of the arm that has fewer."""
        return None if self.treated is None or self.others is None else min(self.treated, self.others)

    @property
    def smallest(self) -> float:
        """The smallest of the counts."""
        return self.effective if self.smaller_arm is None else min(self.smaller_arm, self.effective)

    def text(self) -> str:
        """Return the counts as a phrase."""
        arms = "the clusters" if self.treated is None else self._arms()
        where = f" of {self.cluster}" if self.cluster else ""
        whose = f"for {self.effect} " if self.effect else ""
        return f"{whose}{arms}{where}, which weigh as much as {self.effective:.1f} equal ones"

    def _arms(self) -> str:
        return f"{self.treated} treated and {self.others} other clusters"


def weigh(plan: Plan, request: Request) -> tuple[Weight, ...]:
    """Return the weight of clusters for every headline effect and clustering, least first."""
    data = plan.data
    if isinstance(plan, LinearModel):
        found = list(_of_regression(plan, request))
    else:
        several = len(data.clusters) > 1
        found = [
            Weight(*_counts(arm, rest, codes), _effective(_centred(arm, rest, data), codes), name, cluster)
            for (name, arm, rest) in _groups(data, request)
            for cluster, codes in zip(_names(request, several=several), data.clusters, strict=True)
        ]
    return tuple(sorted(found, key=lambda weight: weight.smallest))


def arm_counts(model: LinearModel) -> dict[str, int]:
    """Return how many clusters are `treated` and `other`, the arm with fewest; empty if unknown."""
    data, codes = model.data, model.data.clusters[0]
    request = Request("", "", "", arms=tuple(str(place) for place in range(data.arms.shape[1])))
    found = [_counts(arm, rest, codes) for _, (arm, rest) in _arms(model, request)]
    if not found:
        return {}
    treated, other = min(found, key=min)
    return {"treated": treated, "other": other}


def _names(request: Request, *, several: bool) -> tuple[str, ...]:
    return request.clusters if several else ("",)


def _of_regression(model: LinearModel, request: Request) -> Iterator[Weight]:
    regression = model.reduced(model.outcome) if isinstance(model, InstrumentedModel) else model
    fit = solve(regression)
    effects = [name for name in regression.headline if name in regression.names] or [regression.effect]
    arms = dict(_arms(model, request))
    several = len(regression.clusters) > 1
    for effect in effects:
        position = regression.names.index(effect)
        # Free of the others, the effect's column is X b / b_p, b the column of (X'WX)^-1 at its position p.
        free = fit.times(fit.bread[:, position] / fit.bread[position, position])
        column = free * np.sqrt(fit.weights)
        for place, cluster in enumerate(_names(request, several=several)):
            arm, rest = arms.get(effect if len(effects) > 1 else "", (None, None))
            counts: tuple[int | None, int | None] = (None, None)
            if arm is not None and rest is not None:
                counts = _counts(arm, rest, model.data.clusters[place])
            yield Weight(
                *counts, _effective(column, regression.clusters[place]), effect if len(effects) > 1 else "",
                cluster,
            )  # fmt: skip


def _arms(model: LinearModel, request: Request) -> Iterator[tuple[str, tuple[BoolArray, BoolArray]]]:
    """Yield (effect, (rows of the arm, rows of the comparison)); the effect has no name where it is alone."""
    if isinstance(model, InstrumentedModel):
        for name, column in zip(model.instrument_names, model.instruments.T, strict=True):
            if np.isin(column, (0.0, 1.0)).all():
                yield (name if len(model.instrument_names) > 1 else ""), (column == 1, column == 0)
        return
    for name, arm, rest in _groups(model.data, request):
        yield name, (arm, rest)


def _groups(data: Observations, request: Request) -> Iterator[tuple[str, BoolArray, BoolArray]]:
    """Yield (arm, its rows, rows compared with them); rows of a unit belong together."""
    if data.first_treated is not None:
        ever = np.isfinite(data.first_treated)
        if ever.all():
            # Without units never treated, those that start last are what the others are compared with.
            ever = data.first_treated < data.first_treated.max(initial=0.0)
        yield "", ever, ~ever
        return
    if not data.arms.shape[1] or not np.isin(data.arms, (0.0, 1.0)).all():
        return
    on = data.arms == 1
    ever_any = _ever(on.any(axis=1), data)
    for name, column in zip(request.arms, on.T, strict=False):
        rest = ~ever_any if not ever_any.all() else ~on.any(axis=1)
        yield (name if len(request.arms) > 1 else ""), _ever(column, data), rest


def _ever(on: BoolArray, data: Observations) -> BoolArray:
    return on if data.unit is None else np.isin(data.unit, data.unit[on])


def _counts(arm: BoolArray, rest: BoolArray, codes: IntArray) -> tuple[int, int]:
    return n_distinct(codes[arm]) if arm.any() else 0, n_distinct(codes[rest]) if rest.any() else 0


def _centred(arm: BoolArray, rest: BoolArray, data: Observations) -> FloatArray:
    used = arm | rest
    weights = np.where(used, 1.0 if data.weights is None else data.weights, 0.0)
    column = arm.astype(np.float64)
    return np.asarray((column - np.average(column, weights=weights)) * np.sqrt(weights))


def _effective(column: FloatArray, clusters: IntArray) -> float:
    codes, n_clusters = dense(clusters)
    sums = cluster_sums(np.column_stack([column**2, column]), codes, n_clusters)
    parts = sums[:, 0] + sums[:, 1] ** 2
    total = parts.sum()
    return float(total**2 / np.sum(parts**2)) if total > 0 else 0.0
