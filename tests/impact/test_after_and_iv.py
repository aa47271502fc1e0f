"""ANCOVA, change scores, several arms and instruments: by hand, by laws, and against publications."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from mande.errors import MandeError
from mande.impact import estimate
from mande.results import Estimate
from tests.impact.tables import SHARED, published, textbook
from tests.impact.test_two_periods import SMALL, TRAINEE, trainees, trainees_in_two_waves

GEOGRAPHY = ("exper", "expersq", "black", "smsa", "south", "smsa66", *(f"reg{n}" for n in range(662, 670)))


def effect(result: Estimate) -> tuple[float, float]:
    return result.estimate, result.std_error


def codes_of(frame: pd.DataFrame, **arguments: Any) -> list[str]:
    with pytest.raises(MandeError) as caught:
        estimate(frame, **arguments)
    return [problem.code.id for problem in caught.value.problems]


def printed(estimate: float, std_error: float, decimals: int) -> Any:
    return pytest.approx((estimate, std_error), abs=0.5 * 10**-decimals, rel=0)


# Outcomes after -------------------------------------------------------------------------------------


def test_earnings_of_trainees_after_the_programme():
    call: dict[str, Any] = {"method": "ancova", "outcome": "re78", "treated": "treat"}
    frame = trainees()
    assert effect(estimate(frame, **call)) == pytest.approx((1794.342382, 632.853392), rel=1e-6)
    assert estimate(frame, inference="HC2", **call).std_error == pytest.approx(670.996544, rel=1e-6)
    ancova = estimate(frame, baseline="re75", covariates=TRAINEE, **call)
    assert effect(ancova) == pytest.approx((1676.342625, 638.682015), rel=1e-6)


def test_a_baseline_from_an_earlier_wave_is_the_same_as_one_in_a_column():
    for method in ("ancova", "change_score"):
        call: dict[str, Any] = {
            "method": method,
            "treated": "treat",
            "covariates": TRAINEE,
            "inference": "HC1",
        }
        wide = estimate(trainees(), outcome="re78", baseline="re75", **call)
        long = estimate(trainees_in_two_waves(), outcome="pay", unit="person", time="year", **call)
        assert effect(long) == pytest.approx(effect(wide), rel=1e-9)


def test_a_change_score_by_hand_is_the_difference_of_mean_changes_and_that_of_did():
    call: dict[str, Any] = {"outcome": "y", "treated": "group", "unit": "unit", "time": "wave"}
    change = estimate(SMALL, method="change_score", **call)
    assert change.estimate == pytest.approx((5 + 7) / 2 - (1 + 3) / 2)
    assert effect(change) == pytest.approx(effect(estimate(SMALL, method="did", **call)))


def test_ancova_less_the_baseline_is_ancova():
    # Taking the baseline off the outcome lowers its slope by one and leaves the effect alone.
    frame = trainees().assign(change=lambda d: d["re78"] - d["re75"])
    call: dict[str, Any] = {"method": "ancova", "treated": "treat", "baseline": "re75"}
    one, other = (estimate(frame, outcome=name, **call) for name in ("re78", "change"))
    assert effect(one) == pytest.approx(effect(other), rel=1e-9)


def test_on_the_log_scale_the_baseline_is_a_logarithm_too():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"g": [0, 1] * 20, "y0": rng.lognormal(size=40)})
    frame["y1"] = frame["y0"] * np.exp(0.5 * frame["g"] + 0.1 * rng.normal(size=40))
    call: dict[str, Any] = {"method": "change_score", "treated": "g", "outcome": "y1", "baseline": "y0"}
    by_hand = np.log(frame["y1"] / frame["y0"]).groupby(frame["g"]).mean().diff().iloc[1]
    assert estimate(frame, scale="log", **call).estimate == pytest.approx(by_hand)
    frame.loc[3, "y0"] = 0
    dropped = estimate(frame, scale="log", **call).sample.dropped
    assert [(entry.reason, entry.count) for entry in dropped] == [
        ("y0 is zero or less, which has no logarithm", 1)
    ]


def irrigators() -> pd.DataFrame:
    file = SHARED / "moz_proirri" / "proirri.dta"
    if not file.exists():
        pytest.skip("moz_proirri is not beside the checkout; its licence keeps it out of the project")
    return pd.read_stata(file, convert_categoricals=False)


IRRIGATORS: dict[str, Any] = {
    "method": "ancova",
    "treated": "treatment",
    "cluster": "associd",
    "inference": "CR1",
}


@pytest.mark.parametrize(
    ("outcome", "more", "expected", "decimals", "n"),
    [
        ("bp_v4_d_saved_cumul", {}, (0.293, 0.111), 3, 3081),
        ("bp_v4_d_saved_cumul", {"absorb": "prov"}, (0.205, 0.117), 3, 3081),
        ("bp_v4_boxvalue_cumul", {}, (1686, 979), 0, 3081),
        ("bp_v4_boxvalue_cumul", {"absorb": "prov"}, (654, 873), 0, 3081),
        ("el_livestock_costs", {"weights": "pweight"}, (1120.904, 515.947), 3, 1784),
    ],
)
def test_savings_of_irrigators_as_published(outcome, more, expected, decimals, n):
    """Christian and others (2022), tables 2 and 4, to the digits printed."""
    frame = irrigators()
    if "weights" in more:
        frame = frame[frame["data_endline"] == 1]
    result = estimate(frame, outcome=outcome, **IRRIGATORS, **more)
    assert effect(result) == printed(*expected, decimals)
    assert result.n == n


def test_quarterly_savings_of_irrigators_pooled_as_published():
    wide = irrigators()
    wide = wide[["treatment", "associd", "prov", *(f"bp_v{q}_d_saved" for q in (1, 2, 3, 4))]]
    frame = pd.concat([wide.assign(quarter=q, saved=wide[f"bp_v{q}_d_saved"]) for q in (1, 2, 3, 4)])
    plain = estimate(frame, outcome="saved", **IRRIGATORS)
    assert effect(plain) == printed(0.137, 0.050, 3)
    within = estimate(frame, outcome="saved", absorb="prov", time="quarter", **IRRIGATORS)
    assert effect(within) == printed(0.094, 0.046, 3)
    assert within.n == 12324


# Several arms ---------------------------------------------------------------------------------------


def arms_in_strata() -> pd.DataFrame:
    """Two arms whose shares and effects differ between strata, without noise."""
    rows = []
    for stratum, (n0, n1, n2), (one, two) in (("a", (10, 20, 10), (1, 2)), ("b", (10, 10, 40), (3, 8))):
        for arm, count in enumerate((n0, n1, n2)):
            for number in range(count):
                noise = (-1) ** number
                rows.append(
                    (stratum, int(arm == 1), int(arm == 2), one * (arm == 1) + two * (arm == 2) + noise)
                )
    return pd.DataFrame(rows, columns=["stratum", "one", "two", "y"])


def test_the_effect_of_one_arm_does_not_enter_that_of_another():
    frame = arms_in_strata()
    call: dict[str, Any] = {
        "method": "ancova",
        "outcome": "y",
        "treated": ["one", "two"],
        "absorb": "stratum",
    }
    clean = estimate(frame, **call).tidy().set_index("term")["estimate"]
    # Mean over strata of 40 and 60 rows
    assert clean.to_dict() == pytest.approx({"one": 0.4 * 1 + 0.6 * 3, "two": 0.4 * 2 + 0.6 * 8})
    stronger = frame.assign(y=frame["y"] + 100 * frame["two"] * (frame["stratum"] == "b"))
    again = estimate(stronger, **call).tidy().set_index("term")["estimate"]
    assert again["one"] == pytest.approx(clean["one"])
    added = estimate(stronger, **call, interacted=False)
    assert abs(added.estimate - estimate(frame, **call, interacted=False).estimate) > 1
    assert any("mixed with each other" in note for note in added.notes)


def test_arms_that_cross_are_averaged_over_each_other_or_taken_alone():
    cells = {(0, 0): 0.0, (1, 0): 2.0, (0, 1): 3.0, (1, 1): 9.0}
    rows = [(a, b, y + e) for (a, b), y in cells.items() for e in (-1, 1)]
    frame = pd.DataFrame(rows, columns=["a", "b", "y"])
    call: dict[str, Any] = {"method": "ancova", "outcome": "y", "treated": ["a", "b"]}
    pooled = estimate(frame, **call).tidy()["estimate"].tolist()
    assert pooled == pytest.approx([((2 - 0) + (9 - 3)) / 2, ((3 - 0) + (9 - 2)) / 2])
    alone = estimate(frame, pooled=False, **call).tidy()["estimate"].tolist()
    assert alone == pytest.approx([2, 3])


def test_covariates_interacted_agree_with_the_formula_in_statsmodels():
    frame = (
        trainees()[["re75", "re78", "treat"]].astype(float).assign(x=lambda d: d["re75"] - d["re75"].mean())
    )
    peer = smf.ols("re78 ~ treat * x", frame).fit(cov_type="HC2")
    result = estimate(
        frame, method="ancova", outcome="re78", treated="treat", covariates=["re75"], interacted=True,
        inference="HC2",
    )  # fmt: skip
    assert effect(result) == pytest.approx((peer.params["treat"], peer.bse["treat"]), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "arguments", "code"),
    [
        ({"one": 0.5}, {}, "M-TREATED"),
        ({"one": 0}, {}, "M-CELL"),
        ({"y": 1.0}, {}, "M-OUTCOME"),
        ({"y": lambda d: d["y"].mask(d["two"] == 1)}, {}, "M-CELL"),
        ({"x": lambda d: d["one"]}, {"covariates": ["x"], "interacted": False}, "M-COLLINEAR"),
        ({}, {"method": "change_score"}, "M-ARGUMENT"),
        ({}, {"periods": (1, 2)}, "M-VALUE"),
        ({}, {"inference": "randomisation"}, "M-ASSIGNED"),
        ({"g": "a"}, {"cluster": "g"}, "M-CLUSTERS"),
    ],
)
def test_bad_input_of_comparisons_after_is_told(change, arguments, code):
    frame = arms_in_strata().assign(**change)
    call: dict[str, Any] = {"method": "ancova", "outcome": "y", "treated": ["one", "two"]} | arguments
    assert code in codes_of(frame, **call)


# Instruments ----------------------------------------------------------------------------------------


def card(**arguments: Any) -> Estimate:
    call: dict[str, Any] = {"instruments": "nearc4", "covariates": GEOGRAPHY} | arguments
    return estimate(textbook("card"), method="iv", outcome="lwage", treated="educ", **call)


def test_return_to_schooling_by_distance_to_college():
    result = card(inference="classical")
    assert effect(result) == pytest.approx((0.13150384, 0.05496367), rel=1e-6)
    assert any("effective F" in note or "Effective F" in note for note in result.notes)


def insured() -> pd.DataFrame:
    return published("social_insure")


INSURED: dict[str, Any] = {
    "method": "iv", "outcome": "takeup_survey", "treated": "pre_takeup_rate", "instruments": "default",
    "absorb": "village", "cluster": "address",
}  # fmt: skip
FARMER = ("age", "agpop", "ricearea_2010", "disaster_prob", "male", "intensive", "risk_averse", "literacy")


def test_insurance_taken_up_after_friends_did_as_published():
    result = estimate(insured(), covariates=FARMER, inference="CR1", **INSURED)
    assert effect(result) == printed(0.791, 0.273, 3)
    first = result.tables["stages"].records()[0]
    assert (first["estimate"], first["std_error"]) == printed(0.118, 0.034, 3)
    assert result.n == 1378
    plain = estimate(insured(), inference="CR1", **INSURED)
    assert (round(plain.estimate, 3), plain.n) == (0.892, 1410)


def test_with_one_binary_instrument_the_effect_is_a_ratio_of_differences():
    frame = pd.DataFrame(
        {"z": [0, 0, 0, 0, 1, 1, 1, 1], "d": [0, 0, 0, 1, 0, 1, 1, 1], "y": [1, 2, 3, 6, 2, 5, 7, 8]}
    )
    result = estimate(frame, method="iv", outcome="y", treated="d", instruments="z", inference="HC1")
    assert result.estimate == pytest.approx((22 / 4 - 12 / 4) / (3 / 4 - 1 / 4))


def test_an_instrument_that_is_the_treatment_gives_least_squares():
    frame = textbook("card").assign(same=lambda d: d["educ"])
    call: dict[str, Any] = {"outcome": "lwage", "treated": "educ", "inference": "HC1"}
    iv = estimate(frame, method="iv", instruments="same", **call)
    peer = smf.ols("lwage ~ educ", frame).fit(cov_type="HC1")
    assert effect(iv) == pytest.approx((peer.params["educ"], peer.bse["educ"]), rel=1e-9)


@pytest.mark.parametrize("instruments", [["nearc4"], ["nearc4", "nearc2"]])
def test_the_set_holds_what_the_joint_test_of_the_instruments_does_not_reject(instruments):
    """Every p-value of the curve is that of a regression in statsmodels; ends of sets are at their level."""
    frame = textbook("card")
    result = card(instruments=instruments)
    assert result.inference == "anderson_rubin"

    def p_of(b0: float) -> float:
        formula = " + ".join([*instruments, *GEOGRAPHY])
        fit = smf.ols(f"left ~ {formula}", frame.assign(left=frame["lwage"] - b0 * frame["educ"])).fit(
            cov_type="HC1", use_t=True
        )
        return float(fit.f_test(", ".join(f"{name} = 0" for name in instruments)).pvalue)

    for level in (0.8, 0.9, 0.95):
        for end in (result.interval(level).low, result.interval(level).high):
            assert p_of(end) == pytest.approx(1 - level, rel=1e-5)
    assert result.p_value == pytest.approx(p_of(0.0), rel=1e-7)
    for b0, p in result.reference.curve[100:300:40]:
        assert p == pytest.approx(p_of(b0), rel=1e-6)


def weak(strength: float, seed: int = 0, n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    z, common = rng.normal(size=n), rng.normal(size=n)
    d = strength * z + common + rng.normal(size=n)
    return pd.DataFrame({"z": z, "w": rng.normal(size=n), "d": d, "y": d + 2 * common + rng.normal(size=n)})


WEAK: dict[str, Any] = {"method": "iv", "outcome": "y", "treated": "d", "instruments": "z"}


def test_a_weak_instrument_gives_a_set_without_end_and_says_so():
    found = [estimate(weak(0.0, seed), **WEAK) for seed in range(20)]
    endless = [entry for entry in found if np.isinf(entry.interval().low) or np.isinf(entry.interval().high)]
    # Without any strength the set covers every value 19 times of 20.
    assert len(endless) >= 16
    for entry in endless:
        assert "has no end" in entry.caution
        assert "cannot be said" in entry.sentence()
    by_name = estimate(weak(0.0), inference="HC1", **WEAK)
    assert "instruments are weak" in by_name.caution


def test_a_set_can_come_in_two_pieces_and_holds_the_estimate():
    found = [estimate(weak(0.1, seed), **WEAK) for seed in range(30)]
    assert max(len(result.interval().pieces) for result in found) == 2
    for result in found:
        assert not result.interval().excludes(result.estimate)


def test_instruments_that_contradict_each_other_leave_no_value():
    # By z the effect is one, by w it is none.
    frame = weak(1.0, n=2000).assign(d=lambda d: d["d"] + d["w"])
    result = estimate(frame, **(WEAK | {"instruments": ["z", "w"]}))
    assert result.interval().pieces == ()
    assert "agrees with all instruments" in result.sentence()
    assert np.isnan(result.interval().low)


@pytest.mark.slow
def test_sets_cover_the_effect_however_weak_the_instrument():
    for strength in (0.05, 1.0):
        hits = sum(not estimate(weak(strength, seed), **WEAK).interval().excludes(1.0) for seed in range(400))
        # 95 % of 400, give or take three standard errors
        assert 0.917 <= hits / 400 <= 0.983


@pytest.mark.parametrize(
    ("change", "arguments", "code"),
    [
        ({}, {"instruments": None}, "M-INSTRUMENTS"),
        ({"z": 1.0}, {}, "M-VARIATION"),
        ({"d": 1.0}, {}, "M-VARIATION"),
        ({"w": lambda d: d["z"]}, {"instruments": ["z", "w"]}, "M-COLLINEAR"),
        ({"y": 1.0}, {}, "M-OUTCOME"),
        ({}, {"instruments": "d"}, "M-ROLE"),
        ({}, {"instruments": "zz"}, "M-COLUMN"),
        ({}, {"inference": "CR2", "cluster": "w"}, "M-PAIR"),
        ({"z": [0, 1] * 100, "d": [0, 0, 1, 1] * 50}, {}, "M-INSTRUMENTS"),
    ],
)
def test_bad_input_of_instruments_is_told(change, arguments, code):
    assert code in codes_of(weak(1.0).assign(**change), **(WEAK | arguments))
