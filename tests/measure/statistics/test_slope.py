"""The slope of one column on another: by hand, by law, and against statsmodels."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure import summarise

ENTRY = {"slope": ["y", "x"]}


def of(rows: dict[str, list[float]], **design):
    return summarise(pl.DataFrame(rows), ENTRY, **design).row(0, named=True)


@pytest.mark.parametrize(
    ("x", "y", "weights", "expected"),
    [
        ([0, 1, 2], [1, 2, 6], None, 2.5),  # (-1)(1) + (1)(6) over 2
        ([0, 1, 2], [1, 2, 6], [2, 1, 1], 26 / 11),  # mean x .75: 6.5 over 2.75
        ([0, 0, 4], [3, 5, 8], None, 1.0),
    ],
)
def test_by_hand(x, y, weights, expected):
    rows = {
        "x": list(map(float, x)),
        "y": list(map(float, y)),
        "w": list(map(float, weights or [1] * len(x))),
    }
    assert of(rows, weight="w")["value"] == pytest.approx(expected, rel=1e-12)


def test_two_units_always_lie_on_a_line_and_show_nothing():
    for rows in ({"x": [1.0, 2.0], "y": [1.0, 5.0]}, {"x": [0.0, 1, 2], "y": [1.0, 2, 6], "w": [1.0, 0, 1]}):
        found = of(rows, **({"weight": "w"} if "w" in rows else {}))
        assert (found["value"], found["se"], found["reason"]) == (
            None,
            None,
            "no slope: fewer than three units",
        )


def test_a_column_far_from_zero_loses_nothing_to_rounding():
    x, y = [1e9, 1e9 + 1, 1e9 + 2], [1e9 + 1, 1e9 + 2, 1e9 + 6]
    assert of({"x": x, "y": y})["value"] == 2.5


# the last differ by rounding alone
@pytest.mark.parametrize("x", [[2.0, 2.0, 2.0], [0.1, 0.1, 0.1], [1e9, 1e9 + 1e-6, 1e9]])
def test_where_the_second_column_does_not_move_there_is_a_reason(x):
    found = of({"x": x, "y": [1.0, 2.0, 3.0]})
    assert (found["value"], found["reason"]) == (None, "no slope: the second column is the same everywhere")


NUMBERS = st.integers(-1000, 1000).map(lambda number: number / 8)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=15),
    shift=NUMBERS,
    scale=st.sampled_from([-4.0, 0.5, 2.0]),
)
def test_it_moves_with_units_of_measure_and_not_with_where_they_begin(rows, shift, scale):
    x, y = ([row[place] for row in rows] for place in (0, 1))
    plain = of({"x": x, "y": y})
    if plain["value"] is None:
        return
    moved = of({"x": [value + shift for value in x], "y": [value * scale - shift for value in y]})
    assert moved["value"] == pytest.approx(scale * plain["value"], rel=1e-9, abs=1e-9)
    line = of({"x": x, "y": [scale * value + shift for value in x]})
    assert line["value"] == pytest.approx(scale, rel=1e-9)


def test_slope_and_error_are_those_of_statsmodels():
    # Without clusters the design's variance is n / (n - 1) times White's, White's being HC0.
    draws = np.random.default_rng(4)
    x, w = draws.normal(size=60), draws.uniform(0.5, 3, 60)
    y = 1 + 0.7 * x + draws.normal(size=60)
    found = of({"x": x.tolist(), "y": y.tolist(), "w": w.tolist()}, weight="w")
    fit = sm.WLS(y, sm.add_constant(x), weights=w).fit(cov_type="HC0")
    assert found["value"] == pytest.approx(fit.params[1], rel=1e-10)
    assert found["se"] == pytest.approx(fit.bse[1] * np.sqrt(60 / 59), rel=1e-10)
