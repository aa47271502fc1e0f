"""Between and correlated random effects, and the tests that stand beside random effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.datasets import grunfeld

from mande.errors import MandeError
from mande.impact import estimate
from tests.impact.tables import panel, textbook

CALL: dict[str, Any] = {"outcome": "y", "treated": "on", "unit": "unit", "time": "wave"}
FIRMS: dict[str, Any] = {
    "outcome": "invest", "treated": "value", "covariates": ["capital"], "unit": "firm", "time": "year",
}  # fmt: skip


def firms() -> pd.DataFrame:
    frame = grunfeld.load_pandas().data
    return frame[frame["firm"] != "American Steel"]


def unbalanced(**arguments: Any) -> pd.DataFrame:
    frame = panel(**arguments)
    return frame[frame.index % 7 != 3]


def test_investment_between_firms_as_r_plm():
    result = estimate(firms(), method="between", inference="classical", **FIRMS)
    assert (result.estimate, result.std_error) == pytest.approx((0.13464608697, 0.02874545914), rel=1e-9)
    assert (result.n, result.n_units, result.df) == (10, 10, 7)


def test_unit_means_by_hand():
    frame = unbalanced()
    means = frame.groupby("unit")[["y", "on", "x"]].mean()
    other = sm.OLS(means["y"], sm.add_constant(means[["on", "x"]])).fit(cov_type="HC2")
    result = estimate(frame, method="between", covariates=["x"], inference="HC2", **CALL)
    assert (result.estimate, result.std_error) == pytest.approx(
        (other.params["on"], other.bse["on"]), rel=1e-9
    )


def test_f_and_breusch_pagan_tests_of_investment_as_r_plm():
    fixed = estimate(firms(), method="fixed_effects", inference="classical", **FIRMS)
    (row,) = fixed.tables["unit_effects"].records()
    assert row["statistic"] == pytest.approx(49.176625, rel=1e-6)
    assert row["df"] == 9
    random = estimate(firms(), method="random_effects", inference="classical", **FIRMS)
    (row,) = random.tables["breusch_pagan"].records()
    assert row["statistic"] == pytest.approx(798.16155, rel=1e-6)
    assert row["df"] == 1


@pytest.mark.parametrize("make", [panel, unbalanced])
def test_the_f_test_of_unit_effects_compares_two_regressions_of_statsmodels(make):
    frame = make()
    one = smf.ols("y ~ on + x + C(wave)", frame).fit()
    other = smf.ols("y ~ on + x + C(wave) + C(unit)", frame).fit()
    result = estimate(frame, method="twfe", covariates=["x"], inference="classical", **CALL)
    (row,) = result.tables["unit_effects"].records()
    statistic, p_value, df = other.compare_f_test(one)
    assert (row["statistic"], row["p_value"]) == pytest.approx((statistic, p_value), rel=1e-8)
    assert row["df"] == df


def test_the_breusch_pagan_test_by_hand():
    # Residuals around their mean: +1, +1 of a; -1, -1 of b; +1, -1 of c. Sums 2, -2, 0; squares 6; n 6.
    frame = pd.DataFrame(
        {"unit": list("aabbcc"), "wave": [1, 2] * 3, "on": [0, 1, 1, 0, 0, 0], "y": [1, 1, -1, -1, 1, -1]}
    )
    result = estimate(
        pd.concat([frame, frame.assign(unit=frame["unit"] + "2", on=1 - frame["on"])]),
        method="random_effects", inference="classical", **CALL,
    )  # fmt: skip
    # The mirrored half makes `on` unrelated to y. 12^2 / (2 (24 - 12)) (16 / 12 - 1)^2
    (row,) = result.tables["breusch_pagan"].records()
    assert row["statistic"] == pytest.approx(144 / 24 * (1 / 3) ** 2)


def test_hausman_test_of_investment_as_r_plm():
    result = estimate(firms(), method="random_effects", inference="classical", **FIRMS)
    (row,) = result.tables["hausman"].records()
    assert row["statistic"] == pytest.approx(2.3303669, rel=1e-6)
    assert (row["p_value"], row["df"]) == (pytest.approx(0.3118654, rel=1e-6), 2)


@pytest.mark.parametrize(
    ("others", "statistic"),
    [(["educ", "black", "hisp", "exper"], 26.360914), ([], 37.009854)],
)
def test_hausman_test_of_wages_as_r_plm(others, statistic):
    result = estimate(
        textbook("wagepan"), method="random_effects", outcome="lwage", treated="union",
        covariates=[*others, "expersq", "married"], unit="nr", time="year", time_effects=True,
        inference="classical",
    )  # fmt: skip
    (row,) = result.tables["hausman"].records()
    assert (row["statistic"], row["df"]) == (pytest.approx(statistic, rel=1e-6), 10)


@pytest.mark.parametrize("time_effects", [False, True])
@pytest.mark.parametrize("make", [panel, unbalanced])
def test_correlated_random_effects_give_the_coefficients_of_fixed_effects(make, time_effects):
    frame = make()
    frame["born"] = frame["unit"].str[1:].astype(int) % 5
    call = {**CALL, "time_effects": time_effects, "inference": "classical"}
    fixed = estimate(frame, method="fixed_effects", covariates=["x"], **call)
    mundlak = estimate(frame, method="correlated_random_effects", covariates=["x", "born"], **call)
    found = {term.name: term.estimate for term in mundlak.terms}
    for term in fixed.terms:
        assert found[term.name] == pytest.approx(term.estimate, rel=1e-7)
    assert "born" in found
    assert "mean of born" not in found


def test_means_given_as_columns_are_the_same_as_means_made_here():
    frame = panel()
    means = frame.groupby("unit")[["on", "x"]].transform("mean")
    augmented = frame.assign(m_on=means["on"], m_x=means["x"])
    call = {**CALL, "inference": "CR1"}
    other = estimate(augmented, method="random_effects", covariates=["x", "m_on", "m_x"], **call)
    result = estimate(frame, method="correlated_random_effects", covariates=["x"], **call)
    for one, two in zip(other.terms, result.terms, strict=True):
        assert (one.estimate, one.std_error) == pytest.approx((two.estimate, two.std_error), rel=1e-9)


def test_the_mundlak_test_of_one_mean_is_the_square_of_its_t():
    result = estimate(panel(), method="correlated_random_effects", inference="CR1", **CALL)
    mean = next(term for term in result.terms if term.name == "mean of on")
    (row,) = result.tables["mundlak"].records()
    assert row["statistic"] == pytest.approx((mean.estimate / mean.std_error) ** 2, rel=1e-9)
    assert row["p_value"] == pytest.approx(result.reference.p_value(mean.estimate / mean.std_error), rel=1e-9)


def test_the_mundlak_test_finds_what_random_effects_get_wrong():
    rng = np.random.default_rng(2)
    frame = panel(n_units=200)
    frame["y"] += 5 * frame.groupby("unit")["on"].transform("mean")
    frame["y"] += rng.normal(size=len(frame))
    (row,) = (
        estimate(frame, method="correlated_random_effects", inference="CR1", **CALL)
        .tables["mundlak"]
        .records()
    )
    assert row["p_value"] < 0.01


def test_an_effect_that_never_changes_in_a_unit_is_refused():
    with pytest.raises(MandeError, match="M-VARIATION"):
        estimate(panel(), method="correlated_random_effects", **(CALL | {"treated": "group"}))


def test_an_effect_that_is_alike_between_units_is_refused():
    with pytest.raises(MandeError, match="M-VARIATION"):
        estimate(
            panel().assign(late=lambda f: f["wave"] - 2000), method="between", **(CALL | {"treated": "late"})
        )
