"""Rows below or among the data that are no respondents: totals, averages, signatures."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from mande.errors import Ask, Option, Problem, Text, about
from mande.survey.grid import SPACES, letter, note, row_list
from mande.survey.layout_codes import L_LEFTOUT, L_TOTAL
from mande.survey.readers.contract import Reading, question, used

_TITLE_COLUMNS = 3  # a word for a total stands in one of the first columns
_LAST = 4  # rows at the end that are looked at more closely
_WORDS = (
    "(grand |sub-?)?totals?|sum|average|mean|median|count|(sous-)?total|totaux|somme|moyenne|m[eé]diane"
    "|totales|suma|promedio|media|mediana"
)
_TOTAL = rf"(?i)^\s*({_WORDS})\s*:?\s*$"
_IS_TOTAL = re.compile(_TOTAL)
_SIGNED = re.compile(
    r"(?i)signature|signed|supervis|prepared by|checked by|verified by|approved by|^\s*(note|source|nb)s?\s*:"
    r"|^\s*date\s*:|_{4,}|sign[eé] |fait à|v[ée]rifi[ée] par|firma|elaborado|revisado por|fuente\s*:|nota\s*:"
)
_OPTIONS = (
    Option(
        "leave_out",
        Text("leave them out: no respondents", "les laisser de côté", "omitirlas: no son encuestados"),
    ),
    Option(
        "keep",
        Text(
            "keep them: they are respondents",
            "les garder : ce sont des répondants",
            "dejarlas: son encuestados",
        ),
    ),
)
_WORD = Text("a word for a total", "un mot de total", "una palabra de total")
_SIGN = Text("a signature or a remark", "une signature ou une remarque", "una firma o una nota")


def set_totals_aside(
    cells: pl.DataFrame, rows: pl.Series, positions: Sequence[int], sheet: str, reading: Reading
) -> tuple[pl.DataFrame, pl.Series, list[Problem]]:
    """Return the rows of respondents, and the question or note about the others.

    Until it is answered, rows that look like totals are left out, so that they make no errors of their
    own; the file waits for the answer.
    """
    found = dict(_find(cells, positions))
    if not found or len(found) >= cells.height:
        return cells, rows, []
    numbers = [int(rows[index]) for index in sorted(found)]
    place = reading.place(sheet=sheet, row=numbers[0])
    ask = Ask(reading.table, options=_OPTIONS, about=about(cells.row(index) for index in sorted(found)))
    given = reading.answer(L_TOTAL, ask)
    listed = row_list(numbers)
    if given == "keep":
        return cells, rows, [used(L_TOTAL, given, place)]
    keep = ~pl.int_range(cells.height, eager=True).is_in(list(found))
    told = [*dict.fromkeys(found.values())]
    why = Text(*("; ".join(text.in_(lang) for text in told) for lang in ("en", "fr", "es")))
    problems = [question(L_TOTAL, place, ask, found=listed, why=why)]
    if given is not None:
        names = Text(f"rows {listed}", f"lignes {listed}", f"filas {listed}")
        problems = [used(L_TOTAL, given, place), note(L_LEFTOUT, place, found=names)]
    return cells.filter(keep), rows.filter(keep), problems


def _find(cells: pl.DataFrame, positions: Sequence[int]) -> Iterator[tuple[int, Text]]:
    """Yield the rows that are no respondents, by index, with what gives them away."""
    for name in cells.columns[:_TITLE_COLUMNS]:
        # A text of an answer may be 'average'; a total has empty cells before and beside it.
        for index in cells[name].str.contains(_TOTAL).arg_true().to_list():
            line = cells.row(index)
            before = line[: cells.columns.index(name)]
            if not any(cell.strip(SPACES) for cell in before):
                yield index, _WORD
    for index in range(max(cells.height - _LAST, 3), cells.height):
        line = cells.row(index)
        filled = [cell for cell in line if cell.strip(SPACES)]
        is_sparse = cells.width >= 4 and 0 < len(filled) <= max(2, cells.width // 4)
        if is_sparse and any(map(_SIGNED.search, filled)):
            yield index, _SIGN
        if line and not line[0].strip(SPACES) and len(filled) >= 2:
            summed = _summed(cells.head(index), dict(enumerate(line)))
            if len(summed) >= 2:
                names = ", ".join(letter(positions[column]) for column in summed[:6])
                yield (
                    index,
                    Text(
                        f"sums of the cells above in columns {names}",
                        f"sommes des cellules au-dessus dans les colonnes {names}",
                        f"sumas de las celdas de encima en las columnas {names}",
                    ),
                )


def _summed(above: pl.DataFrame, line: Mapping[int, str]) -> list[int]:
    """Return the columns in which a row holds the sum or the mean of the cells above it."""
    found = []
    for column, text in line.items():
        try:
            value = float(text.strip(SPACES).replace(",", "."))
        except ValueError:
            continue
        numbers = above[f"c{column}"].str.strip_chars().cast(pl.Float64, strict=False).drop_nulls()
        # A number too large for one is the sum of nothing.
        if value == 0 or not math.isfinite(value) or len(numbers) < 3:
            continue
        # A sheet shows sums and means with a few digits.
        for computed in (numbers.sum(), numbers.mean()):
            if isinstance(computed, float) and abs(computed - value) <= 0.005 + 1e-6 * abs(value):
                found.append(column)
                break
    return found
