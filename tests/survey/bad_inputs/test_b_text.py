"""Text and CSV structure: letters, separators, quotation marks, rows of another length."""

from __future__ import annotations

import pytest

from mande.errors import Severity
from mande.survey.profile import FILE, Answer, load_profile

HEADER = "farmer_id,sex,hours,remarks,phone\n"
ROWS = [f"F{n:03},{'fm'[n % 2]},{30 + n},fine,07123456{n:02}\n" for n in range(1, 6)]
GOOD = HEADER + "".join(ROWS)


def told(verdict) -> list[tuple[str, str]]:
    """What is said of the file and its text; cells and ids are other tests' concern."""
    return [(p.code.id, p.severity.value) for p in verdict.problems if p.code.id[0] in "CEFLQ"]


def one(verdict, code: str):
    (problem,) = [p for p in verdict.problems if p.code.id == code]
    return problem


def answer(place, code: str, given: str, *, column: str = "") -> None:
    """Answer as `mande answer` does."""
    import datetime as dt

    entry = Answer(ask=code, table="farmers", column=column, answer=given, by="Amina", at=dt.date(2024, 3, 1))
    (place.folder / FILE).write_text(load_profile(place.folder).with_answer(entry).text(), encoding="utf-8")


def test_case_11_a_byte_order_mark_is_no_part_of_the_first_title(shared_coop):
    verdict = shared_coop.check(GOOD.encode("utf-8-sig"))
    assert (told(verdict), verdict.raw.columns[0]) == ([], "farmer_id")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_case_12_utf16_is_read_with_or_without_its_mark_and_said(shared_coop, encoding):
    verdict = shared_coop.check(GOOD.replace("fine", "Peña").encode(encoding))
    assert told(verdict) == [("E-UTF16", "note")]
    assert verdict.raw.cells["c3"].to_list()[0] == "Peña"


def test_case_12_broken_utf16_is_damage(shared_coop):
    verdict = shared_coop.check(GOOD.encode("utf-16") + b"\x00\xd8\x41")
    assert told(verdict) == [("F-CORRUPT", "error")]


def test_case_13_letters_that_are_not_utf8_are_asked_about_with_the_line_as_each_way_shows_it(coop):
    verdict = coop.check(GOOD.replace("35,fine", "35,Peña y José").encode("cp1252"))
    problem = one(verdict, "E-CP1252")
    assert (problem.severity, problem.place.row) == (Severity.QUESTION, 6)
    shown = {option.value: option.meaning.en for option in problem.ask.options}
    assert shown["windows-1252"].startswith("Peña y José (")
    assert shown["windows-1250"].startswith("Peńa y José (")
    assert shown["mac-roman"].startswith("PeÒa y JosÈ (")
    assert verdict.status == "questions"
    assert verdict.table.frame.height == 5


def test_case_13_the_answer_is_kept_used_and_said(coop):
    content = GOOD.replace("35,fine", "35,Peña").encode("mac-roman")
    answer(coop, "E-CP1252", "mac-roman")
    verdict = coop.check(content)
    assert told(verdict) == [("Q-USED", "note")]
    assert verdict.raw.cells["c3"].to_list()[4] == "Peña"


def test_case_13_an_answer_holds_for_letters_that_are_the_same_in_another_way(coop):
    answer(coop, "E-CP1252", "windows-1250")
    assert told(coop.check(GOOD.replace("35,fine", "35,José").encode("cp1252"))) == [("Q-USED", "note")]


def test_case_13_an_answer_that_cannot_be_right_leaves_the_question_open(coop):
    answer(coop, "E-CP1252", "windows-1252")
    assert told(coop.check(GOOD.replace("35,fine", "35,Jos\x81").encode("latin-1"))) == [
        ("E-CP1252", "question")
    ]


def test_case_13_a_name_or_phone_number_is_never_shown_letters_alone_are(shared_coop):
    content = GOOD.replace("0712345605", "Müller-Ñandú").encode("cp1252")
    problem = one(shared_coop.check(content), "E-CP1252")
    assert problem.ask.options[0].meaning.en.startswith("ü Ñ ú (")
    assert "ller" not in str(problem)


