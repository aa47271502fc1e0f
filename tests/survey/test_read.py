"""Reading: every row where Excel shows it, nothing guessed, nothing silently filled or shifted."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from mande.errors import MandeError
from mande.survey.grid import RawTable
from mande.survey.read import read_upload

HEADER = b"id,hours,remarks\n"


@pytest.fixture
def read(tmp_path: Path):
    def reader(content: bytes | str, **options) -> RawTable:
        path = tmp_path / "upload.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_upload(path, **options)

    return reader


def refused(read, content: bytes | str, **options) -> str:
    with pytest.raises(MandeError) as caught:
        read(content, **options)
    return caught.value.problems[0].code.id


def codes(raw: RawTable) -> list[str]:
    return [problem.code.id for problem in raw.problems]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "F-EMPTY"),
        (b"id,hours\n", "F-EMPTY"),
        (b"\n\n\n", "F-EMPTY"),
        (b'id,a\n1,"open\n2,3\n', "C-QUOTE"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "F-TYPE"),
        (b"%PDF-1.7 ...", "F-TYPE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "F-TYPE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "F-PASSWORD"),
        (b"PK\x03\x04 half a workbook", "F-CORRUPT"),
        (b"a;b,c\n1;2,3\n4;5,6\n", "C-DELIM2"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(read, content, code):
    assert refused(read, content) == code


@pytest.mark.parametrize(
    ("content", "code", "severity"),
    [
        (b"id,name\n1,Jos\xe9\n", "E-CP1252", "question"),
        (b"id,id\n1,2\n", "H-DUP", "error"),
        (b"id, ID \n1,2\n", "H-DUP", "error"),
        (b"id,\n1,2\n", "H-EMPTY", "error"),
    ],
)
def test_what_is_wrong_with_letters_or_titles_does_not_keep_the_cells_from_being_read(
    read, content, code, severity
):
    raw = read(content)
    assert [(p.code.id, p.severity) for p in raw.problems] == [(code, severity)]
    assert raw.cells["c0"].to_list() == ["1"]


def test_a_file_that_is_not_there_is_named_without_its_folder(tmp_path):
    with pytest.raises(MandeError) as caught:
        read_upload(tmp_path / "gone.csv")
    assert caught.value.problems[0].code.id == "F-NONE"
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_letters_survive_in_every_unicode_encoding(read, encoding):
    raw = read("id,name\n1,Peña\n".encode(encoding))
    assert raw.columns == ("id", "name")
    assert raw.cells.rows() == [("1", "Peña")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_line_ends_of_every_kind_give_the_same_cells(read, separator, end):
    lines = ["id,hours,price", "001,5,12.5", "002,,3"]
    raw = read(end.join(line.replace(",", separator) for line in lines) + end)
    assert raw.cells.rows() == [("001", "5", "12.5"), ("002", "", "3")]
    assert ("C-DELIM" in codes(raw)) == (separator != ",")


def test_a_first_line_with_the_separator_is_not_counted_as_excel_does_not_show_it(read):
    raw = read("sep=;\nid;hours\n1;2,5\n")
    assert (raw.header_row, raw.rows.to_list(), raw.cells.row(0)) == (1, [2], ("1", "2,5"))


def test_commas_in_titles_do_not_hide_that_semicolons_separate(read):
    raw = read("Sales, in USD;Cost, in USD\n1;2\n3;4\n5;6\n")
    assert raw.columns == ("Sales, in USD", "Cost, in USD")


def test_line_breaks_inside_quotes_keep_the_row_numbers_of_excel(read):
    raw = read(HEADER + b'1,5,"two\nlines"\n2,6,"said ""yes"""\n')
    assert raw.rows.to_list() == [2, 3]
    assert raw.cells["c2"].to_list() == ["two\nlines", 'said "yes"']


def test_a_quotation_mark_inside_a_cell_is_a_plain_character(read):
    raw = read(HEADER + b'1,5,a 5" pipe\n2,6,fine\n')
    assert raw.cells["c2"].to_list() == ['a 5" pipe', "fine"]


def test_an_open_quotation_mark_is_reported_with_the_line_it_opens_on(tmp_path, read):
    with pytest.raises(MandeError) as caught:
        read(HEADER + b'1,5,"two\nlines"\n2,6,"never closed\n3,7,x\n4,8,y\n')
    assert caught.value.problems[0].found() == "line 4 of the file"


def test_rows_that_do_not_fit_the_header_are_set_apart_with_their_numbers(read):
    raw = read(HEADER + b"1,5,fine\n2,5,one,two\n3,5\n4,6,fine\n")
    assert raw.rows.to_list() == [2, 5]
    assert dict(raw.misfits) == {3: ("2", "5", "one", "two"), 4: ("3", "5")}
    assert [(p.code.id, p.place.row) for p in raw.problems] == [("C-LONG", 3), ("C-SHORT", 4)]


def test_empty_cells_too_many_are_no_error(read):
    raw = read(HEADER + b"1,5,fine,,\n2,6,fine\n")
    assert raw.rows.to_list() == [2, 3]
    assert not raw.problems


def test_blank_rows_are_passed_over_counted_and_keep_the_numbers_below(read):
    raw = read(HEADER + b"1,5,a\n\n , ,\n2,6,b\n,,\n\n")
    assert raw.rows.to_list() == [2, 5]
    assert raw.n_blank_rows == 2
    assert "3-4" in raw.problems[0].found()


def test_an_empty_column_without_title_is_left_out(read):
    raw = read(b"id,,hours\n1,,5\n")
    assert (raw.columns, raw.positions) == (("id", "hours"), (0, 2))


