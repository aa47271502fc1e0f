"""One cluster alone in a group: refused, replayed where chance decided, or warned about; never plain CR1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.errors import MandeError
from mande.impact import estimate
from mande.impact.contract import Request
from mande.impact.lone import lone_groups, lone_in_panel

STATIC = ("did", "doubly_robust", "triple_difference", "ancova", "change_score")
MOVING = ("twfe", "fixed_effects", "first_difference", "random_effects", "correlated_random_effects")
STAGGERED = ("callaway_santanna", "imputation", "sun_abraham", "etwfe", "event_study")
LINEAR = ("did", "triple_difference", "ancova", "change_score", "twfe", "fixed_effects", "first_difference")


def villages(*, n_treated: int, n_other: int, size: int = 6, seed: int = 5) -> pd.DataFrame:
    """Return units of villages in three waves; the first `n_treated` villages start in the last wave."""
    rng = np.random.default_rng(seed)
    n = (n_treated + n_other) * size
    place = np.arange(n)
    village = place // size
    group = (village < n_treated).astype(int)
    base = pd.DataFrame(
        {"unit": place, "village": village, "group": group, "can": place % 2, "first": 3 * group}
    )
    level, shock = rng.normal(size=n), rng.normal(size=n_treated + n_other)[village]
    waves = [
        base.assign(wave=wave, on=group * (wave == 3), y=level + shock * wave + rng.normal(size=n))
        for wave in (1, 2, 3)
    ]
    return pd.concat(waves, ignore_index=True)


def run(method: str, frame: pd.DataFrame, **options: Any) -> Any:
    call: dict[str, Any] = {"outcome": "y", "unit": "unit", "time": "wave", "cluster": "village"}
    if method in STAGGERED:
        call |= {"first_treated": "first"}
    elif method in STATIC:
        call |= {"treated": "group"}
        frame = frame[frame["wave"] > 1]
    else:
        call |= {"treated": "on"}
    if method == "triple_difference":
        call |= {"eligible": "can"}
    return estimate(frame, method=method, **(call | options))


def found(method: str, frame: pd.DataFrame, **options: Any) -> str:
    with pytest.raises(MandeError) as caught:
        run(method, frame, **options)
    assert [problem.code.id for problem in caught.value.problems] == ["M-ALONE"]
    return str(caught.value.problems[0].values["found"])


@pytest.mark.parametrize("method", [*STATIC, *MOVING, *STAGGERED])
@pytest.mark.parametrize(
    ("n_treated", "n_other", "alone"),
    [(1, 8, "treated"), (8, 1, "comparison"), (1, 1, "treated and the comparison")],
)
def test_auto_gives_no_interval_where_one_cluster_is_a_group(method, n_treated, n_other, alone):
    frame = villages(n_treated=n_treated, n_other=n_other)
    assert found(method, frame) == f"one village alone stands for the {alone} group"


@pytest.mark.parametrize("method", LINEAR)
@pytest.mark.parametrize("inference", ["CR1", "CR2", "CR3"])
def test_errors_without_definition_are_refused_by_name_too(method, inference):
    found(method, villages(n_treated=1, n_other=8), inference=inference)


def test_sampling_units_are_clusters_too():
    found("did", villages(n_treated=1, n_other=8), inference="survey")


@pytest.mark.parametrize("method", LINEAR)
def test_a_draw_of_one_village_is_replayed(method):
    frame = villages(n_treated=1, n_other=8)
    result = run(method, frame, assigned_by="village")
    assert result.inference == "randomisation"
    # One of nine villages: every village takes its turn.
    assert result.p_value == pytest.approx(round(9 * result.p_value) / 9)
    assert result.p_value >= 1 / 9


def test_a_wild_bootstrap_by_name_is_kept_and_warned_about():
    result = run("did", villages(n_treated=1, n_other=8), inference="wild", replays=99)
    assert result.inference == "wild"
    assert "One village alone stands for the treated group." in result.caution


def test_errors_over_rows_are_another_question():
    frame = villages(n_treated=1, n_other=8)
    for inference in ("classical", "HC1"):
        assert run("did", frame, inference=inference).inference == inference


@pytest.mark.parametrize("method", [*STATIC, *MOVING, *STAGGERED])
def test_two_clusters_in_every_group_are_estimated(method):
    assert run(method, villages(n_treated=2, n_other=2)).std_error > 0


@pytest.mark.parametrize("method", ["did", "ancova", "doubly_robust"])
def test_clusters_that_hold_both_groups_are_not_alone(method):
    frame = villages(n_treated=1, n_other=3)
    drawn = frame.assign(group=frame["unit"] % 2)
    assert run(method, drawn).std_error > 0


@pytest.mark.parametrize("method", ["ancova", "doubly_robust"])
def test_one_arm_of_several_is_named(method):
    frame = villages(n_treated=4, n_other=4)
    arms = frame.assign(a=(frame["village"] < 3).astype(int), b=(frame["village"] == 3).astype(int))
    assert "the b group" in found(method, arms, treated=["a", "b"])
    two = frame.assign(a=(frame["village"] < 2).astype(int), b=frame["village"].isin([2, 3]).astype(int))
    assert (run(method, two, treated=["a", "b"]).tidy()["std_error"] > 0).all()


def test_a_village_that_starts_later_is_a_comparison_as_well():
    frame = villages(n_treated=4, n_other=1)
    # Half of the treated start a wave earlier, so that in wave 2 the others stand beside the lone village.
    on = frame["on"].where(~((frame["village"] < 2) & (frame["wave"] == 2)), 1)
    assert run("twfe", frame.assign(on=on)).std_error > 0
    clusters = frame["village"].to_numpy()
    time = frame["wave"].to_numpy() - 1
    request = Request("twfe", "CR1", "y", arms=("on",), clusters=("village",))
    assert lone_in_panel((clusters,), frame[["on"]].to_numpy(dtype=float), time, request) == ("comparison",)
    assert lone_in_panel((clusters,), on.to_numpy(dtype=float)[:, None], time, request) == ()


def test_a_dose_is_no_group():
    clusters = np.repeat(np.arange(4), 3)
    request = Request("did", "CR1", "y", arms=("dose",), clusters=("village",))
    assert lone_groups((clusters,), 1.5 * (clusters == 0), request) == ()
    assert lone_groups((clusters,), 1.0 * (clusters == 0), request) == ("treated",)
    assert lone_groups((clusters, clusters), 1.0 * (clusters == 0), request) == ()


def test_the_way_out_is_named():
    with pytest.raises(MandeError) as caught:
        run("did", villages(n_treated=1, n_other=8))
    assert 'inference="randomisation", assigned_by=' in str(caught.value)
