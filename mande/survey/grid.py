"""The cells of an upload as text, each still knowing where it stands in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text, Value

Format = Literal["csv", "xlsx"]
Values = dict[str, Value | Text]
SPACES = " \t\r\n\u00a0\u2007\u202f\u200b\u200c\u200d\ufeff"
"""What stands around a cell's text without being part of it."""


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell whose value the file does not hold: an Excel error, or a formula never worked out."""

    row: int
    position: int
    kind: Literal["error", "formula"]
    text: str


@dataclass(frozen=True, slots=True)
class RawTable:
    """One sheet of an upload as text.

    Attributes
    ----------
    file, sheet : names as the user knows them; `sheet` is empty for CSV.
    header_row : row of the column titles, as Excel numbers it.
    columns : titles of the columns, trimmed.
    positions : for each title its column in the file, counted from 0 (column A).
    cells : text of the data rows, columns `c0`, `c1`, ... in the order of `columns`; empty cells are
        empty text. Blank rows and rows that do not fit the header are left out.
    rows : row number of each row of `cells` as Excel shows it.
    misfits : rows with more or fewer cells than the header, by row number.
    bad_cells : cells without a value that can be used.
    problems : what was found while reading: errors of rows, and notes.
    n_blank_rows : blank rows that were passed over.
    sha256 : of the file's bytes.
    is_1904 : whether the workbook counts days from 1904.
    """

    file: str
    sheet: str
    format: Format
    header_row: int
    columns: tuple[str, ...]
    positions: tuple[int, ...]
    cells: pl.DataFrame
    rows: pl.Series
    sha256: str
    misfits: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    bad_cells: tuple[BadCell, ...] = ()
    problems: tuple[Problem, ...] = ()
    n_blank_rows: int = 0
    is_1904: bool = False

    def place(self, *, row: int | None = None, column: str = "") -> Place:
        """Return a place in this file."""
        return Place(file=self.file, sheet=self.sheet, row=row, column=column)


def normal_title(title: str) -> str:
    """Return a column title as it is compared: without case, outer and repeated spaces.

    Examples
    --------
    >>> normal_title("  Hours\u00a0 Paid ")
    'hours paid'
    """
    return " ".join(title.strip(SPACES).replace("\u00a0", " ").split()).casefold()


def letter(position: int) -> str:
    """Return the letters Excel gives to a column.

    Examples
    --------
    >>> letter(0), letter(25), letter(26), letter(701), letter(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    name, rest = "", position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def row_list(rows: list[int], *, limit: int = 6) -> str:
    """Return row numbers as a reader writes them: runs joined, a long list cut short.

    Examples
    --------
    >>> row_list([3, 4, 5, 9])
    '3-5, 9'
    >>> row_list([1, 3, 5, 7], limit=2)
    '1, 3, ...'
    """
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    shown = [str(low) if low == high else f"{low}-{high}" for low, high in runs[:limit]]
    return ", ".join([*shown, *(["..."] if len(runs) > limit else [])])


def file_problem(
    code: Code,
    file: str,
    *,
    sheet: str = "",
    row: int | None = None,
    column: str = "",
    **values: Value | Text,
) -> Problem:
    """Return an error about a file as a whole, or about one row or column of it."""
    return Problem(code, Place(file=file, sheet=sheet, row=row, column=column), values)


def note(code: Code, place: Place, **values: Value | Text) -> Problem:
    """Return a note: something done or seen that needs no answer."""
    return Problem(code, place, values, Severity.NOTE)
