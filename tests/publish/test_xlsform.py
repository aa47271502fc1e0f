"""Questionnaires: pyxform, which ODK and KoboToolbox use, reads them; a missing code passes no filter."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from pyxform.xls2xform import convert

from mande.catalogue import Catalogue, load_catalogue
from mande.errors import MandeError, Place
from mande.measure.needs import needed_answers
from mande.publish.formfile import workbook
from mande.publish.formtext import hint_of
from mande.publish.xlsform import Form, FormRequest, build_forms
from mande.publish.xpath import xpath
from mande.schema import Label, Question, Wave

LIBRARY = Path(__file__).parent.parent.parent / "indicators"
CATALOGUE: Catalogue = load_catalogue([LIBRARY])
XFORM = "{http://www.w3.org/2002/xforms}"


def forms(*indicators: str) -> tuple[Form, ...]:
    needs = needed_answers([CATALOGUE.indicators[name] for name in indicators], CATALOGUE)
    wave = Wave(id="w1", label=Label(en="Baseline"), role="baseline", reference_date=dt.date(2026, 3, 1))
    request = FormRequest("coffee", Label(en="Coffee groups"), "KES", [wave], needs)
    return build_forms(request, CATALOGUE)


def converted(form: Form) -> ElementTree.Element:
    result = convert(io.BytesIO(workbook(form)), file_type=".xlsx")
    return ElementTree.fromstring(result.xform)


def rows(form: Form) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in form.survey if not row["type"].startswith("end")}


def test_every_indicator_of_the_library_has_a_form_that_pyxform_converts():
    made = forms(*CATALOGUE.indicators)
    assert {form.table for form in made} >= {"households", "workers", "firms"}
    for form in made:
        names = [row["name"] for row in form.survey if not row["type"].startswith("end")]
        assert len(names) == len(set(names))
        assert converted(form).find(f".//{XFORM}bind") is not None


def test_the_form_asks_what_the_indicator_needs_and_nothing_else():
    (form,) = forms("child_labour")
    asked = [row["name"] for row in form.survey if row["type"] not in ("calculate", "note")]
    assert asked[:5] == ["start", "end", "enumerator_id", "wave", "consent"]
    needs = needed_answers([CATALOGUE.indicators["child_labour"]], CATALOGUE)
    questions = {form.columns[table][name] for table, names in needs.items() for name in names}
    structure = {"start", "end", "enumerator_id", "wave", "consent", "gps", "interview", "hh_id", "persons"}
    groups = {row["name"] for row in form.survey if row["type"] == "begin_group"}
    ends = {row["name"] for row in form.survey if row["type"].startswith("end")}
    assert set(asked) - structure - groups - ends == questions


def test_a_roster_is_a_repeat_behind_its_gate_with_keys_that_link():
    (form,) = forms("net_farm_income")
    found = rows(form)
    assert found["producer_seasons"]["type"] == "begin_repeat"
    assert found["producer_seasons"]["relevant"] == "${grows_focus_product} = 'yes'"
    assert found["sales"]["relevant"] == "${any_sales} = 'yes'"
    assert found["season_id"]["calculation"] == "concat(${hh_id}, '-', position(..))"
    assert found["sales_season_id"]["calculation"] == "${season_id}"


def test_a_number_lets_the_missing_codes_through_its_range():
    (form,) = forms("excessive_hours")
    hours = rows(form)["hours_all"]
    assert hours["constraint"] == "(. >= 0 and . <= 112) or selected('-97 -98 -99', .)"
    assert "-97: don't know" in hours["hint::English (en)"]
    assert "heures" in hours["hint::Français (fr)"]


def test_the_currency_stands_where_the_definition_says_local_units():
    (form,) = forms("net_household_income")
    hints = [row.get("hint::English (en)", "") for row in form.survey]
    assert any("KES per year" in hint for hint in hints)
    assert not any("LCU" in hint for hint in hints)


def test_hints_say_units_in_french_and_spanish():
    assert hint_of(CATALOGUE.questions["workers"]["inj_12m"], "KES", "fr").startswith("accidents par an")
    share = next(q for asked in CATALOGUE.questions.values() for q in asked.values() if q.unit == "share")
    assert "proporción, de 0 a 1" in hint_of(share, "KES", "es")


def test_protected_questions_of_people_are_asked_in_private():
    """The findings of an assessment are about a firm, and nobody is interviewed."""
    aloud = {
        name
        for group in CATALOGUE.groups
        if not group.private and group.tables != ("assessment_points",)
        for name, question in group.questions.items()
        if question.sensitivity == "protected"
    }
    assert not aloud


def test_draft_translations_of_sensitive_questions_are_told():
    (form,) = forms("child_labour")
    assert form.drafts
    assert form.sensitive


def test_a_roster_counts_with_its_typical_rows():
    (form,) = forms("child_labour")
    persons = sum(row["type"] != "calculate" for row in form.survey)
    assert persons
    one_row = {
        **CATALOGUE.tables,
        "persons": CATALOGUE.tables["persons"].model_copy(update={"typical_rows": 1}),
    }
    shorter = Catalogue(
        one_row, CATALOGUE.questions, CATALOGUE.indicators, CATALOGUE.parameters, CATALOGUE.groups
    )
    needs = needed_answers([CATALOGUE.indicators["child_labour"]], shorter)
    (again,) = build_forms(FormRequest("x", Label(en="X"), "KES", [], needs), shorter)
    assert again.questions == form.questions
    assert again.minutes < form.minutes


def test_the_same_form_is_the_same_bytes_and_formulas_stay_text():
    (form,) = forms("child_labour")
    assert workbook(form) == workbook(form)
    sheets = openpyxl.load_workbook(io.BytesIO(workbook(form)))
    assert sheets.sheetnames == ["survey", "choices", "settings"]
    assert not any(cell.data_type == "f" for sheet in sheets for row in sheet.iter_rows() for cell in row)


NUMBER = Question(label=Label(en="n"), type="number")
YES_NO = Question(label=Label(en="y"), type="yes_no")
CHOICE = Question(label=Label(en="c"), type="choice", choices={"a": Label(en="A"), "b": Label(en="B")})
SEVERAL = Question(label=Label(en="m"), type="multiple", choices={"a": Label(en="A")})
ASKED = {"n": NUMBER, "y": YES_NO, "c": CHOICE, "m": SEVERAL}
GUARD = "${n} != '' and not(selected('-97 -98 -99', ${n}))"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("y", "${y} = 'yes'"),
        ("not y", "${y} = 'no'"),
        ("c == 'a'", "${c} = 'a'"),
        ("c in ['a', 'b']", "(${c} = 'a' or ${c} = 'b')"),
        ("includes(m, 'a')", "selected(${m}, 'a')"),
        ("n < 5", f"({GUARD} and ${{n}} < 5)"),
        ("y and n / 2 >= 1", f"(${{y}} = 'yes' and ({GUARD} and (${{n}} div 2) >= 1))"),
        ("is_missing(n)", "(${n} = '' or selected('-97 -98 -99', ${n}))"),
    ],
)
def test_filters_become_xpath(when: str, expected: str):
    assert xpath(when, ASKED, {name: name for name in ASKED}, place=Place()) == expected


def test_what_xpath_cannot_say_is_refused():
    with pytest.raises(MandeError) as caught:
        xpath("log(n) > 1", ASKED, {name: name for name in ASKED}, place=Place(question="q.when"))
    assert [problem.code.id for problem in caught.value.problems] == ["Q-FILTER"]


# -- rules between answers ------------------------------------------------------------------------


def test_a_hard_rule_is_a_constraint_where_its_last_answer_is_given():
    (form,) = [form for form in forms("rejection_rate") if "qty_accepted" in rows(form)]
    asked = [name for name in rows(form) if name in ("qty_offered", "qty_accepted", "qty_rejected")]
    row = rows(form)[next(name for name in reversed(asked) if name != "qty_rejected")]
    assert row["name"] == "qty_accepted"
    assert "(. = '' or selected('-97 -98 -99', .) or ${qty_offered} = ''" in row["constraint"]
    assert "and . <= ${qty_offered}" in row["constraint"]
    assert row["constraint"].startswith("((. >= 0) or selected('-97 -98 -99', .)) and ")
    assert "More was accepted than was offered" in row["constraint_message::English (en)"]
    assert "La quantité acceptée dépasse" in row["constraint_message::Français (fr)"]
    assert converted(form) is not None


def test_rules_that_a_form_cannot_ask_for_are_named():
    made = forms("producer_yield", "rejection_rate")
    left = {rule for form in made for rule in form.rules_left}
    assert "uses_within_harvest" in left  # soft, and about rows of another table
    assert "accepted_within_offered" not in left


def test_every_hard_rule_about_one_table_can_be_said_in_a_form():
    made = forms(*CATALOGUE.indicators)
    left = {rule for form in made for rule in form.rules_left}
    hard = {
        name for rules in CATALOGUE.rules.values() for name, rule in rules.items() if rule.severity == "hard"
    }
    assert left & hard == set()


def test_the_form_asks_where_the_interview_is_and_carries_a_version_that_follows_its_questions():
    (form,) = forms("net_farm_income")
    found = rows(form)
    assert found["gps"]["type"] == "geopoint"
    assert found["gps"]["relevant"] == "${consent} = 'yes'"
    assert "required" not in found["gps"], "a place may be out of reach of satellites"
    (again,), (other,) = forms("net_farm_income"), forms("excessive_hours")
    version = form.settings["version"]
    assert (len(version), version.isdigit()) == (10, True)
    assert again.settings["version"] == version
    assert other.settings["version"] != version


def test_a_choice_that_stands_alone_does_so_in_the_form():
    name, question = next(
        (name, entry)
        for asked in CATALOGUE.questions.values()
        for name, entry in asked.items()
        if entry.exclusive
    )
    indicator = next(
        entry.id
        for entry in CATALOGUE.indicators.values()
        if any(name in names for names in needed_answers([entry], CATALOGUE).values())
    )
    constraint = next(
        row["constraint"] for form in forms(indicator) for row in form.survey if row["name"].endswith(name)
    )
    assert f"(not(selected(., '{question.exclusive[0]}')) or count-selected(.) = 1)" in constraint
