"""Statistics that keep something from a reference group: weights frozen on the comparison arm.

The reference group is the comparison arm at the baseline. Weights that followed each wave or arm would move
with the programme, and the index with them (Anderson 2008, section 2.2; Schwab et al. 2020, who take the
control group's own moments).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from mande.measure.entries import read_entry
from mande.measure.sample import Floats, Sample

FROZEN = "weights"
"""The option that a statistic's `freeze` fills."""


def is_frozen(entry: str | Mapping[str, Any]) -> bool:
    """Return whether an entry's statistic takes something from a reference group that is not given yet.

    Raises
    ------
    MandeError
        F-STATISTIC for an entry that cannot be read.
    """
    read = read_entry(entry)
    return read.statistic.freeze is not None and read.options[FROZEN] is None


def frozen_entry(
    entry: str | Mapping[str, Any], reference: pl.DataFrame | str, *, weight: str | None = None
) -> str | Mapping[str, Any]:
    """Return an entry with what its statistic keeps from the reference group; others as they are.

    Parameters
    ----------
    entry
        As in an indicator's `statistics`.
    reference
        One row per unit of the reference group, with the entry's columns; or the reason why there is none,
        which then is the reason why the statistic has no number.
    weight
        Column of weights; equal weights where None. Units without one, or with 0, do not count.

    Raises
    ------
    MandeError
        F-STATISTIC for an entry that cannot be read.
    """
    if not is_frozen(entry):
        return entry
    read = read_entry(entry)
    if isinstance(reference, str):
        kept: Any = reference
    else:
        weights = np.ones(len(reference)) if weight is None else _numbers(reference[weight])
        columns: dict[str, Floats] = {
            role: np.column_stack([_numbers(reference[name]) for name in names])
            for role, names in read.roles.items()
            if isinstance(names, tuple)
        }
        named = {role: names for role, names in read.roles.items() if isinstance(names, tuple)}
        whole = Sample(columns, weights, read.options, named)
        freeze = read.statistic.freeze
        kept = None if freeze is None else freeze(whole.where(weights > 0))
    roles = {role: list(names) if isinstance(names, tuple) else names for role, names in read.roles.items()}
    return {read.statistic.name: {**roles, **read.options, FROZEN: kept}}


def _numbers(column: pl.Series) -> Floats:
    """Return a column as floats, NaN where it is missing or infinite."""
    values = column.cast(pl.Float64).fill_null(math.nan).to_numpy()
    return np.where(np.isfinite(values), values, math.nan)
