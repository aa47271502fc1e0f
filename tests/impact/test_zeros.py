"""What has no logarithm is told, with who it is: an effect in percent is not one on everybody."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mande


def made(zeros_of_treated: int = 4, zeros_of_others: int = 2) -> pd.DataFrame:
    """Return two waves of 40 units, half of them treated in the second, with zeros in the second wave."""
    draws = np.random.default_rng(3)
    units = np.arange(40)
    frames = [
        pd.DataFrame({"unit": units, "wave": wave, "d": units < 20, "y": np.exp(draws.normal(size=40))})
        for wave in (1, 2)
    ]
    late = frames[1]
    late.loc[late.index[:zeros_of_treated], "y"] = 0.0
    late.loc[late.index[20 : 20 + zeros_of_others], "y"] = -1.0
    return pd.concat(frames, ignore_index=True)


def estimate(frame: pd.DataFrame, **changes):
    given = {"method": "did", "outcome": "y", "treated": "d", "unit": "unit", "time": "wave", "scale": "log"}
    return mande.estimate(frame, **(given | changes))


def test_rows_without_a_logarithm_are_told_with_their_share_in_each_group():
    found = estimate(made())
    (finding,) = [entry for entry in found.findings if entry.id == "outcome.zeros"]
    assert finding.status == "limit"
    # By hand: 4 of the 40 rows of the treated, 2 of the 40 of the others.
    assert "6 of 80 rows" in finding.sentence
    assert "(10% of the treated, 5% of the others)" in finding.sentence
    assert finding.sentence in found.caution
    assert "log(1 + y)" in finding.advice


def test_the_finding_changes_no_number_and_the_rows_are_counted():
    frame = made()
    zeros = estimate(frame)
    kept = frame[frame.y > 0]
    both = kept.groupby("unit").wave.transform("nunique") == 2
    again = estimate(kept[both])
    assert zeros.estimate == pytest.approx(again.estimate, rel=1e-12)
    assert zeros.sample.rows_in - zeros.sample.rows_used == len(frame) - int(both.sum())


@pytest.mark.parametrize("changes", [{"scale": "level"}, {"outcome": "z"}])
def test_nothing_is_told_where_nothing_is_left_out(changes):
    frame = made().assign(z=lambda rows: rows.y.abs() + 1)
    assert not [entry for entry in estimate(frame, **changes).findings if entry.id == "outcome.zeros"]


def test_cohorts_and_numbers_of_treatment_have_their_groups_too():
    frame = made().assign(
        first=lambda rows: np.where(rows.d, 2, 0), dose=lambda rows: rows.unit * 0.1 * rows.wave
    )
    staggered = estimate(frame, method="callaway_santanna", treated=None, first_treated="first")
    assert "(10% of the treated, 5% of the others)" in staggered.caution
    dosed = estimate(frame, method="fixed_effects", treated="dose")
    assert "6 of 80 rows have y of zero or less and no logarithm: the effect" in dosed.caution
