"""Dated values joined to rows: the one valid for the row's keys at the row's date, or why there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal

import polars as pl

from mande.schema.parameter import Duration, Parameter, Uplift

_ROW, _DATE, _WHY, _NEXT, _TIMES = "__row", "__date", "__why", "__next", "__times"
# Of the value begun last: its place in `Parameter.ranges()`, what it says, and the days it holds.
_ENTRY, _VALUE, _PROVISIONAL = "__entry", "__value", "__provisional"
_START, _LAST, _LIMIT = "__start", "__last", "__limit"
_FACTOR, _AT_DATE, _AT_START, _LACKS, _INDEX_PROVISIONAL = (
    "__factor",
    "__at_date",
    "__at_start",
    "__lacks",
    "__index_provisional",
)
_LIFTED = {
    _ROW: pl.UInt32,
    _FACTOR: pl.Float64,
    _AT_DATE: pl.Int64,
    _AT_START: pl.Int64,
    _INDEX_PROVISIONAL: pl.Boolean,
    _LACKS: pl.String,
}
USED: Mapping[str, type[pl.DataType]] = {
    "parameter": pl.String,
    "key": pl.String,
    "start": pl.Date,
    "last_day": pl.Date,
    "value": pl.Float64,
    "unit": pl.String,
    "source": pl.String,
    "provisional": pl.Boolean,
    "illustrative": pl.Boolean,
    "uplift_low": pl.Float64,
    "uplift_high": pl.Float64,
    "look_ups": pl.Int64,
}
"""Columns of `parameters_used`."""


def valid_values(
    rows: pl.DataFrame,
    parameter: Parameter,
    *,
    by: Sequence[str],
    at: str | None,
    reference_date: dt.date,
    index: Parameter | None = None,
) -> pl.DataFrame:
    """Return for each row, in order, the value valid there, or why there is none.

    A value holds from its start to its last day (`Parameter.ranges`). Outside there is none, unless the
    parameter declares an uplift: then it is the value begun last, times the price index at the date over
    the index at the value's start.

    Parameters
    ----------
    rows
        Rows with the columns `by` and `at`. A key that is a number matches its text: 40.0 is '40'.
    parameter
        Dated values; its keys are called like the columns in `by`.
    by
        Columns that pick the value.
    at
        Date column; `reference_date` where it is None.
    reference_date
        Date of every row without a date column.
    index
        The parameter that `uplift` names; without it nothing is uplifted.

    Returns
    -------
    Columns: `value`; `reason` (null where there is a value); `entry`, the value's place in
    `parameter.ranges()`; `provisional`, whether its source or the index's may still revise it; `uplift`,
    the factor (null where the value stands as it is); `index_at_date` and `index_at_start`, the places
    of the values that make the factor in `index.ranges()`.
    """
    date = pl.lit(reference_date) if at is None else pl.col(at)
    keys = [_as_text(rows, name) for name in by]
    asked = rows.with_columns(date.cast(pl.Date).alias(_DATE), *keys).select(_DATE, *by).with_row_index(_ROW)
    found = _begun_last(asked, parameter, by)
    lifted = pl.DataFrame(schema=_LIFTED)
    if parameter.uplift is not None and index is not None:
        old = found.filter((pl.col(_LAST) < pl.col(_DATE)) & (pl.col(_DATE) <= pl.col(_LIMIT)))
        lifted = _factors(old, parameter.uplift, index)
    found = found.join(lifted, on=_ROW, how="left")
    ended = (pl.col(_LAST) < pl.col(_DATE)).fill_null(value=False)
    holds = pl.col(_ENTRY).is_not_null() & (~ended | pl.col(_FACTOR).is_not_null())
    without = found.filter(~holds)
    if without.is_empty():
        found = found.with_columns(pl.lit(None, dtype=pl.String).alias(_WHY)).sort(_ROW)
    else:
        found = found.join(_whys(without, parameter, by, at), on=_ROW, how="left").sort(_ROW)
    provisional = pl.col(_PROVISIONAL) | pl.col(_INDEX_PROVISIONAL).fill_null(value=False)
    return found.select(
        pl.when(holds).then(pl.col(_VALUE) * pl.col(_FACTOR).fill_null(1.0)).alias("value"),
        pl.col(_WHY).alias("reason"),
        pl.when(holds).then(pl.col(_ENTRY)).alias("entry"),
        pl.when(holds).then(provisional).otherwise(pl.lit(value=False)).alias("provisional"),
        pl.col(_FACTOR).alias("uplift"),
        pl.when(pl.col(_FACTOR).is_not_null()).then(pl.col(_AT_DATE)).alias("index_at_date"),
        pl.when(pl.col(_FACTOR).is_not_null()).then(pl.col(_AT_START)).alias("index_at_start"),
    )


def _as_text(rows: pl.DataFrame, name: str) -> pl.Expr:
    """Return a key as text; whole numbers without decimals, NaN as missing."""
    column = pl.col(name)
    if not rows.schema[name].is_float():
        return column.cast(pl.String)
    whole = column.cast(pl.Int64, strict=False)
    text = pl.when(whole == column).then(whole.cast(pl.String)).otherwise(column.cast(pl.String))
    return pl.when(column.is_finite()).then(text).alias(name)


def _begun_last(asked: pl.DataFrame, parameter: Parameter, by: Sequence[str]) -> pl.DataFrame:
    """Add to each row the value of its keys that began last, ended or not; null where none has begun."""
    limit = Duration(months=parameter.uplift.up_to_months) if parameter.uplift else None
    entries = [
        (
            *(value.key[name] for name in by),
            value.start,
            value.start,
            number,
            value.value,
            value.provisional,
            last,
            limit.last_day(value.start) if limit else None,
        )
        for number, (value, last) in enumerate(parameter.ranges())
    ]
    schema = dict.fromkeys(by, pl.String) | {_DATE: pl.Date, _START: pl.Date, _ENTRY: pl.Int64}
    schema |= {_VALUE: pl.Float64, _PROVISIONAL: pl.Boolean, _LAST: pl.Date, _LIMIT: pl.Date}
    values = pl.DataFrame(entries, schema=schema, orient="row").sort(_DATE)
    return _nearest(asked, values, by, "backward")


def _nearest(
    asked: pl.DataFrame, values: pl.DataFrame, by: Sequence[str], strategy: Literal["backward", "forward"]
) -> pl.DataFrame:
    complete = pl.all_horizontal(pl.col(_DATE, *by).is_not_null())
    dated = asked.filter(complete).sort(_DATE)
    # Polars cannot check the order within groups and would warn; both sides were sorted just now.
    joined = dated.join_asof(values, on=_DATE, by=list(by) or None, strategy=strategy, check_sortedness=False)
    return pl.concat([joined, asked.filter(~complete)], how="diagonal")


# -- the uplift -----------------------------------------------------------------------------------


def _factors(old: pl.DataFrame, uplift: Uplift, index: Parameter) -> pl.DataFrame:
    """Return for each row the index at its date over the index at its value's start, or what it lacks."""
    now, base = (
        valid_values(old, index, by=uplift.by, at=date, reference_date=dt.date.min).select(
            pl.all().name.suffix(end)
        )
        for date, end in ((_DATE, "_now"), (_START, "_base"))
    )
    factor = pl.when(pl.col("value_base") > 0).then(pl.col("value_now") / pl.col("value_base"))
    lacks = pl.coalesce("reason_now", "reason_base", pl.lit(f"{index.id} is not above 0"))
    return pl.concat([old.select(_ROW), now, base], how="horizontal").select(
        pl.col(_ROW),
        factor.alias(_FACTOR),
        pl.col("entry_now").alias(_AT_DATE),
        pl.col("entry_base").alias(_AT_START),
        (pl.col("provisional_now") | pl.col("provisional_base")).alias(_INDEX_PROVISIONAL),
        pl.when(factor.is_null()).then(lacks).alias(_LACKS),
    )


