"""Excel workbooks (.xlsx, .xlsm)."""

from __future__ import annotations

from mande.survey.read_codes import F_MACRO
from mande.survey.readers.archive import open_archive
from mande.survey.readers.contract import Reading, Sheet, warning
from mande.survey.readers.workbook import read_workbook
from mande.survey.readers.xlsx_scan import scan_workbook


def read(data: bytes, reading: Reading) -> list[Sheet]:
    """Return the worksheets of a workbook; its macros and links are never run or followed.

    Raises
    ------
    MandeError
        F-BOMB, F-CORRUPT, F-HUGE.
    """
    scan = scan_workbook(open_archive(data, file=reading.file))
    notes = [warning(F_MACRO, reading.place())] if scan.has_macros else []
    return read_workbook(
        data, reading, format="xlsx", scans=scan.sheets, is_1904=scan.is_1904, notes=notes
    )
