"""Randomisation inference where starts are drawn: replays of dates through the whole method.

The peer is the plain way: the same method called once for every draw, timed on a few draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks._measuring import seconds, table
from mande.impact import estimate

REPLAYS = 2_000
CALLS = 10
METHODS = ("callaway_santanna", "imputation", "sun_abraham", "etwfe", "event_study")
CALL: dict[str, Any] = {"outcome": "y", "unit": "id", "time": "wave", "first_treated": "first"}


def panel(rows: int, *, equal: bool, waves: int = 5, clusters: int = 40, seed: int = 0) -> pd.DataFrame:
    """Return a rollout by cluster: id, cluster, wave, first (0: never), y."""
    rng = np.random.default_rng(seed)
    units = rows // waves
    cluster = np.arange(units) % clusters if equal else np.sort(rng.integers(0, clusters, size=units))
    first = np.resize([0, 0, 3, 4], clusters)[rng.permutation(clusters)][cluster]
    unit, wave = np.repeat(np.arange(units), waves), np.tile(np.arange(1, waves + 1), units)
    shock = rng.normal(size=(clusters, waves)).cumsum(axis=1)[cluster[unit], wave - 1]
    y = shock + rng.normal(size=len(unit))
    return pd.DataFrame({"id": unit, "cluster": cluster[unit], "wave": wave, "first": first[unit], "y": y})


def _replayed(frame: pd.DataFrame, method: str) -> float:
    return estimate(
        frame, method=method, inference="randomisation", assigned_by="cluster", replays=REPLAYS, **CALL
    ).p_value


def _one_by_one(frame: pd.DataFrame, method: str) -> None:
    kind = "influence" if method in ("callaway_santanna", "imputation") else "classical"
    for _ in range(CALLS):
        estimate(frame, method=method, inference=kind, **CALL)


def run() -> str:
    """Return the seconds of 2,000 replays, of as many calls, and their ratio."""
    rows = []
    for size, equal in ((10_000, True), (10_000, False)):
        frame = panel(size, equal=equal)
        for method in METHODS:
            here = seconds(lambda m=method, f=frame: _replayed(f, m))
            there = seconds(lambda m=method, f=frame: _one_by_one(f, m)) * REPLAYS / CALLS
            name = f"{method}, {'equal' if equal else 'unequal'} clusters"
            rows.append([name, f"{size:,}", f"{here:.2f}", f"{there:.0f}", f"{there / here:.0f}"])
    header = ["method", "rows", "replays, s", "calls, s", "ratio"]
    return f"{REPLAYS:,} replays of start dates, 40 drawn clusters, 5 waves\n" + table(header, rows)
