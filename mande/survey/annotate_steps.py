"""The first sheet of an annotated copy: the result, what to do in order, and every cause in a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mande.errors import Language, Severity, Text
from mande.survey.causes import Cause, causes
from mande.survey.present import HEADLINES
from mande.survey.steps import KINDS, Step, steps
from mande.survey.verdict import Verdict

_TODO = Text("What to do", "Que faire", "Qué hacer")
_FOUND = Text("What was found", "Ce qui a été trouvé", "Qué se encontró")
_COLOURS = Text(
    "How cells are marked", "Comment les cellules sont marquées", "Cómo están marcadas las celdas"
)
_HEADER = (
    Text("Kind", "Genre", "Clase"),
    Text("What is wrong", "Ce qui ne va pas", "Qué está mal"),
    Text("Where", "Où", "Dónde"),
    Text("How often", "Combien", "Cuántas veces"),
    Text("First cell", "Première cellule", "Primera celda"),
    Text("How to fix", "Comment corriger", "Cómo corregir"),
)
_WIDTHS = (15, 48, 34, 13, 14, 66)
_HEIGHT = 15  # of a line, in points
_LETTERS = 110  # of a step that fit on one line of the sheet
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_steps(
    sheet: Any, copies: Sequence[tuple[Verdict, str]], formats: Mapping[str, Any], language: Language
) -> None:
    """Write the sheet for verdicts, each with the name of the sheet its cells are copied to."""
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.hide_gridlines(2)
    line = 0
    for verdict, data in copies:
        found = causes(verdict, language)
        headline = HEADLINES[verdict.status].in_(language)
        sheet_read = verdict.raw.sheet if verdict.raw is not None and len(copies) > 1 else ""
        title = f"{verdict.file} ({', '.join(filter(None, (verdict.table_name, sheet_read)))}): {headline}"
        sheet.merge_range(line, 0, line, len(_WIDTHS) - 1, title, formats["title"])
        sheet.set_row(line, 24 * (1 + len(title) // 95))
        line = _write_todo(sheet, line + 2, steps(found, verdict, language), formats, language)
        line = _write_causes(sheet, line + 1, verdict, data, found, formats, language)
        line += 2
    sheet.write_string(line, 0, _COLOURS.in_(language), formats["heading"])
    for offset, severity in enumerate(Severity, start=1):
        sheet.write_string(line + offset, 0, KINDS[severity].in_(language), formats[severity.value])
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_todo(
    sheet: Any, line: int, told: Sequence[Step], formats: Mapping[str, Any], language: Language
) -> int:
    sheet.write_string(line, 0, _TODO.in_(language), formats["heading"])
    for number, step in enumerate(told, start=1):
        line += 1
        sheet.write_number(line, 0, number, formats["number"])
        text = _safe(str(step))
        sheet.merge_range(line, 1, line, len(_WIDTHS) - 1, text, formats["step"])
        sheet.set_row(line, 18 * (1 + len(text) // _LETTERS))
    return line + 1


def _write_causes(
    sheet: Any,
    line: int,
    verdict: Verdict,
    data: str,
    found: Sequence[Cause],
    formats: Mapping[str, Any],
    language: Language,
) -> int:
    if not found:
        return line
    sheet.write_string(line, 0, _FOUND.in_(language), formats["heading"])
    line += 1
    for column, title in enumerate(_HEADER):
        sheet.write_string(line, column, title.in_(language), formats["header"])
    quoted = data.replace("'", "''")
    for cause in found:
        line += 1
        first = cause.first
        sheet.write_string(line, 0, KINDS[cause.severity].in_(language), formats[cause.severity.value])
        texts = {
            1: first.summary(language),
            2: cause.where,
            3: cause.count,
            5: _fix(cause, verdict, language),
        }
        for column, text in texts.items():
            sheet.write_string(line, column, _safe(text), formats["wrap"])
        sheet.set_row(line, _HEIGHT * max(_lines(text, _WIDTHS[column]) for column, text in texts.items()))
        cell = next(filter(None, map(verdict.cell, cause.problems)), "")
        if cell:
            sheet.write_url(line, 4, f"internal:'{quoted}'!{cell}", formats["link"], cell)
    return line + 1


def _fix(cause: Cause, verdict: Verdict, language: Language) -> str:
    told = cause.answers(verdict)
    return "\n".join([cause.first.fix(language), *told])


def _lines(text: str, width: int) -> int:
    """Return about how many lines a text takes in a column so many letters wide."""
    return sum(1 + len(line) // width for line in text.split("\n"))


def _safe(text: str) -> str:
    return _CONTROL.sub("?", text)[:2000]
