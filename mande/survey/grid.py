"""The cells of an upload as text, each still knowing where it stands in the file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import polars as pl

from mande import wording
from mande.errors import Code, Place, Problem, Severity, Text, Value

Format = Literal["csv", "xlsx", "xls", "ods", "dta", "sav", "parquet"]
WORKBOOKS: frozenset[Format] = frozenset({"xlsx", "xls", "ods"})
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
class Part:
    """One of several sheets read as one table: its rows are numbered on from those of the sheet before.

    `offset` is what was added to the sheet's own row numbers; `positions` are as in `RawTable`.
    """

    sheet: str
    offset: int
    header_row: int
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RawTable:
    """One sheet of an upload as text, or several sheets stacked.

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
    labels : for each column that has them, the label of each code, as Stata and SPSS files carry them.
    missing : for each column that has them, cell texts that stand for 'no value', with the reason.
    titles : what the file says a column is about, where it says so beside the column's title.
    parts : the sheets of a stacked table, in order; none where one sheet was read.
    elsewhere : for a table that was made of columns of another, the column of each title in the file.
    aside : rows that are no respondents, left out of `cells`, by row number and in the order of `columns`.
    hidden_rows, hidden_columns : what the sheet does not show (columns from 0).
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
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    missing: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    parts: tuple[Part, ...] = ()
    elsewhere: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    aside: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()

    @property
    def is_workbook(self) -> bool:
        """Whether the cells come from a spreadsheet, where a date may be a plain number."""
        return self.format in WORKBOOKS

    def place(self, *, row: int | None = None, column: str = "") -> Place:
        """Return a place in this file; a row of a stacked table is named by its own sheet and number."""
        return self.located(Place(file=self.file, sheet=self.sheet, row=row, column=column))

    def located(self, place: Place) -> Place:
        """Return the place with the sheet and row that a person sees, where several sheets were stacked."""
        if place.row is None or place.sheet != self.sheet:
            return place
        part = next((part for part in reversed(self.parts) if place.row > part.offset), None)
        return place if part is None else replace(place, sheet=part.sheet, row=place.row - part.offset)

    def split(self) -> tuple[RawTable, ...]:
        """Return a stacked table as its sheets, each with its own rows; or the table itself.

        Bad cells and problems stay with the stacked table.
        """
        if not self.parts:
            return (self,)
        ends = [*(part.offset for part in self.parts[1:]), None]
        tables = []
        for part, end in zip(self.parts, ends, strict=True):
            keep = self.rows > part.offset
            keep = keep if end is None else keep & (self.rows <= end)
            tables.append(
                replace(
                    self,
                    sheet=part.sheet,
                    header_row=part.header_row,
                    positions=part.positions,
                    cells=self.cells.filter(keep),
                    rows=self.rows.filter(keep) - part.offset,
                    bad_cells=(),
                    aside=MappingProxyType({}),
                    hidden_rows=(),
                    hidden_columns=(),
                    parts=(),
                )
            )
        return tuple(tables)

    def row_name(self, row: int) -> str:
        """Return how a row is called in a sentence: its number, after its sheet in a stacked table."""
        place = self.place(row=row)
        return str(place.row) if place.sheet == self.sheet else f"{place.sheet} {place.row}"

    def row_list(self, rows: list[int], *, limit: int = 6) -> str:
        """Return rows as a reader writes them (see `row_list`), by sheet where several were stacked."""
        if not self.parts:
            return row_list(rows, limit=limit)
        by_sheet: dict[str, list[int]] = {}
        for place in (self.place(row=row) for row in rows):
            by_sheet.setdefault(place.sheet, []).append(place.row or 0)
        return "; ".join(f"{sheet} {row_list(own, limit=limit)}" for sheet, own in by_sheet.items())

    def cell_name(self, place: Place) -> str:
        """Return a place as Excel names its cell (`H214`), or an empty text where it is no cell."""
        if place.row is not None and place.column in self.elsewhere:
            return f"{letter(self.elsewhere[place.column])}{place.row}"
        if place.row is None or place.column not in self.columns:
            return ""
        positions = next((part.positions for part in self.parts if part.sheet == place.sheet), self.positions)
        return f"{letter(positions[self.columns.index(place.column)])}{place.row}"


def number_text(value: float, *, digits: int = 3) -> Text:
    """Return a number with the marks of each language (see `wording.number`).

    Examples
    --------
    >>> number_text(2206.5, digits=5).es
    '2.206,5'
    """
    told = wording.number(value, digits=digits)
    return Text(told, wording.in_marks(told, "fr"), wording.in_marks(told, "es"))


def normal_title(title: str) -> str:
    """Return a column title as it is compared: without case, outer and repeated spaces.

    Examples
    --------
    >>> normal_title("  Hours\u00a0 Paid ")
    'hours paid'
    """
    return " ".join(title.strip(SPACES).replace("\u00a0", " ").split()).casefold()


def count_known(line: Collection[str], titles: Collection[str]) -> int:
    """Return how many known titles a row holds."""
    return len({normal_title(cell) for cell in line} & set(titles))


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


def undeclared(code: str) -> str:
    """Return the reason of a value that a file declares missing without saying why.

    Examples
    --------
    >>> undeclared(".b")
    'missing (.b)'
    """
    return f"missing ({code})"


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
