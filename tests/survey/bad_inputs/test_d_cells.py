"""Cases 34 to 56: what can stand in a cell, each with the file that provokes it."""

from __future__ import annotations

import datetime as dt

import pytest

from mande.errors import Severity
from mande.survey.annotate import write_annotated

HEADER = "farmer_id,sex,hours,income,member,crops,interviewed_on,remarks\n"


def row(number, **cells):
    """A good row with some cells changed."""
    good = {
        "farmer_id": f"F{number:03d}", "sex": "f", "hours": "40", "income": "1200", "member": "yes",
        "crops": "maize", "interviewed_on": "2023-06-01", "remarks": "",
    }  # fmt: skip
    return ",".join(f'"{value}"' for value in (good | cells).values()) + "\n"


def upload(*rows):
    """A file of good rows, some with cells changed."""
    return HEADER + "".join(row(number, **cells) for number, cells in enumerate(rows, start=1))


def only(verdict, code):
    """The one problem of a code."""
    (found,) = [problem for problem in verdict.problems if problem.code.id == code]
    return found


def where(problem):
    """Severity, row and column of a problem."""
    return problem.severity.value, problem.place.row, problem.place.column


def answer(place, code, given, column):
    """Answer a question as `mande answer` writes it."""
    path = place.folder / "import_profile.yaml"
    head = path.read_text(encoding="utf-8") if path.exists() else "format: 1\nanswers:\n"
    line = (
        f'  - {{ask: {code}, table: farmers, column: "{column}", answer: "{given}", by: A, at: 2024-01-01}}\n'
    )
    path.write_text(head + line, encoding="utf-8")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        pytest.param("sex", "", "V-REQUIRED", id="34"),
        pytest.param("hours", "abc", "V-TYPE", id="35-word"),
        pytest.param("hours", "about 5", "V-TYPE", id="35-about"),
        pytest.param("income", "2 bags", "V-TYPE", id="35-unit"),
        pytest.param("hours", "3.7", "V-NOTINT", id="36-point"),
        pytest.param("hours", "12,5", "V-NOTINT", id="36-comma"),
        pytest.param("interviewed_on", "31/02/2024", "V-DATEBAD", id="41-february"),
        pytest.param("interviewed_on", "2024-13-01", "V-DATEBAD", id="41-month"),
        pytest.param("interviewed_on", "3/4/24", "V-DATEBAD", id="41-short-year"),
        pytest.param("interviewed_on", "1900-01-05", "V-DATEBAD", id="41-1900"),
        pytest.param("crops", "coffe", "V-ENUM", id="47"),
        pytest.param("hours", "200", "V-RANGE", id="48"),
    ],
)
def test_case_34_35_36_41_47_48_a_faulty_cell_blocks(shared_coop, column, value, code):
    verdict = shared_coop.check(upload({}, {column: value}, {}))
    assert where(only(verdict, code)) == ("error", 3, column)
    assert verdict.status == "errors"
    assert [p.code.id for p in verdict.problems if p.severity is Severity.ERROR] == [code]


def test_case_37_decimal_commas_are_asked_once_and_read_when_answered(coop):
    text = upload({"income": "3,5"}, {"income": "12,75"}, {"income": "7"}, {"income": "1.234,50"})
    problem = only(coop.check(text), "V-DECIMALCOMMA")
    assert where(problem) == ("question", None, "income")
    assert problem.found() == (
        "cells with a comma as decimal mark: 3 (D5: '1.234,50'); with a point: 0; either way: 0"
    )
    assert [option.value for option in problem.ask.options] == ["comma", "mistake"]
    answer(coop, "V-DECIMALCOMMA", "comma", "income")
    verdict = coop.check(text)
    assert verdict.table.frame["income"].to_list() == [3.5, 12.75, 7.0, 1234.5]
    assert where(only(verdict, "Q-ANSWERED")) == ("note", None, "income")
    assert verdict.status == "ok"


def test_case_37_a_column_with_both_marks_blocks_cell_by_cell(shared_coop):
    verdict = shared_coop.check(upload({"income": "3,5"}, {"income": "3.5"}, {"income": "1,234"}))
    assert where(only(verdict, "V-DECIMALCOMMA")) == ("error", 2, "income")
    assert where(only(verdict, "V-THOUSANDS")) == ("error", 4, "income")
    assert verdict.table.frame["income"].to_list() == [None, 3.5, None]


def test_case_37_commas_answered_as_mistakes_block_cell_by_cell(coop):
    answer(coop, "V-DECIMALCOMMA", "mistake", "income")
    verdict = coop.check(upload({"income": "3,5"}, {}))
    assert where(only(verdict, "V-DECIMALCOMMA")) == ("error", 2, "income")


