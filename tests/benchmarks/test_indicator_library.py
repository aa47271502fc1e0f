"""The benchmarks run, and the library gives the same values as formulas written by hand in pandas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import indicator_library
from benchmarks.__main__ import known, main
from benchmarks._measuring import alternating, peak_memory, table

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def contest() -> indicator_library.Contest:
    contest = indicator_library.Contest(300)
    contest.library()
    contest.by_hand()
    return contest


def test_every_unit_level_indicator_is_written_by_hand_too(contest: indicator_library.Contest):
    assert {entry.id for entry in contest.indicators} == set(contest.formulas)
    assert len(contest.indicators) >= 73


def test_values_and_parts_agree_with_pandas_by_hand_missing_ones_included(
    contest: indicator_library.Contest,
):
    assert contest.disagreements() == []
    values = [frame["value"] for frame in contest.values.values()]
    assert any(column.null_count() for column in values)
    assert all(column.null_count() < len(column) for column in values)


def test_a_wrong_value_would_be_seen(contest: indicator_library.Contest):
    columns = contest.columns["excessive_hours"]
    right = columns["value"]
    columns["value"] = ~right
    try:
        (told,) = contest.disagreements()
    finally:
        columns["value"] = right
    assert told.startswith("excessive_hours.value differs")


def test_the_report_names_every_indicator_and_what_is_not_compared():
    report = indicator_library.run(60, times=1)
    assert all(name in report for name in ("net_household_income", "upgrading_profile", "total"))
    assert "Not compared: none." in report


def test_benchmarks_are_found_by_folder_and_an_unknown_one_is_refused(capsys: pytest.CaptureFixture[str]):
    assert "indicator_library" in known()
    assert main(["indicators"]) == 2
    assert f"there are {', '.join(sorted(known()))}" in capsys.readouterr().err


def test_runs_take_turns_and_warm_up_does_not_count():
    order: list[str] = []

    def run(name: str, *seconds: float):
        left = iter(seconds)
        return lambda: order.append(name) or {"all": next(left)}

    found = alternating({"a": run("a", 99, 1, 2, 3), "b": run("b", 99, 5, 5, 8)}, times=3)
    assert order == ["a", "b"] * 4
    assert found == {"a": {"all": 2}, "b": {"all": 5}}


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell a process's largest memory")
def test_the_largest_memory_of_a_process_is_told():
    assert peak_memory("x = bytearray(200_000_000)") > 200_000_000
    with pytest.raises(subprocess.CalledProcessError):
        peak_memory("raise SystemExit(1)")


def test_a_table_lines_numbers_up_to_the_right():
    assert table(("name", "ratio"), [("a", "1.25"), ("total", "10.00")]) == (
        "name   ratio\na       1.25\ntotal  10.00"
    )
