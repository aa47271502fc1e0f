"""Short ways to a sample and to one number of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from mande.measure import read_entry, summarise
from mande.measure.sample import Sample
from mande.measure.statistics import find

Entry = str | dict[str, Any]


def frame(value: Sequence[Any], weight: Sequence[Any] | None = None, **columns: Any) -> pl.DataFrame:
    content = {"value": pl.Series(value, dtype=pl.Float64, strict=False)}
    if weight is not None:
        content["weight"] = pl.Series(weight, dtype=pl.Float64, strict=False)
    for name, column in columns.items():
        content[name] = pl.Series([column] * len(value) if np.isscalar(column) else column)
    return pl.DataFrame(content)


def number(entry: Entry, value: Sequence[Any], weight: Sequence[Any] | None = None, **columns: Any) -> dict:
    """The one row of a statistic of one number, as a dictionary; `line=125` is the line of every unit."""
    table = frame(value, weight, **columns)
    (row,) = summarise(table, entry, weight=None if weight is None else "weight").to_dicts()
    return row


def sample(entry: Entry, table: Mapping[str, Any], weights: Any) -> Sample:
    read = read_entry(entry)
    columns = {role: np.asarray(table[str(name)], float) for role, name in read.roles.items()}
    return Sample(columns, np.asarray(weights, float), read.options)


def numbers_of(entry: Entry):
    return find(read_entry(entry).statistic.name)
