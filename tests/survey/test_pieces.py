"""A file checked in pieces gets the answers of one checked as a whole."""

from __future__ import annotations

import csv
import json

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks._upload.survey import generate
from mande.errors import Code, MandeError
from mande.survey.check import check_modules
from mande.survey.faults import as_problems
from mande.survey.pieces import BY_ID, check_large, why_whole
from mande.survey.together import WaveUpload
from tests.pipeline.coop import make_coop, run


def codes_of(*, are_run: bool) -> set[str]:
    found = set()
    for module in check_modules():
        name = module.__name__.rpartition(".")[2]
        if (getattr(module, "BY_ROW", False) or name in (*BY_ID, "unique")) is are_run:
            found |= {value.id for value in vars(module).values() if isinstance(value, Code)}
    return found


NOT_RUN = codes_of(are_run=False) - codes_of(are_run=True)


def upload_of(place, wave="2023"):
    return WaveUpload(place.programme, wave, place.catalogue, place.folder)


def both(place, path, tmp_path, piece, wave="2023"):
    """Return what is said of cells, and of the file and its columns, as a whole and in pieces."""
    checked = place.check(path, wave=wave) if hasattr(place, "uploads") else place.check()
    whole = as_problems(checked.problems).report()
    folder = tmp_path / "pieces"
    report = tmp_path / "report.csv"
    for old in folder.glob("*"):
        old.unlink()
    found = check_large(
        path, upload_of(place, wave), place.programme.entity, folder, report=report, piece=piece
    )
    wanted = [r for r in whole.to_dicts() if r["code"] not in NOT_RUN]
    told = {(r["code"], r["row"], r["column"], r["value"], r["severity"]) for r in wanted}
    with report.open(encoding="utf-8-sig", newline="") as file:
        cells = {
            (
                r["code"],
                int(r["row"]) if r["row"] else None,
                r["column"],
                r["value"].removeprefix("'"),
                r["severity"],
            )
            for r in csv.DictReader(file)
        }
    of_file = {
        (c.code, None, c.column, text, c.severity.value)
        for c in found.causes
        for row, text in c.first
        if row is None
    }
    return told, cells | of_file, found


IDS = st.sampled_from(["F001", "F002", "F003", "F004", "F005", "F777", "f1", "", "F0001"])
CELLS = {
    "farmer_id": IDS,
    "sex": st.sampled_from(["f", "m", "x", "", "Female"]),
    "hours": st.sampled_from(["40", "0", "113", "71", "4 0", "", "-98", "12.5", " 7"]),
    "income": st.sampled_from(["10", "1e3", "1000.5", "abc", "-2000000", ""]),
    "member": st.sampled_from(["yes", "no", "maybe", "1"]),
    "crops": st.sampled_from(["maize", "maize beans", "rice", ""]),
    "interviewed_on": st.sampled_from(["2023-05-01", "2023-02-30", "", "2023-06-01"]),
    "remarks": st.sampled_from(["", "a, b", 'say "hi"', "two\nlines"]),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=25)


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS, piece=st.sampled_from([1, 60, 200, 5000]), twice=st.booleans())
def test_pieces_say_of_a_file_what_the_whole_says(shared_coop, tmp_path, rows, piece, twice):
    if twice:
        rows = [*rows, rows[0]]
    path = tmp_path / "upload.csv"
    pl.DataFrame(rows).write_csv(path)
    if why_whole(path, upload_of(shared_coop), "farmers") is not None:
        return
    told, found, verdict = both(shared_coop, path, tmp_path, piece)
    assert sorted(found - told, key=str) == sorted(told - found, key=str) == []
    assert sum(verdict.codes.values()) == sum(verdict.severities.values()) >= len(told)
    worst = {severity for *_, severity in told}
    expected = "errors" if "error" in worst else "questions" if "question" in worst else None
    assert expected in (verdict.status, None)


def test_a_generated_survey_gets_the_same_answers(tmp_path):
    survey = generate(600, tmp_path)
    told, found, verdict = both(survey, survey.path, tmp_path, 40_000, wave="2024")
    assert sorted(found - told, key=str) == sorted(told - found, key=str) == []
    assert verdict.rows == 600
    assert "outliers" in verdict.not_run


LOG = (
    "at,by,why,table,wave,where,action,column,value,rows\n"
    "2024-01-01,A,x,farmers,2023,farmer_id=F001,drop,,,1\n"
)
TITLES = "farmer_id,sex,hours,income\n"


def large_file(place, n=400):
    rows = "".join(
        f"F{number:03d},{'x' if number % 50 == 0 else 'f'},{number % 60},{number}\n" for number in range(n)
    )
    return place.write(TITLES + rows, "upload.csv")


def test_the_command_checks_in_pieces_and_names_what_it_did_not_look_at(tmp_path, monkeypatch):
    place = make_coop(tmp_path, monkeypatch)
    path = large_file(place)
    done = run(place, "validate", str(path), "-p", "coop", "-w", "2023", "--pieces")
    assert done.exit_code == 3
    assert "Checked in pieces. Rows read: 400; errors: 8;" in done.output
    assert "V-ENUM" in done.output
    assert "Not looked at in pieces" in done.output
    assert "outliers" in done.output
    problems = path.with_suffix(".problems.csv").read_text(encoding="utf-8-sig").splitlines()
    assert sum(",V-ENUM," in line for line in problems) == 8
    told = run(place, "validate", str(path), "-p", "coop", "-w", "2023", "--pieces", "--json", "--lang", "fr")
    record = json.loads(told.stdout)
    assert (record["in_pieces"], record["verdict"], record["counts"]["V-ENUM"]) == (True, "errors", 8)
    whole = json.loads(run(place, "validate", str(path), "-p", "coop", "-w", "2023", "--json").stdout)
    assert (whole["verdict"], whole["counts"]["V-ENUM"]) == ("errors", 8)


def test_a_large_file_is_checked_in_pieces_by_itself_and_a_small_one_as_a_whole(tmp_path, monkeypatch):
    place = make_coop(tmp_path, monkeypatch)
    path = large_file(place)
    arguments = ("validate", str(path), "-p", "coop", "-w", "2023", "--no-annotated")
    assert "Checked in pieces" not in run(place, *arguments).output
    monkeypatch.setattr("mande.cli._LARGE", 1000)
    monkeypatch.setattr("mande.pipeline.large.LARGE", 1000)
    assert "Checked in pieces" in run(place, *arguments).output
    assert "Checked in pieces" not in run(place, *arguments, "--whole").output
    (place.folder / "corrections.csv").write_text(LOG, encoding="utf-8")
    assert "Checked in pieces" not in run(place, *arguments).output


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_file_whose_pieces_would_not_tell_the_same_is_refused_with_the_reason(coop, tmp_path, language):
    (coop.folder / "corrections.csv").write_text(LOG, encoding="utf-8")
    with pytest.raises(MandeError) as error:
        check_large(large_file(coop), upload_of(coop), "farmers", tmp_path / "out")
    (problem,) = error.value.problems
    assert problem.code.id == "F-WHOLE"
    assert "corrections.csv" in problem.found(language)


def test_a_workbook_is_no_file_for_pieces(coop):
    path = coop.uploads / "book.xlsx"
    path.write_bytes(b"PK\x03\x04")
    assert why_whole(path, upload_of(coop), "farmers") is not None
