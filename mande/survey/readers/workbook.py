"""Spreadsheets of any kind as python-calamine hands them out, as text where it stands."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from mande.errors import MandeError, Problem, Text
from mande.survey.grid import BadCell, Format, file_problem, note
from mande.survey.layout_codes import L_FORMULA
from mande.survey.read_codes import F_HUGE
from mande.survey.readers.archive import corrupt
from mande.survey.readers.contract import TOP, Body, Line, Reading, Sheet, as_frame
from mande.survey.readers.panic import no_panic

_UNREADABLE = Text(
    "what stands in it is no whole workbook",
    "son contenu n'est pas un classeur entier",
    "su contenido no es un libro completo",
)
MAX_CELLS = 30_000_000
MAX_TEXT = 1_000_000_000
CellValue = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
_MANY_DIGITS = 1e15  # Excel keeps fifteen digits; a longer number has lost its last ones


@dataclass(slots=True)
class SheetScan:
    """What a sheet holds that calamine does not tell. Columns are counted from 0; rows as in Excel."""

    bad_cells: list[BadCell] = field(default_factory=list)
    n_formulas: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)


def read_workbook(
    data: bytes,
    reading: Reading,
    *,
    format: Format,  # noqa: A002 - the word of the contract
    scans: Mapping[str, SheetScan],
    is_1904: bool = False,
    notes: Sequence[Problem] = (),
) -> list[Sheet]:
    """Return the worksheets of a workbook that has been looked through, in their order.

    Raises
    ------
    MandeError
        F-CORRUPT, F-HUGE.
    """
    sheets = []
    try:
        with no_panic():
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
            for meta in workbook.sheets_metadata:
                if meta.typ is SheetTypeEnum.WorkSheet:
                    found = workbook.get_sheet_by_name(meta.name)
                    check_extent(found.total_height, found.total_width, meta.name, reading.file)
                    values = found.to_python(skip_empty_area=False)
                    scan = scans.get(meta.name, SheetScan())
                    hidden = meta.visible is not SheetVisibleEnum.Visible
                    sheets.append(
                        Sheet(
                            name=meta.name,
                            format=format,
                            top=_top(values),
                            take=_Taker(values, scan, reading, meta.name),
                            is_hidden=hidden,
                            merged=_merged(found),
                            is_1904=is_1904,
                            notes=tuple(notes),
                        )
                    )
    except (CalamineError, OSError, ValueError, OverflowError, MemoryError) as error:
        raise corrupt(reading.file, _UNREADABLE, error) from None
    return sheets


def check_extent(height: int, width: int, sheet: str, file: str) -> None:
    """Refuse a sheet whose used area is vast: every cell of that rectangle takes memory.

    Raises
    ------
    MandeError
        F-HUGE.
    """
    if height * width <= MAX_CELLS:
        return
    expected = Text(
        f"at most {MAX_CELLS:,} cells between the first and the last one in use",
        f"au plus {MAX_CELLS:,} cellules entre la première et la dernière utilisée",
        f"como máximo {MAX_CELLS:,} celdas entre la primera y la última en uso",
    )
    found = f"{height:,} x {width:,}"
    raise MandeError([file_problem(F_HUGE, file, sheet=sheet, found=found, expected=expected)])


def check_text(size: int, sheet: str, file: str) -> None:
    """Refuse a sheet whose cells repeat long texts so often that they would fill the memory.

    Raises
    ------
    MandeError
        F-HUGE.
    """
    if size > MAX_TEXT:
        found, limit = f"{size / 1e6:,.0f} MB", f"{MAX_TEXT / 1e6:,.0f} MB"
        raise MandeError([file_problem(F_HUGE, file, sheet=sheet, found=found, expected=limit)])


def _top(values: Sequence[Sequence[CellValue]]) -> tuple[Line, ...]:
    lines: list[Line] = []
    for index, line in enumerate(values):
        if any(value != "" for value in line):
            lines.append((index + 1, tuple(map(cell_text, line))))
            if len(lines) == TOP:
                break
    return tuple(lines)


def _merged(sheet: CalamineSheet) -> tuple[tuple[int, int, int, int], ...]:
    """Return merged ranges as first row, first column, last row, last column; none where not known."""
    ranges = sheet.merged_cell_ranges or []
    return tuple((first[0] + 1, first[1], last[0] + 1, last[1]) for first, last in ranges[:10_000])


@dataclass(frozen=True, slots=True)
class _Taker:
    """Cuts the rows below a header out of a sheet's values."""

    values: Sequence[Sequence[CellValue]]
    scan: SheetScan
    reading: Reading
    sheet: str

    def __call__(self, header_row: int, width: int) -> Body:
        """Return the cells below `header_row`; a sheet is as wide in each of its rows."""
        below = self.values[header_row:]
        columns = [column_text(column) for column in zip(*below, strict=True)]
        for cell in self.scan.bad_cells:
            # Some programs leave the name of the error in the cell: it is no answer.
            if cell.position < len(columns) and 0 <= cell.row - header_row - 1 < len(below):
                columns[cell.position] = columns[cell.position].scatter(cell.row - header_row - 1, "")
        cells = as_frame(columns or [pl.Series("", [], dtype=pl.String)] * width)
        n_bad = sum(cell.kind == "formula" for cell in self.scan.bad_cells)
        n_worked = self.scan.n_formulas - n_bad
        place = self.reading.place(sheet=self.sheet)
        last = len(self.values)
        return Body(
            cells=cells,
            rows=pl.int_range(header_row + 1, header_row + 1 + cells.height, dtype=pl.Int64, eager=True),
            bad_cells=tuple(cell for cell in self.scan.bad_cells if header_row < cell.row <= last),
            notes=(note(L_FORMULA, place, found=n_worked),) if n_worked > 0 else (),
            hidden_rows=tuple(row for row in self.scan.hidden_rows if header_row < row <= last),
            hidden_columns=tuple(column for column in self.scan.hidden_columns if column < cells.width),
        )


