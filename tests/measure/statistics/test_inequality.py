"""Gini, quintile share ratio, Theil and mean log deviation: worked examples, edges and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.statistics.samples import number

NAMES = ["gini", "quintile_share_ratio", "theil", "mean_log_deviation"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 4, 5], 0.2666667),
        ([0, 0, 0, 10], 0.75),
        ([7, 7, 7], 0.0),
        ([100, 110, 150, 160], 0.1057692),
    ],
)
def test_we08_gini_by_hand(values: list, expected: float):
    assert number("gini", values)["value"] == pytest.approx(expected, abs=5e-8)


def pairs(values, weights) -> float:
    """Half the mean absolute difference over the mean: the definition of the Gini, pair by pair."""
    values, weights = np.asarray(values, float), np.asarray(weights, float)
    share = np.outer(weights, weights) / weights.sum() ** 2
    mean = np.average(values, weights=weights)
    return float((share * np.abs(values[:, None] - values[None, :])).sum() / (2 * mean))


VALUES = st.lists(st.integers(1, 500).map(float), min_size=1, max_size=15)
LAW = settings(deadline=None, max_examples=40)


@LAW
@given(values=VALUES, weights=st.data())
def test_gini_is_half_the_mean_difference_of_all_pairs_over_the_mean(values, weights):
    w = weights.draw(st.lists(st.floats(0.1, 9), min_size=len(values), max_size=len(values)))
    assert number("gini", values, w)["value"] == pytest.approx(pairs(values, w), abs=1e-12)


def test_gini_of_the_catalogue_in_the_order_of_any_sorting():
    """The formula INC-08 typed out: (2 sum w y W - sum w^2 y) / (W sum w y) - 1, ties either way round."""
    y, w = np.array([1.0, 3.0, 3.0, 8.0]), np.array([2.0, 1.0, 4.0, 0.5])
    for order in ([0, 1, 2, 3], [0, 2, 1, 3]):
        a, b = y[order], w[order]
        typed = (2 * (b * a * b.cumsum()).sum() - (b**2 * a).sum()) / (b.sum() * (b * a).sum()) - 1
        assert number("gini", y, w)["value"] == pytest.approx(typed, abs=1e-14)


def test_quintile_share_ratio_by_hand():
    assert number("quintile_share_ratio", range(1, 11))["value"] == pytest.approx(19 / 3)
    assert number("quintile_share_ratio", [1, 3])["value"] == pytest.approx(3.0)
    assert number("quintile_share_ratio", [4, 4, 4])["value"] == pytest.approx(1.0)
    found = number("quintile_share_ratio", [0, 0, 5, 5])
    assert found["reason"] == "division by zero: the values of the bottom fifth sum to 0"


def test_entropy_by_hand():
    theil = (0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2
    assert number("theil", [1, 3])["value"] == pytest.approx(theil)
    assert number("mean_log_deviation", [1, 3])["value"] == pytest.approx(math.log(2) - math.log(3) / 2)
    assert number("mean_log_deviation", [0, 3])["reason"] == "a value of 0 or less has no logarithm"


def test_values_below_zero_are_set_to_zero_and_counted():
    found = number("gini", [-5, -1, 0, 10])
    assert (found["value"], found["note"]) == (pytest.approx(0.75), "values below 0 set to 0: 2")
    for name in ("gini", "theil"):
        assert number(name, [0, 0])["reason"] == "the values sum to 0"


def test_the_small_sample_correction_is_n_over_n_minus_1():
    entry = {"gini": {"small_sample": True}}
    assert number(entry, [1, 2, 3, 4, 5])["value"] == pytest.approx(0.2666667 * 5 / 4, abs=1e-7)
    assert number(entry, [1])["reason"] == "the correction for small samples needs two units"
    assert number("gini", [1])["value"] == 0.0


@LAW
@given(values=VALUES, factor=st.floats(0.01, 100))
@pytest.mark.parametrize("name", NAMES)
def test_money_in_another_unit_changes_nothing(name, values, factor):
    scaled = [value * factor for value in values]
    assert number(name, scaled)["value"] == pytest.approx(number(name, values)["value"], abs=1e-9)


@LAW
@given(values=VALUES, counts=st.data())
@pytest.mark.parametrize("name", NAMES)
def test_a_whole_weight_counts_a_unit_so_many_times(name, values, counts):
    times = counts.draw(st.lists(st.integers(1, 4), min_size=len(values), max_size=len(values)))
    spread = number(name, np.repeat(values, times))["value"]
    assert number(name, values, times)["value"] == pytest.approx(spread, rel=1e-9, abs=1e-12)


@LAW
@given(values=VALUES)
def test_bounds(values):
    n = len(values)
    assert 0 <= number("gini", values)["value"] <= 1 - 1 / n + 1e-12
    assert number("quintile_share_ratio", values)["value"] >= 1 - 1e-12
    assert 0 <= number("theil", values)["value"] <= math.log(n) + 1e-12
    assert number("mean_log_deviation", values)["value"] >= 0


@LAW
@given(values=VALUES, other=VALUES)
def test_theil_parts_into_within_and_between_groups(values, other):
    both, sums = values + other, sum(values) + sum(other)
    within = between = 0.0
    for part in (values, other):
        share = sum(part) / sums
        within += share * number("theil", part)["value"]
        between += share * math.log(np.mean(part) / np.mean(both))
    assert number("theil", both)["value"] == pytest.approx(within + between, abs=1e-9)
