"""The benchmark of the regressions runs, on a small table."""

from __future__ import annotations

from benchmarks import regressions


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
