"""Columns in NumPy: every operation gives what it gives on Polars; groups and pairs by brute force."""

from __future__ import annotations

import math
from collections import defaultdict

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure import expressions as ex
from mande.measure.numbered import Groups, Pairs, places_of
from mande.measure.vectors import combinations, constant, vector_of, worked_out

NUMBERS = st.lists(st.sampled_from([None, 0.0, -1.0, 2.0, 0.5, -0.0, 700.0]), min_size=3, max_size=3)
TRUTHS = st.lists(st.sampled_from([None, True, False]), min_size=3, max_size=3)
TEXTS = st.lists(st.sampled_from([None, "a", "b", "a b", ""]), min_size=3, max_size=3)

X, Y, P, Q, T, U = (ex.col(name) for name in "xypqtu")
TREES = {
    "arithmetic": -(X + Y * 2.0 - X) * Y,
    "division": ex.when(~(Y == 0.0), X / Y),
    "power": ex.when(X > 0.0, X**0.5),
    "comparison": ((X < Y) & (X != Y)) | (X >= Y),
    "logic": (P & Q) | ~P,
    "texts": (T == U) | (T == "a"),
    "ticked": T.ticked("a"),
    "chosen texts": ex.choose(P, T, ex.choose(Q, U, ex.lit("c"))),
    "chosen": ex.choose(P, X, Y),
    "one branch": ex.when(P, X),
    "two branches": ex.when(P, X, Y),
    "first": ex.coalesce(X, Y, ex.lit(3.0)),
    "first text": ex.coalesce(T, U),
    "smallest": ex.smallest(X, Y),
    "largest": ex.largest(X, Y, ex.lit(1.0)),
    "cast": P.cast(ex.NUMBER) + X.is_null().cast(ex.NUMBER),
    "finite": (X.exp() * X.exp()).finite(),
    "rounding": X.floor() + X.ceil() + X.abs(),
    "roots": ex.when(X > 0.0, X.log() + X.sqrt()),
}


@settings(max_examples=60, deadline=None)
@given(x=NUMBERS, y=NUMBERS, p=TRUTHS, q=TRUTHS, t=TEXTS, u=TEXTS)
def test_every_operation_gives_what_it_gives_on_polars(x, y, p, q, t, u):
    kinds = {"x": "number", "y": "number", "p": "truth", "q": "truth", "t": "codes", "u": "codes"}
    dtypes = {"number": pl.Float64, "truth": pl.Boolean, "codes": pl.String}
    data = dict(zip(kinds, (x, y, p, q, t, u), strict=True))
    frame = pl.DataFrame(data, schema={name: dtypes[kind] for name, kind in kinds.items()})
    vectors = {name: vector_of(frame[name], kind) for name, kind in kinds.items()}
    for name, tree in TREES.items():
        engine = nw.from_native(frame).select(ex.on_engine(tree).alias(name)).to_native()[name]
        with np.errstate(all="ignore"):
            found = worked_out(tree, vectors.__getitem__).over(3).series(name)
        expected = engine if engine.dtype == pl.String else engine.cast(pl.Float64)
        for one, other in zip(found, expected, strict=True):
            same = one == other or (one is not None and other is not None and math.isclose(one, other))
            assert same, (name, data, found.to_list(), expected.to_list())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 3), st.sampled_from([None, 0.0, 1.0, -2.0, 4.0])), max_size=12))
def test_groups_are_what_a_loop_over_the_rows_finds(rows):
    group = np.array([number for number, _ in rows], dtype=np.int64)
    column = vector_of(pl.Series([value for _, value in rows], dtype=pl.Float64), "number")
    groups = Groups.of(group, 4)
    found = defaultdict(list)
    for number, value in rows:
        found[number].append(value)
    known = {number: [v for v in found[number] if v is not None] for number in range(4)}
    there = [bool(found[number]) for number in range(4)]

    def of(vector):
        return [None if gone else v for v, gone in zip(vector.values.tolist(), vector.missing, strict=True)]

    def expected(function):
        return [function(known[number]) if there[number] else None for number in range(4)]

    assert of(groups.rows()) == [len(found[number]) or None for number in range(4)]
    assert of(groups.sum(column)) == expected(sum)
    assert of(groups.present(column)) == expected(len)
    assert of(groups.distinct(column)) == expected(lambda values: len(set(values)))
    assert of(groups.smallest(column)) == expected(lambda values: min(values, default=None))
    assert of(groups.largest(column)) == expected(lambda values: max(values, default=None))


@pytest.mark.parametrize(
    ("kind", "values", "smallest", "largest"),
    [
        ("truth", [True, None, False, True, True, None], [False, True, None], [True, True, None]),
        ("text", ["b", None, "c", "a", "b", None], ["b", "a", None], ["c", "b", None]),
        ("number", [-2.0, None, -3.0, 5.0, 4.0, None], [-3.0, 4.0, None], [-2.0, 5.0, None]),
    ],
)
def test_extremes_of_groups_of_every_kind(kind, values, smallest, largest):
    groups = Groups.of(np.array([0, 0, 0, 1, 1, 2]), 3)
    column = vector_of(pl.Series(values), kind)

    def of(vector):
        shown = vector.values.tolist() if vector.words is None else [vector.words[v] for v in vector.values]
        return [None if gone else v for v, gone in zip(shown, vector.missing, strict=True)]

    assert of(groups.smallest(column)) == smallest
    assert of(groups.largest(column)) == largest


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from([1.0, 2.0, 4.0])), max_size=12)
)
def test_pairs_are_what_a_loop_over_the_rows_finds(rows):
    group, value, amount = (
        (np.array(column) for column in zip(*rows, strict=True))
        if rows
        else (np.array([], dtype=kind) for kind in (np.int64, np.int64, float))
    )
    sums = defaultdict(float)
    for number, code, weight in rows:
        sums[number, code] += weight
    pairs = Pairs.of(group, value)
    assert pairs.sum(amount).tolist() == [sums[pair] for pair in sorted(sums)]
    assert pairs.groups.tolist() == [number for number, _ in sorted(sums)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.sampled_from([None, 1.0, 1e9])), max_size=12))
def test_rows_share_a_combination_exactly_where_all_their_values_are_alike(rows):
    texts = vector_of(pl.Series([text for text, _ in rows], dtype=pl.String), "text")
    numbers = vector_of(pl.Series([number for _, number in rows], dtype=pl.Float64), "number")
    places, which = combinations([texts, numbers], len(rows))
    assert len(places) == len(set(rows))
    assert [rows[places[number]] for number in which] == rows


def test_places_are_those_of_equal_keys_and_below_0_for_none():
    wanted = pl.Series(["b", None, "x", "a"])
    assert places_of(wanted, pl.Series(["a", "b"])).tolist() == [1, -1, -1, 0]


def test_words_are_put_in_place_without_touching_the_rest():
    told = constant("size is missing", 3).put(
        np.array([0, 2]), vector_of(pl.Series(["refused", None]), "text")
    )
    assert told.series("reason").to_list() == ["refused", "size is missing", "size is missing"]
