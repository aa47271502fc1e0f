"""A marked copy is the same file with marks: whoever checks it again hears the same of it."""

from __future__ import annotations

import datetime as dt
import zipfile

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.survey.annotate import write_annotated

TITLES = ["farmer_id", "sex", "hours", "income", "interviewed_on", "remarks"]
ERRORS = ("#DIV/0!", "#N/A", "#REF!", "#VALUE!")
CELLS = st.one_of(
    st.integers(-5, 500),
    st.floats(-1e6, 1e6).map(lambda value: round(value, 3)),
    st.sampled_from(["", "f", "x", "about 5", "3,5", "007", "=1+1", "  f ", "José", "31/02/2024", "true"]),
    st.dates(dt.date(2023, 1, 1), dt.date(2024, 12, 31)),
    st.sampled_from(ERRORS).map(lambda error: ("=1/0", error)),
    st.just(("=1+1", "")),
    st.integers(0, 99).map(lambda value: (f"={value}", value)),
)


def write_book(path, rows, hidden=(), columns=(), total=False):
    """Write rows of cells; a pair is a formula and its stored result."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet, day = book.add_worksheet("Farmers"), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, TITLES)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, tuple):
                    sheet.write_formula(line, column, value[0], None, value[1])
                elif isinstance(value, dt.date):
                    sheet.write_datetime(line, column, value, day)
                else:
                    sheet.write(line, column, value)
        if total:
            sheet.write_row(len(rows) + 1, 0, ["Total", "", 12, 34])
        for line in hidden:
            sheet.set_row(line, None, None, {"hidden": True})
        for column in columns:
            sheet.set_column(column, column, None, None, {"hidden": True})
        book.add_worksheet("Notes").write(0, 0, "kept")
    return path


def told(verdict):
    return [
        (p.code.id, p.severity.value, p.place.sheet, p.place.row, p.place.column, p.found(), p.ask)
        for p in verdict.problems
    ]


def content(path, sheet):
    stored = openpyxl.load_workbook(path, data_only=True)[sheet]
    written = openpyxl.load_workbook(path)[sheet]
    return [
        (cell.coordinate, cell.value, cell.number_format, stored[cell.coordinate].value)
        for row in written.iter_rows()
        for cell in row
        if cell.value is not None
    ]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(*[CELLS] * 5), min_size=1, max_size=8),
    hidden=st.sets(st.integers(1, 8), max_size=3),
    columns=st.sets(st.integers(1, 5), max_size=1),
    total=st.booleans(),
)
def test_checking_the_copy_tells_the_same_problems_at_the_same_places(
    shared_coop, tmp_path_factory, rows, hidden, columns, total
):
    folder = tmp_path_factory.mktemp("copy")
    lines = [(f"F{number:03d}", *row) for number, row in enumerate(rows, start=1)]
    path = write_book(folder / "upload.xlsx", lines, hidden, columns, total)
    verdict = shared_coop.check(path)
    copy = write_annotated(verdict, folder / "upload.checked.xlsx", source=path)
    again = shared_coop.check(copy)
    assert told(again) == told(verdict)
    assert (again.raw.sheet, again.counts) == (verdict.raw.sheet, verdict.counts)
    assert content(copy, "Farmers") == content(path, "Farmers")
    assert content(copy, "Notes") == content(path, "Notes")


def test_marks_lie_on_the_user_s_own_cells_and_a_date_keeps_its_look(shared_coop, tmp_path):
    row = ("F001", "x", ("=1/0", "#DIV/0!"), ("=1+1", ""), dt.date(2023, 6, 1), "")
    path = write_book(tmp_path / "upload.xlsx", [row], hidden=[1], total=True)
    copy = write_annotated(shared_coop.check(path), tmp_path / "copy.xlsx", source=path)
    book = openpyxl.load_workbook(copy)
    assert book.sheetnames == ["What to do", "Problems", "Farmers", "Notes"]
    sheet = book["Farmers"]
    for name, code in (("B2", "V-ENUM"), ("C2", "V-CELLERROR"), ("D2", "V-FORMULA")):
        assert sheet[name].fill.start_color.rgb == "FFF4B6B6", name
        assert code in sheet[name].comment.text
    assert (sheet["C2"].value, sheet["D2"].value, sheet["E2"].number_format) == ("=1/0", "=1+1", "dd/mm/yyyy")
    assert sheet.row_dimensions[2].hidden
    assert sheet["A3"].value == "Total"


def test_the_look_of_a_marked_date_stays_a_date(shared_coop, tmp_path):
    path = write_book(tmp_path / "upload.xlsx", [("F001", "f", 1, 1, dt.date(2023, 6, 1), "")])
    verdict = shared_coop.check(path, wave="2024")
    assert [p.code.id for p in verdict.problems if p.place.column == "interviewed_on"] == ["F-WRONGWAVE"]
    late = write_book(tmp_path / "late.xlsx", [("F001", "f", 1, 1, dt.date(1900, 6, 1), "")])
    verdict = shared_coop.check(late)
    cell = openpyxl.load_workbook(write_annotated(verdict, tmp_path / "c.xlsx", source=late))["Farmers"]["E2"]
    assert (cell.value.date(), cell.number_format) == (dt.date(1900, 6, 1), "dd/mm/yyyy")


def test_a_sheet_with_comments_of_its_own_keeps_them_and_a_name_that_is_taken_is_not_used(
    shared_coop, tmp_path
):
    path = tmp_path / "upload.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Problems").write(0, 0, "mine")
        sheet = book.add_worksheet("Farmers")
        sheet.write_row(0, 0, TITLES[:3])
        sheet.write_row(1, 0, ["F001", "x", 4])
        sheet.write_comment(1, 0, "ask again")
        sheet.autofilter(0, 0, 1, 2)
    verdict = shared_coop.check(path)
    copy = write_annotated(verdict, tmp_path / "copy.xlsx", source=path)
    book = openpyxl.load_workbook(copy)
    assert book.sheetnames == ["What to do", "Problems 2", "Problems", "Farmers"]
    assert book["Farmers"]["A2"].comment.text == "ask again"
    assert book["Farmers"]["B2"].fill.start_color.rgb == "FFF4B6B6"
    assert book["Farmers"].auto_filter.ref == "A1:C2"
    assert told(shared_coop.check(copy)) == told(verdict)


def test_a_workbook_written_in_an_unusual_way_is_copied_instead(shared_coop, tmp_path):
    path = write_book(tmp_path / "upload.xlsx", [("F001", "x", 5, 6, dt.date(2023, 6, 1), "a")])
    odd = tmp_path / "odd.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(odd, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b'<row r="2"', b"<row")
            new.writestr(name, data)
    verdict = shared_coop.check(odd)
    copy = write_annotated(verdict, tmp_path / "copy.xlsx", source=odd)
    sheet = openpyxl.load_workbook(copy)["Farmers"]
    assert [cell.value for cell in sheet[2]][:4] == ["F001", "x", 5, 6]
    assert sheet["E2"].value.date() == dt.date(2023, 6, 1)
    of_the_table = [entry for entry in told(verdict) if entry[0] != "L-SHEET-USED"]
    assert told(shared_coop.check(copy)) == of_the_table


@pytest.mark.parametrize("total", [False, True])
def test_of_a_text_file_numbers_stay_numbers_and_texts_texts(shared_coop, tmp_path, total):
    text = "farmer_id,sex,hours,income,remarks\nF001,f,5,7.10,007\nF002,x,500,3.25,=1+1\n\nF003,f,1,2,12e3\n"
    verdict = shared_coop.check(text + ("Total,,506,12.35,\n" if total else ""))
    copy = write_annotated(verdict, tmp_path / "copy.xlsx")
    sheet = openpyxl.load_workbook(copy)["Data"]
    assert [cell.value for cell in sheet[2]] == ["F001", "f", 5, "7.10", "007"]
    assert [cell.value for cell in sheet[3]] == ["F002", "x", 500, 3.25, "=1+1"]
    assert sheet["E5"].value == "12e3"
    assert (sheet["A6"].value, sheet["C6"].value) == (("Total", 506) if total else (None, None))
    again = shared_coop.check(copy)
    assert [entry[:2] for entry in told(again)] == [entry[:2] for entry in told(verdict)]
