"""The main method follows from the design alone, and evidence is graded with its reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from mande.impact import design, engine, estimators, evaluate_outcome, read_design, registry
from mande.impact.choice import CHOICES, choose_method, kind_of
from mande.impact.evidence import REASONS, grade
from mande.results import Finding
from mande.results.findings import Status
from mande.schema.programme import Programme
from tests.impact.test_design import findings, programme, survey


def changed(arms=None, **changes) -> Programme:
    """Return the programme in four waves with changes to its arms and design."""
    body = programme(**changes).model_dump(by_alias=True)
    for name, entry in (arms or {}).items():
        body["arms"][name] = {**body["arms"].get(name, {}), **entry}
    return Programme.model_validate(body)


def rollout(**changes) -> Programme:
    contrast = {"treated": ["early", "late"], "comparison": ["never"], "follow_up": "2003"}
    return programme(contrast=contrast, **changes)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (programme(), "comparison"),
        (programme(assignment="randomised"), "trial"),
        (programme(assignment="randomised_clusters"), "trial"),
        (rollout(), "rollout"),
        (rollout(assignment="randomised"), "rollout"),
        (programme(sample="repeated_cross_sections"), "cross_sections"),
    ],
)
def test_the_kind_of_design_is_read_from_the_programme(made, kind):
    assert kind_of(made) == kind


def test_the_first_method_that_is_there_is_taken_and_the_better_ones_are_named():
    chosen = choose_method("trial", {"did", "twfe"})
    assert chosen.candidate.method == "did"
    assert chosen.passed_over == ("ancova",)
    assert "Better would be ancova" in chosen.sentence()
    assert "Better" not in choose_method("trial", {"did", "ancova"}).sentence()
    assert choose_method("trial", {"twfe"}) is None


def test_every_kind_of_design_ends_with_a_method_that_is_always_there():
    assert {candidates[-1].method for candidates in CHOICES.values()} == {"did", "ancova"}
    assert {"did", "ancova"} <= set(estimators())


def test_the_reading_does_not_depend_on_the_values_of_the_outcome():
    frame = survey()
    other = frame.assign(y=np.random.default_rng(1).normal(size=len(frame)))
    for made in (programme(), rollout(), programme(assignment="randomised")):
        assert read_design(made, frame, outcome="y") == read_design(made, other, outcome="y")


@pytest.fixture
def with_ancova(monkeypatch):
    """Pretend that a method named ancova is installed: the 2x2 with another name."""
    named = {**estimators(), "ancova": replace(estimators()["did"], name="ancova")}
    for module in (registry, design, engine):
        monkeypatch.setattr(module, "estimators", lambda: named)
    monkeypatch.setattr("mande.impact.run.estimators", lambda: named)


@pytest.mark.usefixtures("with_ancova")
def test_a_method_that_is_added_is_used_by_the_engine_without_another_change():
    result = evaluate_outcome(survey(), outcome="y", programme=programme(assignment="randomised"))
    assert result.primary.method == "ancova"
    assert evaluate_outcome(survey(), outcome="y", programme=programme()).primary.method == "did"


def test_a_rollout_compares_before_every_start_with_after_all():
    frame = survey()
    result = evaluate_outcome(frame, outcome="y", programme=rollout())
    reading = read_design(rollout(), frame)
    if reading.primary_method == "did":
        wide = frame.pivot(index="unit", columns="wave", values="y")
        treated = frame.groupby("unit")["arm"].first() != "never"
        change = (wide["2003"] - wide["2001"]).groupby(treated).mean()
        assert result.primary.estimate == pytest.approx(change[True] - change[False])
    assert result.primary.method == reading.primary_method
    assert findings(reading)["design.method"].sentence == reading.choice.sentence()


def test_repeated_cross_sections_are_estimated_without_linking_units():
    frame = survey()
    fresh = frame.assign(unit=np.arange(len(frame)))
    made = programme(sample="repeated_cross_sections")
    result = evaluate_outcome(fresh, outcome="y", programme=made)
    two = frame[frame["wave"].isin(["2001", "2002"])]
    means = two.groupby([two["arm"] == "early", "wave"])["y"].mean()
    by_hand = (means[True, "2002"] - means[True, "2001"]) - (means[False, "2002"] - means[False, "2001"])
    assert result.primary.estimate == pytest.approx(by_hand)
    assert result.primary.n_units is None
    assert (result.others, result.reason) == ((), "")
    assert findings(read_design(made, fresh, outcome="y"))["design.clusters"].status == "good"


def test_few_drawn_clusters_replay_the_draw():
    frame = survey(24)
    drawn = evaluate_outcome(frame, outcome="y", programme=programme(assignment="randomised_clusters"))
    assert drawn.primary.inference == "randomisation"
    chosen = evaluate_outcome(frame, outcome="y", programme=programme())
    assert chosen.primary.inference == "CR2"


def test_strata_of_the_draw_are_kept_in_the_replay():
    frame = survey(24)
    half = frame["unit"].rank(method="dense") % 2
    result = evaluate_outcome(
        frame.assign(half=half), outcome="y", programme=programme(assignment="randomised", strata="half")
    )
    whole = evaluate_outcome(frame, outcome="y", programme=programme(assignment="randomised"))
    assert result.primary.inference == whole.primary.inference == "randomisation"
    assert result.primary.reference != whole.primary.reference


def test_weights_of_the_design_are_used():
    frame = survey().assign(w=lambda data: 1.0 + (data["unit"].rank(method="dense") % 3))
    named = evaluate_outcome(frame, outcome="y", programme=programme(weights="w"))
    given = evaluate_outcome(frame, outcome="y", programme=programme(), weights="w")
    assert named.primary.estimate == given.primary.estimate
    assert (
        named.primary.estimate != evaluate_outcome(frame, outcome="y", programme=programme()).primary.estimate
    )


def test_a_column_that_the_design_names_and_the_data_lack_is_a_limit():
    reading = read_design(programme(weights="w", take_up="took"), survey())
    found = findings(reading)["design.columns"]
    assert found.status == "limit"
    assert "take_up: took, weights: w" in found.sentence


def test_take_up_is_counted_by_group_at_the_follow_up():
    frame = survey()
    early = frame["arm"] == "early"
    place = frame["unit"].rank(method="dense")
    took = (early & (place % 4 < 1)).astype(float).where(frame["wave"] == "2002")
    found = findings(read_design(programme(take_up="took"), frame.assign(took=took)))["design.take_up"]
    share = took[early].mean()
    assert f"{100 * share:.0f} % of the treated group" in found.sentence
    assert "0 % of the comparison group" in found.sentence


def test_a_spillover_group_is_said_and_may_not_be_compared():
    near = {"near": {"label": {"en": "Neighbours"}, "role": "spillover"}}
    reading = read_design(changed(near), survey())
    assert "'neighbours'" in findings(reading)["design.spillover"].sentence
    body = changed(near).model_dump(by_alias=True)
    body["design"]["contrast"]["comparison"] = ["near"]
    with pytest.raises(ValidationError, match="arm near has the role spillover"):
        Programme.model_validate(body)


@pytest.mark.parametrize(
    ("components", "status", "says"),
    [
        (
            {"early": ["seed", "credit"], "late": ["credit"], "never": []},
            "caution",
            "more than one component",
        ),
        ({"early": ["seed"], "late": [], "never": []}, "information", "'seed' alone."),
        (
            {"early": ["seed", "credit"], "late": ["credit"], "never": ["credit"]},
            "information",
            "who also gets",
        ),
    ],
)
def test_crossed_arms_say_what_the_contrast_is_an_effect_of(components, status, says):
    made = changed({name: {"components": parts} for name, parts in components.items()})
    found = findings(read_design(made, survey()))["design.components"]
    assert found.status == status
    assert says in found.sentence


def test_arms_that_get_something_else_do_not_contaminate_a_crossed_contrast():
    parts = {"early": ["seed", "credit"], "late": ["credit"], "never": []}
    both = {name: {"components": names} for name, names in parts.items()} | {
        "seed": {"label": {"en": "Seed"}, "role": "treatment", "starts": "2002", "components": ["seed"]},
        "late": {"starts": "2002", "components": ["credit"]},
    }
    contrast = {"treated": ["early", "seed"], "comparison": ["late", "never"], "follow_up": "2003"}
    body = changed(both).model_dump(by_alias=True)
    body["design"]["contrast"] |= contrast
    made = Programme.model_validate(body)
    frame = survey()
    place = frame["unit"].rank(method="dense")
    crossed = frame.assign(arm=frame["arm"].mask((frame["arm"] == "early") & (place % 2 == 0), "seed"))
    found = findings(read_design(made, crossed))
    assert "design.contamination" not in found
    assert "'seed' alone, averaged over who also gets credit" in found["design.components"].sentence
    # Who gets credit alone counts as untreated by seed in every method.
    result = evaluate_outcome(crossed, outcome="y", programme=made)
    assert result.others[-1].comparison.n_mean == 2 * int(
        (crossed["wave"] == "2003").sum() - _n_seed(crossed)
    )


def _n_seed(frame: pd.DataFrame) -> int:
    return int((frame["arm"].isin(["early", "seed"]) & (frame["wave"] == "2003")).sum())


def finding(name: str, status: Status) -> Finding:
    return Finding(id=name, title="", status=status, sentence="")


def test_evidence_starts_with_how_treatment_was_assigned():
    assert grade([], is_drawn=True).grade == "strong"
    assert grade([], is_drawn=False).grade == "moderate"


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.finding)
def test_every_reason_of_the_table_lowers_evidence_and_is_spelled_out(reason):
    before = grade([], is_drawn=True)
    after = grade([finding(reason.finding, reason.statuses[0])], is_drawn=True)
    assert after.grade == ("strong", "moderate", "limited")[reason.steps]
    assert after.reasons == (*before.reasons, reason.text)
    assert reason.text in after.sentence()
    assert grade([finding(reason.finding, "good")], is_drawn=True) == before


def test_evidence_is_never_below_limited_where_an_effect_can_be_shown():
    worst = [finding(reason.finding, reason.statuses[0]) for reason in REASONS]
    assert grade(worst, is_drawn=False).grade == "limited"


def test_the_reading_carries_its_grade():
    assert read_design(programme(assignment="randomised"), survey()).grade == "strong"
    assert read_design(programme(), survey()).grade == "moderate"
    assert read_design(programme(), survey(24)).grade == "limited"
    assert read_design(programme(assignment="before_after"), survey()).grade == "none"


def test_the_order_of_rows_does_not_change_the_reading():
    frame = survey()
    shuffled: pd.DataFrame = frame.sample(frac=1, random_state=3)
    assert read_design(rollout(), shuffled, outcome="y") == read_design(rollout(), frame, outcome="y")
