"""Strata of a lottery enter the comparison; starts outside the waves and mixed comparisons are told."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mande
from mande.errors import MandeError
from mande.impact import estimate
from tests.impact.tables import panel

CALL: dict[str, Any] = {"outcome": "y", "unit": "unit", "time": "wave"}


def stratified(seed: int = 1, n: int = 400) -> pd.DataFrame:
    """Return a lottery with shares .8 and .2 in two strata that differ by 2, and no effect."""
    rng = np.random.default_rng(seed)
    stratum = rng.integers(0, 2, n)
    d = (rng.random(n) < np.where(stratum == 1, 0.8, 0.2)) * 1
    return pd.DataFrame({"s": stratum, "d": d, "id": np.arange(n), "b": rng.normal(size=n),
                         "y": 2 * stratum + rng.normal(size=n)})  # fmt: skip


def by_stratum(frame: pd.DataFrame) -> pd.DataFrame:
    means = frame.groupby(["s", "d"])["y"].mean().unstack()
    parts = frame.groupby("s")["d"].agg(["size", "mean"])
    return parts.assign(effect=means[1] - means[0])


def test_effects_of_strata_enter_by_their_variance_and_on_request_by_their_size():
    frame = stratified()
    parts = by_stratum(frame)
    fixed = estimate(frame, method="ancova", outcome="y", treated="d", strata="s")
    weights = parts["size"] * parts["mean"] * (1 - parts["mean"])
    assert fixed.estimate == pytest.approx(np.average(parts["effect"], weights=weights), rel=1e-9)
    assert any("Effects of s (strata of the assignment) are removed" in note for note in fixed.notes)
    sized = estimate(
        frame, method="ancova", outcome="y", treated="d", strata="s", strata_effects="interacted"
    )
    assert sized.estimate == pytest.approx(np.average(parts["effect"], weights=parts["size"]), rel=1e-9)
    plain = estimate(frame, method="ancova", outcome="y", treated="d", strata="s", strata_effects="none")
    assert plain.estimate == pytest.approx(frame.groupby("d")["y"].mean().diff().iloc[-1], rel=1e-9)
    assert "Effects of s are not removed." in plain.notes


def test_strata_of_a_sample_are_no_strata_of_an_assignment():
    frame = stratified()
    sample = estimate(frame, method="ancova", outcome="y", treated="d", strata="s", inference="survey")
    assert sample.estimate == pytest.approx(frame.groupby("d")["y"].mean().diff().iloc[-1], rel=1e-9)
    drawn = estimate(frame, method="ancova", outcome="y", treated="d", strata="s", inference="survey",
                     assigned_by="id", cluster="id")  # fmt: skip
    assert drawn.estimate == pytest.approx(
        estimate(frame, method="ancova", outcome="y", treated="d", strata="s").estimate, rel=1e-9
    )


def test_a_draw_within_strata_is_replayed_with_their_effects():
    frame = stratified(n=60)
    found = estimate(frame, method="ancova", outcome="y", treated="d", strata="s", inference="randomisation",
                     replays=199, seed=3)  # fmt: skip
    rng = np.random.default_rng(3)
    order = frame.sort_values("y").reset_index(drop=True)
    assert found.p_value > 0.05
    centred = order["y"] - order.groupby("s")["y"].transform("mean")
    draws = []
    for _ in range(2_000):
        d = order.groupby("s")["d"].transform(lambda part: rng.permutation(part.to_numpy()))
        free = d - d.groupby(order["s"]).transform("mean")
        draws.append(float(centred @ free / (free @ free)))
    p = np.mean(np.abs(draws) >= abs(found.estimate))
    assert found.p_value == pytest.approx(p, abs=0.11)


def test_an_unequal_lottery_without_effect_is_seldom_rejected():
    def p_of(seed: int, **arguments: Any) -> float:
        frame = stratified(seed)
        return estimate(
            frame, method="change_score", outcome="y", treated="d", baseline="b", **arguments
        ).p_value

    # 100 repetitions: .05 + 3 * .022
    assert np.mean([p_of(seed, strata="s") < 0.05 for seed in range(100)]) <= 0.115
    assert np.mean([p_of(seed) < 0.05 for seed in range(20)]) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["fixed", "interacted"])
def test_an_unequal_lottery_in_a_long_run(kind):
    found = [
        estimate(stratified(seed), method="ancova", outcome="y", treated="d", strata="s",
                 strata_effects=kind).p_value
        for seed in range(1_000)
    ]  # fmt: skip
    assert 0.03 <= np.mean(np.array(found) < 0.05) <= 0.071


# Starts ------------------------------------------------------------------------------------------------


def findings(frame: pd.DataFrame, **arguments: Any) -> dict[str, str]:
    result = estimate(frame, method="callaway_santanna", first_treated="first", **CALL, **arguments)
    for entry in result.findings:
        assert any(entry.sentence in note for note in result.notes)
        assert entry.advice
    return {entry.id: entry.sentence for entry in result.findings}


def test_starts_that_the_waves_do_not_show_are_findings():
    frame = panel(n_units=60)
    assert findings(frame) == {}
    late = findings(frame.assign(first=frame["first"].replace(2003, 2010)))
    said = "20 units start after the last wave (2010): they count as never treated."
    assert late == {"starts.after_last_wave": said}
    between = findings(frame.assign(first=frame["first"].replace(2003, 2002.5)))
    assert list(between) == ["starts.between_waves"]
    assert "20 units start between waves (2002.5)" in between["starts.between_waves"]


def test_negative_starts_are_refused():
    frame = panel(n_units=60)
    with pytest.raises(MandeError, match="M-COHORT") as caught:
        findings(frame.assign(first=frame["first"].replace(2003, -9)))
    assert "80 negative, for example -9" in str(caught.value)


def test_a_cohort_without_outcomes_is_named():
    frame = panel(n_units=60)
    lost = frame.assign(y=frame["y"].mask(frame["first"] == 2003))
    result = estimate(lost, method="imputation", first_treated="first", **CALL)
    assert [entry.id for entry in result.findings] == ["starts.cohort_lost"]
    assert "Cohorts that start in 2003 have no row with values (20 units)" in result.caution
    assert "the effect is that on the other cohorts alone" in result.sentence()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda d: d["on"], "2 different waves"),
        (lambda d: d["on"] * (d["wave"] < 2003), "Treatment ends"),
        (lambda d: d["on"] * (d["first"] == 2003), ""),
    ],
)
def test_two_way_fixed_effects_say_where_they_mix_comparisons(change, word):
    frame = panel(n_units=90).assign(on=change)
    result = estimate(frame, method="twfe", treated="on", **CALL)
    assert word in result.caution
    assert ("callaway_santanna" in result.caution) == bool(word)


# Pictures and frozen results ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["event_study", "sun_abraham"])
def test_event_studies_are_drawn_by_wave_with_the_reference_at_zero(method):
    result = estimate(panel(n_units=90), method=method, first_treated="first", **CALL)
    assert result.joint[:2] == ("event=-3", "event=-2")
    bands = result.bands()
    own = {row["term"]: row for row in result.tidy(terms="all").to_dict("records")}
    for row in bands.to_dict("records"):
        assert row["low"] < own[row["term"]]["ci_low"] < own[row["term"]]["ci_high"] < row["high"]
    axes = result.plot().axes[0]
    assert "Waves since the start" in axes.get_xlabel()
    assert [int(tick) for tick in axes.get_xticks()] == [-3, -2, -1, 0, 1]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["one effect", "all effects at once", "measured from here: zero by definition"]
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
    assert [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in hollow] == [(-1.0, 0.0)]


def test_bands_of_one_effect_are_its_interval():
    frame = panel(n_units=90)
    result = estimate(frame, method="event_study", first_treated="first", **CALL)
    assert result.simultaneous is not None
    quantile = result.simultaneous.quantile(0.975)
    # between one effect's and Bonferroni's for four
    assert 1.99 < quantile < 2.6


def test_a_result_does_not_change_after_it_was_handed_out():
    result = estimate(panel(n_units=60), method="did", treated="group", periods=(2000, 2003), **CALL)
    with pytest.raises(TypeError, match="does not change"):
        result.tables["x"] = 1  # type: ignore[index]
    assert pickle.loads(pickle.dumps(result)) == result
    assert copy.deepcopy(result).tables == dict(result.tables)


def test_pages_of_points_are_no_part_of_how_a_result_reads():
    frame = panel(n_units=60)
    result = estimate(frame, method="iv", treated="dose", instruments="on", **CALL)
    assert result.reference.curve
    assert len(repr(result)) < 6_000


def test_a_constant_outcome_is_told_once():
    frame = panel(n_units=60).assign(y=1.0)
    with pytest.raises(MandeError) as caught:
        estimate(frame, method="ancova", treated="group", periods=(2000, 2003), **CALL)
    assert [problem.code.id for problem in caught.value.problems] == ["M-OUTCOME"]


def test_without_never_treated_the_way_out_is_named():
    frame = panel(n_units=60).query("first > 0")
    with pytest.raises(MandeError, match='control_group="not_yet_treated"'):
        estimate(frame, method="callaway_santanna", first_treated="first", **CALL)


def test_a_family_of_outcomes_takes_starts_and_strata():
    frame = panel(n_units=90, units_per_cluster=3)
    frame["z"] = frame["y"] - frame["on"] + frame["x"]
    family = mande.estimate_family(
        frame, outcomes=["y", "z"], method="etwfe", unit="unit", time="wave", first_treated="first",
        cluster="cluster", family_replays=199,
    )  # fmt: skip
    assert [row["outcome"] for row in family.table.records()] == ["y", "z"]
    assert family.estimates[0].p_value < 0.001 < family.estimates[1].p_value
    lottery = stratified().assign(z=lambda d: d["b"] + d["s"])
    both = mande.estimate_family(
        lottery,
        outcomes=["y", "z"],
        method="ancova",
        treated="d",
        cluster="id",
        strata="s",
        family_replays=199,
    )
    one = estimate(lottery, method="ancova", outcome="y", treated="d", cluster="id", strata="s")
    assert both.estimates[0].estimate == one.estimate
