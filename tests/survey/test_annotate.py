"""The annotated copy: opened with other eyes, every mark where the user's own cell stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from mande.survey import annotate
from mande.survey.annotate import write_annotated

BAD = """farmer_id,sex,hours,income,member,crops,interviewed_on,remarks,phone,harassed
F001,f,500,1,yes,tea,2023-06-01,=cmd|'/C calc'!A0,0712345678,9

F002,x,80,1,no,tea,2023-06-02,,,1
F003,f,1
"""


@pytest.fixture
def book(shared_coop, tmp_path):
    def make(content: str | Path = BAD, language: str = "en"):
        verdict = shared_coop.check(content)
        path = write_annotated(verdict, tmp_path / "checked.xlsx", language=language)
        return verdict, openpyxl.load_workbook(path)

    return make


def test_faulty_cells_are_marked_at_their_own_place_with_message_and_fix(book):
    _, workbook = book()
    data = workbook["Data"]
    assert data["C2"].value == 500
    assert data["C2"].fill.start_color.rgb == "FFF4B6B6"
    assert data["C2"].font.bold
    assert "outside the possible range" in data["C2"].comment.text
    assert "Correct the number" in data["C2"].comment.text
    assert data["C4"].fill.start_color.rgb == "FFFFE699"
    assert data["C4"].font.italic


def test_rows_keep_their_numbers_and_rows_that_do_not_fit_are_there_too(book):
    _, workbook = book()
    data = workbook["Data"]
    assert [data.cell(row, 1).value for row in range(1, 6)] == ["farmer_id", "F001", None, "F002", "F003"]
    assert "fewer cells" in data["A5"].comment.text


def test_nothing_in_the_copy_is_a_formula(book):
    _, workbook = book()
    assert workbook["Data"]["H2"].value == "=cmd|'/C calc'!A0"
    assert all(cell.data_type != "f" for sheet in workbook for row in sheet.iter_rows() for cell in row)


def test_the_first_sheet_says_what_to_do_in_order_and_leads_to_the_first_cell_of_each_cause(book):
    _, workbook = book()
    todo = workbook.worksheets[0]
    texts = [cell for row in todo.iter_rows(values_only=True) for cell in row if isinstance(cell, str)]
    assert texts[0].startswith("upload.csv (farmers): cannot be accepted")
    numbered = [
        (row[0], row[1]) for row in todo.iter_rows(max_col=2, values_only=True) if isinstance(row[0], int)
    ]
    assert [number for number, _ in numbered] == list(range(1, len(numbered) + 1))
    assert numbered[0][1].startswith("Correct the cells marked as errors")
    assert numbered[-1][1] == "Then store it: mande accept upload.csv --programme coop --wave 2023"
    targets = {cell.hyperlink.location for row in todo.iter_rows() for cell in row if cell.hyperlink}
    assert "'Data'!C2" in targets
    assert "9" not in texts  # the protected answer


def test_all_cells_that_a_problem_concerns_are_marked(shared_coop, tmp_path):
    verdict = shared_coop.check("farmer_id,sex,hours,remarks\nF001,x,50,a\n")
    (wrong,) = [p for p in verdict.problems if p.code.id == "V-ENUM"]
    more = replace(verdict, problems=(replace(wrong, also=("hours", "no such column")),))
    data = openpyxl.load_workbook(write_annotated(more, tmp_path / "x.xlsx"))["Data"]
    marked = [c.coordinate for row in data.iter_rows() for c in row if c.comment is not None]
    assert marked == ["B2", "C2"]


def test_the_tables_of_one_workbook_stand_in_one_copy(shared_coop, tmp_path):
    farmers = shared_coop.check("farmer_id,sex\nF001,x\n")
    plots = shared_coop.check("plot_id,farmer_id,area\nP1,F001,-3\n", table="plots")
    copy = openpyxl.load_workbook(write_annotated([farmers, plots], tmp_path / "x.xlsx"))
    assert copy.sheetnames == ["What to do", "Problems", "farmers", "plots"]
    assert copy["plots"]["C2"].comment is not None
    assert {row[0] for row in copy["Problems"].iter_rows(min_row=2, values_only=True)} == {"farmers", "plots"}


def test_the_list_names_every_problem_errors_first_and_leads_to_its_cell(book):
    verdict, workbook = book()
    listing = workbook["Problems"]
    rows = list(listing.iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(verdict.problems)
    kinds = [row[0] for row in rows]
    assert kinds == sorted(kinds, key=["error", "warning", "note"].index)
    assert listing["B2"].hyperlink.location == "'Data'!C2"
    assert listing.freeze_panes == "A2"
    assert listing.auto_filter.ref.startswith("A1:J")


def test_protected_values_are_hidden_in_list_and_comments(book):
    _, workbook = book()
    listing = [cell for row in workbook.worksheets[1].iter_rows(values_only=True) for cell in row]
    assert "(hidden)" in listing
    assert "9" not in listing
    assert "9" not in workbook["Data"]["J2"].comment.text.replace("-97, -98 or -99", "")


def test_the_copy_speaks_the_readers_language(book):
    _, workbook = book(language="fr")
    assert workbook.sheetnames == ["Que faire", "Problèmes", "Données"]
    assert "erreur" in workbook["Données"]["C2"].comment.text


def test_a_workbook_keeps_its_sheet_name_and_columns(book, workbook):
    path = workbook({"Problems": [[], [None, "farmer_id", "sex"], [None, "F001", "x"]]})
    _, copy = book(path)
    assert copy.sheetnames == ["What to do", "Problems", "Problems 2"]
    assert copy["Problems 2"]["C3"].value == "x"
    assert copy["Problems 2"]["C3"].comment is not None


def test_the_copy_can_be_corrected_and_checked_again(shared_coop, tmp_path):
    verdict = shared_coop.check("farmer_id,sex,hours\nF001,f,500\n")
    path = write_annotated(verdict, tmp_path / "checked.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["Data"]["C2"] = 50
    workbook.save(path)
    assert shared_coop.check(path).exit_code == 0


def test_characters_that_a_workbook_cannot_hold_do_not_break_it(book):
    text = "farmer_id,sex,remarks\nF001,x,a\x01b\ufffe" + "y" * 40_000 + "\n"
    _, workbook = book(text)
    text = workbook["Data"]["C2"].value.replace("_x0001_", "\x01")
    assert (text[:4], len(text)) == ("a\x01b?", 32_767)


def test_of_a_large_file_only_rows_with_problems_are_copied(book, monkeypatch):
    monkeypatch.setattr(annotate, "MAX_CELLS", 12)
    monkeypatch.setattr(annotate, "MAX_LISTED", 1)
    lines = "".join(f"F{i:03d},f,{5 if i != 20 else 500}\n" for i in range(1, 30))
    verdict, workbook = book("farmer_id,sex,hours\n" + lines.replace("F025,f", "F025,x"))
    data = workbook["Data"]
    filled = [row[0].row for row in data.iter_rows(min_row=2) if row[0].value]
    assert set(filled) <= {p.place.row for p in verdict.problems}
    assert 21 in filled
    texts = [cell for row in workbook.worksheets[1].iter_rows(values_only=True) for cell in row if cell]
    assert any("only rows with problems" in str(text) for text in texts)


def test_a_file_that_could_not_be_read_gives_no_copy(shared_coop, tmp_path):
    assert write_annotated(shared_coop.check(b"%PDF-1.7"), tmp_path / "x.xlsx") is None
