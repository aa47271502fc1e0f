"""Anderson's index: weights by hand, laws on the reference group, frozen and kept."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure.sample import Sample
from mande.measure.statistics import anderson_index
from mande.measure.statistics.anderson_index import AndersonWeights, index, weights_of
from tests.measure.indices import assert_influence_is_the_derivative, sample_of

NAMES = ("pay", "voice", "safety")


def with_correlation(correlation, n=20, seed=0):
    """Return n rows whose sample correlation is exactly the one asked for, in odd units."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(n, len(correlation)))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    return white @ np.linalg.cholesky(np.array(correlation)).T * [1, 50, 0.1] + [3, -200, 7]


def reference(values, weights=None, names=NAMES, /, **options):  # an option is called weights too
    named = {"values": names[: np.shape(values)[1]]}
    return sample_of(anderson_index, {"values": values}, weights, named, options)


@pytest.mark.parametrize(
    ("r12", "r13", "r23", "expected"),
    [
        (0.5, 0, 0, (2 / 7, 2 / 7, 3 / 7)),
        (0.8, 0.2, 0.2, (4 / 15, 4 / 15, 7 / 15)),
        (0.3, 0.3, 0.3, (1 / 3, 1 / 3, 1 / 3)),
    ],
)
def test_we_15_weights_by_correlation(r12, r13, r23, expected):
    values = with_correlation([[1, r12, r13], [r12, 1, r23], [r13, r23, 1]])
    assert weights_of(reference(values)).weights == pytest.approx(expected, rel=1e-9)


TABLES = st.integers(0, 10**6).map(
    lambda seed: (
        np.random.default_rng(seed).normal(size=(15, 3)) @ np.array([[1, 0.6, 0], [0, 1, 0.3], [0, 0, 1]])
    )
)


@settings(deadline=None, max_examples=40)
@given(values=TABLES)
def test_we_15_mean_0_and_sd_1_in_the_reference_group(values):
    kept = weights_of(reference(values))
    found = index(values, kept)
    assert found.mean() == pytest.approx(0, abs=1e-9)
    assert found.std(ddof=1) == pytest.approx(1, rel=1e-9)
    assert sum(kept.weights) == pytest.approx(1)


