"""Which sheet of a file holds a table, and several sheets that are one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from mande.errors import Ask, MandeError, Option, Problem, Text, about
from mande.survey.grid import Part, RawTable, file_problem, normal_title, note
from mande.survey.header import Header, find_header
from mande.survey.layout_codes import L_HIDDEN, L_NOSHEET, L_SHEET, L_SHEET_USED, L_STACKED
from mande.survey.read_codes import F_EMPTY
from mande.survey.readers.contract import Reading, Sheet, question, used

_ALIKE = 0.8  # sheets with so large a share of the best one's known titles may be meant as well
_STACK = Option(
    "stack",
    Text(
        "all of them: they are one table",
        "toutes : elles forment une seule table",
        "todas: son una sola tabla",
    ),
)
READ = Option("read", Text("yes: read it too", "oui : à lire aussi", "sí: leerlo también"))
LEAVE_OUT = Option("leave_out", Text("no: leave it out", "non : à laisser de côté", "no: omitirlo"))


@dataclass(frozen=True, slots=True)
class Choice:
    """The sheets that hold the table, each with its header, and what was asked or said about them."""

    sheets: tuple[tuple[Sheet, Header], ...]
    problems: tuple[Problem, ...]


def choose_sheets(sheets: Sequence[Sheet], reading: Reading, wanted: str | None) -> Choice:
    """Return the sheet that holds the table, or several that hold it together.

    Parameters
    ----------
    sheets
        All sheets of the file.
    reading
        What is known of the file.
    wanted
        Name of the sheet, where the user gave it.

    Raises
    ------
    MandeError
        F-EMPTY, L-NOSHEET; L-SHEET (a question) where no provisional choice makes sense.
    """
    filled = [(sheet, find_header(sheet, reading)) for sheet in sheets if sheet.top]
    if not filled:
        raise MandeError([file_problem(F_EMPTY, reading.file)])
    if wanted is not None:
        named = [entry for entry in filled if normal_title(entry[0].name) == normal_title(wanted)]
        if not named:
            known = ", ".join(sheet.name for sheet, _ in filled)
            raise MandeError([file_problem(L_NOSHEET, reading.file, found=wanted, known=known)])
        return _with_rest(named[:1], filled, [], reading)
    seen = [entry for entry in filled if not entry[0].is_hidden] or filled
    best = max(header.n_known for _, header in seen)
    alike = [entry for entry in seen if _is_alike(entry[1], best)]
    hidden = [e for e in filled if e not in seen and best >= 2 and _is_alike(e[1], best)]
    alike, problems = _with_hidden(alike, hidden, reading)
    if len(alike) > 1:
        alike, asked = _settle(alike, reading)
        problems += asked
    return _with_rest(alike, filled, problems, reading)


def _is_alike(header: Header, best: int) -> bool:
    return header.n_known == best or (header.n_known >= 2 and header.n_known >= _ALIKE * best)


def _with_hidden(
    alike: list[tuple[Sheet, Header]], hidden: list[tuple[Sheet, Header]], reading: Reading
) -> tuple[list[tuple[Sheet, Header]], list[Problem]]:
    if not hidden:
        return alike, []
    held = about((sheet.name, sheet.top) for sheet, _ in hidden)
    ask = Ask(table=reading.table, options=(READ, LEAVE_OUT), about=held)
    given = reading.answer(L_HIDDEN, ask)
    if given is not None:
        place = reading.place(sheet=hidden[0][0].name)
        both = [*alike, *hidden] if given == READ.value else alike
        return both, [used(L_HIDDEN, given, place)]
    names = ", ".join(sheet.name for sheet, _ in hidden)
    listed = Text(f"sheets {names}", f"feuilles {names}", f"hojas {names}")
    place = reading.place(sheet=alike[0][0].name)
    return alike, [question(L_HIDDEN, place, ask, rows=0, columns=0, sheets=len(hidden), list=listed)]


def _settle(
    alike: list[tuple[Sheet, Header]], reading: Reading
) -> tuple[list[tuple[Sheet, Header]], list[Problem]]:
    """Return the sheet or sheets that were answered, or all of them for the time being."""
    options = (_STACK, *(Option(sheet.name, Text(sheet.name)) for sheet, _ in alike))
    alike_by_title = about((sheet.name, header.titles) for sheet, header in alike)
    ask = Ask(table=reading.table, options=options, about=alike_by_title)
    given = reading.answer(L_SHEET, ask)
    names = ", ".join(sheet.name for sheet, _ in alike)
    if given == _STACK.value:
        return alike, [used(L_SHEET, given, reading.place())]
    if given is not None:
        chosen = [entry for entry in alike if entry[0].name == given]
        return chosen, [used(L_SHEET, given, reading.place())]
    asked = question(L_SHEET, reading.place(), ask, found=names, differ=_differ(alike))
    if len({frozenset(map(normal_title, header.titles)) for _, header in alike}) > 1 and not any(
        header.n_known >= 2 for _, header in alike
    ):
        raise MandeError([asked])
    return alike, [asked]


def _differ(alike: Sequence[tuple[Sheet, Header]]) -> Text:
    """Return which columns not all of the sheets have."""
    sets = [{normal_title(title) for title in header.titles if title} for _, header in alike]
    shared = set.intersection(*sets)
    differ = dict.fromkeys(
        title for _, header in alike for title in header.titles if title and normal_title(title) not in shared
    )
    if not differ:
        return Text("")
    names = ", ".join(list(differ)[:10])
    return Text(f"; not in all of them: {names}", f" ; pas dans toutes : {names}", f"; no en todas: {names}")


def _with_rest(
    chosen: list[tuple[Sheet, Header]],
    filled: list[tuple[Sheet, Header]],
    problems: list[Problem],
    reading: Reading,
) -> Choice:
    others = [sheet for sheet, _ in filled if all(sheet is not taken for taken, _ in chosen)]
    if others:
        place = reading.place(sheet=chosen[0][0].name)
        problems = [*problems, note(L_SHEET_USED, place, found=", ".join(sheet.name for sheet in others))]
    if len(chosen) > 1:
        names = ", ".join(sheet.name for sheet, _ in chosen)
        problems = [*problems, note(L_STACKED, reading.place(), found=names, differ=_differ(chosen))]
    return Choice(tuple(chosen), tuple(problems))


def stack(tables: Sequence[RawTable]) -> RawTable:
    """Return several sheets as one table: a column of each title, rows numbered on from sheet to sheet.

    A column that a sheet lacks is empty there. Rows of a CSV file that do not fit its header are left out:
    each is a problem already.
    """
    first = tables[0]
    titles = list(dict.fromkeys(normal_title(title) for table in tables for title in table.columns))
    shown = {normal_title(title): title for table in reversed(tables) for title in table.columns}
    columns = tuple(shown[title] for title in titles)
    positions = _union_positions(first, titles)
    frames, rows, parts, bad = [], [], [], []
    offset = 0
    for table in tables:
        own = {normal_title(title): index for index, title in enumerate(table.columns)}
        frames.append(
            table.cells.select(
                (pl.col(f"c{own[title]}") if title in own else pl.lit("")).alias(f"c{index}")
                for index, title in enumerate(titles)
            )
        )
        rows.append(table.rows + offset)
        at = {title: table.positions[index] for title, index in own.items()}
        parts.append(
            Part(
                table.sheet,
                offset,
                table.header_row,
                tuple(at.get(title, positions[index]) for index, title in enumerate(titles)),
            )
        )
        new = {at[title]: positions[index] for index, title in enumerate(titles) if title in at}
        bad += [
            replace(cell, row=cell.row + offset, position=new[cell.position])
            for cell in table.bad_cells
            if cell.position in new
        ]
        offset += max([table.header_row, *table.rows.tail(1).to_list(), *table.misfits])
    return replace(
        first,
        sheet=" + ".join(table.sheet for table in tables),
        columns=columns,
        positions=positions,
        cells=pl.concat(frames),
        rows=pl.concat(rows),
        misfits=MappingProxyType({}),
        aside=MappingProxyType({}),
        hidden_rows=(),
        hidden_columns=(),
        bad_cells=tuple(bad),
        problems=tuple(problem for table in tables for problem in table.problems),
        n_blank_rows=sum(table.n_blank_rows for table in tables),
        parts=tuple(parts),
    )


def _union_positions(first: RawTable, titles: Sequence[str]) -> tuple[int, ...]:
    """Return the first sheet's position of each column; columns it lacks stand right of its last one."""
    own: Mapping[str, int] = {
        normal_title(title): position for title, position in zip(first.columns, first.positions, strict=True)
    }
    free = max(own.values(), default=-1) + 1
    positions = []
    for title in titles:
        if title in own:
            positions.append(own[title])
        else:
            positions.append(free)
            free += 1
    return tuple(positions)
