"""Corrections for several outcomes: by hand, against other implementations, by law and by simulation."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from mande.errors import MandeError
from mande.impact import adjustments, estimate, estimate_family
from mande.impact.multiplicity._shared import Judged

CALL: dict[str, Any] = {
    "method": "did", "treated": "d", "unit": "unit", "time": "wave", "cluster": "cluster", "inference": "CR1",
}  # fmt: skip


def results_of(p_values, *, statistics=None, draws=None) -> Judged:
    p = np.asarray(p_values, dtype=float)
    zeros = np.zeros(len(p)) if statistics is None else np.asarray(statistics, dtype=float)
    return Judged(p, zeros, np.zeros((1, len(p))) if draws is None else np.asarray(draws, dtype=float))


def adjusted(name: str, tests: Judged) -> list[float]:
    return list(adjustments()[name].adjust(tests))


def test_the_corrections_are_found_by_their_files():
    assert list(adjustments()) == ["benjamini_hochberg", "romano_wolf", "sharpened_q", "westfall_young"]
    for entry in adjustments().values():
        text = sys.modules[entry.adjust.__module__].__doc__
        for part in ("Assumption:", "Equation:", "Source:", "Reference implementation:"):
            assert part in text


def test_benjamini_and_hochbergs_own_example():
    # The 15 p-values of their section 3.2: with q = .05 the first four are rejected, and no other.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
         0.6528, 0.7590, 1.0000]  # fmt: skip
    found = adjusted("benjamini_hochberg", results_of(p[::-1]))[::-1]
    assert [q <= 0.05 for q in found] == [True] * 4 + [False] * 11
    assert found == pytest.approx(list(multipletests(p, method="fdr_bh")[1]), rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_sharpened_values_equal_the_two_stages_of_statsmodels(seed):
    p = np.random.default_rng(seed).beta(0.3, 1.5, size=9)
    found = adjusted("sharpened_q", results_of(p))
    for level in (0.0105, 0.0505, 0.1005, 0.3005):
        # Between two steps of the scale: rejected at `level` where the sharpened value is below it.
        rejected = multipletests(p, alpha=level, method="fdr_tsbky")[0]
        coarse = multipletests(p, alpha=level - 0.0005, method="fdr_tsbky")[0]
        if (rejected == coarse).all():
            assert [q <= level for q in found] == list(rejected)


def test_sharpened_values_by_hand():
    # One p-value: rejected at q where p <= q / (1 + q), so q = .0526 for .05, and then .053 on the scale.
    assert adjusted("sharpened_q", results_of([0.05])) == [0.053]
    # All rejected in stage one at q: no null is left, and stage two rejects all.
    assert adjusted("sharpened_q", results_of([0.001, 0.001])) == [0.002, 0.002]


def test_stepwise_corrections_by_hand():
    # Four worlds: largest statistics 3, 1, 2, 0.5, without the first outcome 1, 1, 2, 0.5.
    draws = [[3.0, 1.0], [0.5, 1.0], [0.1, 2.0], [0.2, 0.5]]
    tests = results_of([0, 0], statistics=[2.5, 1.5], draws=draws)
    # 2.5 is reached by one of four; 1.5, alone, by one of four.
    assert adjusted("romano_wolf", tests) == [2 / 5, 2 / 5]
    # Within five worlds 2.5 and 1.5 are second: p = 2/5 each. Some p at most 2/5: worlds 1 and 3 (1/5);
    # then, of the second outcome alone, world 3.
    assert adjusted("westfall_young", tests) == [3 / 5, 3 / 5]


@pytest.mark.parametrize("name", ["romano_wolf", "westfall_young"])
def test_outcomes_that_say_the_same_cost_nothing(name):
    draws = np.abs(np.random.default_rng(1).normal(size=(999, 1)))
    alone = adjusted(name, results_of([0], statistics=[2.2], draws=draws))
    twice = adjusted(name, results_of([0, 0], statistics=[2.2, 2.2], draws=np.repeat(draws, 2, axis=1)))
    assert twice == [alone[0], alone[0]]


@pytest.mark.parametrize("name", ["romano_wolf", "westfall_young"])
def test_independent_outcomes_cost_what_sidak_says(name):
    draws = np.abs(np.random.default_rng(1).normal(size=(40_000, 3)))
    found = adjusted(name, results_of([0] * 3, statistics=[2.5, 1.0, 0.3], draws=draws))
    share = float((draws[:, 0] >= 2.5).mean())
    assert found[0] == pytest.approx(1 - (1 - share) ** 3, abs=0.003)
    assert all(one <= other for one, other in pairwise(found))


def outcomes(seed: int, effect: float = 0.0, n_clusters: int = 30) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_clusters), 4)
    frame = pd.DataFrame({"unit": np.arange(len(cluster)), "cluster": cluster, "d": cluster % 2})
    common = rng.normal(size=n_clusters)[cluster]
    after = frame.assign(wave=2)
    for place, name in enumerate("abc"):
        after[name] = effect * (place == 0) * frame["d"] + common + rng.normal(size=len(cluster))
    return pd.concat([frame.assign(wave=1, a=0.0, b=0.0, c=0.0), after])


def test_a_family_holds_the_estimates_of_each_outcome():
    frame = outcomes(1, effect=2.0)
    family = estimate_family(frame, outcomes=["a", "b", "c"], family_replays=999, **CALL)
    for entry in family.estimates:
        assert entry == estimate(frame, outcome=entry.outcome, **CALL)
    for row in family.table.records():
        assert row["romano_wolf"] >= row["p_value"] * 0.5
        assert 0 < row["westfall_young"] <= 1
    first, *others = family.table.records()
    assert first["romano_wolf"] < 0.05
    assert min(row["romano_wolf"] for row in others) > 0.05


def test_a_family_does_not_depend_on_row_order_or_on_what_others_miss():
    frame = outcomes(2)
    call = {"outcomes": ["a", "b"], "family_replays": 299, **CALL}
    base = estimate_family(frame, **call)
    assert estimate_family(frame.sample(frac=1, random_state=1), **call) == base
    gaps = frame.assign(c=frame["c"].where(frame["cluster"] > 3))
    assert estimate_family(gaps, **call) == base
    # The same outcome twice under two names: the draws are the same, so nothing is lost by the second.
    twice = frame.assign(same=frame["a"])
    rows = estimate_family(twice, **(call | {"outcomes": ["a", "same"]})).table.records()
    assert rows[0]["romano_wolf"] == rows[1]["romano_wolf"]
    assert rows[0]["romano_wolf"] == pytest.approx(
        estimate(frame, outcome="a", **(CALL | {"inference": "wild"})).p_value, abs=0.08
    )


def test_one_outcome_is_no_family():
    with pytest.raises(MandeError, match="at least two outcomes"):
        estimate_family(outcomes(1), outcomes=["a"], **CALL)


@pytest.mark.slow
def test_the_chance_of_any_false_discovery_stays_below_the_level():
    # 300 repetitions: .05 +- 3 * .0126; without a correction, three outcomes give clearly more
    smallest = {"p_value": 0, "romano_wolf": 0, "westfall_young": 0}
    for seed in range(300):
        frame = outcomes(1000 + seed)
        rows = estimate_family(frame, outcomes=["a", "b", "c"], family_replays=499, **CALL).table.records()
        for name in smallest:
            smallest[name] += min(row[name] for row in rows) < 0.05
    assert smallest["p_value"] / 300 > 0.08
    assert smallest["romano_wolf"] / 300 < 0.088
    assert smallest["westfall_young"] / 300 < 0.088
