"""Case 55: user-missing values of Stata and SPSS keep their kind; case 42: dates after the interview."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import MappingProxyType

import pandas as pd
import polars as pl
import pyreadstat

from mande.catalogue import load_catalogue
from mande.schema.question import Table
from mande.survey.conform import conform
from mande.survey.grid import RawTable
from mande.survey.mapping import TableMapping, match_columns, with_key


def test_case_55_user_missing_kinds_become_reasons_and_labels_are_read(shared_coop):
    schema = shared_coop.catalogue.tables["farmers"]
    questions = with_key(shared_coop.catalogue.questions["farmers"], schema)
    raw = RawTable(
        file="survey.sav",
        sheet="",
        format="sav",
        header_row=1,
        columns=("farmer_id", "sex", "hours", "member"),
        positions=(0, 1, 2, 3),
        cells=pl.DataFrame(
            {
                "c0": ["F001", "F002", "F003"],
                "c1": ["1", "2", "2"],
                "c2": ["40", "999", ".a"],
                "c3": ["1", "2", "2"],
            }
        ),
        rows=pl.Series([2, 3, 4]),
        sha256="",
        labels=MappingProxyType({"sex": {"1": "Female", "2": "Male"}, "member": {"1": "Yes", "2": "No"}}),
        missing=MappingProxyType({"hours": {"999": "refused", ".a": "don't know"}}),
    )
    columns, _ = match_columns(raw, TableMapping(), questions)
    done = conform(raw, columns, name="farmers", schema=schema, questions=questions, mapping=TableMapping())
    assert isinstance(schema, Table)
    assert done.table.missing["hours"]["reason"].to_list() == ["refused", "don't know"]
    assert done.table.frame["sex"].to_list() == ["f", "m", "m"]
    assert done.table.frame["member"].to_list() == [True, False, False]
    assert not done.faults


def test_case_55_a_file_that_declares_values_missing_is_told_with_code_and_label(coop):
    frame = pd.DataFrame({"farmer_id": ["F001", "F002", "F003"], "sex": ["f", "f", "m"]})
    frame["hours"] = pd.Series([40.0, "a", "b"], dtype=object)
    stata, spss = coop.uploads / "up.dta", coop.uploads / "up.sav"
    pyreadstat.write_dta(
        frame, str(stata), variable_value_labels={"hours": {"a": "Does not know"}},
        missing_user_values={"hours": ["a", "b"]},
    )  # fmt: skip
    frame["hours"] = [40.0, -9.0, -8.0]
    pyreadstat.write_sav(
        frame, str(spss), variable_value_labels={"hours": {-9.0: "Does not know"}},
        missing_ranges={"hours": [{"lo": -9.0, "hi": -8.0}]},
    )  # fmt: skip
    for path, known, bare in ((stata, ".a", ".b"), (spss, "-9", "-8")):
        verdict = coop.check(path)
        (told,) = [p for p in verdict.problems if p.code.id == "V-DECLARED"]
        assert told.severity == "note"
        assert told.place.column == "hours"
        assert set(told.found("fr").split("; ")) == {
            f"{known} = Does not know: 1",
            f"{bare} = sans libellé: 1",
        }
        why = verdict.table.reasons.filter(pl.col("question") == "hours")["reason"].to_list()
        assert why == ["Does not know", f"missing ({bare})"]


BORN = """format: 1
table: farmers
questions:
  born_on: {label: {en: Date of birth}, type: date}
  ends_on: {label: {en: End of contract}, type: date, future: true}
  seen_on: {label: {en: Date of the interview}, type: date, role: date}
"""


def test_case_42_nothing_told_lies_after_the_interview_unless_it_may(coop):
    root = coop.workspace.root
    (root / "indicators/_questions/more.yaml").write_text(BORN, encoding="utf-8")
    place = replace(coop, catalogue=load_catalogue([root / "indicators"]))
    text = (
        "farmer_id,sex,born_on,ends_on,seen_on\n"
        "F001,f,1980-01-01,2030-01-01,2023-06-01\n"
        "F002,f,2023-06-02,,2023-06-01\n"
        "F003,f,2023-06-01,,2023-06-01\n"
    )
    verdict = place.check(text, day=dt.date(2023, 7, 1))
    (problem,) = [p for p in verdict.problems if p.severity == "error"]
    assert (problem.code.id, problem.place.row, problem.place.column) == ("V-AFTER", 3, "born_on")
    assert problem.expected() == "a date up to the interview, 2023-06-01"
