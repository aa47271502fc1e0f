"""Every index through `summarise`: entries as definitions write them, errors under a survey's design."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from mande.errors import MandeError
from mande.measure import summarise
from mande.measure.entries import read_entry
from mande.measure.statistics import find

COVARIATES = {"group": "sex", "covariates": ["score", "poor"]}
DEPRIVED = {"deprivations": ["poor", "late"]}
PERSONS = {"inadequacy": "score", "sex": "sex", "household": "household"}
LINEARISED = [
    {"distribution": "task"},
    {"parity": {"group": "sex"}},
    {"gender_gap": {"group": "sex", "high": "M", "low": "F"}},
    {"factor_weighted_gap": {"group": "sex", "cell": "task"}},
    {"oaxaca_blinder": COVARIATES},
    {"oaxaca_blinder": COVARIATES | {"reference": 0.5}},
    {"kitagawa": {"category": "task", "group": "sex"}},
    {"weai": PERSONS},
    {"hhi": {"group": "task", "scale": 10000}},
    {"simpson": {"group": "task"}},
    {"effective_number": {"group": "task"}},
    {"gain_shares": {"group": "sex"}},
    {"concentration_index": {"rank": "score"}},
    {
        "alkire_foster": {
            "deprivations": ["poor", "late"],
            "weights": {"poor": 2, "late": 1},
            "cutoff": "union",
        }
    },
    {"alkire_foster_depth": DEPRIVED | {"gaps": ["poor", "late"]}},
]
BOOTSTRAPPED = [
    {"duncan": {"category": "task", "group": "sex"}},
    {"kaplan_meier_median": {"event": "late"}},
]
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "village"}


def people(n=1200):
    """Couples in 120 villages of four strata, alike within a village; women and men differ in everything.

    Where groups do not differ, or shares are equal, first derivatives are about 0, and linearised errors miss
    what remains.
    """
    rng = np.random.default_rng(11)
    household = np.repeat(np.arange(n // 2), 2)
    village, man = household // 5, np.tile([0.0, 1.0], n // 2)
    shift = rng.normal(0, 0.3, n)[village]
    score, poor = rng.beta(4 - 2 * man, 4, n), (rng.random(n) < 0.6 - 0.3 * man) * 1.0
    level = 2 + 0.8 * man - 0.5 * score * (1 + man) - 0.4 * poor * (1 + man)
    odds = np.where(man == 1, 0.5, 0.15)
    task = np.where(rng.random(n) < odds, "plant", np.where(rng.random(n) < 0.8, "pick", "pack"))
    return pl.DataFrame(
        {
            "value": np.exp(level + rng.normal(0, 0.3, n) + shift) * np.where(task == "plant", 1.5, 1),
            "sex": np.where(man == 1, "M", "F"),
            "household": [f"h{at}" for at in household],
            "task": task,
            "score": score,
            "poor": poor,
            "late": rng.integers(0, 2, n) * 1.0,
            "weight": rng.uniform(1, 3, n),
            "village": [f"v{at}" for at in village],
            "stratum": [f"s{at % 4}" for at in village],
        }
    )


@pytest.mark.parametrize("entry", LINEARISED, ids=str)
def test_linearised_errors_under_the_design_are_those_of_the_bootstrap(entry, monkeypatch):
    """500 replicates know an error to 3 percent, thrice that, and terms of second order: 12 percent."""
    linear = summarise(people(), entry, **DESIGN)
    assert linear["value"].null_count() == 0
    assert set(linear["method"]) == {"linearisation"}
    plain = replace(find(next(iter(entry))), influence=None)
    monkeypatch.setattr("mande.measure.entries.find", lambda name: plain)
    drawn = summarise(people(), entry, **DESIGN, replicates=500)
    assert set(drawn["method"]) == {"bootstrap"}
    assert linear["value"].to_list() == drawn["value"].to_list()
    assert linear["se"].to_list() == pytest.approx(drawn["se"].to_list(), rel=0.12, abs=1e-12)


@pytest.mark.parametrize("entry", BOOTSTRAPPED, ids=str)
def test_indices_that_move_in_steps_take_the_bootstrap(entry):
    (row,) = summarise(people(), entry, **DESIGN, replicates=100).rows(named=True)
    assert row["method"] == "bootstrap"
    assert row["se"] > 0


def test_an_index_without_frozen_weights_has_a_reason():
    (row,) = summarise(people(), {"anderson_index": ["score", "value"]}).rows(named=True)
    assert (row["value"], row["reason"][:10]) == (None, "no weights")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"alkire_foster": {"deprivations": ["poor"], "cutoff": 2}}, "cutoff: a share of the weights"),
        ({"oaxaca_blinder": COVARIATES | {"reference": "men"}}, "reference: pooled"),
        (
            {"weai": {"inadequacy": "score", "sex": "sex", "household": "household", "cutoff": 1}},
            "cutoff: the",
        ),
        ({"hhi": {"group": "task", "scale": 0}}, "scale: above 0"),
        ({"anderson_index": {"values": ["score"], "missing": "none"}}, "missing: complete or available"),
    ],
)
def test_options_that_mean_nothing_are_told_where_the_entry_is_read(entry, expected):
    with pytest.raises(MandeError, match=expected):
        read_entry(entry)