def test_case_13_lines_that_are_utf8_stay_so_beside_one_that_is_not(shared_coop):
    lines = GOOD.replace("35,fine", "35,José").encode("cp1252").splitlines(keepends=True)
    lines[1] = lines[1].replace(b"fine", "Peña".encode())
    raw = shared_coop.check(b"".join(lines)).raw
    assert (raw.cells["c3"][0], raw.cells["c3"][4]) == ("Peña", "José")


def test_case_13_other_faults_are_reported_in_the_same_go(shared_coop):
    content = GOOD.replace("35,fine", "abc,José").encode("cp1252")
    assert {p.code.id for p in shared_coop.check(content).problems} >= {"E-CP1252", "V-TYPE"}


def test_case_14_letters_converted_twice_are_asked_about_with_the_suggested_repair(shared_coop):
    problem = one(shared_coop.check(GOOD.replace("35,fine", "35,JosÃ©")), "E-MOJIBAKE")
    assert (problem.severity, problem.place.row, problem.place.column) == (Severity.QUESTION, 6, "remarks")
    assert problem.found() == "JosÃ© -> José"


def test_case_14_the_repair_is_made_once_it_is_answered_or_left(coop):
    content = GOOD.replace("35,fine", "35,JosÃ©")
    for given, value in (("repair", "José"), ("keep", "JosÃ©")):
        answer(coop, "E-MOJIBAKE", given, column="remarks")
        verdict = coop.check(content)
        assert (told(verdict), verdict.raw.cells["c3"][4]) == ([("Q-USED", "note")], value)


def test_case_14_a_person_s_name_is_not_shown(shared_coop):
    problem = one(shared_coop.check(GOOD.replace("0712345605", "JosÃ©")), "E-MOJIBAKE")
    assert "Jos" not in str(problem)


def test_case_14_titles_converted_twice_are_found_and_asked_about_for_the_whole_file(coop):
    content = GOOD.replace("sex", "Sexo").replace("hours", "Género Ñ").replace("34,fine", "34,José")
    spoiled = content.encode().decode("cp1252")
    problems = [p for p in coop.check(spoiled).problems if p.code.id == "E-MOJIBAKE"]
    assert [(p.place.row, p.ask.column) for p in problems] == [(1, ""), (5, "remarks")]
    answer(coop, "E-MOJIBAKE", "repair")
    raw = coop.check(spoiled).raw
    assert (raw.columns[2], raw.cells["c3"][3]) == ("Género Ñ", "José")


def test_case_14_a_letter_that_is_lost_for_good_is_a_warning(shared_coop):
    assert told(shared_coop.check(GOOD.replace("35,fine", "35,Jos\ufffd"))) == [("E-LOST", "warning")]


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b"])
def test_case_15_an_invisible_character_blocks_at_its_cell(shared_coop, character):
    problem = one(shared_coop.check(GOOD.replace("35,fine", f"35,fi{character}ne")), "E-NUL")
    assert (problem.severity, problem.place.row, problem.place.column) == (Severity.ERROR, 6, "remarks")


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_case_16_another_separator_is_used_and_said(shared_coop, mark, name):
    verdict = shared_coop.check(GOOD.replace(",", mark))
    assert told(verdict) == [("C-DELIM", "note")]
    assert name in verdict.problems[0].summary()


def test_case_16_a_first_line_that_names_the_separator_is_obeyed(shared_coop):
    verdict = shared_coop.check("sep=|\n" + GOOD.replace(",", "|"))
    assert (verdict.raw.columns[:2], verdict.raw.header_row) == (("farmer_id", "sex"), 1)


def test_case_16_known_titles_settle_which_separator_is_meant(shared_coop):
    content = "farmer_id;sex, of all\nF001;x, y\nF002;x, z\n".replace("\n", ";1\n").replace(
        "all;1", "all;hours"
    )
    assert shared_coop.check(content).raw.columns == ("farmer_id", "sex, of all", "hours")


def test_case_16_two_separators_that_fit_alike_are_asked_about_and_the_answer_is_used(coop):
    content = "a;b,c\nF001;x,1\nF002;y,2\n"
    problem = one(coop.check(content), "C-DELIM2")
    assert problem.severity is Severity.QUESTION
    assert [option.value for option in problem.ask.options] == ["comma", "semicolon"]
    answer(coop, "C-DELIM2", "semicolon")
    assert coop.check(content).raw.columns == ("a", "b,c")


