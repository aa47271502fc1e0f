"""Each statistic that may be an outcome: its recentred influence function, worked out apart from the code.

The influence of a unit is how fast the statistic moves when a little of the weight is shifted to it (Firpo,
Fortin and Lemieux 2009, equation 1). For simple statistics the result stands here in numbers; the others are
written out again below, plainly, and their weight is shifted.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from mande.measure import frozen_entry, recentred
from mande.measure.statistics import available
from tests.measure.statistics.samples import frame

X = [1.0, 2.0, 5.0]
LINE = {"line": 4.0}


def kernel(values: list[float], at: float) -> float:
    """Return the density at a point: three units, Silverman's bandwidth on their standard deviation."""
    bandwidth = 0.9 * math.sqrt(26 / 9) * 3**-0.2
    return sum(math.exp(-(((x - at) / bandwidth) ** 2) / 2) / math.sqrt(2 * math.pi) for x in values) / (
        3 * bandwidth
    )


MEDIAN = [2 - (1 / 3) / kernel(X, 2), 2 - (1 / 3) / kernel(X, 2), 2 + (2 / 3) / kernel(X, 2)]
LOWEST = [1 - (2 / 3) / kernel(X, 1), 1 + (1 / 3) / kernel(X, 1), 1 + (1 / 3) / kernel(X, 1)]
LOGS, MEAN = [math.log(x) for x in X], 8 / 3
XLOGX = (2 * math.log(2) + 5 * math.log(5)) / 3

BY_HAND = [
    ("mean", X, X),
    ("share", [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]),
    # both sums are 8, so the ratio is 1, and a unit moves it by (x - y) over the mean of y
    ({"ratio_of_sums": {"below": "other"}}, X, [1 - 3 / 8, 1, 1 + 3 / 8]),
    ({"fgt": {"line": "line", "order": 0}}, X, [1, 1, 0]),
    ({"fgt": {"line": "line", "order": 1}}, X, [0.75, 0.5, 0]),
    ({"fgt": {"line": "line", "order": 2}}, X, [0.5625, 0.25, 0]),
    ({"shortfall_share": {"line": "line"}}, X, [0.75, 0.5, 0]),
    # P1 / P0 = .625; (gap - .625) / P0 for the poor
    ({"poverty_gap_of_poor": {"line": "line"}}, X, [0.625 + 0.1875, 0.625 - 0.1875, 0.625]),
    ({"gap_of_mean": {"line": "line"}}, X, [0.75, 0.5, -0.25]),
    # one share of the line less, as the median moves
    ({"gap_of_median": {"line": "line"}}, X, [1 - m / 4 for m in MEDIAN]),
    ("median", X, MEDIAN),
    ({"quantile": {"q": 0.1}}, X, LOWEST),
    # half of the weight has 1, half 3: see test_recentring
    ("gini", [1.0, 3.0], [3 / 8, 1 / 8]),
    ("mean_log_deviation", X, [math.log(MEAN) - y + x / MEAN - 1 for x, y in zip(X, LOGS, strict=True)]),
    (
        "theil",
        X,
        [
            XLOGX / MEAN - math.log(MEAN) + (x * y - XLOGX) / MEAN - (XLOGX / MEAN + 1) * (x / MEAN - 1)
            for x, y in zip(X, LOGS, strict=True)
        ],
    ),
]


def name_of(part: object) -> str:
    """Return the id of a test from its entry; values and functions have none."""
    return str(part) if isinstance(part, str | dict) else "."


@pytest.mark.parametrize(("entry", "values", "expected"), BY_HAND, ids=name_of)
def test_by_hand(entry, values, expected):
    table = frame(values, other=[2.0, 2.0, 4.0][: len(values)], **LINE)
    assert recentred(table, entry, "value").to_list() == pytest.approx(expected, rel=1e-12)


# -- the others: written out plainly, and their weight shifted -----------------------------------------

VALUES = np.array([3.0, 8.0, 1.0, 5.0, 13.0, 2.0, 7.0])
WEIGHTS = np.array([1.0, 2.0, 1.5, 1.0, 3.0, 2.5, 1.0])
OTHER = np.array([2.0, 5.0, 1.0, 7.0, 6.0, 3.0, 4.0])
GROUP = np.array(["a", "b", "a", "c", "b", "c", "c"], dtype=object)