@pytest.mark.parametrize("written", ["1,234", "1 234", "1\u00a0234", "1'234"])
def test_case_38_thousands_are_asked_once_and_read_when_answered(coop, written):
    text = upload({"income": written}, {})
    problem = only(coop.check(text), "V-THOUSANDS")
    assert where(problem) == ("question", None, "income")
    assert ("comma" in [option.value for option in problem.ask.options]) == (written == "1,234")
    answer(coop, "V-THOUSANDS", "thousands", "income")
    assert coop.check(text).table.frame["income"][0] == 1234


def test_case_38_a_comma_between_thousands_may_be_answered_to_be_decimal(coop):
    answer(coop, "V-THOUSANDS", "comma", "income")
    assert coop.check(upload({"income": "1,234"}, {})).table.frame["income"][0] == 1.234


def test_case_39_the_order_of_dates_is_asked_with_counts(coop):
    text = upload({"interviewed_on": "03/04/2023"}, {"interviewed_on": "25/03/2023"}, {})
    problem = only(coop.check(text), "V-DATEORDER")
    assert where(problem) == ("question", None, "interviewed_on")
    assert problem.found() == "dates that can be read both ways: 1; only as day/month: 1 (G3: '25/03/2023')"
    assert [option.value for option in problem.ask.options] == ["day_month_year", "mistake"]
    answer(coop, "V-DATEORDER", "day_month_year", "interviewed_on")
    found = coop.check(text).table.frame["interviewed_on"].to_list()
    assert found == [dt.date(2023, 4, 3), dt.date(2023, 3, 25), dt.date(2023, 6, 1)]


def test_case_39_an_answer_for_other_files_does_not_hold_where_the_dates_contradict_it(coop):
    answer(coop, "V-DATEORDER", "month_day_year", "interviewed_on")
    verdict = coop.check(upload({"interviewed_on": "25/03/2023"}, {}))
    assert where(only(verdict, "V-DATEORDER")) == ("question", None, "interviewed_on")


def test_case_39_both_orders_for_certain_block(shared_coop):
    dates = ("25/03/2023", "03/25/2023", "03/04/2023")
    verdict = shared_coop.check(upload(*({"interviewed_on": date} for date in dates)))
    assert [where(p) for p in verdict.problems if p.code.id == "V-DATEORDER"] == [
        ("error", number, "interviewed_on") for number in (2, 3, 4)
    ]


def test_case_39_a_day_that_is_the_same_either_way_needs_no_question(shared_coop):
    verdict = shared_coop.check(upload({"interviewed_on": "04/04/2023"}))
    assert (verdict.status, verdict.table.frame["interviewed_on"][0]) == ("ok", dt.date(2023, 4, 4))


def test_case_40_day_numbers_are_dates_within_the_survey_and_asked_outside_it(coop):
    verdict = coop.check(upload({"interviewed_on": "45078"}))
    assert where(only(verdict, "V-SERIAL")) == ("note", None, "interviewed_on")
    assert "45078 = 2023-06-01" in only(verdict, "V-SERIAL").found()
    problem = only(coop.check(upload({"interviewed_on": "33000"})), "V-SERIAL")
    assert where(problem) == ("question", None, "interviewed_on")
    assert problem.found() == "cells: 1 (G2: '33000' = 1990-05-07)"
    answer(coop, "V-SERIAL", "dates", "interviewed_on")
    found = coop.check(upload({"interviewed_on": "33000"})).table.frame["interviewed_on"][0]
    assert found == dt.date(1990, 5, 7)


def test_case_42_no_date_lies_after_the_day_of_the_upload(shared_coop):
    text = upload({}, {"interviewed_on": "2023-06-03"})
    verdict = shared_coop.check(text, day=dt.date(2023, 6, 2))
    assert where(only(verdict, "V-FUTURE")) == ("error", 3, "interviewed_on")
    assert shared_coop.check(text, day=dt.date(2023, 6, 3)).status == "ok"
    assert shared_coop.check(text).status == "ok"


def test_case_43_44_cells_without_a_value_block_at_their_place(shared_coop, tmp_path):
    import xlsxwriter

    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["farmer_id", "sex", "hours", "income"])
        sheet.write_row(1, 0, ["F001", "f"])
        sheet.write_formula(1, 2, "=A9", None, "#REF!")
        sheet.write_formula(1, 3, "=1+1", None, "")
    verdict = shared_coop.check(path)
    assert where(only(verdict, "V-CELLERROR")) == ("error", 2, "hours")
    assert where(only(verdict, "V-FORMULA")) == ("error", 2, "income")
    assert verdict.cell(only(verdict, "V-CELLERROR")) == "C2"


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u200b", "\t"])
def test_case_45_spaces_around_codes_and_ids_are_taken_off_and_counted(shared_coop, space):
    verdict = shared_coop.check(
        upload({"farmer_id": f"F001{space}", "sex": f"{space}m", "hours": f"{space}40"})
    )
    assert verdict.table.frame.select("farmer_id", "sex", "hours").row(0) == ("F001", "m", 40)
    assert only(verdict, "V-WHITESPACE").found() == "cells: 3"
    assert verdict.status == "ok"