def test_case_17_a_quotation_mark_that_is_never_closed_names_its_line(shared_coop):
    verdict = shared_coop.check(GOOD.replace("33,fine", '33,"fine'))
    assert verdict.raw is None
    assert [(p.code.id, p.found()) for p in verdict.problems] == [("C-QUOTE", "line 4 of the file")]


def test_case_18_a_long_row_blocks_and_says_where_values_shift(shared_coop):
    problem = one(shared_coop.check(GOOD.replace("33,fine", "33,well, fine")), "C-LONG")
    assert (problem.severity, problem.place.row, problem.expected()) == (
        Severity.ERROR, 4, "5 cells, like the titles",
    )  # fmt: skip
    assert problem.found() == "6 cells; from column 'phone' on, values look shifted by 1"


def test_case_18_a_row_is_long_although_its_last_answer_is_empty(shared_coop):
    rows = "".join(f"F{n:03},{'fm'[n % 2]},{30 + n},2023-06-0{n},yes,\n" for n in range(1, 7))
    titles = "farmer_id,sex,hours,interviewed_on,member,phone\n"
    cut = rows.replace("F003,m,33,", "F003,m,3,3,")
    verdict = shared_coop.check(titles + cut)
    assert where_long(verdict) == [4]
    assert verdict.raw.rows.to_list() == [2, 3, 5, 6, 7]


@pytest.mark.parametrize("rows", [ROWS, ROWS[2:3]])
def test_case_18_empty_cells_without_a_title_are_no_long_row(shared_coop, rows):
    content = HEADER + "".join(row.replace("\n", ",,\n") if row in rows else row for row in ROWS)
    verdict = shared_coop.check(content)
    assert where_long(verdict) == []
    assert verdict.raw.rows.to_list() == [2, 3, 4, 5, 6]


def where_long(verdict) -> list[int | None]:
    """Rows that are said to be too long."""
    return [p.place.row for p in verdict.problems if p.code.id == "C-LONG"]


def test_case_18_a_short_row_blocks_and_says_where_values_shift(shared_coop):
    problem = one(shared_coop.check(GOOD.replace("F003,m,33", "F003,33")), "C-SHORT")
    assert (problem.severity, problem.place.row) == (Severity.ERROR, 4)
    assert problem.found() == "4 cells; from column 'sex' on, values look shifted by 1"


def test_case_18_the_other_rows_are_checked_all_the_same(shared_coop):
    content = GOOD.replace("33,fine", "33,well, fine").replace("35,fine", "abc,fine")
    assert {p.code.id for p in shared_coop.check(content).problems} >= {"C-LONG", "V-TYPE"}


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_case_19_line_ends_of_every_kind_are_read(shared_coop, end):
    verdict = shared_coop.check(GOOD.replace("\n", end))
    assert (told(verdict), verdict.raw.rows.to_list()) == ([], [2, 3, 4, 5, 6])


def test_case_19_mixed_line_ends_are_read(shared_coop):
    first, rest = GOOD.split("\n", 1)
    assert shared_coop.check(first + "\r\n" + rest).raw.rows.to_list() == [2, 3, 4, 5, 6]


def test_case_20_line_breaks_in_a_cell_keep_excel_s_rows_and_the_line_is_shown_too(shared_coop):
    content = GOOD.replace("31,fine", '31,"fine\nindeed\n"').replace("33,fine", "33,well, fine")
    verdict = shared_coop.check(content)
    problem = one(verdict, "C-LONG")
    assert verdict.raw.rows.to_list() == [2, 3, 5, 6]
    assert problem.place.row == 4
    assert "line 6 of the file" in problem.found()


def test_case_21_blank_rows_are_passed_over_counted_and_keep_the_numbering(shared_coop):
    content = GOOD.replace(ROWS[2], "\n , ,,,\n" + ROWS[2]) + "\n\n,,,,\n"
    verdict = shared_coop.check(content)
    assert verdict.raw.rows.to_list() == [2, 3, 6, 7, 8]
    assert told(verdict) == [("C-BLANKROW", "note")]
    assert one(verdict, "C-BLANKROW").found() == "2: rows 4-5"
