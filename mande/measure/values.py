"""An indicator's value for every unit from tables that hold all it needs, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Place, Problem, did_you_mean, raise_errors
from mande.formula.language import Type
from mande.measure.numbered import Numbered, Places, places_of
from mande.measure.plan import Plan, Result
from mande.measure.problems import M_COLUMN, M_KEY, M_TABLE
from mande.measure.reasons import Reason
from mande.measure.vectors import Vector, vector_of
from mande.schema.indicator import Use, UseParameter

Tables = Mapping[str, pl.DataFrame]


@dataclass(slots=True)
class Beside:
    """What stands beside the answers of a wave, in the order of the tables' keys.

    Attributes
    ----------
    answer_reasons : why answers are missing: rows `table`, `key`, `question`, `reason`.
    columns : used values by table and name. reasons : why they are missing, in words, by table and name.
    flagged : keys of units with a used value that stands on an answer that was filled in.
    """

    answer_reasons: pl.DataFrame | None = None
    columns: dict[str, dict[str, Vector]] = field(default_factory=dict)
    reasons: dict[tuple[str, str], Vector] = field(default_factory=dict)
    flagged: list[pl.Series] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Values in the order of the entity's keys.

    Attributes
    ----------
    keys : of the entity, in order; under its name. columns : `value` and the parts, by name.
    reason : why a value is missing, in words.
    """

    keys: pl.Series
    columns: Mapping[str, Vector]
    reason: Vector

    def frame(self) -> pl.DataFrame:
        """Return the key, `value`, `reason`, and the parts."""
        value, *parts = (vector.series(name) for name, vector in self.columns.items())
        return pl.DataFrame([self.keys, value, self.reason.series("reason"), *parts])


def measured(steps: Plan, tables: Tables, *, catalogue: Catalogue) -> pl.DataFrame:
    """Run a plan on tables that already hold the used values as columns.

    Parameters
    ----------
    steps
        Plan of the indicator.
    tables
        Tables by name; see `Plan.inputs` for the columns.
    catalogue
        All definitions.

    Returns
    -------
    Columns: the entity's key, in order; `value`; `reason`; the entity's own parts.
    """
    return measured_rows(steps, Numbered(tables, catalogue.tables), Beside()).frame()


def measured_rows(steps: Plan, rows: Numbered, beside: Beside, *, parts: bool = True) -> Measured:
    """Run a plan on numbered tables and the used values beside them, with or without the parts."""
    raise_errors(_table_problems(steps, rows, beside))
    found = steps.run_on(rows, beside.columns, parts=parts)
    reason = _reasons(steps, found, rows, beside)
    return Measured(rows.keys(steps.entity).alias(steps.key), found.columns, reason)


def _reasons(steps: Plan, found: Result, rows: Numbered, beside: Beside) -> Vector:
    """Return why units have no value, in words: as it was told where it was, else as the plan knows it."""
    low = min((reason.code for reason in steps.reasons), default=0)
    given = np.bincount(found.codes - low)  # codes are a few small numbers, so nothing is sorted
    reasons = [r for r in steps.reasons if r.code - low < len(given) and given[r.code - low]]
    numbers = np.zeros(len(given), dtype=np.int64)
    numbers[[reason.code - low for reason in reasons]] = np.arange(len(reasons))
    words, places = tuple(reason.text for reason in reasons), numbers[found.codes - low]
    told = Vector(places, np.zeros(len(places), dtype=bool), words)
    for number, reason in enumerate(reasons):
        phrases = _phrases(reason, steps.entity, rows, beside) if reason.question else None
        if phrases is not None:
            units = np.flatnonzero(places == number)
            told = told.put(units, _by_unit(phrases, reason.table, steps.entity, rows, found.without[units]))
    whole = np.full(rows.height(steps.entity), -1)
    whole[found.without] = np.arange(len(found.without))
    return told.take(whole)


