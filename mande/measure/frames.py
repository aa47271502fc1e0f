"""The one conversion from Polars to pandas: null-safe, and without pyarrow."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """Return the same rows and columns as a pandas frame.

    Integers become int64 where none is missing and float64 with NaN where one is; other numbers and
    yes/no become float64 (1, 0, NaN), which every estimator takes; dates become datetime64; texts stay
    Python strings with None for missing ones. Whole numbers beyond 2**53 lose digits only in a column
    with missing values.

    Examples
    --------
    >>> to_pandas(pl.DataFrame({"id": ["a", None], "union": [True, None], "n": [1, 2]}))
         id  union  n
    0     a    1.0  1
    1  None    NaN  2
    """
    columns = {name: _column(frame[name]) for name in frame.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(frame.height))


def _column(series: pl.Series) -> pd.Series:
    kind = series.dtype
    if kind.is_integer() and kind != pl.UInt64 and series.null_count() == 0:
        return pd.Series(series.cast(pl.Int64).to_numpy(), dtype="int64")
    if kind.is_numeric() or kind in (pl.Boolean, pl.Null):
        return pd.Series(numbers(series), dtype="float64")
    if kind == pl.Date or isinstance(kind, pl.Datetime):
        moments = series.cast(pl.Datetime("us")).to_physical().fill_null(np.iinfo(np.int64).min)
        return pd.Series(moments.to_numpy().view("datetime64[us]"))
    return pd.Series(series.cast(pl.String).to_list(), dtype="object")


def numbers(series: pl.Series) -> NDArray[np.float64]:
    """Return a column as floats with NaN for missing values; yes is 1."""
    return series.cast(pl.Float64).fill_null(np.nan).to_numpy(writable=True)
