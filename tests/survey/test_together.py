"""Several tables of one wave: recognised, checked together, stored together."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest
from click.testing import CliRunner

from mande.cli import cli
from mande.errors import MandeError
from mande.pipeline.uploads import validate_files
from mande.survey.accept import accept_upload
from mande.survey.page import verdict_page
from mande.survey.profile import Answer, load_profile
from mande.survey.store import load_wave
from mande.survey.together import whole_or_error

FARMERS = "farmer_id,sex,hours\nF001,f,40\nF002,m,35\n"
PLOTS = "plot_id,farmer_id,area\nP1,F001,2\nP2,F001,1.5\nP3,F002,3\n"
REGISTER = (
    "farmer_id,arm,village,weight,status_2023\nF001,training,A,1.5,interviewed\nF002,none,B,1,interviewed\n"
)
UPTAKE = "farmer_id,activity,date,dose,cost\nF001,training,2023-05-01,2,100\nF001,training,2023-05-08,1,50\n"
TARGETS = "indicator,group,date,value,source\nincome,women,2025-12-31,1200,logframe\n"
ALL = {"farmers": FARMERS, "plots": PLOTS, "register": REGISTER, "uptake": UPTAKE, "targets": TARGETS}


def rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.strip().splitlines()]


def codes(verdict) -> list[str]:
    return [p.code.id for p in verdict.all_problems if p.severity != "note"]


def write(place, **texts):
    return [place.write(text, f"{name}.csv") for name, text in texts.items()]


def test_files_are_recognised_by_their_titles_whatever_their_names(shared_coop):
    files = [shared_coop.write(text, f"file{i}.csv") for i, text in enumerate(ALL.values())]
    verdict = shared_coop.check_wave(*reversed(files))
    assert (codes(verdict), verdict.exit_code) == ([], 0)
    assert [v.table_name for v in verdict.verdicts] == ["farmers", "plots", "register", "uptake", "targets"]
    assert all(v.table is not None for v in verdict.verdicts)


def test_the_sheets_of_a_workbook_are_recognised_and_others_are_told(shared_coop, workbook):
    sheets = {f"Sheet {i}": rows(text) for i, text in enumerate((FARMERS, PLOTS, REGISTER))}
    verdict = shared_coop.check_wave(workbook(sheets | {"Notes": [["Collected in May"]]}))
    assert [(v.table_name, v.raw.sheet) for v in verdict.verdicts] == [
        ("farmers", "Sheet 0"), ("plots", "Sheet 1"), ("register", "Sheet 2"),
    ]  # fmt: skip
    (other,) = verdict.problems
    assert (other.code.id, other.place.sheet, other.severity) == ("L-OTHER", "Notes", "warning")


def test_one_file_is_checked_as_before(shared_coop):
    path = shared_coop.write(FARMERS)
    assert shared_coop.check_wave(path).text() == shared_coop.check(path).text()
    told = shared_coop.check_wave(path).as_json()
    assert str(path) in told, "the command names the file as it was given"
    assert told.replace(str(path), path.name) == shared_coop.check(path).as_json()
    broken = shared_coop.write(b"%PDF-1.7")
    assert shared_coop.check_wave(broken).text() == shared_coop.check(broken).text()


def test_a_file_that_could_be_two_tables_is_asked_about_once(coop):
    first = coop.write(FARMERS, "a.csv")
    unclear = coop.write("alpha,beta\n1,2\n", "b.csv")
    verdict = coop.check_wave(first, unclear)
    (question,) = verdict.problems
    assert "\n    b.csv\n" in verdict.text()
    assert (question.code.id, question.severity, question.ask.column) == ("L-TABLE", "question", "b.csv")
    answer = Answer(ask="L-TABLE", column="b.csv", answer="ignore", by="Ann", at=dt.date(2024, 1, 1))
    profile = load_profile(coop.folder).with_answer(answer)
    (coop.folder / "import_profile.yaml").write_text(profile.text(), encoding="utf-8")
    verdict = coop.check_wave(first, unclear)
    assert codes(verdict) == []
    assert [p.summary() for p in verdict.problems] == ["read as it was answered before: b.csv = ignore"]


def test_files_that_hold_no_table_at_all_are_asked_about_and_told(coop):
    """What the law in test_together_laws.py found: a verdict on no table is a verdict too."""
    files = [coop.write("alpha\n1\n", "a.csv"), coop.write("beta\n1\n", "b.csv")]
    verdict = coop.check_wave(*files)
    assert (codes(verdict), verdict.verdicts, verdict.exit_code) == (["L-TABLE", "L-TABLE"], (), 3)
    assert f"mande validate {files[0]} {files[1]}" in verdict_page(verdict)
    profile = load_profile(coop.folder)
    for name in ("a.csv", "b.csv"):
        answer = Answer(ask="L-TABLE", column=name, answer="ignore", by="Ann", at=dt.date(2024, 1, 1))
        profile = profile.with_answer(answer)
    (coop.folder / "import_profile.yaml").write_text(profile.text(), encoding="utf-8")
    with pytest.raises(MandeError, match="L-OWN"):  # an empty wave is not accepted
        whole_or_error(coop.check_wave(*files))


def test_two_files_with_the_same_table_are_an_error(shared_coop):
    verdict = shared_coop.check_wave(
        shared_coop.write(FARMERS, "north.csv"), shared_coop.write(FARMERS, "south.csv")
    )
    assert (codes(verdict), verdict.exit_code) == (["L-SAME"], 3)


def test_a_wave_without_the_programmes_own_table_is_a_warning_and_not_accepted(shared_coop):
    verdict = shared_coop.check_wave(shared_coop.write(PLOTS, "plots.csv"))
    assert (codes(verdict), verdict.exit_code) == (["L-OWN"], 1)
    with pytest.raises(MandeError, match="L-OWN"):
        whole_or_error(verdict)
    assert codes(shared_coop.check_wave(shared_coop.write(PLOTS, "plots.csv"), table="plots")) == []


def test_the_overall_verdict_is_the_worst_and_told_table_by_table(shared_coop):
    files = write(shared_coop, farmers=FARMERS, plots=PLOTS.replace("P3,F002,3", "P3,F002,-3"))
    verdict = shared_coop.check_wave(*files)
    assert (verdict.status, verdict.exit_code) == ("errors", 3)
    text = verdict.text()
    assert "farmers: can be accepted" in text
    assert "plots: cannot be accepted" in text
    record = json.loads(verdict.as_json("fr"))
    assert [table["verdict"] for table in record["tables"]] == ["ok", "errors"]
    assert record["verdict"] == "errors"


def test_all_tables_of_a_wave_are_stored_together(coop):
    verdict = coop.check_wave(*write(coop, **ALL))
    receipt = coop.accept(list(verdict.verdicts))
    assert receipt.rows == {"farmers": 2, "plots": 3, "register": 2, "uptake": 2, "targets": 1}
    stored = load_wave(coop.workspace, "coop", "2023")
    assert stored.tables["uptake"]["cost"].to_list() == [100.0, 50.0]
    assert stored.tables["register"]["status_2023"].to_list() == ["interviewed"] * 2
    assert stored.tables["register"].schema["weight"] == pl.Float64


def test_a_fault_in_one_table_keeps_all_from_being_stored(coop):
    verdict = coop.check_wave(*write(coop, **(ALL | {"plots": PLOTS.replace("P3,F002,3", "P3,F009,3")})))
    with pytest.raises(MandeError, match="I-REPEAT"):
        accept_upload(
            list(verdict.verdicts), workspace=coop.workspace, programme=coop.programme, wave="2023",
            by="Ann", now=dt.datetime.now(dt.UTC),
        )  # fmt: skip
    assert coop.workspace.revisions("coop", "2023") == []


@pytest.mark.parametrize(
    ("table", "old", "new", "code", "column"),
    [
        ("register", "none,B", "control,B", "V-ENUM", "arm"),
        ("register", "none,B,1,", "none,B,-1,", "V-RANGE", "weight"),
        ("register", "1,interviewed", "1,asleep", "V-ENUM", "status_2023"),
        ("register", "F002,none", "F001,none", "I-DUP", "farmer_id"),
        ("uptake", "2023-05-01,2", "soon,2", "V-TYPE", "date"),
        ("uptake", "2023-05-08,1", "2023-05-01,1", "I-DUP", "uptake_id"),
        ("targets", "1200", "", "V-REQUIRED", "value"),
    ],
)
def test_faults_of_register_uptake_and_targets_are_told_like_those_of_answers(
    shared_coop, table, old, new, code, column
):
    verdict = shared_coop.check_wave(*write(shared_coop, **(ALL | {table: ALL[table].replace(old, new)})))
    own = next(v for v in verdict.verdicts if v.table_name == table)
    assert (code, column) in {(p.code.id, p.place.column) for p in own.problems if p.severity == "error"}


def test_ids_are_looked_up_in_the_register_that_came_with_them(shared_coop):
    farmers = FARMERS + "F005,f,1\n"  # in register.csv of the programme, not in the one uploaded
    verdict = shared_coop.check_wave(*write(shared_coop, farmers=farmers, register=REGISTER))
    assert [
        (p.code.id, p.place.respondent) for p in verdict.verdicts[0].problems if p.severity != "note"
    ] == [("I-UNKNOWN", "F005")]


def test_the_sample_is_tracked_against_the_register(shared_coop):
    register = (
        REGISTER.replace("F002,none,B,1,interviewed", "F002,none,B,1,moved")
        + "F003,none,B,1,interviewed\nF004,none,B,1,refused\n"
    )
    verdict = shared_coop.check_wave(*write(shared_coop, farmers=FARMERS, register=register))
    found = {p.code.id: p for p in verdict.verdicts[1].problems}
    assert found["S-STATUS"].place.respondent == "F002"
    assert found["S-ABSENT"].place.respondent == "F003"
    assert (
        found["S-TRACK"].found() == "2 of 4 registered units in the file; interviewed 2, refused 1, moved 1"
    )


def test_uptake_of_a_unit_that_is_not_registered_is_a_warning(shared_coop):
    uptake = UPTAKE + "F009,training,2023-05-08,1,50\n"
    verdict = shared_coop.check_wave(*write(shared_coop, farmers=FARMERS, register=REGISTER, uptake=uptake))
    (problem,) = [p for p in verdict.verdicts[2].problems if p.severity != "note"]
    assert (problem.code.id, problem.severity, problem.place.row) == ("I-UNKNOWN", "warning", 4)


def test_jumps_are_looked_for_in_the_wave_accepted_before(coop):
    lines = [f"F{n:03d},f,{20 + n},{1000 + 10 * n}" for n in range(30)]
    head = "farmer_id,sex,hours,income\n"
    coop.accept(head + "\n".join(lines) + "\n")
    lines[4] = "F004,f,24,90000"
    path = coop.write(head + "\n".join(lines) + "\n", "next.csv")
    verdict = validate_files([path], programme="coop", wave="2024", workspace=coop.workspace.root)
    found = {p.code.id: p for p in verdict.all_problems}
    assert (found["I-JUMP"].place.respondent, found["I-JUMP"].found()) == ("F004", "90000, before 1,040")


def test_the_commands_take_several_files(coop):
    files = [str(path) for path in write(coop, farmers=FARMERS, plots=PLOTS)]
    where = ["-p", "coop", "-w", "2023", "--workspace", str(coop.workspace.root)]
    page = coop.uploads / "page.html"
    done = CliRunner().invoke(cli, ["validate", *files, "--html", str(page), *where])
    assert done.exit_code == 0, done.output
    assert "plots: can be accepted" in done.output
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    done = CliRunner().invoke(cli, ["accept", *files, *where])
    assert "rows: 5" in done.output
    refused = CliRunner().invoke(cli, ["validate", *files, "--table", "plots", *where])
    assert (refused.exit_code, "--table and --sheet are for one file" in refused.output) == (2, True)


def test_each_file_with_problems_gets_a_marked_copy(coop):
    files = [str(path) for path in write(coop, farmers=FARMERS.replace("40", "400"), plots=PLOTS)]
    where = ["-p", "coop", "-w", "2023", "--workspace", str(coop.workspace.root)]
    CliRunner().invoke(cli, ["validate", *files, "--marked", *where])
    copies = sorted(path.name for path in coop.uploads.glob("*.checked.xlsx"))
    assert copies == ["farmers.checked.xlsx"]
