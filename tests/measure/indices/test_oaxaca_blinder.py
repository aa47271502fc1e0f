"""Oaxaca-Blinder: published decompositions (WE-06), statsmodels, identities, errors.

Of WE-06 (a) the reference pooled with a dummy of the group, and of (c) the gap of mean logarithms, need the
workers of the vignette, which are not part of the project.
"""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.oaxaca import OaxacaBlinder

from mande.measure.linear import Linear
from mande.measure.statistics import oaxaca_blinder
from tests.measure.indices import (
    assert_influence_is_the_derivative,
    assert_same,
    repeated,
    sample_of,
    weighing,
)

PARTS = ("endowments", "coefficients", "interaction", "explained", "unexplained")

# WE-06 (a): means and coefficients of the R package's vignette, constant first.
NAMES = ("constant", "age", "female", "lths", "some_college", "college", "advanced")
MEANS_NATIVE = (1, 34.010453, 0.480836, 0.118467, 0.386760, 0.128920, 0.069686)
MEANS_FOREIGN = (1, 40.635884, 0.395778, 0.387863, 0.134565, 0.081794, 0.031662)
NATIVE = (8.583084, 0.264005, -6.149719, -2.914147, 2.396678, 10.441408, 15.067528)
FOREIGN = (12.140676, 0.077999, -3.205484, -2.374539, 2.590450, 4.026472, 24.279870)
POOLED = (11.104521, 0.137012, -4.426578, -3.205976, 2.712680, 7.786665, 19.073313)


def given_numbers(reference):
    def fixed(numbers):
        return Linear(np.array(numbers, dtype=float), np.empty((0, 7)))

    weight = None if isinstance(reference, tuple) else reference
    star = reference if weight is None else weight * np.array(NATIVE) + (1 - weight) * np.array(FOREIGN)
    fitted = oaxaca_blinder.Regressions(
        NAMES, fixed(MEANS_NATIVE), fixed(MEANS_FOREIGN), fixed(NATIVE), fixed(FOREIGN), fixed(star)
    )
    return {name: float(part.value) for name, part in oaxaca_blinder.decompose(fitted).items()}


# 5e-5 absolute: published means and coefficients have six decimals, and ages of 40 multiply their rounding.
def test_we_06a_threefold_from_published_means_and_coefficients():
    found = given_numbers(0.5)
    expected = {"endowments": 1.6165339, "coefficients": 2.8333261, "interaction": -1.4342857}
    assert {part: found[part] for part in expected} == pytest.approx(expected, abs=5e-5)
    assert sum(found[part] for part in expected) == pytest.approx(3.015574, abs=5e-5)


@pytest.mark.parametrize(
    ("reference", "explained", "unexplained"),
    [
        (0, 1.6165339, 1.399040),
        (1, 0.1822482, 2.833326),
        (0.5, 0.8993911, 2.116183),
        (287 / (287 + 379), 0.9984559, 2.017118),
        (POOLED, 1.3557222, 1.659852),
    ],
)
def test_we_06a_twofold_from_published_means_and_coefficients(reference, explained, unexplained):
    found = given_numbers(reference)
    assert (found["explained"], found["unexplained"]) == pytest.approx((explained, unexplained), abs=5e-5)


def ccard(**options):
    """Credit card spending of home owners and renters, from statsmodels."""
    data = sm.datasets.ccard.load_pandas().data
    names = ("AGE", "INCOME", "INCOMESQ")
    roles = {
        "value": data["AVGEXP"],
        "group": ["owner" if owns else "renter" for owns in data["OWNRENT"]],
        "covariates": data[list(names)],
    }
    labels = {"covariates": tuple(name.lower() for name in names)}
    return sample_of(oaxaca_blinder, roles, None, labels, {"high": "owner", "low": "renter"} | options)


# The values of Stata's oaxaca, in statsmodels' tests, have seven digits.
def test_we_06b_threefold():
    found = oaxaca_blinder.compute(ccard())
    expected = {
        "gap": 158.7504,
        "endowments": 321.7482,
        "coefficients": 75.45371,
        "interaction": -238.4515,
        "explained": 130.8095,
        "unexplained": 27.94091,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-6)
    assert found["explained_share"] == pytest.approx(130.8095 / 158.7504, rel=1e-6)


def test_we_06b_the_other_way_round():
    found = oaxaca_blinder.compute(ccard(high="renter", low="owner"))
    expected = {
        "gap": -158.7504,
        "endowments": -83.29674,
        "coefficients": 162.9978,
        "interaction": -238.4515,
        "explained": -130.8095,
        "unexplained": -27.94091,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("reference", "kind", "submitted"),
    [
        ("pooled", "pooled", None),
        ("pooled_without_group", "nuemark", None),
        (0.5, "reimers", None),
        (0.3, "self_submitted", 0.3),
        (0, "self_submitted", 0),
        (1, "self_submitted", 1),
    ],
)
def test_every_reference_agrees_with_statsmodels(reference, kind, submitted):
    data = sm.datasets.ccard.load_pandas().data
    model = OaxacaBlinder(
        data["AVGEXP"], data[["AGE", "INCOME", "INCOMESQ", "OWNRENT"]], "OWNRENT", hasconst=False
    )
    unexplained, explained, gap = model.two_fold(two_fold_type=kind, submitted_weight=submitted).params
    found = oaxaca_blinder.compute(ccard(reference=reference))
    assert [found[name] for name in ("unexplained", "explained", "gap")] == pytest.approx(
        [unexplained, explained, gap], rel=1e-8
    )


