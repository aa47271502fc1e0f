"""Raw text cells -> typed columns.

Polars types the plain cells of all columns at once; what it could not prove valid is put before each
question's field, every distinct text once. Faulty cells stay a column of texts and causes: problems
are made of them when they are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import polars as pl

from mande.errors import Ask, Option, Problem, Severity, Text
from mande.schema.question import Question, Table
from mande.survey import parse_codes as codes
from mande.survey.asking import ask_all
from mande.survey.cells import bad_cell_problems, bad_cells_of, chosen_texts, count_untrimmed, without_repeats
from mande.survey.circumstances import Circumstances
from mande.survey.distinct import Distinct
from mande.survey.faults import CellFaults
from mande.survey.field import FieldRule
from mande.survey.grid import SPACES, RawTable, Values
from mande.survey.judged import INVALID, NOT_ANSWERED, AskAll, Column, second_look
from mande.survey.mapping import Columns, TableMapping
from mande.survey.skipped import resolve_skipped
from mande.survey.style import declared_style
from mande.survey.table import REASONS, ROW, ConformedTable, InvalidRows, WhyMissing
from mande.survey.units import Converted, convert, without_limits

__all__ = ["INVALID", "NOT_ANSWERED", "REASONS", "AskAll", "Conformed", "conform"]

_GROUP = 16
_RIGHT = Option(
    "right",
    Text("unusual, but right", "inhabituel, mais juste", "inusual, pero correcto"),
)


@dataclass(frozen=True, slots=True)
class Conformed:
    """A typed table, the problems met on the way, and its faulty cells."""

    table: ConformedTable
    problems: tuple[Problem, ...]
    faults: tuple[CellFaults, ...]


def conform(
    raw: RawTable,
    columns: Columns,
    *,
    name: str,
    schema: Table,
    questions: Mapping[str, Question],
    mapping: TableMapping,
    circumstances: Circumstances | None = None,
    ask: AskAll = ask_all,
) -> Conformed:
    """Return the typed table, the problems met on the way, and the faulty cells.

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
    circumstances
        What is known of the programme, the wave and the upload.
    ask
        Settles how each column is read.

    Rows that repeat an earlier row in every cell are left out, each with a warning.
    """
    about = circumstances or Circumstances()
    kept, repeated = without_repeats(raw, columns, schema.key)
    cells = raw.cells if kept is None else raw.cells.filter(kept)
    rows = raw.rows if kept is None else raw.rows.filter(kept)
    texts = chosen_texts(cells, columns, mapping)
    bad = bad_cells_of(raw, columns, rows)
    table = ConformedTable(
        name=name,
        key=schema.key,
        questions=questions,
        titles=MappingProxyType({q: raw.columns[i] for q, i in columns.by_question.items()}),
        positions=MappingProxyType({q: raw.positions[i] for q, i in columns.by_question.items()}),
        frame=pl.DataFrame({ROW: rows}),
        texts=texts,
        invalid=InvalidRows({}),
        mapping=mapping,
        file=raw.file,
        sheet=raw.sheet,
    )
    rules = _rules(table, raw, schema, about)
    for q, factor in columns.factors.items():
        rules[q] = replace(rules[q], style=replace(rules[q].style, factor=factor))
    table, parsed, n_trimmed = _parse(table, rules, about, ask)
    converted = _converted(table, parsed, about)
    parsed |= {q: replace(parsed[q], values=found.values) for q, found in converted.items()}
    texts = table.texts
    table = replace(
        table,
        frame=pl.DataFrame([column.values for column in parsed.values()]).with_columns(rows.alias(ROW)),
        invalid=InvalidRows({q: partial(c.invalid_rows, bad.get(q, {})) for q, c in parsed.items()}),
        missing=WhyMissing({q: partial(c.why_missing, texts[q], bad.get(q, {})) for q, c in parsed.items()}),
    )
    table = resolve_skipped(table)
    faults = [fault for question, column in parsed.items() for fault in column.faults(table, question)]
    faults += _unusual(table, rules, about)
    problems = [*repeated, *bad_cell_problems(table, bad)]
    problems += [told for question, column in parsed.items() for told in column.said(table, question)]
    for found in converted.values():
        problems += found.problems
        faults += found.faults
    if n_trimmed:
        values: Values = {"found": n_trimmed}
        problems.append(Problem(codes.V_WHITESPACE, raw.place(), values, Severity.NOTE))
    return Conformed(table, tuple(problems), tuple(faults))


def _rules(table: ConformedTable, raw: RawTable, schema: Table, about: Circumstances) -> dict[str, FieldRule]:
    style = declared_style(
        table.mapping, is_workbook=raw.is_workbook, is_1904=raw.is_1904, window=about.window
    )
    ids = {schema.key, schema.link}
    rules = {}
    for name, question in table.asked.items():
        missing = {**question.missing_codes, **table.mapping.missing_codes.get(name, {})}
        title = table.titles[name]
        own = replace(
            style,
            latest=None if question.future else about.day,
            missing=raw.missing.get(title, style.missing),
            missing_numbers=MappingProxyType(missing),
            labels=raw.labels.get(title, style.labels),
        )
        asked = without_limits(question) if question.unit_column in table.titles else question
        rules[name] = FieldRule(asked, own, is_id=name in ids, currency=about.currency)
    return rules


def _converted(
    table: ConformedTable, parsed: Mapping[str, Column], about: Circumstances
) -> dict[str, Converted]:
    """Return the columns whose unit another column names, in the unit of their question."""
    found = {}
    for name, question in table.asked.items():
        if question.unit_column is not None and question.unit_column in parsed:
            units = parsed[question.unit_column].values.cast(pl.String)
            found[name] = convert(table, name, parsed[name].values, units, about)
    return found


def _parse(
    table: ConformedTable,
    rules: Mapping[str, FieldRule],
    about: Circumstances,
    ask: AskAll,
) -> tuple[ConformedTable, dict[str, Column], int]:
    """Return the table with its texts trimmed, its columns typed, and how many cells were trimmed.

    Plain cells are typed by group of columns, the next one while the other cells of a group are judged.
    """
    parsed: dict[str, Column] = {}
    trimmed: dict[str, pl.Series] = {}
    n_trimmed = 0
    for group, values, suspects in _ahead(table.texts, rules):
        cells = {name: Distinct.of(table.texts[name], suspects[name]) for name in group}
        counts = count_untrimmed(cells)
        n_trimmed += sum(counts.values())
        for name, rule in group.items():
            texts, plain, odd = table.texts[name], values[name], cells[name]
            if name in counts:
                trimmed[name] = texts = texts.str.strip_chars(SPACES)
                plain, odd = _anew(texts, rule)
            parsed[name] = second_look(table, name, rule, plain, odd, about, ask, partial(_anew, texts))
    return replace(table, texts=table.texts.with_columns(trimmed.values())), parsed, n_trimmed


def _ahead(
    texts: pl.DataFrame, rules: Mapping[str, FieldRule]
) -> Iterator[tuple[dict[str, FieldRule], pl.DataFrame, pl.DataFrame]]:
    """Yield groups of columns with what `_fast` returns; groups that follow are worked on meanwhile."""
    names = list(rules)
    starts = range(0, len(names), _GROUP)
    groups = [{name: rules[name] for name in names[start : start + _GROUP]} for start in starts]
    with ThreadPoolExecutor(1) as pool:
        typed = [pool.submit(_fast, texts.select(list(group)), group) for group in groups]
        for place, group in enumerate(groups):
            yield group, *typed[place].result()


def _anew(texts: pl.Series, rule: FieldRule) -> tuple[pl.Series, Distinct]:
    """Return the values of one column's plain cells, and its other cells, under another rule."""
    name = texts.name
    values, suspects = _fast(texts.to_frame(), {name: rule})
    return values[name], Distinct.of(texts, suspects[name])


