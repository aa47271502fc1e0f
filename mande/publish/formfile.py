"""A form as an Excel workbook."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

import xlsxwriter

from mande.publish.formtext import LANGUAGES
from mande.publish.xlsform import Form, Row

_BORN = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - Excel dates have no zone; fixed, so that bytes repeat
_SURVEY = [
    "type", "name", *(f"label::{h}" for h in LANGUAGES.values()), *(f"hint::{h}" for h in LANGUAGES.values()),
    "required", "relevant", "constraint", *(f"constraint_message::{h}" for h in LANGUAGES.values()),
    "calculation",
]  # fmt: skip
_CHOICES = ["list_name", "name", *(f"label::{h}" for h in LANGUAGES.values())]
_WIDE = 40


def workbook(form: Form) -> bytes:
    """Return the XLSForm of a form: sheets survey, choices and settings.

    The same form gives the same bytes.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": _BORN, "title": form.settings["form_title"]})
    bold = book.add_format({"bold": True, "bg_color": "#DDE8F0"})
    group = book.add_format({"bold": True, "bg_color": "#F2F2F2"})
    for name, columns, rows in (
        ("survey", _SURVEY, form.survey),
        ("choices", _CHOICES, form.choices),
        ("settings", list(form.settings), [form.settings]),
    ):
        _sheet(book, name, columns, rows, bold, group)
    book.close()
    return buffer.getvalue()


def _sheet(
    book: xlsxwriter.Workbook, name: str, columns: Sequence[str], rows: Sequence[Row],
    bold: xlsxwriter.format.Format, group: xlsxwriter.format.Format,
) -> None:  # fmt: skip
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 2 if len(columns) > 2 else 0)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, bold)
        wide = column.partition("::")[0] in ("label", "hint", "constraint", "relevant", "form_title")
        sheet.set_column(place, place, _WIDE if wide else _WIDE // 2)
    for number, row in enumerate(rows, start=1):
        marked = group if row.get("type", "").startswith(("begin", "end")) else None
        for place, column in enumerate(columns):
            if row.get(column):
                sheet.write_string(number, place, row[column], marked)
