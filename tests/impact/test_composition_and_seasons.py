"""A sample that changes its make-up between cross-sections, and arms asked in other seasons, are told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.impact import composition, interview_seasons
from mande.impact.diagnostics.composition import COMPOSITION
from mande.impact.diagnostics.seasons import SEASONS

ARMS = {"a": "Trained", "b": "Others"}


def people(shift: float = 0.0, n: int = 200) -> pd.DataFrame:
    """Return cross-sections of two waves whose treated get older by `shift` standard deviations."""
    rng = np.random.default_rng(6)
    treated, after = np.repeat([1.0, 0.0], n), np.tile([0, 1], n)
    age = 40 + 10 * rng.normal(size=2 * n) + 10 * shift * treated * after
    wave = np.where(after == 1, "2", "1")
    return pd.DataFrame({"id": np.arange(2 * n), "treated": treated, "wave": wave, "age": age})


def made_up(frame: pd.DataFrame, names: tuple[str, ...] = ("age",)):
    return composition(
        frame, characteristics=names, treated="treated", wave="wave", periods=("1", "2"), cluster="id"
    )


def test_the_change_apart_is_the_difference_in_differences_by_hand():
    frame = pd.DataFrame(
        {"id": range(8), "treated": [1, 1, 1, 1, 0, 0, 0, 0], "wave": list("11221122"),
         "age": [30.0, 32, 40, 42, 50, 52, 51, 53]}
    )  # fmt: skip
    (row,) = made_up(frame).table.records()
    assert (row["treated_before"], row["treated_after"]) == (31, 41)
    assert row["apart"] == 10 - 1
    # Within groups the ages before are 1 from their mean: sum of squares 4 over 4 - 2.
    assert row["apart_in_sds"] == pytest.approx(9 / np.sqrt(2))
    assert row["n_smaller"] == 2


def test_its_error_is_that_of_the_interaction_in_least_squares():
    import statsmodels.formula.api as smf

    frame = people(0.3)
    (row,) = made_up(frame).table.records()
    data = frame.assign(after=(frame["wave"] == "2").astype(float))
    fit = smf.ols("age ~ treated * after", data).fit(cov_type="cluster", cov_kwds={"groups": data["id"]})
    assert row["apart"] == pytest.approx(fit.params["treated:after"])
    assert row["std_error"] == pytest.approx(fit.bse["treated:after"])


def test_a_sample_that_changes_apart_is_a_coded_caution_and_one_that_does_not_is_good():
    changed = made_up(people(1.0))
    assert (changed.status, changed.values["code"]) == ("caution", "M-COMPOSITION")
    assert changed.values["found"].startswith("age (+")
    assert "covariates" in changed.advice
    assert made_up(people(0.0)).status == "good"


def test_nothing_to_compare_is_said():
    assert made_up(people(), ()).status == "caution"
    gone = people().assign(age=lambda t: t["age"].where(t["wave"] == "1"))
    assert "no characteristic was known in both waves" in made_up(gone).sentence


@settings(deadline=None, max_examples=25)
@given(st.floats(-1e3, 1e3), st.floats(0.1, 100), st.integers(0, 5))
def test_the_size_does_not_depend_on_the_unit_or_the_order(move, scale, seed):
    frame = people(0.5, 20)
    (one,) = made_up(frame).table.records()
    other = frame.assign(age=move + scale * frame["age"]).sample(frac=1, random_state=seed)
    (two,) = made_up(other).table.records()
    assert two["apart_in_sds"] == pytest.approx(one["apart_in_sds"])
    assert two["p_value"] == pytest.approx(one["p_value"])


def asked(a: str, b: str, n: int = 20) -> pd.DataFrame:
    """Return interviews of two arms in one wave that begin on two days, one a day."""
    days = [*pd.date_range(a, periods=n), *pd.date_range(b, periods=n)]
    return pd.DataFrame({"day": days, "wave": "1", "arm": np.repeat(["a", "b"], n)})


def seasons(frame: pd.DataFrame):
    return interview_seasons(
        frame, day="day", wave="wave", arm="arm", waves=["1"], arms=ARMS, reference=["b"]
    )


def test_months_and_days_by_hand():
    row = seasons(asked("2024-03-22", "2024-04-01", 20)).table.records()[0]
    # Arm a: 10 days in March, 10 in April; arm b all in April: half of the months overlap.
    assert row["overlap"] == pytest.approx(0.5)
    assert row["days_apart"] == -10
    assert row["median_month"] == "2024-03"


def test_arms_asked_in_other_seasons_are_a_coded_caution():
    found = seasons(asked("2024-02-01", "2024-08-01"))
    assert (found.status, found.values["code"]) == ("caution", "M-SEASONS")
    assert found.values["found"].startswith("Trained in 1 was asked 182 days earlier")
    assert "in turn" in found.advice


def test_arms_asked_in_the_same_months_and_days_that_are_not_known():
    assert seasons(asked("2024-02-01", "2024-02-05")).status == "good"
    gone = asked("2024-02-01", "2024-08-01")
    assert seasons(gone.assign(day=pd.NaT)).status == "information"


@pytest.mark.parametrize("code", [COMPOSITION, SEASONS])
@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_parts_stand_in_three_languages(code, language):
    for text in (code.summary, code.expected, code.fix):
        assert text.in_(language) != text.en
