"""Decisions are kept with exact conditions, replayed on every run, and refused when the file is another."""

from __future__ import annotations

import csv
import datetime as dt
import json

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.survey.corrections import (
    COLUMNS,
    Correction,
    load_corrections,
    log_text,
    read_conditions,
    write_conditions,
)
from mande.survey.review import TITLES, open_items, read_review, write_review
from mande.survey.store import load_wave

HEAD = "farmer_id,sex,hours,remarks,phone\n"
TWICE = HEAD + "F001,f,40,fine,0712345678\nF002,m,35,,0712345679\nF001,m,12,late,0712345670\n"


def correction(**changes) -> Correction:
    content = {
        "at": dt.date(2024, 3, 1),
        "by": "Amina",
        "why": "called back",
        "table": "farmers",
        "wave": "2023",
        "rows": 1,
    }
    return Correction(**content | changes)


def log(coop, *corrections: Correction) -> None:
    (coop.folder / "corrections.csv").write_text(log_text(corrections), encoding="utf-8")


def problems(verdict, *codes):
    return [p for p in verdict.problems if p.code.id in codes]


def test_a_row_is_dropped_by_exact_conditions_and_the_rest_is_read(coop):
    log(coop, correction(where="farmer_id=F001; hours=12", action="drop"))
    verdict = coop.check(TWICE)
    assert verdict.table.frame.select("farmer_id", "hours", "row").rows() == [
        ("F001", 40, 2),
        ("F002", 35, 3),
    ]
    (note,) = problems(verdict, "C-APPLIED")
    assert (note.severity.value, note.found()) == ("note", "1 drop")
    assert verdict.status != "errors"


def test_a_row_gets_an_id_of_its_own(coop):
    log(coop, correction(where="farmer_id=F001; hours=12", action="new id", value="F003"))
    frame = coop.check(TWICE).table.frame
    assert frame["farmer_id"].to_list() == ["F001", "F002", "F003"]


def test_a_value_is_set_and_a_broken_cell_with_it(coop):
    broken = TWICE.replace(",12,", ",twelve,").replace("F001,m", "F003,m")
    assert problems(coop.check(broken), "V-TYPE")
    log(coop, correction(where="farmer_id=F003", action="set value", column="hours", value="12"))
    verdict = coop.check(broken)
    assert verdict.table.frame["hours"].to_list() == [40, 35, 12]
    assert not problems(verdict, "V-TYPE")


@pytest.mark.parametrize(
    ("where", "rows", "found"),
    [
        ("farmer_id=F001", 1, "farmer_id=F001: rows 2 (2, 4)"),
        ("farmer_id=F009", 1, "farmer_id=F009: rows 0"),
        ("farmer_id=F001; hours=12", 2, "farmer_id=F001; hours=12: rows 1 (4)"),
    ],
)
def test_a_line_that_matches_more_or_fewer_rows_than_it_says_is_refused(coop, where, rows, found):
    log(coop, correction(where=where, action="drop", rows=rows))
    verdict = coop.check(TWICE)
    (problem,) = problems(verdict, "C-ROWS")
    assert (problem.severity.value, problem.found(), problem.place.row) == ("error", found, 2)
    assert problem.expected() == f"rows: {rows}"
    assert verdict.table.frame.height == 3
    with pytest.raises(MandeError, match="C-ROWS"):
        coop.accept(TWICE)


def test_lines_of_other_waves_and_tables_do_not_touch_this_file(coop):
    log(
        coop,
        correction(where="farmer_id=F001", action="drop", wave="2024", rows=2),
        correction(where="farmer_id=F001", action="drop", table="plots", rows=2),
    )
    assert coop.check(TWICE).table.frame.height == 3


@pytest.mark.parametrize(
    ("where", "action", "extra"),
    [
        ("phone=0712345678", "drop", {}),
        ("farmer_id=F002", "set value", {"column": "phone", "value": "0700000000"}),
    ],
)
def test_the_log_holds_no_personal_data(coop, where, action, extra):
    log(coop, correction(where=where, action=action, **extra))
    (problem,) = problems(coop.check(TWICE), "C-PERSONAL")
    assert problem.found() == "column phone"
    assert "0712345678" not in problem.text()


