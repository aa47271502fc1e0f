"""Staggered starts: by hand, laws, and what is refused or left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from mande.errors import MandeError
from mande.impact import estimate
from mande.impact import problems as codes
from mande.results import Estimate
from tests.impact.tables import panel, written

METHODS = ("callaway_santanna", "event_study", "imputation", "sun_abraham", "etwfe")
CALL: dict[str, Any] = {"outcome": "y", "unit": "unit", "time": "wave", "first_treated": "first"}


def run(frame: pd.DataFrame, method: str, **arguments: Any) -> Estimate:
    return estimate(frame, method=method, **(CALL | arguments))


def values(result: Estimate) -> dict[str, tuple[float, float]]:
    return {term.name: (term.estimate, term.std_error) for term in result.terms}


def refused(frame: pd.DataFrame, method: str, **arguments: Any) -> MandeError:
    with pytest.raises(MandeError) as caught:
        run(frame, method, **arguments)
    return caught.value


SMALL = """
    unit | wave | first | y
    a    | 1    | 2     | 10
    a    | 2    | 2     | 15
    a    | 3    | 2     | 18
    b    | 1    | 3     | 4
    b    | 2    | 3     | 5
    b    | 3    | 3     | 9
    c    | 1    | 0     | 7
    c    | 2    | 0     | 8
    c    | 3    | 0     | 10
    d    | 1    | 0     | 1
    d    | 2    | 0     | 4
    d    | 3    | 0     | 4
"""


def test_effects_of_cohorts_are_differences_of_mean_changes():
    found = values(run(written(SMALL), "callaway_santanna"))
    # never treated change by (1 + 3) / 2 = 2 to wave 2, by (3 + 3) / 2 = 3 to wave 3, by 1 in between
    assert found["ATT(2, 2)"][0] == pytest.approx(5 - 2)
    assert found["ATT(2, 3)"][0] == pytest.approx(8 - 3)
    assert found["ATT(3, 2)"][0] == pytest.approx(1 - 2)
    assert found["ATT(3, 3)"][0] == pytest.approx(4 - 1)
    assert found["ATT"][0] == pytest.approx((3 + 5 + 3) / 3)
    assert found["ATT (dynamic)"][0] == pytest.approx((3 + 5) / 2)
    assert found["ATT (group)"][0] == pytest.approx((4 + 3) / 2)
    assert found["ATT (calendar)"][0] == pytest.approx((3 + 4) / 2)


def test_units_not_yet_treated_join_the_comparison():
    found = values(run(written(SMALL), "callaway_santanna", control_group="not_yet_treated"))
    assert found["ATT(2, 2)"][0] == pytest.approx(5 - (1 + 3 + 1) / 3)
    assert found["ATT(2, 3)"][0] == pytest.approx(8 - 3)


def test_a_universal_base_compares_waves_before_with_the_last_one_before():
    result = run(written(SMALL), "callaway_santanna", base_period="universal")
    found = values(result)
    # b changes by -1 from wave 2 back to wave 1, the never treated by -2
    assert found["ATT(3, 1)"][0] == pytest.approx(-1 + 2)
    assert "ATT(3, 2)" not in found
    base = [row for row in result.tables["att_gt"].records() if row["wave"] == row["base_wave"]]
    assert [row["reason"] for row in base] == [
        "the wave that changes are measured from: zero by definition"
    ] * 2


def test_anticipation_moves_the_base_and_drops_cohorts_without_one():
    small = written(SMALL)
    twice = pd.concat([small, small.assign(unit=small["unit"] + "2")])
    result = run(twice, "callaway_santanna", anticipation=1)
    # cohort 2 has no wave before 2 - 1; b from wave 1 to wave 3: 5, never treated: 3
    assert values(result)["ATT"][0] == pytest.approx(5 - 3)
    assert [entry.count for entry in result.sample.dropped] == [6]


def test_imputed_effects_by_hand():
    # c and d are there in all waves and b in the first two: the change to wave 2 is (1 + 1 + 3) / 3.
    found = values(run(written(SMALL), "imputation"))
    assert found["ATT(2, 2)"][0] == pytest.approx(5 - 5 / 3)
    rows = written(SMALL)
    untreated = (rows["first"] == 0) | (rows["wave"].astype(int) < rows["first"])
    full = pd.get_dummies(rows[["unit", "wave"]].astype(str), dtype=float).to_numpy()
    effects = np.linalg.lstsq(full[untreated], rows.loc[untreated, "y"])[0]
    gap = (rows["y"] - full @ effects)[~untreated]
    assert found["ATT"][0] == pytest.approx(gap.mean())


def test_an_imputed_error_is_the_sum_of_weighted_noise_by_hand():
    frame = panel()
    result = run(frame, "imputation")
    untreated = ((frame["first"] == 0) | (frame["wave"] < frame["first"])).to_numpy()
    full = pd.get_dummies(frame[["unit", "wave"]].astype(str), dtype=float).to_numpy()
    inverse = np.linalg.pinv(full[untreated].T @ full[untreated])
    y = frame["y"].to_numpy()
    gap = y - full @ inverse @ full[untreated].T @ y[untreated]
    weight = np.where(untreated, 0.0, 1 / (~untreated).sum())
    weight[untreated] = -full[untreated] @ inverse @ full[~untreated].T @ weight[~untreated]
    noise = pd.Series(gap).where(
        untreated, gap - pd.Series(gap).groupby([frame["first"], frame["wave"]]).transform("mean")
    )
    by_unit = (noise * weight).groupby(frame["unit"]).sum()
    assert result.estimate == pytest.approx(weight @ y, rel=1e-9)
    assert result.std_error == pytest.approx(np.sqrt((by_unit**2).sum()), rel=1e-9)


def dummies(frame: pd.DataFrame, columns: pd.DataFrame) -> Any:
    """Return statsmodels' CR1 fit with every unit and wave as a column."""
    effects = pd.get_dummies(frame[["unit", "wave"]].astype(str), drop_first=True, dtype=float)
    full = sm.add_constant(pd.concat([columns.astype(float), effects], axis=1))
    groups = frame["unit"].astype("category").cat.codes
    return sm.OLS(frame["y"], full).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)


