"""Repeated cross-sections where starts differ: by hand, by laws, and against csdid, R etwfe and fixest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from mande.errors import MandeError
from mande.impact import estimate
from mande.results import Estimate
from tests.impact.tables import by_csdid, panel, shared, written

METHODS = ("callaway_santanna", "imputation", "sun_abraham", "etwfe")
UNITS = ("event_study", "twfe", "fixed_effects", "first_difference", "random_effects",
         "correlated_random_effects", "between")  # fmt: skip
CALL: dict[str, Any] = {"outcome": "y", "time": "wave", "first_treated": "first"}
COUNTIES: dict[str, Any] = {"outcome": "lemp", "time": "year", "first_treated": "first.treat"}


def run(frame: pd.DataFrame, method: str, **arguments: Any) -> Estimate:
    return estimate(frame, method=method, **(CALL | arguments))


def values(result: Estimate) -> dict[str, tuple[float, float]]:
    return {term.name: (term.estimate, term.std_error) for term in result.terms}


def sections(seed: int = 4, n: int = 600, effect: float = 2.0) -> pd.DataFrame:
    """Return other people in each of four waves, from cohorts 0 (never), 2002 and 2003; x bears on trends."""
    rng = np.random.default_rng(seed)
    wave = 2000 + rng.integers(0, 4, size=n)
    x = rng.normal(size=n)
    first = np.where(rng.uniform(size=n) < 0.4, 0, np.where(rng.uniform(size=n) < 0.5 + 0.1 * x, 2002, 2003))
    on = (first > 0) & (wave >= first)
    village = rng.integers(0, 40, size=n)
    y = (first > 2002) + 0.5 * (wave - 2000) * (1 + 0.4 * x) + x + effect * on + rng.normal(size=n)
    weight = rng.integers(1, 4, size=n).astype(float)
    return pd.DataFrame(
        {"wave": wave, "first": first, "x": x, "y": y, "village": village, "weight": weight, "on": on * 1}
    )


SMALL = written("""
    wave | first | y
    1    | 2     | 10
    1    | 2     | 12
    2    | 2     | 15
    2    | 2     | 19
    1    | 0     | 7
    1    | 0     | 1
    2    | 0     | 8
    2    | 0     | 4
    2    | 0     | 9
