"""Raw text cells -> typed columns.

Polars types the plain cells of all columns at once; what it could not prove valid is put before each
question's field, every distinct text once. Faulty cells stay a column of texts and causes: problems
are made of them when they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import polars as pl

from mande.errors import Ask, Option, Problem, Severity, Text
from mande.schema.question import Question, Table
from mande.survey import parse_codes as codes
from mande.survey.asking import Found, Plain, Seen, ask_all
from mande.survey.cells import bad_cell_problems, bad_cells_of, chosen_texts, trim_suspects, without_repeats
from mande.survey.circumstances import Circumstances
from mande.survey.faults import CellFaults
from mande.survey.field import FieldRule, Judged
from mande.survey.grid import BadCell, RawTable, Values, letter
from mande.survey.mapping import Columns, TableMapping
from mande.survey.parse import Missing, Repaired, Typed, Wrong
from mande.survey.skipped import resolve_skipped
from mande.survey.style import declared_style
from mande.survey.table import REASONS, ROW, ConformedTable, InvalidRows, WhyMissing
from mande.survey.units import Converted, convert, without_limits

__all__ = ["INVALID", "NOT_ANSWERED", "REASONS", "Conformed", "conform"]

NOT_ANSWERED = "not answered"
INVALID = "invalid"
_WAITING = Wrong(codes.V_TYPE)
AskAll = Callable[[Seen], tuple[FieldRule, Found]]
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


@dataclass(frozen=True, slots=True)
class _Column:
    """One question's typed values, and what happened to its cells on the way.

    `indices` are the rows of cells that got a second look, `texts` what stands there, and `judged` what
    each of these texts means.
    """

    values: pl.Series
    rule: FieldRule
    indices: pl.Series
    texts: pl.Series
    judged: Mapping[str, Judged]
    found: Found

    def cells(self, kind: type | tuple[type, ...]) -> tuple[pl.Series, pl.Series]:
        """Return rows and texts of the cells judged so."""
        chosen = [text for text, outcome in self.judged.items() if isinstance(outcome, kind)]
        mask = self.texts.is_in(pl.Series(chosen, dtype=pl.String).implode())
        return self.indices.filter(mask), self.texts.filter(mask)


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
        invalid=InvalidRows({q: partial(_invalid_rows, c, bad.get(q, {})) for q, c in parsed.items()}),
        missing=WhyMissing(
            {q: partial(_why_missing, texts[q], c, bad.get(q, {})) for q, c in parsed.items()}
        ),
    )
    table = resolve_skipped(table)
    faults = [*_faults(table, parsed), *_unusual(table, rules, about)]
    problems = [*repeated, *bad_cell_problems(table, bad), *_said(table, parsed)]
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
    table: ConformedTable, parsed: Mapping[str, _Column], about: Circumstances
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
) -> tuple[ConformedTable, dict[str, _Column], int]:
    """Return the table with its texts trimmed, its columns typed, and how many cells were trimmed.

    All plain cells are typed at once, the others text by text.
    """
    values, suspects = _fast(table.texts, rules)
    texts, trimmed = trim_suspects(table.texts, suspects)
    if trimmed:
        table = replace(table, texts=texts)
        again, marks = _fast(texts.select(list(trimmed)), {name: rules[name] for name in trimmed})
        values, suspects = values.with_columns(again), suspects.with_columns(marks)
    parsed = {
        name: _second_look(table, name, rule, values[name], suspects[name], about, ask)
        for name, rule in rules.items()
    }
    return table, parsed, sum(trimmed.values())


def _fast(texts: pl.DataFrame, rules: Mapping[str, FieldRule]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the values of all plain cells, and which cells are filled and not plain.

    What stands in `values` where a cell is not plain is of no meaning.
    """
    read = texts.with_columns(rule.values(pl.col(name)).alias(f"{name}=") for name, rule in rules.items())
    looked = read.select(
        *(_filled(pl.col(name), pl.col(f"{name}="), rule).alias(name) for name, rule in rules.items()),
        *(
            (
                ~rule.proven(pl.col(name), pl.col(f"{name}=")).fill_null(value=False) & (pl.col(name) != "")
            ).alias(f"{name}?")
            for name, rule in rules.items()
        ),
    )
    marks = looked.select(pl.col(f"{name}?").alias(name) for name in rules)
    return looked.select(list(rules)), marks


