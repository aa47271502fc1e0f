"""The benchmark of a whole evaluation runs, on few firms."""

from __future__ import annotations

from benchmarks import evaluation


def test_the_report_names_the_parts_of_an_evaluation():
    report = evaluation.run(n_units=400).splitlines()
    assert report[0].startswith("12 outcomes, 400 firms, 3 waves")
    assert any(line.startswith("estimating") for line in report)
    assert report[-1].startswith("all")