""")


@pytest.mark.parametrize("method", METHODS)
def test_two_waves_are_a_difference_of_four_means_by_hand(method):
    result = run(SMALL, method)
    # means 11 -> 17 and 4 -> 7
    assert result.estimate == pytest.approx((17 - 11) - (7 - 4), rel=1e-12)
    assert (result.n, result.n_units) == (9, None)
    assert any("Repeated cross-sections" in note for note in result.notes)
    if method in ("callaway_santanna", "imputation"):
        # sums of squares over squared sizes: 2 / 4, 8 / 4, 18 / 4 and (1 + 9 + 4) / 9
        assert result.std_error == pytest.approx(np.sqrt(2 / 4 + 8 / 4 + 18 / 4 + 14 / 9), rel=1e-12)


def test_effects_of_cohorts_are_differences_of_means_of_rows():
    frame = sections()
    found = values(run(frame, "callaway_santanna", weights="weight"))
    mean = frame.groupby(["first", "wave"]).apply(lambda d: np.average(d["y"], weights=d["weight"]))
    for cohort, wave in ((2002, 2002), (2002, 2003), (2003, 2003)):
        base = cohort - 1
        expected = mean[cohort, wave] - mean[cohort, base] - mean[0, wave] + mean[0, base]
        assert found[f"ATT({cohort}, {wave})"][0] == pytest.approx(expected, rel=1e-10)
    # Shares of cohorts are those among all rows, in whatever wave.
    size = frame.groupby("first")["weight"].sum()
    cells = [(2002, 2002), (2002, 2003), (2003, 2003)]
    weights = [size[cohort] for cohort, _ in cells]
    parts = [found[f"ATT({cohort}, {wave})"][0] for cohort, wave in cells]
    assert found["ATT"][0] == pytest.approx(np.average(parts, weights=weights), rel=1e-10)


def test_an_imputed_effect_and_its_error_by_hand():
    frame = sections(n=240)
    result = run(frame, "imputation")
    untreated = (frame["on"] == 0).to_numpy()
    full = pd.get_dummies(frame[["first", "wave"]].astype(str), dtype=float).to_numpy()
    inverse = np.linalg.pinv(full[untreated].T @ full[untreated])
    y = frame["y"].to_numpy()
    gap = y - full @ inverse @ full[untreated].T @ y[untreated]
    weight = np.where(untreated, 0.0, 1 / (~untreated).sum())
    weight[untreated] = -full[untreated] @ inverse @ full[~untreated].T @ weight[~untreated]
    means = pd.Series(gap).groupby([frame["first"], frame["wave"]]).transform("mean")
    noise = np.where(untreated, gap, gap - means)
    assert result.estimate == pytest.approx(weight @ y, rel=1e-9)
    assert result.std_error == pytest.approx(np.sqrt(((noise * weight) ** 2).sum()), rel=1e-9)
    by_village = pd.Series(noise * weight).groupby(frame["village"]).sum()
    clustered = run(frame, "imputation", cluster="village")
    assert clustered.std_error == pytest.approx(np.sqrt((by_village**2).sum()), rel=1e-9)


def by_statsmodels(frame: pd.DataFrame, columns: pd.DataFrame) -> Any:
    effects = pd.get_dummies(frame[["first", "wave"]].astype(str), drop_first=True, dtype=float)
    full = sm.add_constant(pd.concat([columns.astype(float), effects], axis=1))
    kwds = {"groups": frame["village"]}
    return sm.OLS(frame["y"], full).fit(cov_type="cluster", cov_kwds=kwds, use_t=True)


def test_cohorts_by_sun_and_abraham_are_a_regression_with_cohort_effects():
    frame = sections()
    after = frame["wave"] - frame["first"]
    cells = sorted({*zip(frame["first"], after, strict=True)})
    columns = pd.DataFrame(
        {
            f"cohort={first}:event={event}": (frame["first"] == first) & (after == event)
            for first, event in cells
            if first > 0 and event != -1
        }
    )
    reference = by_statsmodels(frame, columns)
    found = values(run(frame, "sun_abraham", cluster="village"))
    for name in columns:
        # statsmodels counts every column, as fixest does with cohort effects, which cut across villages
        assert found[name] == pytest.approx((reference.params[name], reference.bse[name]), rel=1e-8)


def test_extended_two_way_effects_are_a_regression_on_cohorts_in_waves():
    frame = sections()
    cells = [(2002, 2002), (2002, 2003), (2003, 2003)]
    columns = pd.DataFrame(
        {f"ATT({g}, {t})": (frame["first"] == g) & (frame["wave"] == t) for g, t in cells}
    ).astype(float)
    around = frame["x"] - frame.groupby("first")["x"].transform("mean")
    further = {f"x:{name}": around * columns[name] for name in columns}
    further |= {f"x{t}": frame["x"] * (frame["wave"] == t) for t in (2001, 2002, 2003)}
    further |= {f"x:{g}": frame["x"] * (frame["first"] == g) for g in (2002, 2003)}
    reference = by_statsmodels(frame, columns.assign(x=frame["x"], **further))
    found = values(run(frame, "etwfe", covariates=["x"], cluster="village"))
    for name in columns:
        assert found[name] == pytest.approx((reference.params[name], reference.bse[name]), rel=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_rows_of_a_balanced_panel_give_the_effects_of_the_panel(method):
    frame = panel(n_units=60)
    linked, rows = run(frame, method, unit="unit"), run(frame, method, cluster="unit")
    names = [name for name in values(linked) if name.startswith("ATT")]
    for name in names:
        assert values(rows)[name][0] == pytest.approx(values(linked)[name][0], rel=1e-9)
    if method in ("callaway_santanna", "imputation"):
        # Clustered by unit, sums of levels are changes: the errors are those of the panel too.
        assert rows.std_error == pytest.approx(linked.std_error, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("covariates", [[], ["x"]])
def test_order_units_of_measure_and_common_shifts_do_not_matter(method, covariates):
    frame = sections()
    base = run(frame, method, covariates=covariates, cluster="village")
    moved = frame.assign(y=lambda d: 1e4 * (d["y"] + 3 * (d["wave"] - 2000) ** 2 + 5 * (d["first"] == 2002)))
    again = run(moved.sample(frac=1, random_state=3), method, covariates=covariates, cluster="village")
    assert (again.estimate, again.std_error) == pytest.approx(
        (1e4 * base.estimate, 1e4 * base.std_error), rel=1e-7
    )


@pytest.mark.parametrize("method", METHODS)
def test_weights_of_two_count_as_two_rows(method):
    frame = sections().assign(twice=lambda d: 1.0 + (d["village"] < 20))
    copies = pd.concat([frame, frame[frame["twice"] == 2]])
    for covariates in ([], ["x"]):
        weighted = run(frame, method, weights="twice", covariates=covariates)
        assert weighted.estimate == pytest.approx(
            run(copies, method, covariates=covariates).estimate, rel=1e-8
        )


@pytest.mark.parametrize("method", METHODS)
def test_anticipation_and_aggregations_work_on_rows_too(method):
    frame = sections()
    assert np.isfinite(run(frame, method, anticipation=1).std_error)
    if method == "sun_abraham":
        return
    for aggregation in ("dynamic", "group", "calendar"):
        result = run(frame, method, aggregation=aggregation)
        assert result.std_error > 0
    assert "event=1" in values(run(frame, method, aggregation="dynamic"))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_intervals_cover_the_effect_as_often_as_they_say(method):
    hits = 0
    for seed in range(400):
        result = run(sections(seed), method, covariates=["x"] if method == "callaway_santanna" else [])
        hits += not result.interval(0.95).excludes(2.0)
    # 95 % of 400, give or take three standard errors
    assert 0.917 <= hits / 400 <= 0.985


@pytest.mark.parametrize(
    ("adjustment", "expected", "cell"),
    [
        # PyPI csdid 0.4.3, panel=False, control_group="nevertreated": overall (simple), and ATT(2004, 2004)
        ("doubly_robust", (-0.041751772058617, 0.046046197754961), (-0.014529668304899, 0.089740363801316)),
        ("ipw", (-0.041777082199132, 0.167226232164993), (-0.014548431154140, 0.479848002999146)),
        (
            "outcome_regression",
            (-0.041968612421543, 0.149762154610336),
            (-0.014911237790362, 0.462398712570096),
        ),
    ],
)
def test_minimum_wage_as_cross_sections_given_population_is_what_csdid_prints(adjustment, expected, cell):
    frame = shared("oracles/mpdta.csv")
    result = estimate(
        frame, method="callaway_santanna", covariates=["lpop"], adjustment=adjustment, **COUNTIES
    )
    assert (result.estimate, result.std_error) == pytest.approx(expected, rel=1e-9)
    assert values(result)["ATT(2004, 2004)"] == pytest.approx(cell, rel=1e-9)


@pytest.mark.parametrize(
    ("adjustment", "theirs"), [("doubly_robust", "dr"), ("ipw", "ipw"), ("outcome_regression", "reg")]
)
@pytest.mark.parametrize("control_group", ["never_treated", "not_yet_treated"])
def test_every_cohort_and_wave_agrees_with_csdid(adjustment, theirs, control_group):
    frame = sections()
    group = control_group.replace("_", "")
    peer = by_csdid(frame, theirs, yname="y", gname="first", tname="wave", xformla="y~x", control_group=group)
    found = values(
        run(frame, "callaway_santanna", covariates=["x"], adjustment=adjustment, control_group=control_group)
    )
    cells = list(zip(peer["group"], peer["year"], peer["att"], peer["se"], strict=True))
    assert len(cells) == 6
    for cohort, wave, att, error in cells:
        assert found[f"ATT({cohort:g}, {wave:g})"] == pytest.approx((att, error), rel=1e-8)


def test_minimum_wage_by_extended_two_way_effects_as_r_prints_them():
    # The vignette of R etwfe: etwfe(lemp ~ lpop, ...), emfx(mod), emfx(mod, type = "event"): cohort effects.
    frame = shared("oracles/mpdta.csv")
    arguments: dict[str, Any] = {"method": "etwfe", "covariates": ["lpop"], "cluster": "countyreal"}
    found = values(estimate(frame, aggregation="dynamic", **arguments, **COUNTIES))
    expected = {"event=0": (-0.0332, 0.0134), "event=1": (-0.0573, 0.0171), "event=2": (-0.1379, 0.0308),
                "event=3": (-0.1095, 0.0323)}  # fmt: skip
    for name, pair in expected.items():
        assert found[name] == pytest.approx(pair, abs=5e-5, rel=0)
    overall = estimate(frame, **arguments, **COUNTIES)
    assert (overall.estimate, overall.std_error) == pytest.approx((-0.0506, 0.0125), abs=5e-5, rel=0)


# What is refused, left out, or told


@pytest.mark.parametrize("method", UNITS)
def test_methods_that_follow_units_name_the_next_best(method):
    call: dict[str, Any] = {"outcome": "y", "time": "wave", "cluster": "village"}
    call |= {"first_treated": "first"} if method == "event_study" else {"treated": "on"}
    with pytest.raises(MandeError) as caught:
        estimate(sections(), method=method, **call)
    assert [problem.code.id for problem in caught.value.problems] == ["M-SECTIONS"]
    assert ("sun_abraham" if method == "event_study" else "did") in str(caught.value)


def test_a_change_score_without_units_names_did():
    with pytest.raises(MandeError, match="take did"):
        estimate(SMALL.assign(g=SMALL["first"] > 0), method="change_score", outcome="y", treated="g",
                 time="wave")  # fmt: skip


def codes_of(frame: pd.DataFrame, method: str, **arguments: Any) -> list[str]:
    with pytest.raises(MandeError) as caught:
        run(frame, method, **arguments)
    return [problem.code.id for problem in caught.value.problems]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("change", "options", "code"),
    [
        ({"first": 2002}, {}, "M-CELL"),
        ({"first": 0}, {}, "M-CELL"),
        ({"y": 3.0}, {}, "M-OUTCOME"),
        ({"x": 1.0}, {"covariates": ["x"]}, "M-VARIATION"),
        ({"first": lambda d: d["first"].where(d["first"] > 0)}, {}, "M-COHORT"),
        ({"village": 1}, {"cluster": "village"}, "M-CLUSTERS"),
        ({"village": lambda d: (d["first"] == 0) * (1 + d["village"])}, {"cluster": "village"}, "M-ALONE"),
    ],
)
def test_bad_input_is_told(method, change, options, code):
    assert code in codes_of(sections().assign(**change), method, **options)


def test_balanced_has_no_meaning_without_units():
    assert codes_of(sections(), "callaway_santanna", balanced=True) == ["M-VALUE"]


@pytest.mark.parametrize("method", METHODS)
def test_cohorts_already_treated_or_not_seen_before_are_left_out_and_counted(method):
    frame = sections()
    always = frame[frame["first"] == 0].assign(first=1999)
    result = run(pd.concat([frame, always]), method)
    assert result.estimate == pytest.approx(run(frame, method).estimate, rel=1e-12)
    assert [(entry.reason, entry.count) for entry in result.sample.dropped] == [
        ("cohort already treated in the first wave", len(always))
    ]
    late = frame[~((frame["first"] == 2003) & (frame["wave"] < 2003))]
    assert run(late, method).sample.dropped[-1].reason == "cohort without data before its start"


def test_a_cohort_without_rows_in_its_base_wave_has_no_effect_and_a_reason():
    frame = sections()
    gap = frame[~((frame["first"] == 2002) & (frame["wave"] == 2001))]
    rows = run(gap, "callaway_santanna").tables["att_gt"].records()
    reasons = {row["wave"]: row["reason"] for row in rows if row["cohort"] == "2002"}
    assert reasons["2002"] == reasons["2003"] == "no treated rows in one of the two waves"
