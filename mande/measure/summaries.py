"""Statistics of groups with standard errors that follow from how the sample was drawn.

A group is a domain of the full sample. Its linearised variable is 0 for units outside it, and strata and
primary sampling units (PSUs) are those of the full sample, so that the random size of a group is part of its
standard error (Wolter 2007, section 6; Lumley 2010, Complex Surveys, section 2.2).

Where a statistic has no linearised variable, its standard error is that of `REPLICATES` bootstrap replicates
(see `mande/measure/design.py`). The interval takes t with as many degrees of freedom as the group has PSUs
beyond its strata (Korn and Graubard 1999, Analysis of Health Surveys). That of a share stays between 0 and 1
(`mande/measure/bounded.py`); that of another index may reach beyond its bounds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import scipy
from numpy.typing import NDArray

from mande.measure.bounded import share_interval
from mande.measure.domains import Mask, Survey, canonical, groups, read_survey
from mande.measure.entries import read_entry
from mande.measure.sample import Floats, Sample
from mande.measure.statistics import GroupStatistic

REPLICATES = 500
SEED = 20_260_101
MOST_LOST = 0.05
"""Share of bootstrap replicates that may have no value before the standard error is left out."""

_SCHEMA = {
    "number": pl.String,
    "value": pl.Float64,
    "se": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
    "n_missing": pl.Int64,
    "n_psu": pl.Int64,
    "df": pl.Int64,
    "n_smallest": pl.Int64,
    "method": pl.String,
    "reason": pl.String,
    "note": pl.String,
}


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How standard errors and intervals are made.

    Attributes
    ----------
    level : of the interval. replicates, seed : of the bootstrap.
    """

    level: float = 0.95
    replicates: int = REPLICATES
    seed: int = SEED


