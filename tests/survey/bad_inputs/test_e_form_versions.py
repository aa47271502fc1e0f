"""Case 66: a code that means something else in a later form is asked about before it is compared."""

from __future__ import annotations

import datetime as dt

import pytest
import xlsxwriter

from mande.errors import MandeError
from mande.survey.forms.snapshot import form_text
from mande.survey.forms.xlsform import read_form
from mande.survey.read import open_sheets

UPLOAD = "farmer_id,sex,crops\nF001,f,3\nF002,m,1\n"


def ask_with(coop, wave: str, third: str):
    """Keep the form of a wave, in which code 3 of the crops means `third`."""
    path = coop.uploads / f"form_{wave}.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        survey, choices = book.add_worksheet("survey"), book.add_worksheet("choices")
        rows = [("type", "name", "label"), ("text", "farmer_id", "Farmer code")]
        for number, row in enumerate([*rows, ("select_multiple crops", "crops", "Crops grown")]):
            survey.write_row(number, 0, row)
        listed = [("list_name", "name", "label"), ("crops", "1", "Maize"), ("crops", "2", "Beans")]
        for number, row in enumerate([*listed, ("crops", "3", third)]):
            choices.write_row(number, 0, row)
    form, _ = read_form(open_sheets(path), file=path.name)
    (coop.folder / "forms").mkdir(exist_ok=True)
    (coop.folder / "forms" / f"{wave}.yaml").write_text(form_text(form), encoding="utf-8")


CODES = '{"1": maize, "2": beans, "3": tea}'


def test_case_66_a_code_used_anew_is_asked_about_and_stops_the_wave(coop):
    coop.mapping(f"    choices: {{crops: {CODES}}}\n")
    ask_with(coop, "2023", "Tea")
    ask_with(coop, "2024", "Cocoa")
    assert coop.check(UPLOAD, wave="2023").status == "ok"
    verdict = coop.check(UPLOAD, wave="2024")
    (problem,) = [p for p in verdict.problems if p.code.id == "X-VERSION"]
    assert (problem.severity, problem.ask.column, problem.place.row) == ("question", "crops", 3)
    assert "Tea" in problem.found()
    assert "Cocoa" in problem.found()
    with pytest.raises(MandeError, match="X-VERSION"):
        coop.accept(verdict, wave="2024", now=dt.datetime(2024, 7, 1, tzinfo=dt.UTC))


def test_case_66_codes_mapped_for_the_later_form_settle_it(coop):
    coop.mapping(
        f"    choices: {{crops: {CODES}}}\n"
        '    waves: {"2024": {choices: {crops: {"1": maize, "2": beans, "3": maize}}}}\n'
    )
    ask_with(coop, "2023", "Tea")
    ask_with(coop, "2024", "Cocoa")
    verdict = coop.check(UPLOAD, wave="2024")
    assert "X-VERSION" not in verdict.counts
    assert verdict.table.frame["crops"].to_list() == ["maize", "maize"]


def test_case_66_the_same_codes_in_both_forms_are_not_asked_about(coop):
    coop.mapping(f"    choices: {{crops: {CODES}}}\n")
    ask_with(coop, "2023", "Tea")
    ask_with(coop, "2024", "Tea")
    assert "X-VERSION" not in coop.check(UPLOAD, wave="2024").counts
