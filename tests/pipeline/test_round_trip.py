"""What `mande form` writes, every server exports, and `mande validate` reads back: each question of it."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.catalogue import Catalogue, load_catalogue
from mande.measure.needs import needed_answers
from mande.publish.formfile import workbook
from mande.publish.xlsform import Form, FormRequest, build_forms
from mande.schema import Label, Programme, Wave
from mande.survey.forms.suggest import suggest
from mande.survey.forms.xlsform import read_form
from mande.survey.read import open_sheets
from mande.survey.together import WaveUpload, WaveVerdict, validate_wave
from tests.pipeline.exported import LAYOUTS, commcare, interview

ROOT = Path(__file__).parents[2]
CATALOGUE: Catalogue = load_catalogue([ROOT / "indicators"])
WAVE = Wave(id="2026", label=Label(en="Baseline"), role="baseline", reference_date=dt.date(2026, 3, 1))
LOST = {"H-EXTRA", "H-TWICE", "L-WIDE", "L-TABLE", "L-OTHER", "L-SAME", "I-ORPHAN", "F-WRONGWAVE"}
SEASONS = ["household_net_farm_income", "net_household_income"]


def made(names: Sequence[str]) -> tuple[Form, ...]:
    needs = needed_answers([CATALOGUE.indicators[name] for name in names], CATALOGUE)
    request = FormRequest("coffee", Label(en="Coffee groups"), "KES", [WAVE], needs)
    return build_forms(request, CATALOGUE)


BASE = {
    "format": 1,
    "id": "coffee",
    "title": {"en": "Coffee"},
    "question": {"en": "Did it help?"},
    "summary": {"en": "A test."},
    "place": "Nowhere",
    "chain": {"en": "Coffee"},
    "currency": "KES",
    "entity": "households",
    "waves": [
        {"id": "2026", "label": {"en": "Baseline"}, "role": "baseline", "reference_date": "2026-03-01"},
        {"id": "2027", "label": {"en": "Follow-up"}, "role": "follow_up", "reference_date": "2027-03-01"},
    ],
    "arms": {
        "all": {"label": {"en": "All"}, "role": "treatment", "starts": "2027"},
        "none": {"label": {"en": "None"}, "role": "comparison"},
    },
    "design": {
        "assignment": "comparison_group",
        "cluster": "village",
        "contrast": {"treated": ["all"], "comparison": ["none"], "baseline": "2026", "follow_up": "2027"},
        "description": {"en": "Volunteers."},
    },
    "outcomes": [{"indicator": "net_household_income", "role": "primary"}],
}


def uploaded(form: Form, paths: Sequence[Path], folder: Path) -> WaveVerdict:
    programme = Programme.model_validate(BASE | {"entity": form.table})
    return validate_wave(paths, WaveUpload(programme, "2026", CATALOGUE, folder))


def check(form: Form, layout, folder: Path) -> None:
    """Every question of the form has its column, and no column is left over."""
    verdict = uploaded(form, layout(interview(form, CATALOGUE, "2026"), folder), folder)
    assert [(p.code.id, p.place.column, p.found()) for p in verdict.all_problems if p.code.id in LOST] == []
    read = {
        entry.table_name: set(entry.table.titles) for entry in verdict.verdicts if entry.table is not None
    }
    written = {row["name"] for row in form.survey}
    lost = {
        (table, name)
        for table, names in form.columns.items()
        for name, field in names.items()
        if field in written and name not in read.get(table, set())
    }
    assert lost == set()
    rows = {entry.table_name: entry.table.frame.height for entry in verdict.verdicts}
    assert rows == dict.fromkeys(form.columns, 1)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_every_question_of_the_whole_library_is_read_back(layout, tmp_path):
    for number, form in enumerate(made([*CATALOGUE.indicators])):
        folder = tmp_path / str(number)
        folder.mkdir()
        check(form, layout, folder)


@settings(max_examples=12, deadline=None)
@given(
    names=st.sets(st.sampled_from(sorted(CATALOGUE.indicators)), min_size=1, max_size=4),
    layout=st.sampled_from(LAYOUTS),
)
def test_whatever_indicators_a_form_is_made_for_it_is_read_back(names, layout):
    for form in made(sorted(names)):
        with tempfile.TemporaryDirectory() as folder:
            check(form, layout, Path(folder))


def test_ids_of_the_form_link_the_rows(tmp_path):
    (form,) = made(SEASONS)
    for layout in LAYOUTS:
        folder = tmp_path / layout.__name__
        folder.mkdir()
        verdict = uploaded(form, layout(interview(form, CATALOGUE, "2026"), folder), folder)
        frames = {entry.table_name: entry.table.frame for entry in verdict.verdicts}
        assert frames["producer_seasons"].select("season_id", "hh_id").rows() == [("U1-1", "U1")], layout
        assert frames["sales"].select("sale_id", "season_id").rows() == [("U1-1-1", "U1-1")], layout


def test_consent_enumerator_and_wave_are_known_behind_commcare_s_titles(tmp_path):
    (form,) = made(SEASONS)
    asked = interview(form, CATALOGUE, "2027")
    asked.answers["households"]["consent"] = "no"
    verdict = uploaded(form, commcare(asked, tmp_path), tmp_path)
    codes = {p.code.id for p in verdict.all_problems}
    assert {"F-WRONGWAVE", "H-INTERVIEW", "S-UNASKED"} <= codes
    assert not codes & {"V-MISSCODE", "H-EXTRA"}


def test_importing_our_own_form_finds_every_question(tmp_path):
    (form,) = made(SEASONS)
    path = tmp_path / "form.xlsx"
    path.write_bytes(workbook(form))
    read, _ = read_form(open_sheets(path), file=path.name)
    rosters, found = suggest(read, CATALOGUE.questions, entity="households", tables=CATALOGUE.tables)
    sure = {(e.candidates[0].table, e.candidates[0].question) for e in found if e.is_sure}
    assert rosters == {"": "households", "producer_seasons": "producer_seasons", "sales": "sales"}
    assert sure == {(table, name) for table, names in form.columns.items() for name in names}