# -- why there is none ----------------------------------------------------------------------------


def _whys(rows: pl.DataFrame, parameter: Parameter, by: Sequence[str], at: str | None) -> pl.DataFrame:
    """Return why rows have no value: what is missing, or how their date lies to the values of their keys."""
    schema = dict.fromkeys(by, pl.String) | {_DATE: pl.Date, _NEXT: pl.Date}
    starts = [(*(v.key[name] for name in by), v.start, v.start) for v in parameter.values]
    nexts = pl.DataFrame(starts, schema=schema, orient="row").sort(_DATE)
    told = _nearest(rows, nexts, by, "forward")
    absent = [pl.when(pl.col(name).is_null()).then(pl.lit(f"{name} is missing")) for name in by]
    if at is not None:
        absent.append(pl.when(pl.col(_DATE).is_null()).then(pl.lit(f"{at} is missing")))
    keys = [pl.format(f"{name} {{}}", pl.col(name)) for name in by]
    of = pl.format(" for {}", pl.concat_str(*keys, separator=", ")) if keys else pl.lit("")
    outside = pl.format(f"{parameter.id}{{}} has no value for {{}}; {{}}", of, _day(_DATE), _position())
    # The day says nothing where there is no day with a value, and would make a reason of each of them.
    never = pl.format(f"{parameter.id}{{}} has no value; none is given", of)
    return told.select(_ROW, pl.coalesce(*absent, pl.when(_never()).then(never), outside).alias(_WHY))


