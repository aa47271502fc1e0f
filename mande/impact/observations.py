"""From any pandas table to the rows a model is fitted to: numbers, codes, order, what was left out."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mande.impact.waves import order_waves, wave_label
from mande.results import Dropped, Sample

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Observations:
    """Rows in canonical order (unit, wave, then every value), without missing values.

    Attributes
    ----------
    outcome : on the scale of the estimate (logarithms on the log scale).
    covariates : one column per covariate. unit, time, cluster : codes; `time` is the position in
        `waves`, which lists only waves that have rows.
    wave_order_known : False where the labels of the waves do not tell which came first.
    rows_in : rows handed in. dropped : rows left out so far, and why.
    """

    outcome: FloatArray
    treated: FloatArray
    covariates: FloatArray
    unit: IntArray | None
    time: IntArray | None
    cluster: IntArray | None
    weights: FloatArray | None
    waves: tuple[str, ...]
    wave_order_known: bool
    rows_in: int
    dropped: tuple[Dropped, ...] = ()

    def __len__(self) -> int:
        return len(self.outcome)

    def keep(self, mask: BoolArray, reason: str) -> Observations:
        """Return the rows where `mask` holds; the others are counted under `reason`."""
        count = int((~mask).sum())
        if count == 0:
            return self
        present = [] if self.time is None else sorted(set(self.time[mask].tolist()))
        return replace(
            self,
            outcome=self.outcome[mask],
            treated=self.treated[mask],
            covariates=self.covariates[mask],
            unit=None if self.unit is None else self.unit[mask],
            time=None if self.time is None else np.searchsorted(present, self.time[mask]),
            cluster=None if self.cluster is None else self.cluster[mask],
            weights=None if self.weights is None else self.weights[mask],
            waves=tuple(self.waves[position] for position in present),
            dropped=(*self.dropped, Dropped(reason, count)),
        )

    def sample(self) -> Sample:
        """Return how the rows handed in became the rows used."""
        return Sample(self.rows_in, len(self), self.dropped)

    def dropped_text(self) -> str:
        """Return what was dropped, as one phrase for a message."""
        return ", ".join(f"{entry.count} rows: {entry.reason}" for entry in self.dropped) or "nothing was"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one call, converted; missing values are NaN in numbers and -1 in codes."""

    names: tuple[str, ...]
    numbers: tuple[FloatArray, ...]
    unit: IntArray | None
    time: IntArray | None
    cluster: IntArray | None
    weights: FloatArray | None
    waves: tuple[str, ...]
    wave_order_known: bool


def as_numbers(series: pd.Series) -> FloatArray | None:
    """Return the values as floats with NaN for missing, or None where a value is no number.

    True and false count as 1 and 0, in NumPy's, pandas' nullable and object columns alike. Numbers
    that stand as text are not converted: their decimal marks are for `survey` to settle.
    """
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        series = series.astype(object)
        dtype = series.dtype
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        if pd.api.types.is_complex_dtype(dtype):
            return None
        return series.to_numpy(dtype="float64", na_value=np.nan)
    if not pd.api.types.is_object_dtype(dtype):
        return None
    present = series.notna().to_numpy()
    values = series.to_numpy()[present]
    if not all(isinstance(value, numbers.Real | Decimal | np.bool_) for value in values):
        return None
    result = np.full(len(series), np.nan)
    result[present] = [float(value) for value in values]
    return result


def as_codes(series: pd.Series) -> IntArray:
    """Return one whole number per distinct value, in the order of the values; missing is -1.

    The codes do not depend on the order of the rows, on the type that holds the values, or on the
    order of a categorical.
    """
    codes, uniques = pd.factorize(_without_blanks(_plain(series)))
    ranked = sorted(range(len(uniques)), key=lambda position: _value_key(uniques[position]))
    rank = np.empty(len(uniques) + 1, dtype=np.intp)
    rank[ranked] = np.arange(len(uniques))
    rank[-1] = -1  # factorize gives -1 for missing, which indexes this last entry
    return rank[codes]


def _without_blanks(series: pd.Series) -> pd.Series:
    """Return texts of nothing but spaces as missing: they are no id."""
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series
    return series.mask(series.map(lambda value: isinstance(value, str) and not value.strip()))


