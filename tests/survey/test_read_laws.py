"""Laws of the CSV reader: any bytes read or are refused in words; what is written is read again."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.survey.read import read_upload
from mande.survey.readers import delimited
from mande.survey.readers import plain as plain_reader
from mande.survey.readers.delimited import CarefulRecords, CsvText, open_records

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MESSY = st.text(alphabet=st.sampled_from('ab1 ,;\t"\n\r=é\x00'), max_size=60)


@QUICK
@given(
    data=st.one_of(st.binary(max_size=200), MESSY.map(str.encode), MESSY.map(lambda t: t.encode("utf-16")))
)
def test_any_bytes_are_read_or_refused_in_words(tmp_path: Path, data: bytes):
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    raw, problems = None, ()
    try:
        raw = read_upload(path)
    except MandeError as error:
        problems = error.problems
    assert (raw is None) == bool(problems)
    assert all(problem.text("fr") and problem.fix("es") for problem in problems)
    if raw is not None:
        assert raw.cells.shape == (len(raw.rows), len(raw.columns))


CELL = st.text(alphabet=st.sampled_from("aé5 ,;\"\n'|-"), min_size=1, max_size=8).map(lambda t: f"x{t}x")


@QUICK
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), separator=st.sampled_from(",;\t"))
def test_what_is_written_is_read_again(tmp_path: Path, rows: list[tuple[str, str, str]], separator: str):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    writer.writerow(["id", "left", "right"])
    writer.writerows(rows)
    path = tmp_path / "x.csv"
    path.write_bytes(f"sep={separator}\r\n{buffer.getvalue()}".encode())
    assert read_upload(path).cells.rows() == rows


@QUICK
@given(text=st.text(alphabet=st.sampled_from('ab,"\n '), max_size=40))
@example(text=",\n\n,,")  # as many separators as lines, but not in each
def test_the_fast_reading_and_the_careful_one_agree(text: str):
    source = CsvText(f"id,x\n{text}", ",", 1)
    try:
        careful = CarefulRecords.of(source, "x.csv").take(1, 2)
    except MandeError:
        careful = None
    try:
        fast = open_records(source, file="x.csv").take(1, 2)
    except MandeError:
        fast = None
    assert (careful is None) == (fast is None)
    if careful is not None and fast is not None:
        assert fast.cells.rows() == careful.cells.rows()
        assert fast.rows.to_list() == careful.rows.to_list()
        assert (fast.misfits, fast.blank, fast.lines) == (careful.misfits, careful.blank, careful.lines)


@QUICK
@given(text=st.text(alphabet=st.sampled_from('ab1 ,;\t"\n\r=\x00\x07'), max_size=80))
def test_plain_letters_are_read_as_the_decoded_file_is(tmp_path: Path, text: str):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())

    def outcome() -> tuple[object, ...]:
        try:
            raw = read_upload(path)
        except MandeError as error:
            return (str(error),)
        told = [problem.text() for problem in raw.problems]
        return raw.columns, raw.cells.rows(), raw.rows.to_list(), dict(raw.misfits), told, raw.sha256

    plain = outcome()
    with mock.patch.object(delimited, "_is_plain", return_value=False):
        assert outcome() == plain


@settings(deadline=None)
@given(st.binary(max_size=400), st.integers(1, 7), st.integers(0, 255))
def test_bytes_are_counted_block_by_block(data: bytes, size: int, wanted: int):
    with mock.patch.object(plain_reader, "_BLOCK", size):
        assert plain_reader.count_bytes(data, lambda codes: codes == wanted) == data.count(wanted)