def _never() -> pl.Expr:
    return pl.col(_LACKS).is_null() & pl.col(_ENTRY).is_null() & pl.col(_NEXT).is_null()


def _position() -> pl.Expr:
    """Say how a date without a value lies to the values before and after it."""
    last, after = _day(_LAST), _day(_NEXT)
    too_old = pl.format("the last ends {} and may be uplifted until {}", last, _day(_LIMIT))
    return (
        pl.when(pl.col(_LACKS).is_not_null())
        .then(pl.format("the last ends {}, and cannot be uplifted: {}", last, pl.col(_LACKS)))
        .when(pl.col(_ENTRY).is_null())
        .then(pl.format("the first starts {}", after))
        .when(pl.col(_NEXT).is_not_null())
        .then(pl.format("one ends {}, the next starts {}", last, after))
        .when(pl.col(_LIMIT).is_not_null())
        .then(too_old)
        .otherwise(pl.format("the last ends {}", last))
    )


def _day(column: str) -> pl.Expr:
    return pl.col(column).dt.to_string("%Y-%m-%d")


# -- what was used --------------------------------------------------------------------------------


def parameters_used(
    found: pl.DataFrame,
    parameter: Parameter,
    index: Parameter | None = None,
    *,
    times: pl.Series | None = None,
) -> pl.DataFrame:
    """Return which dated values stand behind looked-up values, and how often each was looked up.

    Parameters
    ----------
    found
        What `valid_values` returned.
    parameter, index
        What it was given.
    times
        For how many rows of the survey each row stands; for one where None.

    Returns
    -------
    One row for each dated value and for each that was uplifted, by key and start; the values of the
    index that uplifted them after. Columns: `parameter` (id), `key` (such as 'region north'), `start`,
    `last_day` (null: open), `value` as the source states it, `unit`, `source`, `provisional` (its own
    source, or one of the index that uplifted it, may still revise it),
    `illustrative`, `uplift_low` and `uplift_high` (smallest and largest factor; null where the value
    stands as it is) and `look_ups` (rows).
    """
    weights = pl.repeat(1, len(found), dtype=pl.Int64, eager=True) if times is None else times
    here = found.with_columns(weights.cast(pl.Int64).alias(_TIMES)).filter(pl.col("entry").is_not_null())
    counts = here.group_by("entry", pl.col("uplift").is_not_null().alias("lifted")).agg(
        pl.col("uplift").min().alias("uplift_low"),
        pl.col("uplift").max().alias("uplift_high"),
        pl.col("provisional").any(),
        pl.col(_TIMES).sum().alias("look_ups"),
    )
    frames = [_described(counts.sort("entry", "lifted"), parameter)]
    if index is not None:
        both = (here.select(pl.col(f"index_at_{end}").alias("entry"), _TIMES) for end in ("date", "start"))
        places = pl.concat(both).drop_nulls().group_by("entry").agg(pl.col(_TIMES).sum().alias("look_ups"))
        nothing = pl.lit(None, dtype=pl.Float64)
        counts = places.sort("entry").with_columns(
            nothing.alias("uplift_low"),
            nothing.alias("uplift_high"),
            pl.lit(value=False).alias("provisional"),
        )
        frames.append(_described(counts, index))
    return pl.concat(frames)


def _described(counts: pl.DataFrame, parameter: Parameter) -> pl.DataFrame:
    ranges = parameter.ranges()
    rows = []
    for row in counts.iter_rows(named=True):
        value, last = ranges[row["entry"]]
        key = ", ".join(f"{name} {value.key[name]}" for name in parameter.by)
        stated = (parameter.id, key, value.start, last, value.value, parameter.unit, value.source)
        marks = (value.provisional or row["provisional"], parameter.illustrative)
        rows.append((*stated, *marks, row["uplift_low"], row["uplift_high"], row["look_ups"]))
    return pl.DataFrame(rows, schema=USED, orient="row")
