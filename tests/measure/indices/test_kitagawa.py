"""Kitagawa and Das Gupta: the examples of Das Gupta's manual (WE-07), the identity, changes between waves."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure import summarise
from mande.measure.statistics import kitagawa
from tests.measure.indices import (
    assert_influence_is_the_derivative,
    assert_same,
    repeated,
    sample_of,
    weighing,
)

SIZES_1970 = (12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9)
SIZES_1985 = (10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5)
RATES_1970 = (1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8)
RATES_1985 = (2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2)


def test_we_07a_product_of_earnings_and_share_of_earners():
    earnings, earners = kitagawa.product_effects((16591, 0.825974), (10930, 0.717892))
    assert (earnings, earners) == pytest.approx((4369.913, 1487.262), abs=1e-3)  # printed to three decimals
    assert earnings + earners == pytest.approx(16591 * 0.825974 - 10930 * 0.717892)


def test_we_07b_household_headship():
    """The manual prints four decimals."""
    shares = [[size / 100 for size in sizes] for sizes in (SIZES_1985, SIZES_1970)]
    parts = kitagawa.components(shares[0], RATES_1985, shares[1], RATES_1970)
    assert parts == pytest.approx((1.2269, 1.7403), abs=5e-5)


def test_we_07b_from_units_with_weights():
    ages = [f"age_{at}" for at in range(13)]
    roles = {
        "value": [*RATES_1985, *RATES_1970],
        "category": [*ages, *ages],
        "group": ["1985"] * 13 + ["1970"] * 13,
    }
    # Sizes in both years sum to 100.
    sample = sample_of(kitagawa, roles, [*SIZES_1985, *SIZES_1970], None, {"high": "1985", "low": "1970"})
    found = kitagawa.compute(sample)
    printed = {"gap": 2.9672, "composition": 1.2269, "rate": 1.7403}
    assert {name: found[name] for name in printed} == pytest.approx(printed, abs=5e-5)
    assert (found["composition_share"], found["rate_share"]) == pytest.approx((0.4135, 0.5865), abs=5e-5)


def by_units(units, weights=None, **options):
    value, category, group = zip(*units, strict=True)
    return sample_of(kitagawa, {"value": value, "category": category, "group": group}, weights, None, options)


UNITS = st.lists(
    st.tuples(st.floats(-100, 100), st.sampled_from("ab"), st.sampled_from("MF")), min_size=0, max_size=8
).map(lambda more: [(1.0, "a", "M"), (2.5, "b", "M"), (2.0, "a", "F"), (0.0, "b", "F"), *more])


@settings(deadline=None, max_examples=60)
@given(units=UNITS, data=st.data())
def test_parts_add_up_turn_with_the_groups_and_count_weights(units, data):
    n = len(units)
    times = data.draw(st.lists(st.integers(1, 4), min_size=n, max_size=n))
    sample = by_units(units, times)
    found, turned = kitagawa.compute(sample), kitagawa.compute(by_units(units, times, high="F", low="M"))
    assert found["composition"] + found["rate"] == pytest.approx(found["gap"], rel=1e-9, abs=1e-9)
    for part in ("gap", "composition", "rate"):
        assert found[part] == pytest.approx(-turned[part], rel=1e-9, abs=1e-9)
        assert found[part] == pytest.approx(
            kitagawa.compute(repeated(sample, times))[part], rel=1e-9, abs=1e-9
        )


def test_whole_weights_count_the_shares_of_the_gap_too():
    units = [(1, "a", "M"), (4, "b", "M"), (2, "a", "F"), (0, "b", "F")]
    sample = by_units(units)
    times = [1, 3, 2, 1]
    assert_same(kitagawa.compute(weighing(sample, times)), kitagawa.compute(repeated(sample, times)))


def test_a_category_of_one_group_only_and_no_gap_have_a_reason():
    units = [(1, "a", "M"), (1, "a", "F"), (5, "c", "F")]
    assert kitagawa.compute(by_units(units)) == "nobody of one group in category c: it has no rate there"
    assert kitagawa.compute(by_units(units[1:])) == "no units in group M"
    assert kitagawa.influence(by_units(units)) == {}
    found = kitagawa.compute(by_units(units[:2]))
    assert (found["gap"], found["rate_share"]) == (0.0, "there is no gap to share")


def test_a_category_of_one_group_is_all_composition_where_asked_for():
    """Men 1 and 4, women 1 and 10 (alone in c): the gap is 2.5 - 5.5 = -3, and job a pays both alike.

    Composition: job b (1/2)(4) less job c (1/2)(10).
    """
    units = [(1, "a", "M"), (4, "b", "M"), (1, "a", "F"), (10, "c", "F"), (7, "d", "X")]
    sample = by_units(units, lone="composition")
    found = kitagawa.compute(sample)
    assert (found["gap"], found["composition"], found["rate"]) == pytest.approx((-3, -3, 0))
    assert kitagawa.notes(sample) == "all composition, as one group only is in them: b, c"
    assert kitagawa.notes(by_units(units)) == ""
    assert kitagawa.refuse(kitagawa.OPTIONS | {"lone": "drop"}) == "lone: refuse or composition"
    assert_influence_is_the_derivative(kitagawa, by_units(units, [1, 2, 0.5, 3, 1], lone="composition"))


LONE = st.lists(
    st.tuples(st.floats(-100, 100), st.sampled_from("abc"), st.sampled_from("MF")), min_size=0, max_size=8
).map(lambda more: [(1.0, "a", "M"), (2.0, "b", "F"), *more])


@settings(deadline=None, max_examples=60)
@given(units=LONE)
def test_parts_add_up_whoever_is_where(units):
    found = kitagawa.compute(by_units(units, lone="composition"))
    assert found["composition"] + found["rate"] == pytest.approx(found["gap"], rel=1e-9, abs=1e-9)
    turned = kitagawa.compute(by_units(units, lone="composition", high="F", low="M"))
    assert found["rate"] == pytest.approx(-turned["rate"], rel=1e-9, abs=1e-9)


def test_units_of_other_groups_stay_out():
    units = [(1, "a", "M"), (3, "a", "F"), (5, "c", "X")]
    assert kitagawa.compute(by_units(units))["rate"] == -2.0


def test_the_linearised_variables_are_derivatives():
    units = [(1, "a", "M"), (4, "b", "M"), (2, "a", "F"), (0, "b", "F"), (3, "b", "F"), (9, "b", "X")]
    assert_influence_is_the_derivative(kitagawa, by_units(units, [1, 2, 0.5, 3, 1, 1]))


CHANGE = {"kitagawa": {"category": "job", "group": "period", "high": "now", "low": "baseline"}}


def waves(before, now):
    """Rows of village, job and wage, in two waves."""
    rows = [(*row, "baseline") for row in before] + [(*row, "now") for row in now]
    return pl.DataFrame(rows, schema=["village", "job", "value", "period"], orient="row")


def test_the_mean_falls_while_everybody_gains():
    """Packers from 10 to 11, pickers from 4 to 5, but pickers from 1 in 4 to 3 in 4: 8.5 to 6.5."""
    before = [("a", "pack", 10.0), ("b", "pack", 10.0), ("c", "pack", 10.0), ("d", "pick", 4.0)]
    now = [("a", "pack", 11.0), ("b", "pick", 5.0), ("c", "pick", 5.0), ("d", "pick", 5.0)]
    found = dict(summarise(waves(before, now), CHANGE).select("number", "value").iter_rows())
    # composition: (1/4 - 3/4)(11 + 10)/2 + (3/4 - 1/4)(5 + 4)/2; rate: 1 in each job
    assert found["gap"] == pytest.approx(-2)
    assert (found["composition"], found["rate"]) == pytest.approx((-3, 1))


def test_villages_seen_twice_carry_what_they_have_in_common():
    """Where every wage rises by 1 the change is known without error, however far apart villages are."""
    before = [(f"v{at}", "pick" if at % 2 else "pack", float(at**2)) for at in range(12)]
    now = [(village, job, wage + 1) for village, job, wage in before]
    twice = summarise(waves(before, now), CHANGE, psu="village")
    (gap,) = twice.filter(pl.col("number") == "gap").to_dicts()
    assert (gap["value"], gap["n"], gap["n_psu"], gap["df"]) == (pytest.approx(1), 24, 12, 11)
    assert gap["se"] == pytest.approx(0, abs=1e-9)
    apart = summarise(
        waves(before, [(f"new {village}", *rest) for village, *rest in now]), CHANGE, psu="village"
    )
    assert apart.filter(pl.col("number") == "gap")["se"][0] > 10