def test_a_protected_answer_may_be_set_and_is_no_condition(coop):
    text = "farmer_id,sex,harassed,_uuid,Owner\nF001,f,9,u-1,Ann\nF002,m,1,u-2,Ben\n"
    log(
        coop,
        correction(where="_uuid=u-1", action="set value", column="harassed", value="5"),
        correction(where="harassed=1", action="drop"),
        correction(where="Owner=Ben", action="drop"),
    )
    verdict = coop.check(text)
    assert [p.found() for p in problems(verdict, "C-PERSONAL")] == ["column harassed"]
    assert [p.found() for p in problems(verdict, "C-COLUMN")] == ["Owner"]
    assert verdict.table.frame["harassed"].to_list() == [5, 1]
    assert "harassed=1" not in verdict.text()


def test_a_misspelt_column_is_named(coop):
    log(coop, correction(where="farmer=F001", action="drop"))
    (problem,) = problems(coop.check(TWICE), "C-COLUMN")
    assert "farmer_id" in problem.expected()


def test_lines_that_contradict_each_other_are_refused(coop):
    log(
        coop,
        correction(where="row=4", action="new id", value="F003"),
        correction(where="row=4", action="new id", value="F004"),
        correction(where="row=4", action="drop"),
    )
    found = [p.found() for p in problems(coop.check(TWICE), "C-CONFLICT")]
    assert found == ["lines 4, 2, row 4", "lines 2, 3, row 4"]


def test_what_was_applied_stands_in_the_manifest(coop):
    entry = correction(where="farmer_id=F001; hours=12", action="drop")
    log(coop, entry)
    receipt = coop.accept(TWICE)
    manifest = json.loads((receipt.folder / "manifest.json").read_text(encoding="utf-8"))
    assert [Correction(**stored) for stored in manifest["corrections"]] == [entry]
    assert manifest["notes"]["C-APPLIED"] == 1
    assert "Decisions of the correction log applied: 1" in receipt.text()


def test_a_log_that_is_not_one_says_where(coop):
    path = coop.folder / "corrections.csv"
    path.write_text("who,what\n", encoding="utf-8")
    with pytest.raises(MandeError, match="C-HEADER"):
        coop.check(TWICE)
    good = log_text([correction(where="row=2", action="drop")])
    path.write_text(
        good + "2024-03-01,A,why,farmers,2023,row=2,delete,,,1\n\n2024-03-01,A,,farmers,2023,row,drop,,,0\n",
        encoding="utf-8",
    )
    with pytest.raises(MandeError) as caught:
        load_corrections(coop.folder)
    assert [(p.place.row, p.place.column) for p in caught.value.problems] == [
        (3, "action"),
        (5, "why"),
        (5, "rows"),
        (5, ""),  # and `where` is no condition
    ]


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_lies_in_the_log_is_read_or_named(shared_coop, content):
    head = ",".join(COLUMNS).encode() + b"\n"
    path = shared_coop.folder / "corrections.csv"
    for text in (content, head + content):
        path.write_bytes(text)
        files = {"corrections.csv"}
        try:
            load_corrections(shared_coop.folder)
        except MandeError as error:
            files = {p.place.file for p in error.problems}
        finally:
            path.unlink()
        assert files == {"corrections.csv"}


def test_a_log_that_excel_saved_with_semicolons_is_read(coop):
    entries = [correction(where="row=2", action="drop")]
    text = log_text(entries).replace(",", ";").encode("utf-8-sig")
    (coop.folder / "corrections.csv").write_bytes(text)
    assert [entry.correction for entry in load_corrections(coop.folder)] == entries


