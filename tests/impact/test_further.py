"""Effects beside the main one: arms together, those who took part, those reached, subgroups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.impact import (
    OutcomeEstimates,
    estimate,
    estimate_family,
    evaluate_outcome,
    family_of_effects,
    read_design,
)
from mande.schema.programme import Programme
from tests.impact.test_design import findings

UNITS = 120


def programme(arms: dict[str, Any], *, treated: list[str], **changed: Any) -> Programme:
    """Return a programme in two waves; `changed` goes into its design, contrast and subgroups."""
    contrast = {"treated": treated, "comparison": ["none"], "baseline": "1", "follow_up": "2"}
    contrast |= changed.pop("contrast", {})
    subgroups = changed.pop("subgroups", [])
    waves = changed.pop("waves", ("1", "2"))
    roles = {"none": {"role": "comparison"}, "near": {"role": "spillover"}}
    usual = {"role": "treatment", "starts": "2"}
    return Programme.model_validate(
        {
            "format": 1, "id": "trial", "title": {"en": "T"}, "question": {"en": "Q?"}, "summary": {"en":
            "S"}, "place": "P", "chain": {"en": "Milk"}, "currency": "KES", "entity": "farms",
            "waves": [
                {"id": w, "label": {"en": w}, "role": "follow_up", "reference_date": f"200{w}-06-30"}
                for w in waves
            ],
            "arms": {
                name: {"label": {"en": name.title()}, **(roles.get(name) or usual), **entry}
                for name, entry in arms.items()
            },
            "design": {"assignment": "randomised", "cluster": "unit", "description": {"en": "D"},
                       "contrast": contrast, **changed},
            "outcomes": [{"indicator": "y", "role": "primary"}], "subgroups": subgroups,
        }
    )  # fmt: skip


def survey(arms: dict[str, float], *, seed: int = 1, n: int = UNITS) -> pd.DataFrame:
    """Return units in two waves whose arms add their effect in the second."""
    rng = np.random.default_rng(seed)
    arm = rng.permutation(np.resize(list(arms), n))
    level = rng.normal(10, 2, n)
    gain = np.array([arms[name] for name in arm])
    side = rng.integers(2, size=n)
    parts = [
        pd.DataFrame({"unit": np.arange(n), "wave": wave, "arm": arm, "side": side,
                      "y": level + place * (1 + gain) + rng.normal(size=n)})
        for place, wave in enumerate(("1", "2"))
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def evaluated(frame: pd.DataFrame, made: Programme, **more: Any) -> OutcomeEstimates:
    return evaluate_outcome(frame, outcome="y", programme=made, **more)


def of(result: OutcomeEstimates, question: str) -> list[Any]:
    return [entry for entry in result.further if entry.question == question]


TWO = {"a": 3.0, "b": 5.0, "none": 0.0}
THREE_ARMS: dict[str, Any] = {"a": {}, "b": {}, "none": {}}


def wide(frame: pd.DataFrame) -> pd.DataFrame:
    table = frame.pivot(index="unit", columns="wave", values="y")
    return table.assign(arm=frame.groupby("unit")["arm"].first(), side=frame.groupby("unit")["side"].first())


def test_each_arm_has_its_difference_in_differences_by_hand():
    frame = survey(TWO)
    made = programme(THREE_ARMS, treated=["a", "b"], assignment="comparison_group")
    (arms,) = of(evaluated(frame, made), "arms")
    change = wide(frame).assign(change=lambda t: t["2"] - t["1"]).groupby("arm")["change"].mean()
    found = {label: term.estimate for label, term in arms.terms()}
    assert found == pytest.approx({"A": change["a"] - change["none"], "B": change["b"] - change["none"]})
    assert arms.estimate.method == "change_score"


def test_arms_of_a_trial_are_those_of_the_regression_with_both_free_of_each_other():
    frame = survey(TWO)
    made = programme(THREE_ARMS, treated=["a", "b"], strata="side")
    (arms,) = of(evaluated(frame, made), "arms")
    # By hand: y2 on arms, y1 and side around their means, and the products (Lin 2013 with several arms).
    table = wide(frame)
    a, b = (table["arm"] == "a").to_numpy(float), (table["arm"] == "b").to_numpy(float)
    others = np.column_stack([table["1"], table["side"]]).astype(float)
    others -= others.mean(axis=0)
    columns = np.column_stack([a, b, a[:, None] * others, b[:, None] * others, others, np.ones(len(table))])
    slopes = np.linalg.lstsq(columns, table["2"].to_numpy(), rcond=None)[0]
    assert [term.estimate for _, term in arms.terms()] == pytest.approx(slopes[:2])
    assert (arms.estimate.n, arms.estimate.n_clusters) == (UNITS, UNITS)


def test_p_values_of_arms_are_corrected_for_their_number():
    frame = survey({"a": 0.35, "b": 0.3, "none": 0.0}, seed=3)
    made = programme(THREE_ARMS, treated=["a", "b"])
    (arms,) = of(evaluated(frame, made), "arms")
    for record in arms.family.records():
        assert record["p_value"] <= record["benjamini_hochberg"]
        assert record["westfall_young"] >= record["p_value"] - 0.02
        assert record["westfall_young"] <= 2 * record["p_value"] + 0.02  # not beyond Bonferroni
    assert [record["outcome"] for record in arms.family.records()] == ["A", "B"]


def test_where_other_units_are_asked_each_arm_is_compared_with_the_comparison_group_alone():
    frame = survey(TWO)
    fresh = frame.assign(unit=np.arange(len(frame)))
    made = programme(
        THREE_ARMS,
        treated=["a", "b"],
        assignment="comparison_group",
        sample="repeated_cross_sections",
    )
    arms = of(evaluated(fresh, made), "arms")
    means = frame.groupby(["arm", "wave"])["y"].mean()
    gained = {name: means[name, "2"] - means[name, "1"] for name in TWO}
    found = {label: term.estimate for entry in arms for label, term in entry.terms()}
    assert found == pytest.approx({"A": gained["a"] - gained["none"], "B": gained["b"] - gained["none"]})
    assert [entry.family is None for entry in arms] == [False, True]
    other = (fresh["arm"] == "b").sum()
    dropped = {entry.reason: entry.count for entry in arms[0].estimate.sample.dropped}
    assert dropped == {"unit of another arm": other}


CROSSED: dict[str, Any] = {
    "both": {"components": ["seed", "credit"]}, "seed": {"components": ["seed"]},
    "credit": {"components": ["credit"]}, "none": {},
}  # fmt: skip


def test_components_that_cross_are_averaged_over_each_other_as_they_occur():
    frame = survey({"both": 9.0, "seed": 3.0, "credit": 2.0, "none": 0.0}, n=160)
    made = programme(CROSSED, treated=["both", "seed"], contrast={"comparison": ["none", "credit"]})
    (parts,) = of(evaluated(frame, made), "arms")
    assert list(parts.labels.values()) == ["Credit", "Seed"]
    assert parts.title == "What did each part of the programme change?"
    table = wide(frame)
    mean = table["2"].groupby(table["arm"]).mean()
    # A quarter each: seed's effect is the plain mean of its effects with and without credit.
    without_baseline = {
        "Seed": (mean["both"] - mean["credit"] + mean["seed"] - mean["none"]) / 2,
        "Credit": (mean["both"] - mean["seed"] + mean["credit"] - mean["none"]) / 2,
    }
    only_after = programme(
        CROSSED, treated=["both", "seed"], contrast={"comparison": ["none", "credit"], "baseline": None}
    )
    (after,) = of(evaluated(frame, only_after), "arms")
    assert {label: term.estimate for label, term in after.terms()} == pytest.approx(without_baseline)


def test_arms_that_start_apart_are_a_coded_refusal_with_a_way_out():
    arms = {"a": {"starts": "2"}, "b": {"starts": "3"}, "none": {}}
    frame = survey({"a": 3.0, "b": 5.0, "none": 0.0})
    three = pd.concat([frame, frame[frame["wave"] == "2"].assign(wave="3")], ignore_index=True)
    made = programme(arms, treated=["a", "b"], waves=("1", "2", "3"), contrast={"follow_up": "3"})
    result = evaluated(three, made)
    assert of(result, "arms") == []
    found = {finding.id: finding for finding in result.findings}["further.arms"]
    assert found.values["code"] == "M-ARMS"
    assert "arms that start in 2, 3" in found.sentence
    assert "contrast of its own" in found.advice


def test_the_effect_on_those_who_took_part_is_the_ratio_of_two_intentions_to_treat():
    frame = survey({"a": 4.0, "none": 0.0})
    frame["took"] = ((frame["arm"] == "a") & (frame["unit"] % 3 > 0)).astype(float)
    made = programme({"a": {}, "none": {}}, treated=["a"], take_up="took", contrast={"baseline": None})
    (part,) = of(evaluated(frame, made), "taking_part")
    after = frame[frame["wave"] == "2"].groupby("arm")[["y", "took"]].mean()
    wald = (after.loc["a", "y"] - after.loc["none", "y"]) / (
        after.loc["a", "took"] - after.loc["none", "took"]
    )
    assert part.estimate.estimate == pytest.approx(wald)
    assert part.estimate.inference == "anderson_rubin"
    stages = {row["stage"]: row["estimate"] for row in part.estimate.tables["stages"].records()}
    assert stages["intention to treat"] / stages["first stage"] == pytest.approx(wald)


def test_take_up_that_the_draw_hardly_moves_leaves_the_interval_open():
    frame = survey({"a": 0.2, "none": 0.0}, seed=5)
    frame["took"] = (frame["unit"] % 2 == 0).astype(float)
    made = programme({"a": {}, "none": {}}, treated=["a"], take_up="took")
    (part,) = of(evaluated(frame, made), "taking_part")
    interval = part.estimate.interval(0.95)
    assert not (np.isfinite(interval.low) and np.isfinite(interval.high)) or len(interval.pieces) > 1


def test_the_size_of_the_effect_on_participants_is_against_the_comparison_of_the_main_effect():
    frame = survey({"a": 4.0, "none": 0.0})
    frame["took"] = ((frame["arm"] == "a") & (frame["unit"] % 3 > 0)).astype(float)
    result = evaluated(frame, programme({"a": {}, "none": {}}, treated=["a"], take_up="took"))
    (part,) = of(result, "taking_part")
    assert part.estimate.comparison == result.primary.comparison


def test_without_a_draw_group_membership_is_no_instrument():
    frame = survey({"a": 4.0, "none": 0.0}).assign(took=1.0)
    made = programme({"a": {}, "none": {}}, treated=["a"], take_up="took", assignment="comparison_group")
    result = evaluated(frame, made)
    assert of(result, "taking_part") == []
    (found,) = [entry for entry in result.findings if entry.id == "further.taking_part"]
    assert (found.status, found.values["code"]) == ("limit", "M-TAKEUP")
    assert "do not compare who took part" in found.advice


def test_a_trial_without_a_baseline_is_the_difference_of_means():
    frame = survey({"a": 4.0, "none": 0.0})
    made = programme({"a": {}, "none": {}}, treated=["a"], contrast={"baseline": None})
    reading = read_design(made, frame)
    assert (reading.can_estimate, reading.primary_method, reading.grade) == (True, "ancova", "strong")
    assert findings(reading)["design.no_baseline"].status == "caution"
    assert "nothing from before" in " ".join(reading.grade_reasons)
    result = evaluated(frame, made)
    after = frame[frame["wave"] == "2"].groupby("arm")["y"].mean()
    assert result.primary.estimate == pytest.approx(after["a"] - after["none"])
    assert {entry.reason: entry.count for entry in result.primary.sample.dropped} == {
        "wave outside the contrast": UNITS
    }
    base = result.primary.comparison
    assert (base.mean, base.sd_when) == (pytest.approx(after["none"]), "after")
    assert "of the comparison in the wave compared" in result.primary.summary()


def test_a_comparison_group_without_a_baseline_is_refused_with_the_next_best():
    made = programme(
        {"a": {}, "none": {}}, treated=["a"], contrast={"baseline": None}, assignment="comparison_group"
    )
    reading = read_design(made, survey({"a": 4.0, "none": 0.0}))
    assert not reading.can_estimate
    assert "There is no baseline" in reading.reason
    assert "The groups can be compared after the programme" in reading.reason


def test_an_outcome_that_was_not_asked_before_is_compared_after_and_said():
    frame = survey({"a": 4.0, "none": 0.0})
    frame["y"] = frame["y"].where(frame["wave"] == "2")
    result = evaluated(frame, programme({"a": {}, "none": {}}, treated=["a"]))
    after = frame[frame["wave"] == "2"].groupby("arm")["y"].mean()
    assert result.primary.estimate == pytest.approx(after["a"] - after["none"])
    assert "was not told by both groups in 1" in result.findings[0].sentence
    chosen = programme({"a": {}, "none": {}}, treated=["a"], assignment="comparison_group")
    refused = evaluated(frame, chosen)
    assert refused.primary is None
    assert "Next best: the groups' means after the programme" in refused.reason


def test_covariates_from_before_serve_precision_and_later_ones_are_refused():
    frame = survey({"a": 4.0, "none": 0.0})
    frame["size"] = frame["unit"] % 7 + (frame["wave"] == "2") * 100.0 * (frame["arm"] == "a")
    made = programme({"a": {}, "none": {}}, treated=["a"], covariates=["size"])
    found = evaluated(frame, made).primary
    assert [term.name for term in found.terms][:3] == ["in_treated_arm", "y before", "size before"]
    fixed = evaluated(frame.assign(size=frame["unit"] % 7), made).primary
    assert found.estimate == pytest.approx(fixed.estimate)  # what came after does not enter
    late = programme({"a": {}, "none": {}}, treated=["a"], covariates=["size"], contrast={"baseline": None})
    told = findings(read_design(late, frame))["design.covariates"]
    assert (told.status, told.values["code"], told.values["found"]) == ("limit", "M-COVARIATE", "size")
    assert "design.covariates" not in findings(read_design(late, frame, lasting=["size"]))
    assert "size before" not in [term.name for term in evaluated(frame, late).primary.terms]


def test_strata_of_the_draw_are_taken_out_so_that_unequal_shares_do_not_bias():
    # In one stratum three of four are treated, in the other one of four; strata differ by 50 in level.
    rng = np.random.default_rng(2)
    n = 400
    side = np.arange(n) % 2
    treated = (np.arange(n) // 2 % 4) < np.where(side == 1, 3, 1)
    y = 50.0 * side + 2.0 * treated + rng.normal(size=n)
    frame = pd.DataFrame(
        {"unit": np.arange(n), "wave": "2", "arm": np.where(treated, "a", "none"), "side": side, "y": y}
    )
    made = programme({"a": {}, "none": {}}, treated=["a"], strata="side", contrast={"baseline": None})
    assert evaluated(frame, made).primary.estimate == pytest.approx(2.0, abs=0.3)


def test_a_spillover_group_has_an_effect_of_its_own():
    frame = survey({"a": 4.0, "near": 1.0, "none": 0.0})
    made = programme({"a": {}, "near": {}, "none": {}}, treated=["a"], assignment="comparison_group")
    (near,) = of(evaluated(frame, made), "spillover")
    change = wide(frame).assign(change=lambda t: t["2"] - t["1"]).groupby("arm")["change"].mean()
    assert near.estimate.estimate == pytest.approx(change["near"] - change["none"])
    assert near.labels == {near.estimate.term: "Near"}
    silent = frame.assign(y=frame["y"].where(frame["arm"] != "near"))
    (found,) = [e for e in evaluated(silent, made).findings if e.id == "further.spillover"]
    assert found.values["code"] == "M-SPILLOVER"


def test_subgroups_by_the_baseline_are_the_effect_within_each():
    frame = survey({"a": 4.0, "none": 0.0})
    made = programme(
        {"a": {}, "none": {}}, treated=["a"], subgroups=[{"by": "side"}], assignment="comparison_group"
    )
    one, two = of(evaluated(frame, made), "subgroup")
    for entry, side in ((one, 0), (two, 1)):
        own = wide(frame)[lambda t, s=side: t["side"] == s]
        change = (own["2"] - own["1"]).groupby(own["arm"]).mean()
        assert entry.estimate.estimate == pytest.approx(change["a"] - change["none"])
    (difference,) = one.differences.records()
    assert difference["label"] == "1 less 0"
    assert difference["difference"] == pytest.approx(two.estimate.estimate - one.estimate.estimate)


def test_a_subgroup_is_what_it_was_before_also_where_it_changed():
    frame = survey({"a": 4.0, "none": 0.0})
    moved = frame.assign(side=frame["side"].where(frame["wave"] == "1", 1))
    made = programme({"a": {}, "none": {}}, treated=["a"], subgroups=[{"by": "side"}])
    found, plain = (of(evaluated(table, made), "subgroup") for table in (moved, frame))
    assert [e.estimate.estimate for e in found] == [e.estimate.estimate for e in plain]


def test_a_subgroup_measured_after_the_start_is_refused_with_the_way_out():
    frame = survey({"a": 4.0, "none": 0.0})
    late = programme({"a": {}, "none": {}}, treated=["a"], subgroups=[{"by": "side", "measured": "2"}])
    result = evaluated(frame, late)
    assert of(result, "subgroup") == []
    (found,) = [entry for entry in result.findings if entry.id.startswith("further.subgroup")]
    assert found.values["code"] == "M-SUBGROUP"
    assert found.values["found"] == "side in 2, the programme started in 2"
    assert "measured: 1" in found.advice
    sure = programme(
        {"a": {}, "none": {}}, treated=["a"], subgroups=[{"by": "side", "measured": "2", "lasting": True}]
    )
    assert len(of(evaluated(frame, sure), "subgroup")) == 2


@pytest.mark.parametrize(("column", "says"), [("unit", "120 values"), ("nowhere", "no such column")])
def test_a_column_that_makes_no_subgroups_is_a_coded_finding(column, says):
    made = programme({"a": {}, "none": {}}, treated=["a"], subgroups=[{"by": column}])
    result = evaluated(survey({"a": 4.0, "none": 0.0}), made)
    (found,) = [entry for entry in result.findings if entry.id.startswith("further.subgroup")]
    assert found.values["code"] == "M-SUBGROUPS"
    assert says in found.sentence


def test_further_effects_do_not_depend_on_the_order_of_rows():
    frame = survey(TWO).assign(took=lambda t: (t["arm"] != "none") & (t["unit"] % 3 > 0))
    made = programme(
        THREE_ARMS, treated=["a", "b"], strata="side", take_up="took", subgroups=[{"by": "side"}]
    )
    assert evaluated(frame.sample(frac=1, random_state=1), made).further == evaluated(frame, made).further


def test_arms_by_the_public_function_give_the_same_numbers():
    frame = survey(TWO).assign(a=lambda t: t["arm"] == "a", b=lambda t: t["arm"] == "b")
    made = programme(THREE_ARMS, treated=["a", "b"])
    (arms,) = of(evaluated(frame, made), "arms")
    direct = estimate(
        frame, method="ancova", outcome="y", treated=["a", "b"], unit="unit", time="wave", periods=("1", "2")
    )
    assert [t.estimate for _, t in arms.terms()] == pytest.approx(direct.tidy()["estimate"].tolist())
    assert [t.std_error for _, t in arms.terms()] == pytest.approx(direct.tidy()["std_error"].tolist())


def test_outcomes_judged_together_have_the_p_values_of_a_family():
    frame = survey({"a": 0.5, "none": 0.0}).assign(z=lambda t: t["y"] + np.sin(np.arange(len(t))))
    made = programme({"a": {}, "none": {}}, treated=["a"], assignment="comparison_group")
    tested = [evaluate_outcome(frame, outcome=name, programme=made).tested for name in ("y", "z")]
    joint = family_of_effects(tested).records()
    group = frame.assign(in_treated_arm=(frame["arm"] == "a") * 1.0)
    direct = estimate_family(
        group, outcomes=["y", "z"], method="did", treated="in_treated_arm", unit="unit", time="wave",
        cluster="unit",
    ).table.records()  # fmt: skip
    assert joint == direct


def test_effects_that_cannot_be_drawn_together_are_corrected_by_their_p_values_alone():
    frame = survey({"a": 0.5, "none": 0.0})
    made = programme({"a": {}, "none": {}}, treated=["a"])
    whole = evaluate_outcome(frame, outcome="y", programme=made).tested
    part = evaluate_outcome(frame[frame["unit"] > 5], outcome="y", programme=made).tested
    table = family_of_effects([whole, part])
    assert {"benjamini_hochberg", "sharpened_q"} <= set(table.columns)
    assert {"westfall_young", "romano_wolf", "statistic"}.isdisjoint(table.columns)
    assert "cannot be drawn together" in table.notes[-1]


def test_a_contrast_that_names_no_baseline_has_none():
    body = programme({"a": {}, "none": {}}, treated=["a"]).model_dump(by_alias=True)
    del body["design"]["contrast"]["baseline"]
    contrast = Programme.model_validate(body).design.contrast
    assert (contrast.baseline, contrast.has_baseline) == ("2", False)
