"""What the outcome is without the programme: the numbers an effect's size is judged by, and plain means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mande.impact.contract import InstrumentedModel, Plan
from mande.impact.observations import BoolArray, FloatArray, Observations
from mande.results import Cell, Comparison, Estimate, Table

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
    if not data.arms.shape[1] or not np.isin(data.arms, (0.0, 1.0)).all() or not data.arms.any():
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
    return on if data.unit is None else np.isin(data.unit, data.unit[on])


def _comparison(data: Observations, on: BoolArray, ever: BoolArray) -> Comparison:
    if data.time is None:
        mean, sd, n_mean = _moments(data, ~ever)
        return Comparison(mean, n_mean, sd, n_mean, "" if sd is not None else _NOBODY, "after")
    begun = np.unique(data.time[on])
    before = data.time < (begun.min() if len(begun) and begun.min() > 0 else 1)
    mean, _, n_mean = _moments(data, ~ever & ~before)
    _, sd, n_sd = _moments(data, ~ever & before)
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


def _means(data: Observations, ever: BoolArray, result: Estimate) -> Table:
    waves: list[tuple[str, BoolArray]] = [("all", np.ones(len(data), dtype=bool))]
    if data.time is not None:
        time = data.time
        waves = [(wave, np.asarray(time == place)) for place, wave in enumerate(data.waves)]
    rows: list[tuple[Cell, ...]] = []
    for group, members in (("treated", ever), ("comparison", ~ever)):
        for wave, in_wave in waves:
            mean, sd, n = _moments(data, members & in_wave)
            rows.append((group, wave, n, mean, sd))
    notes = ["Rows used by the estimate; treated are units that are treated in some wave."]
    notes += ["In log points."] if result.scale == "log" else []
    notes += ["Weighted."] if data.weights is not None else []
    return Table("Means by group and wave", MEANS, tuple(rows), tuple(notes), cell_size="n")
