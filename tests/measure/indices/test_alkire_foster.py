"""Alkire-Foster: the published matrix (WE-03), boundaries, and the laws of the 2011 paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure.statistics import alkire_foster, alkire_foster_depth
from tests.measure.indices import (
    assert_influence_is_the_derivative,
    assert_same,
    repeated,
    sample_of,
    weighing,
)

NAMES = ("income", "schooling", "health", "services")
ACHIEVEMENTS = np.array([[13.1, 14, 4, 1], [15.2, 7, 5, 0], [12.5, 10, 1, 0], [20, 11, 3, 1]])
LINES = np.array([13.0, 12.0, 3.0, 1.0])


def matrix(**options):
    """The matrix of Alkire & Foster 2011."""
    gaps = np.maximum(0, (LINES - ACHIEVEMENTS) / LINES)
    roles = {"deprivations": ACHIEVEMENTS < LINES, "gaps": gaps}
    return sample_of(
        alkire_foster_depth, roles, names={"deprivations": NAMES, "gaps": NAMES}, options=options
    )


def measures(sample):
    return alkire_foster_depth.compute(sample) | alkire_foster.compute(sample)


def binary(rows, weights=None, names=NAMES, options=None, **more):
    named = {"deprivations": names[: len(rows[0])]}
    return sample_of(alkire_foster, {"deprivations": rows}, weights, named, (options or {}) | more)


# 1e-6 absolute: the worked example prints six decimals.
@pytest.mark.parametrize(
    ("cutoff", "expected"),
    [
        ("union", (0.75, 0.583333, 0.4375, 0.210737, 0.165891)),
        (0.25, (0.75, 0.583333, 0.4375, 0.210737, 0.165891)),
        (0.5, (0.5, 0.75, 0.375, 0.205529, 0.165457)),
        (0.75, (0.25, 1.0, 0.25, 0.116987, 0.092106)),
        ("intersection", (0.25, 1.0, 0.25, 0.116987, 0.092106)),
    ],
)
def test_we_03_measures_by_cut_off(cutoff, expected):
    found = measures(matrix(cutoff=cutoff))
    assert [found[name] for name in ("h", "a", "m0", "m1", "m2")] == pytest.approx(expected, abs=1e-6)


def test_we_03_average_gap_and_severity():
    found = measures(matrix(cutoff=0.5))
    assert (found["g"], found["s"]) == pytest.approx((0.548077, 0.441219), abs=1e-6)
    assert found["h"] * found["a"] * found["g"] == pytest.approx(found["m1"])
    assert found["h"] * found["a"] * found["s"] == pytest.approx(found["m2"])


def test_we_03_unequal_weights():
    found = measures(matrix(cutoff=0.5, weights=dict(zip(NAMES, (2, 1, 0.5, 0.5), strict=True))))
    values = [found[name] for name in ("h", "m0", "m1", "m2")]
    assert values == pytest.approx((0.25, 0.25, 0.067308, 0.047060), abs=1e-6)


def test_we_03_households_of_the_undp_note_weigh_by_size():
    counts = np.array([4, 13, 7, 9])
    rows = np.arange(18) < counts[:, np.newaxis]
    names = tuple(f"d{at}" for at in range(18))
    found = alkire_foster.compute(binary(rows, [4, 7, 5, 4], names, cutoff=1 / 3))
    assert (found["h"], found["a"], found["m0"]) == pytest.approx((0.8, 0.5625, 0.45), rel=1e-9)


def test_we_03_by_dimension():
    """Poor at k = 2 are persons 2 (deprived in schooling, services) and 3 (in all): 6 deprivations."""
    found = alkire_foster.compute(matrix(cutoff=0.5))
    assert [found[f"censored_headcount_{name}"] for name in NAMES] == [0.25, 0.5, 0.25, 0.5]
    assert [found[f"contribution_{name}"] for name in NAMES] == pytest.approx([1 / 6, 1 / 3, 1 / 6, 1 / 3])


def test_a_score_on_the_cut_off_is_poor_whatever_the_rounding():
    weights = {"a": 0.1, "b": 0.2, "c": 0.7}
    names = ("a", "b", "c")
    assert 0.1 + 0.2 != 0.3
    for cutoff in (0.3, 0.1 + 0.2):
        found = alkire_foster.compute(
            binary([[1, 1, 0]], names=names, options={"weights": weights, "cutoff": cutoff})
        )
        assert found["h"] == 1.0


def test_without_a_cut_off_it_is_a_third():
    found = alkire_foster.compute(binary([[1, 0, 0], [0, 0, 0]]))
    assert found["h"] == 0.5
    assert alkire_foster.compute(binary([[1, 0, 0, 0], [0, 0, 0, 0]]))["h"] == 0.0


def test_without_poor_only_averages_among_them_are_absent():
    found = alkire_foster.compute(binary([[0, 0], [1, 0]], cutoff=1.0))
    assert (found["h"], found["m0"]) == (0.0, 0.0)
    assert found["a"] == found["contribution_income"] == "nobody is poor: there is no average among them"


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (binary([[2, 0]]), "0 or 1"),
        (binary([[1, 0]], cutoff=0), "cutoff: a share"),
        (binary([[1, 0]], cutoff=1.5), "cutoff: a share"),
        (binary([[1, 0]], cutoff="half"), "cutoff: a share"),
        (matrix(weights={"income": 1}), "exactly income, schooling"),
        (matrix(weights=dict.fromkeys(NAMES, 0)), "above 0"),
        (matrix(weights=[1, 2, 3, 4]), "names of dimensions"),
    ],
)
def test_what_cannot_be_counted_has_a_reason(sample, reason):
    assert reason in alkire_foster.compute(sample)
    assert alkire_foster_depth.compute(sample) == alkire_foster.compute(sample)
    assert alkire_foster.influence(sample) == alkire_foster_depth.influence(sample) == {}


@pytest.mark.parametrize(
    ("gaps", "reason"),
    [([[1.2, 0]], "0 to 1"), ([[0.5, 0.1]], "no deprivation"), ([[0.5]], "in the same order")],
)
def test_gaps_that_contradict_the_deprivations_have_a_reason(gaps, reason):
    roles = {"deprivations": [[1, 0]], "gaps": gaps}
    assert reason in alkire_foster_depth.compute(
        sample_of(alkire_foster_depth, roles, names={"deprivations": ("a", "b"), "gaps": ("a", "b")})
    )


def test_nested_weights_are_equal_between_and_within_pillars():
    weights = alkire_foster.nested_weights({"standards": ["a", "b", "c"], "rights": ["d"]})
    assert weights == pytest.approx({"a": 1 / 6, "b": 1 / 6, "c": 1 / 6, "d": 1 / 2})


TABLES = st.integers(1, 4).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 1), min_size=k, max_size=k), min_size=2, max_size=8)
)


@settings(deadline=None, max_examples=60)
@given(rows=TABLES, cutoff=st.sampled_from([0.25, 1 / 3, 0.5, 1.0, "union"]), data=st.data())
def test_m0_is_the_average_of_subgroups_and_of_contributions(rows, cutoff, data):
    n = len(rows)
    weights = data.draw(st.lists(st.floats(0.1, 9), min_size=n, max_size=n))
    split = data.draw(st.integers(1, n - 1))
    whole = alkire_foster.compute(binary(rows, weights, cutoff=cutoff))
    parts = [
        (sum(w), alkire_foster.compute(binary(r, w, cutoff=cutoff)))
        for r, w in ((rows[:split], weights[:split]), (rows[split:], weights[split:]))
    ]
    assert whole["m0"] == pytest.approx(sum(w * found["m0"] for w, found in parts) / sum(weights))
    assert 0 <= whole["m0"] <= whole["h"] <= 1
    if whole["h"] > 0:
        contributions = [value for name, value in whole.items() if name.startswith("contribution_")]
        assert sum(contributions) == pytest.approx(1)
        assert whole["a"] >= (0 if cutoff == "union" else cutoff - 1e-9)


@settings(deadline=None, max_examples=40)
@given(rows=TABLES, data=st.data())
def test_a_whole_weight_counts_a_unit_so_many_times(rows, data):
    times = data.draw(st.lists(st.integers(1, 4), min_size=len(rows), max_size=len(rows)))
    sample = binary(rows)
    assert_same(
        alkire_foster.compute(weighing(sample, times)), alkire_foster.compute(repeated(sample, times))
    )


def test_the_linearised_variables_are_derivatives():
    for module in (alkire_foster, alkire_foster_depth):
        assert_influence_is_the_derivative(module, weighing(matrix(cutoff=0.5), [1, 2, 0.5, 3]))


def test_gaps_of_1_make_m1_and_m2_equal_to_m0_and_nobody_poor_has_no_average_gap():
    deprived = (ACHIEVEMENTS < LINES) * 1.0
    names = {"deprivations": NAMES, "gaps": NAMES}
    roles = {"deprivations": deprived, "gaps": deprived}
    found = alkire_foster_depth.compute(sample_of(alkire_foster_depth, roles, None, names, {"cutoff": 0.5}))
    assert found == pytest.approx({"m0": 0.375, "m1": 0.375, "m2": 0.375, "g": 1, "s": 1})
    nobody = {"deprivations": deprived * 0, "gaps": deprived * 0}
    found = alkire_foster_depth.compute(sample_of(alkire_foster_depth, nobody, None, names))
    assert found["m1"] == 0
    assert found["g"] == found["s"] == "nobody is poor: there is no average among them"
