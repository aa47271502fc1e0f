"""Numbers that R (fixest 0.14.2, plm 2.6-2) or publications give for public data.

Tolerance 1e-6 relative, because that is how many digits the sources print; fewer where a publication
prints fewer, which the test then says.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import grunfeld

from mande.errors import MandeError
from mande.impact import estimate
from mande.impact.contract import Request
from mande.impact.inference import cr1
from mande.impact.linear import plain_model, solve
from mande.results import Estimate
from tests.impact.tables import published, shared, textbook

FIRMS: dict[str, Any] = {"unit": "fcode", "time": "year"}
MEN: dict[str, Any] = {"unit": "nr", "time": "year"}


def values(result: Estimate) -> dict[str, tuple[float, float]]:
    return {term.name: (term.estimate, term.std_error) for term in result.terms}


def close(estimate: float, std_error: float, relative: float = 1e-6) -> Any:
    return pytest.approx((estimate, std_error), rel=relative)


def printed(estimate: float, std_error: float, decimals: int) -> Any:
    """Numbers printed to so many decimals agree when they round to them."""
    return pytest.approx((estimate, std_error), abs=0.5 * 10**-decimals, rel=0)


def effect(result: Estimate) -> tuple[float, float]:
    return result.estimate, result.std_error


def test_training_grants_and_scrap_with_firm_and_year_effects():
    result = estimate(
        textbook("jtrain"), method="twfe", outcome="scrap", scale="log", treated="grant",
        covariates=["grant_1"], inference="classical", **FIRMS,
    )  # fmt: skip
    assert values(result) == {
        "grant": close(-0.25231487, 0.15062899),
        "grant_1": close(-0.42158951, 0.21019996),
        # .08021567 has seven digits
        "year=1988": close(-0.08021567, 0.10947513),
        "year=1989": close(-0.24720279, 0.13321829),
    }
    assert (result.n, result.n_units, result.df) == (162, 54, 104)


def test_training_grants_and_scrap_clustered_by_firm():
    result = estimate(
        textbook("jtrain"), method="twfe", outcome="lscrap", treated="grant", covariates=["grant_1"], **FIRMS
    )
    errors = {name: error for name, (_, error) in values(result).items()}
    assert errors == pytest.approx(
        {"grant": 0.14343985, "grant_1": 0.28246039, "year=1988": 0.09784079, "year=1989": 0.19678191},
        rel=1e-6,
    )
    assert (result.inference, result.n_clusters, result.df) == ("CR1", 54, 53)


def test_year_effects_given_as_columns_are_the_same_as_wave_effects():
    result = estimate(
        textbook("jtrain"), method="fixed_effects", outcome="lscrap", treated="grant",
        covariates=["grant_1", "d88", "d89"], **FIRMS,
    )  # fmt: skip
    assert values(result)["grant"] == close(-0.25231487, 0.14343985)
    assert values(result)["d88"] == close(-0.08021567, 0.09784079)


def test_training_grants_and_scrap_with_random_effects():
    result = estimate(
        textbook("jtrain"), method="random_effects", outcome="lscrap", treated="grant",
        covariates=["grant_1"], time_effects=True, inference="classical", **FIRMS,
    )  # fmt: skip
    assert effect(result) == close(-0.21443533, 0.14759383)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [("log", (-0.31705792, 0.16387514)), ("level", (-0.73944362, 0.68262756))],
)
def test_training_grants_and_scrap_in_first_differences(scale, expected):
    frame = textbook("jtrain").query("year < 1989")
    result = estimate(
        frame, method="first_difference", outcome="scrap", scale=scale, treated="grant",
        inference="classical", **FIRMS,
    )  # fmt: skip
    assert effect(result) == close(*expected)
    assert result.n == 54


def test_training_grants_from_the_first_grant_on():
    frame = textbook("jtrain").sort_values(["fcode", "year"])
    frame = frame.assign(on=frame.groupby("fcode")["grant"].cummax())
    result = estimate(frame, method="twfe", outcome="lscrap", treated="on", **FIRMS)
    assert effect(result) == close(-0.278677317, 0.162348239)


def test_a_grant_that_goes_off_again_is_another_regressor_than_from_the_first_grant_on():
    result = estimate(textbook("jtrain"), method="twfe", outcome="lscrap", treated="grant", **FIRMS)
    assert result.estimate == pytest.approx(-0.0822, abs=5e-5, rel=0)


def test_union_membership_and_wages_pooled_with_year_effects():
    result = estimate(
        textbook("wagepan"), method="ancova", outcome="lwage", treated="union", time="year",
        covariates=["educ", "black", "hisp", "exper", "expersq", "married"], inference="classical",
    )  # fmt: skip
    assert effect(result) == close(0.18246128, 0.01715677)


def test_union_membership_and_wages_with_fixed_effects():
    frame = textbook("wagepan")
    arguments = {"outcome": "lwage", "treated": "union", "covariates": ["married", "expersq"], **MEN}
    classical = values(estimate(frame, method="twfe", inference="classical", **arguments))
    clustered = values(estimate(frame, method="twfe", inference="CR1", **arguments))
    assert classical["union"] == close(0.08000186, 0.01931031)
    assert classical["married"] == close(0.04668036, 0.01831044)
    assert clustered["union"] == close(0.08000186, 0.02274310)
    assert clustered["married"] == close(0.04668036, 0.02100382)


def test_union_membership_and_wages_with_random_effects():
    result = estimate(
        textbook("wagepan"), method="random_effects", outcome="lwage", treated="union",
        covariates=["educ", "black", "hisp", "exper", "expersq", "married"], time_effects=True,
        inference="classical", **MEN,
    )  # fmt: skip
    assert values(result)["union"] == close(0.10613443, 0.01785386)
    assert values(result)["educ"] == close(0.09187628, 0.01065970)


def grunfeld_frame() -> pd.DataFrame:
    frame = grunfeld.load_pandas().data
    return frame[frame["firm"] != "American Steel"]


def grunfeld_values(method: str, **options: Any) -> dict[str, tuple[float, float]]:
    result = estimate(
        grunfeld_frame(), method=method, outcome="invest", treated="value", covariates=["capital"],
        unit="firm", time="year", inference="classical", **options,
    )  # fmt: skip
    return values(result)


def test_investment_with_fixed_effects():
    found = grunfeld_values("fixed_effects")
    assert found["value"] == close(0.11012380, 0.01185669)
    assert found["capital"] == close(0.31006534, 0.01735450)


def test_investment_with_random_effects():
    found = grunfeld_values("random_effects")
    assert found["value"] == close(0.10978115, 0.01049266)
    assert found["capital"] == close(0.30811298, 0.01718047)
    assert found["constant"] == close(-57.83441491, 28.89893526)


def test_investment_in_first_differences_with_one_trend():
    assert grunfeld_values("first_difference", trend=True)["value"] == close(0.08976249499, 0.008363585016)


def test_investment_in_first_differences_without_common_change():
    found = grunfeld_values("first_difference", time_effects=False)["value"][0]
    assert found == pytest.approx(0.08906283, rel=1e-6)


def test_house_prices_near_the_incinerator():
    frame = textbook("kielmc")
    arguments: dict[str, Any] = {"method": "did", "outcome": "rprice", "treated": "nearinc", "time": "y81"}
    assert effect(estimate(frame, **arguments)) == close(-11863.90325, 7456.64617)
    clustered = estimate(frame, cluster="cbd", **arguments)
    assert effect(clustered) == close(-11863.90325, 6621.81794)
    aged = estimate(frame, covariates=["age", "agesq"], **arguments)
    assert effect(aged) == close(-21920.26995, 6359.74539)
    full = ["age", "agesq", "intst", "land", "area", "rooms", "baths"]
    assert effect(estimate(frame, covariates=full, **arguments)) == close(-14177.93418, 4987.26674)


def test_the_third_cluster_error_is_not_the_jackknife_of_stata():
    # CR3 without a factor of (G-1)/G, as clubSandwich; Stata's jackknife prints 7254.4.
    result = estimate(
        textbook("kielmc"), method="did", outcome="rprice", treated="nearinc", time="y81", cluster="cbd",
        inference="CR3",
    )  # fmt: skip
    assert result.n_clusters == 34
    assert result.std_error * np.sqrt(33 / 34) == pytest.approx(7254.4, abs=0.05, rel=0)


def test_duration_of_injury_benefits_as_published_to_three_decimals():
    frame = textbook("injury").query("ky == 1")
    result = estimate(frame, method="did", outcome="durat", scale="log", treated="highearn", time="afchnge")
    assert effect(result) == printed(0.191, 0.069, 3)
    assert result.n == 5626


def organ_donations() -> pd.DataFrame:
    frame = published("organ_donations")
    started = frame["Quarter"].isin(["Q32011", "Q42011", "Q12012"])
    return frame.assign(on=((frame["State"] == "California") & started).astype(int))


ORGANS: dict[str, Any] = {
    "method": "twfe", "outcome": "Rate", "treated": "on", "unit": "State", "time": "Quarter",
    "waves": ["Q42010", "Q12011", "Q22011", "Q32011", "Q42011", "Q12012"],
}  # fmt: skip


def test_organ_donations_in_one_treated_state_have_the_error_of_fixest_and_it_is_given_to_nobody():
    frame = organ_donations()
    by_lot = estimate(frame, assigned_by="State", **ORGANS)
    assert by_lot.estimate == pytest.approx(-0.02245897, rel=1e-6)
    # One of 27 states: a p-value cannot be smaller than 1 / 27.
    assert (by_lot.inference, by_lot.p_value >= 1 / 27) == ("randomisation", True)
    state, quarter = frame["State"].to_numpy(), frame["Quarter"].to_numpy()
    codes = [np.unique(column, return_inverse=True)[1] for column in (state, quarter)]
    waves = np.eye(6)[codes[1]][:, 1:]
    columns = np.column_stack([frame["on"].to_numpy(dtype=float), waves])
    model = plain_model(frame["Rate"].to_numpy(dtype=float), columns, (codes[0],), absorbed=(codes[0],))
    fitted = cr1.linear(solve(model), Request("twfe", "CR1", "Rate", clusters=("State",)))
    assert (fitted.coefficients[0], fitted.std_errors[0]) == close(-0.02245897, 0.00613123)
    for inference in ("auto", "CR1", "CR2", "CR3"):
        with pytest.raises(MandeError, match="one State alone stands for the treated group"):
            estimate(frame, inference=inference, **ORGANS)


def fast_food() -> pd.DataFrame:
    wide = shared("card_krueger/cardkrueger.csv")
    before = wide["empft"] + wide["nmgrs"] + 0.5 * wide["emppt"]
    after = wide["empft2"] + wide["nmgrs2"] + 0.5 * wide["emppt2"]
    both = [wide.assign(wave=wave, jobs=jobs) for wave, jobs in (("before", before), ("after", after))]
    return pd.concat(both)


def test_minimum_wage_and_jobs_over_all_stores():
    result = estimate(
        fast_food(), method="did", outcome="jobs", treated="state", time="wave", cluster="sheet"
    )
    assert effect(result) == close(2.753606, 1.306607)


def test_minimum_wage_and_jobs_over_stores_seen_twice_as_published_to_two_decimals():
    result = estimate(fast_food(), method="did", outcome="jobs", treated="state", time="wave", unit="sheet")
    assert effect(result) == printed(2.75, 1.34, 2)


def stores_with_wages() -> pd.DataFrame:
    """Stores with jobs and starting wages in both waves; those shut for good have no wage after."""
    wide = shared("card_krueger/cardkrueger.csv")
    before = wide["empft"] + wide["nmgrs"] + 0.5 * wide["emppt"]
    after = wide["empft2"] + wide["nmgrs2"] + 0.5 * wide["emppt2"]
    shut = wide["status2"] == 3
    known = before.notna() & after.notna() & wide["wage_st"].notna() & (wide["wage_st2"].notna() | shut)
    chains = pd.get_dummies(wide["chain"].astype(int), prefix="chain", dtype=float)
    return wide.assign(before=before, after=after).join(chains)[known]


@pytest.mark.parametrize(
    ("covariates", "expected"),
    [
        ([], (2.325831, 1.191596)),
        (["chain_2", "chain_3", "chain_4", "co_owned"], (2.303860, 1.195532)),
    ],
)
def test_minimum_wage_and_jobs_over_stores_with_wages(covariates, expected):
    """Card and Krueger (1994), table 4, models 1 and 2: 2.33 (1.19) and 2.30 (1.20), classical errors."""
    result = estimate(
        stores_with_wages(), method="change_score", outcome="after", baseline="before", treated="state",
        covariates=covariates, inference="classical",
    )  # fmt: skip
    assert effect(result) == printed(*expected, 6)
    assert result.n == 357


def test_minimum_wage_and_teen_employment_over_counties():
    frame = shared("oracles/mpdta.csv")
    on = (frame["first.treat"] > 0) & (frame["year"] >= frame["first.treat"])
    result = estimate(
        frame.assign(on=on), method="twfe", outcome="lemp", treated="on", unit="countyreal", time="year"
    )
    assert effect(result) == close(-0.0365489367, 0.0132651554)


def test_no_reference_depends_on_units_of_measure():
    frame = textbook("wagepan")
    scaled = frame.assign(expersq=frame["expersq"] * 1e9)
    arguments = {"outcome": "lwage", "treated": "union", "covariates": ["married", "expersq"], **MEN}
    for method in ("twfe", "random_effects", "first_difference"):
        one, other = (effect(estimate(data, method=method, **arguments)) for data in (frame, scaled))
        assert one == pytest.approx(other, rel=1e-9)
    assert np.isfinite(one).all()
