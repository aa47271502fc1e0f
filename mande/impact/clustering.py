"""Which columns errors are clustered by: the level of assignment, or the sampling unit if that is coarser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.call import AUTO, Call, as_names
from mande.impact.contract import Estimator, Request
from mande.impact.observations import IntArray, Observations, as_codes
from mande.impact.regressors import is_nested, n_distinct


def with_clusters(frame: object, call: Call) -> tuple[Call, tuple[str, ...]]:
    """Return the call with the clusters that `assigned_by` asks for, and what there is to say of them.

    Where units (or the named clusters) lie within groups that were assigned together, errors are clustered by
    these groups. A kind of standard error and a cluster that are both named stay as they are, with a note.
    """
    by, base = call.options.get("assigned_by"), call.cluster or as_names(call.unit)
    if not isinstance(frame, pd.DataFrame) or not isinstance(by, str) or len(base) > 1:
        return call, ()
    names = [by, *base]
    if any(not isinstance(name, str) or int((frame.columns == name).sum()) != 1 for name in names):
        return call, ()
    groups = as_codes(frame[by])
    if not base:
        return (call, ()) if _one_by_one(groups) else (replace(call, cluster=(by,)), ())
    own = as_codes(frame[base[0]])
    known = (own >= 0) & (groups >= 0)
    own, groups = own[known], groups[known]
    if not is_nested(own, groups) or is_nested(groups, own):
        return call, ()
    if call.cluster and call.inference != AUTO:
        note = (
            f"Errors are clustered by {base[0]}, though {by} was assigned: what units of one {by} share is "
            "ignored and the interval too narrow."
        )
        return call, (note,)
    note = f"Errors are clustered by {by}, the level of assignment, within which {base[0]} lies."
    return replace(call, cluster=(by,)), (note,)


def _one_by_one(groups: IntArray) -> bool:
    return not (groups < 0).any() and n_distinct(groups) == len(groups)


def finer_clusters(request: Request, data: Observations) -> list[Problem]:
    """Return a problem where clusters lie within units: what a unit's rows share would be ignored."""
    unit, clusters = data.unit, data.clusters
    if unit is None or len(clusters) != 1 or is_nested(unit, clusters[0]) or not is_nested(clusters[0], unit):
        return []
    pairs = np.unique(np.column_stack([unit, clusters[0]]), axis=0)
    _, times = np.unique(pairs[:, 0], return_counts=True)
    values = {"unit": str(request.unit), "cluster": str(request.cluster)}
    found = f"{int((times > 1).sum())} of {len(times)} units"
    return [codes.problem(codes.NESTED, column=str(request.cluster), found=found, **values)]


def unclear_clusters(frame: object, call: Call, estimator: Estimator | None) -> list[Problem]:
    """Return a problem where `auto` cannot know within which rows of several cross-sections depend.

    Rows of one place in two waves share what happened there: errors that take them as independent reject a
    true null far too often. One cross-section is taken as assigned row by row.
    """
    if call.inference != AUTO or estimator is None or call.has("cluster") or call.has("unit"):
        return []
    if call.options.get("assigned_by") is not None or not _has_sides(frame, call, estimator):
        return []
    expected = (
        "within which rows of the cross-sections depend on each other; or assigned_by=, a column with a "
        "value of its own in every row, where single respondents were assigned"
    )
    return [codes.problem(codes.ARGUMENT, argument="cluster", expected=expected)]


def _has_sides(frame: object, call: Call, estimator: Estimator) -> bool:
    """Return whether the rows are of several waves, or of both sides of a change."""
    if "post" in estimator.options and "baseline" not in estimator.options and call.options.get("post"):
        return True
    if not isinstance(frame, pd.DataFrame) or call.time is None or call.time not in frame.columns:
        return False
    return int(frame[call.time].nunique()) > 1
