"""An indicator's value for every unit from tables that hold all it needs, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Place, Problem, did_you_mean, raise_errors
from mande.formula.language import Type
from mande.measure.numbered import Numbered
from mande.measure.plan import REASON_CODE, Plan
from mande.measure.problems import M_COLUMN, M_KEY, M_TABLE
from mande.measure.reasons import Reason
from mande.schema.indicator import Use, UseParameter

Tables = Mapping[str, pl.DataFrame]


@dataclass(slots=True)
class Beside:
    """What stands beside the answers of a wave, in the order of the tables' keys.

    Attributes
    ----------
    answer_reasons : why answers are missing: rows `table`, `key`, `question`, `reason`.
    columns : used values by table and name. reasons : why they are missing, by table and name.
    flagged : keys of units with a used value that stands on an answer that was filled in.
    """

    answer_reasons: pl.DataFrame | None = None
    columns: dict[str, dict[str, pl.Series]] = field(default_factory=dict)
    reasons: dict[tuple[str, str], pl.Series] = field(default_factory=dict)
    flagged: list[pl.Series] = field(default_factory=list)


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
    return measured_rows(steps, Numbered(tables, catalogue.tables), Beside())


def measured_rows(steps: Plan, rows: Numbered, beside: Beside) -> pl.DataFrame:
    """Run a plan on numbered tables and the used values beside them; returns what `measured` does."""
    raise_errors(_table_problems(steps, rows, beside))
    found = steps.run_on(rows, beside.columns)
    parts = [name for name, _ in steps.results if name not in ("value", REASON_CODE)]
    return found.select(steps.key, "value", _reasons(steps, found[REASON_CODE], rows, beside), *parts)


def _reasons(steps: Plan, codes: pl.Series, rows: Numbered, beside: Beside) -> pl.Series:
    """Return why units have no value, in words: as it was told where it was, else as the plan knows it."""
    units = codes.is_not_null().arg_true()
    mine = codes.gather(units).to_numpy()
    words = np.full(len(mine), None, dtype=object)
    for reason in steps.reasons:
        places = np.flatnonzero(mine == reason.code)
        if not len(places):
            continue
        words[places] = reason.text
        phrases = _phrases(reason, steps.entity, rows, beside) if reason.question else None
        if phrases is not None:
            told = _by_unit(phrases, reason.table, steps.entity, rows, units.gather(places))
            words[places] = told.fill_null(reason.text).to_numpy()
    whole = pl.Series("reason", [None] * len(codes), dtype=pl.String)
    return whole.scatter(units, pl.Series(words, dtype=pl.String)) if len(units) else whole


def _phrases(reason: Reason, entity: str, rows: Numbered, beside: Beside) -> pl.Series | None:
    """Return what is told about a missing answer for each row of its table; None where nothing is."""
    used = beside.reasons.get((reason.table, reason.question))
    if used is not None or beside.answer_reasons is None:
        return used
    about = (pl.col("table") == reason.table) & (pl.col("question") == reason.question)
    told = beside.answer_reasons.filter(about)
    if told.is_empty():
        return None
    shown = reason.question if reason.table == entity else f"{reason.table}.{reason.question}"
    key = pl.col("key").cast(pl.String)
    phrases = told.group_by(key).agg(pl.format(f"{shown}: {{}}", pl.col("reason")).min().alias("reason"))
    keys = rows.keys(reason.table).cast(pl.String).alias("key").to_frame()
    return keys.join(phrases, on="key", how="left", maintain_order="left")["reason"]


def _by_unit(phrases: pl.Series, table: str, entity: str, rows: Numbered, units: pl.Series) -> pl.Series:
    """Return the phrase for some units of the entity; of several rows', the first in order."""
    if rows.is_above(table, entity):
        return phrases.gather(rows.above(entity, table)[units.to_numpy()])
    unit = pl.Series("unit", rows.above(table, entity))
    told = pl.DataFrame([unit, phrases.alias("phrase")]).drop_nulls()
    first = told.group_by("unit").agg(pl.col("phrase").min())
    wanted = units.alias("unit").cast(pl.Int64).to_frame()
    return wanted.join(first, on="unit", how="left", maintain_order="left")["phrase"]


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
        for entry in load.inputs:
            kind = joined[entry.name].dtype if entry.name in joined else frame.schema.get(entry.name)
            if kind is not None and not _fits(kind, entry.type):
                place = Place(file=load.table, column=entry.name)
                values = {"found": str(kind), "expected": f"a column of kind {entry.type}"}
                yield Problem(M_COLUMN, place, values)
        if load.key in frame.columns:
            yield from rows.keep(
                ("key problems", load.table),
                lambda load=load, frame=frame: _key_problems(load.table, load.key, frame),
            )


def _key_problems(table: str, key: str, frame: pl.DataFrame) -> list[Problem]:
    column = frame[key]
    bad = frame.height - column.drop_nulls().n_unique()
    found = f"{bad} of {frame.height} rows with an empty or repeated key"
    return [Problem(M_KEY, Place(file=table, column=key), {"found": found, "key": key})] if bad else []


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
