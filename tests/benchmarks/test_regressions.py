"""The benchmark of the regressions runs, on a small table."""

from __future__ import annotations

import pytest

from benchmarks import regressions
from benchmarks._measuring import peak_memory


def test_the_report_names_every_work():
    report = regressions.run(sizes=(2_000,), times=1).splitlines()
    assert len(report) == 4
    assert "2,000 rows" in report[1]
    assert "9,999 draws" in report[2]
    assert "10,000 units" in report[3]


def test_peers_fit_the_same_table():
    frame = regressions.panel(500)
    assert len(frame) == 500
    assert set(frame["on"]) == {0.0, 1.0}
    assert regressions.two_way(frame).n == 500


def test_memory_is_that_of_the_process_and_not_of_its_caller():
    kept = bytearray(b"x" * 200_000_000)
    less, more = (peak_memory(f"kept = bytearray(b'x' * {size})") for size in (1_000, 100_000_000))
    assert len(kept) == 200_000_000
    if less == 0:
        pytest.skip("this system does not tell the memory of a process")
    assert more - less > 50_000_000
