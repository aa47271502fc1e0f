"""Repeats of an export that no mapping names: read where their name tells, else asked about, never lost."""

from __future__ import annotations

import xlsxwriter

MAIN = ["farmer_id", "sex", "_uuid", "_submission_time", "_index"]
PLOT = ["area", "_index", "_parent_index", "_submission__uuid"]


def workbook(coop, repeat: str):
    path = coop.uploads / "export.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        main, plots = book.add_worksheet("Farmers 2023"), book.add_worksheet(repeat)
        main.write_row(0, 0, MAIN)
        plots.write_row(0, 0, PLOT)
        for number in (1, 2):
            main.write_row(number, 0, [f"F00{number}", "f", f"u{number}", "2023-06-01T10:00:00", number])
        for number, parent in enumerate((2, 1, 2), start=1):
            plots.write_row(number, 0, [number, number, parent, f"u{parent}"])
    return path


def test_a_repeat_that_is_called_as_a_table_is_that_table(coop):
    verdict = coop.check_wave(workbook(coop, "plots"))
    assert [entry.table_name for entry in verdict.verdicts] == ["farmers", "plots"]
    plots = verdict.verdicts[1].table.frame
    assert plots.select("farmer_id", "plot_id", "area").rows() == [
        ("F002", "F002-1", 1.0), ("F001", "F001-1", 2.0), ("F002", "F002-2", 3.0),
    ]  # fmt: skip
    assert "L-SHEET-USED" not in {p.code.id for p in verdict.all_problems}
    assert "\nplots (export.xlsx): " in verdict.text()


def test_another_repeat_is_asked_about_and_the_upload_waits(coop):
    verdict = coop.check_wave(workbook(coop, "trees"))
    (problem,) = [p for p in verdict.problems if p.code.id == "L-TABLE"]
    assert (problem.severity, problem.place.sheet, problem.ask.column) == ("question", "trees", "trees")
    assert verdict.status == "questions"


def test_a_repeat_may_be_left_out_by_an_answer(coop):
    (coop.folder / "import_profile.yaml").write_text(
        "format: 1\nanswers:\n  - {ask: L-TABLE, column: trees, answer: ignore, by: Ana, at: 2024-01-01}\n",
        encoding="utf-8",
    )
    assert coop.check_wave(workbook(coop, "trees")).status == "ok"


def test_a_sheet_of_notes_is_no_repeat(coop):
    path = coop.uploads / "notes.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        data, notes = book.add_worksheet("Data"), book.add_worksheet("Notes")
        data.write_row(0, 0, ["farmer_id", "sex"])
        data.write_row(1, 0, ["F001", "f"])
        notes.write_column(0, 0, ["Who was asked", "and when"])
    verdict = coop.check_wave(path)
    assert [(p.code.id, p.severity.value) for p in verdict.problems] == [("L-OTHER", "warning")]
