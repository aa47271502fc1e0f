"""Titles and layout: headers further down, in two rows or doubled; totals; what is hidden; several sheets."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from mande.errors import Severity
from mande.survey.profile import FILE, Answer, load_profile

TITLES = ["farmer_id", "sex", "hours", "income", "remarks"]
ROWS = [[f"F{n:03}", "fm"[n % 2], 30 + n, 100.5 * n, "fine"] for n in range(1, 6)]
LINES = [",".join(map(str, row)) for row in (TITLES, *ROWS)]
GOOD = "\n".join(LINES) + "\n"


def told(verdict) -> list[tuple[str, str]]:
    """What is said of the layout; cells and ids are other tests' concern."""
    known = ("H-NOTTOP", "H-MERGED", "H-DUP", "H-EMPTY", "Q-USED")
    return [
        (p.code.id, p.severity.value) for p in verdict.problems if p.code.id[0] in "CL" or p.code.id in known
    ]


def one(verdict, code: str):
    (problem,) = [p for p in verdict.problems if p.code.id == code]
    return problem


def answer(place, code: str, given: str, verdict=None) -> None:
    """Answer as `mande answer` does; where a question is about one file, every such one of a verdict."""
    abouts = [p.ask.about for p in verdict.problems if p.code.id == code] if verdict else [""]
    for about in abouts:
        answer_about(place, code, given, about)


def answer_about(place, code: str, given: str, about: str) -> None:
    entry = Answer(ask=code, table="farmers", about=about, answer=given, by="Amina", at=dt.date(2024, 3, 1))
    (place.folder / FILE).write_text(load_profile(place.folder).with_answer(entry).text(), encoding="utf-8")


CAPTIONED = [["Survey of farmers 2023"], ["District North", "prepared in Kitale"], [], TITLES, *ROWS]


def test_case_22_titles_below_a_caption_are_recognised_and_asked_about_once(coop, workbook):
    path = workbook({"Data": CAPTIONED})
    verdict = coop.check(path)
    problem = one(verdict, "H-NOTTOP")
    assert (problem.severity, problem.place.row, problem.place.sheet) == (Severity.QUESTION, 4, "Data")
    assert "row 4: 5 of 5" in problem.found()
    assert verdict.table.frame["row"].to_list() == [5, 6, 7, 8, 9]
    answer(coop, "H-NOTTOP", "titles")
    assert told(coop.check(path)) == [("Q-USED", "note")]


def test_case_22_the_answer_follows_the_titles_not_a_row_number(coop, workbook):
    answer(coop, "H-NOTTOP", "titles")
    verdict = coop.check(workbook({"Data": [["One more line"], *CAPTIONED]}))
    assert (told(verdict), verdict.raw.header_row) == ([("Q-USED", "note")], 5)


def test_case_22_a_table_that_starts_in_c4_keeps_its_places(coop, workbook):
    shifted = [[None, None, *row] for row in CAPTIONED]
    shifted[5][4] = "abc"
    problem = one(coop.check(workbook({"Data": shifted})), "V-TYPE")
    assert coop.check(workbook({"Data": shifted})).cell(problem) == "E6"


def test_case_22_the_row_may_be_answered_as_a_number_where_no_title_is_known(coop):
    content = "Survey\nCode;Sexe;Heures\nF001;f;31\n".replace(";", ",")
    answer(coop, "H-NOTTOP", "2")
    assert coop.check(content).raw.columns == ("Code", "Sexe", "Heures")