def small_sample(n: int, n_effects: int, columns: int, waves: int) -> float:
    """Return what turns statsmodels' CR1, which counts unit effects, into one that does not."""
    return float(np.sqrt((n - columns - n_effects - waves + 1) / (n - columns - waves)))


def test_an_event_study_is_a_regression_on_waves_since_the_start():
    frame = panel()
    after = (frame["wave"] - frame["first"]).where(frame["first"] > 0)
    events = [event for event in sorted(after.dropna().unique()) if event != -1]
    columns = pd.DataFrame({f"event={event:g}": after == event for event in events})
    reference = dummies(frame, columns)
    found = values(run(frame, "event_study"))
    factor = small_sample(120, 30, len(events), 4)
    for name in columns:
        assert found[name] == pytest.approx((reference.params[name], reference.bse[name] * factor), rel=1e-8)
    late = [name for name in columns if "-" not in name]
    share = columns[late].sum() / columns[late].sum().sum()
    covariance = reference.cov_params().loc[late, late]
    assert found["ATT"] == pytest.approx(
        (share @ reference.params[late], np.sqrt(share @ covariance @ share) * factor), rel=1e-8
    )


def test_cohorts_by_sun_and_abraham_are_a_regression_on_cohorts_and_waves():
    frame = panel()
    after = frame["wave"] - frame["first"]
    cells = sorted({*zip(frame["first"], after, strict=True)})
    columns = pd.DataFrame(
        {
            f"cohort={first}:event={event}": (frame["first"] == first) & (after == event)
            for first, event in cells
            if first > 0 and event != -1
        }
    )
    reference = dummies(frame, columns)
    found = values(run(frame, "sun_abraham"))
    factor = small_sample(120, 30, columns.shape[1], 4)
    for name in columns:
        assert found[name] == pytest.approx((reference.params[name], reference.bse[name] * factor), rel=1e-8)


def test_two_waves_give_the_two_by_two_estimate_by_every_method():
    frame = panel().query("wave in (2000, 2003)")
    frame = frame.assign(first=np.where(frame["group"] == 1, 2003, 0))
    plain = estimate(frame, method="did", outcome="y", treated="group", unit="unit", time="wave")
    for method in METHODS:
        assert run(frame, method).estimate == pytest.approx(plain.estimate, rel=1e-9)