@settings(deadline=None, max_examples=40)
@given(values=TABLES, data=st.data())
def test_we_15_units_and_reversed_signs_do_not_matter(values, data):
    plain = index(values, weights_of(reference(values)))
    scale = data.draw(st.lists(st.floats(0.01, 100), min_size=3, max_size=3))
    moved = values * scale + data.draw(st.lists(st.floats(-100, 100), min_size=3, max_size=3))
    moved[:, 1] *= -1
    turned = index(moved, weights_of(reference(moved, reversed=("voice",))))
    assert turned == pytest.approx(plain, rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(values=TABLES, data=st.data())
def test_weights_of_outcomes_count_a_unit_as_often_as_its_weight(values, data):
    times = data.draw(st.lists(st.integers(1, 3), min_size=15, max_size=15))
    weighted, spread = (
        weights_of(reference(values, times)),
        weights_of(reference(np.repeat(values, times, axis=0))),
    )
    assert weighted.means == pytest.approx(spread.means)
    assert weighted.weights == pytest.approx(spread.weights, rel=1e-6, abs=1e-9)


def test_no_other_weights_of_sum_1_give_a_sum_of_less_variance():
    """What inverse-covariance weights solve, with the covariance worked out by numpy."""
    values = np.random.default_rng(8).normal(size=(30, 3))
    weights = np.random.default_rng(9).uniform(0.5, 3, 30)
    kept = weights_of(reference(values, weights))
    z = (values - kept.means) / kept.sds

    def variance(w):
        return np.cov(z @ np.array(w), aweights=weights)

    best = variance(kept.weights)
    for step in np.array([[1, -1, 0], [0, 1, -1], [1, 0, -1]]) * 1e-3:
        assert variance(kept.weights + step) > best
        assert variance(kept.weights - step) > best


def test_frozen_weights_survive_json_and_do_not_follow_the_treated():
    values = with_correlation([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    kept = weights_of(reference(values, reversed=("safety",)))
    again = AndersonWeights.from_dict(json.loads(json.dumps(kept.as_dict())))
    assert again == kept
    treated = values + np.array(kept.sds)
    assert index(treated, again) == pytest.approx(
        index(values, kept) + (kept.weights[0] + kept.weights[1] - kept.weights[2]) / kept.spread
    )


def test_the_mean_of_a_group_uses_the_frozen_weights():
    values = with_correlation([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    kept = weights_of(reference(values))
    treated = values[:5] + np.array(kept.sds)
    for frozen in (kept, kept.as_dict()):
        found = anderson_index.compute(reference(treated, [1, 2, 3, 4, 5], weights=frozen))
        assert found == pytest.approx(np.average(index(treated, kept), weights=[1, 2, 3, 4, 5]))
    sample = reference(treated, [1, 2, 3, 4, 5], weights=kept)
    assert_influence_is_the_derivative(anderson_index, sample)


def test_a_missing_outcome_leaves_no_index_or_the_other_outcomes():
    """Weights 2/7, 2/7, 3/7: without the third the first two have a half each."""
    values = with_correlation([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    complete = weights_of(reference(values))
    gappy = values[:1].copy()
    gappy[0, 2] = math.nan
    assert np.isnan(index(gappy, complete)).all()
    available = weights_of(reference(values, missing="available"))
    z = (values[0] - np.array(complete.means)) / np.array(complete.sds)
    assert index(gappy, available)[0] == pytest.approx((z[0] + z[1]) / 2 / complete.spread)
    assert index(values, available) == pytest.approx(index(values, complete))


def test_reference_units_with_a_missing_outcome():
    values = np.vstack([with_correlation([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]), [math.nan, 1000.0, 9.0]])
    assert weights_of(reference(values)) == weights_of(reference(values[:-1]))
    available = weights_of(reference(values, missing="available"))
    assert (available.n, weights_of(reference(values)).n) == (21, 20)
    assert available.means[1] == pytest.approx(values[:, 1].mean())
    found = index(values, available)
    assert (found.mean(), found.std(ddof=1)) == pytest.approx((0, 1), abs=1e-9)


@pytest.mark.parametrize(
    ("values", "options", "reason"),
    [
        ([[1, 2], [2, 4], [3, 6]], {}, "repeat one another in the reference group: pay, voice"),
        ([[1, 5], [2, 5], [3, 5]], {}, "no variation in the reference group: voice"),
        ([[1, 2]], {}, "fewer than two units"),
        ([[1, math.nan], [2, 3], [4, math.nan]], {}, "fewer than two units"),
        ([[1, math.nan], [2, math.nan], [math.nan, 3], [math.nan, 4]], {"missing": "available"}, "both have"),
        ([[1, 2], [2, 1], [3, 3]], {"reversed": ("wage",)}, "reversed names no outcome: wage"),
        ([[1, 2], [2, 1], [3, 3]], {"missing": "none"}, "missing: complete or available"),
    ],
)
def test_a_reference_group_without_weights_has_a_reason(values, options, reason):
    assert reason in weights_of(reference(values, **options))


def test_a_mean_without_weights_or_of_other_outcomes_has_a_reason():
    values = with_correlation([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    kept = weights_of(reference(values))
    assert "no weights" in anderson_index.compute(reference(values))
    assert anderson_index.compute(reference(values, weights="no units")) == "no units"
    other = reference(values, None, ("a", "b", "c"), weights=kept)
    assert anderson_index.compute(other) == "the frozen weights are for pay, voice, safety"
    with pytest.raises(ValueError, match="no weights"):
        anderson_index.influence(reference(values))
    cancelling = dataclasses.replace(kept, weights=(0.5, -0.5, 1.0), missing="available")
    gappy = values[:2].copy()
    gappy[0, 2] = math.nan
    sample = Sample({"values": gappy}, np.ones(2), {"weights": cancelling}, {"values": NAMES})
    assert "weights of sum 0" in anderson_index.compute(sample)
