"""Parity, gender gap (WE-06 c, the pattern of WE-08), Duncan's index (WE-17), the Kaplan-Meier median."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from mande.measure.statistics import duncan, factor_weighted_gap, gender_gap, kaplan_meier_median, parity
from tests.measure.indices import (
    assert_influence_is_the_derivative,
    assert_same,
    repeated,
    sample_of,
    weighing,
)


def two(module, value, group, weights=None, **options):
    return sample_of(module, {"value": value, "group": list(group)}, weights, None, options)


def test_parity_by_hand():
    """Women 6 and 10 with weights 3 and 1: 7; men 10; the third group stays out."""
    found = parity.compute(two(parity, [6, 10, 10, 99], "FFMX", [3, 1, 1, 1]))
    expected = {"mean_first": 7, "mean_second": 10, "difference": -3, "ratio": 0.7, "relative_gap": 0.3}
    assert found == pytest.approx(expected)


def test_parity_to_a_mean_near_or_below_0_has_only_a_difference():
    for value in ([1, 1, 0.1, 0.2, -0.3], [1, 1, -4, 1, 1]):
        found = parity.compute(two(parity, value, "FFMMM"))
        assert found["ratio"] == found["relative_gap"] == "the mean of group M is not above 0"
        assert found["difference"] == pytest.approx(1 - sum(value[2:]) / 3)
    assert parity.compute(two(parity, [1], "F")) == "no units in group M"
    assert parity.influence(two(parity, [1], "F")) == {}


POSITIVE = st.lists(st.tuples(st.floats(0.1, 100), st.sampled_from("FM"), st.integers(1, 4)), max_size=8).map(
    lambda units: [(2.0, "F", 1), (3.0, "M", 2), *units]
)


@settings(deadline=None, max_examples=60)
@given(units=POSITIVE)
def test_gaps_turn_with_the_groups_and_count_whole_weights(units):
    value, group, times = zip(*units, strict=True)
    one = parity.compute(two(parity, value, group, times))
    other = parity.compute(two(parity, value, group, times, first="M", second="F"))
    assert one["difference"] == pytest.approx(-other["difference"], abs=1e-9)
    assert one["ratio"] == pytest.approx(1 / other["ratio"])
    gap = gender_gap.compute(two(gender_gap, value, group, times))
    assert gap["mean_gap"] == pytest.approx(100 * one["relative_gap"], abs=1e-9)
    assert gap["mean_gap"] <= 100
    for module in (parity, gender_gap):
        sample = two(module, value, group)
        assert_same(module.compute(weighing(sample, times)), module.compute(repeated(sample, times)))


def test_the_linearised_variables_are_derivatives():
    value, weights = [6, 10, 10, 14, 99], [3, 1, 1, 2, 1]
    assert_influence_is_the_derivative(parity, two(parity, value, "FFMMX", weights))
    assert_influence_is_the_derivative(gender_gap, two(gender_gap, value, "FFMMX", weights), ("median_gap",))


def test_the_error_of_a_difference_is_that_of_two_independent_means():
    value = np.array([6, 10, 11, 14, 9, 12.0])
    influence = parity.influence(two(parity, value, "FFFMMM"))["difference"]
    by_group = [((part - part.mean()) ** 2).sum() / 9 for part in (value[:3], value[3:])]
    assert (influence**2).sum() == pytest.approx(sum(by_group))


def test_we_08_pattern_gap_of_means_and_medians_by_hand():
    """Men 10, 20, 60: mean 30, median 20; women 9, 12, 30: mean 17, median 12."""
    found = gender_gap.compute(two(gender_gap, [10, 20, 60, 9, 12, 30], "MMMFFF"))
    assert found == pytest.approx({"mean_gap": 100 * 13 / 30, "median_gap": 40})
    weighted = gender_gap.compute(two(gender_gap, [10, 20, 60, 9, 12, 30], "MMMFFF", [1, 1, 3, 1, 1, 1]))
    assert weighted == pytest.approx({"mean_gap": 100 * (42 - 17) / 42, "median_gap": 80})


@pytest.mark.parametrize(("means", "gap"), [((17.524844, 13.690508), 21.8794), ((14.10, 11.33423), 19.6154)])
def test_we_06c_gap_from_published_means_and_medians(means, gap):
    found = gender_gap.compute(two(gender_gap, means, "MF"))
    assert (found["mean_gap"], found["median_gap"]) == pytest.approx((gap, gap), abs=5e-5)


def cells(value, group, cell, weights=None):
    return sample_of(factor_weighted_gap, {"value": value, "group": list(group), "cell": list(cell)}, weights)


def test_the_factor_weighted_gap_compares_within_cells():
    """Cell a: 10 and 9 (10 %), 2 of 5; cell b: 20 and 15 (25 %), 2 of 5; cell c has men only."""
    found = factor_weighted_gap.compute(cells([10, 9, 20, 15, 99], "MFMFM", "aabbc"))
    assert found == pytest.approx({"gap": (10 + 25) / 2, "comparable_share": 0.8})
    sample = cells([10, 9, 20, 15, 99, 11], "MFMFMM", "aabbca", [1, 2, 0.5, 1, 3, 1])
    assert_influence_is_the_derivative(factor_weighted_gap, sample)


def test_one_cell_has_the_gap_of_means_whatever_the_weights():
    weights = [1, 2, 0.5, 1]
    found = factor_weighted_gap.compute(cells([10, 9, 20, 15], "MFMF", "aaaa", weights))
    plain = gender_gap.compute(two(gender_gap, [10, 9, 20, 15], "MFMF", weights))
    assert found == pytest.approx({"gap": plain["mean_gap"], "comparable_share": 1})


def test_the_error_of_a_gap_of_medians_is_that_of_the_bootstrap():
    """1000 draws know an error to 2.2 percent; the kernel density of 400 values takes more: 15 percent."""
    rng = np.random.default_rng(2)
    value, group = rng.lognormal(2, 0.5, 800), np.array(["M", "F"] * 400)
    sample = two(gender_gap, value, group)
    draws = []
    for _ in range(1000):
        at = rng.integers(0, 800, 800)
        draws.append(gender_gap.compute(two(gender_gap, value[at], group[at]))["median_gap"])
    linear = np.sqrt((gender_gap.influence(sample)["median_gap"] ** 2).sum())
    assert linear == pytest.approx(np.std(draws), rel=0.15)


def test_gaps_without_pay_to_compare_with_have_a_reason():
    found = gender_gap.compute(two(gender_gap, [0, 0, 5], "MMF"))
    assert found == {
        "mean_gap": "the mean of group M is not above 0",
        "median_gap": "the median of group M is not above 0",
    }
    assert gender_gap.compute(two(gender_gap, [1], "M")) == "no units in group F"
    assert gender_gap.influence(two(gender_gap, [1], "M")) == {}
    assert factor_weighted_gap.compute(cells([1, 2], "MF", "ab")) == "no cell has both groups"
    unpaid = cells([0, 2, 5, 4], "MFMF", "aabb")
    assert factor_weighted_gap.compute(unpaid) == "cell a: the mean of group M is not above 0"
    assert factor_weighted_gap.compute(cells([1], "M", "a")) == "no units in group F"
    assert factor_weighted_gap.influence(unpaid) == {}


def tasks(units, weights=None, **options):
    category, group = zip(*units, strict=True)
    return sample_of(duncan, {"category": category, "group": group}, weights, None, options)


def test_we_17_duncan():
    units = [(task, sex) for sex in "FM" for task in ("plant", "pick", "pack")]
    assert duncan.compute(tasks(units, [40, 10, 50, 10, 60, 30])) == pytest.approx(0.5, rel=1e-9)


def test_duncan_at_its_ends():
    assert duncan.compute(tasks([("a", "F"), ("b", "M")])) == 1.0
    assert duncan.compute(tasks([("a", "F"), ("a", "M"), ("b", "X")])) == 0.0
    assert duncan.compute(tasks([("a", "F")])) == "no units in group M"


UNITS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("FM")), max_size=9).map(
    lambda units: [("a", "F"), ("b", "M"), *units]
)


@settings(deadline=None, max_examples=60)
@given(units=UNITS, data=st.data())
def test_duncan_is_symmetric_between_0_and_1_and_counts_weights(units, data):
    times = data.draw(st.lists(st.integers(1, 4), min_size=len(units), max_size=len(units)))
    sample = tasks(units)
    found = duncan.compute(weighing(sample, times))
    assert 0 <= found <= 1 + 1e-12
    assert found == pytest.approx(duncan.compute(tasks(units, times, first="M", second="F")))
    assert found == pytest.approx(duncan.compute(repeated(sample, times)))
    merged = [("ab" if task in "ab" else task, sex) for task, sex in units]
    assert duncan.compute(tasks(merged, times)) <= found + 1e-12  # coarser categories hide segregation


def waits(duration, event, weights=None):
    return sample_of(kaplan_meier_median, {"duration": duration, "event": event}, weights)


def median(*args):
    return kaplan_meier_median.compute(waits(*args))


def test_kaplan_meier_by_hand():
    """At 3 days 1 of 5 paid (.8), at 5 one of 3 after a censored 4 (.533), at 9 one of 2 (.267)."""
    assert median([3, 4, 5, 9, 12], [1, 0, 1, 1, 0]) == 9.0


def test_kaplan_meier_of_the_leukaemia_trial():
    """Freireich et al. 1963, 6-MP arm as in Kalbfleisch & Prentice: median remission 23 weeks."""
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    event = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    assert median(weeks, event) == 23.0
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    assert median(placebo, [1] * 21) == 8.0


def test_a_median_not_reached_has_a_reason():
    assert "not reached" in median([3, 4, 5, 9], [1, 0, 0, 0])
    assert median([3, 4], [0, 0]) == "no event yet"
    assert median([3, 4], [0.5, 1]) == "an event is 1 or 0"


def test_payments_in_advance_have_durations_below_0():
    assert median([-10, -5, 3], [1, 1, 1]) == -5.0


def test_a_curve_on_the_half_takes_the_middle_unless_it_ends_there():
    assert median([1, 2, 3, 4], [1, 1, 1, 1]) == 2.5
    assert median([1, 2, 3, 4], [1, 1, 0, 0]) == 2.0


@settings(deadline=None, max_examples=60)
@given(
    units=st.lists(
        st.tuples(st.integers(-5, 30), st.integers(0, 1), st.integers(1, 4)), min_size=1, max_size=10
    )
)
def test_weights_count_and_without_censoring_it_is_the_median(units):
    duration, event, times = zip(*units, strict=True)
    sample = waits(duration, event)
    assert_same(
        kaplan_meier_median.compute(weighing(sample, times)),
        kaplan_meier_median.compute(repeated(sample, times)),
    )
    all_paid = median(duration, [1] * len(units), times)
    assert all_paid == np.median(np.repeat(duration, times))
    found = median(duration, event, times)
    lower = np.quantile(np.repeat(duration, times), 0.5, method="inverted_cdf")
    assert isinstance(found, str) or lower <= found <= max(duration)


@settings(deadline=None, max_examples=60)
@given(
    units=st.lists(
        st.tuples(st.integers(-5, 30), st.integers(0, 1), st.floats(0.1, 9)), min_size=1, max_size=10
    ).filter(lambda units: any(event for _, event, _ in units))
)
def test_the_curve_is_that_of_statsmodels(units):
    """Where the last unit has its event, statsmodels goes through logarithms and rounding leaves 1e-12."""
    duration, event, weights = (np.array(column, dtype=float) for column in zip(*units, strict=True))
    times, alive = kaplan_meier_median._curve(duration, event, weights)
    other = SurvfuncRight(duration, event, freq_weights=weights)
    assert times.tolist() == other.surv_times.tolist()
    assert alive == pytest.approx(other.surv_prob, rel=1e-9, abs=1e-12)