def merged(path: Path, *, with_twins: bool = False) -> Path:
    """Two rows of titles: id and sex merged downwards, a group over the other columns."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        sheet.merge_range("A1:A2", "farmer_id")
        sheet.merge_range("B1:B2", "sex")
        sheet.merge_range("C1:D1", "Work")
        sheet.merge_range("E1:F1", "Other")
        lower = ["hours", "income", "hours" if with_twins else "remarks", "member"]
        for column, title in enumerate(lower, start=2):
            sheet.write(1, column, title)
        for line, row in enumerate(ROWS, start=2):
            for column, value in enumerate([*row[:4], 5 if with_twins else "fine", "yes"]):
                sheet.write(line, column, value)
    return path


def test_case_23_a_header_in_two_rows_is_joined_and_asked_about_once(coop):
    path = merged(coop.uploads / "upload.xlsx")
    verdict = coop.check(path)
    problem = one(verdict, "H-MERGED")
    assert (problem.severity, problem.place.row) == (Severity.QUESTION, 2)
    assert verdict.raw.columns == ("farmer_id", "sex", "hours", "income", "remarks", "member")
    assert verdict.table.frame.height == 5
    answer(coop, "H-MERGED", "groups")
    assert told(coop.check(path)) == [("Q-USED", "note")]


def test_case_23_twins_in_the_lower_row_are_told_apart_by_their_group(coop):
    verdict = coop.check(merged(coop.uploads / "upload.xlsx", with_twins=True))
    assert verdict.raw.columns[2:] == ("Work/hours", "income", "Other/hours", "member")
    assert "H-DUP" not in [code for code, _ in told(verdict)]


def test_case_23_only_the_lower_row_counts_if_that_is_answered(coop):
    answer(coop, "H-MERGED", "lower")
    assert coop.check(merged(coop.uploads / "upload.xlsx")).raw.columns == (
        "hours", "income", "remarks", "member",
    )  # fmt: skip


@pytest.mark.parametrize("second", ["hours", " Hours "])
def test_case_24_two_columns_of_one_title_block_the_file_and_are_named(shared_coop, second):
    content = GOOD.replace("income", second)
    problem = one(shared_coop.check(content), "H-DUP")
    assert (problem.severity, problem.place.row) == (Severity.ERROR, 1)
    assert "columns C, D" in problem.found()


def test_case_24_the_rest_of_the_file_is_checked_all_the_same(shared_coop):
    content = GOOD.replace("income", "hours").replace("F002,f", "F002,x")
    assert {"H-DUP", "V-ENUM"} <= {p.code.id for p in shared_coop.check(content).problems}


def test_case_25_a_column_with_values_and_no_title_blocks(shared_coop):
    problem = one(shared_coop.check(GOOD.replace("income", " ")), "H-EMPTY")
    assert (problem.severity, problem.found()) == (Severity.ERROR, "column D")


def test_case_25_an_empty_column_without_title_is_left_out(shared_coop):
    content = "\n".join(f"{line}," for line in LINES)
    assert told(shared_coop.check(content)) == []


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Average", "Moyenne", "Promedio", "Grand total"])
def test_case_30_a_row_of_totals_is_asked_about_and_is_no_respondent(coop, word):
    content = GOOD + f"{word},,165,1507.5,\n"
    verdict = coop.check(content)
    problem = one(verdict, "L-TOTAL")
    assert (problem.severity, problem.place.row) == (Severity.QUESTION, 7)
    assert verdict.table.frame["farmer_id"].to_list() == ["F001", "F002", "F003", "F004", "F005"]
    answer(coop, "L-TOTAL", "leave_out", verdict)
    assert told(coop.check(content)) == [("L-LEFTOUT", "note"), ("Q-USED", "note")]


def test_case_30_sums_below_an_empty_id_and_signatures_are_found_without_a_word(shared_coop):
    content = GOOD + ",,165,1507.5,\n\nSupervisor: ______,,,,\n"
    problem = one(shared_coop.check(content), "L-TOTAL")
    assert "rows 7, 9" in problem.summary().replace(": 7, 9", " rows 7, 9")
    assert "columns C, D" in problem.found()


def test_case_30_rows_answered_to_be_respondents_are_checked(coop):
    content = GOOD + "Total,,165,1507.5,\n"
    answer(coop, "L-TOTAL", "keep", coop.check(content))
    verdict = coop.check(content)
    assert "V-RANGE" in [p.code.id for p in verdict.problems]


def test_case_30_a_respondent_who_refused_everything_is_no_total(shared_coop):
    assert "L-TOTAL" not in dict(told(shared_coop.check(GOOD.replace("F005,m,35,502.5,fine", "F005,,,,"))))


def test_case_30_what_was_said_of_one_file_s_total_is_not_said_of_another_s(coop):
    content = GOOD + "Total,,165,1507.5,\n"
    answer(coop, "L-TOTAL", "leave_out", coop.check(content))
    assert one(coop.check(content.replace("1507.5", "1508")), "L-TOTAL").severity is Severity.QUESTION
    assert "L-TOTAL" not in dict(told(coop.check(content.replace("fine", "good"))))


def hidden(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        for line, row in enumerate([TITLES, *ROWS]):
            sheet.write_row(line, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_column("E:E", None, None, {"hidden": True})
        old = book.add_worksheet("Old")
        for line, row in enumerate([TITLES, *ROWS[:2]]):
            old.write_row(line, 0, row)
        old.very_hidden()
    return path


def test_case_31_hidden_rows_and_columns_are_read_and_asked_about(coop):
    verdict = coop.check(hidden(coop.uploads / "upload.xlsx"))
    found = [p.found() for p in verdict.problems if p.code.id == "L-HIDDEN"]
    assert sorted(found) == ["rows 3-4; columns E", "sheets Old"]
    assert verdict.status == "questions"
    assert verdict.table.frame.height == 5


def test_case_31_hidden_parts_are_left_out_and_counted_if_that_is_answered(coop):
    answer(coop, "L-HIDDEN", "leave_out", coop.check(hidden(coop.uploads / "upload.xlsx")))
    verdict = coop.check(hidden(coop.uploads / "upload.xlsx"))
    assert verdict.raw.rows.to_list() == [2, 5, 6]
    assert "remarks" not in verdict.raw.columns
    assert one(verdict, "L-LEFTOUT").severity is Severity.NOTE


def test_case_31_hidden_parts_are_read_without_a_question_if_that_is_answered(coop):
    asked = coop.check(hidden(coop.uploads / "upload.xlsx"))
    answer(coop, "L-HIDDEN", "read", asked)
    answer(coop, "L-SHEET", "stack", coop.check(hidden(coop.uploads / "upload.xlsx")))
    verdict = coop.check(hidden(coop.uploads / "upload.xlsx"))
    assert one(verdict, "L-STACKED").found().startswith("Data, Old")
    assert "L-HIDDEN" not in dict(told(verdict))


def test_case_31_an_answer_about_one_file_is_not_used_for_another(coop):
    answer(coop, "L-HIDDEN", "leave_out", coop.check(hidden(coop.uploads / "upload.xlsx")))
    other = ROWS[0], ROWS[2], ROWS[1], *ROWS[3:]
    path = coop.uploads / "other.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        for line, row in enumerate([TITLES, *other]):
            sheet.write_row(line, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_column("E:E", None, None, {"hidden": True})
    verdict = coop.check(path)
    assert one(verdict, "L-HIDDEN").severity is Severity.QUESTION
    assert "L-LEFTOUT" not in dict(told(verdict))
    assert verdict.table.frame.height == 5


def test_case_31_an_answer_that_names_no_file_is_refused_with_the_reason(coop):
    from mande.errors import MandeError
    from mande.pipeline.answers import answer_question

    with pytest.raises(MandeError, match="A-ABOUT"):
        answer_question("coop", "L-HIDDEN", "leave_out", by="Amina", workspace=coop.workspace.root)
    assert not (coop.folder / FILE).exists()


def test_case_31_a_filter_that_hides_rows_is_seen(coop, workbook):
    path = workbook({"Data": [TITLES, *ROWS]})
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b'<row r="4"', b'<row hidden="1" r="4"'))
    verdict = coop.check(coop.write(buffer.getvalue(), "filtered.xlsx"))
    assert one(verdict, "L-HIDDEN").found() == "rows 4"


DISTRICTS = {"North": [TITLES, *ROWS[:2]], "South": [TITLES, *ROWS[2:4]], "Read me": [["About"], ["x"]]}


def test_case_32_sheets_with_the_same_columns_are_asked_about_and_read_as_one(coop, workbook):
    path = workbook(DISTRICTS)
    verdict = coop.check(path)
    problem = one(verdict, "L-SHEET")
    assert problem.severity is Severity.QUESTION
    assert [option.value for option in problem.ask.options] == ["stack", "North", "South"]
    assert verdict.table.frame["farmer_id"].to_list() == ["F001", "F002", "F003", "F004"]
    answer(coop, "L-SHEET", "stack", verdict)
    assert "L-SHEET" not in dict(told(coop.check(path)))
    assert coop.check(path).table.frame.height == 4


def test_case_32_one_of_the_sheets_may_be_meant(coop, workbook):
    answer(coop, "L-SHEET", "South", coop.check(workbook(DISTRICTS)))
    verdict = coop.check(workbook(DISTRICTS))
    assert verdict.table.frame["farmer_id"].to_list() == ["F003", "F004"]
    assert "North" in one(verdict, "L-SHEET-USED").found()


def test_case_32_which_columns_differ_is_said_and_they_are_found_in_any_order(coop, workbook):
    other = [["sex", "farmer_id", "hours", "income", "phone"], ["f", "F004", "abc", 5, "0712345678"]]
    verdict = coop.check(workbook({"North": [TITLES, *ROWS[:2]], "South": other}))
    assert "not in all of them: remarks, phone" in one(verdict, "L-SHEET").found()
    problem = one(verdict, "V-TYPE")
    assert (problem.place.sheet, problem.place.row, verdict.cell(problem)) == ("South", 2, "C2")
    assert verdict.table.frame["farmer_id"].to_list() == ["F001", "F002", "F004"]


def test_case_32_rows_that_belong_together_are_named_by_sheet(coop, workbook):
    verdict = coop.check(workbook({"North": [TITLES, *ROWS[:2]], "South": [TITLES, ROWS[2], ["F001", "m"]]}))
    found = [(p.place.sheet, p.place.row) for p in verdict.problems if p.code.id == "I-DUP"]
    assert found == [("North", 2), ("South", 3)]
    (told,) = {p.values["rows"] for p in verdict.problems if p.code.id == "I-DUP"}
    assert told == "North 2; South 3"


def test_case_32_the_marked_copy_shows_each_sheet_with_its_own_faults(coop, workbook):
    import openpyxl

    from mande.survey.annotate import write_annotated

    sheets = {"North": [TITLES, *ROWS[:2]], "South": [TITLES, ["F003", "f", "abc", 1, "x"]]}
    path = write_annotated(coop.check(workbook(sheets)), coop.uploads / "checked.xlsx")
    book = openpyxl.load_workbook(path)
    assert {"North", "South"} <= set(book.sheetnames)
    assert book["South"]["C2"].comment is not None
    assert book["North"]["C2"].comment is None
    assert [book["North"]["A3"].value, book["South"]["A2"].value] == ["F002", "F003"]


SHIFTED = """farmer_id,remarks,sex,hours,member,crops,interviewed_on
F001,fine,f,31,yes,maize,2023-06-01
F002,fine,m,32,yes,tea,2023-06-01
F003,f,33,no,maize,2023-06-01,
F004,m,34,no,tea,2023-06-02,
"""


def test_case_33_values_shifted_left_block_with_the_column_where_it_begins(shared_coop):
    problem = one(shared_coop.check(SHIFTED), "L-SHIFT")
    assert (problem.severity, problem.place.row, problem.place.column) == (Severity.ERROR, 4, "sex")
    assert "rows: 4-5" in problem.summary()


def test_case_33_a_row_with_several_wrong_answers_is_not_shifted(shared_coop):
    content = SHIFTED.replace("F003,f,33,no,maize,2023-06-01,", "F003,fine,x,abc,perhaps,rice,2023-06-01")
    assert "rows: 5" in one(shared_coop.check(content), "L-SHIFT").summary()


def test_case_22_new_titles_below_a_nearly_empty_caption_are_asked_about_too(shared_coop):
    content = "Survey,,,\nCode,Sexe,Heures,Village\nA1,f,31,x\nA2,m,30,y\n"
    verdict = shared_coop.check(content)
    assert one(verdict, "H-NOTTOP").place.row == 2
    assert verdict.raw.columns == ("Code", "Sexe", "Heures", "Village")
