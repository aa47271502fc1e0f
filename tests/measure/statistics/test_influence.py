"""Linearised variables are derivatives: checked against the number itself, and against the bootstrap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mande.measure import summarise
from tests.measure.statistics.samples import frame, numbers_of, sample

SMOOTH = [
    "mean",
    "total",
    "share",
    {"ratio_of_sums": ["value", "line"]},
    {"slope": ["value", "line"]},
    "gini",
    {"gini": {"small_sample": True}},
    "quintile_share_ratio",
    "theil",
    "mean_log_deviation",
    *({"fgt": {"line": "line", "order": order}} for order in (0, 1, 2)),
    *({name: {"line": "line"}} for name in ("sen", "sen_shorrocks_thon", "gap_of_mean", "shortfall")),
    *({name: {"line": "line"}} for name in ("shortfall_share", "poverty_gap_of_poor")),
    {"sen": {"line": "line", "finite": True}},
]


def table_for(entry) -> tuple[dict, np.ndarray]:
    rng = np.random.default_rng(3)
    value = rng.lognormal(4, 0.8, 41)
    value[5] = value[6] = value[7]
    if entry == "share":
        value = (value > 50).astype(float)
    return {"value": value, "line": rng.uniform(40, 90, 41)}, rng.uniform(0.5, 3, 41)


@pytest.mark.parametrize("entry", SMOOTH, ids=str)
def test_the_linearised_variable_is_the_derivative_by_the_weight(entry):
    """Central difference of the number in each unit's weight; its error is of the order of step squared."""
    columns, weights = table_for(entry)
    whole, statistic = sample(entry, columns, weights), numbers_of(entry)
    step, slopes = 1e-5, []
    for i in range(len(weights)):
        up, down = weights.copy(), weights.copy()
        up[i], down[i] = weights[i] + step, weights[i] - step
        high = statistic.compute(replace(whole, weights=up))
        low = statistic.compute(replace(whole, weights=down))
        slopes.append((high - low) / (2 * step))
    found = statistic.influence(whole)
    np.testing.assert_allclose(found, slopes, rtol=1e-5, atol=1e-7 * np.abs(found).max())


HOMOGENEOUS = [entry for entry in SMOOTH if entry != "total" and "shortfall" not in entry]
KERNEL = [
    "median",
    {"quantile": {"q": 0.1}},
    {"quantile": {"q": 0.9}},
    {"gap_of_median": {"line": "line"}},
]


@pytest.mark.parametrize("entry", [*HOMOGENEOUS, *KERNEL], ids=str)
def test_where_only_shares_of_weight_matter_the_weighted_linearised_variable_sums_to_0(entry):
    columns, weights = table_for(entry)
    whole = sample(entry, columns, weights)
    found = numbers_of(entry).influence(whole)
    assert abs((weights * found).sum()) < 1e-10 * np.abs(weights * found).sum()


def test_the_density_of_the_kernel_is_that_of_the_normal():
    """At the middle of 20 000 standard normals: 1 / sqrt(2 pi), less the bias of the bandwidth (1 %)."""
    whole = sample("median", {"value": np.random.default_rng(4).normal(size=20_000)}, np.ones(20_000))
    found = numbers_of("median").influence(whole)
    density = 0.5 / (np.abs(found).mean() * 20_000)
    assert density == pytest.approx(1 / np.sqrt(2 * np.pi), rel=0.03)  # sampling adds another 1 %


def test_units_that_are_all_equal_have_a_median_without_error():
    whole = sample("median", {"value": np.full(5, 3.0)}, np.ones(5))
    assert numbers_of("median").influence(whole).tolist() == [0.0] * 5


@pytest.mark.parametrize(
    "entry",
    [
        "gini",
        "median",
        "quintile_share_ratio",
        {"sen_shorrocks_thon": {"line": "line"}},
        {"sen": {"line": "line"}},
    ],
    ids=str,
)
def test_linearised_standard_errors_equal_those_of_the_bootstrap(entry, monkeypatch):
    """1000 replicates have a standard error of 2.2 % themselves; three of them, and 3 % for the density.

    Without linearisation the same call takes the bootstrap.
    """
    rng = np.random.default_rng(5)
    area = np.repeat(np.arange(120), 5)
    value = np.exp(rng.normal(4, 0.6, 600) + rng.normal(0, 0.3, 120)[area])
    table = frame(
        value, rng.uniform(1, 3, 600), area=area.astype(str), stratum=(area % 4).astype(str), line=60.0
    )
    design = {"weight": "weight", "strata": "stratum", "psu": "area"}
    linear = summarise(table, entry, **design).row(0, named=True)
    plain = replace(numbers_of(entry), influence=None)
    monkeypatch.setattr("mande.measure.entries.find", lambda name: plain)
    drawn = summarise(table, entry, **design, replicates=1000).row(0, named=True)
    assert (linear["method"], drawn["method"]) == ("linearisation", "bootstrap")
    assert linear["value"] == drawn["value"]
    assert drawn["se"] == pytest.approx(linear["se"], rel=0.096)
