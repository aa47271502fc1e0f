"""Numbers far below the others are found, and skewed amounts are not flooded with alarms."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mande.survey.checks.unit_mix import _heaps
from mande.survey.lowest import far_below, low_limit

SHAPES = {
    "lognormal": lambda rng, n: rng.lognormal(12, 0.5, n),
    "wide lognormal": lambda rng, n: rng.lognormal(5, 1.5, n),
    "uniform": lambda rng, n: rng.uniform(0, 100, n),
    "whole": lambda rng, n: rng.integers(0, 30, n).astype(float),
    "exponential": lambda rng, n: rng.exponential(1, n),
    "gamma": lambda rng, n: rng.gamma(0.5, 1, n),
    "pareto": lambda rng, n: rng.pareto(2, n),
}


def below(values, groups=None):
    series = None if groups is None else pl.Series(groups)
    return far_below(pl.Series(values), series, enough=20, cut_off=3.5).arg_true().to_list()


def test_the_limit_by_hand():
    # Deciles 1, 10, 100 are even in logarithms: a standard deviation is ln 10 / 1.2816.
    sd = math.log(10) / 1.2815515655446004
    assert low_limit(1, 10, 100, 100, 3.5) == pytest.approx(math.exp(math.log(10) - 3.5 * sd))
    # Deciles 10, 50, 90 are even in levels alone: 50 - 3.5 * 40 / 1.2816 is below nought.
    assert low_limit(10, 50, 90, 10_000, 3.5) == 0.0
    assert low_limit(5, 5, 5, 100, 3.5) == 0.0
    assert low_limit(9, 10, 11, 100, 3.5) == pytest.approx(1.0), "less than a tenth of the median"


@given(st.floats(1e-3, 1e6), st.integers(20, 10_000))
def test_the_limit_goes_with_the_unit(factor, n):
    assert low_limit(2 * factor, 9 * factor, 40 * factor, n, 3.5) == pytest.approx(
        factor * low_limit(2, 9, 40, n, 3.5), rel=1e-9
    )


def test_answers_far_below_the_median_are_found_which_levels_do_not_show():
    values = np.random.default_rng(1).lognormal(12, 0.5, 120)
    values[[13, 14]] = 999, 1
    assert below(values) == [13, 14]


def test_groups_are_judged_apart_and_small_ones_or_those_with_losses_not():
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.lognormal(12, 0.3, 60), rng.lognormal(5, 0.3, 60)])
    groups = ["A"] * 60 + ["B"] * 60
    values[5] = 150.0
    assert below(values, groups) == [5]
    assert below(values[:15].tolist(), None) == []
    values[7] = -1.0
    assert below(values, groups) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_skewed_amounts_raise_hardly_an_alarm(shape):
    rng = np.random.default_rng(3)
    found = [len(below(SHAPES[shape](rng, n))) / n for n in (120, 1000) for _ in range(100)]
    assert np.mean(found) < 0.003


@pytest.mark.parametrize("shape", SHAPES)
def test_one_heap_is_hardly_taken_for_two(shape):
    rng = np.random.default_rng(4)
    half = 0.5 if shape == "whole" else 0.0
    found = [_heaps(pl.Series(SHAPES[shape](rng, 120)), None, half=half) for _ in range(100)]
    assert sum(heap is not None for heap in found) <= 3


@pytest.mark.parametrize("factor", [12, 26, 50, 1000])
def test_two_heaps_a_known_factor_apart_are_found(factor):
    rng = np.random.default_rng(5)
    for _ in range(20):
        values = rng.lognormal(8, 0.2, 100)
        values[:12] *= factor
        count, ratio = _heaps(pl.Series(values), None, half=0.0)
        assert (count, ratio) == (12, pytest.approx(factor, rel=0.25))


def test_whole_amounts_of_a_number_from_one_to_twenty_nine_are_one_heap(place_with):
    place = place_with(
        {
            "indicators/_questions/kept.yaml": "format: 1\ntable: farmers\nquestions:\n"
            "  kept: {label: {en: Kept}, type: number, unit: kg, per: season}\n"
        }
    )
    rows = "".join(f"F{n:03d},f,{n % 30}\n" for n in range(1, 147))
    verdict = place.check("farmer_id,sex,kept\n" + rows)
    assert "X-UNIT" not in {problem.code.id for problem in verdict.problems}


def test_low_and_high_answers_are_told_with_how_far_they_are(place_with):
    place = place_with(
        {
            "indicators/_questions/eaten.yaml": "format: 1\ntable: farmers\nquestions:\n"
            "  eaten: {label: {en: Eaten}, type: number, unit: LCU, per: year}\n"
        }
    )
    values = np.random.default_rng(6).lognormal(12, 0.5, 120).round()
    values[[3, 4, 5]] = 1, 999, 1e9
    rows = "".join(f"F{n:03d},f,{value:.0f}\n" for n, value in enumerate(values, start=1))
    verdict = place.check("farmer_id,sex,eaten\n" + rows)
    found = [(p.place.row, p.found()) for p in verdict.problems if p.code.id == "V-OUTLIER"]
    assert [row for row, _ in found] == [5, 6, 7]
    assert "the median is" in found[0][1]
    assert "times the median" in found[2][1]
