"""Faults that other libraries have and that reach no user here, one test each.

Versions in which each was seen: pyfixest 0.50 to 0.60, linearmodels 7.1, diff-diff 3.13, statsmodels 0.15.
That clustered errors depend on neither the hash seed nor the order of rows is in `test_determinism`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from mande.errors import MandeError
from mande.impact import estimate
from mande.results import Estimate
from tests.impact.tables import panel, textbook
from tests.impact.test_two_periods import TRAINEE, trainees, trainees_in_two_waves

CALL: dict[str, Any] = {"outcome": "y", "treated": "on", "unit": "unit", "time": "wave"}
FIRMS: dict[str, Any] = {"outcome": "lscrap", "treated": "grant", "unit": "fcode", "time": "year"}
KIELMC: dict[str, Any] = {"method": "did", "outcome": "rprice", "treated": "nearinc", "time": "y81"}
LOCK = Path(__file__).resolve().parents[2] / "requirements" / "runtime.txt"


def effect(result: Estimate) -> tuple[float, float]:
    return result.estimate, result.std_error


def codes_of(frame: pd.DataFrame, **arguments: Any) -> list[str]:
    with pytest.raises(MandeError) as caught:
        estimate(frame, **arguments)
    return [problem.code.id for problem in caught.value.problems]


def clustered_by_hand(frame: pd.DataFrame, cluster: str, not_nested: int) -> tuple[float, float]:
    """Unit and wave effects as columns of statsmodels; the factor counts `not_nested` columns."""
    fitted = smf.ols("y ~ on + C(unit) + C(wave)", frame).fit()
    x, left = fitted.model.exog, fitted.resid.to_numpy()
    scores = pd.DataFrame(x * left[:, None]).groupby(frame[cluster].to_numpy()).sum().to_numpy()
    bread = np.linalg.pinv(x.T @ x)
    place = fitted.model.exog_names.index("on")
    variance = float((bread @ scores.T @ scores @ bread)[place, place])
    n, g = len(frame), len(scores)
    return fitted.params["on"], np.sqrt(variance * g / (g - 1) * (n - 1) / (n - not_nested))


@pytest.mark.parametrize("cluster", ["unit", "cluster"])
def test_effects_within_clusters_are_never_counted_in_the_factor(cluster):
    """pyfixest counts them or not, by the hash seed: on 12 villages in 8 waves, .39175 or .40720."""
    frame = panel(n_units=24, n_waves=8, units_per_cluster=2)
    # One slope, one intercept, seven waves
    expected = clustered_by_hand(frame, cluster, not_nested=9)
    result = estimate(frame, method="twfe", cluster=cluster, inference="CR1", **CALL)
    assert effect(result) == pytest.approx(expected, rel=1e-9)
    counted = clustered_by_hand(frame, cluster, not_nested=9 + 23)[1]
    assert counted > 1.05 * expected[1]


def test_imputation_works_with_one_wave_before_the_start():
    """The did2s of pyfixest fails there; with one cohort and two waves it is the difference of changes."""
    frame = panel(n_units=12, n_waves=2).assign(first=lambda d: np.where(d["group"] == 1, 2001, 0))
    result = estimate(
        frame, method="imputation", outcome="y", unit="unit", time="wave", first_treated="first"
    )
    did = estimate(frame, method="did", **(CALL | {"treated": "group"}))
    assert result.estimate == pytest.approx(did.estimate, rel=1e-9)


@pytest.mark.parametrize("kind", ["HC2", "HC3"])
def test_leverage_corrected_errors_have_no_further_factor(kind):
    frame = textbook("kielmc")
    peer = smf.ols("rprice ~ nearinc * y81", frame).fit(cov_type=kind)
    result = estimate(frame, inference=kind, **KIELMC)
    assert result.std_error == pytest.approx(peer.bse["nearinc:y81"], rel=1e-9)


@pytest.mark.parametrize("kind", ["HC2", "HC3"])
def test_leverage_corrected_errors_are_refused_where_unit_effects_leave_them_undefined(kind):
    assert codes_of(panel(), method="twfe", inference=kind, **CALL) == ["M-PAIR"]


def test_randomisation_replays_two_way_fixed_effects():
    result = estimate(panel(), method="twfe", inference="randomisation", replays=99, **CALL)
    assert 0.01 <= result.p_value <= 1


def test_two_waves_have_the_error_of_their_changes():
    """linearmodels counts a unit effect for every second row: its error is 41 % larger."""
    frame = textbook("jtrain").query("year < 1989")
    levels = estimate(frame, method="twfe", **FIRMS)
    assert levels.std_error == pytest.approx(0.171407, abs=5e-7, rel=0)
    changes = estimate(frame, method="first_difference", **FIRMS)
    assert levels.estimate == pytest.approx(changes.estimate, rel=1e-9)
    # (n - 1) / (n - K): 107 / 105 of the levels, 53 / 52 of the changes
    factor = np.sqrt(107 / 105 / (53 / 52))
    assert levels.std_error == pytest.approx(changes.std_error * factor, rel=1e-9)


def test_random_effects_of_a_panel_with_gaps_and_waves_named_by_words():
    """linearmodels needs to be asked for plm's variances, and refuses waves that are words."""
    frame = panel()[lambda d: d.index % 7 != 3]
    words = frame.assign(wave="round " + frame["wave"].astype(str))
    by_number = estimate(frame, method="random_effects", inference="classical", **CALL)
    by_word = estimate(words, method="random_effects", inference="classical", **CALL)
    assert effect(by_word) == effect(by_number)


