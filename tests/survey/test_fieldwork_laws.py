"""Checks that go over all rows once say what going through each group by itself would say."""

from __future__ import annotations

import math
import statistics

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mande.survey.checks.enumerators import medians_of_others
from mande.survey.checks.missingness import compared
from mande.survey.checks.outliers import CUT_OFF, ENOUGH, judged

WHO = st.sampled_from(["A", "B", "C"])
NUMBERS = st.one_of(st.none(), st.integers(-5, 60).map(float), st.floats(-1e6, 1e6))


@given(st.lists(st.tuples(WHO, st.one_of(st.none(), st.floats(0, 500))), min_size=1, max_size=40))
def test_the_median_of_the_others_is_that_of_the_rows_of_nobody_else(rows):
    frame = pl.DataFrame(rows, schema={"enumerator": pl.String, "minutes": pl.Float64}, orient="row")
    found = dict(medians_of_others(frame).iter_rows())
    for who in {who for who, _ in rows}:
        others = [minutes for other, minutes in rows if other != who and minutes is not None]
        assert found[who] == (pytest.approx(statistics.median(others)) if others else None)


@given(st.lists(st.tuples(WHO, st.floats(0, 1)), min_size=10, max_size=60))
def test_each_group_is_compared_with_all_rows_but_its_own(rows):
    frame = pl.DataFrame(rows, schema={"who": pl.String, "share": pl.Float64}, orient="row")
    found = {who: numbers for who, *numbers in compared(frame).iter_rows()}
    for who in {who for who, _ in rows}:
        own = [share for other, share in rows if other == who]
        others = [share for other, share in rows if other != who]
        assert (who in found) == (len(own) >= 5 and len(others) >= 5)
        if who in found:
            n, a, b, error = found[who]
            apart = math.sqrt(statistics.variance(own) / len(own) + statistics.variance(others) / len(others))
            assert (n, a, b) == (
                len(own),
                pytest.approx(sum(own) / n),
                pytest.approx(statistics.mean(others)),
            )
            assert error == pytest.approx(apart, abs=1e-7)


@given(st.lists(st.tuples(NUMBERS, st.sampled_from(["", "north", "south"])), min_size=1, max_size=120))
def test_numbers_lie_far_by_the_definition_place_by_place_or_all_together(rows):
    values = pl.Series([value for value, _ in rows], dtype=pl.Float64)
    places = pl.Series([place for _, place in rows])
    known = {name: sum(v is not None and p == name for v, p in rows) for name in ("north", "south")}
    groups = [place if known.get(place, 0) >= ENOUGH else None for _, place in rows]
    assert judged(values, None)["far"].to_list() == _far(values.to_list(), [None] * len(rows))
    found = judged(values, places)
    assert found["far"].to_list() == _far(values.to_list(), groups)
    assert found["group"].to_list() == groups


def _far(values: list[float | None], groups: list[str | None]) -> list[bool]:
    """Say it in the words of the definition: far in levels, and in logarithms where nothing is negative."""
    far = [False] * len(values)
    for group in set(groups):
        rows = [
            i for i, (v, g) in enumerate(zip(values, groups, strict=True)) if g == group and v is not None
        ]
        own = {i: values[i] for i in rows}
        beyond = _beyond(own)
        if all(value >= 0 for value in own.values()):
            beyond &= _beyond({i: math.log(value) for i, value in own.items() if value > 0})
        for i in beyond:
            far[i] = True
    return far


def _beyond(own: dict[int, float]) -> set[int]:
    if len(own) < ENOUGH:
        return set()
    median = statistics.median(own.values())
    away = {i: abs(value - median) for i, value in own.items()}
    scale = statistics.median(away.values()) * 1.482602218505602
    if not scale:
        ends = (pl.Series(list(own.values())).quantile(share) for share in (0.75, 0.25))
        high, low = ends
        scale = (high - low) * 0.741301109252801
    return {i for i, distance in away.items() if scale > 0 and distance > CUT_OFF * scale}
