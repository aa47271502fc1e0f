"""Every problem of a call is named at once, in five parts, without touching the caller's table."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.errors import MandeError
from mande.impact import estimate, estimators, inferences
from mande.impact import problems as codes
from mande.impact.contract import Estimator
from tests.impact.tables import panel

CALL: dict[str, Any] = {"method": "twfe", "outcome": "y", "treated": "on", "unit": "unit", "time": "wave"}


def refused(frame: Any, **arguments: Any) -> MandeError:
    with pytest.raises(MandeError) as caught:
        estimate(frame, **(CALL | arguments))
    return caught.value


def ids(error: MandeError) -> list[str]:
    return [problem.code.id for problem in error.problems]


def test_all_problems_of_a_call_come_at_once():
    error = refused(
        panel(), method="twfee", outcome="why", covariates=["xx"], inference="CR9", scale="logs", weights=3
    )
    assert sorted(ids(error)) == [
        "M-COLUMN", "M-COLUMN", "M-INFERENCE", "M-METHOD", "M-VALUE", "M-VALUE",
    ]  # fmt: skip


def test_all_problems_of_the_columns_come_at_once():
    frame = panel()
    frame = frame.assign(
        y=np.where(frame.index == 3, np.inf, frame["y"]), x=frame["x"].astype(str), weight=-frame["weight"]
    )
    frame = pd.concat([frame, frame.iloc[[5]]])
    error = refused(frame, covariates=["x"], weights="weight")
    assert sorted(ids(error)) == ["M-DUPLICATE", "M-INFINITE", "M-TYPE", "M-WEIGHT"]


def test_problems_of_the_rows_come_with_those_of_the_table():
    frame = panel().assign(flat=1.0, cluster="all")
    error = refused(pd.concat([frame, frame.iloc[[0]]]), covariates=["flat"], cluster="cluster")
    assert sorted(ids(error)) == ["M-CLUSTERS", "M-DUPLICATE", "M-VARIATION"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"method": "twef"}, "did you mean twfe"),
        ({"outcome": "yy"}, "did you mean y"),
        ({"covariates": ["weigth"]}, "did you mean weight"),
        ({"wavs": [1]}, "did you mean waves"),
        ({"method": "did", "period": (2000, 2001)}, "did you mean periods"),
        ({"time_effects": False}, "options of twfe: assigned_by, waves"),
        ({"inference": "HC9"}, "auto or one of CR1, "),
        ({"treated": None}, "who or what is treated"),
        ({"unit": None}, "the id of the unit"),
        ({"covariates": ["y"]}, "y as outcome and covariates"),
        ({"covariates": ["x", "x"]}, "x as covariates and covariates"),
        ({"method": "fixed_effects", "time_effects": "yes"}, "True or False"),
        ({"method": "did", "periods": (2000, 2000)}, "two different waves"),
        ({"method": "did", "periods": "2000"}, "two different waves"),
        ({"waves": [2000, 2001]}, "not named: 2002, 2003"),
        (
            {"method": "first_difference", "trend": True, "time_effects": True},
            "effects contain the trend",
        ),
        ({"scale": "Log"}, "did you mean log"),
    ],
)
def test_messages_say_what_was_expected(arguments, says):
    assert says in str(refused(panel(), **arguments))


def test_clustered_errors_without_clusters_ask_for_them():
    error = refused(panel().query("wave < 2002"), method="did", treated="group", unit=None, inference="CR1")
    assert "within which rows depend on each other" in str(error)


def test_something_else_than_a_table_is_refused():
    assert ids(refused({"y": [1]})) == ["M-FRAME"]


def test_two_columns_of_one_name_are_refused():
    frame = panel()
    assert ids(refused(pd.concat([frame, frame[["y"]]], axis=1))) == ["M-FRAME"]


def test_a_repeated_unit_and_wave_is_named():
    frame = panel()
    assert "1 unit-wave pairs repeated, for example in u000, 2000" in str(
        refused(pd.concat([frame, frame[:1]]))
    )


def test_text_is_never_shown_as_a_value():
    frame = panel().assign(x="Amina Diallo")
    assert "Amina" not in str(refused(frame, covariates=["x"]))


def test_every_problem_has_its_five_parts():
    made = [code for code in vars(codes).values() if isinstance(code, codes.Code)]
    assert len({code.id for code in made}) == len(made) > 20
    for code in made:
        assert code.id.startswith("M-")
        for part in (code.summary, code.found, code.expected, code.fix):
            assert part.en


def test_notes_say_how_errors_were_made():
    frame = panel()
    assert "clustered by unit (CR1, 30 clusters)" in estimate(frame, **CALL).notes[0]
    classical = estimate(frame, inference="classical", cluster="cluster", **CALL)
    assert "Classical standard errors" in classical.notes[0]
    assert any("ignore that rows may depend on each other within cluster" in note for note in classical.notes)
    assert (classical.cluster, classical.n_clusters) == (None, None)


def test_every_method_and_error_names_its_source():
    for plugin in (*estimators().values(), *inferences().values()):
        is_method = isinstance(plugin, Estimator)
        maker = plugin.fit if is_method else plugin.linear or plugin.influence or plugin.again
        module = sys.modules[maker.__module__]
        for part in ("Assumption:", "Equation:", "Source:", "Reference implementation:"):
            assert part in module.__doc__