def column_text(values: Sequence[Any]) -> pl.Series:
    """Return a column's values as text; numbers, which most cells are, all at once.

    Examples
    --------
    >>> column_text(("a", 5.0, 0.1 + 0.2, "")).to_list()
    ['a', '5', '0.3', '']
    """
    kinds = set(map(type, values))
    if kinds <= {str}:
        return pl.Series(values, dtype=pl.String)
    if kinds <= {str, float, int}:
        numbers = [None if value.__class__ is str else float(value) for value in values]
        texts = number_texts(pl.Series(numbers, dtype=pl.Float64))
        if str not in kinds:
            return texts
        own = pl.Series([value if value.__class__ is str else None for value in values], dtype=pl.String)
        return texts.zip_with(own.is_null(), own)
    if bool not in kinds:  # 1 and True are one key of a dict
        known = {value: cell_text(value) for value in set(values)}
        return pl.Series([known[value] for value in values], dtype=pl.String)
    return pl.Series([cell_text(value) for value in values], dtype=pl.String)


def number_texts(numbers: pl.Series) -> pl.Series:
    """Return numbers as a person would have typed them (see `cell_text`); null stays null."""
    is_whole = ((numbers == numbers.floor()) & (numbers.abs() < _MANY_DIGITS)).fill_null(value=False)
    texts = pl.select(pl.when(is_whole).then(numbers)).to_series().cast(pl.Int64).cast(pl.String)
    rest = (~is_whole & numbers.is_not_null()).arg_true()
    if not len(rest):
        return texts
    parts = numbers.gather(rest)
    if bool((parts.abs() < _MANY_DIGITS).all()):
        return texts.scatter(rest, [f"{value:.15g}" for value in parts.to_list()])
    return texts.scatter(rest, [_number_text(value) for value in parts.to_list()])


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
    return str(int(value)) if value.is_integer() else f"{value:.15g}"
