"""Letters that an earlier conversion spoiled: read twice ('JosÃ©' for 'José'), or lost."""

from __future__ import annotations

import polars as pl

from mande.errors import Ask, Option, Problem, Text
from mande.survey.read_codes import E_LOST, E_MOJIBAKE
from mande.survey.readers.contract import Reading, question, used, warning

_TWICE = "\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00c2[\u0080-\u00bf]|\u00e2\u20ac|\u00c5[\u0080-\u00bf\u0152-\u2122]"
_LOST = "\ufffd"
_HIDDEN = Text("(hidden)", "(masqué)", "(oculto)")
_OPTIONS = (
    Option("repair", Text("repair the letters", "réparer les lettres", "reparar las letras")),
    Option(
        "keep",
        Text("leave them: they are right", "les laisser : elles sont justes", "dejarlas: son correctas"),
    ),
)


def spoiled_columns(cells: pl.DataFrame) -> list[int]:
    """Return the indices of the columns in which a letter looks spoiled."""
    if not cells.width:
        return []
    found = cells.select(pl.all().str.contains(f"{_TWICE}|{_LOST}").any()).row(0)
    return [index for index, is_spoiled in enumerate(found) if is_spoiled]


def mend_letters(
    cells: pl.DataFrame, rows: pl.Series, columns: tuple[str, ...], sheet: str, reading: Reading
) -> tuple[pl.DataFrame, list[Problem]]:
    """Return the cells, repaired where that was answered, and the questions and warnings about them.

    Only a text that becomes valid UTF-8 when the needless conversion is undone can be repaired.
    """
    problems: list[Problem] = []
    for index in spoiled_columns(cells):
        column, title = cells[f"c{index}"], columns[index]
        repaired = {
            text: better
            for text in column.filter(column.str.contains(_TWICE)).unique(maintain_order=True).to_list()
            if (better := undo(text)) != text
        }
        if repaired:
            mask = column.is_in(list(repaired))
            place = reading.place(sheet=sheet, row=int(rows[int(mask.arg_max() or 0)]), column=title)
            ask = Ask(table=reading.table, column=title, options=_OPTIONS)
            given = reading.answer(E_MOJIBAKE, ask)
            if given == "repair":
                mended = column.replace_strict(list(repaired), list(repaired.values()), default=column)
                cells = cells.with_columns(mended.alias(f"c{index}"))
            if given is None:
                before, after = next(iter(repaired.items()))
                found = Text(f"{before[:40]} -> {after[:40]}") if reading.is_open(title) else _HIDDEN
                count = int(mask.sum())
                problems.append(question(E_MOJIBAKE, place, ask, found=found, count=count))
            else:
                problems.append(used(E_MOJIBAKE, given, place))
        lost = column.str.contains(_LOST, literal=True)
        if lost.any():
            place = reading.place(sheet=sheet, row=int(rows[int(lost.arg_max() or 0)]), column=title)
            problems.append(warning(E_LOST, place, count=int(lost.sum())))
    return cells, problems


def undo(text: str) -> str:
    """Return the text as it was before its UTF-8 was taken for Windows-1252, or the text itself.

    Examples
    --------
    >>> undo("JosÃ©"), undo("Ã la carte")
    ('José', 'Ã la carte')
    """
    data = bytearray()
    for character in text:
        try:
            data += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:  # of the five bytes the code page leaves out
                return text
            data.append(ord(character))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return text
