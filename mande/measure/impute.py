"""The missing rule `impute`: the median of the cell in place of a missing number, and flagged.

Source: cell median imputation, described and compared with its alternatives in Little, R. J. A. and
Rubin, D. B. (2019), Statistical Analysis with Missing Data, 3rd ed., ch. 4. It keeps the cell's median
and narrows the spread, so results on imputed answers look more certain than they are; that is why the
flag travels with the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Place, Problem, did_you_mean, raise_errors
from mande.measure.keys import ENTITY_KEY, KEY, entity_keys
from mande.measure.plan import Plan
from mande.measure.problems import M_COLUMN
from mande.schema.indicator import Indicator

LEAST_PRESENT = 5
"""Fewer answers in a cell say too little about those that are missing: nothing is imputed there."""

IMPUTED = "imputed"
NOT_APPLICABLE = "not applicable"

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Imputed:
    """Tables with the medians filled in, and by table the keys (as text) of rows that received one."""

    tables: Tables
    keys: Mapping[str, pl.Series]


def impute(
    indicator: Indicator,
    steps: Plan,
    tables: Tables,
    *,
    catalogue: Catalogue,
    answer_reasons: pl.DataFrame | None = None,
) -> Imputed:
    """Fill missing numbers of tables whose rule is `impute` with the median of their cell.

    Only answers that the plan takes are filled; keys and used values never are. A cell is a combination
    of the table's columns `impute_within`, the whole table where there are none. Nothing is filled in a
    cell with fewer than `LEAST_PRESENT` answers, in a row whose cell is not known, or where the question
    did not apply.

    Parameters
    ----------
    indicator
        Its rules `missing` and `impute_within`.
    steps
        Plan of the indicator: which answers it takes.
    tables
        Tables of one wave, used values joined.
    catalogue
        All definitions.
    answer_reasons
        Why answers are missing: rows `table`, `key`, `question`, `reason`.

    Raises
    ------
    MandeError
        M-ANSWER where a table with the rule has no column that `impute_within` names.
    """
    ruled = [load for load in steps.loads if indicator.missing.get(load.table) == "impute"]
    ruled = [load for load in ruled if load.table in tables]
    within = indicator.impute_within
    raise_errors(problem for load in ruled for problem in _no_cells(load.table, tables[load.table], within))
    filled, keys = dict(tables), {}
    for load in ruled:
        frame = tables[load.table]
        names = [entry.name for entry in load.inputs if entry.type == "number"]
        answers = [name for name in names if _is_answer(name, load.table, frame, indicator, catalogue)]
        unfit = _not_applicable(answer_reasons, load.table)
        complete = frame.with_columns(_filled(name, load.key, within, unfit.get(name)) for name in answers)
        gained = [frame[name].is_null() | ~_finite(frame[name]) for name in answers]
        rows = pl.Series([False] * frame.height)
        for name, missing in zip(answers, gained, strict=True):
            rows = rows | (missing & complete[name].is_not_null())
        filled[load.table] = complete
        keys[load.table] = frame[load.key].filter(rows).cast(pl.String)
    return Imputed(filled, keys)


def has_rule(indicator: Indicator) -> bool:
    """Return whether any table of the indicator has the rule `impute`."""
    return "impute" in indicator.missing.values()


def with_flag(
    values: pl.DataFrame,
    imputed: Imputed,
    *,
    entity: str,
    catalogue: Catalogue,
    flagged: Sequence[pl.Series] = (),
) -> pl.DataFrame:
    """Return values with the column `imputed`: whether an answer behind a value was filled in.

    `values` are those of `measured`, whose first column is the entity's key; the flag is no where there
    is no value. An answer counts as behind a value when its row belongs to the unit, above or below it.
    `flagged` are keys of units whose used indicators carry the flag.
    """
    key = values.columns[0]
    touched = [
        pairs.join(rows.to_frame(KEY), on=KEY, how="semi")[ENTITY_KEY]
        for table, rows in imputed.keys.items()
        for pairs in [entity_keys(entity, table, imputed.tables, catalogue)]
    ]
    units = pl.concat([values[key].clear(), *touched, *flagged])
    flag = pl.col(key).is_in(units.implode()) & pl.col("value").is_not_null()
    parts = values.columns[values.columns.index("reason") + 1 :]
    return values.select(key, "value", "reason", flag.alias(IMPUTED), *parts)


def _is_answer(
    name: str, table: str, frame: pl.DataFrame, indicator: Indicator, catalogue: Catalogue
) -> bool:
    """Return whether a number is an answer: no used value, and a column of numbers at all."""
    used = f"{table}.{name}" in indicator.uses or (table == indicator.entity and name in indicator.uses)
    keys = (catalogue.tables[table].key, catalogue.tables[table].link)
    return not used and name not in keys and name in frame.columns and frame[name].dtype.is_numeric()


def _finite(column: pl.Series) -> pl.Series:
    return column.cast(pl.Float64).is_finite().fill_null(False)


def _filled(name: str, key: str, within: tuple[str, ...], unfit: pl.Series | None) -> pl.Expr:
    number = pl.col(name).cast(pl.Float64)
    present = pl.when(number.is_finite()).then(number)
    median, many = present.median(), present.count()
    fits = pl.lit(True)
    if within:
        median, many = median.over(within), many.over(within)
        fits = pl.all_horizontal(pl.col(column).is_not_null() for column in within)
    if unfit is not None:
        fits = fits & ~pl.col(key).cast(pl.String).is_in(unfit.implode())
    return (
        pl.when(present.is_null() & fits & (many >= LEAST_PRESENT))
        .then(median)
        .otherwise(present)
        .alias(name)
    )


def _not_applicable(answer_reasons: pl.DataFrame | None, table: str) -> dict[str, pl.Series]:
    """Return by question the keys (as text) of the rows of a table to which it does not apply."""
    if answer_reasons is None:
        return {}
    about = (pl.col("table") == table) & (pl.col("reason") == NOT_APPLICABLE)
    rows = answer_reasons.filter(about).select(
        pl.col("key").cast(pl.String), pl.col("question").cast(pl.String)
    )
    return {str(name): group["key"] for (name,), group in rows.group_by("question")}


def _no_cells(table: str, frame: pl.DataFrame, within: tuple[str, ...]) -> Iterator[Problem]:
    for name in within:
        if name not in frame.columns:
            values = {
                "found": f"impute_within: {name}",
                "expected": f"a column {name} of {table}{did_you_mean(name, frame.columns)}",
            }
            yield Problem(M_COLUMN, Place(file=table, column=name), values)
