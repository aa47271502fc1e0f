"""The benchmark of survey uploads runs, and finds exactly the faults it planted."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks._upload.others import by_row
from benchmarks._upload.survey import generate, questions
from benchmarks.survey_upload import faults


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


def test_no_fault_is_missed_and_none_is_invented(survey):
    assert faults(survey) == (0, 0)


def test_pydantic_row_by_row_finds_the_faults_a_plain_model_can_find(survey):
    found = {(row, column) for row, column, _ in by_row(survey.path, survey.questions)}
    others = ["V-INJECTION", "X-CROSS", "X-SKIP"]
    known = survey.faults.filter(~pl.col("code").is_in(others)).select("row", "column").rows()
    assert found == set(known)


def test_the_report_says_every_problem_in_words(survey):
    report = survey.check().report("fr")
    assert report.null_count().select(pl.exclude("row")).row(0) == (0,) * (report.width - 1)
    assert report.filter(pl.col("code") == "V-NOTINT")["message"][0] == "la valeur n'est pas un nombre entier"
