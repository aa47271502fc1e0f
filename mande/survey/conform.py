"""Raw text cells -> typed columns.

Polars types the plain cells of a column at once; only the distinct texts it could not take are
looked at one by one, and only faulty cells become problems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from mande.errors import Code, Problem, Severity
from mande.schema.question import Question, Table
from mande.survey import parse_codes as codes
from mande.survey.grid import BadCell, RawTable, Values
from mande.survey.mapping import Columns, TableMapping
from mande.survey.parse import DTYPES, Repaired, Typed, Wrong, fast, reader
from mande.survey.table import ROW, ConformedTable, cell_problems

NOT_ANSWERED = "not answered"
INVALID = "invalid"
TRIMMED = " \t\r\n\u00a0\u2007\u202f\u200b\u200c\u200d\ufeff"
REASONS = pl.Schema({"table": pl.String, "key": pl.String, "question": pl.String, "reason": pl.String})


@dataclass(frozen=True, slots=True)
class _Column:
    """One question's typed values, and what happened to its cells on the way."""

    values: pl.Series
    wrong: Mapping[str, Wrong]
    repaired: Mapping[str, Repaired]
    reasons: pl.DataFrame


def conform(
    raw: RawTable,
    columns: Columns,
    *,
    name: str,
    schema: Table,
    questions: Mapping[str, Question],
    mapping: TableMapping,
) -> tuple[ConformedTable, list[Problem]]:
    """Return the typed table and the problems met on the way.

    Parameters
    ----------
    raw
        Cells as text.
    columns
        The question each column answers.
    name
        Name of the table.
    schema
        The table's definition; its key and link are ids, which stay text.
    questions
        Every question of the table (see `mapping.with_key`).
    mapping
        How numbers, dates and missing values are written in this file.

    Rows that repeat an earlier row in every cell are left out, each with a note.
    """
    key, ids = schema.key, {schema.key, schema.link}
    kept, repeated = _without_repeats(raw, columns, key)
    texts, n_trimmed = _trim(raw.cells.filter(kept), columns, mapping)
    rows = raw.rows.filter(kept)
    bad = _bad_cells(raw, columns, rows)
    parsed = {
        q: _parse(texts[q], questions[q], mapping, bad.get(q, {}), raw=raw, index=index, is_id=q in ids)
        for q, index in columns.by_question.items()
    }
    table = ConformedTable(
        name=name,
        key=key,
        questions=questions,
        titles=MappingProxyType({q: raw.columns[i] for q, i in columns.by_question.items()}),
        positions=MappingProxyType({q: raw.positions[i] for q, i in columns.by_question.items()}),
        frame=pl.DataFrame([column.values for column in parsed.values()]).with_columns(rows.alias(ROW)),
        texts=texts,
        reasons=_reasons(name, key, texts, parsed),
        invalid=MappingProxyType({q: _invalid_rows(texts[q], c, bad.get(q, {})) for q, c in parsed.items()}),
        mapping=mapping,
        file=raw.file,
        sheet=raw.sheet,
    )
    problems = [*repeated, *_faults(table, parsed, bad), *_repairs(table, parsed)]
    if n_trimmed:
        values: Values = {"found": n_trimmed}
        problems.append(Problem(codes.V_WHITESPACE, raw.place(), values, Severity.NOTE))
    return table, problems


def _without_repeats(raw: RawTable, columns: Columns, key: str) -> tuple[pl.Series, list[Problem]]:
    """Return which rows to keep, and a note for each row that repeats an earlier one."""
    keep = ~_all_false(raw.cells.height)
    if key not in columns.by_question or not raw.cells.height:
        return keep, []
    same_key = raw.cells.select(pl.col(f"c{columns.by_question[key]}").is_duplicated()).to_series()
    if not same_key.any():
        return keep, []
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
    return keep.scatter(dropped, False) if dropped else keep, problems


def _all_false(length: int) -> pl.Series:
    return pl.Series([False], dtype=pl.Boolean).new_from_index(0, length)


