"""Decisions are made over all tables of a wave, and reach the rosters below the rows decided about."""

from __future__ import annotations

import datetime as dt
import zipfile

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from click.testing import CliRunner

from mande.cli import cli
from mande.survey.annotate import write_annotated
from mande.survey.corrections import Correction, log_text
from mande.survey.identity import PEOPLE
from mande.survey.page import verdict_page
from mande.survey.review import TITLES, open_items, read_review, write_review
from mande.survey.together import WaveUpload, validate_wave

FARMERS = "farmer_id,sex,hours\nF001,f,40\nF009,m,35\nF003,m,12\nF003,m,11\n"
PLOTS = "plot_id,farmer_id,area\nF001-1,F001,1\nF009-1,F009,2\nF009-2,F009,3\nF003-1,F003,4\n"


def log(coop, *lines: dict[str, str]) -> None:
    content = {
        "at": dt.date(2024, 3, 1),
        "by": "Ana",
        "why": "asked",
        "table": "farmers",
        "wave": "2023",
        "rows": 1,
    }
    corrections = [Correction(**content | line) for line in lines]
    (coop.folder / "corrections.csv").write_text(log_text(corrections), encoding="utf-8")


def files(coop, farmers: str = FARMERS, plots: str = PLOTS):
    return coop.write(farmers, "farmers.csv"), coop.write(plots, "plots.csv")


def plots_of(verdict) -> list[tuple]:
    frame = next(entry.table.frame for entry in verdict.verdicts if entry.table_name == "plots")
    return frame.select("plot_id", "farmer_id", "area").rows()


def found(verdict, code: str):
    return [problem for problem in verdict.all_problems if problem.code.id == code]


def test_a_row_left_out_takes_its_roster_with_it_and_that_is_told(coop):
    log(coop, {"where": "farmer_id=F009", "action": "drop"})
    verdict = coop.check_wave(*files(coop))
    assert [row[0] for row in plots_of(verdict)] == ["F001-1", "F003-1"]
    assert not found(verdict, "I-REPEAT")
    (note,) = found(verdict, "I-FOLLOWED")
    assert (note.place.file, note.severity.value) == ("plots.csv", "note")
    assert note.found() == "left out: 2; under the new id: 0"


@pytest.mark.parametrize("action", ["same respondent", "new id"])
def test_a_row_under_another_id_takes_its_roster_and_the_ids_in_it_along(coop, action):
    log(coop, {"where": "farmer_id=F009", "action": action, "value": "F002"})
    verdict = coop.check_wave(*files(coop))
    assert plots_of(verdict)[1:3] == [("F002-1", "F002", 2.0), ("F002-2", "F002", 3.0)]
    assert not found(verdict, "I-REPEAT")


def test_rows_stay_where_another_row_keeps_the_id(coop):
    log(coop, {"where": "farmer_id=F003; hours=11", "action": "drop"})
    verdict = coop.check_wave(*files(coop))
    assert len(plots_of(verdict)) == 4
    assert not found(verdict, "I-FOLLOWED")


def test_the_server_s_keys_tell_which_of_two_rows_with_one_id_a_roster_hangs_on(coop):
    path = coop.uploads / "central.zip"
    with zipfile.ZipFile(path, "w") as archive:
        head = "farmer_id,sex,hours,KEY,SubmissionDate,ReviewState\n"
        archive.writestr("coop.csv", head + "F001,f,40,u1,d,\nF001,f,12,u2,d,\n")
        archive.writestr("coop-plots.csv", "area,PARENT_KEY,KEY\n1,u1,u1/p[1]\n2,u2,u2/p[1]\n")
    log(coop, {"where": "farmer_id=F001; hours=12", "action": "new id", "value": "F004"})
    verdict = coop.check_wave(path)
    assert plots_of(verdict) == [("F001-1", "F001", 1.0), ("F004-1", "F004", 2.0)]


def test_rosters_in_the_rows_themselves_follow_too(coop):
    text = "farmer_id,sex,plots[1]/area,plots[2]/area\nF001,f,1,2\nF009,m,3,\n"
    log(coop, {"where": "farmer_id=F001", "action": "same respondent", "value": "F002"})
    verdict = coop.check_wave(coop.write(text))
    assert plots_of(verdict) == [("F002-1", "F002", 1.0), ("F002-2", "F002", 2.0), ("F009-1", "F009", 3.0)]


def test_a_decision_about_a_roster_s_own_row_still_fits_after_one_about_the_row_above(coop):
    """Conditions look at the table as it was sent, whatever was decided above."""
    log(
        coop,
        {"where": "farmer_id=F009", "action": "same respondent", "value": "F002"},
        {"table": "plots", "where": "plot_id=F009-2; farmer_id=F009", "action": "drop"},
    )
    verdict = coop.check_wave(*files(coop))
    assert not found(verdict, "C-ROWS")
    assert [row[0] for row in plots_of(verdict)] == ["F001-1", "F002-1", "F003-1"]


