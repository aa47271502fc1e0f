"""XLSForms from the field are read as they are; what departs from the rules is told with its row."""

from pathlib import Path

import pytest
import xlsxwriter

from mande.errors import MandeError
from mande.survey.forms.form import SurveyForm
from mande.survey.forms.snapshot import form_text, load_form
from mande.survey.forms.xlsform import read_form
from mande.survey.read import open_sheets

SHARED = Path(__file__).parents[4] / "shared" / "data"
SURVEY = [
    ["type", "name", "label"],
    ["start", "start", ""],
    ["text", "hh_id", "Household"],
    ["begin group", "people", "People"],
    ["integer", "hh_size", "<b>How many</b> live here?"],
    ["begin_repeat", "member", "Member"],
    ["select_one sex", "sex", "Sex"],
    ["select_multiple crops", "grown", "Crops"],
    ["end_repeat", "", ""],
    ["end group", "", ""],
    ["note", "thanks", "Thank you"],
]
CHOICES = [
    ["list_name", "name", "label"],
    ["sex", "1", "Male"],
    ["sex", "2", "Female"],
    ["crops", "m", "Maize"],
]


def book(tmp_path, **sheets) -> Path:
    path = tmp_path / "form.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for row, line in enumerate(rows):
                for column, value in enumerate(line):
                    if value != "":
                        sheet.write(row, column, value)
    return path


def read(path: Path):
    return read_form(open_sheets(path), file=path.name)


def test_questions_keep_their_groups_repeats_and_choices(tmp_path):
    form, problems = read(book(tmp_path, survey=SURVEY, choices=CHOICES))
    by_name = {entry.name: entry for entry in form.questions}
    assert problems == []
    assert list(by_name) == ["start", "hh_id", "hh_size", "sex", "grown"]
    assert by_name["hh_size"].groups == ("people",)
    assert by_name["hh_size"].text == "How many live here?"
    assert (by_name["sex"].repeat, by_name["sex"].type, by_name["sex"].row) == ("member", "choice", 7)
    assert [(c.code, c.text) for c in by_name["sex"].choices] == [("1", "Male"), ("2", "Female")]
    assert form.repeats == ("member",)


def test_a_form_with_columns_named_its_own_way_is_read(tmp_path):
    survey = [["", "No", "type", "name", "labeltext", "relevance", "label::Português (pt)"],
              ["", "1", "select_one yn", "poupou", "Did you save?", "", "Conseguiu poupar?"]]  # fmt: skip
    choices = [["list name", "value", "label"], ["yn", 1, "Sim"], ["yn", 0, "Não"]]
    form, problems = read(book(tmp_path, Survey=survey, Choices=choices))
    (question,) = form.questions
    assert problems == []
    assert question.labels == {"": "Did you save?", "Português (pt)": "Conseguiu poupar?"}
    assert [choice.code for choice in question.choices] == ["1", "0"]


@pytest.mark.parametrize(
    ("row", "number", "found"),
    [
        (["select_one nowhere", "q", "Q"], 2, "select_one nowhere"),
        (["integr", "q", "Q"], 2, "integr"),
        (["integer", "", "Q"], 2, "integer"),
        (["end group", "", ""], 2, "end group"),
        (["begin group", "g", ""], 2, "g"),
    ],
)
def test_what_departs_from_the_rules_is_told_and_does_not_stop(tmp_path, row, number, found):
    form, problems = read(book(tmp_path, survey=[SURVEY[0], row, ["text", "last", "Last"]]))
    assert form.questions[-1].name == "last"
    assert found in [problem.found() for problem in problems]
    assert min(problem.place.row for problem in problems) >= number


def test_a_code_with_two_texts_is_told(tmp_path):
    choices = [*CHOICES, ["sex", "1", "Boy"]]
    _, problems = read(book(tmp_path, survey=SURVEY, choices=choices))
    assert [problem.found() for problem in problems] == ["sex: 1"]
    assert problems[0].place.row == 5


def test_a_printed_questionnaire_is_no_form(tmp_path):
    with pytest.raises(MandeError) as caught:
        read(book(tmp_path, Page1=[["SECTION 1"], ["1.01", "How many people live here?"]]))
    assert caught.value.problems[0].code.id == "Q-NOTFORM"
    assert "Page1" in caught.value.problems[0].found()


def test_a_form_is_kept_as_yaml_and_read_back(tmp_path):
    form, _ = read(book(tmp_path, survey=SURVEY, choices=CHOICES))
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "2024.yaml").write_text(form_text(form), encoding="utf-8")
    assert load_form(tmp_path, "2024") == form
    assert load_form(tmp_path, "2025") is None
    assert isinstance(form, SurveyForm)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared survey data are not beside this checkout")
@pytest.mark.parametrize(
    ("file", "questions", "repeats"),
    [
        ("moz_proirri/moz_CTO_HH_Endline.xlsx", 982, 35),
        ("uganda_maize_mippi/Baseline_farmer_public.xlsx", 242, 1),
        ("uganda_maize_mippi/Trial_Endline_Survey_public.xlsx", 216, 1),
    ],
)
def test_real_forms_are_read_whole(file, questions, repeats):
    """Counted in the workbooks: rows with a type that has an answer, and repeats that hold questions."""
    form, _ = read(SHARED / file)
    assert (len(form.questions), len(form.repeats)) == (questions, repeats)
