"""Intervals for staggered starts cover the truth as often as they say, where effects differ and grow.

Cohorts are drawn by chance, effects grow with the waves since the start and differ between cohorts, and
errors of a unit depend on each other over time. With R repetitions the share that covers varies by
sqrt(.95 * .05 / R).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mande.impact import estimate

SHARES = {0: 0.4, 3: 0.3, 4: 0.3}
"""Cohorts by first treated wave of 1 to 5, and how likely a unit is in them."""


def growth(first: np.ndarray, wave: np.ndarray) -> np.ndarray:
    """Return the true effect: 1 at the start, .5 more each wave; half of that for who starts last."""
    after = wave - first
    size = np.where(first == 4, 0.5, 1.0) * (1 + 0.5 * after)
    return np.where((first > 0) & (after >= 0), size, 0.0)


def draw(rng: np.random.Generator, n_units: int) -> pd.DataFrame:
    unit, wave = np.repeat(np.arange(n_units), 5), np.tile(np.arange(1, 6), n_units)
    first = rng.choice(list(SHARES), p=list(SHARES.values()), size=n_units)[unit]
    drift = np.cumsum(rng.normal(size=(n_units, 5)), axis=1)[unit, wave - 1]
    x = rng.normal(size=n_units)[unit]
    effect = growth(first, wave)
    y = 0.3 * wave + (first > 3) + 0.2 * x * wave + effect + drift
    return pd.DataFrame({"unit": unit, "wave": wave, "first": first, "x": x, "effect": effect, "y": y})


def true_average() -> float:
    """Return the average effect over treated cells by the true shares of cohorts."""
    cells = [(first, wave) for first in (3, 4) for wave in range(first, 6)]
    first, wave = (np.array(values) for values in zip(*cells, strict=True))
    return float(np.average(growth(first, wave), weights=[SHARES[value] for value in first.tolist()]))


def share_covered(method: str, repetitions: int, **options: object) -> float:
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(repetitions):
        frame = draw(rng, 150)
        result = estimate(
            frame, method=method, outcome="y", unit="unit", time="wave", first_treated="first", **options
        )
        # Only influence functions of Callaway and Sant'Anna count shares of cohorts as estimated.
        own = frame.loc[(frame["first"] > 0) & (frame["wave"] >= frame["first"]), "effect"].mean()
        truth = true_average() if method == "callaway_santanna" else own
        covered += not result.interval(0.95).excludes(truth)
    return covered / repetitions


def test_intervals_of_callaway_and_santanna_cover_in_a_quick_run():
    # 100 repetitions: .95 - 3 * .022
    assert share_covered("callaway_santanna", 100, covariates=["x"]) >= 0.88


def test_two_way_effects_miss_what_grows():
    rng = np.random.default_rng(1)
    frame = draw(rng, 2000)
    on = ((frame["first"] > 0) & (frame["wave"] >= frame["first"])).astype(int)
    two_way = estimate(
        frame.assign(on=on), method="twfe", outcome="y", treated="on", unit="unit", time="wave"
    )
    assert two_way.interval(0.95).high < true_average()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["callaway_santanna", "imputation", "sun_abraham", "etwfe"])
def test_intervals_cover_in_a_long_run(method):
    # 600 repetitions: .95 +- 3 * .0089; the imputation error is conservative and may cover more.
    assert 0.92 <= share_covered(method, 600) <= 0.985
