"""Old Excel workbooks (.xls): their values are read, but not which rows are hidden or which cells failed."""

from __future__ import annotations

from mande.survey.read_codes import F_OLDEXCEL
from mande.survey.readers.contract import Reading, Sheet, warning
from mande.survey.readers.workbook import read_workbook


def read(data: bytes, reading: Reading) -> list[Sheet]:
    """Return the worksheets of an old workbook, with a warning about what cannot be seen in it.

    Raises
    ------
    MandeError
        F-CORRUPT, F-HUGE.
    """
    notes = [warning(F_OLDEXCEL, reading.place())]
    return read_workbook(data, reading, format="xls", scans={}, notes=notes)