def test_a_line_of_the_log_is_not_taken_for_a_row_of_the_file(coop, tmp_path):
    log(coop, correction(where="farmer_id=F009", action="drop"))
    verdict = coop.check(TWICE)
    assert "corrections.csv, row 2: farmer_id=F009: rows 0" in verdict.text()
    from mande.survey.annotate import write_annotated

    book = openpyxl.load_workbook(write_annotated(verdict, tmp_path / "checked.xlsx"))
    comments = [c.comment.text for sheet in book for row in sheet.iter_rows() for c in row if c.comment]
    assert comments
    assert not [text for text in comments if "C-ROWS" in text]


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "set value", "value": "1"},
        {"action": "new id"},
        {"action": "drop", "value": "x"},
        {"action": "drop", "column": "hours"},
        {"action": "drop", "where": "nothing here"},
    ],
)
def test_an_incomplete_decision_is_none(changes):
    with pytest.raises(ValueError, match=r"Value error|where"):
        correction(**{"where": "row=2"} | changes)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("abcdefgh_ ", min_size=1).map(str.strip).filter(bool),
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_conditions_are_read_as_they_were_written(pairs):
    assert read_conditions(write_conditions(pairs)) == tuple(pairs)


def test_the_log_is_read_as_it_was_written(coop):
    entries = [
        correction(where=write_conditions([("remarks", 'said "no"; twice, really')]), action="keep"),
        correction(where="row=2", action="same respondent", value="F001", why="line\nbreak"),
    ]
    log(coop, *entries)
    assert [entry.correction for entry in load_corrections(coop.folder)] == entries
    with (coop.folder / "corrections.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == COLUMNS


ENTRIES = st.lists(
    st.builds(
        lambda row, action, rows: correction(
            where=f"row={row}",
            action=action,
            rows=rows,
            column="hours" if action == "set value" else "",
            value={"drop": "", "keep": "", "set value": "7"}.get(action, f"F00{row}"),
        ),
        st.integers(2, 6),
        st.sampled_from(["keep", "drop", "new id", "set value", "same respondent", "different respondent"]),
        st.integers(1, 2),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(ENTRIES)
def test_whatever_the_log_says_no_row_appears_or_goes_unaccounted(shared_coop, entries):
    log(shared_coop, *entries)
    verdict = shared_coop.check(TWICE)
    (shared_coop.folder / "corrections.csv").unlink()
    # Rows 2 to 4 are there; a line about another row, or about two rows, is refused.
    fitting = [e for e in entries if e.where in ("row=2", "row=3", "row=4") and e.rows == 1]
    assert list(verdict.corrections) == fitting
    assert len(problems(verdict, "C-ROWS")) == len(entries) - len(fitting)
    dropped = {e.where for e in fitting if e.action == "drop"}
    assert verdict.table.frame.height == 3 - len(dropped)
    kept = {f"row={row}" for row in verdict.table.frame["row"]}
    assert kept.isdisjoint(dropped)
    refused = {p.code.id for p in verdict.problems if p.severity.value == "error"} & {"C-ROWS", "C-CONFLICT"}
    assert bool(problems(verdict, "C-APPLIED")) == (bool(fitting) and not refused)


# --- the review list


def filled(coop, verdict, tmp_path, decisions: dict[int, dict[str, str]]):
    """Write the review list, fill in some rows as a person would, and return its path."""
    path = write_review(open_items(verdict), tmp_path / "review.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["Decisions"]
    for row, cells in decisions.items():
        for title, text in cells.items():
            sheet.cell(row=row, column=TITLES.index(title) + 1, value=text)
    book.save(path)
    return path


def read(path, **options):
    return read_review(path, by="Ben", today=dt.date(2024, 4, 1), **options)


def test_repeated_ids_are_decided_row_by_row_and_the_file_is_then_right(coop, tmp_path):
    verdict = coop.check(TWICE)
    assert [(item.problem, item.id, item.row) for item in open_items(verdict)] == [
        ("I-DUP", "F001", 2),
        ("I-DUP", "F001", 4),
    ]
    path = filled(
        coop,
        verdict,
        tmp_path,
        {
            2: {"decision": "keep", "why": "spoke to her"},
            3: {"decision": "new id", "value": "F003", "why": "her husband", "by": "Cora"},
        },
    )
    added = read(path)
    assert [(c.action, c.value, c.by, c.rows) for c in added] == [
        ("keep", "", "Ben", 1),
        ("new id", "F003", "Cora", 1),
    ]
    log(coop, *added)
    again = coop.check(TWICE)
    assert not problems(again, "I-DUP", "C-ROWS")
    assert sorted(again.table.frame["farmer_id"]) == ["F001", "F002", "F003"]
    assert read(path, known=added) == ()


def test_decisions_hold_when_the_file_is_sorted_and_sent_again(coop, tmp_path):
    path = filled(
        coop,
        coop.check(TWICE),
        tmp_path,
        {2: {"decision": "keep", "why": "x"}, 3: {"decision": "drop", "why": "y"}},
    )
    log(coop, *read(path))
    head, *lines = TWICE.splitlines()
    verdict = coop.check("\n".join([head, *reversed(lines)]) + "\n")
    assert not problems(verdict, "C-ROWS", "I-DUP")
    assert sorted(verdict.table.frame.select("farmer_id", "hours").rows()) == [("F001", 40), ("F002", 35)]


def test_rows_that_differ_in_personal_answers_alone_are_told_apart_by_their_row(coop):
    text = HEAD + "F001,f,40,fine,0712345678\nF001,f,40,fine,0712345670\n"
    wheres = [item.where for item in open_items(coop.check(text))]
    assert [where.rpartition("; ")[2] for where in wheres] == ["row=2", "row=3"]
    assert not any("07123" in where for where in wheres)


def test_all_that_is_wrong_with_a_review_is_said_at_once(coop, tmp_path):
    three = TWICE + "F002,f,1,,0712345671\nF002,f,2,,0712345672\n"
    verdict = coop.check(three)
    assert [item.row for item in open_items(verdict)] == [2, 3, 4, 5, 6]
    path = filled(
        coop,
        verdict,
        tmp_path,
        {
            2: {"decision": "keep"},
            4: {"decision": "remove", "why": "x"},
            3: {"decision": "new id", "why": "x"},
            5: {"decision": "drop", "why": "x"},
        },
    )
    with pytest.raises(MandeError) as caught:
        read(path)
    assert [(p.code.id, p.place.row) for p in caught.value.problems] == [
        ("C-INCOMPLETE", 2),
        ("C-INCOMPLETE", 3),
        ("C-DECISION", 4),
        ("C-GROUP", 3),
    ]


def test_two_rows_cannot_both_keep_an_id(coop, tmp_path):
    both = {2: {"decision": "keep", "why": "x"}, 3: {"decision": "keep", "why": "y"}}
    path = filled(coop, coop.check(TWICE), tmp_path, both)
    with pytest.raises(MandeError, match="C-GROUP"):
        read(path)


def test_the_list_offers_the_possible_decisions_and_hides_identities(coop, tmp_path):
    path = write_review(open_items(coop.check(TWICE)), tmp_path / "r.xlsx", language="fr")
    book = openpyxl.load_workbook(path)
    lists = [v.formula1 for v in book["Decisions"].data_validations.dataValidation]
    assert lists[0] == '"keep,drop,new id"'
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [text for text in cells if "07123" in text]
    assert any("Ne changez pas" in text for text in cells)


@pytest.mark.parametrize("content", [b"not a workbook", None])
def test_another_file_is_no_review_list(tmp_path, content):
    path = tmp_path / "x.xlsx"
    if content is None:
        openpyxl.Workbook().save(path)
    else:
        path.write_bytes(content)
    with pytest.raises(MandeError, match="C-REVIEW"):
        read(path)


def test_the_same_answers_with_a_link_confirmed_are_a_revision_with_a_hash_of_its_own(coop):
    text = HEAD + "F001,f,40,fine,0712345678\n"
    first = coop.accept(text)
    log(coop, correction(where="farmer_id=F001", action="same respondent", value="F001"))
    second = coop.accept(text, revision=True, reason="identity of F001 confirmed")
    assert (first.revision, second.revision) == (1, 2)
    waves = [load_wave(coop.workspace, "coop", "2023", number) for number in (1, 2)]
    assert waves[1].manifest["confirmed"] == [["farmers", "F001"]]
    assert waves[0].manifest["data_sha256"] != waves[1].manifest["data_sha256"]
    assert waves[0].tables["farmers"].equals(waves[1].tables["farmers"])