def test_extended_two_way_effects_equal_imputation_in_a_balanced_panel():
    frame = panel()
    imputed, extended = (values(run(frame, method)) for method in ("imputation", "etwfe"))
    for name in ("ATT", "ATT(2002, 2002)", "ATT(2002, 2003)", "ATT(2003, 2003)"):
        assert extended[name][0] == pytest.approx(imputed[name][0], rel=1e-9)


def test_extended_two_way_effects_with_covariates_equal_imputation_with_trends_in_them():
    frame = panel()
    first = frame.groupby("unit")["x"].transform("first")
    trends = {f"x{wave}": first * (frame["wave"] == wave) for wave in (2001, 2002, 2003)}
    imputed = run(frame.assign(**trends), "imputation", covariates=[*trends])
    assert run(frame, "etwfe", covariates=["x"]).estimate == pytest.approx(imputed.estimate, rel=1e-8)


def test_sun_and_abraham_equal_callaway_and_santanna_in_a_balanced_panel():
    frame = panel()
    cohorts = values(run(frame, "sun_abraham"))
    cells = values(run(frame, "callaway_santanna", base_period="universal"))
    assert cohorts["ATT"][0] == pytest.approx(cells["ATT"][0], rel=1e-9)
    assert cohorts["cohort=2003:event=-3"][0] == pytest.approx(cells["ATT(2003, 2000)"][0], rel=1e-9)


def test_adding_a_later_cohort_changes_no_other_effect():
    frame = panel(n_waves=5)
    late = sorted(frame["first"].unique())[-1]
    fewer = values(run(frame[frame["first"] != late], "callaway_santanna"))
    more = values(run(frame, "callaway_santanna"))
    cells = [name for name in fewer if name.startswith("ATT(2")]
    assert len(cells) == 4
    # psi is scaled by the number of units, so that errors stay the same as well
    assert {name: more[name] for name in cells} == {
        name: pytest.approx(fewer[name], rel=1e-9) for name in cells
    }