def test_an_invisible_character_is_an_error_at_its_cell(read):
    raw = read(HEADER + b"1,5,a\x00b\n")
    assert [(p.code.id, p.place.row, p.place.column) for p in raw.problems] == [("E-NUL", 2, "remarks")]


def test_titles_further_down_are_found_and_their_row_is_named(read):
    content = b"Survey of farmers,,\nDistrict North,,\nid,hours,remarks\n1,5,a\n"
    raw = read(content, expected={"id", "hours", "remarks"})
    assert [(p.code.id, p.severity) for p in raw.problems] == [("H-NOTTOP", "question")]
    assert "row 3" in raw.problems[0].fix()
    assert (raw.header_row, raw.rows.to_list(), raw.cells.row(0)) == (3, [4], ("1", "5", "a"))


def test_a_narrow_title_row_above_the_header_is_found_too(read):
    raw = read(b"Survey\nid,hours\n1,5\n", expected={"id", "hours"})
    assert (codes(raw), raw.columns, raw.cells.rows()) == (["H-NOTTOP"], ("id", "hours"), [("1", "5")])


def test_numbers_dates_and_truth_values_of_a_workbook_become_what_a_person_would_type(workbook):
    import datetime as dt

    rows = [
        ["id", "n", "d", "b", "t"],
        ["007", 5.0, dt.date(2024, 1, 2), True, 0.1 + 0.2],
        ["8", 2.5, None, False, 1e15],
    ]
    raw = read_upload(workbook({"Data": rows}))
    assert raw.cells.row(0) == ("007", "5", "2024-01-02", "true", "0.3")
    assert raw.cells.row(1) == ("8", "2.5", "", "false", "1e+15")


def test_leading_empty_rows_and_columns_of_a_sheet_keep_the_numbers_of_excel(workbook):
    rows = [[], [], [None, None, "id", "hours"], [None, None, "a", 1], [], [None, None, "b", 2]]
    raw = read_upload(workbook({"Data": rows}))
    assert (raw.header_row, raw.rows.to_list(), raw.positions) == (3, [4, 6], (2, 3))
    assert raw.n_blank_rows == 1


def test_the_sheet_whose_titles_fit_is_read_and_the_others_are_named(workbook):
    sheets = {"Notes": [["text"], ["x"]], "Farmers": [["id", "hours"], ["a", 1]], "Empty": []}
    raw = read_upload(workbook(sheets), expected={"id", "hours"})
    assert raw.sheet == "Farmers"
    assert raw.problems[0].found() == "not read: Notes"


def test_two_sheets_alike_are_a_question_that_names_them_and_one_can_be_chosen(workbook):
    sheets = {"North": [["id", "hours"], ["a", 1]], "South": [["id", "hours"], ["b", 1]]}
    path = workbook(sheets)
    raw = read_upload(path, expected={"id", "hours"})
    assert codes(raw) == ["L-SHEET", "L-STACKED"]
    assert "North, South" in raw.problems[0].found()
    assert raw.cells.rows() == [("a", "1"), ("b", "1")]
    assert read_upload(path, sheet="south").cells.row(0) == ("b", "1")


def write_special(path: Path) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["id", "hours", "pay"])
        sheet.write_row(1, 0, ["a", 1])
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_string(2, 0, "b")
        sheet.write_formula(2, 1, "=1+1", None, "")
        sheet.write_formula(2, 2, "=2+2", None, 4)
        sheet.set_row(2, None, None, {"hidden": True})
    return path


def test_cached_errors_unworked_formulas_and_hidden_rows_are_seen(tmp_path):
    raw = read_upload(write_special(tmp_path / "x.xlsx"))
    assert [(c.row, c.position, c.kind, c.text) for c in raw.bad_cells] == [
        (2, 2, "error", "#DIV/0!"),
        (3, 1, "formula", ""),
    ]
    assert {"L-HIDDEN", "L-FORMULA"} <= set(codes(raw))
    assert raw.cells.row(1) == ("b", "", "4")


def rewritten(path: Path, change) -> Path:
    """Copy a workbook with the XML of its first sheet changed."""
    target = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name.endswith("sheet1.xml") else data)
    return target


def test_a_workbook_that_declares_entities_is_refused(workbook):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'
    path = rewritten(workbook({"D": [["id"], ["a"]]}), lambda data: data.replace(b"<worksheet", bomb, 1))
    with pytest.raises(MandeError) as caught:
        read_upload(path)
    assert caught.value.problems[0].code.id == "F-CORRUPT"


def test_one_cell_in_the_last_corner_of_a_sheet_is_refused_before_memory_is_taken(workbook):
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    path = rewritten(workbook({"D": [["id"], ["a"]]}), lambda data: data.replace(b"</sheetData>", far))
    with pytest.raises(MandeError) as caught:
        read_upload(path)
    assert caught.value.problems[0].code.id == "F-HUGE"


def bomb(declared: int | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(30_000_000))
    data = buffer.getvalue()
    if declared is not None:
        data = data.replace((30_000_000).to_bytes(4, "little"), declared.to_bytes(4, "little"))
    return data


def test_a_zip_bomb_is_refused_by_its_declared_size(read):
    assert refused(read, bomb()) == "F-BOMB"


def test_a_zip_bomb_that_lies_about_its_size_is_refused_too(read):
    assert refused(read, bomb(declared=100)) == "F-CORRUPT"


def test_a_zip_of_something_else_is_no_workbook(read):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("report.docx", "a,b")
    assert refused(read, buffer.getvalue()) == "F-TYPE"


def test_a_workbook_cut_short_is_damaged(workbook, read):
    data = workbook({"D": [["id"], ["a"]]}).read_bytes()
    assert refused(read, data[: len(data) // 2]) == "F-CORRUPT"
