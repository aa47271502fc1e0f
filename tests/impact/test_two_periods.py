"""Doubly robust and triple differences: by hand, by laws, and against R and other implementations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from mande.errors import MandeError
from mande.impact import estimate
from mande.results import Estimate
from tests.impact.tables import published, textbook, written

TRAINEE = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74")
ADJUSTMENTS = ("doubly_robust", "doubly_robust_improved", "ipw", "outcome_regression")

SMALL = written("""
    unit | wave | group | y
    a | 1 | 1 | 5
    a | 2 | 1 | 10
    b | 1 | 1 | 4
    b | 2 | 1 | 11
    c | 1 | 0 | 5
    c | 2 | 0 | 6
    d | 1 | 0 | 6
    d | 2 | 0 | 9
""")


def trainees() -> pd.DataFrame:
    """The randomised trainees of LaLonde, as Dehejia and Wahba use them: re74, re75, re78 as columns."""
    return published("nsw_mixtape").reset_index(drop=True)


def trainees_in_two_waves() -> pd.DataFrame:
    wide = trainees().assign(person=lambda d: d.index)
    return pd.concat([wide.assign(year=1975, pay=wide["re75"]), wide.assign(year=1978, pay=wide["re78"])])


def sections(seed: int = 3, n: int = 400) -> pd.DataFrame:
    """Two cross-sections whose trends depend on x1."""
    rng = np.random.default_rng(seed)
    x1, x2 = rng.normal(size=n), rng.normal(size=n)
    group = (rng.uniform(size=n) < 1 / (1 + np.exp(-0.4 * x1 + 0.3 * x2))).astype(int)
    after = (rng.uniform(size=n) < 0.5).astype(int)
    y = 1 + x1 + 0.5 * x2**2 + group + after * (1 + 0.5 * x1) + 2 * group * after + rng.normal(size=n)
    weight = rng.uniform(0.5, 2, size=n)
    return pd.DataFrame({"x1": x1, "x2": x2, "group": group, "after": after, "y": y, "weight": weight})


def effect(result: Estimate) -> tuple[float, float]:
    return result.estimate, result.std_error


def codes_of(frame: pd.DataFrame, **arguments: Any) -> list[str]:
    with pytest.raises(MandeError) as caught:
        estimate(frame, **arguments)
    return [problem.code.id for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [
        ("doubly_robust", (1494.72817, 706.51539)),
        ("doubly_robust_improved", (1494.69853, 707.00183)),
        ("ipw", (1481.08045, 705.08409)),
        ("outcome_regression", (1529.28373, 709.05052)),
    ],
)
def test_trainees_at_like_covariates_as_drdid_prints_them(adjustment, expected):
    result = estimate(
        trainees_in_two_waves(), method="doubly_robust", outcome="pay", treated="treat", unit="person",
        time="year", covariates=TRAINEE, adjustment=adjustment,
    )  # fmt: skip
    # R DRDID 1.2.3; the package keeps the data in single precision
    assert effect(result) == pytest.approx(expected, rel=1e-6)
    assert (result.n, result.n_units, result.reference.kind) == (445, 445, "normal")


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [
        # PyPI drdid 1.1.7: drdid_rc, std_ipw_did_rc, reg_did_rc on these rows
        ("doubly_robust", (2.5612389821169224, 0.30979228105088386)),
        ("ipw", (2.2954858775473985, 0.4272125892798956)),
        ("outcome_regression", (2.3946414298928844, 0.3544434186333996)),
    ],
)
def test_cross_sections_agree_with_the_package_drdid(adjustment, expected):
    result = estimate(
        sections(), method="doubly_robust", outcome="y", treated="group", post="after",
        covariates=["x1", "x2"], weights="weight", adjustment=adjustment,
    )  # fmt: skip
    assert effect(result) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
def test_without_covariates_every_adjustment_is_the_difference_of_mean_changes(adjustment):
    panel = estimate(
        SMALL, method="doubly_robust", outcome="y", treated="group", unit="unit", time="wave",
        adjustment=adjustment,
    )  # fmt: skip
    # changes 5, 7 and 1, 3; each arm's variance of its mean is 2 / 4
    assert effect(panel) == pytest.approx((4.0, 1.0))
    rows = estimate(
        SMALL, method="doubly_robust", outcome="y", treated="group", time="wave", adjustment=adjustment
    )
    assert rows.estimate == pytest.approx(4.0)


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
def test_neither_units_of_measure_nor_common_shifts_change_the_effect(adjustment):
    frame = sections()
    arguments: dict[str, Any] = {
        "method": "doubly_robust", "outcome": "y", "treated": "group", "post": "after",
        "covariates": ["x1", "x2"], "adjustment": adjustment,
    }  # fmt: skip
    base = estimate(frame, **arguments)
    moved = frame.assign(x1=frame["x1"] * 1e6 + 5e6, y=3 * frame["y"] + 100 * frame["after"] + 7)
    assert effect(estimate(moved, **arguments)) == pytest.approx(
        (3 * base.estimate, 3 * base.std_error), rel=1e-8
    )


def test_calibrated_odds_make_covariate_means_of_the_groups_equal():
    frame = sections()
    # A change that is linear in the covariates is then free of any effect, to rounding.
    wave = pd.concat(
        [frame.assign(id=frame.index, t=t, z=t * (1 + 3 * frame["x1"] - frame["x2"])) for t in (0, 1)]
    )
    result = estimate(
        wave.assign(z=lambda d: d["z"] + np.where(d["id"] == 0, 1e-6 * d["t"], 0)), method="doubly_robust",
        outcome="z", treated="group", unit="id", time="t", covariates=["x1", "x2"],
        adjustment="doubly_robust_improved",
    )  # fmt: skip
    assert abs(result.estimate) < 1e-7


def test_several_arms_are_each_compared_with_units_in_none():
    frame = sections()
    frame["second"] = ((frame["group"] == 0) & (frame.index % 3 == 0)).astype(int)
    arguments: dict[str, Any] = {
        "method": "doubly_robust", "outcome": "y", "post": "after", "covariates": ["x1"]
    }  # fmt: skip
    both = estimate(frame, treated=["group", "second"], **arguments).tidy()
    for row, (own, other) in enumerate((("group", "second"), ("second", "group"))):
        alone = estimate(frame[frame[other] == 0], treated=own, **arguments)
        assert tuple(both.loc[row, ["estimate", "std_error"]]) == pytest.approx(effect(alone))


@pytest.mark.slow
def test_intervals_cover_the_effect_as_often_as_they_say():
    hits = 0
    for seed in range(400):
        result = estimate(
            sections(seed, 600), method="doubly_robust", outcome="y", treated="group", post="after",
            covariates=["x1", "x2"],
        )  # fmt: skip
        hits += not result.interval(0.95).excludes(2.0)
    # 95 % of 400, give or take three standard errors
    assert 0.917 <= hits / 400 <= 0.983


DR: dict[str, Any] = {"method": "doubly_robust", "outcome": "y", "treated": "group", "post": "after"}


@pytest.mark.parametrize(
    ("change", "arguments", "code"),
    [
        ({"x1": lambda d: d["group"] + 0.01 * d["x2"]}, {"covariates": ["x1"]}, "M-OVERLAP"),
        ({"x1": lambda d: 2 * d["x2"]}, {"covariates": ["x1", "x2"]}, "M-COLLINEAR"),
        ({"x1": 1.0}, {"covariates": ["x1"]}, "M-VARIATION"),
        ({"group": 1}, {}, "M-CELL"),
        ({"group": 0}, {}, "M-CELL"),
        ({"group": 2}, {}, "M-TREATED"),
        ({"y": 3.0}, {}, "M-OUTCOME"),
        ({"y": lambda d: d["y"].mask(d["group"] == 1)}, {}, "M-CELL"),
        ({"after": 2}, {}, "M-PERIODS"),
        ({"weight": -1.0}, {"weights": "weight"}, "M-WEIGHT"),
        ({}, {"post": None}, "M-ARGUMENT"),
        ({}, {"adjustment": "matching"}, "M-VALUE"),
        ({}, {"inference": "CR2", "cluster": "x1"}, "M-PAIR"),
        ({"one": "a"}, {"cluster": "one"}, "M-CLUSTERS"),
    ],
)
def test_bad_input_of_a_doubly_robust_estimate_is_told(change, arguments, code):
    assert code in codes_of(sections().assign(**change), **(DR | arguments))


def test_units_with_several_rows_on_one_side_or_in_both_groups_are_told():
    frame = SMALL.assign(after=(SMALL["wave"] == "2").astype(int))
    twice = pd.concat([frame, frame[:1]])
    assert codes_of(twice, **DR, unit="unit") == ["M-PERIODS"]
    changed = frame.assign(group=frame["group"].mask(frame.index == 0, 0))
    assert codes_of(changed, **DR, unit="unit") == ["M-TREATED"]


def test_units_seen_once_are_left_out_and_counted():
    frame = pd.concat([SMALL, SMALL[1:2].assign(unit="e")])
    result = estimate(frame, method="doubly_robust", outcome="y", treated="group", unit="unit", time="wave")
    assert [(entry.reason, entry.count) for entry in result.sample.dropped] == [
        ("unit without data in the other wave", 1)
    ]


# Triple difference ------------------------------------------------------------------------------------


def injuries() -> pd.DataFrame:
    return textbook("injury").dropna(subset=["ldurat"])


def test_triple_difference_agrees_with_statsmodels_over_injuries_of_two_states():
    frame = injuries()
    for inference, kind in (("classical", "nonrobust"), ("HC1", "HC1")):
        peer = smf.ols("ldurat ~ ky * highearn * afchnge", frame).fit(cov_type=kind)
        result = estimate(
            frame, method="triple_difference", outcome="ldurat", treated="ky", eligible="highearn",
            post="afchnge", inference=inference,
        )  # fmt: skip
        name = "ky:highearn:afchnge"
        assert effect(result) == pytest.approx((peer.params[name], peer.bse[name]), rel=1e-9)
        assert (result.term, result.n) == (name, len(frame))


def test_a_triple_difference_is_the_difference_of_two_differences():
    frame = injuries()
    one, other = (
        estimate(part, method="did", outcome="ldurat", treated="highearn", time="afchnge").estimate
        for part in (frame[frame["ky"] == 1], frame[frame["ky"] == 0])
    )
    result = estimate(
        frame, method="triple_difference", outcome="ldurat", treated="highearn", eligible="ky", post="afchnge"
    )
    assert result.estimate == pytest.approx(one - other, rel=1e-9)
    # Wooldridge prints .191 for Kentucky
    assert one == pytest.approx(0.191, abs=0.0005)


def test_triple_difference_of_units_by_hand_and_as_rows():
    changes = {"a": (1, 1, 9), "b": (1, 1, 7), "c": (1, 0, 3), "d": (1, 0, 2), "e": (0, 1, 4), "f": (0, 1, 1),
               "g": (0, 0, 2), "h": (0, 0, 0)}  # fmt: skip
    rows = [
        (unit, wave, group, can, 10 + wave * change)
        for unit, (group, can, change) in changes.items()
        for wave in (0, 1)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "wave", "group", "can", "y"])
    arguments: dict[str, Any] = {
        "method": "triple_difference", "outcome": "y", "treated": "group", "eligible": "can", "time": "wave"
    }  # fmt: skip
    linked = estimate(frame, unit="unit", **arguments)
    # (8 - 2.5) - (2.5 - 1)
    assert linked.estimate == pytest.approx(4.0)
    assert estimate(frame, **arguments).estimate == pytest.approx(4.0)
    assert codes_of(frame.query("not (group == 1 and can == 0)"), **arguments)[0] == "M-CELL"
    assert codes_of(frame.assign(can=2), **arguments) == ["M-TREATED"]
    assert codes_of(frame, **(arguments | {"eligible": None})) == ["M-ARGUMENT"]
    assert "M-OUTCOME" in codes_of(frame.assign(y=1.0), **arguments)
    replayed = estimate(frame, unit="unit", inference="randomisation", **arguments)
    assert 0 < replayed.p_value <= 1
