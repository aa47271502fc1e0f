"""Laws of the readers: many values at once read like one by one; whatever the bytes, words come back."""

from __future__ import annotations

import datetime as dt
import importlib.util
import io
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from mande.survey.letters import undo
from mande.survey.read import read_upload
from mande.survey.readers.archive import open_archive
from mande.survey.readers.encoding import _WAYS, possible
from mande.survey.readers.workbook import cell_text, column_text
from mande.survey.readers.xlsx_scan import _parse, _SheetReader, scan_workbook

QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
VALUE = st.one_of(
    st.floats(),
    st.integers(-(10**17), 10**17).map(float),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 3)),
    st.integers(-100, 100),
    st.text(max_size=5),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)
KINDS = (st.floats(), st.one_of(st.floats(), st.just("")), st.text(max_size=5), st.dates(), VALUE)


@QUICK
@given(st.one_of(*(st.lists(kind, max_size=12) for kind in KINDS)))
def test_a_column_at_once_reads_like_its_cells_one_by_one(values):
    assert column_text(values).to_list() == [cell_text(value) for value in values]


@QUICK
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["C"]), max_size=20))
def test_letters_converted_twice_come_back(text):
    try:
        spoiled = text.encode().decode("cp1252")
    except UnicodeDecodeError:
        return
    assert undo(spoiled) == text


@QUICK
@given(st.sampled_from(sorted(_WAYS)), st.text("abcéèñüçãßøŁżЖяşğمس ,;", max_size=20))
def test_the_true_way_to_read_letters_is_always_among_those_asked(way, text):
    data = text.encode(way, "ignore")
    shown = {data.decode(name, "replace") for name in possible([data])}
    assert data.decode(way) in shown


@QUICK
@given(st.binary(max_size=30))
def test_for_any_bytes_there_is_a_way_to_read_them(data):
    assert possible([data])


@QUICK
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 30), st.sampled_from(["5", "x", "error", "formula"])),
        max_size=8,
    ),
    st.sets(st.integers(0, 9), max_size=4),
)
def test_the_quick_look_through_a_sheet_sees_what_a_full_one_sees(cells, hidden):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("Data")
        for row, column, kind in cells:
            if kind == "error":
                sheet.write_formula(row, column, "=1/0", None, "#DIV/0!")
            elif kind == "formula":
                sheet.write_formula(row, column, "=1+1", None, "")
            else:
                sheet.write(row, column, kind)
        for row in hidden:
            sheet.set_row(row, None, None, {"hidden": True})
    data = buffer.getvalue()
    with zipfile.ZipFile(buffer) as archive:
        whole = _SheetReader()
        _parse(archive.read("xl/worksheets/sheet1.xml"), whole)
    assert scan_workbook(open_archive(data, file="x.xlsx")).sheets["Data"] == whole.scan


def load_fuzz():
    path = Path(__file__).parents[3] / "tools" / "fuzz.py"
    spec = importlib.util.spec_from_file_location("fuzz", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FUZZ = load_fuzz()


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    return FUZZ.make_examples(tmp_path_factory.mktemp("examples"), with_real=False)


@settings(QUICK, max_examples=60)
@given(data=st.data())
def test_a_mutated_file_of_any_format_gets_a_verdict_in_three_languages(shared_coop, examples, data):
    path = shared_coop.uploads / "mutated"
    path.write_bytes(data.draw(FUZZ.files(examples)))
    FUZZ.answer(shared_coop, path)


@pytest.mark.slow
def test_a_workbook_is_read_and_looked_through_in_two_and_a_half_times_its_bare_reading(tmp_path):
    path = tmp_path / "large.xlsx"
    start = dt.date(2024, 1, 1)
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, [f"question_{column}" for column in range(60)])
        for row in range(1, 20_001):
            values = (f"F{row:05}", row % 97, row / 7, "fm"[row % 2], start, "maize beans")
            for column in range(60):
                sheet.write(row, column, values[column % 6])

    def bare() -> None:
        CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()

    def seconds(run) -> float:  # of the processor: others may be at work
        began = time.process_time()
        run()
        return time.process_time() - began

    pairs = [(seconds(lambda: read_upload(path)), seconds(bare)) for _ in range(3)]
    assert min(ours / floor for ours, floor in pairs) < 2.5
