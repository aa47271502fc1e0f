"""Panel estimators: by hand, by law, and against other routines on the same data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import FirstDifferenceOLS, PanelOLS

from mande.errors import MandeError
from mande.impact import estimate
from mande.results import Estimate
from tests.impact.tables import panel, written

METHODS = ("fixed_effects", "random_effects", "first_difference", "twfe")
TWO_UNITS = written("""
    unit | wave | dose | y
    a    | 1    | 0    | 1
    a    | 2    | 1    | 4
    b    | 1    | 0    | 2
    b    | 2    | 2    | 5
""")


def run(frame: pd.DataFrame, method: str, **arguments: Any) -> Estimate:
    # Named, because few clusters make `auto` choose another kind.
    known = {"outcome": "y", "treated": "on", "unit": "unit", "time": "wave", "inference": "CR1"}
    return estimate(frame, method=method, **(known | arguments))


def pair(result: Estimate) -> tuple[float, float]:
    return result.estimate, result.std_error


def test_fixed_effects_by_hand():
    # deviations of dose +-.5 and +-1, of y +-1.5 both: 4.5 / 2.5; residuals +-.6 and -+.3
    classical = run(TWO_UNITS, "fixed_effects", treated="dose", inference="classical")
    assert pair(classical) == pytest.approx((1.8, (0.9 / 1 / 2.5) ** 0.5))
    # scores by unit .6 and -.6; G/(G-1) = 2, (N-1)/(N-K) = 3/2 with one slope and one intercept
    clustered = run(TWO_UNITS, "fixed_effects", treated="dose")
    assert pair(clustered) == pytest.approx((1.8, (2 * 1.5 * 0.72 / 2.5**2) ** 0.5))


def test_first_differences_by_hand():
    frame = written("""
        unit | wave | on | y
        a    | 1    | 0  | 2
        a    | 2    | 1  | 7
        b    | 1    | 0  | 1
        b    | 2    | 0  | 2
        c    | 1    | 0  | 3
        c    | 2    | 0  | 6
    """)
    # changes 5 against 1 and 3; residual squares 2 over 3 - 2, times 1 + 1/2
    result = run(frame, "first_difference", inference="classical")
    assert pair(result) == pytest.approx((5 - 2, (2 * 1.5) ** 0.5))
    # without common changes only the unit that changes counts: 5; residual squares 1 + 9 over 3 - 1
    alone = run(frame, "first_difference", inference="classical", time_effects=False)
    assert pair(alone) == pytest.approx((5, (10 / 2) ** 0.5))


def test_two_way_effects_by_hand_are_the_change_beyond_the_common_change():
    frame = written("""
        unit | wave | on | y
        a    | 1    | 0  | 2
        a    | 2    | 1  | 7
        b    | 1    | 0  | 1
        b    | 2    | 0  | 2
        c    | 1    | 0  | 3
        c    | 2    | 0  | 6
    """)
    assert run(frame, "twfe", inference="classical").estimate == pytest.approx(5 - (1 + 3) / 2)


def test_random_effects_by_hand_of_a_constant_regressor_compare_unit_means():
    frame = written("""
        unit | wave | on | y
        a    | 1    | 1  | 3
        a    | 2    | 1  | 5
        b    | 1    | 0  | 1
        b    | 2    | 0  | 3
        c    | 1    | 0  | 0
        c    | 2    | 0  | 4
        d    | 1    | 1  | 6
        d    | 2    | 1  | 8
    """)
    # unit means 4 and 7 against 2 and 2, whatever the share of the unit variance
    assert run(frame, "random_effects").estimate == pytest.approx((4 + 7) / 2 - (2 + 2) / 2)


def dummies(frame: pd.DataFrame, *columns: str) -> np.ndarray:
    parts = [pd.get_dummies(frame[name], drop_first=place > 0) for place, name in enumerate(columns)]
    return np.column_stack(parts).astype(float)


@pytest.mark.parametrize("weights", [None, "weight"])
def test_two_way_effects_equal_least_squares_with_an_indicator_for_every_unit_and_wave(weights):
    frame = panel(units_per_cluster=2)
    regressors = np.column_stack([frame["on"], frame["x"], dummies(frame, "unit", "wave")])
    weight = np.ones(len(frame)) if weights is None else frame[weights]
    other = sm.WLS(frame["y"], regressors, weights=weight).fit()
    result = run(frame, "twfe", covariates=["x"], weights=weights, inference="classical")
    assert pair(result) == pytest.approx((other.params.iloc[0], other.bse.iloc[0]), rel=1e-9)
    assert result.df == other.df_resid


@pytest.mark.parametrize("n_units", [12, 30])
def test_clustered_errors_leave_out_nested_unit_effects(n_units):
    frame = panel(n_units=n_units, units_per_cluster=2)
    regressors = np.column_stack([frame["on"], dummies(frame, "unit", "wave")])
    codes = pd.factorize(frame["cluster"])[0]
    raw = sm.OLS(frame["y"], regressors).fit(
        cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False}, use_t=True
    )
    n, groups, counted = len(frame), codes.max() + 1, 1 + 4  # the slope, and as many as waves
    factor = groups / (groups - 1) * (n - 1) / (n - counted)
    result = run(frame, "twfe", cluster="cluster")
    assert result.std_error == pytest.approx(raw.bse.iloc[0] * factor**0.5, rel=1e-9)
    assert result.df == groups - 1


def test_clustered_errors_count_unit_effects_that_are_not_nested():
    frame = panel()
    frame = frame.assign(cluster=np.arange(len(frame)) % 13)
    regressors = np.column_stack([frame["on"], dummies(frame, "unit", "wave")])
    # statsmodels counts every column: the slope, all units and all waves but one
    other = sm.OLS(frame["y"], regressors).fit(
        cov_type="cluster", cov_kwds={"groups": frame["cluster"]}, use_t=True
    )
    result = run(frame, "twfe", cluster="cluster")
    assert result.std_error == pytest.approx(other.bse.iloc[0], rel=1e-9)
    assert any("Units change clusters" in note for note in result.notes)


def test_clustering_by_wave_counts_unit_effects_and_leaves_out_wave_effects():
    frame = panel()
    regressors = np.column_stack([frame["on"], dummies(frame, "unit", "wave")])
    raw = sm.OLS(frame["y"], regressors).fit(
        cov_type="cluster", cov_kwds={"groups": frame["wave"], "use_correction": False}, use_t=True
    )
    n, counted = len(frame), 1 + 30  # the slope and the units
    # Other diagonal entries are zero up to rounding, and a negative rounding has no root.
    expected = (raw.cov_params().iloc[0, 0] * (4 / 3 * (n - 1) / (n - counted))) ** 0.5
    assert run(frame, "twfe", cluster="wave").std_error == pytest.approx(expected, rel=1e-9)


def test_wave_indicators_equal_the_two_way_transformation_of_linearmodels():
    frame = panel().drop(index=[3, 17, 50, 51])
    indexed = frame.set_index(["unit", "wave"])
    other = PanelOLS(indexed["y"], indexed[["on", "x"]], entity_effects=True, time_effects=True)
    fitted = other.fit()
    result = run(frame, "twfe", covariates=["x"], inference="classical")
    assert pair(result) == pytest.approx((fitted.params["on"], fitted.std_errors["on"]), rel=1e-9)


@pytest.mark.parametrize("weights", [None, "weight"])
def test_first_differences_equal_linearmodels_where_no_wave_is_missing(weights):
    frame = panel(units_per_cluster=3)
    frame = frame.assign(weight=frame.groupby("unit")["weight"].transform("first"))
    indexed = frame.set_index(["unit", "wave"])
    weight = None if weights is None else indexed[weights]
    model = FirstDifferenceOLS(indexed["y"], indexed[["on", "x"]], weights=weight)
    codes = pd.DataFrame({"c": pd.factorize(indexed["cluster"])[0]}, index=indexed.index)
    other = model.fit(cov_type="clustered", clusters=codes, group_debias=True)
    result = run(
        frame, "first_difference", covariates=["x"], weights=weights, cluster="cluster", time_effects=False
    )
    assert pair(result) == pytest.approx((other.params["on"], other.std_errors["on"]), rel=1e-9)


def test_first_differences_take_no_change_over_a_gap():
    frame = panel().drop(index=[1])  # the first unit's second of four waves
    result = run(frame, "first_difference")
    assert result.n == 30 * 3 - 2
    assert [(entry.reason, entry.count) for entry in result.sample.dropped] == [
        ("no data in the wave before or after", 1)
    ]


def test_random_effects_lie_between_fixed_effects_and_pooled_least_squares():
    frame = panel()
    pooled = sm.OLS(frame["y"], sm.add_constant(frame[["x"]])).fit().params["x"]
    fixed, random = (run(frame, name, treated="x").estimate for name in ("fixed_effects", "random_effects"))
    assert min(fixed, pooled) <= random <= max(fixed, pooled)


@pytest.mark.parametrize("method", ["fixed_effects", "first_difference", "twfe"])
def test_what_is_constant_in_a_unit_leaves_effect_and_error_alone(method):
    frame = panel()
    base = run(frame, method)
    lift = frame["unit"].map({name: 3.0 * place for place, name in enumerate(frame["unit"].unique())})
    assert pair(run(frame.assign(y=frame["y"] + lift), method)) == pytest.approx(pair(base), rel=1e-9)


@pytest.mark.parametrize("method", ["first_difference", "twfe"])
def test_what_is_common_to_a_wave_leaves_effect_and_error_alone(method):
    frame = panel()
    lifted = frame.assign(y=frame["y"] + (frame["wave"] - 2000) ** 2)
    assert pair(run(lifted, method)) == pytest.approx(pair(run(frame, method)), rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_a_regressor_in_other_units_scales_its_effect(method):
    frame = panel()
    base = run(frame, method, treated="dose", covariates=["x"])
    scaled = run(
        frame.assign(dose=frame["dose"] / 1e9, x=frame["x"] * 1e9), method, treated="dose", covariates=["x"]
    )
    assert pair(scaled) == pytest.approx((base.estimate * 1e9, base.std_error * 1e9), rel=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_equal_weights_are_no_weights(method):
    frame = panel()
    weighted = run(frame.assign(w=2.5), method, weights="w")
    assert pair(weighted) == pytest.approx(pair(run(frame, method)), rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_the_effect_that_made_the_data_is_found_within_three_errors(method):
    result = run(panel(n_units=300, seed=5), method, covariates=["x"], time_effects=True) if (
        method != "twfe"
    ) else run(panel(n_units=300, seed=5), method, covariates=["x"])  # fmt: skip
    assert abs(result.estimate - 2.0) < 3 * result.std_error


def test_every_coefficient_can_be_read_and_the_effect_stands_first():
    result = run(panel(), "twfe", covariates=["x"])
    names = list(result.tidy(terms="all")["term"])
    assert names == ["on", "x", "wave=2001", "wave=2002", "wave=2003"]
    assert list(result.tidy()["term"]) == ["on"]


def test_a_unit_seen_once_stays_in_n_and_is_mentioned():
    frame = panel().drop(index=[0, 1, 2])
    result = run(frame, "twfe")
    assert result.n == len(frame)
    assert any("1 of 30 units have one wave only" in note for note in result.notes)


@pytest.mark.parametrize(
    ("method", "change", "code", "column"),
    [
        ("twfe", {"x": 1.0}, "M-VARIATION", "x"),
        ("fixed_effects", {"x": "group"}, "M-VARIATION", "x"),
        ("twfe", {"x": "wave"}, "M-COLLINEAR", "x"),
        ("first_difference", {"x": "wave"}, "M-COLLINEAR", "x"),
        ("random_effects", {"x": "on"}, "M-COLLINEAR", "on"),
        ("fixed_effects", {"on": 1.0}, "M-VARIATION", "on"),
        ("first_difference", {"on": "group"}, "M-VARIATION", "on"),
    ],
)
def test_regressors_that_cannot_be_told_apart_are_refused_by_name(method, change, code, column):
    frame = panel()
    made = {name: frame[value] if isinstance(value, str) else value for name, value in change.items()}
    with pytest.raises(MandeError) as caught:
        run(frame.assign(**made), method, covariates=["x"])
    assert [(problem.code.id, problem.place.column) for problem in caught.value.problems] == [(code, column)]


def test_large_values_that_are_constant_in_a_unit_are_still_recognised():
    frame = panel()
    place = pd.factorize(frame["unit"])[0]
    with pytest.raises(MandeError, match="no variation left"):
        run(frame.assign(x=1e9 + place / 7), "twfe", covariates=["x"])
    shifted = run(frame.assign(x=1e9 + frame["x"]), "twfe", covariates=["x"])
    assert pair(shifted) == pytest.approx(pair(run(frame, "twfe", covariates=["x"])), rel=1e-6)


def test_nearly_collinear_regressors_are_refused_and_merely_correlated_ones_are_not():
    frame = panel()
    noise = np.random.default_rng(3).normal(size=len(frame))
    with pytest.raises(MandeError, match="M-COLLINEAR"):
        run(frame.assign(near=frame["x"] + 1e-12 * noise), "twfe", covariates=["x", "near"])
    assert run(frame.assign(near=frame["x"] + 1e-4 * noise), "twfe", covariates=["x", "near"]).n == 120


@pytest.mark.parametrize("method", ["random_effects", "first_difference"])
def test_units_that_change_clusters_are_refused_where_the_error_needs_them_not_to(method):
    frame = panel().assign(cluster=lambda data: np.arange(len(data)) % 7)
    with pytest.raises(MandeError, match="30 of 30 units in more than one cluster"):
        run(frame, method, cluster="cluster")


@pytest.mark.parametrize("method", METHODS)
def test_one_cluster_is_refused(method):
    with pytest.raises(MandeError) as caught:
        run(panel().assign(cluster="all"), method, cluster="cluster")
    assert "M-CLUSTERS" in [problem.code.id for problem in caught.value.problems]


@pytest.mark.parametrize("method", METHODS)
def test_too_few_rows_are_refused(method):
    with pytest.raises(MandeError, match="M-ROWS"):
        run(panel(n_units=2, n_waves=2), method, treated="x", covariates=["weight"])


def test_a_table_without_a_complete_row_is_refused_with_what_was_dropped():
    for method in (*METHODS, "did"):
        with pytest.raises(MandeError, match="120 rows: no value of y"):
            run(panel().assign(y=np.nan), method)
