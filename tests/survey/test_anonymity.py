"""Figures of privacy: by hand, by laws, and against plain pandas."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mande.survey.anonymity import FEW, anonymity
from mande.survey.coarsen import Coarsening, coarsened, pseudonym_secret, pseudonyms

PEOPLE = pl.DataFrame(
    {
        "sex": ["f"] * 6 + ["m"] * 5 + [None],
        "village": ["A"] * 5 + ["B"] + ["A"] * 4 + ["B"] * 2,
        "hit": [0, 1, 0, 0, 1, 1, 0, 0, 0, 0, None, 2],
    }
)


def test_groups_are_counted_by_every_combination():
    # f-A 5, f-B 1, m-A 4, m-B 1, missing-B 1; sex alone: 6, 5, 1; village alone: 9, 3
    found = anonymity(PEOPLE, ["sex", "village"], protected=["hit"])
    assert [(c.columns, c.k, c.rows_below) for c in found.combinations] == [
        (("sex",), 1, 1),
        (("village",), 3, 3),
        (("sex", "village"), 1, 7),
    ]
    assert (found.k, found.rows_below, found.rows) == (1, 7, 12)


def test_protected_answers_that_a_group_shares_are_counted():
    # f-A {0,1}; f-B {1}; m-A {0} four rows; m-B no answer; missing-B {2}
    (hit,) = anonymity(PEOPLE, ["sex", "village"], protected=["hit"]).diversity
    assert (hit.l, hit.rows_below) == (1, 6)
    assert anonymity(PEOPLE, [], protected=["hit"]).diversity[0].l == 3


def test_a_table_without_rows_or_quasi_identifiers_has_figures_too():
    assert anonymity(PEOPLE.clear(), ["sex"]).k == 0
    assert anonymity(PEOPLE, []).k == PEOPLE.height


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 2)), min_size=1)


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_figures_are_those_of_another_library(rows):
    frame = pl.DataFrame(rows, schema=["a", "b", "c"], orient="row")
    sizes = pd.DataFrame(rows, columns=["a", "b", "c"]).groupby(["a", "b", "c"]).size()
    found = anonymity(frame, ["a", "b", "c"])
    assert found.k == sizes.min()
    assert found.rows_below == sizes[sizes < FEW].sum()


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_more_quasi_identifiers_never_hide_better(rows):
    frame = pl.DataFrame(rows, schema=["a", "b", "c"], orient="row")
    by = {c.columns: c for c in anonymity(frame, ["a", "b", "c"]).combinations}
    for columns, found in by.items():
        for other, wider in by.items():
            if set(columns) < set(other):
                assert wider.k <= found.k
                assert wider.rows_below >= found.rows_below


@pytest.mark.parametrize(
    ("how", "values", "expected"),
    [
        ({"width": 10}, [23, 29, 30, None], ["20-29", "20-29", "30-39", None]),
        ({"width": 49}, [48.9, 49, 147.0, -1], ["0-48", "49-97", "147-195", "-49--1"]),
        ({"breaks": [18, 30]}, [17, 18, 29, 30, None], ["below 18", "18-29", "18-29", "30+", None]),
        ({"bottom": 0, "top": 100}, [-5.0, 50.0, 500.0, None], [0.0, 50.0, 100.0, None]),
        ({"groups": {"north": ["A", "B"]}}, ["A", "C", None], ["north", "other", None]),
        ({"date": "month"}, [dt.date(2024, 3, 5), None], ["2024-03", None]),
        ({"date": "quarter"}, [dt.date(2024, 3, 31), dt.date(2024, 4, 1)], ["2024-Q1", "2024-Q2"]),
        ({"date": "year"}, [dt.date(2024, 3, 5)], ["2024"]),
    ],
)
def test_answers_are_made_coarser(how, values, expected):
    assert coarsened(pl.Series("x", values), Coarsening(**how)).to_list() == expected


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"width": 5, "top": 3},
        {"breaks": [3, 1]},
        {"groups": {"a": ["x"], "b": ["x"]}},
        {"width": 0},
    ],
)
def test_a_coarsening_is_one_thing(how):
    with pytest.raises(ValidationError):
        Coarsening(**how)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-200, 200), min_size=1), st.integers(1, 50))
def test_a_band_holds_its_value(values, width):
    for value, band in zip(values, coarsened(pl.Series(values), Coarsening(width=width)), strict=True):
        low = value // width * width
        assert band == f"{low}-{low + width - 1}"


def test_pseudonyms_hold_across_releases_and_differ_between_tables(tmp_path):
    secret = pseudonym_secret(tmp_path / "private")
    assert pseudonym_secret(tmp_path / "private") == secret
    ids = pl.Series("id", ["F001", "F002", None])
    once, again = pseudonyms(ids, secret, kind="farmer_id"), pseudonyms(ids, secret, kind="farmer_id")
    assert once.to_list() == again.to_list()
    assert once[2] is None
    assert once.drop_nulls().n_unique() == 2
    assert pseudonyms(ids, secret, kind="plot_id")[0] != once[0]
    assert pseudonyms(ids, b"another", kind="farmer_id")[0] != once[0]
    assert "F001" not in once.to_list()