def _filled(texts: pl.Expr, values: pl.Expr, rule: FieldRule) -> pl.Expr:
    """Return the values, null where the cell is empty; an empty text is no number and no date anyway."""
    if not rule.is_id and rule.question.type in ("integer", "number", "date"):
        return rule.scaled(values)
    return pl.when(texts != "").then(values)


def _second_look(
    table: ConformedTable,
    name: str,
    rule: FieldRule,
    values: pl.Series,
    suspect: pl.Series,
    about: Circumstances,
    ask: AskAll,
) -> _Column:
    """Ask how the column is written, then judge each distinct text that is not plain."""
    texts = table.texts[name]
    indices = suspect.arg_true()
    odd = texts.gather(indices)
    counts = dict(odd.value_counts(name="count").iter_rows())
    seen = Seen(
        table=table.name,
        name=name,
        title=table.titles[name],
        place=table.place(name),
        is_hidden=table.is_hidden(name),
        odd=counts,
        cells=_first_cell(table, name, indices, odd),
        plain=partial(Plain.of, values.scatter(indices, None) if len(indices) else values),
        rule=rule,
        profile=about.profile,
        day=about.day,
    )
    settled, found = ask(seen)
    if settled.style != rule.style:
        again, marks = _fast(table.texts.select(name), {name: settled})
        values, indices = again[name], marks[name].arg_true()
        odd = texts.gather(indices)
        counts = dict.fromkeys(odd.unique().to_list(), 0)
    judged = {text: _judge(settled, found, text) for text in counts}
    values = _with_judged(values, indices, odd, judged, is_id=rule.is_id)
    return _Column(values.alias(name), settled, indices, odd, judged, found)


def _first_cell(table: ConformedTable, name: str, indices: pl.Series, odd: pl.Series) -> Callable[[str], str]:
    """Return a function that names the first cell with a text as Excel does."""

    def cell(text: str) -> str:
        first = (odd == text).arg_max() or 0
        return f"{letter(table.positions[name])}{table.frame[ROW][indices[first]]}"

    return cell


def _judge(rule: FieldRule, found: Found, text: str) -> Judged:
    if text in found.waiting:
        return _WAITING
    return found.refused.get(text) or rule.judge(text)


def _with_judged(
    values: pl.Series, indices: pl.Series, texts: pl.Series, judged: Mapping[str, Judged], *, is_id: bool
) -> pl.Series:
    """Return the values with those of the judged cells put in.

    An id of the wrong form stays: it may still tell which respondent is meant, and who stands twice.
    """
    good: dict[str, Typed] = {}
    for text, outcome in judged.items():
        if isinstance(outcome, Repaired):
            good[text] = outcome.value
        elif not isinstance(outcome, (Missing, Wrong)):
            good[text] = outcome
        elif is_id and isinstance(outcome, Wrong) and outcome.code is codes.V_PATTERN:
            good[text] = text
    if not len(indices):
        return values
    looked_up = texts.replace_strict(
        pl.Series(list(good), dtype=pl.String),
        pl.Series(list(good.values()), dtype=values.dtype),
        default=None,
        return_dtype=values.dtype,
    )
    return values.scatter(indices, looked_up)


def _invalid_rows(column: _Column, bad: Mapping[int, BadCell]) -> pl.Series:
    wrong, _ = column.cells(Wrong)
    return pl.concat([wrong, pl.Series(list(bad), dtype=wrong.dtype)]) if bad else wrong


