"""What a design can show is read from the programme and the data, and limits are said."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from mande.impact import evaluate_outcome, read_design
from mande.schema.programme import Programme
from tests.impact.tables import panel


def programme(**design: Any) -> Programme:
    """Return a programme in four waves: some start in 2002, some in 2003, some never."""
    arms = {
        "early": {"label": {"en": "Early"}, "role": "treatment", "starts": "2002"},
        "late": {"label": {"en": "Late"}, "role": "treatment", "starts": "2003"},
        "never": {"label": {"en": "Never"}, "role": "comparison"},
    }
    contrast = {
        "treated": ["early"],
        "comparison": ["late", "never"],
        "baseline": "2001",
        "follow_up": "2002",
    }
    waves = [
        {
            "id": str(year),
            "label": {"en": f"Round {year}"},
            "role": "baseline" if year < 2002 else "follow_up",
            "reference_date": f"{year}-06-30",
        }
        for year in range(2000, 2004)
    ]
    given = {
        "assignment": "comparison_group",
        "cluster": "cluster",
        "description": {"en": "Drawn from neighbours."},
        "contrast": contrast | design.pop("contrast", {}),
    }
    return Programme.model_validate(
        {
            "format": 1,
            "id": "trial",
            "title": {"en": "Trial"},
            "question": {"en": "Did it work?"},
            "summary": {"en": "A trial."},
            "place": "Somewhere",
            "chain": {"en": "Milk"},
            "currency": "KES",
            "entity": "farms",
            "unit_name": ["farm", "farms"],
            "waves": waves,
            "arms": arms,
            "design": given | design,
            "outcomes": [{"indicator": "y", "role": "primary"}, {"indicator": "x"}],
        }
    )


def survey(n_units: int = 120) -> pd.DataFrame:
    frame = panel(n_units=n_units)
    rounds = frame.groupby("unit")["on"].transform("sum")
    return frame.assign(arm=rounds.map({0: "never", 1: "late", 2: "early"}), wave=frame["wave"].astype(str))


def findings(reading) -> dict[str, Any]:
    return {finding.id: finding for finding in reading.findings}


def test_a_comparison_over_time_rests_on_parallel_trends_and_says_so():
    reading = read_design(programme(), survey())
    assert (reading.can_estimate, reading.primary_method) == (True, "did")
    assert "parallel trends" in reading.assumption
    assert findings(reading)["design.assignment"].status == "limit"
    assert reading.evidence == "comparison group over time"


def test_a_drawn_programme_does_not_rest_on_parallel_trends():
    reading = read_design(programme(assignment="randomised"), survey())
    assert reading.evidence == "randomised comparison"
    assert "parallel" not in reading.assumption
    assert "design.pre_periods" not in findings(reading)


@pytest.mark.parametrize(
    ("change", "says", "next_best"),
    [
        ({"contrast": {"comparison": []}}, "Without a comparison group", "change since the baseline"),
        ({"assignment": "before_after"}, "Without a comparison group", "change since the baseline"),
        ({"contrast": {"baseline": "2002", "follow_up": "2002"}}, "no baseline", "compared after"),
        ({"contrast": {"baseline": "2002", "follow_up": "2003"}}, "had started by 2002", "compared after"),
        ({"contrast": {"baseline": "2000", "follow_up": "2001"}}, "not started by 2001", "change since"),
    ],
)
def test_designs_without_an_effect_are_refused_with_the_next_best(change, says, next_best):
    reading = read_design(programme(**change), survey())
    assert not reading.can_estimate
    assert says in reading.reason
    assert next_best in reading.reason
    assert reading.methods == ()


def test_a_wave_without_data_is_refused():
    frame = survey()
    reading = read_design(programme(), frame[frame["wave"] != "2001"])
    assert "no treated farms with data in 2001" in reading.reason


def test_one_wave_before_the_start_is_a_limit_and_two_are_not():
    assert findings(read_design(programme(), survey()))["design.pre_periods"].status == "information"
    single = programme().model_dump(by_alias=True)
    single["waves"] = single["waves"][1:]
    reading = read_design(Programme.model_validate(single), survey())
    assert findings(reading)["design.pre_periods"].status == "limit"
    assert "cannot be tested" in findings(reading)["design.pre_periods"].sentence


def test_a_comparison_arm_that_has_started_is_a_caution():
    reading = read_design(programme(contrast={"follow_up": "2003"}), survey())
    assert "late" in findings(reading)["design.contamination"].sentence
    assert "design.contamination" not in findings(read_design(programme(), survey()))


@pytest.mark.parametrize(
    ("n_units", "status", "strongly"), [(120, "good", True), (60, "caution", True), (24, "limit", False)]
)
def test_few_clusters_limit_how_strongly_a_report_may_word(n_units, status, strongly):
    reading = read_design(programme(), survey(n_units))
    assert findings(reading)["design.clusters"].status == status
    assert reading.may_word_strongly is strongly


def test_staggered_starts_and_several_outcomes_are_said():
    found = findings(read_design(programme(), survey()))
    assert "Goodman-Bacon 2021" in found["design.staggered"].sentence
    assert "2 outcomes" in found["design.outcomes"].sentence
    assert found["design.outcomes"].sentence.endswith("primary: y.")


def evaluated(frame: pd.DataFrame, **arguments: Any):
    return evaluate_outcome(
        frame, outcome="y", programme=arguments.pop("programme", programme()), **arguments
    )


def test_an_outcome_is_estimated_by_three_methods():
    result = evaluated(survey())
    assert result.primary.method == "did"
    assert [other.method for other in result.others] == ["first_difference", "twfe"]
    assert result.reason == ""
    assert [finding.id for finding in result.findings] == ["placebo"]


def test_the_primary_effect_compares_the_arms_of_the_contrast():
    frame = survey()
    wide = frame.pivot(index="unit", columns="wave", values="y")
    arm = frame.groupby("unit")["arm"].first()
    change = (wide["2002"] - wide["2001"]).groupby(arm == "early").mean()
    assert evaluated(frame).primary.estimate == pytest.approx(change[True] - change[False])


def test_arms_outside_the_contrast_are_left_out_and_counted():
    result = evaluated(survey(), programme=programme(contrast={"comparison": ["never"]}))
    dropped = {entry.reason: entry.count for entry in result.primary.sample.dropped}
    assert dropped["arm outside the contrast"] == 160
    sample = result.primary.sample
    assert sample.rows_in - sum(dropped.values()) == sample.rows_used


def test_means_and_changes_by_arm_and_wave():
    frame = survey()
    result = evaluated(frame)
    means = {(row["arm"], row["wave"]): row for row in result.means.records()}
    cell = frame[(frame["arm"] == "late") & (frame["wave"] == "2003")]["y"]
    assert means["late", "2003"]["mean"] == pytest.approx(cell.mean())
    assert means["late", "2003"]["sd"] == pytest.approx(cell.std())
    assert means["late", "2003"]["n"] == 40
    changes = {(row["arm"], row["wave"]): row for row in result.changes.records()}
    assert {wave for _, wave in changes} == {"2002", "2003"}
    wide = frame[frame["arm"] == "late"].pivot(index="unit", columns="wave", values="y")
    change = wide["2003"] - wide["2001"]
    row = changes["late", "2003"]
    # one unit per cluster: the clustered error of a mean is its classical error
    assert (row["change"], row["std_error"]) == pytest.approx((change.mean(), change.std() / 40**0.5))
    assert (row["n"], row["df"]) == (40, 39)


def test_what_one_method_cannot_do_is_a_finding_and_not_an_error():
    frame = survey()
    result = evaluated(frame.assign(y=frame["y"].where(frame["wave"] > "2001")))
    assert result.primary is None
    assert "no row left for 2001" in result.reason
    assert result.findings[0].id == "method.did"
    assert [other.method for other in result.others] == ["first_difference", "twfe"]


def test_a_design_without_an_effect_still_gives_means():
    result = evaluated(survey(), programme=programme(contrast={"comparison": []}))
    assert (result.primary, result.others) == (None, ())
    assert "Without a comparison group" in result.reason
    assert len(result.means.rows) == 12


def test_row_order_makes_no_difference_to_an_outcome():
    frame = survey()
    assert evaluated(frame.sample(frac=1, random_state=1)) == evaluated(frame)


def test_on_the_log_scale_changes_are_in_log_points_and_means_are_not():
    frame = survey().assign(y=lambda data: data["y"].abs() + 1)
    result = evaluated(frame, scale="log")
    assert result.means.records()[0]["mean"] > 1
    assert "In log points." in result.changes.notes


def test_clusters_count_only_where_the_main_outcome_was_reported_in_both_waves():
    frame = survey(300)
    told = frame["unit"].isin(frame["unit"].unique()[:60]) | (frame["wave"] != "2002")
    frame = frame.assign(y=frame["y"].where(told))
    with_outcome = findings(read_design(programme(), frame, outcome="y"))["design.clusters"]
    without = findings(read_design(programme(), frame))["design.clusters"]
    assert with_outcome.sentence != without.sentence
    assert with_outcome.status == "caution"
