"""Recentred influence functions: distributional statistics as outcomes of impact estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from mande.errors import MandeError, Place, Problem
from mande.measure.domains import ROW, canonical, groups, read_survey
from mande.measure.entries import VALUE, StatisticEntry, read_entry
from mande.measure.problems import M_INFLUENCE
from mande.measure.sample import Floats, Sample


def recentred(
    frame: pl.DataFrame,
    entry: str | Mapping[str, Any],
    value_column: str,
    *,
    within: Sequence[str] = (),
    weight: str | None = None,
) -> pl.Series:
    """Return the recentred influence function of a statistic, a value per unit whose mean is the statistic.

    In each cell: the statistic plus the sum of weights times the linearised variable. A regression of it
    estimates effects on the statistic as one of the value does on the mean.

    Parameters
    ----------
    frame
        One row per unit.
    entry
        As in an indicator's `statistics`; its first role is `value_column`, unless it takes several columns
        there: then `value` among them is.
    value_column
        Column of the value.
    within
        Columns whose combinations are the cells, each with a statistic of its own: arm and wave.
    weight
        Column of weights; equal weights where None.

    Returns
    -------
    In the order of the rows; null for a unit without a value or weight, and in cells without a statistic.

    Raises
    ------
    MandeError
        F-STATISTIC for an entry that cannot be read; M-INFLUENCE for a statistic that has no linearised
        variable, several numbers, or a number that grows with the number of units.

    Notes
    -----
    Firpo, Fortin and Lemieux (2009), Econometrica 77(3), equation 4, for quantiles; Firpo, Fortin and Lemieux
    (2018), Econometrics 6(2), for the Gini coefficient and others.

    Examples
    --------
    >>> frame = pl.DataFrame({"income": [0.0, 0.0, 0.0, 10.0]})
    >>> recentred(frame, "gini", "income").mean()
    0.75
    """
    read = read_entry(entry)
    if not read.statistic.can_recentre:
        raise MandeError([Problem(M_INFLUENCE, Place(), {"found": read.statistic.name})])
    first = next(iter(read.roles))
    columns = read.roles[first]
    if isinstance(columns, tuple):  # an index of several columns, which may be the value itself among others
        named: str | tuple[str, ...] = tuple(value_column if name == VALUE else name for name in columns)
    else:
        named = value_column
    read = replace(read, roles={**read.roles, first: named})
    rows = canonical(frame, read, within, (weight, None, None))
    survey = read_survey(rows, read, weight, None, None)
    found = np.full(len(rows), math.nan)
    for _, cell in groups(rows, len(within)):
        used = cell & survey.has_values & survey.in_design
        if used.any():
            found[used] = _recentred(survey.entry, survey.whole.where(used))
    back = np.empty(len(rows))
    back[rows[ROW].to_numpy()] = found
    return pl.Series(value_column, back).fill_nan(None)


def _recentred(entry: StatisticEntry, sample: Sample) -> Floats:
    answers = entry.statistic.values(sample)
    if list(answers) != [""]:
        raise MandeError([Problem(M_INFLUENCE, Place(), {"found": ", ".join(answers)})])
    answer = answers[""]
    if isinstance(answer, str):
        return np.full(len(sample), math.nan)
    return answer + float(sample.weights.sum()) * entry.statistic.influences(sample)[""]
