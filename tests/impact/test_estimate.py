"""The frozen result of an estimation: intervals, tables and the sentence a report may print."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from scipy import stats

from mande.impact import estimate
from mande.results import Estimate
from tests.impact.tables import panel


def result(**arguments) -> Estimate:
    call = {"method": "twfe", "outcome": "y", "treated": "on", "unit": "unit", "time": "wave"}
    return estimate(panel(), **(call | arguments))


def test_an_interval_is_computed_for_its_level():
    found = result()
    half = stats.t.ppf(0.95, 29) * found.std_error
    assert (found.interval(0.9).low, found.interval(0.9).high) == pytest.approx(
        (found.estimate - half, found.estimate + half)
    )
    assert found.interval(0.9).level == 0.9
    with pytest.raises(ValueError, match="between 0 and 1"):
        found.interval(95)


def test_the_p_value_and_the_interval_agree():
    found = result()
    assert found.interval(1 - found.p_value).low == pytest.approx(0, abs=1e-6)


def test_a_tidy_table_has_the_same_columns_for_every_method():
    tables = [
        result(method=method).tidy(terms="all")
        for method in ("twfe", "fixed_effects", "random_effects", "first_difference")
    ]
    tables.append(result(method="did", treated="group", periods=(2000, 2003)).tidy())
    assert len({tuple(table.columns) for table in tables}) == 1


def test_a_sentence_names_label_and_unit_and_rules_out_rather_than_proves():
    clear = result(label="Milk yield", unit_of_measure="litres").sentence()
    assert clear.startswith("Milk yield: an effect of +")
    assert "litres" in clear
    noise = panel().assign(y=panel(seed=9)["x"])
    call = {"outcome": "y", "treated": "on", "unit": "unit", "time": "wave"}
    unclear = estimate(noise, method="first_difference", **call).sentence()
    assert "no clear sign of an effect" in unclear
    assert "can be ruled out" in unclear


def test_a_perfect_fit_has_a_note_and_no_division_by_zero():
    frame = panel()
    found = estimate(
        frame.assign(y=3 * frame["on"]), method="twfe", outcome="y", treated="on", unit="unit", time="wave"
    )
    assert found.estimate == pytest.approx(3)
    assert any("fits without error" in note for note in found.notes)
    exact = dataclasses.replace(found, std_error=0.0)
    assert exact.p_value == 0
    assert dataclasses.replace(exact, estimate=0.0).p_value == 1


def test_a_result_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        result().estimate = 0


def test_an_interval_that_rests_on_three_clusters_is_not_told_as_certainty():
    frame = pd.DataFrame(
        [
            (f"u{i}", wave, int(i < 2), 1.0 * i + wave * (1 + (i % 3)) + 3 * wave * (i < 2))
            for i in range(4)
            for wave in (0, 1)
        ],
        columns=["unit", "wave", "treated", "y"],
    )
    result = estimate(frame, method="did", outcome="y", treated="treated", unit="unit", time="wave")
    assert "must not be relied on" in result.caution
    assert "how sure it is cannot be said" in result.sentence()
    assert "interval" not in result.sentence().split("said.")[0]


def test_blank_ids_are_missing_and_counted():
    frame = pd.DataFrame(
        {
            "unit": ["a", "a", "b", "b", "c", "c", "d", "d", " ", ""],
            "wave": [0, 1] * 5,
            "treated": [1, 1, 1, 1, 0, 0, 0, 0, 1, 1],
            "y": [1.0, 3.0, 2.0, 5.0, 1.0, 1.5, 2.0, 2.0, 9.0, 9.0],
        }
    )
    result = estimate(frame, method="did", outcome="y", treated="treated", unit="unit", time="wave")
    assert result.n_units == 4
    assert sum(entry.count for entry in result.sample.dropped) >= 1
