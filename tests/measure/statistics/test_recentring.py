"""Recentred influence functions: the mean of a cell's is its statistic, and so are their differences."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mande
from mande.errors import MandeError
from mande.measure import recentred, summarise
from mande.measure.statistics import available
from tests.measure.statistics.samples import frame, numbers_of

ENTRIES = [
    "mean",
    "median",
    {"quantile": {"q": 0.1}},
    "gini",
    "quintile_share_ratio",
    "theil",
    "mean_log_deviation",
    {"ratio_of_sums": {"below": "line"}},
    {"fgt": {"line": "line", "order": 0}},
    {"fgt": {"line": "line", "order": 2}},
    *(
        {name: {"line": "line"}}
        for name in ("sen", "sen_shorrocks_thon", "gap_of_mean", "gap_of_median", "shortfall_share")
    ),
    {"poverty_gap_of_poor": {"line": "line"}},
]


@settings(deadline=None, max_examples=25)
@given(values=st.lists(st.integers(1, 300).map(float), min_size=3, max_size=20), weights=st.data())
@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_the_weighted_mean_of_a_cell_is_its_statistic(entry, values, weights):
    w = weights.draw(st.lists(st.floats(0.1, 9), min_size=len(values), max_size=len(values)))
    table = frame(values, w, line=100.0, arm=["a", "b", "b"] * (len(values) // 3) + ["a"] * (len(values) % 3))
    spread = recentred(table, entry, "value", within=["arm"], weight="weight").to_numpy()
    wanted = summarise(table, entry, by=["arm"], weight="weight")
    for arm, value in wanted.select("arm", "value").rows():
        own = (table["arm"] == arm).to_numpy()
        if value is None:
            assert np.isnan(spread[own].astype(float)).all()
        else:
            assert np.average(spread[own], weights=np.array(w)[own]) == pytest.approx(value, abs=1e-8)


def test_the_recentred_gini_by_hand():
    """Incomes 1 and 3: G = 1/4. RIF of x: 2/mean * (x F + integral above) ... worked out in full below.

    Sum of w x = 4, W = 2. Ranks by half: F W = .5, 1.5; larger sums by half: .5 + 3 = 3.5, 1.5.
    Linearised: 2 (x F W + larger) / 8 - (5/4)(1/2 + x/4) = 1 - 15/16, 1.5 - 25/16 = 1/16, -1/16.
    """
    found = recentred(frame([1, 3]), "gini", "value")
    assert found.to_list() == pytest.approx([1 / 4 + 2 / 16, 1 / 4 - 2 / 16])


def test_units_without_a_value_and_cells_without_a_statistic_stay_empty():
    table = frame([1, None, 3, 0, 0], arm=["a", "a", "a", "b", "b"])
    found = recentred(table, "gini", "value", within=["arm"])
    assert found.is_null().to_list() == [False, True, False, True, True]
    assert found.name == "value"


def test_the_order_of_rows_does_not_change_a_bit():
    rng = np.random.default_rng(1)
    table = frame(rng.lognormal(0, 1, 50), rng.uniform(1, 2, 50), arm=["a", "b"] * 25)
    order = random.Random(2).sample(range(50), 50)
    one = recentred(table, "gini", "value", within=["arm"], weight="weight")
    other = recentred(table[order], "gini", "value", within=["arm"], weight="weight")
    assert one[order].to_list() == other.to_list()


@pytest.mark.parametrize("entry", ["gini", "median", {"fgt": {"line": "line", "order": 1}}], ids=str)
def test_the_difference_in_differences_is_that_of_the_statistics(entry):
    rng = np.random.default_rng(8)
    n = 60
    cells = [(arm, wave) for arm in ("t", "c") for wave in ("1", "2")]
    table = pl.concat(
        frame(
            rng.lognormal(4, 0.5 + 0.2 * (cell == ("t", "2")), n),
            line=60.0,
            arm=cell[0],
            wave=cell[1],
            unit=[f"{cell[0]}{i}" for i in range(n)],
        )
        for cell in cells
    )
    spread = table.with_columns(recentred(table, entry, "value", within=["arm", "wave"]).alias("spread"))
    panel = spread.with_columns((pl.col("arm") == "t").cast(pl.Float64).alias("treated"))
    columns = {name: panel[name].to_numpy() for name in ("spread", "treated", "wave", "unit")}
    import pandas as pd

    effect = mande.estimate(
        pd.DataFrame(columns), method="did", outcome="spread", treated="treated", unit="unit", time="wave"
    )
    by_cell = {row[:2]: row[3] for row in summarise(table, entry, by=["arm", "wave"]).iter_rows()}
    expected = by_cell["t", "2"] - by_cell["t", "1"] - by_cell["c", "2"] + by_cell["c", "1"]
    assert effect.estimate == pytest.approx(expected, abs=1e-9)


def test_totals_statistics_without_influence_and_of_several_numbers_are_refused(monkeypatch):
    from dataclasses import replace

    for entry in ("total", {"shortfall": {"line": "line"}}):
        with pytest.raises(MandeError, match="M-INFLUENCE"):
            recentred(frame([1, 2], line=3.0), entry, "value")
    plain = numbers_of("gini")
    for changed in (replace(plain, influence=None), replace(plain, compute=lambda s: {"a": 1.0, "b": 2.0})):
        monkeypatch.setattr("mande.measure.entries.find", lambda name, changed=changed: changed)
        with pytest.raises(MandeError, match="M-INFLUENCE"):
            recentred(frame([1, 2]), "gini", "value")


def test_all_but_totals_can_be_recentred():
    tested = {entry if isinstance(entry, str) else next(iter(entry)) for entry in ENTRIES}
    known = available()
    assert all(known[name].can_recentre for name in tested)
    assert not known["total"].can_recentre
    assert not known["shortfall"].can_recentre
