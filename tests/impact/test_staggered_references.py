"""Staggered starts: numbers that R (did 2.1.2, fixest 0.14.2, didimputation, etwfe) and others print.

Tolerance 1e-6 relative, or half a unit of the last digit where a source prints fewer digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.impact import estimate
from mande.results import Estimate
from tests.impact.tables import by_csdid, published, shared, textbook

COUNTIES: dict[str, Any] = {
    "outcome": "lemp", "unit": "countyreal", "time": "year", "first_treated": "first.treat",
}  # fmt: skip
FIRMS: dict[str, Any] = {"outcome": "lscrap", "unit": "fcode", "time": "year", "first_treated": "first"}


def jtrain() -> pd.DataFrame:
    frame = textbook("jtrain")
    first = frame[frame["grant"] == 1].groupby("fcode")["year"].min()
    return frame.assign(first=frame["fcode"].map(first).fillna(0))


def mpdta() -> pd.DataFrame:
    return shared("oracles/mpdta.csv")


def effect(result: Estimate) -> tuple[float, float]:
    return result.estimate, result.std_error


def values(result: Estimate) -> dict[str, tuple[float, float]]:
    return {term.name: (term.estimate, term.std_error) for term in result.terms}


def close(estimate: float, std_error: float) -> Any:
    return pytest.approx((estimate, std_error), rel=1e-6)


def printed(estimate: float, std_error: float, decimals: int) -> Any:
    return pytest.approx((estimate, std_error), abs=0.5 * 10**-decimals, rel=0)


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("simple", (-0.345041482, 0.195154410)),
        ("dynamic", (-0.365034578, 0.209400449)),
        # R did 2.1.2 prints .17773 for the error over cohorts, which is a known mistake of it.
        ("group", (-0.295937904, 0.179765272)),
        ("calendar", (-0.350892374, 0.189844030)),
    ],
)
def test_first_training_grant_and_scrap_by_callaway_and_santanna(aggregation, expected):
    result = estimate(jtrain(), method="callaway_santanna", aggregation=aggregation, **FIRMS)
    assert effect(result) == close(*expected)
    assert (result.n, result.n_units, result.n_clusters) == (162, 54, 54)


def test_first_training_grant_compared_with_firms_not_yet_treated():
    result = estimate(jtrain(), method="callaway_santanna", control_group="not_yet_treated", **FIRMS)
    assert effect(result) == close(-0.320531984, 0.187435042)


def test_first_training_grant_by_imputation():
    assert effect(estimate(jtrain(), method="imputation", **FIRMS)) == close(-0.3308517727, 0.1891733573)


def test_first_training_grant_by_sun_and_abraham_has_the_error_of_fixest():
    result = estimate(jtrain(), method="sun_abraham", **FIRMS)
    assert result.estimate == pytest.approx(-0.345041482, rel=1e-6)
    assert result.std_error == pytest.approx(0.199342, abs=5e-7, rel=0)


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("simple", (-0.0399512752, 0.0120340128)),
        ("dynamic", (-0.0772398215, 0.0199649891)),
        # R did 2.1.2 prints .0124153, as above.
        ("group", (-0.0310182822, 0.0124460593)),
        ("calendar", (-0.0417004321, 0.0159718519)),
    ],
)
def test_minimum_wage_by_callaway_and_santanna(aggregation, expected):
    result = estimate(mpdta(), method="callaway_santanna", aggregation=aggregation, **COUNTIES)
    assert effect(result) == close(*expected)


CELLS = {
    "ATT(2004, 2004)": (-0.0105032462, 0.0232510364),
    "ATT(2004, 2005)": (-0.0704231581, 0.0309847668),
    "ATT(2004, 2006)": (-0.1372587389, 0.0364356643),
    "ATT(2004, 2007)": (-0.1008113631, 0.0343592258),
    "ATT(2006, 2006)": (-0.0045946070, 0.0177551967),
    "ATT(2006, 2007)": (-0.0412244715, 0.0202291807),
    "ATT(2007, 2007)": (-0.0260544107, 0.0166554354),
}


def test_minimum_wage_by_cohort_and_year():
    found = values(estimate(mpdta(), method="callaway_santanna", **COUNTIES))
    assert {name: found[name] for name in CELLS} == {name: close(*pair) for name, pair in CELLS.items()}


def test_minimum_wage_by_years_since_the_start():
    found = values(estimate(mpdta(), method="callaway_santanna", aggregation="dynamic", **COUNTIES))
    expected = [
        0.0305066556, -0.0005630846, -0.0244587450,
        -0.0199318168, -0.0509573671, -0.1372587389, -0.1008113631,
    ]  # fmt: skip
    assert [found[f"event={event}"][0] for event in range(-3, 4)] == pytest.approx(expected, rel=1e-6)


def test_minimum_wage_test_of_years_before_the_start():
    table = estimate(mpdta(), method="callaway_santanna", **COUNTIES).tables["before_start"].records()[0]
    assert table["p_value"] == pytest.approx(0.16812, abs=5e-6)
    assert table["n_effects"] == 5


def test_minimum_wage_compared_with_counties_not_yet_treated():
    result = estimate(mpdta(), method="callaway_santanna", control_group="not_yet_treated", **COUNTIES)
    assert effect(result) == close(-0.0397636256, 0.0120524248)


@pytest.mark.parametrize(
    ("adjustment", "theirs"), [("doubly_robust", "dr"), ("ipw", "ipw"), ("outcome_regression", "reg")]
)
def test_minimum_wage_given_population_as_csdid_works_it_out(adjustment, theirs):
    peer = by_csdid(
        mpdta(), theirs, yname="lemp", gname="first.treat", tname="year", idname="countyreal",
        xformla="lemp~lpop", control_group="nevertreated",
    )  # fmt: skip
    found = values(
        estimate(mpdta(), method="callaway_santanna", covariates=["lpop"], adjustment=adjustment, **COUNTIES)
    )
    cells = list(zip(peer["group"], peer["year"], peer["att"], peer["se"], strict=True))
    assert len(cells) == 12
    for cohort, year, att, error in cells:
        assert found[f"ATT({cohort:g}, {year:g})"] == pytest.approx((att, error), rel=1e-8)


def test_minimum_wage_by_sun_and_abraham():
    result = estimate(mpdta(), method="sun_abraham", **COUNTIES)
    assert effect(result) == close(-0.0399512752, 0.0117962774)


def test_minimum_wage_by_imputation():
    result = estimate(mpdta(), method="imputation", **COUNTIES)
    assert effect(result) == close(-0.0477099183, 0.0132224886)


def test_minimum_wage_by_extended_two_way_effects_given_population():
    # The vignette of R etwfe: etwfe(lemp ~ lpop, ...), emfx(mod) and emfx(mod, type = "event"). It takes
    # effects of cohorts and not of counties, so that its factor counts 7 columns more: 3 cohorts, 4 slopes.
    arguments: dict[str, Any] = {"method": "etwfe", "covariates": ["lpop"], **COUNTIES}
    factor = np.sqrt((2500 - 23) / (2500 - 30))
    result = estimate(mpdta(), aggregation="dynamic", **arguments)
    found = {name: (value, error * factor) for name, (value, error) in values(result).items()}
    assert found["event=0"] == printed(-0.0332, 0.0134, 4)
    assert found["event=1"] == printed(-0.0573, 0.0171, 4)
    assert found["event=2"] == printed(-0.1379, 0.0308, 4)
    assert found["event=3"] == printed(-0.1095, 0.0323, 4)
    assert effect(estimate(mpdta(), **arguments)) == printed(-0.0506, 0.0125, 4)


@pytest.mark.parametrize(
    ("aggregation", "parts"),
    [
        ("dynamic", {"event=0": 0.013621, "event=1": 0.018873, "event=2": 0.035455, "event=3": 0.033874}),
        (
            "group",
            {"ATT": 0.014378, "cohort=2004": 0.025699, "cohort=2006": 0.020082, "cohort=2007": 0.018431},
        ),
        (
            "calendar",
            {"wave=2004": 0.022382, "wave=2005": 0.030488, "wave=2006": 0.018831, "wave=2007": 0.015745},
        ),
        ("simple", {"ATT": 0.013265}),
    ],
)
def test_minimum_wage_by_extended_two_way_effects_has_the_errors_of_moderndid(aggregation, parts):
    # moderndid (Python), which its tests compare with R etwfe; six decimals.
    result = estimate(mpdta(), method="etwfe", aggregation=aggregation, **COUNTIES)
    found = {name: error for name, (_, error) in values(result).items() if name in parts}
    assert found == pytest.approx(parts, abs=5.1e-7, rel=0)


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [
        ("doubly_robust", (1494.72817, 706.51539)),
        ("ipw", (1481.08045, 705.08409)),
        ("outcome_regression", (1529.28373, 709.05052)),
    ],
)
def test_job_training_in_two_waves_is_what_drdid_gives(adjustment, expected):
    people = published("nsw_mixtape")
    people = people.assign(person=range(len(people)), first=np.where(people["treat"] == 1, 78, 0))
    waves = [people.assign(wave=75, earned=people["re75"]), people.assign(wave=78, earned=people["re78"])]
    covariates = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74"]
    result = estimate(
        pd.concat(waves), method="callaway_santanna", outcome="earned", unit="person", time="wave",
        first_treated="first", covariates=covariates, adjustment=adjustment,
    )  # fmt: skip
    assert effect(result) == close(*expected)
