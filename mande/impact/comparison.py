"""What the outcome is without the programme: the numbers an effect's size is judged by, and plain means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mande.impact.contract import InstrumentedModel, Plan
from mande.impact.observations import BoolArray, FloatArray, IntArray, Observations
from mande.impact.regressors import is_yes_or_no
from mande.results import Comparison, Estimate, Table

MEANS = ("group", "wave", "n", "mean", "sd")


def with_comparison(result: Estimate, plan: Plan) -> Estimate:
    """Return the estimate with its comparison and the means by group and wave of the rows it used.

    Treated rows are those of units that are treated in some wave; without units, treated rows. Waves before
    are those in which nobody is treated yet; where the treated column names a group, so that there are none,
    the first wave. Without waves the standard deviation is that of the comparison after. Where an
    instrument of 0 and 1 carries the effect, it is those without it who are compared with. A treated column
    that is no 0 and 1 has no comparison, and the estimate stays as it is.
    """
    on = _offered(plan) if isinstance(plan, InstrumentedModel) else _on(plan.data)
    if on is None:
        return result
    ever = _ever(plan.data, on)
    comparison = _comparison(plan.data, on, ever)
    tables = {"means": _means(plan.data, ever, result), **result.tables}
    return replace(result, comparison=comparison, tables=tables)


def _on(data: Observations) -> BoolArray | None:
    """Return which rows are treated, or of which group, or None where that is no yes or no."""
    if data.first_treated is not None and data.time is not None:
        return np.asarray(data.time >= data.first_treated)
    if not data.arms.shape[1] or not is_yes_or_no(data.arms) or not data.arms.any():
        return None
    return np.asarray(data.arms.any(axis=1))


def _offered(plan: InstrumentedModel) -> BoolArray | None:
    """Return which rows have the instrument, or None where there is no single one of 0 and 1."""
    if len(plan.instrument_names) != 1 or not np.isin(plan.instruments, (0.0, 1.0)).all():
        return None
    return np.asarray(plan.instruments[:, 0] == 1)


def _ever(data: Observations, on: BoolArray) -> BoolArray:
    if data.first_treated is not None:
        return np.isfinite(data.first_treated)
    if data.unit is None:
        return on
    rows_on = np.bincount(data.unit, on)
    return np.asarray((rows_on > 0)[data.unit])


def _comparison(data: Observations, on: BoolArray, ever: BoolArray) -> Comparison:
    if data.time is None:
        mean, sd, n_mean = _moments(data, ~ever)
        return Comparison(mean, n_mean, sd, n_mean, "" if sd is not None else _NOBODY, "after")
    begun = int(data.time[on].min(initial=len(data.waves)))
    before = data.time < (begun if 0 < begun < len(data.waves) else 1)
    before &= ~ever
    mean, _, n_mean = _moments(data, ~(ever | before))
    _, sd, n_sd = _moments(data, before)
    reason = "" if mean is not None and sd is not None else _NOBODY
    return Comparison(mean, n_mean, sd, n_sd, reason)


_NOBODY = "too few rows belong to units that are never treated"


def _moments(data: Observations, rows: BoolArray) -> tuple[float | None, float | None, int]:
    """Return the (weighted) mean, standard deviation and number of rows."""
    values: FloatArray = data.outcome[rows]
    n = len(values)
    weights = np.ones(n) if data.weights is None else data.weights[rows]
    if not n or not weights.sum() > 0:
        return None, None, n
    mean = float(np.average(values, weights=weights))
    if n < 2:
        return mean, None, n
    variance = float(np.average((values - mean) ** 2, weights=weights)) * n / (n - 1)
    return mean, float(np.sqrt(variance)), n


def _moments_by(
    data: Observations, cells: IntArray, n_cells: int
) -> list[tuple[float | None, float | None, int]]:
    """Return `_moments` of the rows of every cell, in two passes over all of them."""
    counts = np.bincount(cells, minlength=n_cells)
    total = np.bincount(cells, data.weights, n_cells)
    values = data.outcome if data.weights is None else data.outcome * data.weights
    known = total > 0
    sums, divisor = np.bincount(cells, values, n_cells), np.where(known, total, 1)
    left = data.outcome - (sums / divisor)[cells]
    squares = left**2 if data.weights is None else left**2 * data.weights
    variances = np.bincount(cells, squares, n_cells) / divisor * (counts / np.maximum(counts - 1, 1))
    return [
        (float(mean) if is_known else None, float(sd) if is_known and n > 1 else None, int(n))
        for is_known, mean, sd, n in zip(known, sums / divisor, np.sqrt(variances), counts, strict=True)
    ]


def _means(data: Observations, ever: BoolArray, result: Estimate) -> Table:
    waves = ("all",) if data.time is None else data.waves
    place = np.zeros(len(data), dtype=np.intp) if data.time is None else data.time
    moments = _moments_by(data, np.where(ever, place, place + len(waves)), 2 * len(waves))
    labels = [(group, wave) for group in ("treated", "comparison") for wave in waves]
    rows = [(*label, n, mean, sd) for label, (mean, sd, n) in zip(labels, moments, strict=True)]
    notes = ["Rows used by the estimate; treated are units that are treated in some wave."]
    notes += ["In log points."] if result.scale == "log" else []
    notes += ["Weighted."] if data.weights is not None else []
    return Table("Means by group and wave", MEANS, tuple(rows), tuple(notes), cell_size="n")
