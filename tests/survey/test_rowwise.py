"""Formulas row by row: the same values as the library's own engine, worked out in plain Python."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mande.formula import parse
from mande.survey.rowwise import Rows, can_work_out, worked_out
from tests.measure.oracle import Oracle
from tests.measure.world import TABLES, Writer, answers, frames

FREE = {name: entry.model_copy(update={"gate": None}) for name, entry in TABLES.items()}


def rows_of(data) -> dict[str, Rows]:
    clean = {
        table: frame.with_columns(pl.col(pl.Float64).fill_nan(None)) for table, frame in frames(data).items()
    }
    return {n: Rows(clean[n], entry.key, entry.parent, entry.link) for n, entry in FREE.items()}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=answers(), pick=st.data())
def test_a_formula_means_what_the_oracle_says(data, pick):
    writer = Writer(pick.draw, "seasons", {})
    text = writer.number("seasons", 3) if pick.draw(st.booleans()) else writer.truth("seasons", 3)
    root = parse(text).root
    expected = Oracle("seasons", FREE, data, [("seasons", "value", root)]).results()
    tables = rows_of(data)
    assert can_work_out(root, "seasons", tables)
    found = worked_out(root, "seasons", tables).cast(pl.Float64).to_list()
    keys = tables["seasons"].frame["season_id"].to_list()
    for key, value in zip(keys, found, strict=True):
        wanted = expected[key]
        assert (value is None or not math.isfinite(value)) == (wanted is None), (text, key)
        if wanted is not None:
            assert value == pytest.approx(wanted, rel=1e-6, abs=1e-12), (text, key)


def two_levels() -> dict[str, Rows]:
    above = pl.DataFrame({"k": ["1", "2", "3", "3"], "n": [2.0, 1.0, None, 5.0]})
    below = pl.DataFrame({"c": ["a", "b", "x"], "k": ["1", "1", "9"], "q": [0.1, 0.2, None]})
    return {"h": Rows(above, "k"), "c": Rows(below, "c", "h", "k")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(c) == n", [True, False, None, False]),
        ("sum(c.q) <= 0.3", [True, True, True, True]),  # in floats 0.1 + 0.2 is above 0.3
        ("sum(c.q) == 0.3", [True, False, False, False]),
        ("sum(c.q) > 0.3", [False, False, False, False]),
        ("max(c.q)", [0.2, None, None, None]),
        ("sum(c.q * n)", [pytest.approx(0.6), 0.0, 0.0, 0.0]),
    ],
)
def test_rows_below_are_gathered_by_their_link(text, expected):
    assert worked_out(parse(text).root, "h", two_levels()).to_list() == expected


def test_the_row_above_lends_its_answers_and_one_that_stands_twice_none():
    tables = two_levels()
    assert worked_out(parse("h.n + q").root, "c", tables).to_list() == [2.1, 2.2, None]
    tables["c"] = Rows(tables["c"].frame.with_columns(pl.lit("3").alias("k")), "c", "h", "k")
    assert worked_out(parse("h.n").root, "c", tables).to_list() == [None, None, None]


def test_a_formula_without_its_columns_or_tables_is_not_worked_out():
    tables = two_levels()
    for text in ("z > 1", "h.z > 1", "sum(d.q) > 1", "sum(c.z) > 1", "d.q > 1"):
        assert not can_work_out(parse(text).root, "h", tables), text
    assert not can_work_out(parse("n > 1").root, "nowhere", tables)