def _trim(cells: pl.DataFrame, columns: Columns, mapping: TableMapping) -> tuple[pl.DataFrame, int]:
    """Return trimmed text by question, and how many cells had something to trim.

    Texts that mean 'no answer' in this file become empty.
    """
    names = {question: f"c{index}" for question, index in columns.by_question.items()}
    texts = cells.select(pl.col(c).str.strip_chars(TRIMMED).alias(q) for q, c in names.items())
    counts = pl.DataFrame([(cells[c] != texts[q]).alias(q) for q, c in names.items()])
    n_trimmed = int(counts.select(pl.sum_horizontal(pl.all().sum())).item()) if names else 0
    empty = [text.strip() for text in mapping.missing_text if text.strip()]
    if empty:
        texts = texts.with_columns(
            pl.when(pl.all().is_in(empty)).then(pl.lit("")).otherwise(pl.all()).name.keep()
        )
    return texts, n_trimmed


def _bad_cells(raw: RawTable, columns: Columns, rows: pl.Series) -> dict[str, dict[int, BadCell]]:
    """Return the cells the file holds no value for, by question and index of the row kept."""
    question_at = {raw.positions[i]: question for question, i in columns.by_question.items()}
    index_of = {row: index for index, row in enumerate(rows.to_list())} if raw.bad_cells else {}
    found: dict[str, dict[int, BadCell]] = {}
    for cell in raw.bad_cells:
        question, index = question_at.get(cell.position), index_of.get(cell.row)
        if question is not None and index is not None:
            found.setdefault(question, {})[index] = cell
    return found


def _parse(
    texts: pl.Series,
    question: Question,
    mapping: TableMapping,
    bad: Mapping[int, BadCell],
    *,
    raw: RawTable,
    index: int,
    is_id: bool,
) -> _Column:
    dtype = DTYPES[question.type]
    missing_codes = question.missing_codes | mapping.missing_codes.get(texts.name, {})
    reason_of = _missing_texts(question, missing_codes)
    reason_of |= raw.missing.get(raw.columns[index], {})
    is_code = texts.is_in(list(reason_of)) if reason_of else _all_false(len(texts))
    values = fast(texts, question, mapping, is_id=is_id)
    suspect = values.is_null() & (texts != "") & ~is_code
    is_workbook = raw.is_workbook
    read = reader(question, mapping, is_id=is_id, is_workbook=is_workbook, is_1904=raw.is_1904)
    outcomes = {text: read(text) for text in texts.filter(suspect).unique(maintain_order=True).to_list()}
    wrong = {text: found for text, found in outcomes.items() if isinstance(found, Wrong)}
    repaired = {text: found for text, found in outcomes.items() if isinstance(found, Repaired)}
    good: dict[str, Typed] = {text: found.value for text, found in repaired.items()}
    good |= {t: found for t, found in outcomes.items() if not isinstance(found, (Wrong, Repaired))}
    if good:
        looked_up = texts.replace_strict(
            pl.Series(list(good), dtype=pl.String),
            pl.Series(list(good.values()), dtype=dtype),
            default=None,
            return_dtype=dtype,
        )
        values = looked_up.zip_with(suspect, values)
    if question.type in ("integer", "number"):
        # A missing code may be written in more ways than one: -98, -98.00.
        declared = pl.Series(list(missing_codes), dtype=values.dtype)
        is_code |= values.is_in(declared.implode()).fill_null(value=False)
        written = pl.DataFrame({"text": texts.filter(is_code), "value": values.filter(is_code)}).unique()
        reason_of |= {t: missing_codes[int(v)] for t, v in written.iter_rows() if t not in reason_of}
    values = values.zip_with((texts != "") & ~is_code, values.clear(1))
    why = _why_missing(texts, is_code, reason_of, wrong, bad)
    return _Column(values.alias(texts.name), wrong, repaired, why)


