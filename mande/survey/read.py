"""From an uploaded file to a table of text cells with the row numbers Excel shows.

What keeps the file from being read at all stops the reading with a `MandeError`. Everything else travels
along in `RawTable.problems`: errors of rows and titles, questions that must be answered before the file
is accepted, and notes. While a question is open the likeliest answer is used, so that the cells are
checked in the same go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import polars as pl

from mande.errors import Ask, MandeError, Problem, Severity, Text, about
from mande.survey.annotate_words import without_ours
from mande.survey.grid import SPACES, RawTable, Values, file_problem, letter, normal_title, note, row_list
from mande.survey.header import Header, check_titles, find_header
from mande.survey.layout_codes import L_HIDDEN, L_LEFTOUT, L_MERGED
from mande.survey.letters import mend_letters
from mande.survey.misfits import sort_misfits
from mande.survey.profile import ImportProfile
from mande.survey.read_codes import C_BLANKROW, E_NUL, F_EMPTY, F_HUGE, F_NONE
from mande.survey.readers import read_sheets
from mande.survey.readers.contract import Body, Reading, Sheet, question, used
from mande.survey.sheets import LEAVE_OUT, READ, choose_sheets, stack
from mande.survey.table import LISTED_PER_COLUMN, V_MORE
from mande.survey.totals import set_totals_aside

MAX_BYTES = 500_000_000
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_NOTHING = b"\xef\xbb\xbf\xff\xfe \r\n\t\0"


def read_upload(
    path: Path,
    *,
    expected: Collection[str] = (),
    sheet: str | None = None,
    table: str = "",
    hidden: Collection[str] = (),
    profile: ImportProfile | None = None,
) -> RawTable:
    """Return the cells of an upload as text: of its one table, or of the sheet that holds it.

    Parameters
    ----------
    path
        The upload; its kind is told from its first bytes, not from its name.
    expected
        Titles a column may carry (any case): they choose the sheet among several, and tell where
        the header stands when it is not on top.
    sheet
        Name of the sheet to read; needed only where the choice is not clear.
    table
        The survey table it is read for; questions are asked about it.
    hidden
        Titles of columns whose cells no message may show.
    profile
        Answers to questions asked before.

    Raises
    ------
    MandeError
        All problems that keep the file from being read at all.
    """
    data, reading = _open(path, expected, table, hidden, profile)
    with ThreadPoolExecutor(1) as pool:
        hashed = pool.submit(hashlib.sha256, data)  # while the cells are read
        choice = choose_sheets(without_ours(read_sheets(data, reading)), reading, sheet)
        tables = [_take(entry, header, reading) for entry, header in choice.sheets]
        sha256 = hashed.result().hexdigest()
    raw = tables[0] if len(tables) == 1 else stack(tables)
    told: dict[tuple[object, ...], Problem] = {}
    for problem in (*choice.problems, *raw.problems):
        # Sheets of one file raise the same question: it is asked once.
        key = (problem.code.id, problem.ask, problem.found()) if problem.ask else (id(problem),)
        told.setdefault(key, problem)
    return replace(raw, sha256=sha256, problems=tuple(told.values()))


def read_tables(
    path: Path,
    *,
    expected: Collection[str] = (),
    hidden: Collection[str] = (),
    profile: ImportProfile | None = None,
) -> dict[str, RawTable]:
    """Return every sheet of a workbook, or every CSV file of an archive, as a table of its own, by name.

    Parameters
    ----------
    path
        The upload.
    expected
        Titles that columns of any of the tables may carry.
    hidden
        Titles of columns whose cells no message may show.
    profile
        Answers to questions asked before.

    Raises
    ------
    MandeError
        All problems that keep the file from being read at all.
    """
    data, reading = _open(path, expected, "", hidden, profile)
    sha256 = hashlib.sha256(data).hexdigest()
    filled = [sheet for sheet in without_ours(read_sheets(data, reading)) if sheet.top]
    if not filled:
        raise MandeError([file_problem(F_EMPTY, reading.file)])
    tables = {sheet.name: _take(sheet, find_header(sheet, reading), reading) for sheet in filled}
    return {name: replace(raw, sha256=sha256) for name, raw in tables.items()}


def open_sheets(path: Path) -> list[Sheet]:
    """Return every sheet of a file that holds anything, before a header is looked for.

    Raises
    ------
    MandeError
        All problems that keep the file from being read at all.
    """
    data, reading = _open(path, (), "", (), None)
    return [sheet for sheet in without_ours(read_sheets(data, reading)) if sheet.top]


def first_lines(path: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return the first filled lines of each sheet that holds anything, by name, to tell what it is.

    Raises
    ------
    MandeError
        All problems that keep the file from being read at all.
    """
    return {sheet.name: [line for _, line in sheet.top] for sheet in open_sheets(path)}


