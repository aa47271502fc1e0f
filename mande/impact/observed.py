"""What was observed by arm and wave, before anything is attributed: means, and changes since the baseline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mande.impact.groups import mean_with_error, numbers_of
from mande.impact.observations import BoolArray, FloatArray, IntArray, as_codes
from mande.impact.task import Task
from mande.results import Cell, Table

MEANS = ("arm", "arm_label", "wave", "wave_label", "n", "mean", "sd", "median")
CHANGES = ("arm", "arm_label", "wave", "wave_label", "n", "change", "std_error", "df")


def means(data: pd.DataFrame, task: Task) -> Table:
    values = numbers_of(data, task.outcome)
    rows: list[tuple[Cell, ...]] = []
    for arm, arm_label, wave, wave_name, mask in _cells(data, task):
        # Sorted, so that sums do not depend on the order of the rows.
        found = np.sort(values[mask & ~np.isnan(values)])
        mean = float(found.mean()) if len(found) else None
        sd = float(found.std(ddof=1)) if len(found) > 1 else None
        median = float(np.median(found)) if len(found) else None
        rows.append((arm, arm_label, wave, wave_name, len(found), mean, sd, median))
    note = "Unweighted means of the units that reported the outcome in the wave."
    return Table("Means by group and wave", MEANS, tuple(rows), (note,), cell_size="n")


def changes(data: pd.DataFrame, task: Task) -> Table:
    """Return the mean change since the contrast's baseline of units seen in both waves."""
    values = numbers_of(data, task.outcome)
    if task.scale == "log":
        values = np.log(np.where(values > 0, values, np.nan))
    baseline = task.programme.design.contrast.baseline
    clusters = as_codes(data[task.cluster if task.cluster in data.columns else task.unit])
    units = as_codes(data[task.unit])
    start = _by_unit(units, values, (data[task.wave] == baseline).to_numpy())
    later = task.waves[task.waves.index(baseline) + 1 :]
    rows: list[tuple[Cell, ...]] = []
    for arm, arm_label, wave, wave_name, mask in _cells(data, task):
        if wave not in later:
            continue
        in_cell = np.flatnonzero(mask & (units >= 0) & (clusters >= 0))
        in_cell = in_cell[np.argsort(units[in_cell], kind="stable")]
        change = values[in_cell] - np.array([start.get(int(unit), np.nan) for unit in units[in_cell]])
        known = ~np.isnan(change)
        mean, error, reference = mean_with_error(change[known], clusters[in_cell][known])
        df = None if reference is None else reference.df
        rows.append((arm, arm_label, wave, wave_name, int(known.sum()), mean, error, df))
    notes = [f"Units that reported the outcome in {baseline} and in the wave, unweighted."]
    notes += ["In log points."] if task.scale == "log" else []
    return Table(f"Changes since {baseline} by group", CHANGES, tuple(rows), tuple(notes), cell_size="n")


def _by_unit(units: IntArray, values: FloatArray, mask: BoolArray) -> Mapping[int, float]:
    return {int(unit): float(value) for unit, value in zip(units[mask], values[mask], strict=True)}


def _cells(data: pd.DataFrame, task: Task) -> list[tuple[str, str, str, str, BoolArray]]:
    """Return every arm and wave of the programme with the rows that belong to it."""
    arms, waves = data[task.arm].to_numpy(), data[task.wave].to_numpy()
    return [
        (name, str(arm.label), wave.id, str(wave.label), np.asarray((arms == name) & (waves == wave.id)))
        for name, arm in task.programme.arms.items()
        for wave in task.programme.waves
    ]
