"""What a reader of a file format is told, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from mande.errors import Ask, Code, Place, Problem, Severity, Text, Value
from mande.survey.grid import BadCell, Format, normal_title
from mande.survey.profile import ImportProfile
from mande.survey.read_codes import Q_USED

TOP = 30  # filled lines from the top of a sheet among which its header may stand
Line = tuple[int, tuple[str, ...]]
Nested = Mapping[str, Mapping[str, str]]
NOTHING: Nested = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known before a file is opened.

    Attributes
    ----------
    file : name of the file as its owner knows it.
    table : the survey table it is read for; questions are asked about it.
    titles : titles a column may carry, as `grid.normal_title` writes them.
    hidden : those of them whose cells no message may show.
    profile : what has been asked about the programme's files and answered.
    """

    file: str
    table: str = ""
    titles: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    profile: ImportProfile = field(default_factory=ImportProfile)

    def place(self, *, sheet: str = "", row: int | None = None, column: str = "") -> Place:
        """Return a place in the file."""
        return Place(file=self.file, sheet=sheet, row=row, column=column)

    def is_open(self, title: str) -> bool:
        """Return whether a column is known and may be shown; of an unknown one nobody can tell."""
        plain = normal_title(title)
        return plain in self.titles and plain not in self.hidden

    def answer(self, code: Code, ask: Ask) -> str | None:
        """Return the answer to a question, or None while it is open."""
        return self.profile.settled(code, ask)


@dataclass(frozen=True, slots=True)
class Body:
    """The cells of a sheet below its header.

    Attributes
    ----------
    cells : text, columns `c0`, `c1`, ... for column A, B, ... of the file; empty cells are empty text.
    rows : the number of each row as Excel shows it.
    misfits : CSV records with more or fewer cells than the header, by row number.
    lines : the line of the file, as a text editor counts, on which each of them begins.
    blank : numbers of lines without any cell, which `cells` does not hold.
    bad_cells : cells whose value the file does not hold.
    notes : what was done or seen on the way.
    hidden_rows, hidden_columns : what the sheet does not show (columns from 0).
    labels, missing, titles : as in `RawTable`, by title.
    """

    cells: pl.DataFrame
    rows: pl.Series
    misfits: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    lines: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    blank: tuple[int, ...] = ()
    bad_cells: tuple[BadCell, ...] = ()
    notes: tuple[Problem, ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    labels: Nested = field(default_factory=lambda: NOTHING)
    missing: Nested = field(default_factory=lambda: NOTHING)
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table-like part of a file: a worksheet, a CSV file, a member of an archive.

    Attributes
    ----------
    name : as the user knows it; empty where the file is one table.
    format : the kind of file it comes from.
    top : its first filled lines, among which the header stands; none for an empty sheet.
    take : the cells below the header in a given row, which has so many cells.
    is_hidden : whether the workbook hides it.
    merged : merged ranges among its first rows: row, column, last row, last column (rows as in Excel,
        columns from 0).
    has_fixed_titles : whether the format itself says what the titles are, so that none is looked for.
    may_hold_control : whether a control character may stand in a cell.
    may_be_garbled : whether letters that were converted twice may stand in a cell.
    """

    name: str
    format: Format
    top: tuple[Line, ...]
    take: Callable[[int, int], Body]
    is_hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    is_1904: bool = False
    has_fixed_titles: bool = False
    may_hold_control: bool = True
    may_be_garbled: bool = True
    notes: tuple[Problem, ...] = ()


def one_sheet(
    columns: Mapping[str, pl.Series],
    *,
    format: Format,  # noqa: A002 - the word of the contract
    labels: Nested = NOTHING,
    missing: Nested = NOTHING,
    titles: Mapping[str, str] = MappingProxyType({}),
    notes: Sequence[Problem] = (),
) -> list[Sheet]:
    """Return typed columns, already text, as a sheet whose titles stand in row 1."""
    names = tuple(columns)
    cells = as_frame(list(columns.values()))

    def take(header_row: int, width: int) -> Body:
        rows = pl.int_range(2, 2 + cells.height, dtype=pl.Int64, eager=True)
        return Body(
            cells=cells,
            rows=rows,
            labels=labels,
            missing=missing,
            titles=MappingProxyType(dict(titles)),
        )

    top = ((1, names),) if names else ()
    return [Sheet(name="", format=format, top=top, take=take, has_fixed_titles=True, notes=tuple(notes))]


def question(code: Code, place: Place, ask: Ask, **values: Value | Text) -> Problem:
    """Return a question about a file."""
    return Problem(code, place, values, Severity.QUESTION, ask)


def as_frame(columns: list[pl.Series]) -> pl.DataFrame:
    """Return text columns named `c0`, `c1`, ...; of those named twice none can come."""
    return pl.DataFrame([column.alias(f"c{index}") for index, column in enumerate(columns)])


def warning(code: Code, place: Place, **values: Value | Text) -> Problem:
    """Return a warning about a file."""
    return Problem(code, place, values, Severity.WARNING)


def used(code: Code, answer: str, place: Place) -> Problem:
    """Return the note that a question was settled by an answer given before."""
    return Problem(Q_USED, place, {"ask": code.id, "answer": answer}, Severity.NOTE)
