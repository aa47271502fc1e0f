"""Cases 57 to 61 and 71: repeated, broken, unknown, near and contradicting ids; who was lost."""

from __future__ import annotations

import json

import openpyxl
import pytest

from mande.errors import MandeError
from mande.pipeline.uploads import accept, validate
from mande.survey.review import TITLES
from mande.survey.store import load_wave
from tests.pipeline.coop import make_coop, run

HEAD = "farmer_id,sex,age,hours,name\n"
AGE = """
  age: {label: {en: Age}, type: integer, range: [0, 110]}
  name: {label: {en: Full name}, type: text, personal: true}
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    coop = make_coop(tmp_path, monkeypatch)
    path = tmp_path / "indicators" / "_questions" / "farmers.yaml"
    path.write_text(path.read_text(encoding="utf-8") + AGE, encoding="utf-8")
    return coop


def check(place, text, wave="2023"):
    return validate(place.write(text), programme="coop", wave=wave, workspace=place.workspace.root)


def store(place, text, wave="2023", **options):
    where = place.workspace.root
    return accept(place.write(text), programme="coop", wave=wave, by="Amina", workspace=where, **options)


def found(verdict, code):
    return [p for p in verdict.problems if p.code.id == code]


def decide(place, tmp_path, text, wave, decisions):
    """Export the open decisions, fill them in as a person would, and apply them."""
    review, upload = tmp_path / "review.xlsx", place.write(text)
    done = run(
        place, "corrections", "export", "coop", "-w", wave, "--file", str(upload), "--out", str(review)
    )
    assert done.exit_code == 0, done.output
    book = openpyxl.load_workbook(review)
    sheet = book["Decisions"]
    shown = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for row, cells in decisions.items():
        for title, value in cells.items():
            sheet.cell(row=row, column=TITLES.index(title) + 1, value=value)
    book.save(review)
    done = run(place, "corrections", "apply", "coop", str(review), "--by", "Ben")
    return shown, done


TWICE = HEAD + "F001,f,40,40,Amina W\nF002,m,30,35,Ben K\nF001,f,40,12,Amina W\n"


def test_case_57_an_id_in_two_rows_blocks_both_until_each_is_decided(place, tmp_path):
    verdict = check(place, TWICE)
    assert [(p.severity.value, p.place.row, p.found()) for p in found(verdict, "I-DUP")] == [
        ("error", row, "F001 in rows 2, 4; answers that differ: 1 (hours)") for row in (2, 4)
    ]
    with pytest.raises(MandeError, match="I-DUP"):
        store(place, TWICE)
    _, half = decide(place, tmp_path, TWICE, "2023", {2: {"decision": "keep", "why": "x"}})
    assert (half.exit_code, "C-GROUP" in half.output) == (3, True)
    assert not (place.folder / "corrections.csv").exists()
    both = {2: {"decision": "keep", "why": "called"}, 3: {"decision": "drop", "why": "a test interview"}}
    shown, done = decide(place, tmp_path, TWICE, "2023", both)
    assert done.exit_code == 0
    assert [row[:5] for row in shown] == [["I-DUP", "farmers", "2023", n, "F001"] for n in (2, 4)]
    receipt = store(place, TWICE)
    assert receipt.rows == {"farmers": 2}
    wave = load_wave(place.workspace, "coop", "2023")
    assert [(c["action"], c["by"], c["why"]) for c in wave.manifest["corrections"]] == [
        ("keep", "Ben", "called"),
        ("drop", "Ben", "a test interview"),
    ]


def test_case_58_a_row_sent_twice_is_left_out_and_recorded(place):
    text = TWICE.replace("F001,f,40,12", "F001,f,40,40")
    verdict = check(place, text)
    (note,) = found(verdict, "I-DUPROW")
    assert (note.severity.value, note.place.row, note.values["found"]) == ("note", 4, "2")
    assert not found(verdict, "I-DUP")
    receipt = store(place, text)
    assert receipt.rows == {"farmers": 2}
    manifest = load_wave(place.workspace, "coop", "2023").manifest
    assert manifest["notes"]["I-DUPROW"] == 1


PATTERN = "pattern: F\\d{3}"


def digits(place, pattern="pattern: \\d{5}"):
    path = place.workspace.root / "indicators" / "_questions" / "farmers.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(PATTERN, pattern), encoding="utf-8")
    ids = place.folder / "register.csv"
    ids.write_text(ids.read_text(encoding="utf-8").replace("F00", "0000"), encoding="utf-8")


def test_case_59_zeros_that_the_pattern_implies_are_put_back_and_counted(place):
    digits(place)
    verdict = check(place, "farmer_id,sex\n1,f\n2,m\n00003,f\n4.0,f\n")
    assert verdict.table.frame["farmer_id"].to_list() == ["00001", "00002", "00003", "00004"]
    (note,) = found(verdict, "I-LEADING")
    assert (note.severity.value, note.values["found"]) == ("note", 3)
    assert not [p for p in verdict.problems if p.severity.value == "error"]


@pytest.mark.parametrize("mangled", ["1.23457E+15", "1.2E+4", "1234567890123456.0"])
def test_case_59_ids_that_lost_digits_cannot_be_recovered(place, mangled):
    digits(place, "pattern: \\d{5,18}")
    verdict = check(place, f"farmer_id,sex\n00001,f\n{mangled},m\n")
    (problem,) = found(verdict, "I-MANGLED")
    assert (problem.severity.value, problem.place.row, problem.found()) == ("error", 3, mangled)
    assert "Text" in problem.fix()


def test_case_59_a_pattern_of_several_lengths_implies_no_zeros(place):
    digits(place, "pattern: \\d{4,5}")
    verdict = check(place, "farmer_id,sex\n00001,f\n2,m\n")
    assert [p.place.row for p in found(verdict, "V-PATTERN")] == [3]


BASE = HEAD + "F001,f,40,40,Amina W\nF002,m,30,35,Ben K\nF003,f,25,30,Cora L\n"
LATER = HEAD + "F001,f,41,40,Amina W\nF002,m,31,35,Ben K\nF0O3,f,26,30,Cora Lee\n"


def test_case_60_a_near_id_is_asked_about_with_masked_initials_and_never_linked(place, tmp_path):
    store(place, BASE)
    later = LATER.replace("F0O3", "F0003").replace(PATTERN, "")
    path = tmp_path / "indicators" / "_questions" / "farmers.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(PATTERN, ""), encoding="utf-8")
    verdict = check(place, later, "2024")
    (problem,) = found(verdict, "I-NEAR")
    assert (problem.severity.value, problem.place.row) == ("question", 4)
    assert problem.found() == "F0003 (C. L.)"
    assert problem.expected() == "is it F003 (B)?"
    assert "Cora" not in verdict.text() + verdict.as_json()
    assert verdict.table.frame["farmer_id"].to_list() == ["F001", "F002", "F0003"]
    with pytest.raises(MandeError, match="I-NEAR"):
        store(place, later, "2024")
    shown, done = decide(place, tmp_path, later, "2024", {2: {"decision": "same respondent", "why": "typo"}})
    assert done.exit_code == 0, done.output
    assert shown[0][3:9] == [4, "F0003", "B", "C. L.", shown[0][7], "F003"]
    store(place, later, "2024")
    assert load_wave(place.workspace, "coop", "2024").tables["farmers"]["farmer_id"].to_list() == [
        "F001",
        "F002",
        "F003",
    ]


def test_case_60_a_pair_that_was_told_apart_is_not_asked_again(place, tmp_path):
    path = tmp_path / "indicators" / "_questions" / "farmers.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(PATTERN, ""), encoding="utf-8")
    store(place, BASE)
    later = LATER.replace("F0O3", "F0003")
    _, done = decide(
        place, tmp_path, later, "2024", {2: {"decision": "different respondent", "why": "met both"}}
    )
    assert done.exit_code == 0, done.output
    verdict = check(place, later, "2024")
    assert not found(verdict, "I-NEAR")
    assert [p.found() for p in found(verdict, "I-UNKNOWN")] == ["F0003"]


def test_case_60_another_sex_or_age_is_no_candidate(place, tmp_path):
    path = tmp_path / "indicators" / "_questions" / "farmers.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(PATTERN, ""), encoding="utf-8")
    store(place, BASE)
    verdict = check(place, LATER.replace("F0O3,f,26", "F0003,m,60"), "2024")
    assert not found(verdict, "I-NEAR")
    assert [p.found() for p in found(verdict, "I-UNKNOWN")] == ["F0003"]


def test_case_61_an_id_that_nobody_knows_is_warned_of(place):
    verdict = check(place, BASE.replace("F003", "F777"))
    (problem,) = found(verdict, "I-UNKNOWN")
    assert (problem.severity.value, problem.place.row, problem.found()) == ("warning", 4, "F777")
    assert store(place, BASE.replace("F003", "F777")).status == "accepted"


def test_case_61_another_person_under_the_id_is_warned_of_and_not_linked_until_confirmed(place, tmp_path):
    store(place, BASE)
    later = LATER.replace("F0O3", "F003").replace("F001,f,41", "F001,m,41").replace("F002,m,31", "F002,m,19")
    verdict = check(place, later, "2024")
    assert [
        (p.severity.value, p.place.row, p.place.column, p.found()) for p in found(verdict, "I-CHANGED")
    ] == [
        ("warning", 2, "sex", "sex f, now m"),
        ("warning", 3, "age", "born about 1993, now 2005"),
    ]
    store(place, later, "2024")
    done = run(place, "panel", "coop", "--json")
    rows = {(r["arm"], r["wave"]): r for r in json.loads(done.output)["tables"][0]["rows"]}
    assert rows["training", "2024"]["interviewed"] == 0
    assert "I-SETASIDE" in done.output
    decisions = {2: {"decision": "same respondent", "why": "sex was wrong at baseline"}}
    _, applied = decide(place, tmp_path, later, "2024", decisions)
    assert applied.exit_code == 0, applied.output
    again = check(place, later, "2024")
    assert [p.place.row for p in found(again, "I-CHANGED")] == [3]
    store(place, later, "2024", revision=True, reason="identity confirmed")
    rows = {
        (r["arm"], r["wave"]): r
        for r in json.loads(run(place, "panel", "coop", "--json").output)["tables"][0]["rows"]
    }
    assert rows["training", "2024"]["interviewed"] == 1


def test_case_61_two_years_more_or_less_are_the_same_person(place):
    store(place, BASE)
    later = LATER.replace("F0O3", "F003").replace("F001,f,41", "F001,f,43").replace("F002,m,31", "F002,m,29")
    assert not found(check(place, later, "2024"), "I-CHANGED")


def test_case_61_a_member_who_changed_the_household_is_warned_of(place):
    where = place.workspace.root
    plots = "plot_id,farmer_id,area\nP1,F001,1.5\nP2,F002,2\n"
    for wave, text in (("2023", plots), ("2024", plots.replace("P2,F002", "P2,F003"))):
        path = place.write(text, "plots.csv")
        if wave == "2023":
            accept(path, programme="coop", wave=wave, table="plots", by="A", workspace=where)
        else:
            verdict = validate(path, programme="coop", wave=wave, table="plots", workspace=where)
    (problem,) = found(verdict, "I-MOVED")
    assert (problem.severity.value, problem.place.row, problem.found()) == ("warning", 3, "F003")
    assert problem.expected() == "F002, as before"


def test_case_71_losses_are_told_by_arm_and_travel_with_every_result(place):
    register = place.folder / "register.csv"
    units = [(f"F{n:03d}", "training" if n <= 11 else "none", f"V{n % 7}") for n in range(1, 23)]
    lines = [",".join(unit) for unit in units]
    register.write_text("\n".join(["farmer_id,arm,village", *lines]) + "\n", encoding="utf-8")
    rows = [f"{unit},f,40,{20 + n},{100 + 7 * n % 13}" for n, (unit, *_) in enumerate(units)]
    head = "farmer_id,sex,age,hours,income\n"
    gone = {"F002", "F005", "F012"}
    everyone, stayed = rows, [row for row in rows if row[:4] not in gone]
    for wave, lines in (("2023", everyone), ("2024", stayed), ("2025", everyone[::-1])):
        store(place, head + "\n".join(lines) + "\n", wave)
    done = run(place, "panel", "coop")
    assert "A-ATTRITION" in done.output
    assert "lost: 18 % treated, 9 % comparison; the difference is 9 points" in done.output
    from mande.pipeline.evaluation import evaluate

    evaluation = evaluate("coop", workspace=place.workspace.root)
    for result in evaluation.outcomes:
        (losses,) = [finding for finding in result.findings if finding.id == "losses"]
        assert "18 % treated, 9 % comparison; the difference is 9 points" in losses.sentence
        assert losses.status == "caution"


def test_case_71_where_nobody_is_lost_nothing_is_said(place):
    store(place, BASE, "2023")
    store(place, LATER.replace("F0O3", "F003"), "2024")
    assert "A-ATTRITION" not in run(place, "panel", "coop").output
