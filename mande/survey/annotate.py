"""An annotated copy of an upload: what to do, every problem listed, every faulty cell marked where it stands.

An Excel workbook is marked as it is: nothing else in it changes (see `annotate_original`). Of any other file
a workbook is written in which rows keep their numbers and columns their letters; numbers and dates stay what
they are, and text stays text: a cell that begins like a formula is inert.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from mande.errors import Language, Problem, Severity, Text
from mande.survey.annotate_original import sheet_names, with_marks
from mande.survey.annotate_steps import write_steps
from mande.survey.annotate_words import HEADER, LISTING, STEPS, TABLE
from mande.survey.grid import BadCell, RawTable
from mande.survey.steps import KINDS
from mande.survey.verdict import Verdict
from mande.workspace import write_atomic

MAX_COMMENTS = 2_000
MAX_LISTED = 20_000
MAX_MARKED = 100_000  # rows; of a workbook with more faulty rows the first are marked
MAX_CELLS = 400_000  # above, only rows with problems are copied: the copy is made in seconds, not minutes
_EXCEL_ROWS = 1_048_576
_EXCEL_TEXT = 32_767
_NOT_XML = re.compile("[\ufffe\uffff]")
_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\]")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})|-?(?:0|[1-9]\d{0,7})\.\d{0,5}[1-9]")
"""Texts that a number of a workbook shows again exactly so."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
_RANK = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.QUESTION: 2, Severity.ERROR: 3}

_DATA = Text("Data", "Données", "Datos")
_IN_SHEET = Text("Sheet", "Feuille", "Hoja")
_WIDTHS = (10, 8, 7, 18, 28, 24, 44, 32, 60, 14)
_ONLY_FAULTY = Text(
    "The file is large: only rows with problems are shown, at their own row numbers.",
    "Le fichier est grand : seules les lignes à problèmes sont montrées, à leur numéro.",
    "El archivo es grande: solo se muestran las filas con problemas, en su número.",
)
_MORE = Text(
    "{n} more problems are not listed here; `mande validate --json` lists all.",
    "{n} autres problèmes ne sont pas listés ici ; `mande validate --json` les liste tous.",
    "{n} problemas más no se listan aquí; `mande validate --json` los lista todos.",
)