def test_doubly_robust_weights_sum_to_one():
    """Divided by the expected and not the actual sum of the odds, the effect is another one."""
    wide = trainees()[["re75", "re78", "treat", *TRAINEE]].astype(float)
    d, change = wide["treat"].to_numpy(), (wide["re78"] - wide["re75"]).to_numpy()
    x = np.column_stack([np.ones(len(wide)), wide[list(TRAINEE)]])
    chance = smf.logit("treat ~ " + " + ".join(TRAINEE), wide).fit(disp=0).predict()
    other = d == 0
    left = change - x @ np.linalg.lstsq(x[other], change[other], rcond=None)[0]
    odds = (1 - d) * chance / (1 - chance)
    normalised = left[d == 1].mean() - np.average(left, weights=odds)
    not_normalised = left[d == 1].mean() - (odds * left).sum() / d.sum()
    result = estimate(
        trainees_in_two_waves(), method="doubly_robust", outcome="pay", treated="treat", unit="person",
        time="year", covariates=TRAINEE,
    )  # fmt: skip
    assert result.estimate == pytest.approx(normalised, rel=1e-6)
    assert result.estimate != pytest.approx(not_normalised, rel=1e-6)


def test_a_difference_in_differences_of_a_panel_knows_that_units_come_twice():
    frame = trainees_in_two_waves()
    call: dict[str, Any] = {"method": "did", "outcome": "pay", "treated": "treat", "time": "year"}
    linked = estimate(frame, unit="person", **call)
    change = trainees().assign(change=lambda d: d["re78"] - d["re75"])
    peer = smf.ols("change ~ treat", change).fit(cov_type="HC1")
    assert linked.estimate == pytest.approx(peer.params["treat"], rel=1e-6)
    # As many clusters as rows: the factor of CR1 is that of the two columns, up to (n - 1) / n twice
    assert linked.std_error == pytest.approx(peer.bse["treat"], rel=5e-3)
    apart = estimate(frame, inference="HC1", **call)
    assert abs(apart.std_error / linked.std_error - 1) > 0.01


def test_a_treated_column_that_may_be_missing_is_read():
    frame = panel()
    nullable = frame.assign(on=frame["on"].astype("boolean"))
    assert estimate(nullable, method="twfe", **CALL) == estimate(frame, method="twfe", **CALL)


def test_rows_without_an_outcome_leave_their_clusters_aligned():
    frame = panel(units_per_cluster=3)
    gaps = frame.assign(y=frame["y"].mask(frame.index % 9 == 2))
    result = estimate(gaps, method="twfe", cluster="cluster", **CALL)
    complete = estimate(gaps.dropna(subset="y"), method="twfe", cluster="cluster", **CALL)
    assert effect(result) == effect(complete)
    assert sum(entry.count for entry in result.sample.dropped) == int(gaps["y"].isna().sum())


def test_a_combination_of_other_columns_is_named_and_no_huge_coefficient_given():
    frame = panel().assign(double=lambda d: 2 * d["x"] - d["dose"])
    call = CALL | {"covariates": ["x", "dose", "double"]}
    assert codes_of(frame, method="twfe", **call) == ["M-COLLINEAR"]


def test_one_model_and_one_clustering_state_which_p_value_they_give():
    frame = textbook("kielmc")
    clustered = estimate(frame, cluster="cbd", inference="CR1", **KIELMC)
    t = abs(clustered.estimate / clustered.std_error)
    # Normal, t with n - k and t with clusters - 1: others print each of them.
    others = (2 * stats.norm.sf(t), 2 * stats.t.sf(t, 321 - 4), 2 * stats.t.sf(t, 33))
    assert others == pytest.approx((0.0732, 0.0741, 0.0824), abs=5e-5)
    assert (clustered.reference.kind, clustered.reference.df) == ("t", 33)
    assert clustered.p_value == pytest.approx(others[2], rel=1e-12)
    reduced = estimate(frame, cluster="cbd", inference="CR2", **KIELMC)
    assert reduced.p_value == pytest.approx(0.1142, abs=5e-5)
    assert reduced.reference.df == pytest.approx(10.813368, rel=1e-6)


def test_a_missing_cohort_is_asked_about():
    frame = panel().assign(first=lambda d: d["first"].where(d["first"] > 0))
    call = {"outcome": "y", "unit": "unit", "time": "wave", "first_treated": "first"}
    for method in ("callaway_santanna", "imputation", "sun_abraham", "etwfe", "event_study"):
        assert "M-COHORT" in codes_of(frame, method=method, **call)


def test_a_unit_with_two_rows_in_a_wave_is_refused():
    frame = pd.concat([panel(), panel().iloc[[5]]])
    for method in (
        "twfe", "fixed_effects", "random_effects", "correlated_random_effects", "first_difference",
    ):  # fmt: skip
        assert "M-DUPLICATE" in codes_of(frame, method=method, **CALL)


@pytest.mark.parametrize(
    "name", ["torch", "numba", "honestdid", "differences", "wildboottest", "pyfixest", "diff-diff", "csdid"]
)
def test_no_compiler_and_no_package_with_wrong_numbers_is_needed_to_run(name):
    locked = re.findall(r"^([A-Za-z0-9_.-]+)==", LOCK.read_text("utf-8"), flags=re.MULTILINE)
    assert "numpy" in locked
    assert name not in locked
