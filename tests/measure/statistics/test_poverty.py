"""Statistics below a line: published and worked examples, edges, and the laws they obey."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.measure.statistics.samples import number

A, B, C = [100, 100, 150, 150], [124, 124, 150, 150], [100, 110, 150, 160]
WAGES = [10, 8, 6, 12, 9]


def fgt(order: float) -> dict:
    return {"fgt": {"line": "line", "order": order}}


def below(name: str, **options):
    return {name: {"line": "line", **options}}


@pytest.mark.parametrize(
    ("expenditures", "expected"),
    [(A, (0.5, 0.1, 0.02)), (B, (0.5, 0.004, 0.000032)), (C, (0.5, 0.08, 0.0136))],
)
def test_we01_haughton_and_khandker_2009_pages_70_to_72(expenditures: list, expected: tuple):
    for order, wanted in enumerate(expected):
        assert number(fgt(order), expenditures, line=125.0)["value"] == pytest.approx(wanted, rel=1e-12)


def test_we02_sen_and_sen_shorrocks_thon_of_country_c():
    assert number(below("sen"), C, line=125.0)["value"] == pytest.approx(0.09, abs=1e-12)
    finite = number(below("sen", finite=True), C, line=125.0)["value"]
    assert finite == pytest.approx(0.0866667, abs=5e-8)
    thon = number(below("sen_shorrocks_thon"), C, line=125.0)["value"]
    assert thon == pytest.approx(0.125, abs=1e-12)


@pytest.mark.parametrize(
    ("mean", "benchmark", "expected"),
    [
        (2287.609, 4742, 51.7586),
        (5104.259, 5123, 0.3658),
        (1751.544, 4001, 56.2223),
        (4742 - 2004.391, 4742, 100 * 2004.391 / 4742),
        (5123 + 431.259, 5123, -100 * 431.259 / 5123),
    ],
)
def test_we05_gap_of_mean_from_the_group_rows_of_kit_and_cosa(mean, benchmark, expected):
    """The group's mean stands for its units: the gap of the mean needs no more."""
    found = number(below("gap_of_mean"), [mean - 500, mean + 500], line=float(benchmark))
    assert 100 * found["value"] == pytest.approx(expected, abs=5e-5)


def test_we09_minimum_wage_violation_by_hand():
    for order, expected in enumerate((0.6, 0.14, 0.042)):
        assert number(fgt(order), WAGES, line=10.0)["value"] == pytest.approx(expected, rel=1e-12)
    assert number(below("poverty_gap_of_poor"), WAGES, line=10.0)["value"] == pytest.approx(0.7 / 3)
    assert 1 - number(fgt(0), WAGES, line=10.0)["value"] == pytest.approx(0.4)


def test_we09_headline_of_bhorat_kanbur_and_mayet():
    """v0 .44 and an average shortfall of .35 make v1 .154: a labour force built to that pattern."""
    wages = [65.0] * 44 + [100.0] * 56
    assert number(fgt(0), wages, line=100.0)["value"] == pytest.approx(0.44)
    assert number(below("poverty_gap_of_poor"), wages, line=100.0)["value"] == pytest.approx(0.35)
    assert number(fgt(1), wages, line=100.0)["value"] == pytest.approx(0.154)


def test_the_three_forms_of_the_living_income_gap_by_hand():
    incomes, line = [2, 4, 6, 12], 8.0
    assert number(below("gap_of_mean"), incomes, line=line)["value"] == pytest.approx(0.25)
    assert number(below("gap_of_median"), incomes, line=line)["value"] == pytest.approx(3 / 8)
    assert number(below("shortfall_share"), incomes, line=line)["value"] == pytest.approx(12 / 8 / 4)
    assert number(below("shortfall"), incomes, line=line)["value"] == pytest.approx(12.0)
    rich = [2, 4, 20, 30]
    assert number(below("gap_of_mean"), rich, line=line)["value"] == pytest.approx(-0.75)
    assert number(below("gap_of_median"), rich, line=line)["value"] == pytest.approx(-0.5)


def test_lines_may_differ_between_units():
    found = number(fgt(1), [5, 5, 5], [1, 2, 1], line=[10.0, 4.0, 20.0])
    assert found["value"] == pytest.approx((0.5 + 0.75) / 4)


def test_losses_count_as_nothing_in_gaps_and_are_counted_but_cost_in_full():
    found = number(fgt(1), [-50, 50, 200], line=100.0)
    assert (found["value"], found["note"]) == (pytest.approx(1.5 / 3), "values below 0 set to 0: 1")
    headcount = number(fgt(0), [-50, 50, 200], line=100.0)
    assert (headcount["value"], headcount["note"]) == (pytest.approx(2 / 3), None)
    assert number(below("shortfall"), [-50, 50, 200], line=100.0)["value"] == pytest.approx(200.0)


