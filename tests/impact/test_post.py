"""`post=`, the 0/1 column of rows after the programme began, beside the two waves it can stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.impact import estimate
from mande.results import Estimate

METHODS = ("did", "doubly_robust", "triple_difference", "ancova", "change_score")
LINKED = ("ancova", "change_score")
"""Methods that need a unit's outcome before, or a column of it."""


def two_waves(seed: int, n: int) -> pd.DataFrame:
    """Return units in two waves, groups and eligibility crossed so that no cell is empty."""
    rng = np.random.default_rng(seed)
    place = np.arange(n)
    frame = pd.DataFrame(
        {"unit": place, "group": place % 2, "can": place // 2 % 2, "x": rng.normal(size=n).round(3)}
    )
    level = rng.normal(size=n)
    waves = [
        frame.assign(wave=wave, y=(level + wave * frame["group"] + rng.normal(size=n)).round(6))
        for wave in (2019, 2022)
    ]
    table = pd.concat(waves, ignore_index=True)
    return table.assign(after=(table["wave"] == 2022).astype(int), extra=1.0 * (table["wave"] == 2022))


def arguments(method: str, *, linked: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"method": method, "outcome": "y", "treated": "group", "covariates": ["x"]}
    if linked:
        found["unit"] = "unit"
    if method == "triple_difference":
        found["eligible"] = "can"
    return found


def terms(result: Estimate) -> list[float]:
    return [value for term in result.terms for value in (term.estimate, term.std_error)]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000), n=st.integers(16, 60), linked=st.booleans(), method=st.sampled_from(METHODS)
)
def test_an_indicator_of_the_last_wave_is_the_default(seed, n, linked, method):
    frame = two_waves(seed, n)
    options = arguments(method, linked=linked or method in LINKED)
    by_wave = estimate(frame, time="wave", **options)
    for extra in ({}, {"time": "wave"}):
        by_post = estimate(frame, post="after", **options, **extra)
        # Without a wave rows are in another order, so that sums differ in their last digits.
        assert terms(by_post) == pytest.approx(terms(by_wave), rel=1e-8, abs=1e-12)
        assert (by_post.inference, by_post.n, by_post.reference.kind) == (
            by_wave.inference, by_wave.n, by_wave.reference.kind,
        )  # fmt: skip
        assert by_post.df == pytest.approx(by_wave.df)


def test_a_side_may_hold_several_waves_of_cross_sections():
    frame = two_waves(1, 40)
    three = pd.concat([frame, frame[frame["wave"] == 2019].assign(wave=2018, y=lambda d: d["y"] + 1)])
    result = estimate(three, method="did", outcome="y", treated="group", post="after")
    mean = three.groupby(["group", "after"])["y"].mean()
    assert result.estimate == pytest.approx(mean[1, 1] - mean[1, 0] - mean[0, 1] + mean[0, 0], rel=1e-12)
    assert result.term == "group:after"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("change", "options", "code"),
    [
        ({"after": 2}, {}, "M-PERIODS"),
        ({}, {"periods": (2019, 2022), "time": "wave"}, "M-VALUE"),
        ({}, {"post": "absent"}, "M-COLUMN"),
        ({}, {"post": "y"}, "M-ROLE"),
    ],
)
def test_a_post_that_cannot_be_used_is_told(method, change, options, code):
    call = {**arguments(method, linked=True), "post": "after", **options}
    with pytest.raises(MandeError) as caught:
        estimate(two_waves(1, 40).assign(**change), **call)
    assert code in [problem.code.id for problem in caught.value.problems]


@pytest.mark.parametrize("method", [name for name in METHODS if name not in LINKED])
def test_without_waves_or_post_the_waves_are_asked_for(method):
    with pytest.raises(MandeError, match="post=") as caught:
        estimate(two_waves(1, 40), **arguments(method, linked=True))
    assert [problem.code.id for problem in caught.value.problems] == ["M-ARGUMENT"]
