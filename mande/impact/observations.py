"""From any pandas table to the rows a model is fitted to: numbers, codes, order, what was left out."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    treated : the treated column, the first of `arms` (one column per arm; zeros where none is named).
    covariates : one column per covariate. unit, time : codes; `time` is the position in `waves`, which
        lists only waves that have rows.
    clusters, absorbed : codes, one array per named column. strata : codes.
    first_treated : position in `waves` of the first wave with treatment in force: 0 also where it began
        before the first wave, `len(waves)` where it begins after the last, infinity for never.
    extra, groups : columns that options name, as numbers and as codes.
    wave_order_known : False where the labels of the waves do not tell which came first.
    rows_in : rows handed in. dropped : rows left out so far, and why.
    """

    outcome: FloatArray
    arms: FloatArray
    covariates: FloatArray
    unit: IntArray | None
    time: IntArray | None
    weights: FloatArray | None
    waves: tuple[str, ...]
    wave_order_known: bool
    rows_in: int
    clusters: tuple[IntArray, ...] = ()
    absorbed: tuple[IntArray, ...] = ()
    strata: IntArray | None = None
    first_treated: FloatArray | None = None
    extra: Mapping[str, FloatArray] = field(default_factory=dict)
    groups: Mapping[str, IntArray] = field(default_factory=dict)
    dropped: tuple[Dropped, ...] = ()

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def treated(self) -> FloatArray:
        """The treated column, the first where there are several arms."""
        return self.arms[:, 0]

    @property
    def cluster(self) -> IntArray | None:
        """Codes of the first clustering, None where there is none."""
        return self.clusters[0] if self.clusters else None

    def keep(self, mask: BoolArray, reason: str) -> Observations:
        """Return the rows where `mask` holds; the others are counted under `reason`."""
        count = int((~mask).sum())
        return (
            self if count == 0 else replace(self.take(mask), dropped=(*self.dropped, Dropped(reason, count)))
        )

    def take(self, rows: BoolArray | IntArray) -> Observations:
        """Return some rows in their order, without counting the others."""
        present = np.empty(0, np.intp) if self.time is None else np.flatnonzero(np.bincount(self.time[rows]))
        first = None if self.first_treated is None else self.first_treated[rows]
        if first is not None and self.time is not None:
            first = np.where(np.isinf(first), np.inf, np.searchsorted(present, first))
        return replace(
            self,
            outcome=self.outcome[rows],
            arms=self.arms[rows],
            covariates=self.covariates[rows],
            unit=None if self.unit is None else self.unit[rows],
            time=None if self.time is None else np.searchsorted(present, self.time[rows]),
            weights=None if self.weights is None else self.weights[rows],
            waves=tuple(self.waves[position] for position in present),
            clusters=tuple(codes[rows] for codes in self.clusters),
            absorbed=tuple(codes[rows] for codes in self.absorbed),
            strata=None if self.strata is None else self.strata[rows],
            first_treated=first,
            extra={name: values[rows] for name, values in self.extra.items()},
            groups={name: codes[rows] for name, codes in self.groups.items()},
        )

    def sample(self) -> Sample:
        """Return how the rows handed in became the rows used."""
        return Sample(self.rows_in, len(self), self.dropped)

    def dropped_text(self) -> str:
        """Return what was dropped, as one phrase for a message."""
        return ", ".join(f"{entry.count} rows: {entry.reason}" for entry in self.dropped) or "nothing was"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one call, converted; missing values are NaN in numbers and -1 in codes.

    `numbers` holds the outcome, the treated columns, the covariates and the columns of options, in this
    order, and `names` what the caller calls them (empty for a stand-in); `coded` holds clusters, absorbed
    effects, strata and columns of options as (name, codes). `unit_name`, `time_name` and `weights_name`
    are for the reasons of rows left out.
    """

    names: tuple[str, ...]
    numbers: tuple[FloatArray, ...]
    n_arms: int
    n_covariates: int
    coded: tuple[tuple[str, IntArray], ...] = ()
    n_clusters: int = 0
    n_absorbed: int = 0
    has_strata: bool = False
    unit: IntArray | None = None
    time: IntArray | None = None
    weights: FloatArray | None = None
    first_treated: FloatArray | None = None
    waves: tuple[str, ...] = ()
    wave_order_known: bool = True
    unit_name: str = ""
    time_name: str = ""
    weights_name: str = ""


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
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "iu":
        return _codes_of_integers(series.to_numpy())
    codes, uniques = pd.factorize(_without_blanks(_plain(series)))
    if isinstance(uniques.dtype, np.dtype) and uniques.dtype.kind in "iuf":
        ranked = np.argsort(np.asarray(uniques), kind="stable")
    else:
        keys = [_value_key(value) for value in uniques]
        ranked = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)
    rank = np.empty(len(uniques) + 1, dtype=np.intp)
    rank[ranked] = np.arange(len(uniques))
    rank[-1] = -1  # factorize gives -1 for missing, which indexes this last entry
    return rank[codes]


def _codes_of_integers(values: IntArray) -> IntArray:
    """Return the rank of each value among the distinct ones: by counting where they lie close together."""
    if len(values):
        low, high = int(values.min()), int(values.max())
        if high - low <= 2 * len(values) and high < np.iinfo(np.intp).max:
            shifted = values.astype(np.intp) - low
            present = np.zeros(high - low + 1, dtype=bool)
            present[shifted] = True
            return shifted if present.all() else (np.cumsum(present) - 1)[shifted]
    return np.unique(values, return_inverse=True)[1]


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


def first_waves(series: pd.Series, waves: Sequence[str], is_known: bool) -> tuple[FloatArray, list[str]]:
    """Return where in `waves` treatment starts (infinity: never), and starts that no wave explains.

    Zero and infinity are never; a missing value is NaN; a number between waves starts at the next wave.
    """
    codes, uniques = pd.factorize(_plain(series))
    places, unclear = [], []
    numeric = _numeric_labels(waves)
    for value in uniques:
        label = wave_label(value)
        is_number = isinstance(value, numbers.Real) and not np.isneginf(float(value))
        if is_number and float(value) in (0.0, np.inf):
            places.append(np.inf)
        elif label in waves:
            places.append(float(list(waves).index(label)))
        elif numeric is not None and is_known and is_number:
            places.append(float(np.searchsorted(numeric, float(value))))
        else:
            places.append(np.nan)
            unclear.append(label)
    return np.array([*places, np.nan])[codes], unclear


def _numeric_labels(waves: Sequence[str]) -> FloatArray | None:
    try:
        values = np.array([float(label) for label in waves])
    except ValueError:
        return None
    return values if (np.diff(values) > 0).all() else None


def complete_rows(columns: Columns, *, use_log: bool) -> Observations:
    """Return the rows without missing values in canonical order, and count what was left out.

    Each row is counted once, under the first reason that applies, in the order unit, wave, outcome,
    treated, covariates, columns of options, cluster, absorbed effects, strata, weights, then what the log
    scale and zero weights exclude.
    """
    n_rows = len(columns.numbers[0])
    keep = np.ones(n_rows, dtype=bool)
    dropped: list[Dropped] = []
    for reason, is_bad in _exclusions(columns, use_log=use_log):
        count = int((keep & is_bad).sum())
        if count:
            dropped.append(Dropped(reason, count))
        keep &= ~is_bad
    data = _ordered(columns, np.flatnonzero(keep))
    if use_log:
        data = replace(data, outcome=np.log(data.outcome))
    return replace(data, rows_in=n_rows, dropped=tuple(dropped))


def _exclusions(columns: Columns, *, use_log: bool) -> list[tuple[str, BoolArray]]:
    found: list[tuple[str, BoolArray]] = []
    for name, codes in ((columns.unit_name, columns.unit), (columns.time_name, columns.time)):
        if codes is not None:
            found.append((f"no value of {name}", codes < 0))
    for name, values in zip(columns.names, columns.numbers, strict=True):
        found.append((f"no value of {name}", np.isnan(values)))
    for name, codes in columns.coded:
        found.append((f"no value of {name}", codes < 0))
    weights = columns.weights_name
    if columns.weights is not None:
        found.append((f"no value of {weights}", np.isnan(columns.weights)))
    if use_log:
        found.append((f"{columns.names[0]} is zero or less, which has no logarithm", columns.numbers[0] <= 0))
    if columns.weights is not None:
        found.append((f"{weights} is zero", columns.weights == 0))
    return found


def _order(columns: Columns, rows: IntArray) -> IntArray:
    """Return `rows` sorted by unit, wave and then every value, so that input order is lost."""
    if not len(rows):
        return rows
    if columns.unit is not None and columns.time is not None:
        key = columns.unit[rows] * (len(columns.waves) + 1) + columns.time[rows]
        if (key[1:] > key[:-1]).all():
            return rows
        order = np.argsort(key, kind="stable")
        if (np.diff(key[order]) > 0).all():
            return rows[order]
    codes = [part for part in (columns.unit, columns.time) if part is not None]
    last = [part for part in (columns.first_treated, columns.weights) if part is not None]
    keys = [
        np.asarray(part)[rows] for part in (*codes, *columns.numbers, *dict(columns.coded).values(), *last)
    ]
    return np.asarray(rows[np.lexsort(keys[::-1])])


def _ordered(columns: Columns, rows: IntArray) -> Observations:
    order = _order(columns, rows)
    # Adding zero makes -0.0 and 0.0 the same bits: they compare as equal and so are not sorted.
    values = [column[order] + 0.0 for column in columns.numbers]
    first_covariate = 1 + columns.n_arms
    first_extra = first_covariate + columns.n_covariates
    covariates = values[first_covariate:first_extra]
    time = None if columns.time is None else columns.time[order]
    first = None if columns.first_treated is None else columns.first_treated[order]
    unit = None if columns.unit is None else columns.unit[order]
    # Clusters that are the units are the same array, so that nobody need compare them.
    codes = [unit if unit is not None and part is columns.unit else part[order] for _, part in columns.coded]
    strata_at = columns.n_clusters + columns.n_absorbed
    groups_at = strata_at + columns.has_strata
    data = Observations(
        outcome=values[0],
        arms=np.column_stack(values[1:first_covariate]),
        covariates=np.column_stack(covariates) if covariates else np.empty((len(order), 0)),
        unit=unit,
        time=time,
        weights=None if columns.weights is None else columns.weights[order],
        waves=columns.waves,
        wave_order_known=columns.wave_order_known,
        rows_in=len(order),
        clusters=tuple(codes[: columns.n_clusters]),
        absorbed=tuple(codes[columns.n_clusters : strata_at]),
        strata=codes[strata_at] if columns.has_strata else None,
        first_treated=first,
        extra=dict(zip(columns.names[first_extra:], values[first_extra:], strict=True)),
        groups={
            name: part for (name, _), part in zip(columns.coded[groups_at:], codes[groups_at:], strict=True)
        },
    )
    if time is None or (np.bincount(time, minlength=len(columns.waves)) > 0).all():
        return data
    return data.take(np.arange(len(order)))
