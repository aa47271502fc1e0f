"""What benchmarks share: timing with warm-up and alternating runs, peak memory, and a table of ratios."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

Timed = Mapping[str, float]
"""Seconds of one run, by name of what was done."""


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes, once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternating(
    runs: Mapping[str, Callable[[], Timed]], *, times: int, warm_up: int = 1
) -> dict[str, dict[str, float]]:
    """Return the median seconds of several contenders, by contender and name.

    They run in turn, so that what slows the machine for a while slows all of them; the first `warm_up`
    rounds do not count.
    """
    found: dict[str, list[Timed]] = {name: [] for name in runs}
    for number in range(warm_up + times):
        for name, run in runs.items():
            gc.collect()
            result = run()
            if number >= warm_up:
                found[name].append(result)
    return {
        name: {entry: statistics.median(result[entry] for result in results) for entry in results[0]}
        for name, results in found.items()
    }


def peak_memory(code: str) -> int:
    """Return the largest memory, in bytes, that Python code takes in a process of its own.

    Zero where the system does not tell.
    """
    # Linux hands the peak of the calling process on to its children in ru_maxrss, but not in VmHWM.
    told = """
import sys
from pathlib import Path
status = Path("/proc/self/status")
try:
    import resource
    lines = status.read_text("utf-8").splitlines() if status.exists() else []
    peak = [line for line in lines if line.startswith("VmHWM:")]
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(1024 * int(peak[0].split()[1]) if peak else usage)
except ImportError:
    print(0)
"""
    done = subprocess.run([sys.executable, "-c", code + told], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as text: the first column to the left, all others to the right."""
    widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
    lines = []
    for row in (header, *rows):
        first, *others = (
            cell.ljust(w) if not at else cell.rjust(w)
            for at, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *others]).rstrip())
    return "\n".join(lines)
