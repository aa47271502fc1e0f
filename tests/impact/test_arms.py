"""Several arms at once: each arm's effect is that of its own rows and the comparison's, and of no other arm.

A regression of the outcome on several arms and covariates weighs the effects of other arms into each
coefficient wherever the arms' chances differ between values of the covariates (Goldsmith-Pinkham, Hull and
Kolesar 2024, American Economic Review 114(12), proposition 1). One regression in each arm does not (their 4).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.impact import estimate
from mande.results import Estimate
from tests.impact.tables import written

ARMS = ["one", "two", "three"]
ADJUSTMENTS = ("doubly_robust", "doubly_robust_improved", "ipw", "outcome_regression")
METHODS = ("ancova", "change_score", "doubly_robust")


def trial(seed: int, n: int = 360) -> pd.DataFrame:
    """Return two waves of units in one of three arms or none; chances, effects and trends go with x."""
    rng = np.random.default_rng(seed)
    x, stratum = rng.normal(size=n), np.arange(n) % 3
    chances = np.exp(np.column_stack([np.zeros(n), 0.7 * x, -0.5 * x + 0.4 * stratum, 0.3 * stratum - 0.3]))
    chances = (chances / chances.sum(axis=1, keepdims=True)).cumsum(axis=1)
    arm = (rng.uniform(size=n)[:, None] > chances).sum(axis=1)
    base = pd.DataFrame({"unit": np.arange(n), "x": x, "stratum": stratum, "village": np.arange(n) // 3})
    base = base.assign(**{name: (arm == place + 1) * 1 for place, name in enumerate(ARMS)})
    level = x + rng.normal(size=n)
    gain = np.array([0, 1, -2, 4])[arm] * (1 + 0.8 * x + 0.5 * stratum) + 0.4 * x + rng.normal(size=n)
    weight = rng.integers(1, 4, size=n).astype(float)
    table = pd.concat([base.assign(wave=0, y=level), base.assign(wave=1, y=level + gain)])
    return table.assign(weight=np.tile(weight, 2))


def run(frame: pd.DataFrame, method: str, treated: list[str], **options: Any) -> Estimate:
    return estimate(
        frame, method=method, outcome="y", treated=treated, unit="unit", time="wave", cluster="village",
        **options,
    )  # fmt: skip


def arms_of(result: Estimate) -> dict[str, tuple[float, float]]:
    table = result.tidy()
    return {
        str(term).split(":")[0]: (value, error)
        for term, value, error in zip(table["term"], table["estimate"], table["std_error"], strict=True)
    }


def one_regression_in_each_arm(
    frame: pd.DataFrame, outcome: pd.Series, columns: pd.DataFrame, weights: pd.Series
) -> dict[str, float]:
    """Return, by arm, the mean over everybody of what the arm's regression predicts less the comparison's."""
    design = sm.add_constant(columns.astype(float))
    predicted = {}
    for name in [*ARMS, "none"]:
        rows = frame[name] == 1 if name != "none" else (frame[ARMS] == 0).all(axis=1)
        predicted[name] = sm.WLS(outcome[rows], design[rows], weights[rows]).fit().predict(design)
    return {name: float(np.average(predicted[name] - predicted["none"], weights=weights)) for name in ARMS}


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000), weighted=st.booleans(), method=st.sampled_from(["ancova", "change_score"])
)
def test_effects_are_those_of_one_regression_in_each_arm(seed, weighted, method):
    frame = trial(seed)
    wide = frame[frame["wave"] == 0].reset_index(drop=True)
    after = frame[frame["wave"] == 1].reset_index(drop=True)["y"]
    columns = wide[["x"]].assign(**{f"s{place}": wide["stratum"] == place for place in (1, 2)})
    outcome = after - wide["y"]
    if method == "ancova":
        outcome, columns = after, columns.assign(before=wide["y"])
    weights = wide["weight"] if weighted else pd.Series(np.ones(len(wide)))
    options = {"weights": "weight"} if weighted else {}
    found = arms_of(run(frame, method, ARMS, covariates=["x"], absorb="stratum", **options))
    expected = one_regression_in_each_arm(wide, outcome, columns, weights)
    assert {name: value for name, (value, _) in found.items()} == pytest.approx(expected, rel=1e-8, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(METHODS), weighted=st.booleans())
def test_what_one_arm_does_moves_neither_effect_nor_error_of_another(seed, method, weighted):
    frame = trial(seed)
    options: dict[str, Any] = {"covariates": ["x"], **({"weights": "weight"} if weighted else {})}
    base = arms_of(run(frame, method, ARMS, **options))
    wild = 50 * (1 + frame["x"] ** 2) * frame["two"] * (frame["wave"] == 1)
    moved = arms_of(run(frame.assign(y=frame["y"] + wild), method, ARMS, **options))
    for name in ("one", "three"):
        assert moved[name] == pytest.approx(base[name], rel=1e-7)
    assert moved["two"][0] > base["two"][0] + 10


def test_covariates_that_are_only_added_mix_the_arms_and_it_is_told():
    frame = trial(1)
    wild = 50 * (1 + frame["x"]) * frame["two"] * (frame["wave"] == 1)
    added = run(frame, "change_score", ARMS, covariates=["x"], interacted=False)
    moved = run(frame.assign(y=frame["y"] + wild), "change_score", ARMS, covariates=["x"], interacted=False)
    assert abs(moved.estimate - added.estimate) > 1
    assert any("mixed with each other" in note for note in added.notes)


@pytest.mark.parametrize(
    "adjustment", ["doubly_robust", "doubly_robust_improved", "ipw", "outcome_regression"]
)
@pytest.mark.parametrize("linked", [True, False])
def test_a_doubly_robust_effect_of_an_arm_is_that_of_the_arm_alone(adjustment, linked):
    frame = trial(3)
    call: dict[str, Any] = {"method": "doubly_robust", "outcome": "y", "time": "wave", "covariates": ["x"],
                            "adjustment": adjustment, "cluster": "village"}  # fmt: skip
    if linked:
        call["unit"] = "unit"
    together = arms_of(estimate(frame, treated=ARMS, **call))
    for name in ARMS:
        others = [other for other in ARMS if other != name]
        alone = estimate(frame[(frame[others] == 0).all(axis=1)], treated=name, **call)
        assert together[name] == pytest.approx((alone.estimate, alone.std_error), rel=1e-9)


def crossed(*, noise: float = 0.0) -> pd.DataFrame:
    """Return a factorial trial whose shares and effects differ between two strata."""
    cells = [(0, 0), (1, 0), (0, 1), (1, 1)]
    counts = {"s": (8, 4, 6, 12), "t": (4, 12, 8, 4)}
    means = {"s": (0, 1, 2, 6), "t": (3, 9, 4, 8)}
    rng = np.random.default_rng(2)
    rows = [
        (stratum, a, b, mean + noise * rng.normal() + (-1) ** number)
        for stratum in ("s", "t")
        for (a, b), count, mean in zip(cells, counts[stratum], means[stratum], strict=True)
        for number in range(count)
    ]
    return pd.DataFrame(rows, columns=["stratum", "a", "b", "y"])


def test_arms_that_cross_within_strata_are_averages_of_cells_by_hand():
    frame = crossed()
    call: dict[str, Any] = {"method": "ancova", "outcome": "y", "treated": ["a", "b"], "absorb": "stratum"}
    share, b = (frame["stratum"] == "s").mean(), frame["b"].mean()
    # effects of a without and with b: 1 and 4 in s, 6 and 4 in t
    alone = share * 1 + (1 - share) * 6
    assert estimate(frame, pooled=False, **call).estimate == pytest.approx(alone, rel=1e-9)
    over = share * ((1 - b) * 1 + b * 4) + (1 - share) * ((1 - b) * 6 + b * 4)
    assert estimate(frame, **call).estimate == pytest.approx(over, rel=1e-9)


def test_what_the_other_arm_does_alone_moves_no_arm_that_crosses_it():
    frame = crossed(noise=1.0)
    call: dict[str, Any] = {"method": "ancova", "outcome": "y", "treated": ["a", "b"], "absorb": "stratum"}
    # An effect of b that is the same with and without a is no effect of a, however strata differ.
    moved = frame.assign(y=frame["y"] + 40 * frame["b"] * (frame["stratum"] == "t"))
    for options in ({}, {"pooled": False}):
        base, again = (arms_of(estimate(table, **call, **options)) for table in (frame, moved))
        assert again["a"] == pytest.approx(base["a"], rel=1e-8)
        assert again["b"][0] > base["b"][0] + 5
    mixed = [estimate(table, **call, interacted=False).estimate for table in (frame, moved)]
    assert abs(mixed[1] - mixed[0]) > 0.1


def test_factorial_arms_with_covariates_only_added_say_when_that_is_clean():
    frame = crossed(noise=1.0).assign(x=lambda d: np.sin(np.arange(len(d))))
    call: dict[str, Any] = {"method": "ancova", "outcome": "y", "treated": ["a", "b"], "covariates": ["x"]}
    assert any("where their chances differ" in note for note in estimate(frame, **call).notes)
    assert not any("mixed" in note for note in estimate(frame, **call, interacted=True).notes)


@pytest.mark.parametrize("method", ["did", "triple_difference", "twfe"])
def test_methods_for_two_groups_name_those_for_several(method):
    frame = written("unit | wave | one | two | y\na | 1 | 1 | 0 | 2")
    with pytest.raises(MandeError, match="doubly_robust") as caught:
        estimate(frame, method=method, outcome="y", treated=["one", "two"], unit="unit", time="wave")
    assert "M-VALUE" in [problem.code.id for problem in caught.value.problems]
