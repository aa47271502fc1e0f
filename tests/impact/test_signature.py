"""The whole signature of `estimate`: what new methods find in their request and their rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.errors import MandeError
from mande.impact import estimate, estimators, registry, run
from mande.impact.contract import Estimator, Option, Plan, is_columns
from mande.impact.observations import Observations
from tests.impact.tables import panel

CALL: dict[str, Any] = {
    "method": "seen", "outcome": "y", "unit": "unit", "time": "wave",
    "inference": "CR1",
}  # fmt: skip
SEEN: list[Observations] = []


def plan(request, data):
    SEEN.append(data)
    return Plan(data)


@pytest.fixture
def seen(monkeypatch) -> list[Observations]:
    """Register a method that keeps the rows it is handed, and is fitted as the two-way effects of a panel."""
    known = Estimator(
        name="seen",
        title="seen",
        assumption="",
        requires=("unit",),
        inferences=("CR1", "classical"),
        options={
            "instruments": Option((), is_columns, "columns", column="numbers"),
            "blocks": Option(None, is_columns, "columns", column="codes"),
        },
        plan=plan,
        fit=lambda request, plan, inference: request,
        accepts=("first_treated", "absorb", "strata", "arms"),
    )
    monkeypatch.setattr(run, "estimators", lambda: {**registry.estimators(), "seen": known})
    monkeypatch.setattr(run, "with_comparison", lambda result, plan: result)  # what is fitted is no estimate
    monkeypatch.setattr(run, "start_findings", lambda *_: ())
    SEEN.clear()
    return SEEN


def frame() -> pd.DataFrame:
    base = panel(n_units=6)
    start = base.query("on == 1").groupby("unit")["wave"].min()
    return base.assign(start=base["unit"].map(start).fillna(0).astype(int), z=base["x"] ** 2)


def test_every_argument_reaches_the_rows(seen):
    data = frame()
    data.loc[3, "z"] = np.nan
    request = estimate(
        data, treated=["on", "dose"], first_treated="start", covariates="x", absorb=("cluster", "wave"),
        cluster=("cluster", "wave"), strata="cluster", instruments="z", blocks=["cluster"], **CALL,
    )  # fmt: skip
    (rows,) = seen
    assert request.arms == ("on", "dose")
    assert request.clusters == ("cluster", "wave")
    assert rows.arms.shape == (23, 2)
    assert (rows.treated == rows.arms[:, 0]).all()
    assert [len(part) for part in (*rows.clusters, *rows.absorbed)] == [23] * 4
    assert rows.extra["z"] == pytest.approx(np.delete(data["z"].to_numpy(), 3))
    assert (rows.groups["cluster"] == rows.strata).all()
    assert [(entry.reason, entry.count) for entry in rows.dropped] == [("no value of z", 1)]


@pytest.mark.parametrize("never", [0, np.inf])
def test_starts_are_positions_of_waves(seen, never):
    data = frame()
    data["start"] = data["start"].astype(float).replace(0, never)
    estimate(data, first_treated="start", **CALL)
    (rows,) = seen
    expected = np.where(np.isinf(data["start"]) | (data["start"] == 0), np.inf, data["start"] - 2000)
    assert (rows.first_treated == expected).all()


def test_starts_outside_the_waves_come_before_or_after_them(seen):
    data = frame().assign(start=[1990] * 4 + [2050] * 4 + [2001] * 4 + [0] * 12)
    data = data[data["wave"] != 2001]
    estimate(data, first_treated="start", **CALL)
    (rows,) = seen
    # 2001 has no rows: the first wave with treatment in force is 2002, which is the second left
    assert list(rows.first_treated[::3]) == [0, 3, 1, np.inf, np.inf, np.inf]


def test_rows_left_out_later_keep_starts_right(seen):
    estimate(frame(), first_treated="start", **CALL)
    (rows,) = seen
    kept = rows.keep(rows.time != 0, "first wave")
    assert kept.waves == ("2001", "2002", "2003")
    treated = np.isfinite(kept.first_treated)
    assert (kept.first_treated[treated] == rows.first_treated[rows.time != 0][treated] - 1).all()
    assert kept.dropped[-1].count == 6


def test_a_missing_start_is_an_error_and_no_start_at_all(seen):
    data = frame()
    data["start"] = data["start"].astype(float).mask(data["unit"] == "u001")
    with pytest.raises(MandeError, match="M-COHORT") as error:
        estimate(data, first_treated="start", **CALL)
    assert "4 missing" in str(error.value)


def test_a_start_that_is_no_wave_is_named(seen):
    with pytest.raises(MandeError, match="no wave of the table: soon"):
        estimate(frame().assign(start="soon"), first_treated="start", **CALL)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"first_treated": "start"}, "M-UNUSED"),
        ({"absorb": "cluster"}, "M-UNUSED"),
        ({"strata": "cluster", "inference": "CR1"}, "M-UNUSED"),
        ({"treated": ["on", "dose"]}, "M-VALUE"),
        ({"replays": 10, "inference": "wild"}, "M-VALUE"),
        ({"seed": -1, "inference": "wild"}, "M-VALUE"),
        ({"assigned_by": "nowhere", "inference": "randomisation"}, "M-COLUMN"),
        ({"replays": 999, "inference": "CR1"}, "M-OPTION"),
    ],
)
def test_arguments_without_a_use_are_refused(arguments, code):
    call = {**CALL, "method": "twfe", "treated": "on"} | arguments
    with pytest.raises(MandeError) as error:
        estimate(frame(), **call)
    assert [problem.code.id for problem in error.value.problems] == [code]


def test_an_instrument_that_is_the_outcome_is_refused(seen):
    with pytest.raises(MandeError, match="y as outcome and instruments"):
        estimate(frame(), instruments="y", **CALL)


def test_the_method_of_this_test_is_not_left_behind():
    assert "seen" not in estimators()
    assert replace(estimators()["did"]).name == "did"