def gini(x, w):
    apart = (w[:, None] * w[None, :] * np.abs(x[:, None] - x[None, :])).sum()
    return apart / (2 * w.sum() * (w * x).sum())


def sen(x, w):
    poor = x < 6
    gap = ((6 - x) / 6)[poor]
    depth = (w[poor] * gap).sum() / w[poor].sum()
    return w[poor].sum() / w.sum() * (depth + (1 - depth) * gini(x[poor], w[poor]))


def sen_shorrocks_thon(x, w):
    gap = np.where(x < 6, (6 - x) / 6, 0.0)
    return (w * gap).sum() / w.sum() * (1 + gini(gap, w))


def quintile_share_ratio(x, w):
    def lowest(order):
        left, found = w.sum() / 5, 0.0
        for i in order:
            taken = min(left, w[i])
            found, left = found + taken * x[i], left - taken
        return found

    order = np.argsort(x)
    return lowest(order[::-1]) / lowest(order)


def hhi(x, w):
    amounts = np.array([(w * x)[name == GROUP].sum() for name in "abc"])
    return ((amounts / amounts.sum()) ** 2).sum()


def concentration(x, w):
    rank = np.array([(w[y > OTHER].sum() + w[y == OTHER].sum() / 2) / w.sum() for y in OTHER])
    mean, middle = np.average(x, weights=w), np.average(rank, weights=w)
    return 2 * np.average((x - mean) * (rank - middle), weights=w) / mean


def slope(x, w):
    return np.polyfit(OTHER, x, 1, w=np.sqrt(w))[0]


WRITTEN_OUT: list[tuple[object, Callable]] = [
    ("gini", gini),
    ({"sen": {"line": "line"}}, sen),
    ({"sen_shorrocks_thon": {"line": "line"}}, sen_shorrocks_thon),
    ("quintile_share_ratio", quintile_share_ratio),
    ({"hhi": {"group": "group"}}, hhi),
    ({"simpson": {"group": "group"}}, lambda x, w: 1 - hhi(x, w)),
    ({"effective_number": {"group": "group"}}, lambda x, w: 1 / hhi(x, w)),
    ({"concentration_index": {"rank": "other"}}, concentration),
    ({"slope": {"on": "other"}}, slope),
]


@pytest.mark.parametrize(("entry", "statistic"), WRITTEN_OUT, ids=name_of)
def test_as_the_weight_is_shifted(entry, statistic):
    table = frame(VALUES, WEIGHTS, other=OTHER, group=GROUP.tolist(), line=6.0)
    found = recentred(table, entry, "value", weight="weight").to_numpy()
    share, value, step = WEIGHTS / WEIGHTS.sum(), statistic(VALUES, WEIGHTS), 1e-5
    for i in range(len(VALUES)):
        here = np.eye(len(VALUES))[i]
        up, down = (statistic(VALUES, (1 - e) * share + e * here) for e in (step, -step))
        assert found[i] == pytest.approx(value + (up - down) / (2 * step), rel=1e-6, abs=1e-7)
    assert np.average(found, weights=WEIGHTS) == pytest.approx(value, rel=1e-12)


def test_an_index_with_frozen_weights_is_each_units_own():
    """Two outcomes of variance 1 and covariance 0 in the reference group: halves, over the root of a half."""
    reference = pl.DataFrame({"value": [0.0, 2.0, 0.0, 2.0], "voice": [0.0, 0.0, 2.0, 2.0]})
    entry = frozen_entry({"anderson_index": ["value", "voice"]}, reference)
    sd = math.sqrt(4 / 3)
    table = pl.DataFrame({"value": [1.0, 1 + sd, 1 + 2 * sd], "voice": [1.0, 1.0, 1 + sd]})
    found = recentred(table, entry, "value").to_list()
    assert found == pytest.approx([0, math.sqrt(0.5), 1.5 * math.sqrt(2)], abs=1e-12)


def test_every_statistic_that_may_be_an_outcome_is_tested_here():
    entries = [entry for entry, *_ in (*BY_HAND, *WRITTEN_OUT)]
    tested = {entry if isinstance(entry, str) else next(iter(entry)) for entry in entries} | {
        "anderson_index"
    }
    assert tested == {name for name, statistic in available().items() if statistic.can_recentre}


def test_statistics_say_whether_they_give_several_numbers():
    for name, statistic in available().items():
        returned = str(statistic.compute.__annotations__["return"])
        assert statistic.is_several == ("dict" in returned), name