def test_shares_as_reference_agree_with_statsmodels():
    """Not swapped: statsmodels 0.15 counts the groups before it swaps them, and so swaps their shares."""
    data = sm.datasets.ccard.load_pandas().data
    exog = data[["AGE", "INCOME", "INCOMESQ", "OWNRENT"]]
    model = OaxacaBlinder(data["AVGEXP"], exog, "OWNRENT", hasconst=False, swap=False)
    unexplained, explained, _ = model.two_fold(two_fold_type="cotton").params
    found = oaxaca_blinder.compute(ccard(reference="share", high="renter", low="owner"))
    assert (found["unexplained"], found["explained"]) == pytest.approx((unexplained, explained), rel=1e-8)


def groups(seed=0, n=60, weights=None, **options):
    rng = np.random.default_rng(seed)
    group = np.where(rng.random(n) < 0.5, "M", "F")
    group[:8] = ["M", "F"] * 4
    level = rng.integers(0, 3, n)
    level[:9] = [0, 0, 1, 1, 2, 2, 0, 1, 2]
    tenure = rng.gamma(2, 3, n) + (group == "M")
    pay = (
        5
        + 0.4 * tenure
        + 2 * (level == 1)
        + 3 * (level == 2) * (group == "M")
        + rng.normal(0, 1 + tenure / 5, n)
    )
    roles = {
        "value": pay,
        "group": list(group),
        "covariates": np.column_stack([tenure, level == 1, level == 2]),
    }
    names = {"covariates": ("tenure", "secondary", "higher")}
    return sample_of(oaxaca_blinder, roles, weights, names, options)


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    reference=st.sampled_from(["pooled", "pooled_without_group", "share", 0, 1, 0.4]),
)
def test_parts_add_up_and_details_add_up_to_parts(seed, reference):
    rng = np.random.default_rng(seed)
    found = oaxaca_blinder.compute(groups(seed, weights=rng.uniform(0.2, 4, 60), reference=reference))
    gap = pytest.approx(found["gap"], rel=1e-9, abs=1e-9)
    assert found["endowments"] + found["coefficients"] + found["interaction"] == gap
    assert found["explained"] + found["unexplained"] == gap
    assert found["mean_high"] - found["mean_low"] == gap
    for part in PARTS:
        details = [
            value
            for name, value in found.items()
            if name.startswith(f"{part}_") and name != "explained_share"
        ]
        assert sum(details) == pytest.approx(found[part], rel=1e-8, abs=1e-8)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), reference=st.sampled_from(["pooled", "pooled_without_group", 0.5]))
def test_swapping_the_groups_turns_the_signs(seed, reference):
    one = oaxaca_blinder.compute(groups(seed, reference=reference))
    other = oaxaca_blinder.compute(groups(seed, reference=reference, high="F", low="M"))
    for part in ("gap", "explained", "unexplained"):
        assert one[part] == pytest.approx(-other[part], rel=1e-7, abs=1e-8)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), reference=st.sampled_from(["pooled", "pooled_without_group", "share"]))
def test_a_whole_weight_counts_a_unit_so_many_times(seed, reference):
    times = np.random.default_rng(seed).integers(1, 4, 60).tolist()
    sample = groups(seed, reference=reference)
    assert_same(
        oaxaca_blinder.compute(weighing(sample, times)),
        oaxaca_blinder.compute(repeated(sample, times)),
        1e-7,
        1e-7,
    )


def test_weights_are_those_of_weighted_least_squares():
    weights = np.random.default_rng(3).uniform(0.2, 4, 60)
    sample = groups(3, weights=weights)
    X = sm.add_constant(sample["covariates"])
    betas, means = {}, {}
    for name in "MF":
        at = sample["group"] == name
        betas[name] = sm.WLS(sample["value"][at], X[at], weights=weights[at]).fit().params
        means[name] = np.average(X[at], axis=0, weights=weights[at])
    found = oaxaca_blinder.compute(sample)
    assert found["endowments"] == pytest.approx((means["M"] - means["F"]) @ betas["F"], rel=1e-9)
    assert found["coefficients"] == pytest.approx(means["F"] @ (betas["M"] - betas["F"]), rel=1e-9)


@pytest.mark.parametrize("reference", ["pooled", "pooled_without_group", "share", 0.3])
def test_the_linearised_variables_are_derivatives(reference):
    weights = np.random.default_rng(4).uniform(0.5, 2, 24)
    sample = groups(4, 24, weights, reference=reference, categories={"education": ["secondary", "higher"]})
    assert_influence_is_the_derivative(oaxaca_blinder, sample)