LAYOUTS = {
    "zip": {"coop.csv": "farmer_id,sex,KEY,SubmissionDate,ReviewState\nF001,f,u1,d,\nF002,m,u2,d,\n",
            "coop-plots.csv": "plot_id,area,PARENT_KEY,KEY\nP1,1,u1,a\nP1,2,u2,b\n"},
    "wide": {"wide.csv": "farmer_id,sex,plots[1]/plot_id,plots[1]/area,plots[2]/plot_id,plots[2]/area\n"
                         "F001,f,P1,1,P1,2\nF002,m,,,,\n"},
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_the_review_list_decides_about_a_roster_fits_its_rows(coop, tmp_path, layout):
    path = coop.uploads / f"{layout}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in LAYOUTS[layout].items():
            archive.writestr(name, text)
    verdict = coop.check_wave(path)
    items = [item for entry in verdict.verdicts for item in open_items(entry)]
    assert [(item.problem, item.table, item.id) for item in items] == [("I-DUP", "plots", "P1")] * 2
    review = write_review(items, tmp_path / "review.xlsx")
    book = openpyxl.load_workbook(review)
    for row, (decision, value) in enumerate([("keep", ""), ("new id", "P2")], start=2):
        for title, text in (("decision", decision), ("value", value), ("why", "asked")):
            book["Decisions"].cell(row=row, column=TITLES.index(title) + 1, value=text)
    book.save(review)
    decided = read_review(review, by="Ana", today=dt.date(2024, 4, 1))
    (coop.folder / "corrections.csv").write_text(log_text(decided), encoding="utf-8")
    again = coop.check_wave(path)
    assert not found(again, "C-ROWS")
    assert not found(again, "I-DUP")
    assert sorted(row[0] for row in plots_of(again)) == ["P1", "P2"]


PEOPLE_HEAD = ["id", "place"]


def near(coop, known: list[tuple[str, str]]):
    """Validate the plots with these known from other waves (id, farmer)."""
    frame = pl.DataFrame(known, schema=["id", "place"], orient="row").with_columns(
        pl.lit(None, dtype=PEOPLE[name]).alias(name) for name in ("sex", "born", "seen")
    )
    upload = WaveUpload(
        coop.programme, "2023", coop.catalogue, coop.folder,
        history=lambda table: frame.select(*PEOPLE) if table == "plots" else None,
    )  # fmt: skip
    return [p for p in found(validate_wave(files(coop), upload), "I-NEAR") if p.place.file == "plots.csv"]


def test_ids_of_plots_are_not_compared_with_those_of_other_waves(coop):
    assert near(coop, [("F001-2", "F001"), ("F009-3", "F009")]) == []


PEOPLE_OF_PLOTS = """
format: 1
table: plots
questions:
  area: {label: {en: Area}, type: number, unit: ha}
  age: {label: {en: Age}, type: integer, unit: years}
"""


def test_ids_of_people_in_a_roster_are_compared_within_their_own_household(place_with):
    coop = place_with({"indicators/_questions/plots.yaml": PEOPLE_OF_PLOTS})
    slip = "plot_id,farmer_id,area\nM1O4,F001,1\nM2O4,F009,2\nF003-2,F003,3\n"
    frame = pl.DataFrame([("M104", "F001"), ("M204", "F001"), ("F003-1", "F003")], PEOPLE_HEAD, orient="row")
    frame = frame.with_columns(pl.lit(None, dtype=PEOPLE[n]).alias(n) for n in ("sex", "born", "seen"))
    upload = WaveUpload(
        coop.programme, "2023", coop.catalogue, coop.folder,
        history=lambda table: frame.select(*PEOPLE) if table == "plots" else None,
    )  # fmt: skip
    asked = found(validate_wave(files(coop, plots=slip), upload), "I-NEAR")
    # M204 is of another household; a number in the list is no slip.
    assert [(p.place.respondent, p.values["candidate"]) for p in asked if p.place.file == "plots.csv"] == [
        ("M1O4", "M104")
    ]


def test_the_command_takes_all_files_of_a_wave_and_one_table_of_them(coop, tmp_path):
    farmers, plots = files(coop, plots=PLOTS + "F001-1,F001,7\n")
    words = ["corrections", "export", "coop", "-w", "2023", "--workspace", str(coop.workspace.root)]
    words += ["--file", str(farmers), "--file", str(plots), "--out", str(tmp_path / "r.xlsx")]
    done = CliRunner().invoke(cli, words)
    # F009 may be F002, F004 or F005; F003 stands twice; so does plot F001-1.
    assert "Decisions to make: 7." in done.output, done.output
    only = CliRunner().invoke(cli, [*words, "--table", "plots"])
    assert "Decisions to make: 2." in only.output, only.output


def test_stacked_sheets_are_named_in_every_place(coop, tmp_path):
    path = coop.uploads / "sheets.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, first in (("North", "F001"), ("South", "F002")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["farmer_id", "sex", "hours"])
            sheet.write_row(1, 0, [first, "q", 40])
    (coop.folder / "import_profile.yaml").write_text(
        "format: 1\nanswers:\n  - {ask: L-SHEET, table: farmers, answer: stack, by: Ana, at: 2024-01-01}\n",
        encoding="utf-8",
    )
    verdict = coop.check(path)
    text = verdict.text()
    assert "North, row 2 (B2): q" in text
    assert "South, row 2 (B2): q" in text
    listed = list(openpyxl.load_workbook(write_annotated(verdict, tmp_path / "x.xlsx"))["Problems"].values)
    sheet = listed[0].index("Sheet")
    assert {line[sheet] for line in listed[1:] if line[-1] == "V-ENUM"} == {"North", "South"}
    assert "<td>South 2</td>" in verdict_page(verdict)
    # What concerns both sheets is told once in the workbook.
    assert sum(line[-1] == "L-STACKED" for line in listed) == 1
