"""Winsorising: by hand, and the laws it obeys."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure.winsorise import winsorise

VALUES = st.lists(st.none() | st.floats(-1e9, 1e9), max_size=40)
LOWER, UPPER = st.none() | st.floats(0, 0.49), st.none() | st.floats(0.51, 1)


def column(values: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame({"x": values}, schema={"x": pl.Float64})


def test_the_ends_are_pulled_to_the_quantiles_by_hand():
    done = winsorise(column([*range(9), 1000]), "x", lower=0.1, upper=0.9, min_values=1)
    assert done.values.to_list() == [1, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    assert (done.pulled_low, done.pulled_high, done.groups_left) == (1, 1, 0)


def test_each_group_has_its_own_quantiles_and_a_missing_entry_is_a_group():
    frame = pl.DataFrame({"wave": ["a", None] * 10, "x": [float(i) for i in range(20)]})
    done = winsorise(frame, "x", upper=0.9, within=["wave"], min_values=10)
    assert done.values.to_list()[-4:] == [16.0, 17.0, 16.0, 17.0]
    assert done.pulled_high == 2


def test_small_groups_and_missing_values_are_left_as_they_are():
    frame = pl.DataFrame({"wave": ["a"] * 19 + ["b"] * 21, "x": [*range(19), None, *range(19), 500]})
    done = winsorise(frame, "x", upper=0.95, within=["wave"])
    assert done.values.to_list()[:20] == [*range(19), None]
    assert done.values[-1] == 18.0
    assert (done.pulled_high, done.groups_left) == (1, 1)


def test_one_end_may_be_left_alone():
    values = [-1000.0, *range(28), 1000.0]
    assert winsorise(column(values), "x", upper=0.9).values[0] == -1000.0
    assert winsorise(column(values), "x", lower=0.1).values[-1] == 1000.0
    assert winsorise(column(values), "x").values.to_list() == values


@settings(deadline=None, max_examples=60)
@given(values=VALUES, lower=LOWER, upper=UPPER)
def test_the_laws_of_winsorising(values, lower, upper):
    frame = column(values)
    done = winsorise(frame, "x", lower=lower, upper=upper, min_values=1)
    there = [value for value in values if value is not None]
    # Doing it twice changes nothing.
    again = winsorise(column(done.values.to_list()), "x", lower=lower, upper=upper, min_values=1)
    assert again.values.to_list() == done.values.to_list()
    assert (again.pulled_low, again.pulled_high) == (0, 0)
    # What is missing stays missing; what is there stays between the ends and keeps its order.
    assert done.values.is_null().to_list() == [value is None for value in values]
    pairs = sorted((a, b) for a, b in zip(values, done.values, strict=True) if a is not None)
    assert [b for _, b in pairs] == sorted(b for _, b in pairs)
    assert {b for _, b in pairs} <= set(there)
    # Only so many are pulled, and the caller's rows are left alone.
    assert done.pulled_high <= len(there) * (1 - (1 if upper is None else upper)) + 1e-6
    assert done.pulled_low <= len(there) * (lower or 0) + 1e-6
    assert frame["x"].to_list() == values


@settings(deadline=None, max_examples=40)
@given(values=VALUES, share=st.sampled_from([0.01, 0.05, 0.1, 0.25]))
def test_turning_the_signs_round_turns_the_result_round(values, share):
    turned = [None if value is None else -value for value in values]
    low = winsorise(column(values), "x", lower=share, min_values=1)
    high = winsorise(column(turned), "x", upper=1 - share, min_values=1)
    assert [None if value is None else -value for value in high.values] == low.values.to_list()
    assert high.pulled_high == low.pulled_low


@settings(deadline=None, max_examples=40)
@given(values=VALUES, seed=st.integers(0, 99))
def test_the_order_of_rows_makes_no_difference(values, seed):
    frame = column(values).with_row_index("row")
    mixed = frame.sample(fraction=1, shuffle=True, seed=seed)
    one = frame.with_columns(winsorise(frame, "x", lower=0.1, upper=0.9, min_values=1).values)
    other = mixed.with_columns(winsorise(mixed, "x", lower=0.1, upper=0.9, min_values=1).values)
    assert one.equals(other.sort("row"))


def test_a_hundred_values_lose_exactly_the_share_that_was_named():
    frame = column([float(i) for i in range(100)])
    for percent in range(1, 49):
        done = winsorise(frame, "x", lower=percent / 100, upper=1 - percent / 100)
        assert (done.pulled_low, done.pulled_high) == pytest.approx((percent, percent))
