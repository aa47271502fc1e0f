"""The cells of an upload made ready to be typed: repeated rows out, one column a question, spaces off."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from mande.errors import Problem, Severity
from mande.survey import parse_codes as codes
from mande.survey.distinct import Distinct
from mande.survey.grid import SPACES, BadCell, RawTable, Values
from mande.survey.mapping import Columns, TableMapping
from mande.survey.table import ConformedTable


def without_repeats(raw: RawTable, columns: Columns, key: str) -> tuple[pl.Series | None, list[Problem]]:
    """Return which rows to keep (None: all), and a warning for each row that repeats an earlier one."""
    if key not in columns.by_question or not raw.cells.height:
        return None, []
    ids = raw.cells[f"c{columns.by_question[key]}"]
    same_key = ids.is_duplicated()
    if not same_key.any():
        return None, []
    first: dict[tuple[str, ...], int] = {}
    problems, dropped = [], []
    bad_rows = {cell.row for cell in raw.bad_cells}
    indices = same_key.arg_true().to_list()
    for index, cells in zip(indices, raw.cells.filter(same_key).iter_rows(), strict=True):
        row = raw.rows[index]
        original = first.setdefault(cells, row)
        if original != row and not bad_rows & {row, original}:
            dropped.append(index)
            values: Values = {"found": raw.row_name(original)}
            problems.append(Problem(codes.I_DUPROW, raw.place(row=row), values, Severity.NOTE))
    if not dropped:
        return None, problems
    everything = pl.Series([True]).new_from_index(0, len(ids))
    return everything.scatter(dropped, False), problems


def chosen_texts(cells: pl.DataFrame, columns: Columns, mapping: TableMapping) -> pl.DataFrame:
    """Return text by question; texts that mean 'no answer' in this file become empty."""
    names = {question: f"c{index}" for question, index in columns.by_question.items()}
    texts = cells.select(pl.col(column).alias(question) for question, column in names.items())
    empty = [text.strip() for text in mapping.missing_text if text.strip()]
    if not empty:
        return texts
    return texts.with_columns(
        pl.when(pl.all().str.strip_chars(SPACES).is_in(empty))
        .then(pl.lit(""))
        .otherwise(pl.all())
        .name.keep()
    )


def count_untrimmed(cells: Mapping[str, Distinct]) -> dict[str, int]:
    """Return for each column with something to trim how many of its cells that are not plain had it.

    A cell proven valid has nothing to trim.
    """
    counts = {
        name: entry.count([text.strip(SPACES) != text for text in entry.texts])
        for name, entry in cells.items()
        if entry.texts
    }
    return {name: count for name, count in counts.items() if count}


def bad_cells_of(raw: RawTable, columns: Columns, rows: pl.Series) -> dict[str, dict[int, BadCell]]:
    """Return the cells the file holds no value for, by question and index of the row kept."""
    question_at = {raw.positions[i]: question for question, i in columns.by_question.items()}
    index_of = {row: index for index, row in enumerate(rows.to_list())} if raw.bad_cells else {}
    found: dict[str, dict[int, BadCell]] = {}
    for cell in raw.bad_cells:
        question, index = question_at.get(cell.position), index_of.get(cell.row)
        if question is not None and index is not None:
            found.setdefault(question, {})[index] = cell
    return found


def bad_cell_problems(table: ConformedTable, bad: Mapping[str, Mapping[int, BadCell]]) -> list[Problem]:
    """Return a problem for each cell whose value the file does not hold."""
    problems = []
    for question, cells in bad.items():
        for index, cell in cells.items():
            code = codes.V_CELLERROR if cell.kind == "error" else codes.V_FORMULA
            problems.append(Problem(code, table.place(question, index), {"found": cell.text}))
    return problems
