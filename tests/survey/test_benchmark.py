"""The benchmark of survey uploads runs, and finds exactly the faults it planted."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks._upload.others import by_row
from benchmarks._upload.survey import generate, questions
from benchmarks.survey_upload import _full, _whole, faults


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    return generate(400, tmp_path_factory.mktemp("bench"))


def test_the_survey_has_sixty_columns_and_about_one_faulty_cell_in_a_hundred(survey):
    assert len(questions()) == 60
    assert 0.007 < survey.faults.height / (400 * 60) < 0.013


def test_answers_that_contradict_each_other_are_among_the_faults(survey):
    counts = dict(survey.faults["code"].value_counts().iter_rows())
    assert counts["X-CROSS"] >= 3
    assert counts["X-SKIP"] >= 1


@pytest.mark.parametrize("report", [_full, _whole])
def test_no_fault_is_missed_and_none_is_invented(survey, report):
    assert faults(survey, report(survey)) == (0, 0)


def test_the_report_of_answers_is_the_part_of_the_whole_that_no_look_at_the_fieldwork_adds(survey):
    cells = pl.col("row").is_not_null() & (pl.col("severity") != "note")
    alone, whole = (report(survey).filter(cells).sort("row", "column", "code") for report in (_full, _whole))
    assert alone.equals(whole)


def test_pydantic_row_by_row_finds_what_is_no_contradiction_in_a_row_with_other_faults(survey):
    found = set(by_row(survey.path, survey.questions).select("row", "column").rows())
    known = survey.faults.select("row", "column", "code").rows()
    missed = [(row, code) for row, column, code in known if (row, column) not in found]
    assert found <= {(row, column) for row, column, _ in known}
    assert {code for _, code in missed} <= {"X-CROSS", "X-SKIP"}
    faulty = {row for row, _, code in known if not code.startswith("X-")}
    assert {row for row, _ in missed} <= faulty


def test_the_report_says_every_problem_in_words(survey):
    report = survey.check().report("fr")
    assert report.null_count().select(pl.exclude("row")).row(0) == (0,) * (report.width - 1)
    assert report.filter(pl.col("code") == "V-NOTINT")["message"][0] == "la valeur n'est pas un nombre entier"
