"""Checks beside an effect: by hand on a few rows, and worded without claiming too much."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from mande.errors import MandeError
from mande.impact import (
    attrition,
    balance,
    detectable_effect,
    detectable_effects,
    estimate,
    placebo_before_start,
)
from tests.impact.tables import panel, written

FARMS = written("""
    unit | member | cows | land
    a    | 1      | 1    | 5
    b    | 1      | 3    | 5
    c    | 0      | 2    | 5
    d    | 0      | 6    | 5
    e    | 0      |      | 5
""")


def characteristics(frame: pd.DataFrame, *names: str, cluster: str = "unit"):
    return balance(frame, characteristics=names, treated="member", cluster=cluster, labels={"cows": "Cows"})


def test_the_normalised_difference_by_hand():
    # means 2 and 4, variances 2 and 8: -2 over the root of 5
    record = characteristics(FARMS, "cows").table.records()[0]
    assert record["normalised_difference"] == pytest.approx(-2 / 5**0.5)
    assert (record["n_treated"], record["n_comparison"], record["difference"]) == (2, 2, -2)
    # (2/4 + 8/4) times G/(G-1) = 4/3 and (N-1)/(N-K) = 3/2
    assert record["std_error"] == pytest.approx((2.5 * 4 / 3 * 3 / 2) ** 0.5)


def test_balance_names_what_differs_and_counts_what_was_compared():
    finding = characteristics(FARMS, "cows", "land")
    assert finding.status == "caution"
    assert finding.sentence.startswith(
        "1 of the 1 characteristic compared differs between the groups by more than 0.25 standard "
        "deviations: cows."
    )
    assert finding.table.records()[1]["normalised_difference"] is None
    assert finding.table.records()[1]["p_value"] is None


def test_a_group_too_small_to_be_shown_is_marked_for_release():
    table = characteristics(FARMS, "cows").table
    assert table.cell_size == "n_smaller"
    assert table.records()[0]["n_smaller"] == 2


def test_the_joint_test_equals_the_wald_test_of_statsmodels():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", "c"])
    frame = frame.assign(
        member=(frame["a"] + rng.normal(size=200) * 3 > 0).astype(int), village=np.arange(200) // 4
    )
    finding = characteristics(frame, "a", "b", "c", cluster="village")
    fitted = sm.OLS(frame["member"], sm.add_constant(frame[["a", "b", "c"]])).fit(
        cov_type="cluster", cov_kwds={"groups": frame["village"]}, use_t=True
    )
    expected = fitted.f_test(np.eye(4)[1:])
    assert finding.values["joint_f"] == pytest.approx(float(expected.fvalue), rel=1e-9)
    assert finding.values["joint_p"] == pytest.approx(float(expected.pvalue), rel=1e-9)


def test_the_joint_test_is_not_shown_with_few_clusters():
    finding = characteristics(FARMS, "cows", "land")
    assert "A joint test is not shown: too few clusters" in finding.sentence
    assert "joint_p" not in finding.values


def test_groups_that_are_alike_are_called_alike_only_as_far_as_was_looked():
    frame = pd.concat([FARMS.assign(member=0), FARMS.assign(member=1, unit=FARMS["unit"] + "2")])
    finding = characteristics(frame, "cows")
    assert finding.status == "good"
    assert "The one characteristic compared differs between the groups by no more than" in finding.sentence


def test_balance_refuses_text_and_names_missing_columns_together():
    with pytest.raises(MandeError) as caught:
        characteristics(FARMS, "cow", "lnd")
    assert len(caught.value.problems) == 2
    with pytest.raises(MandeError, match="M-TYPE"):
        characteristics(FARMS, "unit")


SEEN = written("""
    unit | wave | member | y
    a    | 1    | 1      | 1
    a    | 2    | 1      | 2
    b    | 1    | 1      | 1
    c    | 1    | 0      | 1
    c    | 2    | 0      |
    d    | 1    | 0      |
    d    | 2    | 0      | 2
    e    | 1    | 0      | 1
    e    | 2    | 0      | 3
