"""Programmes of every design through `mande.evaluate`: what it can show, the reasons, the numbers, the
report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from mande.disclosure import release
from mande.report.book import Report
from mande.results import Evaluation, results_schema, to_json
from tests.pipeline.made import AFTER, ARMS, BEFORE, evaluated, farmers

TWO = {"training": 30.0, "seeds": 40.0, "none": 0.0}
SEEDS = {"label": {"en": "Seeds"}, "role": "treatment", "starts": AFTER}


def found(evaluation: Evaluation) -> dict[str, Any]:
    every = [*evaluation.findings, *(f for result in evaluation.outcomes for f in result.findings)]
    return {finding.id: finding for finding in every}


def text(evaluation: Evaluation, section: str) -> str:
    return Report(release(evaluation)).section(section).text()


def means(data: pd.DataFrame) -> Any:
    return data.groupby(["arm", "wave"])["income"].mean()


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def run(data: pd.DataFrame, **given: Any) -> Evaluation:
        one = evaluated(tmp_path, monkeypatch, data, **given)
        jsonschema.validate(json.loads(to_json(one)), results_schema())
        for result in one.outcomes:
            estimates = [*result.others, *(further.estimate for further in result.further)]
            for estimate in [*([result.primary] if result.primary else []), *estimates]:
                sample = estimate.sample
                assert sample.rows_in - sum(entry.count for entry in sample.dropped) == sample.rows_used
        return one

    return run


def test_several_arms_have_an_effect_each_with_p_values_for_their_number(evaluate):
    data = farmers(arms=TWO)
    one = evaluate(
        data,
        arms={**ARMS, "seeds": SEEDS},
        design={"assignment": "comparison_group", "contrast": {"treated": ["training", "seeds"]}},
    )
    (arms,) = one.main.further
    mean = means(data)
    gained = {arm: mean[arm, AFTER] - mean[arm, BEFORE] for arm in TWO}
    by_label = {label: term.estimate for label, term in arms.terms()}
    assert by_label["Training"] == pytest.approx(gained["training"] - gained["none"])
    assert by_label["Seeds"] == pytest.approx(gained["seeds"] - gained["none"])
    shown = text(one, "further")
    assert "What did each arm change?" in shown
    assert "P-value corrected for the number of arms" in shown
    assert "Seeds: an effect of +" in shown
    ranks = [(record["method_rank"], record["effect_of"]) for record in one.tidy()]
    assert ranks == [("main", ""), ("arms", "Training"), ("arms", "Seeds")]


def test_a_trial_with_follow_up_only(evaluate):
    data = farmers().query("wave == @AFTER")
    one = evaluate(
        data, waves={AFTER: "follow_up"}, register=("age",),
        design={"assignment": "randomised_clusters", "contrast": {"baseline": None}, "covariates": ["age"]},
    )  # fmt: skip
    main = one.main.primary
    assert [term.name for term in main.terms] == ["in_treated_arm", "age before", "constant"]
    columns = np.column_stack([data["arm"] == "training", data["age"], np.ones(len(data))]).astype(float)
    slopes = np.linalg.lstsq(columns, data["income"].to_numpy(), rcond=None)[0]
    assert main.estimate == pytest.approx(slopes[0])
    assert (main.in_sds is not None, main.percent is not None) == (True, True)
    assert {"attrition", "balance"}.isdisjoint(found(one))
    assert "nothing from before shows how alike the groups began" in found(one)["design.evidence"].sentence
    assert "are compared in 2024 with those with" in text(one, "effects")
    assert "120 + 120" in text(one, "effects")
    assert "did not report" not in text(one, "answer")


def test_take_up_against_assignment(evaluate):
    data = farmers().assign(
        took_part=lambda t: (t["arm"] == "training") & (t["age"] % 3 > 0) & (t["wave"] == AFTER)
    )
    one = evaluate(data, design={"assignment": "randomised_clusters", "take_up": "took_part"})
    (part,) = one.main.further
    share = data.query("wave == @AFTER and arm == 'training'")["took_part"].mean()
    stages = {row["stage"]: row["estimate"] for row in part.estimate.tables["stages"].records()}
    assert stages["first stage"] == pytest.approx(share, abs=0.02)
    assert part.estimate.estimate == pytest.approx(stages["intention to treat"] / stages["first stage"])
    assert stages["intention to treat"] == pytest.approx(one.main.primary.estimate)
    shown = text(one, "further")
    assert "Those who took part because drawn: an effect of +" in shown
    assert "intention to treat" in shown
    assert "Those who took part because drawn" in one.summary()


def test_a_staged_rollout_is_estimated_against_those_not_started(evaluate):
    # A third of the villages starts in the middle wave, a third in the last, a third never.
    plain = farmers(arms={"early": 0.0, "late": 0.0, "none": 0.0})
    middle = plain[plain["wave"] == BEFORE].assign(wave="2023")
    data = pd.concat([plain, middle], ignore_index=True)
    on = (data["arm"] == "early") & (data["wave"] != BEFORE) | (data["arm"] == "late") & (
        data["wave"] == AFTER
    )
    data["income"] += 20.0 * on
    arms = {
        "early": {"label": {"en": "Early"}, "role": "treatment", "starts": "2023"},
        "late": {"label": {"en": "Late"}, "role": "treatment", "starts": AFTER},
        "none": ARMS["none"],
    }
    one = evaluate(
        data.sort_values(["wave", "farmer_id"]), arms=arms,
        waves={BEFORE: "baseline", "2023": "follow_up", AFTER: "follow_up"},
        design={"assignment": "comparison_group", "contrast": {"treated": ["early", "late"]}},
    )  # fmt: skip
    assert one.main.primary.method == "callaway_santanna"
    assert one.main.primary.estimate == pytest.approx(20, abs=2)
    assert "had not started yet" in text(one, "effects")
    assert found(one)["further.arms"].values["code"] == "M-ARMS"
    assert "different times" in found(one)["design.staggered"].sentence


def test_clusters_drawn_within_strata(evaluate):
    data = farmers(n=96).assign(zone=lambda t: t["village"].str[1:].astype(int) % 4 // 2)
    one = evaluate(
        data, register=("zone",),
        design={"assignment": "randomised_clusters", "strata": "zone"},
    )  # fmt: skip
    main = one.main.primary
    assert (main.n_clusters, main.cluster) == (24, "village")
    assert "drawn by lot within zone" in found(one)["design.sample"].sentence
    assert "design.columns" not in found(one)
    assert found(one)["design.evidence"].sentence.startswith("The design can give strong evidence")


def test_repeated_cross_sections_tell_composition_and_season(evaluate):
    data = farmers()
    data["farmer_id"] += data["wave"].str[-1]
    late = (data["wave"] == AFTER) & (data["arm"] == "training")
    data["age"] = np.where(late, data["age"] + 15, data["age"])
    data["interview_date"] = np.where(late, "2024-02-10", data["wave"] + "-11-10")
    one = evaluate(
        data, characteristics=["age"], subgroups=[{"by": "sex"}],
        design={"assignment": "comparison_group", "sample": "repeated_cross_sections"},
    )  # fmt: skip
    told = found(one)
    assert one.main.primary.n_units is None
    assert told["composition"].values["code"] == "M-COMPOSITION"
    assert told["seasons"].values["code"] == "M-SEASONS"
    assert told["further.subgroup.sex"].values["code"] == "M-SUBGROUP"
    checks = text(one, "checks")
    for sentence in (told["composition"].sentence, told["seasons"].sentence):
        assert sentence in checks
    assert "a subgroup is told apart by an answer given after the programme began" in checks
    assert "so that groups are followed" in text(one, "method")


@pytest.mark.parametrize(
    ("design", "reason", "next_best"),
    [
        (
            {"assignment": "before_after", "contrast": {"comparison": []}},
            "Without a comparison group",
            "The change",
        ),
        (
            {"assignment": "comparison_group", "contrast": {"baseline": None}},
            "There is no baseline",
            "The groups can be compared after the programme",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_next_best(evaluate, design, reason, next_best):
    one = evaluate(farmers(), design=design)
    assert one.main.primary is None
    assert reason in one.main.reason
    assert next_best in one.main.reason
    assert one.main.further == ()
    assert reason.lower() in text(one, "answer").lower()
    assert {row["n"] for row in one.main.means.records()} == {120}


def test_an_outcome_lost_in_one_arm_is_a_coded_reason(evaluate):
    data = farmers()
    data["income"] = data["income"].where((data["arm"] == "training") | (data["wave"] == BEFORE))
    one = evaluate(data, design={"assignment": "comparison_group"})
    assert one.main.primary is None
    assert found(one)["method.did"].values["code"] == "M-CELL"


def test_numbers_stand_in_unit_percent_and_standard_deviations_with_means(evaluate):
    data = farmers()
    one = evaluate(data, design={"assignment": "comparison_group"})
    main, mean = one.main.primary, means(data)
    did = mean["training", AFTER] - mean["training", BEFORE] - mean["none", AFTER] + mean["none", BEFORE]
    assert main.estimate == pytest.approx(did)
    assert main.unit == "KES/season"
    assert main.percent == pytest.approx(100 * did / mean["none", AFTER])
    before = data.query("arm == 'none' and wave == @BEFORE")["income"]
    assert main.in_sds == pytest.approx(did / before.std())
    table = {(row["arm"], row["wave"]): row["mean"] for row in one.main.means.records()}
    assert table == pytest.approx(dict(mean.items()))
    assert (main.n_units, main.n_clusters) == (240, 60)
    assert "would have changed" in main.assumption


def test_subgroups_have_names_and_a_test_of_their_difference(evaluate):
    one = evaluate(farmers(), design={"assignment": "comparison_group"}, subgroups=[{"by": "sex"}])
    labels = [label for further in one.main.further for label in further.labels.values()]
    assert labels == ["Sex: Man", "Sex: Woman"]
    shown = text(one, "further")
    assert "Did the effect differ by sex?" in shown
    assert "Woman less Man" in shown


def test_outcomes_of_a_family_are_judged_together(evaluate):
    outcomes = [
        {"indicator": "income_of_farm", "role": "primary", "family": "welfare"},
        {"indicator": "age_of_farmer", "family": "welfare"},
    ]
    data = farmers()
    data["age"] += np.random.default_rng(1).integers(0, 3, len(data))
    one = evaluate(data, design={"assignment": "comparison_group"}, outcomes=outcomes)
    family = found(one)["family"]
    rows = {record["outcome"]: record for record in family.table.records()}
    assert [row["p_value"] for row in rows.values()] == [r.primary.p_value for r in one.outcomes]
    assert rows["Farm income"]["westfall_young"] < 0.01
    assert rows["Age"]["westfall_young"] >= rows["Age"]["p_value"] - 0.02
    assert "2 outcomes of the family 'welfare' are judged together" in family.sentence
    assert "P-value, plain" in text(one, "checks")
