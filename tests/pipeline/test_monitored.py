"""Indicators watched beside the outcomes: of any table, asked for in the forms, without an effect."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mande.errors import MandeError
from mande.pipeline.absent import needed_by_programme
from mande.pipeline.forms import programme_forms
from mande.pipeline.runs import Definitions, load_definitions
from mande.pipeline.workspaces import init_workspace

PROGRAMME = Path(__file__).parents[2] / "baselines" / "michigan_training_grants"


def with_monitored(folder: Path, names: str) -> Definitions:
    place = init_workspace(folder / "w")
    own = place.baselines / PROGRAMME.name
    own.mkdir(parents=True, exist_ok=True)
    for name in ("programme.yaml", "register.csv"):
        shutil.copy(PROGRAMME / name, own / name)
    path = own / "programme.yaml"
    text = path.read_text(encoding="utf-8").rstrip()
    path.write_text(f"{text}\nmonitored: [{names}]\n" if names else text, encoding="utf-8")
    return load_definitions(place, PROGRAMME.name)


def test_a_monitored_indicator_of_another_table_is_asked_for(tmp_path: Path):
    plain = programme_forms(with_monitored(tmp_path / "plain", ""))
    watched = with_monitored(tmp_path / "watched", "excessive_hours, gender_wage_gap_raw")
    forms = {form.table: form for form in programme_forms(watched)}
    assert [form.table for form in plain] == ["firms"]
    assert list(forms) == ["firms", "workers"]  # the programme's own unit first
    assert {"hours_all", "contract_status"} <= set(forms["workers"].columns["workers"])
    assert set(plain[0].columns["firms"]) <= set(forms["firms"].columns["firms"])
    assert "workers" in needed_by_programme(watched)


def test_no_effect_is_estimated_on_it(tmp_path: Path):
    definitions = with_monitored(tmp_path, "excessive_hours")
    assert "excessive_hours" not in {outcome.indicator for outcome in definitions.programme.outcomes}
    assert "excessive_hours" not in {entry.id for entry in definitions.indicators()}


def test_a_name_that_is_no_indicator_is_told_with_what_may_be_meant(tmp_path: Path):
    with pytest.raises(MandeError) as caught:
        programme_forms(with_monitored(tmp_path, "excesive_hours"))
    (problem,) = caught.value.problems
    assert (problem.code.id, problem.place.question) == ("P-OUTCOME", "monitored")
    assert "did you mean excessive_hours" in problem.text()


def test_a_name_that_stands_twice_is_a_contradiction(tmp_path: Path):
    with pytest.raises(MandeError, match="monitored excessive_hours stands twice"):
        with_monitored(tmp_path, "excessive_hours, excessive_hours")