@dataclass(frozen=True, slots=True)
class _Copy:
    """One table of the workbook: its verdict, its cells, and the sheet they are copied to."""

    verdict: Verdict
    raw: RawTable
    sheet: str
    is_own: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every row is there, not only those with problems."""
        return self.is_own or self.raw.cells.height * len(self.raw.columns) <= MAX_CELLS


def write_annotated(
    verdict: Verdict | Sequence[Verdict],
    path: Path,
    *,
    source: Path | None = None,
    language: Language = "en",
) -> Path | None:
    """Write a workbook with what to do, the list of problems and a marked copy of the rows.

    Parameters
    ----------
    verdict
        The verdict on the upload; several where a workbook holds several tables.
    path
        Where to write; an existing file is replaced. The copy holds what the upload holds, personal
        data included, and is readable by its owner alone.
    source
        The upload itself: an Excel workbook keeps all that it holds, and is marked in place.
    language
        Language of the list and of the comments.

    Returns
    -------
    `path`, or None where nothing could be read as a table: then there is nothing to mark.
    """
    verdicts = [verdict] if isinstance(verdict, Verdict) else list(verdict)
    original = _original(verdicts, source)
    copies = _copies(verdicts, language)
    if not copies:
        return None
    data = None
    if original is not None:
        own = [replace(copy, sheet=copy.raw.sheet, is_own=True) for copy in copies]
        there = _workbook(own, sheet_names(original), language)
        data = with_marks(original, there, [copy.sheet for copy in own])
    write_atomic(path, data or _workbook(copies, [], language), private=True)
    return path


def _original(verdicts: Sequence[Verdict], source: Path | None) -> bytes | None:
    """Return the bytes of the workbook that was checked, where it is one that can be marked."""
    is_excel = all(verdict.raw is not None and verdict.raw.format == "xlsx" for verdict in verdicts)
    if source is None or not verdicts or not is_excel:
        return None
    data = source.read_bytes()
    return data if hashlib.sha256(data).hexdigest() == verdicts[0].sha256 else None


def _workbook(copies: Sequence[_Copy], there: Sequence[str], language: Language) -> bytes:
    """Return the workbook of the copies; of those that are marked in place only what is added to them.

    `there` are the sheets of the original: the new ones are named otherwise.
    """
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    taken = {name.casefold() for name in there}
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        todo = book.add_worksheet(_sheet_name(STEPS.in_(language), taken))
        listing = book.add_worksheet(_sheet_name(LISTING.in_(language), taken))
        formats = _formats(book)
        write_steps(todo, [(copy.verdict, copy.sheet) for copy in copies], formats, language)
        _write_list(listing, copies, formats, language)
        for number, copy in enumerate(copies):
            data = book.add_worksheet(f"marks {number}" if copy.is_own else copy.sheet)
            if copy.is_own:
                marks = _first_rows(_marks(copy.verdict, copy.raw), MAX_MARKED)
                _write_marks(data, marks, None, formats, copy.verdict, language)
            else:
                _write_data(data, copy.verdict, copy.raw, formats, language, is_whole=copy.is_whole)
    return buffer.getvalue()


def _copies(verdicts: Sequence[Verdict], language: Language) -> list[_Copy]:
    taken = {LISTING.in_(language).casefold(), STEPS.in_(language).casefold(), "history"}
    copies = []
    for verdict in verdicts:
        for part in verdict.split():
            if part.raw is not None:
                several = verdict.table_name if len(verdicts) > 1 else ""
                name = _sheet_name(part.raw.sheet or several or _DATA.in_(language), taken)
                taken.add(name.casefold())
                copies.append(_Copy(part, part.raw, name))
    return copies


def _sheet_name(name: str, taken: Collection[str]) -> str:
    clean = _NOT_IN_NAME.sub("_", name).strip("'")[:31] or "Data"
    numbered = (clean, *(f"{clean[:28]} {number}" for number in range(2, 1000)))
    return next(candidate for candidate in numbered if candidate.casefold() not in taken)


def _formats(book: Any) -> dict[str, Any]:
    """Return cell formats; errors are red and bold, warnings yellow and italic: not by colour alone."""
    looks = {
        "header": book.add_format({"bold": True, "bg_color": "#DDE3EA", "bottom": 1, "text_wrap": True}),
        "link": book.add_format({"font_color": "#0B5394", "underline": 1, "valign": "top"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "error": book.add_format(
            {"bg_color": "#F4B6B6", "bold": True, "valign": "top", "border": 2, "border_color": "#B00020"}
        ),
        "question": book.add_format({"bg_color": "#CFE2F3", "italic": True, "valign": "top", "border": 5}),
        "warning": book.add_format({"bg_color": "#FFE699", "italic": True, "valign": "top", "border": 4}),
        "note": book.add_format({"valign": "top", "border": 4}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "title": book.add_format({"bold": True, "font_size": 16, "valign": "top", "text_wrap": True}),
        "heading": book.add_format({"bold": True, "font_size": 12, "valign": "top"}),
        "step": book.add_format({"text_wrap": True, "valign": "top", "font_size": 12, "indent": 1}),
        "number": book.add_format({"bold": True, "valign": "top", "font_size": 12, "align": "center"}),
        "quiet": book.add_format({"font_color": "#52606D", "text_wrap": True, "valign": "top"}),
    }
    return looks | _dated(book)


def _dated(book: Any) -> dict[str, Any]:
    """Return the looks of marked dates: the colour and border of the mark, and a day."""
    day = {"num_format": "yyyy-mm-dd", "valign": "top"}
    return {
        "date error": book.add_format({"bg_color": "#F4B6B6", "bold": True, "border": 2, **day}),
        "date question": book.add_format({"bg_color": "#CFE2F3", "italic": True, "border": 5, **day}),
        "date warning": book.add_format({"bg_color": "#FFE699", "italic": True, "border": 4, **day}),
        "date note": book.add_format({"border": 4, **day}),
    }


def _safe(text: str) -> str:
    return _NOT_XML.sub("?", text)[:_EXCEL_TEXT]


def _write_list(sheet: Any, copies: Sequence[_Copy], formats: Mapping[str, Any], language: Language) -> None:
    header = HEADER if len(copies) == 1 else {"table": TABLE, "sheet": _IN_SHEET, **HEADER}
    widths = _WIDTHS if len(copies) == 1 else (18, 18, *_WIDTHS)
    for column, (title, width) in enumerate(zip(header.values(), widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title.in_(language), formats["header"])
    pairs = [(copy, problem) for copy in copies for problem in copy.verdict.problems]
    pairs.sort(key=lambda pair: -_RANK[pair[1].severity])
    for line, (copy, problem) in enumerate(pairs[:MAX_LISTED], start=1):
        _write_line(sheet, line, copy, problem, list(header), formats, language)
    last = min(len(pairs), MAX_LISTED)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(last, 1), len(header) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    remarks = [] if all(copy.is_whole for copy in copies) else [_ONLY_FAULTY.in_(language)]
    if len(pairs) > MAX_LISTED:
        remarks.append(_MORE.in_(language).format(n=len(pairs) - MAX_LISTED))
    for offset, remark in enumerate(remarks):
        sheet.write_string(last + 2 + offset, 0, remark)


def _write_line(
    sheet: Any,
    line: int,
    copy: _Copy,
    problem: Problem,
    keys: Sequence[str],
    formats: Mapping[str, Any],
    language: Language,
) -> None:
    verdict = copy.verdict
    record = verdict.worded(problem, language).as_record(language) | {"cell": verdict.cell(problem)}
    record |= {"severity": KINDS[problem.severity].in_(language), "table": verdict.table_name}
    quoted = copy.sheet.replace("'", "''")
    for column, key in enumerate(keys):
        value = record[key]
        if key == "row" and isinstance(value, int):
            sheet.write_number(line, column, value, formats["wrap"])
        elif key == "cell" and value:
            sheet.write_url(line, column, f"internal:'{quoted}'!{value}", formats["link"], str(value))
        else:
            sheet.write_string(line, column, _safe(str(value or "")), formats["wrap"])


def _write_data(
    sheet: Any,
    verdict: Verdict,
    raw: RawTable,
    formats: Mapping[str, Any],
    language: Language,
    *,
    is_whole: bool,
) -> None:
    marks = _marks(verdict, raw)
    if not is_whole:
        marks = _first_rows(marks, MAX_CELLS // max(len(raw.columns), 1))
    for title, position in zip(raw.columns, raw.positions, strict=True):
        sheet.write_string(raw.header_row - 1, position, _safe(title), formats["header"])
    rows = {row for row, _ in marks}
    for row, cells in _lines(raw, None if is_whole else rows):
        if row > _EXCEL_ROWS:
            continue
        for position, text in cells:
            if text:
                _write_cell(sheet, row, position, text, raw, formats)
    for cell in raw.bad_cells:
        _write_bad(sheet, cell)
    for row in raw.hidden_rows:
        sheet.set_row(row - 1, None, None, {"hidden": True})
    for position in raw.hidden_columns:
        sheet.set_column(position, position, None, None, {"hidden": True})
    _write_marks(sheet, marks, raw, formats, verdict, language)
    sheet.freeze_panes(raw.header_row, 0)
    last = max([raw.header_row, *raw.rows.tail(1).to_list(), *raw.misfits])
    sheet.autofilter(raw.header_row - 1, 0, min(last, _EXCEL_ROWS) - 1, max(raw.positions, default=0))


def _write_cell(
    sheet: Any, row: int, position: int, text: str, raw: RawTable, formats: Mapping[str, Any], mark: str = ""
) -> None:
    """Write a cell as what it is: a number (or a workbook's date) where it reads as the same text again."""
    style = formats[mark] if mark else None
    if _NUMBER.fullmatch(text):
        sheet.write_number(row - 1, position, float(text), style)
    elif raw.is_workbook and _DAY.fullmatch(text) and text >= "1900-03-01":
        day = dt.date.fromisoformat(text)
        sheet.write_datetime(row - 1, position, day, formats[f"date {mark}".strip()])
    else:
        sheet.write_string(row - 1, position, _safe(text), style)


def _write_bad(sheet: Any, cell: BadCell) -> None:
    """Write a cell that shows an error, or a formula without result, as such a one."""
    text = cell.text if cell.text in _ERRORS else "#N/A"
    sheet.write_formula(cell.row - 1, cell.position, f"={text}", None, text if cell.kind == "error" else "")


def _lines(raw: RawTable, wanted: set[int] | None) -> Iterable[tuple[int, Iterable[tuple[int, str]]]]:
    """Yield row numbers with their cells as (column, safe text); `wanted` rows only, where given."""
    cells, rows = raw.cells, raw.rows
    if wanted is not None:
        keep = rows.is_in(pl.Series(sorted(wanted), dtype=pl.Int64).implode())
        cells, rows = cells.filter(keep), rows.filter(keep)
    safe = cells.with_columns(pl.all().str.replace_all(_NOT_XML.pattern, "?").str.slice(0, _EXCEL_TEXT))
    for row, texts in zip(rows.to_list(), safe.iter_rows(), strict=True):
        yield row, zip(raw.positions, texts, strict=True)
    for row, line in raw.aside.items():
        yield row, zip(raw.positions, map(_safe, line), strict=True)
    for row, line in raw.misfits.items():
        yield row, enumerate(map(_safe, line))


def _marks(verdict: Verdict, raw: RawTable) -> dict[tuple[int, int], list[Problem]]:
    """Return the problems by cell (row as in Excel, column from 0); of a whole row, by its first cell."""
    position = dict(zip(raw.columns, raw.positions, strict=True))
    marks: dict[tuple[int, int], list[Problem]] = {}
    for problem in verdict.problems:
        place = problem.place
        if place.file not in ("", raw.file):
            continue  # a line of the correction log is no row of the upload
        row = place.row if place.row is not None else raw.header_row
        column = position.get(place.column, min(raw.positions, default=0))
        if place.row is not None or place.column in position:
            for at in dict.fromkeys(
                (column, *(position[title] for title in problem.also if title in position))
            ):
                marks.setdefault((row, at), []).append(problem)
    return marks


def _first_rows(
    marks: Mapping[tuple[int, int], list[Problem]], limit: int
) -> dict[tuple[int, int], list[Problem]]:
    """Return the marks of so many rows, those with errors before those with warnings."""
    worst: dict[int, int] = {}
    for (row, _), problems in marks.items():
        worst[row] = max(worst.get(row, 0), *(_RANK[problem.severity] for problem in problems))
    rows = set(sorted(worst, key=lambda row: (-worst[row], row))[:limit])
    return {place: problems for place, problems in marks.items() if place[0] in rows}


def _write_marks(
    sheet: Any,
    marks: Mapping[tuple[int, int], list[Problem]],
    raw: RawTable | None,
    formats: Mapping[str, Any],
    verdict: Verdict,
    language: Language,
) -> None:
    """Write the marked cells with their comments; without `raw` only how they look."""
    content = {} if raw is None else _content(raw)
    bad = set() if raw is None else {(cell.row, cell.position) for cell in raw.bad_cells}
    ranked = sorted(marks.items(), key=lambda entry: -max(_RANK[p.severity] for p in entry[1]))
    for number, ((row, column), problems) in enumerate(ranked):
        if row > _EXCEL_ROWS:
            continue
        worst = max(problems, key=lambda problem: _RANK[problem.severity]).severity.value
        text = content.get(row, {}).get(column, "")
        if raw is not None and text and row == raw.header_row:
            sheet.write_string(row - 1, column, _safe(text), formats[worst])
        elif raw is not None and text:
            _write_cell(sheet, row, column, text, raw, formats, worst)
        elif (row, column) not in bad:
            sheet.write_blank(row - 1, column, None, formats[worst])
        if number < MAX_COMMENTS:
            sheet.write_comment(row - 1, column, _comment(problems, verdict, language), _COMMENT)


def _content(raw: RawTable) -> dict[int, Mapping[int, str]]:
    """Return the text of each row by column."""
    found: dict[int, Mapping[int, str]] = {row: dict(cells) for row, cells in _lines(raw, None)}
    return found | {raw.header_row: dict(zip(raw.positions, raw.columns, strict=True))}


_COMMENT = {"x_scale": 2.4, "y_scale": 1.6, "author": "mande"}


def _comment(problems: Sequence[Problem], verdict: Verdict, language: Language) -> str:
    parts = []
    for problem in problems[:5]:
        worded = verdict.worded(problem, language)
        kind = KINDS[problem.severity].in_(language)
        lines = [f"{kind}: {worded.summary(language)} [{problem.code.id}]", worded.expected(language)]
        parts.append("\n".join(line for line in (*lines, worded.fix(language)) if line))
    return _safe("\n\n".join(parts))[:2000]
