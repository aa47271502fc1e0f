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
from mande.impact.observations import FloatArray, IntArray

COMPARISON = "comparison"


def lone_groups(
    clusterings: tuple[IntArray, ...], arms: FloatArray, request: Request, *, has_comparison: bool = True
) -> tuple[str, ...]:
    """Return the groups, fixed over time, that one cluster alone stands for.

    Clusters that hold several groups are differences within clusters and none between: nothing is said. So
    it is with pairs of clusterings. `has_comparison` is False where treated units compare with each other.
    """
    arms = arms if arms.ndim == 2 else arms[:, None]
    if len(clusterings) != 1 or not len(arms) or not _are_groups(arms):
        return ()
    clusters = clusterings[0]
    rows = np.bincount(clusters).astype(np.float64)
    columns = [*arms.T, *([1.0 - arms.max(axis=1)] if has_comparison else [])]
    alone = [
        _is_lone(rows, np.bincount(clusters, column, len(rows)).astype(np.float64)) for column in columns
    ]
    return tuple(
        name for name, is_lone in zip((*_names(request), COMPARISON), alone, strict=False) if is_lone
    )


def clusters_by_group(
    clusterings: tuple[IntArray, ...], arms: FloatArray, request: Request, *, has_comparison: bool = True
) -> tuple[tuple[str, int], ...]:
    """Return how many clusters have rows of each group; nothing with pairs of clusterings or without any."""
    arms = arms if arms.ndim == 2 else arms[:, None]
    if len(clusterings) != 1 or not len(arms) or not _are_groups(arms):
        return ()
    columns = [*arms.T, *([1.0 - arms.max(axis=1)] if has_comparison else [])]
    counts = [int(np.count_nonzero(np.bincount(clusterings[0], column))) for column in columns]
    return tuple(zip((*_names(request), COMPARISON), counts, strict=False))


def _are_groups(arms: FloatArray) -> bool:
    return bool(((arms == 0) | (arms == 1)).all())


def _names(request: Request) -> tuple[str, ...]:
    return request.arms if len(request.arms) > 1 else ("treated",)


def _is_lone(rows: FloatArray, own: FloatArray) -> bool:
    """Return whether one cluster holds all rows of a group and none of the others, from counts by cluster."""
    return np.count_nonzero(own) == 1 and bool((own == rows)[own > 0].all())


def lone_in_panel(
    clusterings: tuple[IntArray, ...], arms: FloatArray, time: IntArray, request: Request
) -> tuple[str, ...]:
    """Return the groups that one cluster alone stands for where treatment comes and goes.

    Treated: a single cluster ever has the treatment. Comparison: wherever somebody is treated, a single
    cluster, never treated, is not.
    """
    if len(clusterings) != 1 or not len(arms) or not _are_groups(arms):
        return ()
    clusters = clusterings[0]
    rows = np.bincount(clusters).astype(np.float64)
    counts = [np.bincount(clusters, column, len(rows)) for column in arms.T]
    alone = [name for name, own in zip(_names(request), counts, strict=True) if np.count_nonzero(own) == 1]
    never = (rows > 0) & (np.sum(counts, axis=0) == 0)
    if np.count_nonzero(never) == 1:
        on = arms.max(axis=1)
        others = (on == 0) & (np.bincount(time, on) > 0)[time]
        if np.array_equal(np.bincount(clusters[others], minlength=len(rows)) > 0, never):
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
