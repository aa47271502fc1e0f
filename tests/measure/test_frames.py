"""From Polars to pandas and nothing lost: kinds, missing values, dates."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure import to_pandas


def converted(values: list[Any], kind: pl.DataType | type[pl.DataType]) -> pd.Series:
    return to_pandas(pl.DataFrame({"x": pl.Series(values, dtype=kind)}))["x"]


def test_whole_numbers_stay_whole_unless_one_is_missing():
    assert converted([1, 2**62], pl.Int64).tolist() == [1, 2**62]
    assert converted([1, 2], pl.UInt8).dtype == np.dtype("int64")
    found = converted([1, None], pl.Int64)
    assert (found.dtype, found[0], math.isnan(found[1])) == (np.dtype("float64"), 1.0, True)


def test_yes_and_no_become_one_and_zero_and_missing_is_not_no():
    found = converted([True, False, None], pl.Boolean)
    assert found.dtype == np.dtype("float64")
    assert found[:2].tolist() == [1.0, 0.0]
    assert math.isnan(found[2])
    assert converted([True], pl.Boolean).dtype == np.dtype("float64")


def test_texts_stay_python_strings():
    found = converted(["a", None, ""], pl.String)
    assert (found.dtype, found.tolist()) == (np.dtype("object"), ["a", None, ""])
    assert converted(["a", None], pl.Enum(["a"])).tolist() == ["a", None]
    assert converted(["a", None], pl.Categorical()).tolist() == ["a", None]


def test_dates_of_every_century_come_through():
    days = [dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(2024, 2, 29), dt.date(9999, 12, 31)]
    found = converted([*days, None], pl.Date)
    assert [moment.date() for moment in found[:4]] == days
    assert found[4] is pd.NaT


def test_a_column_without_any_answer_is_a_column_of_missing_numbers():
    found = converted([None, None], pl.Null)
    assert found.dtype == np.dtype("float64")
    assert found.isna().all()


@pytest.mark.parametrize("value", [1, 1.5, True, "a", dt.date(2024, 1, 1)])
def test_an_empty_column_keeps_its_kind(value: object):
    frame = pl.DataFrame({"x": [value]})
    assert to_pandas(frame.clear())["x"].dtype == to_pandas(frame)["x"].dtype


def test_what_is_written_into_the_result_does_not_reach_the_source():
    source = pl.DataFrame({"n": [1, 2], "x": [1.0, 2.0], "d": [dt.date(2024, 1, 1)] * 2})
    found = to_pandas(source)
    found.loc[0, "n"], found.loc[0, "x"], found.loc[0, "d"] = 9, 9.0, pd.Timestamp("2000-01-01")
    assert source.rows() == [(1, 1.0, dt.date(2024, 1, 1)), (2, 2.0, dt.date(2024, 1, 1))]


FRAMES = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**53), 2**53),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.booleans(),
        st.none() | st.text(max_size=5),
        st.none() | st.dates(),
        st.none() | st.datetimes(),
    ),
    max_size=8,
)
SCHEMA = {
    "whole": pl.Int64,
    "number": pl.Float64,
    "yes": pl.Boolean,
    "text": pl.String,
    "day": pl.Date,
    "moment": pl.Datetime("us"),
}


@settings(deadline=None, max_examples=80)
@given(rows=FRAMES)
def test_every_cell_comes_back(rows):
    found = to_pandas(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    assert list(found.columns) == list(SCHEMA)
    assert list(found.index) == list(range(len(rows)))
    back = [
        tuple(
            None if pd.isna(cell) else read(cell)
            for cell, read in zip(
                row, (int, float, bool, str, pd.Timestamp.date, pd.Timestamp.to_pydatetime), strict=True
            )
        )
        for row in found.itertuples(index=False)
    ]
    assert back == rows
