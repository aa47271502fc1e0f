"""Validating: every problem at once, at its cell, in words, and never an exception."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mande.errors import MandeError

GOOD = """farmer_id,sex,hours,income,member,crops,interviewed_on,remarks,phone,harassed
F001,f,40,1200.5,yes,maize beans,2023-06-01,fine,0712345678,0
F002,m,35,-98,no,tea,2023-06-02,,0712345679,1
F003,f,,900,,maize,2023-06-03,,0712345680,-97
"""


def with_cell(column: str, value: str) -> str:
    """The good file with one cell of its first row changed."""
    titles = GOOD.splitlines()[0].split(",")
    cells = GOOD.splitlines()[1].split(",")
    cells[titles.index(column)] = f'"{value}"'
    lines = GOOD.splitlines()
    return "\n".join([lines[0], ",".join(cells), *lines[2:]])


def test_a_good_file_is_accepted_without_a_word(shared_coop):
    verdict = shared_coop.check(GOOD)
    assert (verdict.status, verdict.exit_code, verdict.problems) == ("ok", 0, ())


def test_answers_get_their_types_and_ids_stay_text(shared_coop):
    frame = shared_coop.check(GOOD).table.frame
    assert frame.schema == {
        "farmer_id": pl.String, "sex": pl.String, "hours": pl.Int64, "income": pl.Float64,
        "member": pl.Boolean,
        "crops": pl.String, "interviewed_on": pl.Date, "remarks": pl.String, "phone": pl.String,
        "harassed": pl.Int64, "row": pl.Int64,
    }  # fmt: skip
    assert frame["row"].to_list() == [2, 3, 4]


def test_every_missing_value_has_its_reason(shared_coop):
    reasons = shared_coop.check(GOOD).table.reasons
    found = {(key, question): reason for _, key, question, reason in reasons.iter_rows()}
    assert found == {
        ("F002", "income"): "refused",
        ("F003", "harassed"): "don't know",
        ("F003", "hours"): "not answered",
        ("F003", "member"): "not answered",
        ("F002", "remarks"): "not answered",
        ("F003", "remarks"): "not answered",
    }


@pytest.mark.parametrize("written", ["-98", "-98.0", "-98.00", " -98 "])
def test_a_missing_code_never_becomes_a_number(shared_coop, written):
    table = shared_coop.check(with_cell("income", written)).table
    assert table.frame["income"][0] is None
    assert "refused" in table.reasons.filter(pl.col("key") == "F001")["reason"].to_list()


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("farmer_id", "", "V-REQUIRED"),
        ("farmer_id", "-99", "V-REQUIRED"),
        ("farmer_id", "123.0", "I-MANGLED"),
        ("farmer_id", "1.23E+15", "I-MANGLED"),
        ("farmer_id", "G1", "V-PATTERN"),
        ("farmer_id", "F002", "I-DUP"),
        ("sex", "", "V-REQUIRED"),
        ("sex", "femle", "V-ENUM"),
        ("hours", "abc", "V-TYPE"),
        ("hours", "about 5", "V-TYPE"),
        ("hours", "nan", "V-TYPE"),
        ("hours", "inf", "V-TYPE"),
        ("hours", "1e999", "V-TYPE"),
        ("hours", "٣", "V-TYPE"),
        ("hours", "3.7", "V-NOTINT"),
        ("hours", "113", "V-RANGE"),
        ("hours", "-1", "V-RANGE"),
        ("income", "5 %", "V-TYPE"),
        ("member", "perhaps", "V-TYPE"),
        ("crops", "maize cocoa", "V-ENUM"),
        ("interviewed_on", "2023-02-31", "V-DATEBAD"),
        ("interviewed_on", "0023-02-01", "V-DATEBAD"),
        ("interviewed_on", "yesterday", "V-TYPE"),
    ],
)
def test_a_faulty_cell_is_an_error_at_its_row_column_and_cell(shared_coop, column, value, code):
    verdict = shared_coop.check(with_cell(column, value))
    errors = [p for p in verdict.problems if p.severity == "error" and p.place.row == 2]
    assert code in [p.code.id for p in errors]
    problem = next(p for p in errors if p.code.id == code)
    assert (problem.place.column, verdict.exit_code) == (column, 3)
    assert verdict.cell(problem).endswith("2")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("sex", "Female", "f"),
        ("sex", "FEMME", "f"),
        ("sex", " m\u00a0", "m"),
        ("hours", "40.0", 40),
        ("hours", "112", 112),
        ("income", "1e3", 1000.0),
        ("income", "-5", -5.0),
        ("member", "OUI", True),
        ("member", "sí", True),
        ("member", "0", False),
        ("member", "FALSE", False),
        ("crops", "beans maize", "maize beans"),
        ("crops", "Maïs; Thé", "maize tea"),
        ("crops", "tea,maize", "maize tea"),
        ("remarks", "NA", "NA"),
        ("remarks", "None", "None"),
    ],
)
def test_what_has_one_meaning_is_read(shared_coop, column, value, expected):
    verdict = shared_coop.check(with_cell(column, value))
    assert verdict.exit_code in (0, 1)
    assert verdict.table.frame[column][0] == expected


@pytest.mark.parametrize("value", ["2024-01-01", "2024-01-01T09:30:00Z", "2024/1/1", "45292"])
def test_dates_are_read_from_iso_text_and_from_excel_day_numbers(shared_coop, value):
    verdict = shared_coop.check(with_cell("interviewed_on", value))
    assert str(verdict.table.frame["interviewed_on"][0]) == "2024-01-01"
    assert ("V-SERIAL" in verdict.counts) == (value == "45292")


def test_limits_are_themselves_allowed_and_usual_limits_only_warn(shared_coop, codes):
    assert codes(shared_coop.check(with_cell("hours", "70"))) == []
    verdict = shared_coop.check(with_cell("hours", "71"))
    assert (codes(verdict), verdict.exit_code) == (["V-SOFT"], 1)


def test_limits_are_told_with_unit_period_and_the_programmes_currency(shared_coop):
    verdict = shared_coop.check(with_cell("hours", "500").replace(",900,", ",-1e9,"))
    assert [p.expected() for p in verdict.problems] == [
        "0 to 112 hours per week",
        "at least -1,000,000 KES per season".replace("-", "−"),
    ]


def test_all_problems_come_at_once_ordered_by_row_then_column(shared_coop):
    text = GOOD.replace("F001,f,40", "F001,x,500").replace("F002,m,35", "F002,,abc")
    places = [(p.place.row, p.place.column) for p in shared_coop.check(text).problems]
    assert places == [(2, "sex"), (2, "hours"), (3, "sex"), (3, "hours")]


def test_protected_and_personal_values_are_never_shown(shared_coop):
    text = with_cell("harassed", "4711") + "\nF004,f,1,1,no,tea,2023-06-03,,\x02Wambui,2"
    verdict = shared_coop.check(text)
    shown = verdict.text() + verdict.as_json("fr")
    assert "V-RANGE" in verdict.counts
    assert "4711" not in shown
    assert "Wambui" not in shown
    assert "(hidden)" in shown or "(masqué)" in shown


def test_a_respondent_is_named_by_id_only(shared_coop):
    record = json.loads(shared_coop.check(with_cell("hours", "500")).as_json())["problems"][0]
    assert record["respondent"] == "F001"
    assert {"code", "severity", "row", "column", "value", "message", "fix", "cell"} <= set(record)
    assert (record["cell"], record["value"], record["severity"]) == ("C2", "500", "error")


@pytest.mark.parametrize(
    ("language", "label", "word"),
    [
        ("en", "Hours worked a week", "how to fix"),
        ("fr", "Heures par semaine", "comment corriger"),
        ("es", "Horas por semana", "cómo corregir"),
    ],
)
def test_problems_are_told_in_the_readers_language(shared_coop, language, label, word):
    text = shared_coop.check(with_cell("hours", "500")).text(language)
    assert label in text
    assert word in text


def test_no_wording_has_gaps_in_any_language(shared_coop):
    bad = (
        GOOD + 'F001,x,500,"1,2",perhaps,cocoa,1/2/23,=1+1,,9\n,m,3.5,abc,,,45292,,,\nF9,m\nZZ9,m,1,1,,,,,,\n'
    )
    verdict = shared_coop.check(bad)
    for language in ("en", "fr", "es"):
        assert "{" not in verdict.text(language).replace("F\\d{3}", "")
        assert json.loads(verdict.as_json(language))["verdict"] == "errors"


def test_many_cells_with_one_cause_are_told_together_and_listed_one_by_one(shared_coop):
    rows = "".join(f"F{i:03d},f,500,1,yes,tea,2023-06-01,,,0\n" for i in range(4, 45))
    verdict = shared_coop.check(GOOD + rows)
    assert "column hours (Hours worked a week), 41 cells" in verdict.text()
    assert len([p for p in json.loads(verdict.as_json())["problems"] if p["code"] == "V-RANGE"]) == 41
    assert "more causes (1)" in verdict.text(limit=1)
    (cause,) = [cause for cause in json.loads(verdict.as_json())["causes"] if cause["code"] == "V-RANGE"]
    assert (cause["count"], cause["column"], cause["rows"][:2]) == (41, "hours", [5, 6])


def test_a_column_that_is_wrong_throughout_is_listed_up_to_a_limit_and_counted(shared_coop):
    rows = "".join(f"G{i:05d},f,500,1,yes,tea,2023-06-01,,,\n" for i in range(10_500))
    verdict = shared_coop.check(GOOD.splitlines()[0] + "\n" + rows)
    more = [p for p in verdict.problems if p.code.id == "V-MORE" and p.place.column == "hours"]
    assert verdict.counts["V-RANGE"] == 10_500
    assert verdict.report().filter(pl.col("code") == "V-RANGE").height == 10_500
    assert len([p for p in verdict.problems if p.code.id == "V-RANGE"]) == 10_000
    assert more[0].summary() == "more cells of this column with the problem V-RANGE: 500"


def test_columns_missing_required_extra_and_absent_are_told(shared_coop, codes):
    verdict = shared_coop.check("farmer_id,sexe_,notes2\nF001,f,x\n")
    assert codes(verdict) == ["H-MISSING", "H-EXTRA", "H-EXTRA"]
    notes = [p for p in verdict.problems if p.code.id == "H-ABSENT"]
    assert "hours" in notes[0].found()


def test_labels_in_any_language_and_grouped_names_are_titles_too(shared_coop, codes):
    verdict = shared_coop.check("Code du producteur,SEXO,work/hours\nF001,f,5\n")
    assert codes(verdict) == []
    assert set(verdict.table.titles) == {"farmer_id", "sex", "hours"}


def test_two_columns_for_one_question_are_an_error(shared_coop, codes):
    assert "H-TWICE" in codes(shared_coop.check("farmer_id,sex,Sexe\nF001,f,f\n"))


def test_a_file_that_shares_no_title_still_gets_a_verdict(shared_coop):
    verdict = shared_coop.check("a,b\n1,2\n")
    assert verdict.exit_code == 3
    assert verdict.table is None


def test_an_unreadable_file_gets_a_verdict_with_that_one_problem(shared_coop):
    verdict = shared_coop.check(b"%PDF-1.7")
    assert [p.code.id for p in verdict.problems] == ["F-TYPE"]
    assert verdict.exit_code == 3
    assert "PDF" in verdict.text()


def test_ids_that_the_register_does_not_hold_are_warned_or_asked_about(shared_coop):
    verdict = shared_coop.check(GOOD.replace("F003", "f0O3").replace("F002", "F777"))
    found = [p.found() for p in verdict.problems if p.code.id == "I-UNKNOWN"]
    assert found == ["F777"]
    asked = [(p.found(), p.expected()) for p in verdict.problems if p.code.id == "I-NEAR"]
    assert asked == [("f0O3", "is it F003 (B)?")]


def test_a_repeated_row_is_counted_once_and_noted(shared_coop, codes):
    verdict = shared_coop.check(GOOD + GOOD.splitlines()[1] + "\n")
    assert (codes(verdict), verdict.table.frame.height) == ([], 3)
    assert [(p.place.row, p.severity.value) for p in verdict.problems if p.code.id == "I-DUPROW"] == [
        (5, "note")
    ]


def test_a_repeated_id_with_other_answers_says_which_rows_and_what_differs(shared_coop):
    verdict = shared_coop.check(GOOD + GOOD.splitlines()[1].replace("40", "41") + "\n")
    problem = next(p for p in verdict.problems if p.code.id == "I-DUP")
    assert problem.found() == "F001 in rows 2, 5; answers that differ: 1 (hours)"


def test_a_number_far_from_all_others_that_looks_like_a_code_is_asked_about(shared_coop):
    rows = "".join(f"F{i:03d},f,10,{i * 3},yes,tea,2023-06-01,,,\n" for i in range(4, 40))
    codes = "".join(f"F{i:03d},f,10,9999,yes,tea,2023-06-01,,,\n" for i in range(50, 53))
    verdict = shared_coop.check(GOOD.replace("1200.5", "120").replace("900", "90") + rows + codes)
    problem = next(p for p in verdict.problems if p.code.id == "V-MISSCODE")
    assert (problem.severity, problem.place.column, verdict.status) == ("question", "income", "questions")
    assert problem.found() == "9999 (D41); cells: 3; all other answers lie between 12 and 120"
    assert verdict.table.frame["income"].max() == 120


def test_a_high_value_among_others_is_no_code(shared_coop):
    rows = "".join(f"F{i:03d},f,10,{i * 300},yes,tea,2023-06-01,,,\n" for i in range(4, 40))
    verdict = shared_coop.check(GOOD + rows + "F060,f,10,9999,yes,tea,2023-06-01,,,\n" * 1)
    assert "V-MISSCODE" not in verdict.counts


def test_columns_that_look_personal_and_are_not_declared_are_warned(shared_coop):
    text = (
        "farmer_id,sex,remarks,First Name,contact\n"
        "F001,f,a@b.org,Ann,+254 712 345 678\n"
        "F002,m,c@d.org,Ben,+254712345679\n"
    )
    verdict = shared_coop.check(text)
    assert [p.place.column for p in verdict.problems if p.code.id == "P-PII"] == [
        "remarks",
        "First Name",
        "contact",
    ]
    assert "Ann" not in verdict.text()


def test_text_like_a_formula_and_letters_converted_twice_are_warned(shared_coop, codes):
    assert codes(shared_coop.check(with_cell("remarks", "=SUM(A1:A9)"))) == ["V-INJECTION"]
    assert codes(shared_coop.check(with_cell("remarks", "JosÃ©"))) == ["E-MOJIBAKE"]
    # A phone number is no formula; within a remark it is a phone number.
    assert codes(shared_coop.check(with_cell("remarks", "-5 degrees, +254712345678"))) == ["P-PII"]
    assert codes(shared_coop.check(with_cell("remarks", "-5 degrees, +25 on the scale"))) == []


def test_excel_errors_are_reported_at_their_cell_and_not_as_missing_too(shared_coop, tmp_path):
    import xlsxwriter

    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["farmer_id", "sex", "hours"])
        sheet.write_string(1, 0, "F001")
        sheet.write_formula(1, 1, "=A9", None, "#REF!")
        sheet.write_formula(1, 2, "=1+1", None, "")
    verdict = shared_coop.check(path)
    found = [
        (p.code.id, p.place.row, p.place.column, p.found()) for p in verdict.problems if p.severity == "error"
    ]
    assert found == [
        ("V-CELLERROR", 2, "sex", "#REF!"),
        ("V-FORMULA", 2, "hours", "a formula without result"),
    ]
    assert verdict.table.reasons.filter(pl.col("question") == "sex")["reason"].to_list() == ["invalid"]


def test_csv_and_workbook_of_the_same_answers_give_the_same_table(shared_coop, workbook):
    rows = [line.split(",") for line in GOOD.splitlines()]
    typed = [
        [float(c) if c.replace(".", "").lstrip("-").isdigit() and c[0] != "0" else c for c in row]
        for row in rows
    ]
    csv, xlsx = shared_coop.check(GOOD), shared_coop.check(workbook({"Data": typed}))
    assert xlsx.table.frame.drop("harassed").equals(csv.table.frame.drop("harassed"))


def test_a_wrong_wave_or_table_is_the_commands_fault(shared_coop):
    for options in ({"wave": "2042"}, {"table": "cows"}):
        with pytest.raises(MandeError):
            shared_coop.check(GOOD, **options)


def test_a_roster_has_its_own_questions_and_its_ids_stay_text(shared_coop, codes):
    verdict = shared_coop.check("plot_id,farmer_id,area\n01,007,1.5\n02,007,-1\n", table="plots")
    assert codes(verdict) == ["V-RANGE"]
    assert verdict.table.frame["farmer_id"].to_list() == ["007", "007"]


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["-98", "1e400", "0x1", "31/12/2024", "45292", "99999", "nan", "{found}", "{", "%s", "=1", "F001"]
    ),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(CELL, min_size=10, max_size=10))
@example(cells=[*[""] * 8, "1E400", "1E400"])  # no total, though infinity is within any distance of it
def test_no_cell_text_raises(shared_coop, cells):
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    content = (GOOD + quoted + "\n").encode("utf-8", "replace")
    verdict = shared_coop.check(content)
    assert verdict.status in ("ok", "warnings", "errors")
    assert verdict.text("es")
    assert json.loads(verdict.as_json("fr"))