def summarise(
    frame: pl.DataFrame,
    entry: str | Mapping[str, Any],
    *,
    by: Sequence[str] = (),
    weight: str | None = None,
    strata: str | None = None,
    psu: str | None = None,
    level: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> pl.DataFrame:
    """Return one statistic for each group, sorted by group, with standard error and interval.

    Parameters
    ----------
    frame
        One row per unit of the full sample.
    entry
        As in an indicator's `statistics`: `mean`, `{ratio_of_sums: [a, b]}`.
    by
        Columns whose combinations are the groups; all rows are one group where empty.
    weight
        Column of weights; equal weights where None.
    strata, psu
        Columns of the design: one stratum, and each unit its own sampling unit, where None. PSUs are nested
        in strata: the same name in two strata means two PSUs.
    level
        Of the interval.
    replicates, seed
        Of the bootstrap.

    Returns
    -------
    Columns: `by`, `number` (empty for a statistic of one number), `value`, `se`, `low`, `high`, `n`,
    `n_missing`, `n_psu`, `df` (of the interval: sampling units less strata), `n_smallest` (units of the
    smallest group that the statistic compares), `method`, `reason` (why the value, or the standard error, or
    the interval is absent), `note`. The order of rows makes no difference.

    Raises
    ------
    MandeError
        F-STATISTIC for an entry that cannot be read.
    ValueError
        When a weight is negative.

    Examples
    --------
    >>> frame = pl.DataFrame({"value": [1.0, 2.0, 4.0, 5.0, None]})
    >>> summarise(frame, "mean").select("value", "n", "n_missing", "method").row(0)
    (3.0, 4, 1, 'linearisation')
    """
    read = read_entry(entry)
    rows = canonical(frame, read, by, (weight, strata, psu))
    survey = read_survey(rows, read, weight, strata, psu)
    how = Uncertainty(level, replicates, seed)
    found = []
    for group, domain in groups(rows, len(by)):
        for number, result in _numbers(survey, domain, how).items():
            found.append((*group, number, *_record(result)))
    schema = {f"by{i}": frame.schema[name] for i, name in enumerate(by)} | _SCHEMA
    table = pl.DataFrame(found, schema=schema, orient="row")
    keys = [f"by{i}" for i in range(len(by))]
    table = table.sort(keys, maintain_order=True) if by else table
    return table.rename(dict(zip(keys, by, strict=True)))


def _record(result: GroupStatistic) -> tuple[Any, ...]:
    low, high = result.interval or (None, None)
    counts = (result.n, result.n_missing, result.n_psu, result.df, result.n_smallest)
    return (
        result.value,
        result.se,
        low,
        high,
        *counts,
        result.method,
        result.reason or None,
        result.note or None,
    )


def _numbers(survey: Survey, group: Mask, how: Uncertainty) -> dict[str, GroupStatistic]:
    """Return every number of the statistic for one group."""
    used = group & survey.has_values & survey.in_design
    domain = used[survey.in_design]
    n, n_missing = int(used.sum()), int((group & ~used).sum())
    if not n:
        return {"": GroupStatistic(None, 0, n_missing, reason=_why_none(survey, group))}
    sample = survey.whole.where(used)
    n_psu, n_strata = survey.design.counted(domain)
    note = _note(survey, sample, n_missing)
    smallest = survey.entry.statistic.smallest_group(sample)
    base = GroupStatistic(None, n, n_missing, n_psu, smallest, note=note)
    answers = survey.entry.statistic.values(sample)
    found = {name: _checked(answer, base) for name, answer in answers.items()}
    if all(result.value is None for result in found.values()):
        return found
    if n_psu < 2:
        reason = "no standard error: one sampling unit"
        return {name: r if r.value is None else replace(r, reason=reason) for name, r in found.items()}
    found |= _linearised(survey, sample, domain, found)
    if any(result.value is not None and result.method is None for result in found.values()):
        found |= _bootstrapped(survey, domain, found, how)
    df, level = n_psu - n_strata, how.level
    if survey.entry.statistic.is_share:
        return {name: _with_share_interval(r, df, level, sample.weights) for name, r in found.items()}
    return {name: _with_interval(result, df, level) for name, result in found.items()}


def _why_none(survey: Survey, group: Mask) -> str:
    if not group.any():
        return "no units"
    if not survey.has_values[group].any():
        return "no values"
    if not (survey.has_values & survey.has_weight)[group].any():
        return "no weight above 0"
    return "no unit with a stratum and a sampling unit"


def _note(survey: Survey, sample: Sample, n_missing: int) -> str:
    lonely = survey.design.lonely if len(survey.design.sizes) > 1 else 0
    text = f"strata with one sampling unit, set against the mean of all: {lonely}" if lonely else ""
    is_partial = survey.entry.statistic.is_total and n_missing > 0
    lacking = f"leaves out {n_missing} of {n_missing + len(sample)} units" if is_partial else ""
    return "; ".join(part for part in (survey.entry.statistic.notes(sample), text, lacking) if part)


def _checked(answer: float | str, base: GroupStatistic) -> GroupStatistic:
    if isinstance(answer, str):
        return replace(base, reason=answer)
    value = float(answer)
    return replace(base, value=value) if math.isfinite(value) else replace(base, reason="not a finite number")


def _linearised(
    survey: Survey, sample: Sample, domain: Mask, found: Mapping[str, GroupStatistic]
) -> dict[str, GroupStatistic]:
    """Return the numbers that have a linearised variable, with its standard error."""
    done = {}
    for name, linear in survey.entry.statistic.influences(sample).items():
        if found[name].value is None:
            continue
        z = np.zeros(len(domain))
        z[domain] = sample.weights * linear
        se = math.sqrt(survey.design.variance(z))
        done[name] = replace(found[name], se=se, method="linearisation")
    return done


def _bootstrapped(
    survey: Survey, domain: Mask, found: Mapping[str, GroupStatistic], how: Uncertainty
) -> dict[str, GroupStatistic]:
    """Return the numbers that have a value and no standard error yet, with that of the bootstrap."""
    open_ = [name for name, result in found.items() if result.value is not None and result.method is None]
    drawn: dict[str, list[float]] = {name: [] for name in open_}
    places = np.flatnonzero(survey.in_design)[domain]
    sample = survey.whole.where(_mask(places, len(survey.in_design)))
    for factor in survey.design.replicates(how.seed, how.replicates):
        weights = sample.weights * factor[domain]
        if not weights.any():
            continue
        replicate = replace(sample, weights=weights).where(weights > 0)
        for name, answer in survey.entry.statistic.values(replicate).items():
            if name in drawn and not isinstance(answer, str) and math.isfinite(answer):
                drawn[name].append(float(answer))
    return {name: _spread(found[name], values, how.replicates) for name, values in drawn.items()}


def _mask(places: NDArray[np.int64], length: int) -> Mask:
    mask = np.zeros(length, dtype=bool)
    mask[places] = True
    return mask


def _spread(result: GroupStatistic, values: Sequence[float], replicates: int) -> GroupStatistic:
    lost = replicates - len(values)
    if lost > MOST_LOST * replicates or len(values) < 2:
        reason = f"no standard error: {lost} of {replicates} bootstrap replicates have no value"
        return replace(result, method="bootstrap", reason=reason)
    note = f"bootstrap replicates without a value: {lost} of {replicates}" if lost else ""
    note = "; ".join(part for part in (result.note, note) if part)
    return replace(result, se=float(np.std(values, ddof=1)), method="bootstrap", note=note)


def _with_interval(result: GroupStatistic, df: int, level: float) -> GroupStatistic:
    """Add the interval from t with `df` degrees of freedom, the group's sampling units less its strata."""
    if result.value is None or result.se is None:
        return result
    if df < 1:
        return replace(result, df=df, reason="no interval: as many strata as sampling units")
    half = float(scipy.special.stdtrit(df, 0.5 + level / 2)) * result.se
    return replace(result, df=df, interval=(result.value - half, result.value + half))


def _with_share_interval(result: GroupStatistic, df: int, level: float, weights: Floats) -> GroupStatistic:
    """Add the interval of a share, which stays between 0 and 1."""
    if result.value is None or result.se is None or df < 1:
        return _with_interval(result, df, level)
    interval = share_interval(result.value, result.se, weights=weights, df=df, level=level)
    return replace(result, df=df, interval=interval)
