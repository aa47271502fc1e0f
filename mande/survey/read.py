"""From an uploaded file to a table of text cells with the row numbers Excel shows.

What is wrong with the file as a whole stops the reading with a `MandeError`; what is wrong with
single rows travels along in `RawTable.problems`.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import polars as pl

from mande.errors import MandeError, Place, Problem, Severity
from mande.survey import csv_text, xlsx
from mande.survey.grid import (
    SPACES,
    BadCell,
    Format,
    RawTable,
    Values,
    file_problem,
    letter,
    normal_title,
    note,
    row_list,
)
from mande.survey.read_codes import (
    C_BLANKROW,
    C_LONG,
    C_SHORT,
    E_NUL,
    F_EMPTY,
    F_NONE,
    F_TYPE_BINARY,
    H_DUP,
    H_EMPTY,
    H_NOTTOP,
    L_FORMULA,
    L_HIDDEN,
    L_SHEET,
    L_SHEET_USED,
)
from mande.survey.xlsx_guard import F_TYPE, is_workbook
from mande.survey.xlsx_scan import F_HUGE

MAX_BYTES = 500_000_000
_HEADER_DEPTH = 20  # how far down a header is looked for, to say where it stands
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"
_CONTROL_BYTES = bytes(code for code in range(32) if code not in (9, 10, 11, 12, 13)) + b"\x0b\x0c"


@dataclass(frozen=True, slots=True)
class _Grid:
    """Rows of one sheet before its header is taken off."""

    sheet: str
    format: Format
    header: tuple[str, ...]
    header_row: int
    cells: pl.DataFrame
    rows: pl.Series
    misfits: Mapping[int, tuple[str, ...]]
    blank: tuple[int, ...]
    bad_cells: tuple[BadCell, ...]
    notes: tuple[Problem, ...]
    is_1904: bool


def read_upload(path: Path, *, expected: Collection[str] = (), sheet: str | None = None) -> RawTable:
    """Return the cells of a CSV file or of one sheet of an Excel workbook as text.

    Parameters
    ----------
    path
        The upload; its kind is told from its first bytes, not from its name.
    expected
        Titles a column may carry (any case): they choose the sheet among several, and tell where
        the header stands when it is not on top.
    sheet
        Name of the sheet to read; needed only where the choice is not clear.

    Raises
    ------
    MandeError
        All problems that keep the file from being read at all.
    """
    file = path.name
    if not path.is_file():
        raise MandeError([file_problem(F_NONE, file)])
    size = path.stat().st_size
    if size > MAX_BYTES:
        limit = f"{MAX_BYTES // 1_000_000} MB"
        raise MandeError([file_problem(F_HUGE, file, found=f"{size // 1_000_000} MB", expected=limit)])
    data = path.read_bytes()
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \r\n\t\0"):
        raise MandeError([file_problem(F_EMPTY, file)])
    titles = frozenset(normal_title(title) for title in expected)
    if is_workbook(data, file=file):
        grid = _choose_sheet(xlsx.read_sheets(data, file=file), file, titles, sheet)
    else:
        grid = _read_csv(data, file)
    return _take_header(grid, file, titles, hashlib.sha256(data).hexdigest(), data)


def _read_csv(data: bytes, file: str) -> _Grid:
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")) and _looks_binary(data):
        raise MandeError([file_problem(F_TYPE, file, found=F_TYPE_BINARY)])
    source = csv_text.decode(data, file=file)
    records = csv_text.read_records(source, file=file)
    notes = []
    if source.is_utf16:
        notes.append(note(csv_text.E_UTF16, Place(file=file)))
    if source.separator != ",":
        found = csv_text.separator_name(source.separator)
        notes.append(note(csv_text.C_DELIM, Place(file=file), found=found))
    return _Grid(
        sheet="",
        format="csv",
        header=records.header,
        header_row=records.header_row,
        cells=records.cells,
        rows=pl.Series("row", records.rows, dtype=pl.Int64),
        misfits=records.misfits,
        # The line end of the last record is no empty row, and rows above the header are not data.
        blank=tuple(row for row in records.blank if row > records.header_row),
        bad_cells=(),
        notes=tuple(notes),
        is_1904=False,
    )


def _looks_binary(data: bytes) -> bool:
    """Return whether the start of the file is full of bytes that no text has; few are told by cell."""
    start = data[:4000]
    strange = len(start) - len(start.translate(None, _CONTROL_BYTES.replace(b"\0", b"")))
    return strange > len(start) // 10


def _choose_sheet(
    sheets: Sequence[xlsx.Sheet], file: str, titles: Collection[str], wanted: str | None
) -> _Grid:
    filled = [entry for entry in sheets if not entry.is_empty]
    if not filled:
        raise MandeError([file_problem(F_EMPTY, file)])
    names = ", ".join(entry.name for entry in filled)
    if wanted is not None:
        chosen = [entry for entry in filled if normal_title(entry.name) == normal_title(wanted)]
    else:
        scores = {entry.name: _matches(_first_line(entry)[1], titles) for entry in filled}
        best = max(scores.values())
        chosen = [entry for entry in filled if scores[entry.name] == best]
    if len(chosen) != 1:
        found = wanted if wanted is not None else names
        raise MandeError([file_problem(L_SHEET, file, found=found, known=names)])
    notes = []
    if len(filled) > 1:
        others = ", ".join(entry.name for entry in filled if entry is not chosen[0])
        notes.append(note(L_SHEET_USED, Place(file=file, sheet=chosen[0].name), found=others))
    return _sheet_grid(chosen[0], file, notes)


def _first_line(sheet: xlsx.Sheet) -> tuple[int, list[str]]:
    """Return the index and the cells of the first line that is not blank."""
    return next((index, line) for index, line in enumerate(sheet.lines) if any(line))


def _matches(line: Sequence[str], titles: Collection[str]) -> int:
    return len({normal_title(cell) for cell in line} & set(titles))


def _sheet_grid(sheet: xlsx.Sheet, file: str, notes: list[Problem]) -> _Grid:
    top, header = _first_line(sheet)
    indices = [i for i in range(top + 1, len(sheet.lines)) if any(sheet.lines[i])]
    bad_rows = {cell.row for cell in sheet.scan.bad_cells}
    kept = sorted({*indices, *(row - 1 for row in bad_rows if top + 1 < row <= len(sheet.lines))})
    blank = set(range(top + 2, (kept[-1] if kept else top) + 1)) - {i + 1 for i in kept}
    place = Place(file=file, sheet=sheet.name)
    if sheet.scan.hidden_rows or sheet.scan.n_hidden_columns:
        rows = [row for row in sheet.scan.hidden_rows if row <= len(sheet.lines)]
        found: Values = {"rows": len(rows), "columns": sheet.scan.n_hidden_columns, "list": row_list(rows)}
        if rows or sheet.scan.n_hidden_columns:
            notes.append(note(L_HIDDEN, place, **found))
    n_worked = sheet.scan.n_formulas - sum(cell.kind == "formula" for cell in sheet.scan.bad_cells)
    if n_worked > 0:
        notes.append(note(L_FORMULA, place, found=n_worked))
    return _Grid(
        sheet=sheet.name,
        format="xlsx",
        header=tuple(header),
        header_row=top + 1,
        cells=xlsx.as_frame([sheet.lines[i] for i in kept], range(len(header))),
        rows=pl.Series("row", [i + 1 for i in kept], dtype=pl.Int64),
        misfits={},
        blank=tuple(sorted(blank)),
        bad_cells=tuple(sheet.scan.bad_cells),
        notes=tuple(notes),
        is_1904=sheet.is_1904,
    )


def _take_header(grid: _Grid, file: str, titles: Collection[str], sha256: str, data: bytes) -> RawTable:
    _check_top(grid, file, titles)
    header = [title.strip(SPACES) for title in grid.header]
    cells, rows, blank = _drop_blank_rows(grid)
    misfits, rows_problems = _sort_misfits(grid, file, header)
    cells, rows = _join_trimmed(cells, rows, misfits, len(header))
    positions = [i for i, title in enumerate(header) if title or _is_filled(cells, misfits, i)]
    _check_titles(header, positions, file, grid)
    if not cells.height and not misfits:
        raise MandeError([file_problem(F_EMPTY, file, sheet=grid.sheet)])
    columns = tuple(header[i] for i in positions)
    chosen = cells.select(pl.col(f"c{i}").alias(f"c{new}") for new, i in enumerate(positions))
    notes = list(grid.notes)
    if blank:
        notes.append(
            note(C_BLANKROW, Place(file=file, sheet=grid.sheet), found=len(blank), rows=row_list(blank))
        )
    has_control = grid.format == "xlsx" or len(data.translate(None, _CONTROL_BYTES)) != len(data)
    control = _control_cells(chosen, rows, columns, file, grid.sheet) if has_control else []
    return RawTable(
        file=file,
        sheet=grid.sheet,
        format=grid.format,
        header_row=grid.header_row,
        columns=columns,
        positions=tuple(positions),
        cells=chosen,
        rows=rows,
        sha256=sha256,
        misfits=MappingProxyType(misfits),
        bad_cells=tuple(cell for cell in grid.bad_cells if cell.row > grid.header_row),
        problems=(*notes, *rows_problems, *control),
        n_blank_rows=len(blank),
        is_1904=grid.is_1904,
    )


def _check_top(grid: _Grid, file: str, titles: Collection[str]) -> None:
    """Refuse a file whose titles stand further down, and say where."""
    on_top = _matches(grid.header, titles)
    lines: list[tuple[int, Sequence[str]]] = list(
        zip(grid.rows.head(_HEADER_DEPTH).to_list(), grid.cells.head(_HEADER_DEPTH).rows(), strict=True)
    )
    # In a CSV file a narrow title row makes the true header a row that is too long.
    lines += list(itertools.islice(grid.misfits.items(), _HEADER_DEPTH))
    best_row, best = max(
        ((row, _matches(line, titles)) for row, line in lines), key=lambda e: e[1], default=(0, 0)
    )
    if best > on_top and best >= 2:
        raise MandeError(
            [
                file_problem(
                    H_NOTTOP, file, sheet=grid.sheet, row=best_row, found=best_row, top=grid.header_row
                )
            ]
        )


def _check_titles(header: Sequence[str], positions: Sequence[int], file: str, grid: _Grid) -> None:
    problems = []
    places: dict[str, list[int]] = {}
    for position in positions:
        title = header[position]
        if title:
            places.setdefault(normal_title(title), []).append(position)
        else:
            problems.append(
                file_problem(H_EMPTY, file, sheet=grid.sheet, row=grid.header_row, found=letter(position))
            )
    for where in places.values():
        if len(where) > 1:
            found = ", ".join(letter(position) for position in where)
            title = header[where[0]]
            problems.append(
                file_problem(
                    H_DUP, file, sheet=grid.sheet, row=grid.header_row, column=title, found=found, title=title
                )
            )
    if problems:
        raise MandeError(problems)


def _drop_blank_rows(grid: _Grid) -> tuple[pl.DataFrame, pl.Series, list[int]]:
    if not grid.cells.width:
        return grid.cells, grid.rows, list(grid.blank)
    has_value = _has_value(grid.cells)
    bad = pl.Series([cell.row for cell in grid.bad_cells], dtype=pl.Int64)
    keep = has_value | grid.rows.is_in(bad.implode())
    blank = [*grid.blank, *grid.rows.filter(~keep).to_list()]
    # Empty rows below the last filled one are no gap in the data: nobody needs to hear of them.
    last = max([0, *grid.rows.filter(keep).tail(1).to_list(), *grid.misfits])
    return grid.cells.filter(keep), grid.rows.filter(keep), sorted(row for row in blank if row < last)


def _has_value(cells: pl.DataFrame) -> pl.Series:
    """Return which rows hold more than spaces; only rows with a blank first cell need a second look."""
    suspect = cells["c0"].str.strip_chars(SPACES) == ""
    filled = cells.filter(suspect).select(pl.any_horizontal(pl.all().str.strip_chars(SPACES) != ""))
    indices = suspect.arg_true().filter(~filled.to_series())
    everything = pl.Series([True]).new_from_index(0, cells.height)
    return everything.scatter(indices, False) if len(indices) else everything


def _sort_misfits(
    grid: _Grid, file: str, header: Sequence[str]
) -> tuple[dict[int, tuple[str, ...]], list[Problem]]:
    """Return the rows that do not fit the header, and a problem for each that is truly off.

    Surplus cells that are empty are trailing separators, which Excel writes for columns without a
    title: they are cut off, and the row keeps its place in `misfits` until it is joined again.
    """
    misfits, problems = {}, []
    for row, cells in grid.misfits.items():
        surplus = cells[len(header) :]
        if not any(cell.strip(SPACES) for cell in cells):
            continue
        misfits[row] = cells
        if len(cells) > len(header) and not any(cell.strip(SPACES) for cell in surplus):
            continue
        code = C_LONG if len(cells) > len(header) else C_SHORT
        problems.append(
            file_problem(code, file, sheet=grid.sheet, row=row, found=len(cells), expected=len(header))
        )
    return misfits, problems


def _join_trimmed(
    cells: pl.DataFrame, rows: pl.Series, misfits: dict[int, tuple[str, ...]], width: int
) -> tuple[pl.DataFrame, pl.Series]:
    """Put rows that only had empty cells too many back among the others."""
    trimmed = {
        row: line[:width]
        for row, line in misfits.items()
        if len(line) > width and not any(cell.strip(SPACES) for cell in line[width:])
    }
    if not trimmed:
        return cells, rows
    for row in trimmed:
        del misfits[row]
    more = xlsx.as_frame(list(trimmed.values()), range(width))
    all_rows = pl.concat([rows, pl.Series("row", list(trimmed), dtype=pl.Int64)])
    order = all_rows.arg_sort()
    return pl.concat([cells, more])[order], all_rows[order]


def _is_filled(cells: pl.DataFrame, misfits: Mapping[int, Sequence[str]], position: int) -> bool:
    if any(position < len(line) and line[position].strip(SPACES) for line in misfits.values()):
        return True
    return bool(cells.width and (cells[f"c{position}"].str.strip_chars(SPACES) != "").any())


def _control_cells(
    cells: pl.DataFrame, rows: pl.Series, columns: Sequence[str], file: str, sheet: str
) -> list[Problem]:
    problems = []
    for index, title in enumerate(columns):
        marked = cells[f"c{index}"].str.contains(_CONTROL)
        for row in rows.filter(marked).head(1000).to_list():
            place = Place(file=file, sheet=sheet, row=row, column=title)
            problems.append(Problem(E_NUL, place, {"found": title}, Severity.ERROR))
    return problems
