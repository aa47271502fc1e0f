"""Every format gives the same cells: what a person would have typed, labels and kinds of missing beside."""

from __future__ import annotations

import datetime as dt
import io
import os
import zipfile
from pathlib import Path

import polars as pl
import pyreadstat
import pytest

from mande.errors import MandeError
from mande.survey.exports.platform import platform_of
from mande.survey.profile import Answer, ImportProfile
from mande.survey.read import first_lines, read_tables, read_upload
from mande.survey.readers.encoding import _WAYS

BESIDE = Path(__file__).parents[4] / "shared" / "data"
OLD_WORKBOOK = Path(__file__).parents[1] / "bad_inputs" / "files" / "old_workbook.xls"
"""Saved by LibreOffice: see `CELLS`, with `#DIV/0!` in C4, row 3 and column D hidden, and a hidden sheet."""
TITLES = ("farmer_id", "sex", "hours", "income", "member", "interviewed_on")
CELLS = [
    ("F001", "f", "5", "2.5", "true", "2024-01-02"),
    ("F002", "m", "0.3", "-3", "false", "2024-01-03"),
    ("F003", "", "", "", "", ""),
]


def codes(raw) -> list[str]:
    return [problem.code.id for problem in raw.problems]


def test_an_old_workbook_is_read_and_what_cannot_be_seen_in_it_is_said():
    raw = read_upload(OLD_WORKBOOK, expected=TITLES)
    assert (raw.format, raw.is_workbook, raw.columns, raw.cells.rows()) == ("xls", True, TITLES, CELLS)
    assert "F-OLDEXCEL" in codes(raw)


OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(rows: str) -> bytes:
    """A spreadsheet of one sheet as LibreOffice lays it out."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {OFFICE} office:version="1.3">'
        f'<office:body><office:spreadsheet><table:table table:name="Data">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return buffer.getvalue()


def cell(text: str, attributes: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def test_an_opendocument_sheet_is_read_with_its_errors_and_hidden_rows(tmp_path):
    failed = cell("#DIV/0!", 'table:formula="of:=1/0" office:value-type="string" calcext:value-type="error"')
    path = tmp_path / "x.ods"
    path.write_bytes(
        ods(
            row(cell("id"), cell("hours"))
            + row(cell("a"), cell("5", 'office:value-type="float" office:value="5"'))
            + row(cell("b"), failed, attributes='table:visibility="collapse"')
            + row(cell("c"), cell("7", 'office:value-type="float" office:value="7.5"'))
        )
    )
    raw = read_upload(path)
    assert (raw.format, raw.cells.rows()) == ("ods", [("a", "5"), ("b", ""), ("c", "7.5")])
    assert [(bad.row, bad.position, bad.text) for bad in raw.bad_cells] == [(3, 1, "#DIV/0!")]
    assert [p.found() for p in raw.problems if p.code.id == "L-HIDDEN"] == ["rows 3"]


def test_an_opendocument_cell_repeated_a_million_times_is_refused_before_memory_is_taken(tmp_path):
    path = tmp_path / "x.ods"
    many = 'office:value-type="string" table:number-columns-repeated="16000"'
    path.write_bytes(
        ods(row(cell("id")) + row(cell("a", many), attributes='table:number-rows-repeated="1000000"'))
    )
    with pytest.raises(MandeError) as caught:
        read_upload(path)
    assert caught.value.problems[0].code.id == "F-HUGE"


def test_an_opendocument_text_repeated_too_often_is_refused(tmp_path):
    path = tmp_path / "x.ods"
    many = 'office:value-type="string" table:number-columns-repeated="1000"'
    path.write_bytes(
        ods(row(cell("id")) + row(cell("a" * 30_000, many), attributes='table:number-rows-repeated="100"'))
    )
    with pytest.raises(MandeError) as caught:
        read_upload(path)
    assert (caught.value.problems[0].code.id, caught.value.problems[0].expected()) == ("F-HUGE", "1,000 MB")


FRAME = {
    "farmer_id": ["001", "002", "003", "004"],
    "sex": [1, 2, 1, 2],
    "income": [10.5, -99.0, 3.0, None],
    "day": [dt.date(2024, 1, 2), dt.date(2024, 1, 3), None, dt.date(1912, 1, 5)],
    "at": [dt.datetime(2024, 1, 2, 3, 4, 5)] * 4,  # noqa: DTZ001 - survey files know no time zone
    "name": ["José", "a", "", "d"],
}


def frame(**changes):
    import pandas as pd

    return pd.DataFrame(FRAME | changes)


def test_spss_codes_keep_their_labels_and_a_refusal_stays_a_refusal(tmp_path):
    path = tmp_path / "x.sav"
    pyreadstat.write_sav(
        frame(),
        str(path),
        variable_value_labels={"sex": {1: "female", 2: "male"}, "income": {-99: "refused"}},
        missing_ranges={"income": [-99]},
        column_labels={"sex": "Sex of the respondent"},
    )
    raw = read_upload(path)
    assert raw.cells.rows() == [
        ("001", "1", "10.5", "2024-01-02", "2024-01-02 03:04:05", "José"),
        ("002", "2", "-99", "2024-01-03", "2024-01-02 03:04:05", "a"),
        ("003", "1", "3", "", "2024-01-02 03:04:05", ""),
        ("004", "2", "", "1912-01-05", "2024-01-02 03:04:05", "d"),
    ]
    assert raw.labels == {"sex": {"1": "female", "2": "male"}}
    assert raw.missing == {"income": {"-99": "refused"}}
    assert raw.titles == {"sex": "Sex of the respondent"}
    assert (raw.format, raw.header_row, raw.rows.to_list(), raw.problems) == ("sav", 1, [2, 3, 4, 5], ())


def test_a_range_of_spss_missing_values_gives_each_value_found_a_reason(tmp_path):
    path = tmp_path / "x.sav"
    pyreadstat.write_sav(
        frame(income=[-97.0, -98.0, -99.0, 5.0]),
        str(path),
        variable_value_labels={"income": {-98: "refused"}},
        missing_ranges={"income": [{"lo": -99, "hi": -97}]},
    )
    assert read_upload(path).missing == {
        "income": {"-97": "missing (-97)", "-98": "refused", "-99": "missing (-99)"}
    }


def stata(path: Path, version: int = 15, **changes) -> Path:
    kinds = {"income": [10.5, "a", "z", None]} | changes
    pyreadstat.write_dta(
        frame(**kinds),
        str(path),
        version=version,
        variable_value_labels={"sex": {1: "female", 2: "male"}, "income": {"a": "refused"}},
        missing_user_values={"income": ["a", "z"]},
    )
    return path


@pytest.mark.parametrize("version", [15, 14, 13, 12, 10, 8])
def test_stata_codes_keep_their_labels_and_kinds_of_missing_in_every_version(tmp_path, version):
    raw = read_upload(stata(tmp_path / "x.dta", version, name=["Jose", "a", "", "d"]))
    assert raw.cells.rows() == [
        ("001", "1", "10.5", "2024-01-02", "2024-01-02 03:04:05", "Jose"),
        ("002", "2", ".a", "2024-01-03", "2024-01-02 03:04:05", "a"),
        ("003", "1", ".z", "", "2024-01-02 03:04:05", ""),
        ("004", "2", "", "1912-01-05", "2024-01-02 03:04:05", "d"),
    ]
    assert raw.labels == {"sex": {"1": "female", "2": "male"}}
    assert raw.missing == {"income": {".a": "refused", ".z": "missing (.z)"}}


def test_stata_numbers_of_seven_digits_are_shown_as_stata_shows_them(tmp_path):
    import numpy as np

    path = tmp_path / "x.dta"
    numbers = np.array([0.1, 2.5, 3, 1e6], dtype=np.float32)
    frame(income=numbers)[["farmer_id", "income"]].to_stata(path, write_index=False)
    assert read_upload(path).cells["c1"].to_list() == ["0.1", "2.5", "3", "1000000"]


def test_letters_of_an_old_stata_file_are_asked_about_and_the_answer_is_used(tmp_path):
    path = stata(tmp_path / "x.dta", 12)
    data = path.read_bytes()
    assert data.count("José".encode()) == 1
    path.write_bytes(data.replace("José".encode(), b"Jos\xe9\0"))
    raw = read_upload(path)
    (problem,) = raw.problems
    assert (problem.code.id, problem.severity) == ("E-CP1252", "question")
    assert {option.value: option.meaning.en[0] for option in problem.ask.options}["mac-roman"] == "È"
    given = Answer(ask="E-CP1252", answer="mac-roman", by="Amina", at=dt.date(2024, 3, 1))
    raw = read_upload(path, profile=ImportProfile(answers=(given,)))
    assert (codes(raw), raw.cells["c5"][0]) == (["Q-USED"], "JosÈ")


@pytest.mark.parametrize("way", sorted(_WAYS))
def test_every_way_to_write_letters_can_be_answered_for_stata(tmp_path, way):
    path = stata(tmp_path / "x.dta", 12)
    path.write_bytes(path.read_bytes().replace("José".encode(), b"Jos\xe0\0"))
    given = Answer(ask="E-CP1252", answer=way, by="Amina", at=dt.date(2024, 3, 1))
    raw = read_upload(path, profile=ImportProfile(answers=(given,)))
    assert raw.cells["c5"][0] == b"Jos\xe0".decode(way)


def test_a_missing_kind_becomes_the_reason_of_the_value(coop):
    path = stata(coop.uploads / "upload.dta").rename(coop.uploads / "upload.bin")
    table = coop.check(path).table
    reasons = table.reasons.filter(pl.col("question") == "income").select("key", "reason").rows()
    assert reasons == [("002", "refused"), ("003", "missing (.z)"), ("004", "not answered")]
    assert table.frame["income"].to_list() == [10.5, None, None, None]


def test_an_spss_missing_value_becomes_its_reason_however_many_digits_it_has(coop):
    path = coop.uploads / "upload.sav"
    ranges = {"income": [{"lo": 2.5, "hi": 3}]}
    pyreadstat.write_sav(frame(income=[10.5, 2.5, 3.0, None]), str(path), missing_ranges=ranges)
    table = coop.check(path).table
    reasons = table.reasons.filter(pl.col("question") == "income").select("key", "reason").rows()
    assert reasons == [("002", "missing (2.5)"), ("003", "missing (3)"), ("004", "not answered")]


def test_parquet_columns_become_text_and_nested_ones_are_left_out_with_a_warning(tmp_path):
    path = tmp_path / "x.parquet"
    pl.DataFrame(
        {
            "id": ["007", "8"],
            "n": [1.0, 0.1],
            "single": pl.Series([1.0, 0.1], dtype=pl.Float32),
            "whole": [None, 5],
            "day": [dt.date(2024, 1, 2), None],
            "at": [dt.datetime(2024, 1, 2), dt.datetime(2024, 1, 2, 3)],  # noqa: DTZ001
            "yes": [True, None],
            "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
            "crops": [["maize", "beans"], []],
            "parts": [{"x": 1}, {"x": 2}],
        }
    ).write_parquet(path)
    raw = read_upload(path)
    assert raw.cells.rows() == [
        ("007", "1", "1", "", "2024-01-02", "2024-01-02", "true", "a", "maize beans"),
        ("8", "0.1", "0.1", "5", "", "2024-01-02 03:00:00", "", "b", ""),
    ]
    assert [(p.code.id, p.place.column) for p in raw.problems] == [("F-NESTED", "parts")]


def test_the_csv_files_of_an_archive_are_tables_of_their_own(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("survey.csv", "KEY,hours\nk1,5\n")
        archive.writestr("survey-plots.csv", "PARENT_KEY;area\nk1;1,5\n")
        archive.writestr("media/photo.jpg", b"\xff\xd8\xff")
        archive.writestr("__MACOSX/._survey.csv", b"\0\5")
    tables = read_tables(path)
    assert {name: raw.columns for name, raw in tables.items()} == {
        "survey": ("KEY", "hours"),
        "survey-plots": ("PARENT_KEY", "area"),
    }
    assert "F-MEMBERS" in codes(tables["survey"])
    chosen = read_upload(path, expected={"parent_key", "area"})
    assert (chosen.sheet, chosen.cells.rows()) == ("survey-plots", [("k1", "1,5")])
    assert first_lines(path)["survey"][0] == ("KEY", "hours")


REAL = [
    ("uganda_maize_mippi/baseline.csv", (2319, 227)),
    ("uganda_maize_mippi/midline.csv", (1150, 100)),
    ("uganda_maize_mippi/endline.csv", (2317, 236)),
    ("moz_proirri/proirri.dta", (3081, 125)),
    ("odk_format_samples/rhomis_raw.csv", (10, 797)),
    ("card_krueger/cardkrueger.csv", (410, 46)),
]


@pytest.mark.skipif(not BESIDE.is_dir(), reason="real surveys do not lie beside the project")
@pytest.mark.parametrize(("name", "shape"), REAL)
def test_real_files_are_read_whole_and_what_fits_no_question_is_listed(shared_coop, name, shape):
    raw = read_upload(BESIDE / name)
    assert raw.cells.shape == shape
    assert not [p for p in raw.problems if p.severity in ("error", "question")]
    verdict = shared_coop.check(BESIDE / name)
    extra = sum(p.code.id == "H-EXTRA" for p in verdict.problems)
    used = [p.values["found"] for p in verdict.problems if p.code.id == "H-INTERVIEW"]
    about_interview = sum(len(str(names).split(", ")) for names in used)
    server = platform_of(raw.columns)
    own = sum(server.is_own(title) for title in raw.columns) if server else 0
    assert extra + about_interview + own >= shape[1] - len(verdict.labels)


@pytest.mark.skipif(not BESIDE.is_dir(), reason="real surveys do not lie beside the project")
def test_the_real_stata_panel_keeps_its_labels_and_kinds_of_missing():
    raw = read_upload(BESIDE / "moz_proirri/proirri.dta")
    assert raw.labels["prov"] == {"1": "Manica", "2": "Sofala", "3": "Zambezia"}
    assert set(raw.missing["el_savingstart"]) == {".d", ".r"}


@pytest.mark.skipif(not BESIDE.is_dir(), reason="real surveys do not lie beside the project")
def test_a_real_odk_central_export_gives_its_five_tables():
    tables = read_tables(BESIDE / "odk_format_samples/rhomis_central.zip")
    assert len(tables) == 5
    assert [raw.cells.height for raw in tables.values()] == [10, 28, 37, 22, 36]


def test_each_format_is_read_by_a_module_that_is_loaded_only_when_it_is_met():
    import subprocess
    import sys

    libraries = "{'pyreadstat', 'python_calamine'}"
    code = f"import sys, mande.survey.validate; print(sorted({libraries} & set(sys.modules)))"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True
    )
    assert told.stdout.strip() == "[]"
