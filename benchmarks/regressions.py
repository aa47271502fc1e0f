"""Two-way fixed effects and the wild bootstrap beside pyfixest, where it is installed; replays of a lottery.

pyfixest (and wildboottest, which its bootstrap needs) are no dependencies: without them our seconds stand
alone. Ratios are of medians within one run, of seconds on the clock and of seconds of the processors; their
compilation is left out by a round that does not count, except where it is the subject. With many programs
on the machine, set OMP_NUM_THREADS=1 for both.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pandas as pd

from benchmarks._measuring import Timed, alternating, peak_memory, table
from mande.impact import estimate

SIZES = (100_000, 1_000_000, 5_000_000)
PEER = "pyfixest"
ARGUMENTS = 'outcome="y", treated="on", unit="unit", time="wave", inference="CR1"'
MEMORY = {
    "mande": f'from mande.impact import estimate\nestimate(frame, method="twfe", {ARGUMENTS})',
    PEER: f'import {PEER}\n{PEER}.feols("y ~ on | unit + wave", frame, vcov={{"CRV1": "unit"}})',
}


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


def resampled_by_peer(frame: pd.DataFrame, draws: int) -> object:
    """Bootstrap the regression of the changes by the peer, its fit included as ours is."""
    changes = frame[frame["wave"] == 2]
    fitted = import_module(PEER).feols("y ~ on", changes, vcov={"CRV1": "cluster"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fitted.wildboottest(param="on", reps=draws, seed=1)


def timed(work: Callable[[], object]) -> Callable[[], Timed]:
    """Return work as something that gives its seconds on the clock and of the processors."""

    def run_once() -> Timed:
        clock, processor = time.perf_counter(), time.process_time()
        work()
        return {"clock": time.perf_counter() - clock, "processor": time.process_time() - processor}

    return run_once


def contest(
    name: str, own: Callable[[], object], other: Callable[[], object] | None, times: int
) -> list[str]:
    """Return a row: our seconds, the peer's, and how many times as fast we are."""
    contenders = {"mande": timed(own)} | ({} if other is None else {PEER: timed(other)})
    found = alternating(contenders, times=times)
    row = [name]
    for kind in ("clock", "processor"):
        here, there = found["mande"][kind], found.get(PEER, {}).get(kind)
        row += [f"{here:.3f}", "-" if there is None else f"{there:.3f}"]
        row.append("-" if there is None else f"{there / here:.1f}")
    return row


def memory(size: int) -> str:
    """Return the largest memory of a fit, each in a process of its own, beyond that of making the table."""
    made = f"from benchmarks.regressions import panel\nframe = panel({size})\n"
    base = peak_memory(made)
    names = [name for name in MEMORY if name == "mande" or find_spec(name) is not None]
    parts = [f"{name} {(peak_memory(made + MEMORY[name]) - base) / 1e6:,.0f} MB" for name in names]
    return f"memory beyond making the table, {size:,} rows: " + ", ".join(parts)


def run(sizes: tuple[int, ...] = SIZES, times: int = 5) -> str:
    """Return a report of seconds, of ratios to the peer, and of memory."""
    has_peer, can_boot = find_spec(PEER) is not None, find_spec("wildboottest") is not None
    rows = []
    for size in sizes:
        frame = panel(size)
        other = partial(two_way_by_peer, frame) if has_peer else None
        rows.append(contest(f"two-way fixed effects, {size:,} rows", partial(two_way, frame), other, times))
    frame = cross_section(40, 50)
    boot = partial(resampled_by_peer, frame, 9_999) if has_peer and can_boot else None
    name = "wild bootstrap, 9,999 draws, 40 clusters"
    rows.append(contest(name, partial(resampled, frame, "wild", 9_999), boot, times))
    lottery = partial(resampled, cross_section(100, 100), "randomisation", 2_000)
    rows.append(contest("randomisation, 2,000 draws, 10,000 units", lottery, None, times))
    header = ("work", "mande s", "peer s", "times", "mande cpu s", "peer cpu s", "times")
    return "\n".join([table(header, rows), *(memory(size) for size in sizes if size >= 1_000_000)])
