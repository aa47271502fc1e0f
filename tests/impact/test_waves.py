"""The order of waves is read where names tell it, and asked for where they do not."""

from __future__ import annotations

import pandas as pd
import pytest

from mande.impact.waves import order_waves


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1989, 1987, 1988.0], ("1987", "1988", "1989")),
        (["10", "9"], ("9", "10")),
        (["wave 10", "wave 9"], ("wave 9", "wave 10")),
        (["2020-11", "2020-2"], ("2020-2", "2020-11")),
        (["endline", "baseline", "midline"], ("baseline", "midline", "endline")),
        (["After", "Before"], ("Before", "After")),
        ([True, False], ("0", "1")),
        (pd.to_datetime(["2021-03-01", "2020-12-01"]), ("2020-12-01", "2021-03-01")),
        (pd.Categorical(["wet", "dry"], ["wet", "dry"], ordered=True), ("wet", "dry")),
        (pd.period_range("2020Q3", periods=2, freq="Q")[::-1], ("2020Q3", "2020Q4")),
    ],
)
def test_names_that_tell_the_order(values, expected):
    assert order_waves(pd.Series(values)) == (expected, True)


@pytest.mark.parametrize("values", [["wet", "dry"], ["Q1 2020", "long ago"], ["midterm", "baseline"]])
def test_names_that_do_not_tell_the_order(values):
    assert order_waves(pd.Series(values)) == (tuple(sorted(values)), False)


def test_a_declared_order_wins():
    assert order_waves(pd.Series(["dry", "wet"]), ["wet", "dry"]) == (("wet", "dry"), True)


@pytest.mark.parametrize(
    "labels",
    [
        ("12/2019", "01/2020"),
        ("Q4 2019", "Q1 2020"),
        ("31/12/2019", "01/06/2020"),
        ("12-2019", "03-2020"),
        ("99", "00"),
        ("Dec 2019", "Jan 2020"),
    ],
)
def test_an_order_that_the_labels_do_not_tell_is_never_guessed(labels):
    assert order_waves(pd.Series(labels))[1] is False


@pytest.mark.parametrize(
    "labels",
    [("2019-12", "2020-01"), ("2019 Q4", "2020 Q1"), ("wave 9", "wave 10"), ("09", "10"), ("1999", "2000")],
)
def test_years_first_and_single_numbers_tell_their_order(labels):
    assert order_waves(pd.Series(labels[::-1])) == (labels, True)