def _open(
    path: Path,
    expected: Collection[str],
    table: str,
    hidden: Collection[str],
    profile: ImportProfile | None,
) -> tuple[bytes, Reading]:
    file = path.name
    if not path.is_file():
        raise MandeError([file_problem(F_NONE, file)])
    size = path.stat().st_size
    if size > MAX_BYTES:
        limit = f"{MAX_BYTES // 1_000_000} MB"
        raise MandeError([file_problem(F_HUGE, file, found=f"{size // 1_000_000} MB", expected=limit)])
    data = path.read_bytes()
    if not data[:4096].strip(_NOTHING) and not data.strip(_NOTHING):
        raise MandeError([file_problem(F_EMPTY, file)])
    titles, unseen = (frozenset(map(normal_title, names)) for names in (expected, hidden))
    return data, Reading(file, table, titles, unseen, profile or ImportProfile())


def _take(sheet: Sheet, header: Header, reading: Reading) -> RawTable:
    """Return the table below a sheet's header, of a file not hashed yet."""
    whole = sheet.take(header.row, len(header.titles))
    body, header, hiding = _decide_hidden(whole, header, sheet.name, reading)
    cells, rows, misfits, misfit_problems = sort_misfits(body, header.titles, sheet.name, reading)
    cells, rows, blank = _drop_blank_rows(cells, rows, body, misfits)
    header = _widened(header, cells.width)
    filled = _filled_columns(cells, header, misfits)
    positions, title_problems = check_titles(header, filled, sheet.name, reading)
    if not cells.height and not misfits:
        raise MandeError([*title_problems, file_problem(F_EMPTY, reading.file, sheet=sheet.name)])
    columns = tuple(header.titles[position] for position in positions)
    cells = cells.select(pl.col(f"c{position}").alias(f"c{new}") for new, position in enumerate(positions))
    notes = [*sheet.notes, *header.problems, *body.notes, *hiding, *title_problems]
    if blank:
        place = reading.place(sheet=sheet.name)
        notes.append(note(C_BLANKROW, place, found=len(blank), rows=row_list(blank)))
    everyone = cells, rows
    cells, rows, total = set_totals_aside(cells, rows, positions, sheet.name, reading)
    aside = _left_out(*everyone, rows) | _left_out(whole.cells, whole.rows, body.rows, positions)
    if sheet.may_be_garbled:
        cells, letters = mend_letters(cells, rows, columns, sheet.name, reading)
        notes += letters
    merged = _merged(sheet, rows, positions, columns, reading)
    control = _control_cells(cells, rows, columns, sheet.name, reading) if sheet.may_hold_control else []
    return RawTable(
        file=reading.file,
        sheet=sheet.name,
        format=sheet.format,
        header_row=header.row,
        columns=columns,
        positions=tuple(positions),
        cells=cells,
        rows=rows,
        sha256="",
        misfits=MappingProxyType(misfits),
        bad_cells=body.bad_cells,
        problems=(*notes, *misfit_problems, *total, *control, *merged),
        n_blank_rows=len(blank),
        is_1904=sheet.is_1904,
        labels=body.labels,
        missing=body.missing,
        titles=body.titles,
        aside=MappingProxyType(aside),
        hidden_rows=whole.hidden_rows,
        hidden_columns=whole.hidden_columns,
    )


def _merged(
    sheet: Sheet, rows: pl.Series, positions: Sequence[int], columns: Sequence[str], reading: Reading
) -> list[Problem]:
    """Return the merged cells among the answers: a sheet keeps the value of the first alone."""
    if not sheet.merged or not len(rows):
        return []
    titles, taken = dict(zip(positions, columns, strict=True)), set(rows.to_list())
    problems = []
    for top, left, bottom, right in dict.fromkeys(sheet.merged):
        title = next((titles[at] for at in range(left, right + 1) if at in titles), None)
        # Rows without any answer of their own have been passed over as blank.
        if title is not None and top in taken and (bottom > top or right > left):
            place = reading.place(sheet=sheet.name, row=top, column=title)
            cells = f"{letter(left)}{top}:{letter(right)}{bottom}"
            problems.append(Problem(L_MERGED, place, {"found": cells}))
    return problems


def _left_out(
    cells: pl.DataFrame, rows: pl.Series, kept: pl.Series, positions: Sequence[int] | None = None
) -> dict[int, tuple[str, ...]]:
    """Return the rows that are not kept, by number, with their cells; those at `positions`, where given."""
    if len(rows) == len(kept):
        return {}
    gone = ~rows.is_in(kept.implode())
    lost = cells.filter(gone)
    if positions is not None:
        at = [f"c{place}" for place in positions]
        lost = lost.select((pl.col(name) if name in lost.columns else pl.lit("")).alias(name) for name in at)
    return dict(zip(rows.filter(gone).to_list(), lost.rows(), strict=True))


def _widened(header: Header, width: int) -> Header:
    """Return the header with an empty title for each column beyond its own last one."""
    more = width - len(header.titles)
    if more <= 0:
        return header
    return Header(header.row, (*header.titles, *[""] * more), header.n_known, header.problems)


def _filled_columns(cells: pl.DataFrame, header: Header, misfits: dict[int, tuple[str, ...]]) -> list[int]:
    """Return the columns without a title that hold a value; the others need no look."""
    nameless = [position for position, title in enumerate(header.titles) if not title]
    return [
        position
        for position in nameless
        if (position < cells.width and (cells[f"c{position}"].str.strip_chars(SPACES) != "").any())
        or any(position < len(line) and line[position].strip(SPACES) for line in misfits.values())
    ]


