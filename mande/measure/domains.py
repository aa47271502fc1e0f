"""Units of a survey in an order that only their content decides, with their design and their groups."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mande.measure.design import SurveyDesign, survey_design
from mande.measure.entries import StatisticEntry
from mande.measure.sample import Sample

ROW = ":row"
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare
class Survey:
    """Units of the full sample in canonical order, with what a statistic takes.

    Attributes
    ----------
    whole : every unit, everything as if present. has_values, has_weight : per unit. design : of the units
        with a weight and a place in the design; `in_design` says which these are.
    """

    entry: StatisticEntry
    whole: Sample
    has_values: Mask
    has_weight: Mask
    in_design: Mask
    design: SurveyDesign


def canonical(
    frame: pl.DataFrame, entry: StatisticEntry, by: Sequence[str], others: Sequence[str | None]
) -> pl.DataFrame:
    """Return the columns needed, under names of their own, in canonical order.

    Rows that are alike in all of them stay in the order given; `:row` says which row of `frame` each was.
    `others` are the columns of weight, strata and PSU. The new names are `by0`, `by1`; `<role>:0`,
    `<role>:1`; `:weight`, `:strata`, `:psu`.
    """
    kinds = entry.statistic.roles
    chosen = [pl.col(name).alias(f"by{i}") for i, name in enumerate(by)]
    for role, names in entry.roles.items():
        sort = pl.String if kinds[role] == "text" else pl.Float64
        columns = names if isinstance(names, tuple) else (names,)
        chosen += [pl.col(name).cast(sort).alias(f"{role}:{i}") for i, name in enumerate(columns)]
    sorts = (pl.Float64, pl.String, pl.String)
    named = zip(("weight", "strata", "psu"), others, sorts, strict=True)
    chosen += [pl.col(name).cast(sort).alias(f":{alias}") for alias, name, sort in named if name is not None]
    rows = frame.select(chosen)
    return rows.with_row_index(ROW).sort(rows.columns, maintain_order=True)


def read_survey(
    rows: pl.DataFrame, entry: StatisticEntry, weight: str | None, strata: str | None, psu: str | None
) -> Survey:
    """Return the units of canonical rows.

    Raises
    ------
    ValueError
        When a weight is negative.
    """
    columns: dict[str, NDArray[Any]] = {}
    has_values = np.ones(len(rows), dtype=bool)
    for role, names in entry.roles.items():
        count = len(names) if isinstance(names, tuple) else 1
        read = [_column(rows[f"{role}:{i}"]) for i in range(count)]
        present = np.column_stack([there for _, there in read])
        may_lack = isinstance(names, tuple) and entry.statistic.may_lack(entry.options)
        has_values &= present.any(axis=1) if may_lack else present.all(axis=1)
        columns[role] = np.column_stack([v for v, _ in read]) if isinstance(names, tuple) else read[0][0]
    weights, has_weight = np.ones(len(rows)), np.ones(len(rows), dtype=bool)
    if weight is not None:
        weights, has_weight = _column(rows[":weight"])
        if (weights[has_weight] < 0).any():
            raise ValueError("weights must not be negative")
        has_weight = has_weight & (weights > 0)
    in_design = has_weight.copy()
    for name, column in ((strata, ":strata"), (psu, ":psu")):
        if name is not None:
            in_design &= rows[column].is_not_null().to_numpy()
    inside = rows.filter(pl.Series(in_design))
    stratum = np.zeros(len(inside), np.int64) if strata is None else _numbered(inside[":strata"])
    unit = np.arange(len(inside), dtype=np.int64) if psu is None else _numbered(inside[":psu"])
    multiple = {role: names for role, names in entry.roles.items() if isinstance(names, tuple)}
    whole = Sample(columns, weights, entry.options, multiple)
    return Survey(entry, whole, has_values, has_weight, in_design, survey_design(stratum, unit))


def _column(series: pl.Series) -> tuple[NDArray[Any], Mask]:
    """Return a column as an array, and which entries are present; infinities are not."""
    if series.dtype == pl.String:
        return series.to_numpy().astype(object), series.is_not_null().to_numpy()
    values = series.fill_null(math.nan).to_numpy()
    return values, np.isfinite(values)


def _numbered(series: pl.Series) -> NDArray[np.int64]:
    """Return the rank of each entry among the different ones."""
    return (series.rank("dense").to_numpy() - 1).astype(np.int64)


def groups(rows: pl.DataFrame, depth: int) -> Iterator[tuple[tuple[Any, ...], Mask]]:
    """Yield each group and which rows are in it."""
    if depth == 0:
        yield (), np.ones(len(rows), dtype=bool)
        return
    names = [f"by{i}" for i in range(depth)]
    parts = rows.select(names).with_row_index("place").partition_by(names, as_dict=True, maintain_order=True)
    for group, part in parts.items():
        member = np.zeros(len(rows), dtype=bool)
        member[part["place"].to_numpy()] = True
        yield group, member