def _missing_texts(question: Question, reasons: Mapping[int, str]) -> dict[str, str]:
    """Return the texts that stand for a missing code, with the reason; a choice's own code is none."""
    texts = {text: reason for code, reason in reasons.items() for text in (str(code), f"{code}.0")}
    return {text: reason for text, reason in texts.items() if text not in question.choices}


def _why_missing(
    texts: pl.Series,
    is_code: pl.Series,
    reason_of: Mapping[str, str],
    wrong: Mapping[str, Wrong],
    bad: Mapping[int, BadCell],
) -> pl.DataFrame:
    """Return columns `index` and `reason` for every cell without a value."""
    blank = texts == ""
    is_wrong = texts.is_in(list(wrong)) if wrong else _all_false(len(texts))
    gone = blank | is_code | is_wrong
    missing = pl.DataFrame({"index": gone.arg_true(), "text": texts.filter(gone)})
    known = {"": NOT_ANSWERED} | dict.fromkeys(wrong, INVALID) | dict(reason_of)
    reasons = missing.select(
        pl.col("index").cast(pl.UInt32),
        pl.col("text")
        .replace_strict(list(known), list(known.values()), return_dtype=pl.String)
        .alias("reason"),
    )
    if bad:
        lost = pl.col("index").is_in(list(bad))
        reasons = reasons.with_columns(
            pl.when(lost).then(pl.lit(INVALID)).otherwise("reason").alias("reason")
        )
    return reasons


def _reasons(name: str, key: str, texts: pl.DataFrame, parsed: Mapping[str, _Column]) -> pl.DataFrame:
    if key not in texts.columns:
        return pl.DataFrame(schema=REASONS)
    keys = parsed[key].values
    frames = [
        column.reasons.select(
            pl.lit(name).alias("table"),
            keys.gather(column.reasons["index"]).alias("key"),
            pl.lit(question).alias("question"),
            "reason",
        )
        for question, column in parsed.items()
        if column.reasons.height
    ]
    return pl.concat(frames) if frames else pl.DataFrame(schema=REASONS)


def _invalid_rows(texts: pl.Series, column: _Column, bad: Mapping[int, BadCell]) -> frozenset[int]:
    if not column.wrong and not bad:
        return frozenset()
    return frozenset([*texts.is_in(list(column.wrong)).arg_true().to_list(), *bad])


@dataclass(frozen=True, slots=True)
class _Explain:
    """Looks up why a text was refused."""

    wrong: Mapping[str, Wrong]

    def __call__(self, text: str, index: int) -> tuple[Code, Values]:
        return self.wrong[text].code, self.wrong[text].values


def _faults(
    table: ConformedTable, parsed: Mapping[str, _Column], bad: Mapping[str, Mapping[int, BadCell]]
) -> list[Problem]:
    problems: list[Problem] = []
    for question, column in parsed.items():
        if column.wrong:
            mask = table.texts[question].is_in(list(column.wrong))
            problems += cell_problems(table, question, mask, _Explain(column.wrong))
        for index, cell in bad.get(question, {}).items():
            code = codes.V_CELLERROR if cell.kind == "error" else codes.V_FORMULA
            problems.append(Problem(code, table.place(question, index), {"found": cell.text}))
    return problems


def _repairs(table: ConformedTable, parsed: Mapping[str, _Column]) -> list[Problem]:
    """Return one note for each kind of repair in each column, with how many cells it touched."""
    problems = []
    for question, column in parsed.items():
        by_code: dict[str, list[str]] = {}
        for text, outcome in column.repaired.items():
            by_code.setdefault(outcome.code.id, []).append(text)
        for texts in by_code.values():
            count = int(table.texts[question].is_in(texts).sum())
            outcome = column.repaired[texts[0]]
            example = table.shown(question, f"{texts[0]} = {outcome.value}")
            values: Values = {"found": count, "example": example}
            problems.append(Problem(outcome.code, table.place(question), values, Severity.NOTE))
    return problems
