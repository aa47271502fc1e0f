"""`auto` takes the standard error that the clusters of both arms can bear, and says which and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.impact import estimate
from tests.impact.tables import panel

CALL: dict[str, Any] = {
    "method": "did", "outcome": "y", "treated": "d", "unit": "unit", "time": "wave", "cluster": "cluster",
}  # fmt: skip


def draw(
    rng: np.random.Generator, *, n_treated: int = 2, n_clusters: int = 30, size: int = 5, giant: int = 0
) -> pd.DataFrame:
    """Return two waves without any effect, with shocks by cluster; `giant` units more in cluster 0."""
    cluster = np.concatenate([np.repeat(np.arange(n_clusters), size), np.zeros(giant, dtype=int)])
    treated = rng.permutation(n_clusters) < n_treated
    frame = pd.DataFrame({"unit": np.arange(len(cluster)), "cluster": cluster, "d": treated[cluster] * 1})
    change = rng.normal(size=n_clusters)[cluster] + rng.normal(size=len(cluster))
    return pd.concat([frame.assign(wave=1, y=0.0), frame.assign(wave=2, y=change)])


def test_many_clusters_in_both_arms_get_cr1():
    result = estimate(draw(np.random.default_rng(1), n_treated=15), **CALL)
    assert result.inference == "CR1"
    assert result.caution == ""


def test_two_treated_clusters_of_thirty_get_cr2_and_a_caution():
    result = estimate(draw(np.random.default_rng(1)), **CALL)
    assert result.inference == "CR2"
    assert any("2 treated and 28 other clusters" in note and "CR2" in note for note in result.notes)
    assert "2 treated" in result.caution
    assert "how sure it is cannot be said" in result.sentence()


def test_two_treated_clusters_drawn_by_lot_are_drawn_again():
    result = estimate(draw(np.random.default_rng(1)), assigned_by="cluster", **CALL)
    assert result.inference == "randomisation"
    assert result.caution == ""
    assert "all 435 assignments" in result.notes[0]


def test_few_comparison_clusters_count_like_few_treated_ones():
    result = estimate(draw(np.random.default_rng(1), n_treated=24), **CALL)
    assert result.inference == "CR2"
    assert result.caution == ""  # six are few, but not so few that nothing can be said


def test_one_cluster_that_carries_the_effect_counts_as_few():
    frame = draw(np.random.default_rng(3), n_treated=15, giant=400)
    result = estimate(frame, **CALL)
    assert result.inference == "CR2"
    assert any("as much as" in note for note in result.notes)


def test_a_kind_asked_for_by_name_is_never_switched():
    result = estimate(draw(np.random.default_rng(1)), inference="CR1", **CALL)
    assert result.inference == "CR1"


def test_few_clusters_behind_a_kind_asked_for_by_name_are_told():
    frame = draw(np.random.default_rng(1))
    result = estimate(frame, inference="CR1", **CALL)
    assert result.caution == "The effect rests on 2 treated and 28 other clusters."
    assert any(note.startswith("2 treated and 28 other clusters are few for CR1") for note in result.notes)
    careful = estimate(frame, inference="CR3", **CALL)
    assert "2 treated" in careful.caution
    assert not any("few for" in note for note in careful.notes)
    some = estimate(draw(np.random.default_rng(1), n_treated=7), inference="CR1", **CALL)
    assert (some.caution, any("7 treated" in note for note in some.notes)) == ("", True)
    many = estimate(draw(np.random.default_rng(1), n_treated=15), inference="CR1", **CALL)
    assert (many.caution, any("few for" in note for note in many.notes)) == ("", False)


@pytest.mark.parametrize("method", ["doubly_robust", "callaway_santanna", "imputation"])
def test_errors_from_influence_functions_say_where_few_clusters_stand_behind_a_group(method):
    call = {**CALL, "method": method}
    if method != "doubly_robust":
        call |= {"first_treated": "first", "treated": None}
    for n_treated, is_sure in ((2, False), (7, True)):
        frame = draw(np.random.default_rng(1), n_treated=n_treated).assign(first=lambda d: 2 * d["d"])
        result = estimate(frame, **call)
        assert result.inference == "influence"
        counts = f"{n_treated} treated and {30 - n_treated} comparison clusters"
        assert any(counts in note for note in result.notes)
        assert (result.caution == "") == is_sure
    many = draw(np.random.default_rng(1), n_treated=15).assign(first=lambda d: 2 * d["d"])
    assert not any("few for" in note for note in estimate(many, **call).notes)


def test_a_continuous_regressor_is_judged_by_its_leverage_alone():
    result = estimate(panel(n_units=60), method="twfe", outcome="y", treated="dose", unit="unit", time="wave")
    assert result.inference == "CR1"


def test_the_outcome_plays_no_part():
    frame = draw(np.random.default_rng(1), n_treated=12)
    other = frame.assign(y=frame["y"].to_numpy()[::-1] ** 3)
    assert estimate(frame, **CALL).inference == estimate(other, **CALL).inference


def rejections(repetitions: int, **arguments: Any) -> float:
    rng = np.random.default_rng(11)
    return float(
        np.mean([estimate(draw(rng), **CALL, **arguments).p_value < 0.05 for _ in range(repetitions)])
    )


def test_a_true_null_with_two_treated_clusters_of_thirty():
    # 100 repetitions: .05 +- 3 * .022; CR1 is known to reject about 27 times of 100
    assert rejections(100, inference="CR1") > 0.15
    assert rejections(100, assigned_by="cluster") <= 0.115
    assert rejections(100) <= 0.15
    assert rejections(50, inference="wild", replays=399) <= 0.02


@pytest.mark.slow
def test_a_true_null_in_a_long_run():
    # 1,000 repetitions: .05 +- 3 * .0069
    assert 0.22 <= rejections(1000, inference="CR1") <= 0.32
    assert 0.03 <= rejections(1000, assigned_by="cluster") <= 0.071
    assert rejections(300, inference="wild", replays=399) <= 0.01


def test_the_arm_that_fewest_clusters_carry_decides_for_all_arms():
    # Forty clusters of three rows: twenty in neither arm, seventeen in the first, three in the second.
    cluster = np.repeat(np.arange(40), 3)
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"c": cluster, "one": ((cluster >= 20) & (cluster < 37)) * 1.0,
                          "two": (cluster >= 37) * 1.0, "y": rng.normal(size=120)})  # fmt: skip
    call = {"method": "ancova", "outcome": "y", "cluster": "c"}
    alone = estimate(frame[frame["two"] == 0], treated="one", **call)
    together = estimate(frame, treated=["one", "two"], **call)
    turned = estimate(frame, treated=["two", "one"], **call)
    assert alone.inference == "CR1"
    assert together.inference == turned.inference == "CR2"
    assert "3 treated" in together.caution
