"""Sheets of an Excel workbook as text, cell by cell where they stand."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from mande.errors import MandeError
from mande.survey.grid import file_problem
from mande.survey.xlsx_guard import F_CORRUPT
from mande.survey.xlsx_scan import SheetScan, scan_workbook

CellValue = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
_SHORT = 16  # a text of this length holds at most fifteen digits and a point
_MANY_DIGITS = 1e15  # Excel keeps fifteen digits; a longer number has lost its last ones


@dataclass(frozen=True, slots=True)
class Sheet:
    """Text of one sheet from its first cell on; `first_row` is the Excel row of `lines[0]`."""

    name: str
    lines: list[list[str]]
    scan: SheetScan
    is_1904: bool

    @property
    def is_empty(self) -> bool:
        """Whether no cell holds a value."""
        return not any(any(line) for line in self.lines)


def read_sheets(data: bytes, *, file: str) -> list[Sheet]:
    """Return the worksheets of a workbook as text, in their order, empty ones included.

    Raises
    ------
    MandeError
        F-CORRUPT or F-HUGE.
    """
    scan = scan_workbook(data, file=file)
    sheets = []
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for meta in workbook.sheets_metadata:
            if meta.typ is not SheetTypeEnum.WorkSheet:
                continue
            values = workbook.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
            lines = [
                [value if value.__class__ is str else cell_text(value) for value in line] for line in values
            ]
            sheets.append(Sheet(meta.name, lines, scan.sheets.get(meta.name, SheetScan()), scan.is_1904))
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise MandeError([file_problem(F_CORRUPT, file, found=str(error))]) from None
    return sheets


def cell_text(value: CellValue) -> str:
    """Return a cell's value as the text a person would have typed.

    Whole numbers lose the `.0` that every number carries in a workbook; a number beyond fifteen
    digits keeps its exponent, so that an id that has lost digits is seen.

    Examples
    --------
    >>> cell_text(5.0), cell_text(0.1 + 0.2), cell_text(True), cell_text(1.23457e15)
    ('5', '0.3', 'true', '1.23457e+15')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number_text(float(value))
    if isinstance(value, dt.datetime):
        day = value.time() == dt.time()
        return value.date().isoformat() if day else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.timedelta):
        return str(value)
    return value.isoformat()


def _number_text(value: float) -> str:
    if abs(value) >= _MANY_DIGITS:
        return f"{Decimal(repr(value)).normalize():e}"
    # Excel shows fifteen digits: 0.1 + 0.2 is 0.3 there, and in a CSV file saved from it.
    if value.is_integer():
        return str(int(value))
    text = repr(value)
    return text if len(text) <= _SHORT else repr(float(f"{value:.15g}"))


def as_frame(lines: Sequence[Sequence[str]], positions: Sequence[int]) -> pl.DataFrame:
    """Return the chosen columns of some lines as text columns `c0`, `c1`, ..."""
    return pl.DataFrame(
        {
            f"c{i}": pl.Series([line[position] for line in lines], dtype=pl.String)
            for i, position in enumerate(positions)
        }
    )