def _decide_hidden(
    body: Body, header: Header, sheet: str, reading: Reading
) -> tuple[Body, Header, list[Problem]]:
    """Return the sheet without its hidden rows and columns where that was answered, and the question."""
    n_rows, n_columns = len(body.hidden_rows), len(body.hidden_columns)
    if not n_rows and not n_columns:
        return body, header, []
    place = reading.place(sheet=sheet)
    listed = _listed(body)
    ask = Ask(table=reading.table, options=(READ, LEAVE_OUT), about=_hidden_content(body))
    given = reading.answer(L_HIDDEN, ask)
    if given is None:
        asked = question(L_HIDDEN, place, ask, rows=n_rows, columns=n_columns, sheets=0, list=listed)
        return body, header, [asked]
    told = used(L_HIDDEN, given, place)
    if given == READ.value:
        return body, header, [told]
    unseen = pl.Series(body.hidden_rows, dtype=pl.Int64).implode()
    keep = ~body.rows.is_in(unseen)
    blanked = [pl.lit("").alias(f"c{column}") for column in body.hidden_columns if column < body.cells.width]
    hidden = set(body.hidden_columns)
    titles = tuple("" if column in hidden else title for column, title in enumerate(header.titles))
    shown = Body(
        cells=body.cells.filter(keep).with_columns(blanked),
        rows=body.rows.filter(keep),
        bad_cells=tuple(
            cell
            for cell in body.bad_cells
            if cell.row not in body.hidden_rows and cell.position not in hidden
        ),
        notes=body.notes,
    )
    left = note(L_LEFTOUT, place, found=listed)
    return shown, Header(header.row, titles, header.n_known, header.problems), [told, left]


def _hidden_content(body: Body) -> str:
    """Return the fingerprint of what is hidden: an answer about it does not hold for another file's."""
    rows = body.cells.filter(body.rows.is_in(pl.Series(body.hidden_rows, dtype=pl.Int64).implode()))
    columns = [body.cells[f"c{c}"].to_list() for c in body.hidden_columns if c < body.cells.width]
    return about([body.hidden_rows, rows.rows(), body.hidden_columns, columns])


def _listed(body: Body) -> Text:
    rows = row_list(list(body.hidden_rows))
    columns = ", ".join(letter(column) for column in body.hidden_columns[:12])
    words = (("rows", "columns"), ("lignes", "colonnes"), ("filas", "columnas"))
    return Text(
        *(
            "; ".join(f"{word} {what}" for word, what in zip(pair, (rows, columns), strict=True) if what)
            for pair in words
        )
    )


def _drop_blank_rows(
    cells: pl.DataFrame, rows: pl.Series, body: Body, misfits: dict[int, tuple[str, ...]]
) -> tuple[pl.DataFrame, pl.Series, list[int]]:
    if not cells.width:
        return cells, rows, list(body.blank)
    keep = _has_value(cells)
    if body.bad_cells:
        keep |= rows.is_in(pl.Series([cell.row for cell in body.bad_cells], dtype=pl.Int64).implode())
    if keep.all() and not body.blank:
        return cells, rows, []
    blank = [*body.blank, *rows.filter(~keep).to_list()]
    # Empty rows below the last filled one are no gap in the data: nobody needs to hear of them.
    last = max([0, *rows.filter(keep).tail(1).to_list(), *misfits])
    return cells.filter(keep), rows.filter(keep), sorted(row for row in blank if row < last)


def _has_value(cells: pl.DataFrame) -> pl.Series:
    """Return which rows hold more than spaces; only rows with a blank first cell need a second look."""
    suspect = (cells["c0"].str.strip_chars(SPACES) == "").arg_true()
    filled = cells[suspect].select(pl.any_horizontal(pl.all().str.strip_chars(SPACES) != ""))
    indices = suspect.filter(~filled.to_series())
    everything = pl.Series([True]).new_from_index(0, cells.height)
    return everything.scatter(indices, False) if len(indices) else everything


def _control_cells(
    cells: pl.DataFrame, rows: pl.Series, columns: Sequence[str], sheet: str, reading: Reading
) -> list[Problem]:
    problems: list[Problem] = []
    if not cells.width:
        return problems
    marked = cells.select(pl.all().str.contains(_CONTROL).any()).row(0)
    for index, title in enumerate(columns):
        if marked[index]:
            where = rows.filter(cells[f"c{index}"].str.contains(_CONTROL))
            for row in where.head(LISTED_PER_COLUMN).to_list():
                place = reading.place(sheet=sheet, row=row, column=title)
                problems.append(Problem(E_NUL, place, {"found": title}, Severity.ERROR))
            if len(where) > LISTED_PER_COLUMN:
                rest: Values = {"found": len(where) - LISTED_PER_COLUMN, "code": E_NUL.id}
                problems.append(Problem(V_MORE, reading.place(sheet=sheet, column=title), rest))
    return problems