def test_case_45_what_nobody_sees_inside_an_id_is_taken_off_and_said(shared_coop):
    verdict = shared_coop.check(upload({"farmer_id": "F0\u200b01"}))
    assert verdict.table.frame["farmer_id"][0] == "F001"
    assert where(only(verdict, "V-INSIDE")) == ("note", None, "farmer_id")


@pytest.mark.parametrize("written", ["Male", "MALE", "m", "M", "Homme", "hombre", "male "])
def test_case_46_labels_in_any_language_and_case_are_their_codes(shared_coop, written):
    verdict = shared_coop.check(upload({"sex": written}))
    assert (verdict.status, verdict.table.frame["sex"][0]) == ("ok", "m")
    assert ("V-CASE" in verdict.counts) == (written != "m")


def test_case_47_a_near_miss_names_what_may_be_meant(shared_coop):
    problem = only(shared_coop.check(upload({"crops": "maise"})), "V-ENUM")
    assert problem.found() == "maise (did you mean maize?)"
    assert problem.found("fr") == "maise (vouliez-vous dire maize (Maïs) ?)"


def test_case_49_unusual_values_warn_and_a_tick_in_the_profile_settles_them(coop):
    text = upload({"hours": "90"}, {})
    problem = only(coop.check(text), "V-SOFT")
    assert where(problem) == ("warning", 2, "hours")
    assert [option.value for option in problem.ask.options] == ["right"]
    answer(coop, "V-SOFT", "right", "hours")
    assert (coop.check(text).status, where(only(coop.check(text), "V-SOFT"))[0]) == ("ok", "note")


PHONES = """format: 1
table: farmers
questions:
  contact: {label: {en: Contact}, type: text, pattern: "0\\\\d{9}"}
"""


def with_questions(coop, text):
    """The workspace with one more file of questions."""
    from dataclasses import replace

    from mande.catalogue import load_catalogue

    root = coop.workspace.root
    (root / "indicators/_questions/more.yaml").write_text(text, encoding="utf-8")
    return replace(coop, catalogue=load_catalogue([root / "indicators"]))


def test_case_50_lost_zeros_are_asked_once_and_put_back_when_answered(coop):
    place = with_questions(coop, PHONES)
    text = "farmer_id,sex,contact\nF001,f,712345678\nF002,m,0712345679\nF003,f,12\n"
    verdict = place.check(text)
    asked, blocked = [p for p in verdict.problems if p.code.id == "V-PATTERN"]
    assert where(asked) == ("question", None, "contact")
    assert asked.found() == "cells that lost zeros at the front (Excel): 1 (C2: '712345678')"
    assert where(blocked) == ("error", 4, "contact")
    answer(coop, "V-PATTERN", "repair", "contact")
    verdict = place.check(text)
    assert verdict.table.frame["contact"].to_list() == ["0712345678", "0712345679", None]
    assert where(only(verdict, "V-ZEROS")) == ("note", None, "contact")


def test_case_51_a_text_that_excel_has_cut_is_a_warning(shared_coop):
    verdict = shared_coop.check(upload({"remarks": "x" * 32_767}, {"remarks": "x" * 32_766}))
    assert where(only(verdict, "V-TOOLONG")) == ("warning", 2, "remarks")
    assert len(verdict.table.frame["remarks"][0]) == 32_767


PERCENT = """format: 1
table: farmers
questions:
  sold: {label: {en: Share of harvest sold}, type: number, unit: "%", range: [0, 100]}
"""


def test_case_52_shares_among_per_cent_are_asked(coop):
    place = with_questions(coop, PERCENT)
    text = "farmer_id,sex,sold\nF001,f,0.25\nF002,m,40\nF003,f,12 %\n"
    problem = only(place.check(text), "V-PERCENT")
    assert where(problem) == ("question", None, "sold")
    assert problem.found() == "cells between 0 and 1: 1; above 1: 1"
    answer(coop, "V-PERCENT", "shares", "sold")
    verdict = place.check(text)
    assert verdict.table.frame["sold"].to_list() == [25, 40, 12]
    assert where(only(verdict, "V-PERCENTSIGN")) == ("note", None, "sold")


@pytest.mark.parametrize("text", ["NA", "None", "TRUE", "null", "nan", "N/A"])
def test_case_53_words_that_default_readers_eat_stay_text(shared_coop, text):
    verdict = shared_coop.check(upload({"remarks": text}))
    assert (verdict.status, verdict.table.frame["remarks"][0]) == ("ok", text)


