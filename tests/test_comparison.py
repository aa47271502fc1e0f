"""Effects are sized against the comparison, compared by method, told in words and drawn."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import mande
from mande.disclosure import release
from mande.results import Comparison, Dropped, Sample, results_schema, to_json
from tests.report.example import estimate, evaluation

SHOPS = pd.DataFrame(
    {
        "shop": list("aabbccdd"),
        "wave": ["before", "after"] * 4,
        "member": [1, 1, 1, 1, 0, 0, 0, 0],
        "sold": [10.0, 15, 12, 19, 11, 12, 9, 12],
    }
)


def shops(**changed):
    given = {"method": "did", "outcome": "sold", "treated": "member", "unit": "shop", "time": "wave"}
    return mande.estimate(SHOPS, **(given | changed))


def test_an_effect_is_sized_by_hand_against_the_comparison():
    # The comparison sold 12 and 12 afterwards, 11 and 9 before: mean 12, standard deviation sqrt(2).
    found = shops()
    assert found.comparison == Comparison(12.0, 2, pytest.approx(math.sqrt(2)), 2)
    assert found.percent == pytest.approx(100 * 4 / 12)
    assert found.in_sds == pytest.approx(4 / math.sqrt(2))
    row = found.tidy().iloc[0]
    assert (row["percent_of_mean"], row["in_sds"]) == (found.percent, found.in_sds)


def test_means_by_group_and_wave_are_of_the_rows_used():
    records = shops().tables["means"].records()
    means = {(row["group"], row["wave"]): (row["n"], row["mean"]) for row in records}
    assert means == {
        ("treated", "before"): (2, 11.0), ("treated", "after"): (2, 17.0),
        ("comparison", "before"): (2, 10.0), ("comparison", "after"): (2, 12.0),
    }  # fmt: skip


def test_the_change_of_means_is_the_effect():
    means = {(row["group"], row["wave"]): row["mean"] for row in shops().tables["means"].records()}
    change = {group: means[group, "after"] - means[group, "before"] for group in ("treated", "comparison")}
    assert change["treated"] - change["comparison"] == pytest.approx(shops().estimate)


def test_another_unit_of_measure_leaves_percent_and_standard_deviations_alone():
    one = shops()
    other = mande.estimate(
        SHOPS.assign(sold=SHOPS["sold"] * 1000), method="did", outcome="sold", treated="member", unit="shop",
        time="wave",
    )  # fmt: skip
    assert other.percent == pytest.approx(one.percent)
    assert other.in_sds == pytest.approx(one.in_sds)


def test_treatment_that_comes_is_compared_before_and_after_its_start():
    frame = SHOPS.assign(on=SHOPS["member"] * (SHOPS["wave"] == "after"))
    found = mande.estimate(frame, method="twfe", outcome="sold", treated="on", unit="shop", time="wave")
    assert found.comparison == shops().comparison


def test_a_continuous_regressor_has_no_comparison():
    frame = SHOPS.assign(hours=np.arange(8.0) ** 2)
    found = mande.estimate(
        frame, method="fixed_effects", outcome="sold", treated="hours", unit="shop", time="wave"
    )
    assert found.comparison is None
    assert (found.percent, found.in_sds) == (None, None)


def test_weights_weigh_the_comparison():
    frame = SHOPS.assign(w=[1, 1, 1, 1, 3, 3, 1, 1])
    found = mande.estimate(
        frame, method="did", outcome="sold", treated="member", unit="shop", time="wave", weights="w"
    )
    # Before: 11 with weight 3 and 9 with weight 1: mean 10.5, variance (3 * 0.25 + 2.25) / 4 * 2 / 1.
    assert found.comparison.sd == pytest.approx(math.sqrt(1.5))


def test_a_mean_that_is_not_above_zero_gives_no_percent():
    assert Comparison(0.0, 5, 1.0, 5).percent(2.0, "level") is None
    assert Comparison(-3.0, 5, 0.0, 5).in_sds(2.0) is None
    assert Comparison(-3.0, 5, 1.0, 5).percent(math.log(2), "log") == pytest.approx(100)


def test_the_summary_follows_the_statistics():
    sure = replace(estimate(effect=2.0, error=0.5, scale="level"), comparison=Comparison(8.0, 30, 4.0, 30))
    text = sure.summary()
    assert "an effect of +2 hours" in text
    assert "+25 % of the comparison mean (8 hours) and +0.5 standard deviations" in text
    assert "103 left out: scrapped_items not answered" in text
    unsure = replace(sure, estimate=0.2).summary()
    assert "no clear sign of an effect" in unsure
    cautioned = replace(sure, caution="Only 2 clusters.").summary()
    assert "how sure it is cannot be said" in cautioned


def test_a_summary_counts_every_row():
    found = replace(estimate(), sample=Sample(10, 7, (Dropped("no wave", 2), Dropped("no outcome", 1))))
    assert "7 of 10 rows are used" in found.summary()
    assert "2 left out: no wave; 1 left out: no outcome" in found.summary()


def test_methods_stand_side_by_side_with_their_distance_from_the_first():
    table = mande.compare([estimate(effect=1.0), estimate(effect=1.5, method="twfe")])
    assert table["method"].tolist() == ["did", "twfe"]
    assert table["from_first"].tolist() == [0.0, 0.5]


def test_effects_in_other_units_are_not_subtracted():
    table = mande.compare([estimate(effect=1.0), estimate("hours", effect=1.5, scale="level")])
    assert table["from_first"].isna().tolist() == [False, True]


def test_comparing_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        mande.compare([])


def test_an_evaluation_compares_the_methods_of_an_outcome():
    assert evaluation().compare("scrap_rate")["method"].tolist() == ["did", "twfe"]


def test_the_summary_of_an_evaluation_says_each_outcome_and_its_limits():
    one = evaluation()
    text = one.summary()
    assert text.startswith(f"{one.programme.title}: {one.programme.question}")
    for result in one.outcomes:
        said = result.primary.sentence(one.level) if result.primary else result.reason
        assert said in text
    for finding in one.findings:
        assert (f"Limit: {finding.sentence}" in text) == (finding.status == "limit")


def test_a_plot_shows_the_interval_of_the_level_asked():
    found = estimate(effect=1.0, error=0.5, scale="level")
    for level in (0.8, 0.99):
        (segment,) = found.plot(level=level).axes[0].collections[0].get_segments()
        ci = found.interval(level)
        assert segment[:, 1].tolist() == pytest.approx([ci.low, ci.high])


def test_a_plot_with_a_caution_shows_no_interval():
    axes = replace(estimate(), caution="Only 2 clusters.").plot().axes[0]
    assert len(axes.collections) == 0
    assert "Only 2 clusters." in axes.get_xlabel()


def test_few_comparison_units_are_not_shown():
    one = evaluation()
    base = Comparison(8.0, 9, 4.0, 30)
    primary = replace(one.main.primary, comparison=base, tables=shops().tables)
    outcomes = (replace(one.outcomes[0], primary=primary), *one.outcomes[1:])
    shown = release(replace(one, outcomes=outcomes)).evaluation.outcomes[0].primary
    assert (shown.comparison.mean, shown.comparison.n_mean, shown.comparison.sd) == (None, 0, 4.0)
    assert {row["mean"] for row in shown.tables["means"].records()} == {None}


SCHEMA = Path(__file__).parent.parent / "docs" / "results.schema.json"


def test_the_published_schema_is_current():
    # Written by `mande schema --out docs/results.schema.json`.
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == results_schema()


def test_results_follow_the_published_schema():
    body = json.loads(to_json(evaluation()))
    jsonschema.Draft202012Validator.check_schema(results_schema())
    jsonschema.validate(body, results_schema())
    body["evaluation"].pop("trail")
    with pytest.raises(jsonschema.ValidationError, match="trail"):
        jsonschema.validate(body, results_schema())
