"""Dated values joined to rows: the one valid for the row's keys at the row's date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from mande.schema.parameter import Parameter

_DATE, _VALUE, _ROW = "__date", "__value", "__row"


def valid_values(
    rows: pl.DataFrame, parameter: Parameter, *, by: Sequence[str], at: str | None, reference_date: dt.date
) -> pl.DataFrame:
    """Return for each row, in order, the `value` valid there and why there is none (`reason`).

    A value is valid from its start until the next one with the same keys begins.

    Parameters
    ----------
    rows
        Rows with the columns `by` and `at`.
    parameter
        Dated values; its keys are called like the columns in `by`.
    by
        Columns that pick the value.
    at
        Date column; `reference_date` where it is None.
    reference_date
        Date of every row without a date column.
    """
    keys = [pl.col(name).cast(pl.String) for name in by]
    date = pl.lit(reference_date) if at is None else pl.col(at)
    asked = rows.with_columns(*keys, date.cast(pl.Date).alias(_DATE)).select(*by, _DATE).with_row_index(_ROW)
    if by or at is not None:
        found = _found(asked, parameter, by)
    else:
        started = [entry for entry in parameter.values if entry.start <= reference_date]
        value = max(started, key=lambda entry: entry.start).value if started else None
        found = asked.with_columns(pl.lit(value, dtype=pl.Float64).alias(_VALUE))
    reason = pl.when(pl.col(_VALUE).is_null()).then(_reason(parameter, by, at))
    return found.sort(_ROW).select(pl.col(_VALUE).alias("value"), reason.alias("reason"))


def _found(asked: pl.DataFrame, parameter: Parameter, by: Sequence[str]) -> pl.DataFrame:
    entries = [(*(value.key[name] for name in by), value.start, value.value) for value in parameter.values]
    schema = {**dict.fromkeys(by, pl.String), _DATE: pl.Date, _VALUE: pl.Float64}
    values = pl.DataFrame(entries, schema=schema, orient="row").sort(_DATE)
    complete = pl.all_horizontal(pl.col(_DATE, *by).is_not_null())
    dated = asked.filter(complete).sort(_DATE)
    # Polars cannot check the order within groups and would warn; both sides were sorted just now.
    joined = dated.join_asof(
        values, on=_DATE, by=list(by) or None, strategy="backward", check_sortedness=False
    )
    return pl.concat([joined, asked.filter(~complete)], how="diagonal")


def _reason(parameter: Parameter, by: Sequence[str], at: str | None) -> pl.Expr:
    keys = [pl.format(f"{name} {{}}", pl.col(name)) for name in by]
    date = pl.col(_DATE).dt.to_string("%Y-%m-%d")
    where = pl.format("for {} ", pl.concat_str(*keys, separator=", ")) if keys else pl.lit("")
    found = pl.format(f"no value of {parameter.id} {{}}at {{}}", where, date)
    absent = [pl.when(pl.col(name).is_null()).then(pl.lit(f"{name} is missing")) for name in by]
    if at is not None:
        absent.append(pl.when(pl.col(_DATE).is_null()).then(pl.lit(f"{at} is missing")))
    return pl.coalesce(*absent, found)
