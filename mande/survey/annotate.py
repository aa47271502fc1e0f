"""An annotated copy of an upload: what to do, every problem listed, every faulty cell marked where it stands.

Rows keep their numbers and columns their letters, so that what the list says can be looked up in the
user's own file. Everything is written as text: a cell that begins like a formula stays inert.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from mande.errors import Language, Problem, Severity, Text
from mande.survey.annotate_steps import write_steps
from mande.survey.grid import RawTable
from mande.survey.steps import KINDS
from mande.survey.verdict import Verdict
from mande.workspace import write_atomic

MAX_COMMENTS = 2_000
MAX_LISTED = 20_000
MAX_CELLS = 400_000  # above, only rows with problems are copied: the copy is made in seconds, not minutes
_EXCEL_ROWS = 1_048_576
_EXCEL_TEXT = 32_767
_NOT_XML = re.compile("[\ufffe\uffff]")
_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\]")
_RANK = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.QUESTION: 2, Severity.ERROR: 3}

_SHEET = Text("Problems", "Problèmes", "Problemas")
_DATA = Text("Data", "Données", "Datos")
_STEPS = Text("What to do", "Que faire", "Qué hacer")
_HEADER = {
    "severity": Text("Kind", "Genre", "Clase"),
    "cell": Text("Cell", "Cellule", "Celda"),
    "row": Text("Row", "Ligne", "Fila"),
    "column": Text("Column", "Colonne", "Columna"),
    "question": Text("Question", "Question", "Pregunta"),
    "value": Text("Found", "Trouvé", "Hallado"),
    "message": Text("What is wrong", "Ce qui ne va pas", "Qué está mal"),
    "expected": Text("Expected", "Attendu", "Esperado"),
    "fix": Text("How to fix", "Comment corriger", "Cómo corregir"),
    "code": Text("Code", "Code", "Código"),
}
_IN_SHEET = Text("Sheet", "Feuille", "Hoja")
_TABLE = Text("Table", "Table", "Tabla")
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

    @property
    def is_whole(self) -> bool:
        """Whether every row is copied, not only those with problems."""
        return self.raw.cells.height * len(self.raw.columns) <= MAX_CELLS


def write_annotated(
    verdict: Verdict | Sequence[Verdict], path: Path, *, language: Language = "en"
) -> Path | None:
    """Write a workbook with what to do, the list of problems and a marked copy of the rows.

    Parameters
    ----------
    verdict
        The verdict on the upload; several where a workbook holds several tables.
    path
        Where to write; an existing file is replaced. The copy holds what the upload holds, personal
        data included, and is readable by its owner alone.
    language
        Language of the list and of the comments.

    Returns
    -------
    `path`, or None where nothing could be read as a table: then there is nothing to mark.
    """
    verdicts = [verdict] if isinstance(verdict, Verdict) else list(verdict)
    copies = _copies(verdicts, language)
    if not copies:
        return None
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        todo = book.add_worksheet(_STEPS.in_(language))
        listing = book.add_worksheet(_SHEET.in_(language))
        formats = _formats(book)
        write_steps(todo, [(copy.verdict, copy.sheet) for copy in copies], formats, language)
        _write_list(listing, copies, formats, language)
        for copy in copies:
            data = book.add_worksheet(copy.sheet)
            _write_data(data, copy.verdict, copy.raw, formats, language, is_whole=copy.is_whole)
    write_atomic(path, buffer.getvalue(), private=True)
    return path


def _copies(verdicts: Sequence[Verdict], language: Language) -> list[_Copy]:
    taken = {_SHEET.in_(language).casefold(), _STEPS.in_(language).casefold(), "history"}
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
    return {
        "header": book.add_format({"bold": True, "bg_color": "#DDE3EA", "bottom": 1, "text_wrap": True}),
        "link": book.add_format({"font_color": "#0B5394", "underline": 1, "valign": "top"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "error": book.add_format(
            {"bg_color": "#F4B6B6", "bold": True, "valign": "top", "border": 2, "border_color": "#B00020"}
        ),
        "question": book.add_format({"bg_color": "#CFE2F3", "italic": True, "valign": "top", "border": 5}),
        "warning": book.add_format({"bg_color": "#FFE699", "italic": True, "valign": "top", "border": 4}),
        "note": book.add_format({"valign": "top", "border": 4}),
        "title": book.add_format({"bold": True, "font_size": 16, "valign": "top", "text_wrap": True}),
        "heading": book.add_format({"bold": True, "font_size": 12, "valign": "top"}),
        "step": book.add_format({"text_wrap": True, "valign": "top", "font_size": 12, "indent": 1}),
        "number": book.add_format({"bold": True, "valign": "top", "font_size": 12, "align": "center"}),
        "quiet": book.add_format({"font_color": "#52606D", "text_wrap": True, "valign": "top"}),
    }


def _safe(text: str) -> str:
    return _NOT_XML.sub("?", text)[:_EXCEL_TEXT]


def _write_list(sheet: Any, copies: Sequence[_Copy], formats: Mapping[str, Any], language: Language) -> None:
    header = _HEADER if len(copies) == 1 else {"table": _TABLE, "sheet": _IN_SHEET, **_HEADER}
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
                sheet.write_string(row - 1, position, text)
    _write_marks(sheet, marks, raw, formats, verdict, language)
    sheet.freeze_panes(raw.header_row, 0)
    last = max([raw.header_row, *raw.rows.tail(1).to_list(), *raw.misfits])
    sheet.autofilter(raw.header_row - 1, 0, min(last, _EXCEL_ROWS) - 1, max(raw.positions, default=0))


def _lines(raw: RawTable, wanted: set[int] | None) -> Iterable[tuple[int, Iterable[tuple[int, str]]]]:
    """Yield row numbers with their cells as (column, safe text); `wanted` rows only, where given."""
    cells, rows = raw.cells, raw.rows
    if wanted is not None:
        keep = rows.is_in(pl.Series(sorted(wanted), dtype=pl.Int64).implode())
        cells, rows = cells.filter(keep), rows.filter(keep)
    safe = cells.with_columns(pl.all().str.replace_all(_NOT_XML.pattern, "?").str.slice(0, _EXCEL_TEXT))
    for row, texts in zip(rows.to_list(), safe.iter_rows(), strict=True):
        yield row, zip(raw.positions, texts, strict=True)
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
    raw: RawTable,
    formats: Mapping[str, Any],
    verdict: Verdict,
    language: Language,
) -> None:
    at = {row: index for index, row in enumerate(raw.rows.to_list())}
    titles = dict(zip(raw.positions, raw.columns, strict=True))
    columns = {position: f"c{index}" for index, position in enumerate(raw.positions)}
    ranked = sorted(marks.items(), key=lambda entry: -max(_RANK[p.severity] for p in entry[1]))
    for number, ((row, column), problems) in enumerate(ranked):
        if row > _EXCEL_ROWS:
            continue
        worst = max(problems, key=lambda problem: _RANK[problem.severity])
        style = formats[worst.severity.value]
        if row == raw.header_row:
            text = titles.get(column, "")
        elif row in at:
            text = raw.cells[columns[column]][at[row]]
        else:
            text = raw.misfits.get(row, ("",))[0]
        if text:
            sheet.write_string(row - 1, column, _safe(text), style)
        else:
            sheet.write_blank(row - 1, column, None, style)
        if number < MAX_COMMENTS:
            sheet.write_comment(row - 1, column, _comment(problems, verdict, language), _COMMENT)


_COMMENT = {"x_scale": 2.4, "y_scale": 1.6, "author": "mande"}


def _comment(problems: Sequence[Problem], verdict: Verdict, language: Language) -> str:
    parts = []
    for problem in problems[:5]:
        worded = verdict.worded(problem, language)
        kind = KINDS[problem.severity].in_(language)
        lines = [f"{kind}: {worded.summary(language)} [{problem.code.id}]", worded.expected(language)]
        parts.append("\n".join(line for line in (*lines, worded.fix(language)) if line))
    return _safe("\n\n".join(parts))[:2000]
