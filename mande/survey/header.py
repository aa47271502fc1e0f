"""Where the column titles of a sheet stand, and what is wrong with them.

Titles are recognised, not counted: the row that holds the titles of the questionnaire is the header,
wherever it stands. Where it is not the first filled row, or two rows make the titles together, it is
asked once whether that is meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from mande.errors import Ask, Option, Problem, Text
from mande.survey.grid import SPACES, file_problem, letter, normal_title
from mande.survey.read_codes import H_DUP, H_EMPTY, H_MERGED, H_NOTTOP
from mande.survey.readers.contract import Line, Reading, Sheet, question, used

_ENOUGH = 2  # so many known titles in a row are no accident
_BY_TITLES = Option(
    "titles",
    Text(
        "yes: the row with the known titles is the header, wherever it stands",
        "oui : la ligne aux titres connus est l'en-tête, où qu'elle soit",
        "sí: la fila con los títulos conocidos es el encabezado, esté donde esté",
    ),
)
_TOP = Option(
    "top",
    Text("no: the first filled row", "non : la première ligne remplie", "no: la primera fila con datos"),
)
_ROW = Text(
    "or the number of the row that holds the titles",
    "ou le numéro de la ligne qui contient les titres",
    "o el número de la fila que contiene los títulos",
)
_GROUPS = Option(
    "groups",
    Text(
        "yes: the upper row holds groups of columns",
        "oui : la ligne du haut contient des groupes de colonnes",
        "sí: la fila de arriba contiene grupos de columnas",
    ),
)
_LOWER = Option(
    "lower", Text("no: only the lower row counts", "non : seule la ligne du bas", "no: solo la de abajo")
)


@dataclass(frozen=True, slots=True)
class Header:
    """Titles by position in the file, the row above the data, and what is to be said about them.

    `n_known` of the titles are known.
    """

    row: int
    titles: tuple[str, ...]
    n_known: int
    problems: tuple[Problem, ...] = ()


def count_known(line: Collection[str], titles: Collection[str]) -> int:
    """Return how many known titles a row holds."""
    return len({normal_title(cell) for cell in line} & set(titles))


def find_header(sheet: Sheet, reading: Reading) -> Header:
    """Return the header of a sheet that is not empty."""
    first = sheet.top[0]
    if sheet.has_fixed_titles or not reading.titles:
        return Header(first[0], _stripped(first[1]), count_known(first[1], reading.titles))
    found, problems = _find_row(sheet, reading)
    upper = _group_row(sheet, found, reading)
    titles = _stripped(found[1])
    if upper is not None:
        titles, asked = _two_rows(sheet, upper, found, reading)
        problems += asked
    on_top = found[0] == first[0] or (upper is not None and upper[0] == first[0])
    if on_top:
        problems = [problem for problem in problems if problem.code is not H_NOTTOP]
    return Header(found[0], titles, count_known(titles, reading.titles), tuple(problems))


def _stripped(line: Sequence[str]) -> tuple[str, ...]:
    return tuple(title.strip(SPACES) for title in line)


def _find_row(sheet: Sheet, reading: Reading) -> tuple[Line, list[Problem]]:
    """Return the line of the titles, with the question about it where it is not on top."""
    first = sheet.top[0]
    best = max(sheet.top, key=lambda line: count_known(line[1], reading.titles))
    n_known, n_first = (count_known(line[1], reading.titles) for line in (best, first))
    is_lower = n_known > n_first and n_known >= _ENOUGH
    ask = Ask(table=reading.table, options=(_BY_TITLES, _TOP), free=_ROW)
    place = reading.place(sheet=sheet.name, row=best[0])
    given = reading.answer(H_NOTTOP, ask)
    by_number = next((line for line in sheet.top if given == str(line[0])), None)
    if by_number is not None:
        return by_number, [used(H_NOTTOP, str(given), reading.place(sheet=sheet.name, row=by_number[0]))]
    if not is_lower:
        return first, []
    if given == _TOP.value:
        return first, [used(H_NOTTOP, given, place)]
    if given == _BY_TITLES.value:
        return best, [used(H_NOTTOP, given, place)]
    n_filled = sum(bool(title.strip(SPACES)) for title in best[1])
    asked = question(
        H_NOTTOP, place, ask, found=best[0], known=n_known, total=n_filled, top=first[0], above=n_first
    )
    return best, [asked]


def _group_row(sheet: Sheet, found: Line, reading: Reading) -> Line | None:
    """Return the line just above the header where it groups columns, and is no caption.

    It does if it adds known titles (of columns whose two title cells are merged), or if it has several
    cells that span columns: merged, or each followed by empty ones.
    """
    upper = next((line for line in sheet.top if line[0] == found[0] - 1), None)
    if upper is None:
        return None
    joined, lower = _joined(sheet, upper, found), count_known(found[1], reading.titles)
    # A known title further right in the upper row belongs to a column without one below.
    if count_known(joined, reading.titles) > lower >= 1:
        return upper
    if lower < _ENOUGH:
        return None
    filled = [index for index, cell in enumerate(upper[1]) if cell.strip(SPACES)]
    if len(filled) < 2:
        return None
    spans = [low for row, low, _, high in sheet.merged if row == upper[0] and high > low]
    follows = any(right - left == 1 for left, right in zip(filled, filled[1:], strict=False))
    return upper if spans or not follows else None


def _joined(sheet: Sheet, upper: Line, lower: Line) -> tuple[str, ...]:
    """Return the lower titles, the upper ones where there are none below, a group only before twins."""
    width = max(len(upper[1]), len(lower[1]))
    above = [*_stripped(upper[1]), *[""] * (width - len(upper[1]))]
    below = [*_stripped(lower[1]), *[""] * (width - len(lower[1]))]
    groups = _filled_on(sheet, upper[0], above)
    plain = [normal_title(title) for title in below]
    titles = []
    for index, title in enumerate(below):
        is_twin = bool(title) and plain.count(plain[index]) > 1
        titles.append(f"{groups[index]}/{title}" if is_twin and groups[index] else title or above[index])
    return tuple(titles)


def _filled_on(sheet: Sheet, row: int, cells: Sequence[str]) -> list[str]:
    """Return the group of each column: its own cell, or the last filled one to its left."""
    groups, current, end = [], "", len(cells)
    ends = {low: high for top, low, _, high in sheet.merged if top == row}
    for index, cell in enumerate(cells):
        if cell:
            current, end = cell, ends.get(index, len(cells) if not ends else index)
        groups.append(current if index <= end else "")
    return groups


def _two_rows(
    sheet: Sheet, upper: Line, lower: Line, reading: Reading
) -> tuple[tuple[str, ...], list[Problem]]:
    ask = Ask(table=reading.table, options=(_GROUPS, _LOWER))
    place = reading.place(sheet=sheet.name, row=lower[0])
    given = reading.answer(H_MERGED, ask)
    if given is not None:
        titles = _joined(sheet, upper, lower) if given == _GROUPS.value else _stripped(lower[1])
        return titles, [used(H_MERGED, given, place)]
    groups = ", ".join(dict.fromkeys(cell for cell in _stripped(upper[1]) if cell))
    asked = question(H_MERGED, place, ask, found=lower[0], upper=upper[0], groups=groups[:200])
    return _joined(sheet, upper, lower), [asked]


def check_titles(
    header: Header, filled: Collection[int], sheet: str, reading: Reading
) -> tuple[list[int], list[Problem]]:
    """Return the positions of the columns that can be read, and what is wrong with the others.

    Of several columns with one title the first is read, so that the rest of the file can be checked; the
    file is refused all the same.

    Parameters
    ----------
    header
        The titles.
    filled
        Positions of columns with a value.
    sheet
        Name of the sheet.
    reading
        What is known of the file.
    """
    places: dict[str, list[int]] = {}
    for position, title in enumerate(header.titles):
        if title:
            places.setdefault(normal_title(title), []).append(position)
    nameless = [position for position in sorted(filled) if not header.titles[position]]
    problems = [
        file_problem(H_EMPTY, reading.file, sheet=sheet, row=header.row, found=letter(position))
        for position in nameless
    ]
    problems += _twins(header, places.values(), sheet, reading.file)
    return sorted(where[0] for where in places.values()), problems


def _twins(
    header: Header, places: Collection[list[int]], sheet: str, file: str
) -> Iterator[Problem]:
    for where in places:
        if len(where) > 1:
            found = ", ".join(letter(position) for position in where)
            title = header.titles[where[0]]
            yield file_problem(
                H_DUP, file, sheet=sheet, row=header.row, column=title, found=found, title=title
            )