@pytest.mark.parametrize(
    "name",
    [
        "fgt",
        "sen",
        "sen_shorrocks_thon",
        "shortfall",
        "shortfall_share",
        "gap_of_mean",
        "gap_of_median",
        "poverty_gap_of_poor",
    ],
)
def test_a_line_of_zero_has_no_gap_and_a_missing_line_leaves_the_unit_out(name: str):
    found = number(below(name), [1, 2], line=0.0)
    assert (found["value"], found["reason"]) == (None, "a line must be above 0")
    found = number(below(name), [1, 2, 3], line=[4.0, 4.0, math.nan])
    assert found["value"] is not None
    assert (found["n"], found["n_missing"]) == (2, 1)


def test_without_poor_the_indices_are_0_and_the_mean_gap_of_the_poor_is_absent():
    for name in ("fgt", "sen", "sen_shorrocks_thon", "shortfall", "shortfall_share"):
        found = number(below(name), [5, 6, 7], line=5.0)
        assert (found["value"], found["se"]) == (0.0, 0.0), name
    found = number(below("poverty_gap_of_poor"), [5, 6, 7], line=5.0)
    assert (found["value"], found["reason"]) == (None, "nobody is below the line")


def test_where_all_have_nothing_poverty_is_1():
    for name in ("fgt", "sen", "sen_shorrocks_thon", "shortfall_share", "poverty_gap_of_poor"):
        assert number(below(name), [0, 0, 0], line=5.0)["value"] == pytest.approx(1.0), name


INCOMES = st.lists(st.integers(0, 400).map(float), min_size=2, max_size=15)
LAW = settings(deadline=None, max_examples=40)


@LAW
@given(values=INCOMES, groups=st.data(), order=st.sampled_from([0, 1, 2]))
def test_fgt_is_the_sum_of_its_subgroups_by_their_share(values, groups, order):
    group = np.array(groups.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    parts = [np.array(values)[group], np.array(values)[~group]]
    each = [(len(p), number(fgt(order), p, line=150.0)["value"]) for p in parts if len(p)]
    whole = number(fgt(order), values, line=150.0)["value"]
    assert whole == pytest.approx(sum(n * v for n, v in each) / len(values), abs=1e-12)


@LAW
@given(values=INCOMES, factor=st.floats(0.01, 100))
@pytest.mark.parametrize("name", ["fgt", "sen", "sen_shorrocks_thon", "gap_of_mean", "gap_of_median"])
def test_money_in_another_unit_changes_nothing(name, values, factor):
    one = number(below(name), values, line=150.5)["value"]
    other = number(below(name), [v * factor for v in values], line=150.5 * factor)["value"]
    assert other == pytest.approx(one, abs=1e-9)


@LAW
@given(values=INCOMES)
def test_bounds_and_order(values):
    p0, p1, p2 = (number(fgt(order), values, line=150.5)["value"] for order in (0, 1, 2))
    sen = number(below("sen"), values, line=150.5)["value"]
    thon = number(below("sen_shorrocks_thon"), values, line=150.5)["value"]
    assert 0 <= p2 <= p1 + 1e-12 <= p0 + 2e-12 <= 1 + 3e-12
    assert p1 - 1e-12 <= sen <= p0 + 1e-12
    assert p1 - 1e-12 <= thon <= 2 * p1 + 1e-12


@LAW
@given(values=INCOMES, counts=st.data())
@pytest.mark.parametrize("name", ["fgt", "sen", "sen_shorrocks_thon", "poverty_gap_of_poor", "shortfall"])
def test_a_whole_weight_counts_a_unit_so_many_times(name, values, counts):
    times = counts.draw(st.lists(st.integers(1, 4), min_size=len(values), max_size=len(values)))
    spread = np.repeat(values, times)
    one, other = (number(below(name), values, times, line=150.5), number(below(name), spread, line=150.5))
    if one["value"] is None:
        assert other["value"] is None
    else:
        assert one["value"] == pytest.approx(other["value"], rel=1e-9, abs=1e-9)


@LAW
@given(values=st.lists(st.integers(1, 100).map(float), min_size=2, max_size=8), take=st.floats(0.01, 1))
def test_a_gift_from_a_poor_to_a_poorer_person_lowers_severity_and_sen_shorrocks_thon(values, take):
    low, high = int(np.argmin(values)), int(np.argmax(values))
    assume(values[high] - values[low] > 3)
    after = list(values)
    after[low], after[high] = values[low] + take, values[high] - take
    for entry in (fgt(2), below("sen_shorrocks_thon")):
        assert number(entry, after, line=150.0)["value"] < number(entry, values, line=150.0)["value"]
