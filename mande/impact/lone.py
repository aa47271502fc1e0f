"""Groups that one cluster alone stands for: nothing can be learnt from differences between clusters.

The residuals of such a cluster are fitted away, and every formula over clusters returns an error that is far
too small, whatever the correction.
Source: MacKinnon and Webb (2018), Econometrics Journal 21(2); Cameron and Miller (2015), Journal of Human
Resources 50(2), VI.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Plan, Request
from mande.impact.observations import BoolArray, FloatArray, IntArray
from mande.impact.regressors import n_distinct

COMPARISON = "comparison"


def lone_groups(
    clusterings: tuple[IntArray, ...], arms: FloatArray, request: Request, *, has_comparison: bool = True
) -> tuple[str, ...]:
    """Return the groups, fixed over time, that one cluster alone stands for.

    Clusters that hold several groups are differences within clusters and none between: nothing is said. So
    it is with pairs of clusterings. `has_comparison` is False where treated units compare with each other.
    """
    arms = arms if arms.ndim == 2 else arms[:, None]
    if len(clusterings) != 1 or not len(arms) or not np.isin(arms, (0.0, 1.0)).all():
        return ()
    names = request.arms if len(request.arms) > 1 else ("treated",)
    groups = dict(zip(names, (arms == 1).T, strict=True))
    rest = ~(arms == 1).any(axis=1)
    if has_comparison:
        groups[COMPARISON] = rest
    clusters = clusterings[0]
    return tuple(name for name, rows in groups.items() if _is_lone(clusters, rows))


def _is_lone(clusters: IntArray, rows: BoolArray) -> bool:
    """Return whether one cluster holds all of some rows and none of the others."""
    return n_distinct(clusters[rows]) == 1 and not np.isin(clusters[~rows], clusters[rows]).any()


def lone_in_panel(
    clusterings: tuple[IntArray, ...], arms: FloatArray, time: IntArray, request: Request
) -> tuple[str, ...]:
    """Return the groups that one cluster alone stands for where treatment comes and goes.

    Treated: a single cluster ever has the treatment. Comparison: wherever somebody is treated, a single
    cluster, never treated, is not.
    """
    if len(clusterings) != 1 or not len(arms) or not np.isin(arms, (0.0, 1.0)).all():
        return ()
    clusters, on = clusterings[0], (arms == 1).any(axis=1)
    names = request.arms if len(request.arms) > 1 else ("treated",)
    alone = [
        name
        for name, rows in zip(names, (arms == 1).T, strict=True)
        if rows.any() and n_distinct(clusters[rows]) == 1
    ]
    others = ~on & np.isin(time, time[on])
    if (
        others.any()
        and n_distinct(clusters[others]) == 1
        and not np.isin(clusters[on], clusters[others]).any()
    ):
        alone.append(COMPARISON)
    return tuple(alone)


def problems(plan: Plan, request: Request) -> list[Problem]:
    """Return a problem for errors learnt from clusters where one of them alone stands for a group."""
    if not plan.lone or not request.clusters:
        return []
    found = f"one {request.cluster} alone stands for the {_listed(plan.lone)} group"
    return [codes.problem(codes.ALONE, column=str(request.cluster), found=found)]


def caution(plan: Plan, request: Request) -> str:
    """Return why an interval drawn from clusters must not be relied on; empty where nothing stands alone."""
    if not plan.lone:
        return ""
    return f"One {request.cluster} alone stands for the {_listed(plan.lone)} group."


def _listed(names: Sequence[str]) -> str:
    return " and the ".join(names)
