"""Rows of a CSV file with more or fewer cells than the header, and where their values seem to shift."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from mande.errors import Problem, Text
from mande.survey.grid import SPACES, Values, file_problem
from mande.survey.read_codes import C_LONG, C_SHORT
from mande.survey.readers.contract import Body, Reading, as_frame
from mande.survey.table import LISTED_PER_COLUMN, V_MORE

_SAMPLE = 300
_JUDGED = 500  # beyond so many rows the first ones tell enough
_FEW = 12  # a column with at most so many different texts has a list of them
_SHAPES = (
    (re.compile(r"-?\d+"), "whole"),
    (re.compile(r"-?\d+[.,]\d+"), "number"),
    (re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"), "date"),
)


def sort_misfits(
    body: Body, titles: Sequence[str], sheet: str, reading: Reading
) -> tuple[pl.DataFrame, pl.Series, dict[int, tuple[str, ...]], list[Problem]]:
    """Return cells and rows, the rows that truly do not fit, and a problem for each of these.

    Surplus cells that are empty are trailing separators, which Excel writes for columns without a title:
    they are cut off, and the row stands among the others. A row whose values would fit their columns
    better had it not been cut is none of these: its last answer was empty.
    """
    width = len(titles)
    trimmed, misfits = _trailing(body, width)
    cells, rows = _with_rows(body.cells, body.rows, trimmed)
    known = _profiles(cells, width) if misfits else []
    problems = []
    for number, (row, line) in enumerate(misfits.items()):
        if number == LISTED_PER_COLUMN:
            place = reading.place(sheet=sheet)
            rest: Values = {"found": len(misfits) - number, "code": f"{C_LONG.id} / {C_SHORT.id}"}
            problems.append(Problem(V_MORE, place, rest))
            break
        start = suspected_shift(line, known) if number < _JUDGED else None
        problems.append(
            file_problem(
                C_LONG if len(line) > width else C_SHORT,
                reading.file,
                sheet=sheet,
                row=row,
                found=len(line),
                expected=width,
                line=_line_text(row, body.lines),
                shift=_shift_text(titles[start], len(line) - width) if start is not None else Text(""),
            )
        )
    return cells, rows, misfits, problems


def _trailing(body: Body, width: int) -> tuple[dict[int, tuple[str, ...]], dict[int, tuple[str, ...]]]:
    """Return the rows whose surplus cells are empty, without them, and all others that do not fit."""
    lines = {row: line for row, line in body.misfits.items() if any(cell.strip(SPACES) for cell in line)}
    surplus = [
        row
        for row, line in lines.items()
        if len(line) > width and not any(cell.strip(SPACES) for cell in line[width:])
    ]
    # Where most rows have trailing separators, it is how the file is written.
    is_habit = len(surplus) > min(body.cells.height, _JUDGED)
    known = _profiles(body.cells, width) if surplus and not is_habit else []
    trimmed = {row: lines[row][:width] for row in surplus if not _is_cut(lines[row], known)}
    return trimmed, {row: line for row, line in lines.items() if row not in trimmed}


def _is_cut(line: Sequence[str], profiles: Sequence[tuple[frozenset[str], frozenset[str]]]) -> bool:
    """Return whether a row that ends with empty cells fits its columns clearly better when it is mended."""
    if not profiles:
        return False
    as_it_stands = sum(map(_fits, line, profiles))
    mended = _mended(line, len(profiles))
    return any(sum(map(_fits, entry, profiles)) > as_it_stands + 1 for entry in mended)


def _mended(line: Sequence[str], width: int) -> list[list[str]]:
    """Return a row that is too long with the value at each place joined to what was cut from it."""
    more = len(line) - width
    return [
        [*line[:start], ",".join(line[start : start + more + 1]), *line[start + more + 1 :]]
        for start in range(width)
    ]


def _with_rows(
    cells: pl.DataFrame, rows: pl.Series, more: Mapping[int, Sequence[str]]
) -> tuple[pl.DataFrame, pl.Series]:
    if not more:
        return cells, rows
    added = as_frame([pl.Series(column, dtype=pl.String) for column in zip(*more.values(), strict=True)])
    all_rows = pl.concat([rows, pl.Series(rows.name, list(more), dtype=pl.Int64)])
    order = all_rows.arg_sort()
    return pl.concat([cells, added])[order], all_rows[order]


def _line_text(row: int, lines: Mapping[int, int]) -> Text:
    line = lines.get(row, row)
    if line == row:
        return Text("")
    return Text(f" (line {line} of the file)", f" (ligne {line} du fichier)", f" (línea {line} del archivo)")


def _shift_text(title: str, by: int) -> Text:
    by = abs(by)
    return Text(
        f"; from column '{title}' on, values look shifted by {by}",
        f" ; à partir de la colonne « {title} », les valeurs semblent décalées de {by}",
        f"; desde la columna «{title}», los valores parecen desplazados en {by}",
    )


# -- where values shift ---------------------------------------------------------------------------


def _profiles(cells: pl.DataFrame, width: int) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Return for each column the shapes of its texts and, where they are few, the texts themselves."""
    sample = cells.head(_SAMPLE)
    profiles = []
    for index in range(width if sample.height >= 3 else 0):
        texts = {text for text in sample[f"c{index}"].to_list() if text.strip(SPACES)}
        few = frozenset(texts) if 0 < len(texts) <= min(_FEW, sample.height // 2) else frozenset()
        profiles.append((frozenset(map(_shape, texts)), few))
    return profiles


def _shape(text: str) -> str:
    plain = text.strip(SPACES)
    return next((name for pattern, name in _SHAPES if pattern.fullmatch(plain)), "text")


def suspected_shift(
    line: Sequence[str], profiles: Sequence[tuple[frozenset[str], frozenset[str]]]
) -> int | None:
    """Return the column from which on a row's values seem to stand elsewhere, or None where nothing tells.

    A row that is too long has been cut at a separator inside a value, one that is too short lacks cells
    at some place: each place is tried, and taken if the values then fit their columns best.
    """
    surplus = len(line) - len(profiles)
    if not profiles or abs(surplus) > 5:
        return None
    if surplus > 0:
        tried = _mended(line, len(profiles))
    else:
        tried = [[*line[:start], *[""] * -surplus, *line[start:]] for start in range(len(profiles) + 1)]
    scores = [sum(map(_fits, mended, profiles)) if len(mended) == len(profiles) else -1 for mended in tried]
    best = max(scores)
    places = [start for start, score in enumerate(scores) if score == best]
    if best <= min(scores) or len(places) > 3:
        return None
    # The value that was cut stands in the place found; what stands right of it is shifted.
    return min(places[0] + (1 if surplus > 0 else 0), len(profiles) - 1)


def _fits(text: str, profile: tuple[frozenset[str], frozenset[str]]) -> int:
    shapes, few = profile
    if not text.strip(SPACES):
        return 1
    if few:
        return 3 if text in few else 0
    return 2 if _shape(text) in shapes else 0