def test_case_54_an_undeclared_code_is_asked_and_never_enters_a_mean(coop):
    rows = [{"income": str(5 * number)} for number in range(1, 63)] + [{"income": "999"}] * 61
    text = upload(*rows)
    problem = only(coop.check(text), "V-MISSCODE")
    assert where(problem) == ("question", None, "income")
    assert problem.found() == "999 (D64); cells: 61; all other answers lie between 5 and 310"
    assert coop.check(text).table.frame["income"].max() == 310
    answer(coop, "V-MISSCODE", "dont_know", "income = 999")
    table = coop.check(text).table
    assert table.frame["income"].max() == 310
    assert table.missing["income"]["reason"].to_list() == ["don't know"] * 61


@pytest.mark.parametrize("code", ["999999", "9999999"])
def test_case_54_long_codes_of_nines_are_asked_about_too(shared_coop, code):
    rows = [{"income": str(1000 * number)} for number in range(1, 63)] + [{"income": code}] * 3
    assert f"{code} (D64); cells: 3" in only(shared_coop.check(upload(*rows)), "V-MISSCODE").found()


def test_case_54_a_code_answered_to_be_a_value_is_one(coop):
    rows = [{"income": str(5 * number)} for number in range(1, 63)] + [{"income": "999"}] * 4
    answer(coop, "V-MISSCODE", "value", "income = 999")
    assert coop.check(upload(*rows)).table.frame["income"].max() == 999


@pytest.mark.parametrize(("word", "column"), [("DK", "hours"), ("refused", "income"), ("n/a", "sex")])
def test_case_54_words_for_no_answer_are_asked(coop, word, column):
    text = upload({column: word}, {})
    problem = only(coop.check(text), "V-MISSCODE")
    assert where(problem) == ("question", None, column)
    assert problem.ask.column == f"{column} = {word.casefold()}"
    answer(coop, "V-MISSCODE", "refused", problem.ask.column)
    table = coop.check(text).table
    assert table.missing[column]["reason"].to_list() == ["refused"]


def test_case_56_text_like_a_formula_is_kept_as_text_and_stays_inert(shared_coop, tmp_path):
    import openpyxl

    attack = "=cmd|'/C calc'!A0"
    verdict = shared_coop.check(
        upload({"remarks": attack}, {"remarks": "@SUM(1)"}, {"remarks": "-5, +254 71"})
    )
    found = [where(p) for p in verdict.problems if p.code.id == "V-INJECTION"]
    assert found == [("warning", 2, "remarks"), ("warning", 3, "remarks")]
    assert verdict.table.frame["remarks"][0] == attack
    copy = write_annotated(verdict, tmp_path / "copy.xlsx")
    kinds = {
        c.data_type
        for s in openpyxl.load_workbook(copy)
        for r in s.iter_rows()
        for c in r
        if c.value == attack
    }
    assert kinds == {"s"}


def test_case_54_of_a_protected_answer_nobody_is_told_where_it_stands(shared_coop):
    rows = [f"F{number:03d},f,{number % 5}" for number in range(1, 15)] + ["F099,f,-9"]
    verdict = shared_coop.check("farmer_id,sex,harassed\n" + "\n".join(rows) + "\n")
    problem = only(verdict, "V-MISSCODE")
    assert problem.found() == "-9; cells: 1; all other answers lie between - and -"
    assert where(problem) == ("question", None, "harassed")


EXPECTED = """
format: 1
table: plots
questions:
  crop: {label: {en: Crop}, type: choice, choices: {tea: {en: Tea}, maize: {en: Maize}}}
  trees: {label: {en: Trees}, type: integer, range: [0, null]}
  soil: {label: {en: Soil}, type: text}
  slope: {label: {en: Slope}, type: number, required: false}
  shaded: {label: {en: Shade}, type: yes_no, when: trees > 0}
"""


def test_case_34_what_the_questionnaire_insists_on_is_told_of_when_it_is_empty(place_with):
    place = place_with({"indicators/_questions/plots.yaml": EXPECTED})
    text = "plot_id,farmer_id,crop,trees,soil,slope\nP1,F001,,5,,\nP2,F002,tea,,clay,3\nP3,,tea,1,,\n"
    verdict = place.check(text, table="plots")
    found = [
        (p.place.row, p.place.column, p.severity.value) for p in verdict.problems if p.code.id == "V-REQUIRED"
    ]
    assert found == [(2, "crop", "warning"), (3, "trees", "warning"), (4, "farmer_id", "error")]


def test_case_34_form_and_check_go_by_the_same_rule():
    from mande.schema.question import Question

    def expects(**content):
        return Question.model_validate({"label": {"en": "x"}, **content}).expects_answer

    assert expects(type="integer")
    assert expects(type="yes_no")
    assert expects(type="text", required=True)
    assert not expects(type="text")
    assert not expects(type="date")
    assert not expects(type="integer", required=False)