def _why_missing(texts: pl.Series, column: _Column, bad: Mapping[int, BadCell]) -> pl.DataFrame:
    """Return columns `index` and `reason` for every cell without a value."""
    gone = column.values.is_null()
    reason_of = {text: _reason(outcome) for text, outcome in column.judged.items()}
    known = {"": NOT_ANSWERED} | {text: reason for text, reason in reason_of.items() if reason}
    missing = pl.DataFrame({"index": gone.arg_true(), "text": texts.filter(gone)})
    reasons = missing.select(
        pl.col("index").cast(pl.UInt32),
        pl.col("text")
        .replace_strict(list(known), list(known.values()), default=INVALID, return_dtype=pl.String)
        .alias("reason"),
    )
    if bad:
        lost = pl.col("index").is_in(list(bad))
        reasons = reasons.with_columns(
            pl.when(lost).then(pl.lit(INVALID)).otherwise("reason").alias("reason")
        )
    return reasons


def _reason(outcome: Judged) -> str:
    if isinstance(outcome, Missing):
        return outcome.reason
    return INVALID if isinstance(outcome, Wrong) else ""


def _faults(table: ConformedTable, parsed: Mapping[str, _Column]) -> list[CellFaults]:
    faults = []
    for question, column in parsed.items():
        why = {
            text: outcome
            for text, outcome in column.judged.items()
            if isinstance(outcome, Wrong) and outcome is not _WAITING
        }
        if why:
            mask = column.texts.is_in(pl.Series(list(why), dtype=pl.String).implode())
            faults.append(
                CellFaults(table, question, column.indices.filter(mask), column.texts.filter(mask), why)
            )
    return faults


def _unusual(table: ConformedTable, rules: Mapping[str, FieldRule], about: Circumstances) -> list[CellFaults]:
    """Return the cells that are valid and unusual: warnings until somebody says that they are right."""
    soft = {name: rule for name, rule in rules.items() if rule.has_usual}
    marks = table.frame.select((~rule.usual(pl.col(name))).alias(name) for name, rule in soft.items())
    faults = []
    for name, rule in soft.items():
        indices = marks[name].fill_null(value=False).arg_true()
        if not len(indices):
            continue
        values, texts = table.frame[name].gather(indices), table.texts[name].gather(indices)
        pairs = pl.DataFrame({"text": texts, "value": values}).unique("text").iter_rows()
        why = {text: wrong for text, value in pairs if (wrong := rule.unusual(value)) is not None}
        ask = Ask(table=table.name, column=table.titles[name], options=(_RIGHT,))
        mask = texts.is_in(pl.Series(list(why), dtype=pl.String).implode())
        is_ticked = bool(why) and about.profile.settled(next(iter(why.values())).code, ask) is not None
        severity = Severity.NOTE if is_ticked else Severity.WARNING
        found = CellFaults(table, name, indices.filter(mask), texts.filter(mask), why, severity)
        faults.append(found if is_ticked else replace(found, ask=ask))
    return [found for found in faults if len(found.indices)]


def _said(table: ConformedTable, parsed: Mapping[str, _Column]) -> list[Problem]:
    """Return what was asked, and a note for each kind of repair with how many cells it touched."""
    problems: list[Problem] = []
    for question, column in parsed.items():
        problems += column.found.problems
        by_code: dict[str, dict[str, Repaired]] = {}
        for text, outcome in column.judged.items():
            if isinstance(outcome, Repaired):
                by_code.setdefault(outcome.code.id, {})[text] = outcome
        for repaired in by_code.values():
            mask = column.texts.is_in(pl.Series(list(repaired), dtype=pl.String).implode())
            text, outcome = next(iter(repaired.items()))
            example = table.shown(question, f"{text} = {outcome.value}")
            count = int(mask.sum())
            told = Text(
                f"cells: {count} ({example})",
                f"cellules : {count} ({example})",
                f"celdas: {count} ({example})",
            )
            is_told = outcome.code.found == Text("{found}") and isinstance(example, str)
            values: Values = {"found": told if is_told else count, "example": example}
            problems.append(Problem(outcome.code, table.place(question), values, Severity.NOTE))
    return problems
