"""Did units that start later already move apart before they started?

For a staged programme: units that start later against those that never do, over waves in which neither
is treated, with the estimator of the effect. A difference there cannot come from the programme. That
none is found says little by itself: the finding names the size that would often have been missed
(Roth 2022, American Economic Review: Insights 4(3)).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mande.errors import MandeError
from mande.impact.detectable import detectable_effect
from mande.impact.run import estimate
from mande.results import Estimate, Finding, Status
from mande.wording import Scale

_ID = "placebo"
_TITLE = "Did later starters already change differently before they started?"


def placebo_before_start(
    frame: pd.DataFrame,
    *,
    outcome: str,
    later: str,
    unit: str,
    time: str,
    periods: tuple[str, str],
    cluster: str | None = None,
    weights: str | None = None,
    scale: Scale = "level",
    label: str = "",
    unit_of_measure: str = "",
    level: float = 0.95,
    who: str = "units that start later",
    others: str = "units that never start",
) -> Finding:
    """Estimate the effect of a programme that had not begun.

    Parameters
    ----------
    frame
        One row per unit and wave. Not modified.
    outcome, unit, time, weights
        Columns of the outcome, the unit's id, the wave and the weights.
    later
        Column with 1 for units that start after `periods` and 0 for units that never start; rows with
        no value are left out.
    periods
        Two waves in which nobody compared is treated, earlier first.
    cluster
        Column by which standard errors are clustered; by default `unit`.
    scale, label, unit_of_measure, level
        Scale of the outcome, what it is called, its unit, and the level of the interval.
    who, others
        What the units that start later, and those that never start, are called.

    Returns
    -------
    Finding `placebo`: a caution where the interval leaves out zero, otherwise information, with the
    estimate, its interval and the size that would often have been missed in `values`. A limit, with the
    reason, where nothing can be estimated.
    """
    try:
        result = estimate(
            frame, method="did", outcome=outcome, treated=later, unit=unit, time=time, cluster=cluster,
            weights=weights, scale=scale, label=label, unit_of_measure=unit_of_measure, periods=periods,
        )  # fmt: skip
    except MandeError as error:
        return _not_possible(outcome, label or outcome, error)
    return _finding(result, periods=periods, level=level, who=who, others=others)


def _finding(result: Estimate, *, periods: Sequence[str], level: float, who: str, others: str) -> Finding:
    interval = result.interval(level)
    missed = detectable_effect(result, level=level)
    name = result.label or result.outcome
    size = result.amount(result.estimate)
    span = f"{100 * level:g} % confidence interval {result.span(level)}"
    between = f"from {periods[0]} to {periods[1]}, before they started"
    if interval.excludes(0):
        sentence = f"{name}: {between}, {who} already changed by {size} against {others} ({span})."
        advice = "Groups that moved apart without the programme weaken every comparison between them."
        status: Status = "caution"
    else:
        sentence = (
            f"{name}: {between}, no clear difference between {who} and {others} (best estimate {size}, "
            f"{span}). Differences between {result.amount(-missed)} and {result.amount(missed)} would "
            "often have been missed, so this does not show that the groups move alike."
        )
        advice, status = "", "information"
    return Finding(
        id=_ID,
        title=_TITLE,
        status=status,
        sentence=sentence,
        outcome=result.outcome,
        advice=advice,
        values={
            "estimate": result.estimate,
            "std_error": result.std_error,
            "low": interval.low,
            "high": interval.high,
            "level": level,
            "detectable": missed,
            "p_value": result.p_value,
            "n": result.n,
            "n_clusters": result.n_clusters,
        },
    )


def _not_possible(outcome: str, name: str, error: MandeError) -> Finding:
    reasons = "; ".join(f"{problem.summary()} ({problem.found()})" for problem in error.problems)
    return Finding(
        id=_ID,
        title=_TITLE,
        status="limit",
        sentence=f"{name}: changes before the start could not be compared: {reasons}.",
        outcome=outcome,
    )
