"""`auto` judges every method, arm and clustering; what takes the place of CR1 holds its size.

The null is true in every draw: clusters have levels and changes of their own, and treatment does nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.errors import MandeError
from mande.impact import estimate, inferences
from mande.results import Estimate
from tests.impact.tables import panel, textbook

PANEL: dict[str, Any] = {"outcome": "y", "unit": "id", "time": "t", "cluster": "cl"}
STAGGERED = {"first_treated": "g"}
METHODS: dict[str, dict[str, Any]] = {
    "doubly_robust": {"treated": "d"},
    "callaway_santanna": STAGGERED,
    "imputation": STAGGERED,
    "sun_abraham": STAGGERED,
    "etwfe": STAGGERED,
    "event_study": STAGGERED,
    "random_effects": {"treated": "on", "time_effects": True},
    "correlated_random_effects": {"treated": "on", "time_effects": True},
    "first_difference": {"treated": "on"},
    "twfe": {"treated": "on"},
    "did": {"treated": "d"},
    "ancova": {"treated": "d"},
}
CAREFUL = {"doubly_robust": "jackknife", "callaway_santanna": "jackknife", "imputation": "jackknife"}


def draw(rng: np.random.Generator, n_clusters: int = 30, n_treated: int = 3, size: int = 8) -> pd.DataFrame:
    """Return two waves: cluster cl, unit id, wave t, group d, start g, in force on, outcome y."""
    cl = np.repeat(np.arange(n_clusters), size)
    d = (cl < n_treated) * 1
    level, change = rng.normal(size=n_clusters), rng.normal(size=n_clusters)
    waves = [
        pd.DataFrame(
            {"cl": cl, "id": np.arange(len(cl)), "t": t + 1, "d": d, "g": 2 * d, "on": d * t,
             "y": level[cl] + t * change[cl] + rng.normal(size=len(cl))}
        )
        for t in (0, 1)
    ]  # fmt: skip
    return pd.concat(waves, ignore_index=True)


def rollout(rng: np.random.Generator, n_clusters: int = 12, *, equal: bool = True) -> pd.DataFrame:
    """Return five waves of clusters that start in wave 3, in wave 4 or never, drawn by lot."""
    sizes = np.full(n_clusters, 3) if equal else rng.integers(2, 6, size=n_clusters)
    cl = np.repeat(np.arange(n_clusters), sizes)
    g = np.resize([0, 0, 3, 4], n_clusters)[rng.permutation(n_clusters)][cl]
    shocks = rng.normal(size=(n_clusters, 5)).cumsum(axis=1)
    return pd.concat(
        [
            pd.DataFrame({"cl": cl, "id": np.arange(len(cl)), "t": t + 1, "g": g,
                          "y": shocks[cl, t] + rng.normal(size=len(cl))})
            for t in range(5)
        ],
        ignore_index=True,
    )  # fmt: skip


def run(frame: pd.DataFrame, method: str, **arguments: Any) -> Estimate:
    return estimate(frame, method=method, **(PANEL | METHODS.get(method, {}) | arguments))


@pytest.mark.parametrize("method", METHODS)
def test_three_treated_clusters_of_thirty_are_told_and_cautioned(method):
    result = run(draw(np.random.default_rng(1)), method)
    assert result.inference == CAREFUL.get(method, "CR2")
    assert "3 treated and 27 other clusters" in result.caution
    assert any("auto: 3 treated and 27 other clusters, which weigh as much as" in n for n in result.notes)
    assert "how sure it is cannot be said" in result.sentence()
    # about as many degrees of freedom as the smaller arm has clusters, less one
    assert result.df is not None
    assert 1.5 < result.df < 4


@pytest.mark.parametrize("method", METHODS)
def test_many_clusters_in_either_arm_get_what_the_method_is_known_for(method):
    result = run(draw(np.random.default_rng(1), 40, 20, size=3), method)
    assert result.inference == {"jackknife": "influence"}.get(CAREFUL.get(method, ""), "CR1")
    assert result.caution == ""


@pytest.mark.parametrize("method", METHODS)
def test_six_of_thirty_are_few_though_not_too_few_to_say_anything(method):
    result = run(draw(np.random.default_rng(1), 30, 6), method)
    assert result.inference == CAREFUL.get(method, "CR2")
    assert result.caution == ""


def test_a_jackknife_by_hand():
    # changes of clusters: treated 6, 8, 10, others 1, 2, 3, 6; the effect is 8 - 3 = 5
    changes = {"a": (1, 6), "b": (1, 8), "c": (1, 10), "d": (0, 1), "e": (0, 2), "f": (0, 3), "g": (0, 6)}
    rows = [(u, t, arm, t * change) for u, (arm, change) in changes.items() for t in (0, 1)]
    frame = pd.DataFrame(rows, columns=["unit", "wave", "group", "y"])
    result = estimate(frame, method="doubly_robust", outcome="y", treated="group", unit="unit", time="wave",
                      inference="jackknife")  # fmt: skip
    treated, others = np.array([6.0, 8.0, 10.0]), np.array([1.0, 2.0, 3.0, 6.0])
    gaps = [*((treated.sum() - v) / 2 - 8 for v in treated), *(3 - (others.sum() - v) / 3 for v in others)]
    assert result.estimate == pytest.approx(5.0)
    assert result.std_error == pytest.approx(np.sqrt(6 / 7 * np.sum(np.square(gaps))), rel=1e-9)
    # equal clusters: Welch's degrees of freedom of two means with 3 and 4 observations
    parts = np.array([1 / 3, 1 / 4])
    assert result.df == pytest.approx(parts.sum() ** 2 / (parts**2 / [2, 3]).sum(), rel=1e-9)


def test_without_covariates_the_jackknife_is_cr3_of_the_difference_of_changes():
    frame = draw(np.random.default_rng(2), 12, 5)
    jackknife = run(frame, "doubly_robust", inference="jackknife")
    cr3 = run(frame, "did", inference="CR3")
    # CR3 as clubSandwich has it, without the factor (G - 1) / G
    assert jackknife.estimate == pytest.approx(cr3.estimate, rel=1e-9)
    assert jackknife.std_error == pytest.approx(cr3.std_error * np.sqrt(11 / 12), rel=1e-9)


def test_tables_of_a_jackknife_have_its_errors():
    frame = rollout(np.random.default_rng(4), 16)
    result = run(frame, "callaway_santanna", aggregation="dynamic")
    assert result.inference == "jackknife"
    errors = {term.name: term.std_error for term in result.terms}
    for row in result.tables["att_gt"].records():
        if row["std_error"] is not None:
            assert row["std_error"] == errors[f"ATT({row['cohort']}, {row['wave']})"]
    assert result.tables["before_start"].records()[0]["df"] == result.df
    assert (result.bands()["low"] < result.bands()["high"]).all()


@pytest.mark.parametrize("method", ["sun_abraham", "etwfe", "event_study"])
@pytest.mark.parametrize("kind", ["CR2", "CR3"])
def test_two_waves_have_the_errors_of_the_regression_of_changes(method, kind):
    frame = draw(np.random.default_rng(3), 12, 5)
    own, changes = run(frame, method, inference=kind), run(frame, "did", inference=kind)
    assert own.estimate == pytest.approx(changes.estimate, rel=1e-9)
    assert own.std_error == pytest.approx(changes.std_error, rel=1e-6)
    assert own.df == pytest.approx(changes.df, rel=1e-6)


def test_averages_of_an_event_study_have_degrees_of_freedom_of_their_own():
    result = run(rollout(np.random.default_rng(5)), "sun_abraham")
    assert result.inference == "CR2"
    dfs = result.tidy(terms="all")["df"]
    assert dfs.notna().all()
    assert dfs.nunique() > 3


def test_correlated_random_effects_have_the_cr2_errors_of_fixed_effects():
    frame = draw(np.random.default_rng(6), 14, 6)
    one = run(frame, "correlated_random_effects", inference="CR3")
    other = run(frame, "twfe", inference="CR3")
    assert one.estimate == pytest.approx(other.estimate, rel=1e-9)
    assert one.std_error == pytest.approx(other.std_error, rel=1e-6)


# Which clusters ---------------------------------------------------------------------------------------


def test_two_cross_sections_need_a_cluster_unless_rows_were_assigned_one_by_one():
    frame = draw(np.random.default_rng(1), 20, 10)
    for method in ("did", "doubly_robust"):
        call = {"method": method, "outcome": "y", "treated": "d", "time": "t"}
        with pytest.raises(MandeError) as caught:
            estimate(frame, **call)
        assert [(p.code.id, p.place.question) for p in caught.value.problems] == [("M-ARGUMENT", "cluster")]
        assert "assigned_by" in str(caught.value)
        by_place = estimate(frame, assigned_by="cl", **call)
        assert by_place.cluster == "cl"
        one_by_one = estimate(frame.assign(row=np.arange(len(frame))), assigned_by="row", **call)
        assert one_by_one.n_clusters is None
    assert estimate(frame, inference="classical", **(call | {"method": "did"})).inference == "classical"


def test_one_cross_section_is_taken_as_assigned_one_by_one():
    rng = np.random.default_rng(1)
    d = (np.arange(200) < 30) * 1
    frame = pd.DataFrame({"d": d, "y": rng.normal(size=200) * np.where(d, 3, 1)})
    result = estimate(frame, method="ancova", outcome="y", treated="d")
    one, other = frame.loc[d == 1, "y"], frame.loc[d == 0, "y"]
    assert result.inference == "HC2"
    assert result.std_error == pytest.approx(np.sqrt(one.var() / 30 + other.var() / 170), rel=1e-9)
    few = estimate(frame[26:], method="ancova", outcome="y", treated="d")
    assert "4 rows in one arm" in few.caution


def test_clusters_are_the_level_of_assignment_or_the_unit_if_coarser():
    frame = draw(np.random.default_rng(1), 24, 12)
    call = {"method": "ancova", "outcome": "y", "treated": "d", "unit": "id", "time": "t"}
    result = estimate(frame, assigned_by="cl", **call)
    assert result.cluster == "cl"
    assert any("the level of assignment" in note for note in result.notes)
    finer = estimate(frame, assigned_by="cl", cluster="id", **call)
    assert finer.cluster == "cl"
    by_name = estimate(frame, assigned_by="cl", cluster="id", inference="CR1", **call)
    assert by_name.cluster == "id"
    assert any("interval too narrow" in note for note in by_name.notes)
    coarser = estimate(frame, assigned_by="id", cluster="cl", **call)
    assert coarser.cluster == "cl"


def test_every_arm_is_judged_by_its_own_clusters():
    frame = draw(np.random.default_rng(1), 40, 20)
    frame["a"], frame["b"] = (frame["cl"] < 18) * 1, frame["cl"].between(18, 19) * 1
    call = PANEL | {"method": "ancova", "treated": ["a", "b"]}
    result = estimate(frame, **call)
    assert result.inference == "CR2"
    assert "for b 2 treated and 20 other clusters" in result.caution
    assert "for a" not in result.caution
    assert result.tidy()["df"].tolist()[0] > 20 > 3 > result.tidy()["df"].tolist()[1]
    drawn = estimate(frame, assigned_by="cl", **call)
    assert any("The draw cannot be replayed: 2 arms at once" in note for note in drawn.notes)


def test_of_two_clusterings_the_one_that_holds_the_other_is_kept():
    frame = draw(np.random.default_rng(1), 30, 2)
    result = run(frame, "did", cluster=("cl", "id"))
    assert (result.inference, result.cluster) == ("CR2", "cl")
    assert "2 treated and 28 other clusters of cl" in result.caution
    frame["other"] = frame["id"] % 7
    crossed = run(frame, "did", cluster=("cl", "other"))
    assert crossed.inference == "CR1"
    assert "2 treated and 28 other clusters of cl" in crossed.caution


def test_unequal_clusters_of_houses_get_cr2():
    call: dict[str, Any] = {"method": "did", "outcome": "rprice", "treated": "nearinc", "time": "y81"}
    result = estimate(textbook("kielmc"), cluster="cbd", **call)
    assert result.inference == "CR2"
    # R clubSandwich: 10.813368 degrees of freedom, p .11422371
    assert (result.df, result.p_value) == pytest.approx((10.813368, 0.11422371), rel=1e-6)


def test_few_clusters_under_an_instrument_get_a_set_with_cr2():
    frame = draw(np.random.default_rng(8), 30, 4)
    rng = np.random.default_rng(9)
    frame["took"] = ((frame["d"] == 1) & (rng.random(len(frame)) < 0.7)) * 1
    after = frame[frame["t"] == 2]
    call: dict[str, Any] = {"outcome": "y", "unit": "id", "cluster": "cl"}
    result = estimate(after, method="iv", treated="took", instruments="d", **call)
    assert result.inference == "anderson_rubin_cr2"
    # no effect on those who took part is no effect of being assigned: the same test
    assigned = estimate(after, method="ancova", treated="d", inference="CR2", **call)
    assert result.p_value == pytest.approx(assigned.p_value, rel=1e-9)
    assert "4 treated and 26 other clusters" in result.caution


def test_a_cluster_finer_than_the_unit_is_refused_by_every_method():
    frame = draw(np.random.default_rng(1), 12, 6).assign(row=lambda d: np.arange(len(d)))
    for method in ("twfe", "etwfe", "did"):
        with pytest.raises(MandeError, match="M-NESTED"):
            run(frame, method, cluster="row")


# Draws of dates ----------------------------------------------------------------------------------------


DATES = ("callaway_santanna", "imputation", "sun_abraham", "etwfe", "event_study")


@pytest.mark.parametrize("method", DATES)
@pytest.mark.parametrize("equal", [True, False])
def test_dates_drawn_again_by_running_the_method_on_each_draw(method, equal):
    frame = rollout(np.random.default_rng(7), 8, equal=equal)
    call: dict[str, Any] = {"outcome": "y", "unit": "id", "time": "t", "first_treated": "g"}
    result = estimate(frame, method=method, inference="randomisation", assigned_by="cl", replays=99, **call)
    rng = np.random.default_rng(0)
    start = frame.groupby("cl")["g"].first().replace(0, np.inf).to_numpy(dtype=float) - 1
    draws = []
    for _ in range(99):
        dates = rng.permutation(start) + 1
        drawn = frame.assign(g=np.where(np.isinf(dates), 0, dates)[frame["cl"]])
        kind = "influence" if method in ("callaway_santanna", "imputation") else "classical"
        draws.append(estimate(drawn, method=method, inference=kind, **call).estimate)
    above = (np.abs(draws) >= abs(result.estimate) * (1 - 1e-9)).sum()
    assert result.p_value == pytest.approx((1 + above) / 100)
    assert "start dates of 8 drawn groups (cl) are drawn again" in result.notes[0]


def test_dates_are_drawn_again_within_strata_only():
    frame = rollout(np.random.default_rng(7), 8)
    frame["region"] = frame["cl"] // 4
    result = run(frame, "callaway_santanna", inference="randomisation", assigned_by="cl", strata="region")
    by_region = frame.groupby("cl")[["region", "g"]].first().groupby("region")["g"].value_counts()
    n_different = 1
    for _, counts in by_region.groupby(level=0):
        n_different *= {(1, 3): 4, (2, 2): 6, (4,): 1, (1, 1, 2): 12}[tuple(sorted(counts))]
    assert f"all {n_different:,} assignments" in result.notes[0]


def test_few_drawn_clusters_of_a_rollout_are_drawn_again():
    result = run(rollout(np.random.default_rng(7)), "imputation", assigned_by="cl")
    assert (result.inference, result.caution) == ("randomisation", "")


def test_an_effect_put_in_is_in_the_set_of_effects_not_rejected():
    frame = rollout(np.random.default_rng(7), 16)
    on = (frame["g"] > 0) & (frame["t"] >= frame["g"])
    call: dict[str, Any] = {
        "method": "etwfe", "outcome": "y", "unit": "id", "time": "t", "first_treated": "g",
        "inference": "randomisation", "assigned_by": "cl", "replays": 199,
    }  # fmt: skip
    base, moved = estimate(frame, **call), estimate(frame.assign(y=frame["y"] + 10 * on), **call)
    assert moved.estimate == pytest.approx(base.estimate + 10)
    assert moved.interval().low == pytest.approx(base.interval().low + 10, rel=1e-6)
    assert moved.p_value == pytest.approx(1 / 200)


def test_the_careful_kinds_are_known_by_name():
    assert {"jackknife", "anderson_rubin_cr2"} <= set(inferences())
    frame = panel(units_per_cluster=3)
    with pytest.raises(MandeError, match="M-PAIR"):
        estimate(
            frame, method="twfe", outcome="y", treated="on", unit="unit", time="wave", inference="jackknife"
        )


# Size under a true null --------------------------------------------------------------------------------


def rejections(method: str, n_treated: int, repetitions: int, **arguments: Any) -> float:
    rng = np.random.default_rng(5)
    found = [run(draw(rng, 30, n_treated), method, **arguments).p_value for _ in range(repetitions)]
    return float(np.mean(np.array(found) < 0.05))


@pytest.mark.parametrize("method", ["doubly_robust", "imputation", "etwfe", "random_effects"])
def test_a_true_null_with_two_treated_clusters_is_seldom_rejected(method):
    # 60 repetitions: .05 + 3 * .028; errors for many clusters reject about 29 times of 100
    assert rejections(method, 2, 60) <= 0.134
    usual = {"doubly_robust": "influence", "imputation": "influence"}.get(method, "CR1")
    assert rejections(method, 2, 60, inference=usual) > 0.134


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_treated", [2, 4, 8, 15])
def test_a_true_null_in_a_long_run(method, n_treated):
    # 500 repetitions: .05 + 3 * .0097
    assert rejections(method, n_treated, 500) <= 0.08
