"""Intervals cover the truth as often as they say, when the data are as the method assumes.

Errors of a unit depend on each other over time, treatment is by cluster, and the number of clusters is
moderate: the case clustered errors are for. With 95 % intervals and R repetitions, the share that
covers varies by sqrt(.95 * .05 / R).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.impact import estimate

EFFECT = 1.0


def draw(rng: np.random.Generator, *, n_clusters: int, n_waves: int) -> pd.DataFrame:
    """Return a panel of three units per cluster; half of the clusters start in the last wave."""
    n_units = 3 * n_clusters
    unit, wave = np.repeat(np.arange(n_units), n_waves), np.tile(np.arange(n_waves), n_units)
    cluster = unit // 3
    group = (cluster % 2).astype(float)
    on = group * (wave == n_waves - 1)
    level = rng.normal(size=n_units)[unit]
    # Each cluster drifts on its own, so that classical errors would be too small.
    drift = np.cumsum(rng.normal(size=(n_clusters, n_waves)), axis=1)[cluster, wave]
    y = level + 0.5 * wave + EFFECT * on + drift + rng.normal(size=len(unit))
    return pd.DataFrame({"unit": unit, "wave": wave, "cluster": cluster, "group": group, "on": on, "y": y})


def share_covered(
    method: str, *, repetitions: int, n_waves: int, inference: str = "CR1", **options: Any
) -> float:
    rng = np.random.default_rng(20)
    covered = 0
    for _ in range(repetitions):
        frame = draw(rng, n_clusters=40, n_waves=n_waves)
        result = estimate(
            frame, method=method, outcome="y", treated="group" if method == "did" else "on",
            unit="unit", time="wave", cluster="cluster", inference=inference, **options,
        )  # fmt: skip
        covered += not result.interval(0.95).excludes(EFFECT)
    return covered / repetitions


def test_intervals_of_did_cover_in_a_quick_run():
    # 200 repetitions: .95 +- 3 * .0154
    assert 0.90 <= share_covered("did", repetitions=200, n_waves=2) <= 0.99


def test_classical_intervals_cover_too_seldom_where_clusters_matter():
    assert share_covered("did", repetitions=100, n_waves=2, inference="classical") < 0.90


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "n_waves", "options"),
    [
        ("did", 2, {}),
        ("twfe", 4, {}),
        ("first_difference", 4, {}),
        ("random_effects", 4, {"time_effects": True}),
    ],
)
def test_intervals_cover_in_a_long_run(method, n_waves, options):
    # 800 repetitions: .95 +- 3 * .0077, and CR1 with 40 clusters may fall a point short
    assert 0.917 <= share_covered(method, repetitions=800, n_waves=n_waves, **options) <= 0.973
