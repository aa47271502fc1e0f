"""An upload checked piece by piece has the problems and values of one checked at once."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks._upload.survey import generate
from mande.survey.stream import _cut, check_in_pieces


def streamed(place, path, folder, **options):
    return check_in_pieces(
        path, folder, programme=place.programme, wave=options.pop("wave", "2024"), catalogue=place.catalogue,
        programme_dir=place.folder, **options,
    )  # fmt: skip


def test_pieces_have_the_problems_and_the_values_of_the_whole(tmp_path):
    survey = generate(900, tmp_path)
    found = streamed(survey, survey.path, tmp_path / "out", piece=40_000)
    assert len(list((tmp_path / "out").glob("data_*.parquet"))) > 5
    whole = survey.check()
    keys = ["row", "column", "code", "value", "message", "expected", "fix", "respondent"]
    of_cells = pl.col("row").is_not_null()
    expected = whole.report().filter(of_cells).select(keys).sort(keys)
    assert found.report().collect().filter(of_cells).select(keys).sort(keys).equals(expected)
    assert found.data().collect().sort("row").equals(whole.table.frame.sort("row"))
    assert (found.rows, found.sha256) == (900, whole.sha256)


def test_what_is_asked_rests_on_the_whole_file(shared_coop, tmp_path):
    rows = "".join(f"F{number % 1000:03d},f,{number % 60},{number}\n" for number in range(1, 400))
    rows += "".join(f"G{number:03d},f,5,9999\n" for number in range(3))
    path = tmp_path / "upload.csv"
    path.write_text("farmer_id,sex,hours,income\n" + rows, encoding="utf-8")
    found = streamed(shared_coop, path, tmp_path / "out", wave="2023", piece=700)
    (asked,) = [problem for problem in found.problems if problem.severity == "question"]
    assert asked.found() == "9999 (D401); cells: 3; all other answers lie between 1 and 399"
    assert found.severities["question"] == 1


def test_an_id_that_stands_in_two_pieces_is_found(shared_coop, tmp_path):
    rows = [f"F{number:03d},f,{number % 60}" for number in range(1, 200)]
    path = tmp_path / "upload.csv"
    path.write_text("\n".join(["farmer_id,sex,hours", *rows, "F001,m,3"]) + "\n", encoding="utf-8")
    found = streamed(shared_coop, path, tmp_path / "out", wave="2023", piece=500)
    twice = found.report().filter(pl.col("code") == "I-DUP").collect()
    assert twice["row"].to_list() == [2, 201]
    assert twice["value"][0] == "F001 in rows 2, 201"
    assert found.counts["I-DUP"] == 2
    assert "registered" in found.not_run


@pytest.mark.parametrize("size", [1, 7, 20, 1000])
def test_pieces_end_with_a_record_and_know_how_far_down_they_are(tmp_path, size):
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\n1,"x\ny"\n2,"""q"""\n\n3,z')
    pieces = list(_cut(path, size))
    assert b"".join(content.removeprefix(b"a,b\n") for _, content in pieces) == b'1,"x\ny"\n2,"""q"""\n\n3,z'
    for offset, content in pieces:
        assert content.count(b'"') % 2 == 0
        assert offset == {b"1": 0, b"2": 1, b"\n": 2, b"3": 3}[content[4:5]]
