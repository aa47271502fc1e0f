"""The file itself: kinds of files, damage, protection, and sizes that would not fit into memory."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from mande.errors import Severity

HEADER = "farmer_id,sex,hours\n"
GOOD = [["farmer_id", "sex", "hours"], ["F001", "f", 40], ["F002", "m", 35]]
HERE = Path(__file__).parent


def only(verdict):
    """The one problem of a file that was refused: nothing of it is read."""
    assert verdict.raw is None
    (problem,) = verdict.problems
    assert problem.severity is Severity.ERROR
    assert problem.text("fr") != problem.text("es")
    return problem


def kind(verdict) -> tuple[str, str]:
    problem = only(verdict)
    return problem.code.id, problem.found()


@pytest.mark.parametrize("content", ["", "\n \n", HEADER, "\ufeff" + HEADER])
def test_case_01_a_file_without_data_rows_is_refused(shared_coop, content):
    assert only(shared_coop.check(content)).code.id == "F-EMPTY"


def test_case_01_a_workbook_without_data_rows_is_refused(shared_coop, workbook):
    assert only(shared_coop.check(workbook({"Data": [["farmer_id", "sex"]]}))).code.id == "F-EMPTY"
    assert only(shared_coop.check(workbook({"Data": []}))).code.id == "F-EMPTY"


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<html><table><tr><td>farmer_id</td></tr></table></html>", "a web page saved as .xls"),
        (b"\xef\xbb\xbf <!DOCTYPE html><html>", "a web page saved as .xls"),
        (b"<?xml version='1.0'?><html xmlns='x'>", "a web page saved as .xls"),
        (b"<?xml version='1.0'?><data/>", "an XML file"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (zipped(form1_dot_docx=b"x", form2_dot_docx=b"y"), "a zip archive without tables"),
        (zipped(xl__workbook_dot_bin=b"x"), "a binary workbook (.xlsb)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an Office file that is no workbook"),
        (bytes(range(1, 30)) * 40, "a file that is not text"),
    ],
)
def test_case_02_another_kind_of_file_is_named_whatever_its_extension(shared_coop, content, found):
    path = shared_coop.write(content, "baseline.xlsx")
    assert kind(shared_coop.check(path)) == ("F-TYPE", found)


def test_case_02_a_workbook_is_read_whatever_its_extension(shared_coop, workbook):
    path = shared_coop.write(workbook({"Data": GOOD}).read_bytes(), "baseline.csv")
    assert shared_coop.check(path).status == "ok"


def test_case_03_a_workbook_with_a_password_is_named(shared_coop):
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    problem = only(shared_coop.check(shared_coop.write(locked, "baseline.xlsx")))
    assert problem.code.id == "F-PASSWORD"
    assert "File > Info" in problem.fix()


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "household.csv"])
def test_case_04_an_archive_that_unpacks_to_far_more_is_refused_before_it_is_unpacked(
    shared_coop, monkeypatch, member
):
    from mande.survey.readers import archive

    monkeypatch.setattr(archive, "_unpack", lambda *_: pytest.fail("was unpacked"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/workbook.xml" if member.endswith("xml") else "a.csv", "x")
        target.writestr(member, bytes(30_000_000))
    problem = only(shared_coop.check(buffer.getvalue()))
    assert problem.code.id == "F-BOMB"
    assert "30 MB" in problem.found()


def test_case_05_a_file_over_the_limit_is_refused_unread(shared_coop, monkeypatch):
    from mande.survey import read

    monkeypatch.setattr(read, "MAX_BYTES", 1_000_000)
    problem = only(shared_coop.check(HEADER + "F001,f,40\n" * 110_000))
    assert (problem.code.id, problem.expected()) == ("F-HUGE", "1 MB")


def test_case_06_macros_and_links_are_a_warning_and_the_values_are_read(shared_coop, workbook):
    data = workbook({"Data": GOOD}).read_bytes()
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    verdict = shared_coop.check(shared_coop.write(buffer.getvalue(), "baseline.xlsm"))
    assert [(p.code.id, p.severity) for p in verdict.problems] == [
        ("F-MACRO", "warning"),
        *[(p.code.id, "note") for p in verdict.problems[1:]],
    ]
    assert verdict.table is not None
    assert verdict.table.frame.height == 2


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_case_07_a_workbook_cut_short_is_damaged(shared_coop, workbook, share):
    data = workbook({"Data": GOOD}).read_bytes()
    assert only(shared_coop.check(data[: int(len(data) * share)])).code.id == "F-CORRUPT"


def test_case_07_a_flipped_byte_in_a_sheet_is_damage(shared_coop, workbook):
    data = bytearray(workbook({"Data": GOOD}).read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    at = member.header_offset + 30 + len(member.filename) + member.compress_size // 2
    data[at] ^= 0xFF
    assert only(shared_coop.check(bytes(data))).code.id == "F-CORRUPT"


@pytest.mark.parametrize("start", [b"<stata_dta>", b"$FL2@(#)", b"PAR1"])
def test_case_07_damaged_files_of_other_programs_are_damaged(shared_coop, start):
    assert only(shared_coop.check(start + bytes(2000))).code.id == "F-CORRUPT"


def test_case_07_a_variable_name_of_a_stata_file_that_is_no_text_is_damage(shared_coop):
    import pandas as pd
    import pyreadstat

    path = shared_coop.uploads / "upload.dta"
    pyreadstat.write_dta(pd.DataFrame({"farmer_id": ["F001"]}), str(path), version=12)
    path.write_bytes(path.read_bytes().replace(b"farmer_id", b"\x81\x8d\x8f\x90\x9d\x81\x81\x81\x81"))
    assert only(shared_coop.check(path)).code.id == "F-CORRUPT"


def test_case_04_a_long_text_stored_once_and_shown_in_very_many_cells_is_refused(shared_coop, workbook):
    path = workbook({"Data": [["farmer_id"], ["x" * 30_000]]})
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                many = b'<row r="3">' + b'<c t="s"><v>1</v></c>' * 10_000 + b"</row>"
                data = data.replace(b"</sheetData>", many * 4 + b"</sheetData>")
            new.writestr(name, data)
    problem = only(shared_coop.check(buffer.getvalue()))
    assert (problem.code.id, problem.expected()) == ("F-HUGE", "1,000 MB")


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04 half a workbook", b"PAR1" + bytes(200) + b"PAR1", b"$FL2@(#) SPSS DATA FILE" + bytes(200)],
)
def test_what_is_damaged_is_told_in_the_readers_language_and_what_a_library_says_is_a_detail(
    shared_coop, data
):
    problem = only(shared_coop.check(data))
    told = {language: problem.found(language) for language in ("en", "fr", "es")}
    sentences = {text.partition(" [")[0] for text in told.values()}
    assert len(sentences) == 3
    assert len({text.partition(" [")[2] for text in told.values()}) == 1
