"""Results depend on what the table says, not on its row order, index, types or the hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.impact import attrition, balance, estimate
from mande.impact.registry import estimators, inferences
from mande.results import Estimate
from tests.impact.tables import panel

ROOT = Path(__file__).resolve().parents[2]
CASES: list[dict[str, Any]] = [
    {"method": "did", "treated": "group", "periods": (2000, 2003), "unit": "unit"},
    {"method": "did", "treated": "group", "periods": (2000, 2003), "cluster": "cluster"},
    {"method": "twfe", "treated": "on", "unit": "unit", "weights": "weight"},
    {"method": "fixed_effects", "treated": "dose", "unit": "unit", "cluster": "cluster"},
    {"method": "random_effects", "treated": "on", "unit": "unit", "inference": "classical"},
    {"method": "first_difference", "treated": "on", "unit": "unit"},
    {"method": "first_difference", "treated": "on", "unit": "unit", "inference": "HC3"},
    {"method": "between", "treated": "on", "unit": "unit", "inference": "HC2"},
    {"method": "twfe", "treated": "on", "unit": "unit", "cluster": "cluster", "inference": "CR2"},
    {"method": "twfe", "treated": "on", "unit": "unit", "cluster": "cluster", "inference": "CR3"},
    {"method": "twfe", "treated": "on", "unit": "unit", "cluster": ("cluster", "wave")},
    {"method": "twfe", "treated": "on", "unit": "unit", "inference": "wild", "replays": 199},
    {"method": "twfe", "treated": "on", "unit": "unit", "inference": "randomisation", "replays": 199},
    {"method": "first_difference", "treated": "on", "unit": "unit", "inference": "survey"},
    {"method": "correlated_random_effects", "treated": "on", "unit": "unit"},
    {"method": "between", "treated": "on", "unit": "unit"},
    {"method": "callaway_santanna", "first_treated": "first", "unit": "unit", "aggregation": "dynamic"},
    {"method": "imputation", "first_treated": "first", "unit": "unit", "cluster": "cluster"},
    {"method": "event_study", "first_treated": "first", "unit": "unit", "weights": "weight"},
    {"method": "sun_abraham", "first_treated": "first", "unit": "unit"},
    {"method": "etwfe", "first_treated": "first", "unit": "unit", "cluster": "cluster"},
    {"method": "callaway_santanna", "first_treated": "first", "weights": "weight"},
    {"method": "imputation", "first_treated": "first", "cluster": "cluster"},
    {"method": "sun_abraham", "first_treated": "first"},
    {"method": "etwfe", "first_treated": "first", "cluster": "cluster"},
    {"method": "did", "treated": "group", "post": "late", "weights": "weight"},
    {"method": "doubly_robust", "treated": "group", "periods": (2000, 2003), "unit": "unit"},
    {"method": "doubly_robust", "treated": "group", "periods": (2000, 2003), "weights": "weight"},
    {
        "method": "doubly_robust",
        "treated": "group",
        "periods": (2000, 2003),
        "unit": "unit",
        "adjustment": "doubly_robust_improved",
    },
    {"method": "ancova", "treated": "group", "periods": (2000, 2003), "unit": "unit", "interacted": True},
    {"method": "change_score", "treated": "group", "periods": (2000, 2003), "unit": "unit"},
    {"method": "triple_difference", "treated": "group", "periods": (2000, 2003), "eligible": "able"},
    {"method": "iv", "treated": "dose", "instruments": "on", "unit": "unit", "cluster": "cluster"},
    {"method": "iv", "treated": "dose", "instruments": "on", "absorb": "unit", "inference": "HC1"},
]


def test_the_cases_cover_every_method_and_every_inference():
    assert {case["method"] for case in CASES} == set(estimators())
    assert {run(unbalanced(), case).inference for case in CASES} == set(inferences())


def run(frame: pd.DataFrame, case: dict[str, Any]) -> Estimate:
    return estimate(frame, outcome="y", time="wave", covariates=["x"], **case)


def unbalanced() -> pd.DataFrame:
    frame = panel(units_per_cluster=2)
    able = (frame.index // 8 % 2).astype(int)
    late = (frame["wave"] == 2003).astype(int)
    return frame.assign(y=frame["y"].mask(frame.index % 17 == 3), able=able, late=late)


@pytest.mark.parametrize("case", CASES)
def test_row_order_and_index_make_no_difference_to_the_last_bit(case):
    frame = unbalanced()
    base = run(frame, case)
    for seed in range(5):
        shuffled = frame.sample(frac=1, random_state=seed).set_axis(np.zeros(len(frame)), axis=0)
        assert run(shuffled, case) == base


@pytest.mark.parametrize("case", CASES)
def test_types_of_columns_make_no_difference_to_the_last_bit(case):
    frame = unbalanced()
    base = run(frame, case)
    typed = frame.assign(
        on=frame["on"].astype(bool),
        group=frame["group"].astype("Int64"),
        weight=frame["weight"].astype("float32"),
        wave=frame["wave"].astype(str),
        unit=frame["unit"].astype("category").cat.reorder_categories(sorted(frame["unit"].unique())[::-1]),
        y=frame["y"].astype("Float64"),
    )
    assert run(typed, case) == base
    nullable = frame.assign(on=frame["on"].astype("boolean"), wave=frame["wave"].astype("Int64"))
    assert run(nullable.assign(group=frame["group"].astype(object)), case) == base


@pytest.mark.parametrize("case", CASES)
def test_the_callers_table_is_left_as_it_was(case):
    frame = unbalanced()
    before = frame.copy(deep=True)
    run(frame, case)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("case", CASES)
def test_the_counts_of_rows_add_up(case):
    sample = run(unbalanced(), case).sample
    assert sample.rows_in == 120
    assert sample.rows_in - sum(entry.count for entry in sample.dropped) == sample.rows_used


def test_a_missing_nullable_boolean_is_missing_and_not_false():
    frame = unbalanced()
    on = frame["on"].astype("boolean").mask(frame.index == 9)
    result = run(frame.assign(on=on), CASES[2])
    assert ("no value of on", 1) in [(entry.reason, entry.count) for entry in result.sample.dropped]


def test_each_reason_for_a_gap_is_counted_once():
    frame = panel().astype({"unit": object})
    frame.loc[0, ["unit", "y", "x"]] = None
    frame.loc[1, ["y", "x"]] = None
    frame.loc[2, "x"] = None
    frame.loc[3, "cluster"] = None
    frame.loc[4, "wave"] = None
    dropped = run(frame, CASES[3]).sample.dropped
    assert {entry.reason: entry.count for entry in dropped} == {
        f"no value of {name}": 1 for name in ("unit", "wave", "y", "x", "cluster")
    }


def test_diagnostics_do_not_depend_on_row_order():
    frame = unbalanced()
    waves = {"unit": "unit", "wave": "wave", "waves": ["2000", "2003"], "outcomes": ["y"]}
    for seed in range(3):
        shuffled = frame.sample(frac=1, random_state=seed)
        arguments = {"treated": "group", "cluster": "cluster"}
        assert attrition(shuffled, **waves, **arguments) == attrition(frame, **waves, **arguments)
        first, again = (data[data["wave"] == 2000] for data in (frame, shuffled))
        assert balance(again, characteristics=["x", "y"], **arguments) == balance(
            first, characteristics=["x", "y"], **arguments
        )


PROGRAM = """
from tests.impact.test_determinism import results_of_all_methods
print(results_of_all_methods())
"""


def results_of_all_methods() -> list[Estimate]:
    frame = unbalanced()
    return [run(frame, case) for case in CASES]


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_the_hash_seed_makes_no_difference(seed):
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(results_of_all_methods())