def _fast(texts: pl.DataFrame, rules: Mapping[str, FieldRule]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the values of all plain cells, null for others, and which cells are filled and not plain."""
    read = texts.with_columns(
        *(rule.values(pl.col(name)).alias(f"{name}=") for name, rule in rules.items()),
        *((pl.col(name).str.len_bytes() > 0).alias(f"{name}!") for name in rules),
    )
    judged = read.with_columns(
        (rule.proven(pl.col(name), pl.col(f"{name}=")).fill_null(value=False) & pl.col(f"{name}!")).alias(
            f"{name}?"
        )
        for name, rule in rules.items()
    )
    values = judged.select(
        pl.when(pl.col(f"{name}?")).then(rule.scaled(pl.col(f"{name}="))).alias(name)
        for name, rule in rules.items()
    )
    # Every plain cell is filled.
    return values, judged.select((pl.col(f"{name}!") ^ pl.col(f"{name}?")).alias(name) for name in rules)


def _unusual(table: ConformedTable, rules: Mapping[str, FieldRule], about: Circumstances) -> list[CellFaults]:
    """Return the cells that are valid and unusual: warnings until somebody says that they are right."""
    soft = {name: rule for name, rule in rules.items() if rule.has_usual}
    marks = table.frame.select((~rule.usual(pl.col(name))).alias(name) for name, rule in soft.items())
    faults = []
    for name, rule in soft.items():
        cells = Distinct.of(table.texts[name], marks[name])
        if not cells.texts:
            continue
        why = [rule.unusual(value) for value in cells.firsts(table.frame[name])]
        told = [wrong for wrong in why if wrong is not None]
        ask = Ask(table=table.name, column=table.titles[name], options=(_RIGHT,))
        is_ticked = bool(told) and about.profile.settled(told[0].code, ask) is not None
        severity = Severity.NOTE if is_ticked else Severity.WARNING
        found = CellFaults(table, name, cells.chosen([w is not None for w in why]), told, severity)
        faults.append(found if is_ticked else replace(found, ask=ask))
    return [found for found in faults if len(found.indices)]