def _phrases(reason: Reason, entity: str, rows: Numbered, beside: Beside) -> Vector | None:
    """Return what is told about a missing answer for each row of its table; None where nothing is."""
    used = beside.reasons.get((reason.table, reason.question))
    if used is not None or beside.answer_reasons is None:
        return used
    about = (pl.col("table") == reason.table) & (pl.col("question") == reason.question)
    told = beside.answer_reasons.filter(about)
    if told.is_empty():
        return None
    shown = reason.question if reason.table == entity else f"{reason.table}.{reason.question}"
    phrases = told.group_by(pl.col("key").cast(pl.String)).agg(pl.col("reason").cast(pl.String).min())
    keys = rows.keys(reason.table).cast(pl.String)
    found = vector_of(phrases["reason"], "text").take(places_of(keys, phrases["key"]))
    return found.worded(lambda word: f"{shown}: {word}")


def _by_unit(phrases: Vector, table: str, entity: str, rows: Numbered, units: Places) -> Vector:
    """Return the phrase for some units of the entity; of several rows', the first in order."""
    if rows.is_above(table, entity):
        return phrases.take(rows.above(entity, table)[units])
    return rows.groups(table, entity).smallest(phrases.ranked()).take(units)


# -- what the tables must hold --------------------------------------------------------------------


def use_problems(
    use: Use, tables: Tables, table: str, beside: Iterable[str], catalogue: Catalogue
) -> Iterator[Problem]:
    """Yield a problem for what a used value needs of a table that does not hold it, nor `beside` it."""
    if table not in tables:
        yield _no_table(table, tables)
        return
    wanted = [catalogue.tables[table].key]
    if isinstance(use, UseParameter):
        wanted += [*use.by, *([] if use.at is None else [use.at])]
    for name in wanted:
        if name not in tables[table].columns and name not in beside:
            yield _no_column(table, name, tables[table])


def _table_problems(steps: Plan, rows: Numbered, beside: Beside) -> Iterator[Problem]:
    for load in steps.loads:
        if load.table not in rows.tables:
            yield _no_table(load.table, rows.tables)
            continue
        frame, joined = rows.tables[load.table], beside.columns.get(load.table, {})
        keys = [load.key, *([] if load.link is None else [load.link])]
        for name in (*keys, *(entry.name for entry in load.inputs)):
            if name not in frame.columns and name not in joined:
                yield _no_column(load.table, name, frame)
        for entry in load.inputs:  # used values fit by their definition
            kind = frame.schema.get(entry.name) if entry.name not in joined else None
            if kind is not None:
                yield from kind_problems(load.table, entry.name, kind, entry.type)
        if load.key in frame.columns:
            yield from rows.keep(
                ("key problems", load.table), partial(_key_problems, load.table, load.key, rows)
            )


def _key_problems(table: str, key: str, rows: Numbered) -> list[Problem]:
    column = rows.column(table, key)
    bad = 0
    if column.null_count() or (column == column.shift(1)).any():  # in order, the same ones are neighbours
        bad = len(column) - column.drop_nulls().n_unique()
    found = f"{bad} of {len(column)} rows with an empty or repeated key"
    return [Problem(M_KEY, Place(file=table, column=key), {"found": found, "key": key})] if bad else []


def kind_problems(table: str, name: str, found: pl.DataType, wanted: Type) -> Iterator[Problem]:
    """Yield a problem for a column of a kind that a formula cannot take."""
    if not _fits(found, wanted):
        values = {"found": str(found), "expected": f"a column of kind {wanted}"}
        yield Problem(M_COLUMN, Place(file=table, column=name), values)


def _fits(kind: pl.DataType, wanted: Type) -> bool:
    if kind == pl.Null:
        return True
    if wanted == "number":
        return kind.is_numeric()
    if wanted == "truth":
        return kind == pl.Boolean
    if wanted == "date":
        return kind == pl.Date
    return kind == pl.String or isinstance(kind, pl.Categorical | pl.Enum)


def _no_table(table: str, tables: Tables) -> Problem:
    found = ", ".join(sorted(tables)) or "no tables"
    return Problem(M_TABLE, Place(file=table), {"found": found, "expected": table})


def _no_column(table: str, name: str, frame: pl.DataFrame) -> Problem:
    expected = f"a column {name}{did_you_mean(name, frame.columns)}"
    return Problem(
        M_COLUMN, Place(file=table, column=name), {"found": "no such column", "expected": expected}
    )
