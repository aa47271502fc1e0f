"""Two-way fixed effects against pyfixest where it is installed; resampling by the number of draws.

pyfixest is no dependency: without it the seconds stand alone. The ratio is of medians within one run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pandas as pd

from benchmarks._measuring import Timed, alternating, seconds, table
from mande.impact import estimate

SIZES = (100_000, 1_000_000)
PEER = "pyfixest"


def panel(n_rows: int, n_waves: int = 10, units_per_cluster: int = 1) -> pd.DataFrame:
    """Return a panel in which units start at different waves or never."""
    rng, n_units = np.random.default_rng(0), n_rows // n_waves
    unit, wave = np.repeat(np.arange(n_units), n_waves), np.tile(np.arange(n_waves), n_units)
    cluster = unit // units_per_cluster
    on = (wave >= rng.integers(2, 14, cluster[-1] + 1)[cluster]) * 1.0
    outcome = rng.normal(size=n_units)[unit] + 0.3 * wave + on + rng.normal(size=len(unit))
    return pd.DataFrame({"unit": unit, "wave": wave, "cluster": cluster, "on": on, "y": outcome})


def cross_section(n_clusters: int, size: int) -> pd.DataFrame:
    """Return two waves of units in clusters, half of which are treated."""
    rng, cluster = np.random.default_rng(0), np.repeat(np.arange(n_clusters), size)
    frame = pd.DataFrame({"unit": np.arange(len(cluster)), "cluster": cluster, "on": cluster % 2})
    change = rng.normal(size=n_clusters)[cluster] + rng.normal(size=len(cluster))
    return pd.concat([frame.assign(wave=1, y=0.0), frame.assign(wave=2, y=change)])


def two_way(frame: pd.DataFrame) -> object:
    """Fit two-way fixed effects with clustered errors."""
    return estimate(
        frame, method="twfe", outcome="y", treated="on", unit="unit", time="wave", inference="CR1"
    )


def two_way_by_peer(frame: pd.DataFrame) -> object:
    """Fit the same by the peer."""
    return import_module(PEER).feols("y ~ on | unit + wave", frame, vcov={"CRV1": "unit"})


def resampled(frame: pd.DataFrame, inference: str, replays: int) -> object:
    """Estimate a difference-in-differences with a resampled distribution."""
    return estimate(
        frame, method="did", outcome="y", treated="on", unit="unit", time="wave", cluster="cluster",
        inference=inference, replays=replays,
    )  # fmt: skip


def timed(work: Callable[[], object]) -> Callable[[], Timed]:
    """Return work as something that gives its seconds."""
    return lambda: {"seconds": seconds(work)}


def run(sizes: tuple[int, ...] = SIZES, times: int = 5) -> str:
    """Return a report of seconds, and of ratios to the peer."""
    rows = []
    has_peer = find_spec(PEER) is not None
    for size in sizes:
        frame = panel(size)
        contenders = {"mande": timed(partial(two_way, frame))}
        if has_peer:
            contenders[PEER] = timed(partial(two_way_by_peer, frame))
        found = {name: entry["seconds"] for name, entry in alternating(contenders, times=times).items()}
        ratio = f"{found[PEER] / found['mande']:.1f}" if has_peer else "-"
        peer = f"{found[PEER]:.3f}" if has_peer else "-"
        rows.append((f"two-way fixed effects, {size:,} rows", f"{found['mande']:.3f}", peer, ratio))
    for name, inference, replays, frame in (
        ("wild bootstrap, 9,999 draws, 40 clusters", "wild", 9_999, cross_section(40, 50)),
        ("randomisation, 2,000 draws, 10,000 units", "randomisation", 2_000, cross_section(100, 100)),
    ):
        work = timed(partial(resampled, frame, inference, replays))
        rows.append((name, f"{alternating({'mande': work}, times=times)['mande']['seconds']:.3f}", "-", "-"))
    return table(("work", "mande s", f"{PEER} s", "times as fast"), rows)
