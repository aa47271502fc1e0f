"""A question that changed between two waves is asked about, once."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mande.errors import Severity
from mande.survey.forms.compare import changes
from mande.survey.forms.form import FormChoice, FormQuestion, SurveyForm
from mande.survey.forms.snapshot import form_text
from mande.survey.profile import Answer, ImportProfile

SCALE = ("Never", "Sometimes", "Always")


def choices(texts, start=1):
    return tuple(FormChoice(code=str(i), labels={"": text}) for i, text in enumerate(texts, start))


def question(name="trust", type_="choice", text="How often do you trust your buyer?", **more):
    return FormQuestion(name=name, type=type_, labels={"": text}, **more)


def kinds(before, now, **options):
    return [change.kind.en for change in changes(before, now, **options)]


BEFORE = question(choices=choices(SCALE))


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (question("trust_buyer", choices=choices(SCALE)), "renamed"),
        (question(repeat="plot", choices=choices(SCALE)), "moved to another part"),
        (question(type_="integer"), "another type of answer"),
        (question(text="How many buyers came?", choices=choices(SCALE)), "worded anew"),
        (question(choices=choices(SCALE[::-1])), "its scale is reversed"),
        (question(choices=choices(("Never", "Rarely", "Often"))), "codes changed their meaning"),
        (question(choices=choices(SCALE[:2])), "choices were removed"),
    ],
)
def test_each_kind_of_change_is_named(now, kind):
    assert kinds(BEFORE, now) == [kind]


def test_a_new_choice_or_another_group_changes_nothing():
    assert kinds(BEFORE, question(choices=choices((*SCALE, "Refused")), groups=("b",))) == []


def test_small_differences_of_wording_change_nothing():
    assert kinds(BEFORE, question(text="How often do you trust  your buyers?", choices=choices(SCALE))) == []


def test_a_recoded_scale_is_settled():
    assert kinds(BEFORE, question(choices=choices(SCALE[::-1])), recoded=frozenset("123")) == []


@given(st.permutations(["Cocoa", "Tea", "Maize", "Vanilla"]))
def test_no_order_of_choices_passes_unseen(order):
    before = question(choices=choices(("Cocoa", "Tea", "Maize", "Vanilla")))
    assert bool(kinds(before, question(choices=choices(order)))) == (
        order != ["Cocoa", "Tea", "Maize", "Vanilla"]
    )


# --- in an upload


def form(*questions):
    return SurveyForm(questions=questions, file="form.xlsx", sheet="survey")


def keep(coop, wave, *questions):
    (coop.folder / "forms").mkdir(exist_ok=True)
    (coop.folder / "forms" / f"{wave}.yaml").write_text(form_text(form(*questions)), encoding="utf-8")


UPLOAD = "farmer_id,sex,hours\nF001,f,40\nF002,m,50\n"
SEX = question("sex", text="Sex", choices=(FormChoice(code="f", labels={"": "Female"}), FormChoice(code="m")))
HOURS = question("hours", "integer", "Hours worked in a week", row=7)
DAYS = question("hours", "integer", "Days worked in a month", row=9)


def open_questions(verdict):
    return [p for p in verdict.problems if p.severity is Severity.QUESTION]


def test_a_reworded_question_blocks_the_wave_until_it_is_answered(coop):
    keep(coop, "2023", SEX, HOURS)
    keep(coop, "2024", SEX, DAYS)
    verdict = coop.check(UPLOAD, wave="2024")
    (problem,) = open_questions(verdict)
    assert verdict.status == "questions"
    assert (problem.code.id, problem.place.row, problem.ask.column) == ("X-VERSION", 9, "hours")
    assert "Days worked in a month" in problem.found()


@pytest.mark.parametrize(("answer", "has_hours"), [("same", True), ("other", False)])
def test_its_answer_says_whether_it_is_compared(coop, answer, has_hours):
    keep(coop, "2023", SEX, HOURS)
    keep(coop, "2024", SEX, DAYS)
    given_ = Answer(
        ask="X-VERSION", table="farmers", column="hours", answer=answer, by="Ana", at=dt.date(2024, 1, 1)
    )
    (coop.folder / "import_profile.yaml").write_text(
        ImportProfile(answers=(given_,)).text(), encoding="utf-8"
    )
    verdict = coop.check(UPLOAD, wave="2024")
    assert open_questions(verdict) == []
    assert ("hours" in verdict.table.frame.columns) == has_hours


def test_the_first_wave_has_nothing_to_be_compared_with(coop):
    keep(coop, "2023", SEX, DAYS)
    assert open_questions(coop.check(UPLOAD, wave="2023")) == []


def test_codes_of_one_wave_are_recoded_by_its_mapping(coop):
    coop.mapping('    waves: {"2024": {columns: {gender: sex}, choices: {sex: {"1": f, "2": m}}}}\n')
    verdict = coop.check("farmer_id,gender\nF001,1\nF002,2\n", wave="2024")
    assert verdict.table.frame["sex"].to_list() == ["f", "m"]
    plain = coop.check("farmer_id,sex\nF001,f\nF002,m\n", wave="2023")
    assert plain.table.frame["sex"].to_list() == ["f", "m"]


def test_a_code_that_is_no_choice_of_the_library_is_named(coop):
    from mande.errors import MandeError

    coop.mapping("    choices: {sex: {x: female}}\n")
    with pytest.raises(MandeError) as caught:
        coop.check(UPLOAD)
    assert caught.value.problems[0].code.id == "D-NAME"
    assert caught.value.problems[0].found() == "female"