def _plain(series: pd.Series) -> pd.Series:
    """Return a categorical as its values: its own order and unused categories must not matter."""
    return series.astype(object) if isinstance(series.dtype, pd.CategoricalDtype) else series


def _value_key(value: object) -> tuple[int, float | int, str]:
    if isinstance(value, numbers.Integral | np.bool_):
        return (0, int(value), "")
    if isinstance(value, numbers.Real):
        return (0, float(value), "")
    return (1, 0, f"{value}")


def as_waves(series: pd.Series, declared: Sequence[object] | None) -> tuple[IntArray, tuple[str, ...], bool]:
    """Return each row's position in time (-1 for missing), the labels in order, and if it is known."""
    labels, is_known = order_waves(series, declared)
    position = {label: place for place, label in enumerate(labels)}
    codes, uniques = pd.factorize(_without_blanks(_plain(series)))
    place = np.array([position[wave_label(value)] for value in uniques] + [-1], dtype=np.intp)
    return place[codes], labels, is_known


def complete_rows(
    columns: Columns, *, n_covariates: int, use_log: bool, roles: Sequence[str]
) -> Observations:
    """Return the rows without missing values in canonical order, and count what was left out.

    Each row is counted once, under the first reason that applies, in the order unit, wave, outcome,
    treated, covariates, cluster, weights, then what the log scale and zero weights exclude. `columns`
    holds outcome, treated and the covariates as numbers; `roles` names unit, time, cluster and weights
    as the caller calls them.
    """
    outcome = columns.numbers[0]
    n_rows = len(outcome)
    keep = np.ones(n_rows, dtype=bool)
    dropped: list[Dropped] = []
    for reason, is_bad in _exclusions(columns, roles, use_log=use_log):
        count = int((keep & is_bad).sum())
        if count:
            dropped.append(Dropped(reason, count))
        keep &= ~is_bad
    data = _ordered(columns, np.flatnonzero(keep), n_covariates)
    if use_log:
        data = replace(data, outcome=np.log(data.outcome))
    return replace(data, rows_in=n_rows, dropped=tuple(dropped))


def _exclusions(columns: Columns, roles: Sequence[str], *, use_log: bool) -> list[tuple[str, BoolArray]]:
    unit, time, cluster, weights = roles
    found: list[tuple[str, BoolArray]] = []
    for name, codes in ((unit, columns.unit), (time, columns.time)):
        if codes is not None:
            found.append((f"no value of {name}", codes < 0))
    for name, values in zip(columns.names, columns.numbers, strict=True):
        found.append((f"no value of {name}", np.isnan(values)))
    if columns.cluster is not None:
        found.append((f"no value of {cluster}", columns.cluster < 0))
    if columns.weights is not None:
        found.append((f"no value of {weights}", np.isnan(columns.weights)))
    if use_log:
        found.append((f"{columns.names[0]} is zero or less, which has no logarithm", columns.numbers[0] <= 0))
    if columns.weights is not None:
        found.append((f"{weights} is zero", columns.weights == 0))
    return found


def _ordered(columns: Columns, rows: IntArray, n_covariates: int) -> Observations:
    """Return the chosen rows sorted by unit, wave and then every value, so that input order is lost."""
    values = [*columns.numbers]
    codes = [part for part in (columns.unit, columns.time) if part is not None]
    last = [part for part in (columns.cluster, columns.weights) if part is not None]
    keys = [np.asarray(part)[rows] for part in (*codes, *values, *last)]
    order = rows[np.lexsort(keys[::-1])] if len(rows) else rows
    time = None if columns.time is None else columns.time[order]
    present = [] if time is None else sorted(set(time.tolist()))
    covariates = np.column_stack(values[2:])[order] if n_covariates else np.empty((len(order), 0))
    return Observations(
        # Adding zero makes -0.0 and 0.0 the same bits: they compare as equal and so are not sorted.
        outcome=values[0][order] + 0.0,
        treated=values[1][order] + 0.0,
        covariates=covariates + 0.0,
        unit=None if columns.unit is None else columns.unit[order],
        time=None if time is None else np.searchsorted(present, time),
        cluster=None if columns.cluster is None else columns.cluster[order],
        weights=None if columns.weights is None else columns.weights[order],
        waves=tuple(columns.waves[position] for position in present),
        wave_order_known=columns.wave_order_known,
        rows_in=len(order),
    )
