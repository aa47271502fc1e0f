"""Difference-in-differences: by hand, and laws it must obey. Other implementations: test_references."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.errors import MandeError
from mande.impact import estimate
from tests.impact.tables import panel, written

TWO_WAVES = """
    unit | wave   | member | y
    a    | before | 1      | 10
    a    | after  | 1      | 11
    b    | before | 1      | 20
    b    | after  | 1      | 22
    c    | before | 1      | 30
    c    | after  | 1      | 36
    d    | before | 0      | 5
    d    | after  | 0      | 5
    e    | before | 0      | 6
    e    | after  | 0      | 10
"""


def did(frame: pd.DataFrame, **arguments: Any):
    known = {"outcome": "y", "treated": "member", "unit": "unit", "time": "wave"}
    return estimate(frame, method="did", **(known | arguments))


def test_the_effect_is_the_difference_of_mean_changes():
    # members change by 1, 2, 6 (mean 3), others by 0, 4 (mean 2)
    assert did(written(TWO_WAVES)).estimate == pytest.approx(1.0)


def test_the_classical_error_by_hand():
    # squared deviations 4 + 1 + 9 and 4 + 4 make 22; 22 / (5 - 2) * (1/3 + 1/2) = 6.1111
    result = did(written(TWO_WAVES), inference="classical")
    assert result.std_error == pytest.approx((22 / 3 * (1 / 3 + 1 / 2)) ** 0.5)
    assert result.df == 3


def test_the_clustered_error_by_hand():
    # mean squares over group sizes 14/9 + 8/4, times G/(G-1) = 5/4 and (N-1)/(N-K) = 4/3
    result = did(written(TWO_WAVES), inference="CR1")
    assert result.std_error == pytest.approx(((14 / 9 + 8 / 4) * 5 / 4 * 4 / 3) ** 0.5)
    assert (result.df, result.n, result.n_units, result.n_clusters) == (4, 5, 5, 5)


def test_two_cross_sections_by_hand():
    frame = written("""
        wave   | member | y
        before | 1      | 1
        before | 1      | 3
        after  | 1      | 8
        after  | 1      | 10
        before | 0      | 2
        before | 0      | 2
        after  | 0      | 3
        after  | 0      | 5
    """)
    result = did(frame, unit=None)
    # means 2 -> 9 and 2 -> 4; residual squares 2 + 2 + 0 + 2 over 8 - 4, times four halves
    assert result.estimate == pytest.approx((9 - 2) - (4 - 2))
    assert result.std_error == pytest.approx((6 / 4 * 4 / 2) ** 0.5)
    assert (result.inference, result.n_units, result.n_clusters) == ("classical", None, None)


def test_units_seen_once_are_left_out_and_counted():
    frame = written(TWO_WAVES)
    frame.loc[9, "y"] = None
    frame.loc[len(frame)] = ["f", "before", 0, 3.0]
    frame.loc[len(frame)] = ["f", "after", 0, 4.0]
    result = did(frame)
    assert [(entry.reason, entry.count) for entry in result.sample.dropped] == [
        ("no value of y", 1),
        ("unit without data in the other wave", 1),
    ]
    assert (result.sample.rows_in, result.sample.rows_used, result.n) == (12, 10, 5)


def test_on_a_balanced_panel_did_first_differences_and_two_way_effects_agree():
    frame = panel(n_waves=2).query("wave in (2000, 2001)")
    frame = frame.assign(group=frame.groupby("unit")["on"].transform("max"))
    frame = frame.assign(on=frame["group"] * (frame["wave"] == 2001))
    arguments: dict[str, Any] = {"outcome": "y", "unit": "unit", "time": "wave", "inference": "classical"}
    results = [
        estimate(frame, method="did", treated="group", **arguments),
        estimate(frame, method="first_difference", treated="on", **arguments),
        estimate(frame, method="twfe", treated="on", **arguments),
    ]
    for other in results[1:]:
        assert (other.estimate, other.std_error, other.df) == pytest.approx(
            (results[0].estimate, results[0].std_error, results[0].df), rel=1e-10
        )


def test_a_shift_common_to_a_wave_leaves_effect_and_error_alone():
    frame = written(TWO_WAVES)
    base = did(frame)
    moved = did(frame.assign(y=frame["y"] + np.where(frame["wave"] == "after", 100, 7)))
    assert (moved.estimate, moved.std_error) == pytest.approx((base.estimate, base.std_error))


def test_exchanging_the_groups_changes_only_the_sign():
    frame = written(TWO_WAVES)
    base, turned = did(frame), did(frame.assign(member=1 - frame["member"]))
    assert turned.estimate == pytest.approx(-base.estimate)
    assert turned.std_error == pytest.approx(base.std_error)


def test_exchanging_the_waves_changes_only_the_sign():
    base = did(written(TWO_WAVES))
    turned = did(written(TWO_WAVES), periods=("after", "before"))
    assert (turned.estimate, turned.std_error) == pytest.approx((-base.estimate, base.std_error))


def test_in_other_units_effect_and_error_scale():
    frame = written(TWO_WAVES)
    base, scaled = did(frame), did(frame.assign(y=frame["y"] * 1024))
    assert (scaled.estimate, scaled.std_error) == pytest.approx((1024 * base.estimate, 1024 * base.std_error))


def test_equal_weights_are_no_weights_and_whole_weights_count_rows():
    frame = written(TWO_WAVES)
    assert did(frame.assign(w=3.0), weights="w").estimate == pytest.approx(did(frame).estimate)
    doubled = frame.assign(w=np.where(frame["unit"] == "c", 2.0, 1.0))
    # members now change by 1, 2, 6, 6
    assert did(doubled, weights="w").estimate == pytest.approx(15 / 4 - 2)


def test_rows_of_weight_zero_are_left_out_and_counted():
    frame = written(TWO_WAVES)
    result = did(frame.assign(w=(frame["unit"] != "c").astype(int)), weights="w")
    assert result.estimate == pytest.approx(1.5 - 2)
    assert ("w is zero", 2) in [(entry.reason, entry.count) for entry in result.sample.dropped]


def test_covariates_enter_with_their_value_before():
    frame = panel(n_waves=2, n_units=60)
    frame = frame.assign(member=frame["group"])
    result = did(frame, covariates=["x"], inference="classical")
    wide = frame.pivot(index="unit", columns="wave", values="y")
    first = frame[frame["wave"] == 2000].set_index("unit")
    regressors = np.column_stack([np.ones(len(first)), first["member"], first["x"]])
    expected = np.linalg.lstsq(regressors, (wide[2001] - wide[2000]).to_numpy(), rcond=None)[0]
    assert result.estimate == pytest.approx(expected[1])


def test_on_the_log_scale_values_without_logarithm_are_left_out_and_counted():
    frame = written(TWO_WAVES)
    result = did(frame, scale="log")
    changes = {unit: np.log(part["y"].iloc[1] / part["y"].iloc[0]) for unit, part in frame.groupby("unit")}
    expected = (changes["a"] + changes["b"] + changes["c"]) / 3 - (changes["d"] + changes["e"]) / 2
    assert result.estimate == pytest.approx(expected)
    frame.loc[2, "y"] = 0
    reasons = [entry.reason for entry in did(frame, scale="log").sample.dropped]
    assert reasons == ["y is zero or less, which has no logarithm", "unit without data in the other wave"]


def test_a_third_wave_is_left_out_when_two_are_named():
    frame = panel()
    result = did(frame.assign(member=frame["group"]), periods=(2000, 2003))
    assert ("wave not 2000 or 2003", 60) in [(entry.reason, entry.count) for entry in result.sample.dropped]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"member": [1, 0, 1, 1, 1, 1, 0, 0, 0, 0]}, "M-TREATED", "1 of 5 units change"),
        ({"member": [2, 2, 1, 1, 1, 1, 0, 0, 0, 0]}, "M-TREATED", "values such as 2"),
        ({"member": [1] * 10}, "M-CELL", "no rows in comparison before"),
        ({"wave": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}, "M-PERIODS", "the waves 1, 2"),
        ({"wave": ["spring", "autumn"] * 5}, "M-ORDER", "autumn, spring"),
        ({"y": [1.0] * 10}, "M-OUTCOME", "does not move"),
    ],
)
def test_what_cannot_be_estimated_is_refused_with_the_reason(change, code, says):
    with pytest.raises(MandeError) as caught:
        did(written(TWO_WAVES).assign(**change))
    assert [problem.code.id for problem in caught.value.problems] == [code]
    assert says in str(caught.value)


def test_periods_that_do_not_exist_are_refused_with_those_that_do():
    with pytest.raises(MandeError, match="two of the waves with data: before, after"):
        did(written(TWO_WAVES), periods=("before", "later"))


def test_a_unit_in_two_clusters_is_refused():
    frame = written(TWO_WAVES).assign(village=["n", "s", "n", "n", "s", "s", "n", "n", "s", "s"])
    with pytest.raises(MandeError, match="1 of 5 units in more than one village"):
        did(frame, cluster="village")