""")


def losses(frame: pd.DataFrame):
    return attrition(
        frame, unit="unit", wave="wave", treated="member", cluster="unit", waves=["1", "2"],
        outcomes=["y"], labels={"y": "Scrap rate"}, unit_name=("firm", "firms"),
    )  # fmt: skip


def test_losses_of_units_and_of_outcomes_by_hand():
    units, outcome = losses(SEEN).table.records()
    # b was not interviewed again
    assert (units["n_baseline_treated"], units["lost_treated"]) == (2, 0.5)
    assert (units["n_baseline_comparison"], units["lost_comparison"]) == (3, 0.0)
    # of the comparison firms c and e reported y at first, and c no longer
    assert outcome["reported_comparison"] == pytest.approx(2 / 3)
    assert (outcome["n_baseline_comparison"], outcome["lost_comparison"]) == (2, 0.5)
    assert outcome["reported_treated"] == 1


def test_large_losses_are_a_caution_and_said_in_words():
    finding = losses(SEEN)
    assert finding.status == "caution"
    assert (
        "Of 5 firms interviewed in 1, 50 % of the treated and 0 % of the comparison group" in finding.sentence
    )
    assert "scrap rate by 2" in finding.sentence


def test_a_complete_panel_has_no_losses_and_no_test():
    finding = losses(SEEN.assign(y=1.0)[SEEN["unit"] != "b"])
    assert finding.status == "good"
    assert [record["p_value"] for record in finding.table.records()] == [None, None]


def staged() -> pd.DataFrame:
    frame = panel(n_units=60)
    start = frame.groupby("unit")["on"].transform("sum")
    return frame.assign(later=start.map({0: 0.0, 1: 1.0}))


def before_start(frame: pd.DataFrame):
    return placebo_before_start(
        frame, outcome="y", later="later", unit="unit", time="wave", periods=("2000", "2001"), label="Yield"
    )


def test_the_placebo_is_the_same_estimator_on_units_that_have_not_started():
    finding = before_start(staged())
    same = estimate(
        staged().dropna(subset="later"), method="did", outcome="y", treated="later", unit="unit", time="wave",
        periods=(2000, 2001),
    )  # fmt: skip
    assert (finding.values["estimate"], finding.values["std_error"]) == (same.estimate, same.std_error)


def test_a_placebo_without_a_clear_difference_says_what_it_could_have_missed():
    finding = before_start(staged())
    assert finding.status == "information"
    assert "would often have been missed" in finding.sentence
    assert "consistent with" not in finding.sentence


def test_a_placebo_with_a_difference_is_a_caution():
    frame = staged()
    finding = before_start(frame.assign(y=frame["y"] + 9 * (frame["wave"] == 2001) * (frame["later"] == 1)))
    assert finding.status == "caution"
    assert "already changed by +" in finding.sentence


def test_a_placebo_that_cannot_be_estimated_says_why():
    finding = before_start(staged().assign(later=0.0))
    assert finding.status == "limit"
    assert "could not be compared" in finding.sentence


def test_the_detectable_effect_is_what_such_studies_find_four_times_in_five():
    result = estimate(
        staged(), method="did", outcome="y", treated="group", unit="unit", time="wave", periods=(2000, 2003)
    )
    size = detectable_effect(result)
    # with 59 degrees of freedom t is 2.0010 and 0.8477
    assert size / result.std_error == pytest.approx(2.0010 + 0.8477, abs=2e-4)
    finding = detectable_effects([result])
    assert finding.table.records()[0]["detectable"] == size
    assert "observed power" not in str(finding)
    assert detectable_effects([]).status == "limit"


def test_groups_that_differ_in_who_reports_at_all_are_named():
    rows = [(f"t{i}", "1", 1, 1.0 if i < 8 else None) for i in range(10)]
    rows += [(f"c{i}", "1", 0, 1.0 if i < 3 else None) for i in range(10)]
    rows += [(unit, "2", arm, value) for unit, _, arm, value in rows]
    frame = pd.DataFrame(rows, columns=["unit", "wave", "treated", "scrap"])
    found = attrition(
        frame,
        unit="unit",
        wave="wave",
        treated="treated",
        cluster="unit",
        waves=["1", "2"],
        outcomes=["scrap"],
        unit_name=("firm", "firms"),
    )
    assert found.status == "caution"
    assert "scrap (80 % of treated, 30 % of comparison firms)" in found.sentence


def test_residuals_that_cancel_within_every_cluster_have_no_error_and_no_p_value():
    """Means 20 and 30 in both groups, 10 apart within each of two clusters: CR1 would be 0."""
    frame = pd.DataFrame({"v": [10.0, 20, 30, 40], "t": [0.0, 1, 0, 1], "c": ["A", "A", "B", "B"]})
    table = balance(frame, characteristics=["v"], treated="t", cluster="c").table
    assert table is not None
    (row,) = table.records()
    assert (row["difference"], row["std_error"], row["p_value"]) == (10.0, None, None)
