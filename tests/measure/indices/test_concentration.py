"""HHI, Simpson, effective number, gain shares, distribution, concentration index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure.statistics import (
    concentration_index,
    distribution,
    effective_number,
    gain_shares,
    hhi,
    simpson,
)
from tests.measure.indices import (
    assert_influence_is_the_derivative,
    assert_same,
    repeated,
    sample_of,
    weighing,
)

CONCENTRATION = (hhi, simpson, effective_number)


def of(module, amounts, groups=None, weights=None, **options):
    first = next(iter(module.ROLES))
    groups = [f"g{at}" for at in range(len(amounts))] if groups is None else list(groups)
    return sample_of(module, {first: amounts, "group": groups}, weights, None, options)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((30, 30, 20, 20), 2600),
        ((25, 20, 15, 10, 8, 7, 6, 5, 4), 1540),
        ((25, 20, 15, 10, 8, 7, 6, 9), 1580),
        ((45, 15, 10, 8, 7, 6, 5, 4), 2540),
        ((7,), 10000),
    ],
)
def test_we_10_hhi(shares, expected):
    assert hhi.compute(of(hhi, shares, scale=10000)) == pytest.approx(expected, rel=1e-9)
    assert hhi.compute(of(hhi, shares)) == pytest.approx(expected / 10000, rel=1e-9)


def test_we_11_simpson_in_its_population_form():
    counts = (15, 10, 104, 42, 55, 22, 9, 7, 17)
    assert simpson.compute(of(simpson, counts)) == pytest.approx(
        0.78682, abs=5e-6
    )  # printed to five decimals
    assert simpson.compute(of(simpson, (2, 8, 1, 1, 3))) == pytest.approx(0.648889, abs=5e-7)
    assert simpson.compute(of(simpson, (0.3, 0.3, 0.2, 0.2))) == pytest.approx(0.74)
    assert effective_number.compute(of(effective_number, (0.3, 0.3, 0.2, 0.2))) == pytest.approx(
        3.846, abs=5e-4
    )


def test_amounts_of_a_group_are_summed_with_their_weights():
    """a: 2 x 10 + 10 = 30, b: 10."""
    assert hhi.compute(of(hhi, [10, 10, 10], "aab", [2, 1, 1])) == pytest.approx(0.75**2 + 0.25**2)


AMOUNTS = st.lists(st.tuples(st.floats(0.01, 100), st.sampled_from("abcd")), min_size=1, max_size=10)


@settings(deadline=None, max_examples=60)
@given(units=AMOUNTS, data=st.data())
@pytest.mark.parametrize("module", [*CONCENTRATION, gain_shares])
def test_scale_and_whole_weights(module, units, data):
    amounts, groups = zip(*units, strict=True)
    times = data.draw(st.lists(st.integers(1, 4), min_size=len(units), max_size=len(units)))
    sample = of(module, amounts, groups)
    assert_same(module.compute(weighing(sample, times)), module.compute(repeated(sample, times)))
    assert_same(module.compute(sample), module.compute(of(module, np.array(amounts) * 7, groups)))


@settings(deadline=None, max_examples=60)
@given(units=AMOUNTS)
def test_bounds_of_concentration(units):
    amounts, groups = zip(*units, strict=True)
    k = len(set(groups))
    found = hhi.compute(of(hhi, amounts, groups))
    assert 1 / k - 1e-9 <= found <= 1 + 1e-9
    assert simpson.compute(of(simpson, amounts, groups)) == pytest.approx(1 - found)
    assert effective_number.compute(of(effective_number, amounts, groups)) == pytest.approx(1 / found)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_equal_groups_are_the_least_concentrated(k):
    assert hhi.compute(of(hhi, [2.0] * k)) == pytest.approx(1 / k)


@pytest.mark.parametrize("module", CONCENTRATION)
def test_amounts_that_make_no_shares_have_a_reason(module):
    assert module.compute(of(module, [0, 0])) == "no shares: the total is not above 0"
    assert "a share below 0" in module.compute(of(module, [5, -1]))
    with pytest.raises(ValueError, match="no shares"):
        module.influence(of(module, [0, 0]))


@pytest.mark.parametrize("module", [*CONCENTRATION, gain_shares])
def test_linearised_variables_of_shares_are_derivatives(module):
    assert_influence_is_the_derivative(module, of(module, [3, 1, 2, 5], "aabc", [1, 2, 0.5, 3]))


def test_a_scale_is_above_0():
    assert hhi.refuse({"scale": 10000}) == ""
    assert hhi.refuse({"scale": 0}) == "scale: above 0, such as 1 or 10000"


def test_gains_and_losses_of_groups():
    assert gain_shares.compute(of(gain_shares, [6, 2, -4], "MFX")) == {"F": 0.5, "M": 1.5, "X": -1.0}


@pytest.mark.parametrize("gains", [[1, -1], [-1, -2], [0, 0], [0.1 + 0.2, -0.3]])
def test_without_a_total_gain_there_is_nothing_to_share(gains):
    assert gain_shares.compute(of(gain_shares, gains)) == "no shares: the total is not above 0"
    assert gain_shares.influence(of(gain_shares, gains)) == {}


def categories(texts, weights=None):
    return sample_of(distribution, {"category": list(texts)}, weights)


def test_distribution_by_hand_and_its_linearised_variables():
    sample = categories("abca", [1, 2, 0.5, 0.5])
    assert distribution.compute(sample) == pytest.approx({"a": 0.375, "b": 0.5, "c": 0.125})
    assert_influence_is_the_derivative(distribution, sample)


@settings(deadline=None, max_examples=40)
@given(texts=st.lists(st.sampled_from("abc"), min_size=1, max_size=9), data=st.data())
def test_shares_of_categories_sum_to_1_and_count_weights(texts, data):
    times = data.draw(st.lists(st.integers(1, 4), min_size=len(texts), max_size=len(texts)))
    sample = categories(texts)
    found = distribution.compute(weighing(sample, times))
    assert sum(found.values()) == pytest.approx(1)
    assert_same(found, distribution.compute(repeated(sample, times)))


def ranked(values, ranks, weights=None):
    return sample_of(concentration_index, {"value": values, "rank": ranks}, weights)


def gini(values):
    """Half the relative mean difference."""
    values = np.asarray(values, dtype=float)
    return np.abs(values[:, np.newaxis] - values).mean() / 2 / values.mean()


@pytest.mark.parametrize(
    ("values", "expected"),
    [((1, 2, 3, 4, 5), 4 / 15), ((0, 0, 0, 10), 0.75), ((5, 5, 5), 0.0), ((100, 110, 150, 160), 0.1057692)],
)
def test_ranked_by_itself_it_is_the_gini_of_we_08(values, expected):
    found = concentration_index.compute(ranked(values, values))
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_concentration_by_hand_with_weights():
    """F: .25, .75 (weights 2, 2); mean 4; cov = (.25 x 6 + .75 x 2)/2 - 4/2 = -.5."""
    assert concentration_index.compute(ranked([6, 2], [1, 2], [2, 2])) == pytest.approx(2 * -0.5 / 4)
    found = concentration_index.compute(ranked([6, 2, 1], [1, 2, 3], [1, 3, 1]))
    below = np.array([0.5, 2.5, 4.5]) / 5  # weight ranked below, and half of one's own
    by_formula = 2 * np.cov([6, 2, 1], below, aweights=[1, 3, 1], ddof=0)[0, 1] / (13 / 5)
    assert found == pytest.approx(by_formula)


VALUES = st.lists(st.tuples(st.floats(0.01, 100), st.integers(0, 4)), min_size=2, max_size=9)


@settings(deadline=None, max_examples=60)
@given(units=VALUES, data=st.data())
def test_laws_of_the_concentration_index(units, data):
    values, ranks = zip(*units, strict=True)
    sample = ranked(values, ranks)
    found = concentration_index.compute(sample)
    assert found == pytest.approx(-concentration_index.compute(ranked(values, [-r for r in ranks])), abs=1e-9)
    assert abs(found) <= gini(values) + 1e-9
    assert found == pytest.approx(concentration_index.compute(ranked(np.array(values) * 3, ranks)), abs=1e-9)
    times = data.draw(st.lists(st.integers(1, 4), min_size=len(units), max_size=len(units)))
    assert_same(
        concentration_index.compute(weighing(sample, times)),
        concentration_index.compute(repeated(sample, times)),
    )


def test_the_linearised_concentration_index_is_the_derivative_with_ties():
    sample = ranked([3, 1, 2, 5, 4], [1, 2, 2, 3, 1], [1, 2, 0.5, 3, 1])
    assert_influence_is_the_derivative(concentration_index, sample)


def test_a_mean_that_is_not_above_0_has_no_concentration():
    assert "mean is not above 0" in concentration_index.compute(ranked([1, -1], [1, 2]))
    with pytest.raises(ValueError, match="mean is not above 0"):
        concentration_index.influence(ranked([1, -1], [1, 2]))
