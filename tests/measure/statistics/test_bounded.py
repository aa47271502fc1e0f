"""Intervals of shares: by hand, within 0 and 1, and as statsmodels has them."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

from mande.measure import summarise


def row(values, entry="share", **columns):
    frame = pl.DataFrame({"value": values, **columns})
    return summarise(frame, entry, **{name: name for name in columns}).row(0, named=True)


def test_the_interval_of_a_share_by_hand():
    """1 of 15: p = 1/15, se = sqrt(p (1 - p) / 14), t of 14 degrees of freedom is 2.144787."""
    found = row([1.0] + [0.0] * 14)
    p = 1 / 15
    half = 2.1447866879 * math.sqrt(p * (1 - p) / 14) / (p * (1 - p))
    low, high = (1 / (1 + math.exp(-(math.log(p / (1 - p)) + sign * half))) for sign in (-1, 1))
    assert (found["low"], found["high"]) == pytest.approx((low, high), rel=1e-8)
    # e^4.93704 = 139.36, e^.34108 = 1.40647
    assert (found["low"], found["high"]) == pytest.approx((1 / 140.36, 1 / 2.40647), rel=1e-4)


def test_none_of_13_is_no_proof_that_there_are_none():
    """Of Clopper and Pearson: 1 - .025^(1/13)."""
    assert (row([0.0] * 13)["low"], row([0.0] * 13)["high"]) == pytest.approx((0, 1 - 0.025 ** (1 / 13)))
    assert (row([1.0] * 13)["low"], row([1.0] * 13)["high"]) == pytest.approx((0.025 ** (1 / 13), 1))


def test_weights_and_clusters_make_fewer_cases_of_a_sample_without_variation():
    """80 units of 10 villages with weights 1 and 3: Kish 64, times (t79 / t9)^2."""
    psu, weight = np.repeat(np.arange(10), 8), np.tile([1.0, 3.0], 40)
    found = row([1.0] * 80, psu=psu, weight=weight)
    n = 160**2 / 400 * (t.ppf(0.975, 79) / t.ppf(0.975, 9)) ** 2
    assert (found["low"], found["high"]) == pytest.approx((0.025 ** (1 / n), 1), rel=1e-9)
    assert n < 64 < 80


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.1, 10), st.integers(0, 5)), min_size=4, max_size=40),
    st.floats(0.5, 0.999),
)
def test_an_interval_of_a_share_lies_within_0_and_1_around_it(units, level):
    frame = pl.DataFrame(
        {"value": [float(u[0]) for u in units], "weight": [u[1] for u in units], "psu": [u[2] for u in units]}
    )
    turned = frame.with_columns((1 - pl.col("value")).alias("value"))
    found, other = (
        summarise(rows, "share", weight="weight", psu="psu", level=level).row(0, named=True)
        for rows in (frame, turned)
    )
    if found["low"] is None:
        assert found["n_psu"] < 2
        return
    assert 0 <= found["low"] <= found["value"] + 1e-12
    assert found["value"] - 1e-12 <= found["high"] <= 1
    # What holds for the share of ones holds for that of zeros.
    assert (1 - other["high"], 1 - other["low"]) == pytest.approx((found["low"], found["high"]), abs=1e-9)


@pytest.mark.parametrize("entry", ["share", {"fgt": {"value": "value", "line": "line", "order": 0}}])
def test_shares_of_poor_are_shares(entry):
    frame = pl.DataFrame({"value": [1.0] * 12, "line": [0.5] * 12})
    found = summarise(frame, entry).row(0, named=True)
    assert found["low"] < found["high"]
    assert 0 <= found["low"] <= found["high"] <= 1


@pytest.mark.parametrize("count", [0, 40])
def test_at_the_bounds_a_simple_random_sample_is_as_statsmodels_has_it(count: int):
    found = row([1.0] * count + [0.0] * (40 - count))
    expected = proportion_confint(count, 40, method="beta")
    assert (found["low"], found["high"]) == pytest.approx(
        [float(np.nan_to_num(e)) for e in expected], rel=1e-9
    )


def test_in_between_a_simple_random_sample_comes_near_that_of_statsmodels():
    """Wilson's interval is another approximation: of 600 in 4000 both agree to 2 in 1000."""
    found = row([1.0] * 600 + [0.0] * 3400)
    assert (found["low"], found["high"]) == pytest.approx(
        proportion_confint(600, 4000, method="wilson"), rel=2e-3
    )


def test_clustered_it_is_that_of_a_logit_regression_on_a_constant():
    """Its robust variance, clustered, with t of one less than the clusters, put back from the logit."""
    rng = np.random.default_rng(4)
    psu = np.repeat(np.arange(25), rng.integers(2, 9, 25))
    values = (rng.random(len(psu)) < 0.1 + 0.02 * psu).astype(float)
    found = row(values, psu=psu)
    model = sm.GLM(values, np.ones((len(psu), 1)), family=sm.families.Binomial())
    fit = model.fit(
        tol=1e-14, cov_type="cluster", cov_kwds={"groups": psu, "use_correction": False}, use_t=True
    )
    half = t.ppf(0.975, 24) * fit.bse[0] * math.sqrt(25 / 24)
    expected = [1 / (1 + math.exp(-(fit.params[0] + sign * half))) for sign in (-1, 1)]
    assert (found["low"], found["high"]) == pytest.approx(expected, rel=1e-6)


def test_a_total_says_how_many_units_it_leaves_out():
    found = row([1.0, None, 3.0, None, 5.0], "total")
    assert (found["value"], found["note"]) == (9.0, "leaves out 2 of 5 units")
    assert row([1.0, 3.0], "total")["note"] is None
    assert row([1.0, None, 3.0], "mean")["note"] is None


def test_clusters_that_agree_exactly_are_no_certainty():
    table = pl.DataFrame({"v": [1.0, 0, 1, 0, 1, 0], "p": ["a", "a", "b", "b", "c", "c"]})
    row = summarise(table, {"share": "v"}, psu="p").row(0, named=True)
    assert (row["value"], row["se"]) == (0.5, 0.0)
    # Six cases of equal weight and 2 degrees of freedom: 6 (t of 5 / t of 2)^2 cases, half of them yes.
    cases = 6 * (t.ppf(0.975, 5) / t.ppf(0.975, 2)) ** 2
    low, high = proportion_confint(cases / 2, cases, method="beta")
    assert (row["low"], row["high"]) == pytest.approx((low, high), rel=1e-12)
    assert row["low"] < 0.5 < row["high"]