def test_linearised_errors_are_those_of_the_bootstrap():
    """2000 draws know an error to 1.6 percent; 600 units leave terms of order 1/n: 8 percent."""
    sample = groups(5, 600)
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(2000):
        at = rng.integers(0, 600, 600)
        columns = {role: column[at] for role, column in sample.columns.items()}
        found = oaxaca_blinder.compute(type(sample)(columns, sample.weights, sample.options, sample.names))
        draws.append([found[part] for part in PARTS])
    influence = oaxaca_blinder.influence(sample)
    linearised = [np.sqrt((influence[part] ** 2).sum()) for part in PARTS]
    assert linearised == pytest.approx(np.std(draws, axis=0), rel=0.08)


def test_the_part_of_education_does_not_depend_on_the_level_left_out():
    sample = groups(6, categories={"education": ["secondary", "higher"]})
    tenure, secondary, higher = sample["covariates"].T
    primary = 1 - secondary - higher
    swapped = sample_of(
        oaxaca_blinder,
        {
            "value": sample["value"],
            "group": sample["group"],
            "covariates": np.column_stack([tenure, primary, higher]),
        },
        None,
        {"covariates": ("tenure", "primary", "higher")},
        {"categories": {"education": ["primary", "higher"]}},
    )
    one, other = oaxaca_blinder.compute(sample), oaxaca_blinder.compute(swapped)
    for part in PARTS:
        assert one[part] == pytest.approx(other[part])
        assert one[f"{part}_education_base"] == pytest.approx(other[f"{part}_primary"])
        assert one[f"{part}_secondary"] == pytest.approx(other[f"{part}_education_base"])
        assert one[f"{part}_higher"] == pytest.approx(other[f"{part}_higher"])
    for part in ("coefficients", "unexplained"):
        assert one[f"{part}_constant"] == pytest.approx(other[f"{part}_constant"])


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"high": "X"}, "no units in group X"),
        ({"reference": "male"}, "reference: pooled"),
        ({"categories": {"education": ["tertiary"]}}, "names no covariate: tertiary"),
    ],
)
def test_options_that_name_nothing_have_a_reason(options, reason):
    assert reason in oaxaca_blinder.compute(groups(**options))
    assert oaxaca_blinder.influence(groups(**options)) == {}


def test_regressions_that_cannot_be_fitted_have_a_reason():
    group = ["M"] * 4 + ["F"] * 4
    value = [1, 2, 3, 5, 2, 3, 1, 4]

    def of(*columns, rows=8, **options):
        roles = {
            "value": value[:rows],
            "group": group[:rows],
            "covariates": np.column_stack([column[:rows] for column in columns]),
        }
        names = {"covariates": tuple("abc"[: len(columns)])}
        return oaxaca_blinder.compute(sample_of(oaxaca_blinder, roles, None, names, options))

    varying = [1, 2, 3, 4, 1, 2, 3, 5]
    assert of(varying, [2 * x for x in varying]) == "group M: covariates repeat one another or do not vary"
    in_men_only = [0, 1, 0, 1, 0, 0, 0, 0]
    assert of(in_men_only) == "no covariate varies within both groups"
    assert of(varying, in_men_only, categories={"job": ["b"]}) == "group F: a covariate is 0 for everybody"
    assert of(varying, rows=6) == "group F: 2 units are too few for 2 coefficients"


@pytest.mark.parametrize("constant", [0.0, 3.0])
def test_a_covariate_that_nobody_varies_in_is_left_out_and_named(constant):
    """No migrants among the women: what is left is the decomposition without the covariate."""
    plain = groups(8)
    migrant = np.where(plain["group"] == "M", np.arange(60) % 2, constant)
    roles = {
        "value": plain["value"],
        "group": list(plain["group"]),
        "covariates": np.column_stack([plain["covariates"], migrant]),
    }
    names = {"covariates": ("tenure", "secondary", "higher", "migrant")}
    sample = sample_of(oaxaca_blinder, roles, None, names)
    found, without = oaxaca_blinder.compute(sample), oaxaca_blinder.compute(plain)
    for part in PARTS:
        assert found[f"{part}_migrant"] == "it does not vary within both groups"
    assert {name: number for name, number in found.items() if not name.endswith("_migrant")} == without
    assert oaxaca_blinder.influence(sample).keys() == without.keys()
    assert oaxaca_blinder.notes(sample) == "left out, as they do not vary within both groups: migrant"
    assert oaxaca_blinder.notes(plain) == ""


def test_without_a_gap_there_is_no_explained_share():
    roles = {
        "value": [1, 2, 3, 1, 2, 3],
        "group": ["M"] * 3 + ["F"] * 3,
        "covariates": [[0], [1], [3], [0], [1], [2]],
    }
    found = oaxaca_blinder.compute(sample_of(oaxaca_blinder, roles, None, {"covariates": ("x",)}))
    assert found["gap"] == 0
    assert found["explained_share"] == "there is no gap to explain"
