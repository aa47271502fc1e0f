"""Questions of a form are matched to the library's: surely, perhaps, or not at all."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mande import yaml12
from mande.catalogue import load_catalogue
from mande.schema.common import Label
from mande.schema.question import Question, Table
from mande.survey.forms.choices import recoded
from mande.survey.forms.draft import draft_text, missing_questions
from mande.survey.forms.form import FormChoice, FormQuestion, SurveyForm
from mande.survey.forms.suggest import perhaps_rosters, suggest
from mande.survey.forms.xlsform import read_form
from mande.survey.mapping import MappingFile
from mande.survey.read import open_sheets

TABLES = {
    "households": Table(label=Label(en="Households"), key="hh_id"),
    "persons": Table(label=Label(en="Persons"), key="per_id", parent="households", link="hh_id"),
    "firms": Table(label=Label(en="Firms"), key="firm_id"),
}
SEX = Question(
    label=Label(en="Sex", fr="Sexe", es="Sexo"),
    type="choice",
    choices={"f": Label(en="Female", fr="Femme"), "m": Label(en="Male", fr="Homme")},
)
AGE = Question(label=Label(en="Age in completed years"), type="integer")
QUESTIONS = {
    "households": {
        "hh_size": Question(label=Label(en="How many people live in the household?"), type="integer"),
        "head_sex": SEX.model_copy(update={"label": Label(en="Sex of the head of the household")}),
        "saves": Question(label=Label(en="Did the household save money?"), type="yes_no"),
    },
    "persons": {"sex": SEX, "age": AGE},
    "firms": {"sales": Question(label=Label(en="Annual sales"), type="number")},
}
MALE_FEMALE = (FormChoice(code="1", labels={"": "Male"}), FormChoice(code="2", labels={"": "Female"}))


def ask(name, type_="integer", text="", **more):
    return FormQuestion(name=name, type=type_, labels={"": text} if text else {}, **more)


def matched(*questions):
    return suggest(SurveyForm(questions=questions), QUESTIONS, entity="households", tables=TABLES)


def first(*questions):
    _, found = matched(*questions)
    return [
        (e.candidates[0].table, e.candidates[0].question, e.is_sure) if e.candidates else None for e in found
    ]


def test_the_same_name_is_sure_whatever_the_text():
    assert first(ask("HH_Size", text="Taille du ménage")) == [("households", "hh_size", True)]


def test_the_words_of_a_question_find_what_another_name_hides():
    found = first(ask("q12", "choice", "Q12. Gender of household head", choices=MALE_FEMALE))
    assert found[0][:2] == ("households", "head_sex")


def test_another_type_of_answer_is_no_match():
    assert first(ask("hh_size", "choice", choices=MALE_FEMALE)) == [None]


def test_an_id_may_be_a_number_in_the_form():
    assert first(ask("hhid")) == [("households", "hh_id", True)]


def test_a_repeat_is_the_roster_its_questions_fit():
    rosters, found = matched(
        ask("age", repeat="member", text="Age"), ask("sex", "choice", repeat="member", choices=MALE_FEMALE)
    )
    assert rosters == {"": "households", "member": "persons"}
    assert all(entry.is_sure for entry in found)


def test_two_claims_to_one_question_leave_one_sure():
    _, found = matched(ask("hh_size"), ask("hh_size", groups=("again",)))
    assert [entry.is_sure for entry in found] == [True, False]


def test_tables_outside_the_programme_are_not_suggested():
    assert first(ask("sales", "number", "Annual sales")) == [None]


def test_choices_are_recoded_by_their_texts():
    offered = (
        *MALE_FEMALE,
        FormChoice(code="3", labels={"": "Other"}),
        FormChoice(code="-9", labels={"": "Refused"}),
    )
    codes, without = recoded(offered, SEX)
    assert codes == {"1": "m", "2": "f", "-9": "-98"}
    assert [choice.code for choice in without] == ["3"]


def test_the_sexes_are_known_by_other_words_than_the_library_s():
    choices = {"F": {"en": "Woman"}, "M": {"en": "Man"}, "other": {"en": "Other"}}
    sex = Question.model_validate({"label": {"en": "Sex of the head"}, "type": "choice", "choices": choices})
    for male, female in (("Male", "Female"), ("Masculino", "Femenino"), ("Masculin", "Féminin")):
        offered = (FormChoice(code=male, labels={}), FormChoice(code="2", labels={"": female}))
        assert recoded(offered, sex) == ({male: "M", "2": "F"}, [])


def test_the_draft_names_every_question_that_it_does_not_match():
    questions = (
        ask("hh_size", text="How many people?"),
        ask("weather", text="Did it rain\non Monday?"),
        ask("tree", repeat="trees", text="Which tree?"),
    )
    rosters, found = matched(*questions)
    text = draft_text(found, rosters, QUESTIONS)
    assert '#   weather: "Did it rain on Monday?"' in text
    assert '#   tree (in trees): "Which tree?"' in text
    assert "#   hh_size" not in text


def test_yes_and_no_are_known_by_word_not_by_number():
    yes_no = QUESTIONS["households"]["saves"]
    offered = (FormChoice(code="1", labels={"": "Não"}), FormChoice(code="2", labels={"": "Sim"}))
    assert recoded(offered, yes_no)[0] == {"1": "no", "2": "yes"}


def test_the_draft_is_a_mapping_and_names_what_is_missing():
    questions = (
        ask("hh_size", text='How many "people": here?'),
        ask("q12", "choice", "Gender of the head", choices=MALE_FEMALE),
        ask("age", repeat="member", text="Age"),
        ask("sex", "choice", repeat="member", choices=MALE_FEMALE),
    )
    rosters, found = matched(*questions)
    text = draft_text(found, rosters, QUESTIONS)
    mapping = MappingFile.model_validate(yaml12.load(text))
    assert mapping.tables["households"].columns["hh_size"] == "hh_size"
    assert mapping.tables["persons"].repeat == "member"
    assert mapping.tables["persons"].choices == {"sex": {"1": "m", "2": "f"}}
    missing = missing_questions(
        found, {"households": {"hh_size": ["x"], "saves": ["y"]}, "persons": {}}, QUESTIONS
    )
    assert [(entry.question, entry.indicators) for entry in missing] == [("saves", ("y",))]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=4))
def test_a_draft_is_yaml_whatever_the_form_says(rows):
    questions = [ask(name.strip() or "q", text=text) for name, text in rows]
    rosters, found = matched(ask("hh_size"), *questions)
    text = draft_text(found, rosters, QUESTIONS)
    assert yaml.safe_load(text)["tables"]["households"]["columns"]


YES_NO = (FormChoice(code="1", labels={"": "Yes"}), FormChoice(code="2", labels={"": "No"}))
IDS = tuple(FormChoice(code=f"F_{n}", labels={"": f"F_{n}"}) for n in range(40))


@pytest.mark.parametrize(
    "asked",
    [
        ask("q1", "choice", "Q1. Are you talking to the household head?", choices=YES_NO),
        ask("q9", "choice", "Are you the household head", choices=YES_NO),
        ask("preloadname", "calculated", "hh head name"),
        ask("rel", "choice", "What is the relationship with the household head?", choices=IDS),
        ask("name_resp", "text", "Q5. Name of respondent of the household"),
        ask("sms_hh", "calculated", "hh received water info sms"),
    ],
    ids=lambda asked: asked.name,
)
def test_what_only_shares_words_with_a_question_is_not_that_question(asked):
    assert first(asked) == [None]


@pytest.mark.parametrize(
    "asked",
    [
        ask("farmer_ID", "choice", "Select farmer ID", choices=IDS),
        ask("ID", "calculated"),
        ask("hhid", "integer", "Por favor introduza o ID do agregado familiar"),
    ],
    ids=lambda asked: asked.name,
)
def test_the_question_that_asks_which_unit_it_is_may_be_the_key(asked):
    assert first(asked)[0][:2] == ("households", "hh_id")


def test_fields_of_our_own_form_are_sure():
    _, found = matched(
        ask("sex", "choice", repeat="persons"), ask("persons_hh_id", "calculated", repeat="persons")
    )
    assert [(e.candidates[0].table, e.candidates[0].question, e.is_sure) for e in found] == [
        ("persons", "sex", True), ("persons", "hh_id", True),
    ]  # fmt: skip


def test_a_roster_has_one_repeat_and_others_that_speak_of_it_are_named():
    form = SurveyForm(
        questions=(
            ask("name", "text", "Full name of person ${n}", repeat="names"),
            ask("age", text="Age", repeat="member"),
            ask("sex", "choice", repeat="member", choices=MALE_FEMALE),
            ask("rain", "text", "How much rain?", repeat="weather"),
        )
    )
    rosters, _ = suggest(form, QUESTIONS, entity="households", tables=TABLES)
    assert rosters == {"": "households", "member": "persons"}
    assert perhaps_rosters(form, rosters, TABLES, "households") == {"names": "persons"}


def test_a_roster_s_question_asked_in_the_main_part_is_no_line_to_take_up():
    rosters, found = matched(ask("age", text="Age in completed years"))
    text = draft_text(found, rosters, QUESTIONS)
    assert "#?" not in text.split("tables:")[1]
    assert "# age: perhaps age of persons, in rows of its own" in text


REAL = Path(__file__).parents[4] / "shared" / "data"
LIBRARY = Path(__file__).parents[3] / "indicators"


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared survey data are not beside this checkout")
@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        (
            "uganda_maize_mippi/Baseline_farmer_public.xlsx",
            {"farmer_ID": "hh_id", "gender": "head_sex", "hh_size": "hh_size"},
            {"q1", "name_resp", "resp_gender", "relationship", "plot_man", "price_rate", "seed_qty"},
        ),
        (
            "uganda_maize_mippi/Trial_Endline_Survey_public.xlsx",
            {"head_gender": "head_sex", "ID": "hh_id"},
            {"head_resp", "rel_resp", "rice_value_sp", "sugar_value_sp"},
        ),
        (
            "moz_proirri/moz_CTO_HH_Endline.xlsx",
            {"hhid": "hh_id", "gender": "sex", "age": "age"},
            {"preloadname", "sms_hh", "mg_hh", "respondent", "l_s_name"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_real_questionnaires_are_matched_without_the_mistakes_seen_before(file, right, wrong):
    catalogue = load_catalogue([LIBRARY])
    form, _ = read_form(open_sheets(REAL / file), file=file)
    _, found = suggest(form, catalogue.questions, entity="households", tables=catalogue.tables)
    first_of = {e.asked.name: e.candidates[0].question for e in found if e.candidates}
    assert right.items() <= first_of.items()
    assert not wrong & set(first_of)