@pytest.mark.parametrize("method", METHODS)
def test_units_of_money_scale_through(method):
    frame = panel()
    base = values(run(frame, method))
    scaled = values(run(frame.assign(y=frame["y"] * 1e6 + 5e8), method))
    for name, (value, error) in base.items():
        assert scaled[name] == pytest.approx((value * 1e6, error * 1e6), rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_names_of_units_and_waves_do_not_matter(method):
    frame = panel()
    renamed = frame.assign(
        unit=frame["unit"].map({unit: f"x{99 - place}" for place, unit in enumerate(frame["unit"].unique())}),
        wave=frame["wave"] - 1990,
        first=np.where(frame["first"] == 0, np.inf, frame["first"] - 1990.0),
    )
    base, again = run(frame, method), run(renamed, method)
    assert (again.estimate, again.std_error) == pytest.approx((base.estimate, base.std_error), rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_common_to_a_wave_or_a_unit_leaves_effects_alone(method):
    frame = panel()
    moved = frame.assign(y=frame["y"] + 7 * (frame["wave"] - 2000) ** 2 + frame["unit"].str[1:].astype(int))
    base, again = run(frame, method), run(moved, method)
    assert (again.estimate, again.std_error) == pytest.approx((base.estimate, base.std_error), rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_weights_of_two_count_as_two_units(method):
    frame = panel()
    twice = frame.assign(weight=np.where(frame["cluster"] < "c10", 2.0, 1.0))
    copies = pd.concat([twice, twice[twice["weight"] == 2].assign(unit=lambda d: d["unit"] + "b")])
    weighted = run(twice, method, weights="weight")
    assert weighted.estimate == pytest.approx(run(copies, method).estimate, rel=1e-9)


def test_weights_and_covariates_together_count_as_units_too():
    frame = panel(n_units=90)
    twice = frame.assign(weight=np.where(frame["cluster"] < "c40", 2.0, 1.0))
    copies = pd.concat([twice, twice[twice["weight"] == 2].assign(unit=lambda d: d["unit"] + "b")])
    for adjustment in ("doubly_robust", "ipw", "outcome_regression"):
        options: dict[str, Any] = {"covariates": ["x"], "adjustment": adjustment}
        weighted = run(twice, "callaway_santanna", weights="weight", **options)
        assert weighted.estimate == pytest.approx(
            run(copies, "callaway_santanna", **options).estimate, rel=1e-8
        )


def test_errors_are_those_of_resampled_units():
    frame = panel(n_units=150)
    result = run(frame, "callaway_santanna", covariates=["x"], aggregation="group")
    rng = np.random.default_rng(7)
    units = frame["unit"].unique()
    by_unit = dict(list(frame.groupby("unit")))
    draws = []
    for _ in range(200):
        drawn = [by_unit[unit].assign(unit=place) for place, unit in enumerate(rng.choice(units, len(units)))]
        draws.append(
            run(pd.concat(drawn), "callaway_santanna", covariates=["x"], aggregation="group").estimate
        )
    # The deviation of 200 draws is known to 5 %; three times that, and the bootstrap's own excess.
    assert np.std(draws, ddof=1) == pytest.approx(result.std_error, rel=0.2)


def test_bands_are_wider_than_intervals_and_repeat_with_the_seed():
    frame = panel(n_units=60)
    result = run(frame, "callaway_santanna", aggregation="dynamic", seed=3)
    bands = result.bands().set_index("term")
    rows = result.tidy(terms="all").set_index("term").loc[bands.index]
    assert list(bands.index) == ["event=-2", "event=-1", "event=0", "event=1"]
    assert (bands["high"] > rows["ci_high"]).all()
    assert run(frame, "callaway_santanna", aggregation="dynamic", seed=3).bands().equals(result.bands())
    assert not run(frame, "callaway_santanna", aggregation="dynamic", seed=4).bands().equals(result.bands())


def test_errors_are_clustered_where_treatment_was_given_out():
    frame = panel(units_per_cluster=3, n_units=60)
    for method in METHODS:
        result = run(frame, method, cluster="cluster")
        assert (result.n_clusters, result.cluster) == (20, "cluster")
        assert result.std_error != pytest.approx(run(frame, method).std_error, rel=1e-3)


# What is refused, left out, or told


@pytest.mark.parametrize("method", METHODS)
def test_a_missing_start_is_an_error(method):
    frame = panel().astype({"first": float})
    frame.loc[frame["unit"] == "u001", "first"] = np.nan
    error = refused(frame, method)
    assert [problem.code for problem in error.problems] == [codes.COHORT]
    assert "4 missing" in str(error)


@pytest.mark.parametrize("start", [-np.inf, "soon"])
def test_a_start_that_is_no_wave_is_an_error(start):
    frame = panel().astype({"first": object})
    frame.loc[frame["unit"] == "u001", "first"] = start
    error = refused(frame, "callaway_santanna")
    assert [problem.code for problem in error.problems] == [codes.COHORT]
    assert f"no wave of the table: {start}" in str(error)


@pytest.mark.parametrize("method", METHODS)
def test_a_start_that_changes_within_a_unit_is_an_error(method):
    frame = panel()
    frame.loc[5, "first"] = 2001
    error = refused(frame, method)
    assert [problem.code for problem in error.problems] == [codes.STARTS]
    assert "1 of 30 units" in str(error)


@pytest.mark.parametrize("method", METHODS)
def test_treatment_that_ends_is_an_error(method):
    frame = panel()
    on = frame["on"].where(~((frame["unit"] == "u002") & (frame["wave"] == 2003)), 0)
    error = refused(frame.assign(on=on), method, treated="on")
    assert [problem.code for problem in error.problems] == [codes.SWITCH]
    assert "1 rows do not agree with first, 1 of them off after the start" in str(error)
    assert run(frame, method, treated="on").estimate == run(frame, method).estimate


@pytest.mark.parametrize("method", METHODS)
def test_units_treated_from_the_first_wave_on_are_dropped_and_counted(method):
    frame = panel()
    base = run(frame, method)
    always = frame[frame["first"] == 0].assign(unit=lambda d: d["unit"] + "x", first=2000)
    result = run(pd.concat([frame, always]), method)
    assert result.estimate == pytest.approx(base.estimate, rel=1e-12)
    assert [(entry.reason, entry.count) for entry in result.sample.dropped] == [
        ("unit already treated in the first wave", 40)
    ]
    before = pd.concat([frame, always.assign(first=1995)])
    assert run(before, method).sample.dropped == result.sample.dropped


@pytest.mark.parametrize("method", METHODS)
def test_units_that_start_after_the_last_wave_count_as_never_treated_and_are_told(method):
    frame = panel()
    later = frame.assign(first=frame["first"].where(frame["first"] > 0, 2010))
    result = run(later, method)
    assert result.estimate == pytest.approx(run(frame, method).estimate, rel=1e-12)
    assert any("10 units start after the last wave" in note for note in result.notes)


@pytest.mark.parametrize("method", METHODS)
def test_units_not_seen_before_their_start_are_dropped_and_counted(method):
    frame = panel()
    lost = frame[~((frame["unit"] == "u002") & (frame["wave"] < 2002))]
    result = run(lost, method)
    assert result.sample.dropped[-1].reason == "unit without data before its start"
    assert result.n_units == 29


@pytest.mark.parametrize("method", METHODS)
def test_one_wave_before_the_start_is_told(method):
    frame = panel().query("wave >= 2002")
    frame = frame[frame["first"] != 2002]
    assert any("parallel trends cannot be looked into" in note for note in run(frame, method).notes)


@pytest.mark.parametrize("method", METHODS)
def test_nobody_to_compare_with_is_an_error(method):
    frame = panel()
    one = frame[frame["first"] == 2002]
    assert [problem.code for problem in refused(one, method).problems] == [codes.CELL]
    none = frame[frame["first"] == 0]
    assert [problem.code for problem in refused(none, method).problems] == [codes.CELL]


def test_never_treated_controls_asked_for_and_absent_is_an_error():
    frame = panel().query("first > 0")
    assert "never_treated" in str(refused(frame, "callaway_santanna"))
    result = run(frame, "callaway_santanna", control_group="not_yet_treated")
    absent = [row for row in result.tables["att_gt"].records() if row["reason"]]
    assert {(row["cohort"], row["wave"]) for row in absent} == {
        ("2002", "2003"),
        ("2003", "2002"),
        ("2003", "2003"),
    }
    assert all(row["estimate"] is None for row in absent)
    assert any("2 effects from the start on cannot be worked out" in note for note in result.notes)


@pytest.mark.parametrize("method", ["imputation", "sun_abraham", "etwfe"])
def test_waves_in_which_everybody_is_treated_are_left_out(method):
    frame = panel().query("first > 0")
    result = run(frame, method)
    assert [(entry.reason, entry.count) for entry in result.sample.dropped] == [
        ("wave in which every unit is treated", 20)
    ]
    not_yet = run(frame, "callaway_santanna", control_group="not_yet_treated")
    if method == "sun_abraham":
        assert result.estimate == pytest.approx(not_yet.estimate, rel=1e-9)


@pytest.mark.parametrize("method", ["imputation", "etwfe"])
def test_waves_since_the_start_count_waves_left_out(method):
    frame = panel()
    result = run(frame[(frame["wave"] != 2002) | (frame["on"] == 1)], method, aggregation="dynamic")
    assert [(entry.reason, entry.count) for entry in result.sample.dropped] == [
        ("wave in which every unit is treated", 10)
    ]
    # Those who start in 2002 are seen one wave after, those of 2003 at once.
    assert {"ATT(2002, 2003)", "ATT(2003, 2003)", "event=0", "event=1"} <= set(values(result))
    assert values(result)["event=1"] == values(result)["ATT(2002, 2003)"]


def test_an_event_study_without_never_treated_units_says_what_it_takes_as_zero():
    result = run(panel().query("first > 0"), "event_study")
    assert any("event=-3 is taken as zero too" in note for note in result.notes)


@pytest.mark.parametrize("method", METHODS)
def test_an_outcome_that_never_moves_is_an_error(method):
    assert codes.OUTCOME in [p.code for p in refused(panel().assign(y=3.0), method).problems]


@pytest.mark.parametrize("method", METHODS)
def test_a_covariate_without_variation_is_an_error(method):
    frame = panel().assign(flat=1.0)
    assert codes.VARIATION in [p.code for p in refused(frame, method, covariates=["flat"]).problems]


@pytest.mark.parametrize("method", METHODS)
def test_duplicates_single_clusters_and_unknown_order_are_errors(method):
    frame = panel().assign(all="all")
    assert codes.DUPLICATE in [p.code for p in refused(pd.concat([frame, frame[:1]]), method).problems]
    assert codes.CLUSTERS in [p.code for p in refused(frame, method, cluster="all").problems]
    words = {2000: "spring", 2001: "summer", 2002: "autumn", 2003: "winter", 0: 0}
    renamed = frame.assign(wave=frame["wave"].map(words), first=frame["first"].map(words))
    assert codes.ORDER in [p.code for p in refused(renamed, method).problems]
    known = run(renamed, method, waves=["spring", "summer", "autumn", "winter"])
    assert known.estimate == pytest.approx(run(frame, method).estimate, rel=1e-12)


def test_perfect_prediction_of_treatment_leaves_an_effect_out_with_its_reason():
    frame = panel().assign(z=lambda d: 10.0 * d["group"] + d["unit"].str[1:].astype(float) / 100)
    error = refused(frame, "callaway_santanna", covariates=["z"])
    assert "covariates predict perfectly who is treated" in str(error)


def test_a_panel_with_gaps_uses_pairs_of_waves_or_is_balanced():
    frame = panel()
    gaps = frame.drop(index=[0, 9])
    paired = run(gaps, "callaway_santanna")
    assert any("2 of 30 units are not in every wave" in note for note in paired.notes)
    balanced = run(gaps, "callaway_santanna", balanced=True)
    full = frame[~frame["unit"].isin(["u000", "u002"])]
    assert balanced.estimate == pytest.approx(run(full, "callaway_santanna").estimate, rel=1e-12)
    assert [(entry.reason, entry.count) for entry in balanced.sample.dropped] == [
        ("unit not seen in every wave", 6)
    ]


def test_pairs_of_method_and_error_without_definition_are_refused():
    for method in ("callaway_santanna", "imputation"):
        assert codes.PAIR in [p.code for p in refused(panel(), method, inference="CR1").problems]
    for method in ("event_study", "sun_abraham", "etwfe"):
        assert codes.PAIR in [p.code for p in refused(panel(), method, inference="influence").problems]


@pytest.mark.parametrize("adjustment", ["doubly_robust", "ipw", "outcome_regression"])
def test_two_waves_at_like_covariates_are_the_doubly_robust_comparison(adjustment):
    frame = panel(n_units=90).query("wave in (2000, 2003)")
    frame = frame.assign(first=np.where(frame["group"] == 1, 2003, 0))
    options: dict[str, Any] = {"covariates": ["x"], "weights": "weight", "adjustment": adjustment}
    plain = estimate(
        frame, method="doubly_robust", outcome="y", treated="group", unit="unit", time="wave", **options
    )
    staggered = run(frame, "callaway_santanna", **options)
    assert (staggered.estimate, staggered.std_error) == pytest.approx(
        (plain.estimate, plain.std_error), rel=1e-12
    )


def test_weights_for_like_covariates_are_those_of_a_logit():
    frame = panel(n_units=90).query("wave in (2000, 2003)")
    frame = frame.assign(first=np.where(frame["group"] == 1, 2003, 0))
    wide = frame.pivot(index="unit", columns="wave", values=["y", "x", "group"])
    group, x = wide["group", 2000].astype(float), sm.add_constant(wide["x", 2000])
    chance = sm.GLM(group, x, family=sm.families.Binomial()).fit(tol=1e-14).fittedvalues
    change, odds = wide["y", 2003] - wide["y", 2000], chance / (1 - chance) * (1 - group)
    expected = np.average(change, weights=group) - np.average(change, weights=odds)
    result = run(frame, "callaway_santanna", covariates=["x"], adjustment="ipw")
    assert result.estimate == pytest.approx(expected, rel=1e-12)
