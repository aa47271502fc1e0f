"""Statistics of groups: by hand, by law, and absent with a reason."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure import summarise
from mande.measure.statistics import available, find
from tests.measure.statistics.samples import frame, number

NAMES = ["mean", "median", "share", "total", "ratio_of_sums"]
RATIO = {"ratio_of_sums": ["value", "below"]}


def of(name: str, values: list, weights: list | None = None):
    if name == "ratio_of_sums":
        columns = np.array(values, dtype=float).reshape(-1, 2)
        return number(RATIO, columns[:, 0], weights, below=columns[:, 1])
    return number(name, values, weights)


def test_every_statistic_is_found_by_its_file_and_says_what_it_follows():
    known = available()
    assert set(NAMES) < set(known)
    for name, statistic in known.items():
        assert statistic.formula, name
        assert statistic.source, name
        assert statistic.roles, name


@pytest.mark.parametrize(
    ("name", "values", "weights", "expected"),
    [
        ("mean", [1, 2, 6], None, 3.0),
        ("mean", [1, 2, 6], [2, 1, 1], 2.5),
        ("total", [1, 2, 6], None, 9.0),
        ("total", [1, 2, 6], [2, 1, 0.5], 7.0),
        ("median", [6, 1, 2], None, 2.0),
        ("median", [6, 1, 2, 4], None, 3.0),
        ("median", [6, 1, 2], [3, 1, 1], 6.0),
        ("median", [6, 1, 2], [2, 1, 1], 4.0),
        ("median", [1, 2, 3, 4, 5], [0.1] * 5, 3.0),
        ("median", [5], [7], 5.0),
        ("share", [1, 0, 0, 1], None, 0.5),
        ("share", [1, 0, 0], [2, 1, 1], 0.5),
        ("ratio_of_sums", [[10, 1], [20, 4]], None, 6.0),
        ("ratio_of_sums", [[10, 1], [20, 4]], [3, 1], 50 / 7),
    ],
)
def test_by_hand(name: str, values: list, weights: list | None, expected: float):
    found = of(name, values, weights)
    assert found["value"] == pytest.approx(expected)
    assert (found["n"], found["n_missing"]) == (len(values), 0)


def test_units_without_a_value_or_a_weight_are_left_out_and_counted():
    found = of("mean", [1, math.nan, 5, 7], [1, 1, math.nan, 1])
    assert (found["value"], found["n"], found["n_missing"]) == (4.0, 2, 2)


def test_a_ratio_of_sums_takes_only_units_with_both_values():
    found = of("ratio_of_sums", [[10, 2], [math.nan, 5], [4, math.nan]])
    assert (found["value"], found["n"], found["n_missing"]) == (5.0, 1, 2)


@pytest.mark.parametrize("name", NAMES)
def test_without_units_there_is_a_reason_instead_of_a_number(name: str):
    width = 2 if name == "ratio_of_sums" else 1
    gone, there = np.full((2, width), math.nan), np.ones((2, width))
    assert (of(name, [])["value"], of(name, [])["reason"]) == (None, "no units")
    found = of(name, gone if width == 2 else gone[:, 0])
    assert (found["value"], found["reason"]) == (None, "no values")
    weightless = of(name, there if width == 2 else there[:, 0], [0, 0])
    assert (weightless["value"], weightless["n"], weightless["reason"]) == (None, 0, "no weight above 0")


def test_a_ratio_over_nothing_and_a_share_of_no_condition_say_so():
    reason = "division by zero: the denominators sum to 0"
    assert of("ratio_of_sums", [[1, 0], [2, 0]])["reason"] == reason
    assert of("ratio_of_sums", [[1, 2], [2, -2]])["value"] is None
    assert of("share", [1, 0.5])["reason"] == "a share needs values of 0 and 1"


def test_weights_below_zero_and_unknown_statistics_are_refused():
    with pytest.raises(ValueError, match="weights must not be negative"):
        of("mean", [1, 2], [1, -1])
    with pytest.raises(ValueError, match="no statistic mode; there are"):
        find("mode")


FLOATS = st.floats(-1e6, 1e6, allow_subnormal=False)
UNITS = st.lists(st.tuples(FLOATS, st.floats(0.01, 100)), min_size=1, max_size=12)


@settings(deadline=None, max_examples=60)
@given(units=UNITS, seed=st.integers(0, 99))
@pytest.mark.parametrize("name", ["mean", "median", "total", "ratio_of_sums"])
def test_the_order_of_units_does_not_change_a_bit(name: str, units, seed):
    def bits(rows):
        values = [[value, 1 + abs(value)] for value, _ in rows]
        found = of(name, values if name == "ratio_of_sums" else [v for v, _ in rows], [w for _, w in rows])
        return found["value"].hex(), found["se"] and found["se"].hex()

    assert bits(units) == bits(random.Random(seed).sample(units, len(units)))


@settings(deadline=None, max_examples=60)
@given(values=st.lists(FLOATS, min_size=1, max_size=9), counts=st.data())
@pytest.mark.parametrize("name", ["mean", "median", "total"])
def test_a_whole_weight_counts_a_unit_so_many_times(name: str, values, counts):
    times = counts.draw(st.lists(st.integers(1, 4), min_size=len(values), max_size=len(values)))
    spread = [value for value, n in zip(values, times, strict=True) for _ in range(n)]
    weighted = of(name, values, times)["value"]
    assert weighted == pytest.approx(
        of(name, spread)["value"], rel=1e-9, abs=1e-6
    )  # sums up to 1e7 that cancel


@settings(deadline=None, max_examples=60)
@given(values=st.lists(FLOATS, min_size=1, max_size=15))
def test_without_weights_mean_and_median_are_those_of_numpy(values):
    assert of("mean", values)["value"] == pytest.approx(np.mean(values), rel=1e-9, abs=1e-6)
    assert of("median", values)["value"] == pytest.approx(np.median(values))


def test_groups_are_summarised_one_by_one_and_sorted():
    table = frame([1, 2, 3, 4, None], [1, 1, 3, 1, 1], village=["b", "a", "b", None, "c"])
    kept = ["value", "n", "n_missing"]
    found = summarise(table, "mean", by=["village"], weight="weight")
    assert found.select("village", *kept).rows() == [
        (None, 4.0, 1, 0),
        ("a", 2.0, 1, 0),
        ("b", 2.5, 2, 0),
        ("c", None, 0, 1),
    ]
    assert found["reason"].to_list() == [
        "no standard error: one sampling unit",
        "no standard error: one sampling unit",
        None,
        "no values",
    ]
    assert summarise(table, "total").select(kept).rows() == [(10.0, 4, 1)]
    empty = summarise(table.clear(), "total")
    assert empty.select(*kept, "reason").rows() == [(None, 0, 0, "no units")]
    assert summarise(table.clear(), "total", by=["village"]).rows() == []
