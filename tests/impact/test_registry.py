"""A method is one file; other packages add theirs through an entry point."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from mande.errors import MandeError
from mande.impact import estimate, estimators, inferences, registry
from tests.impact.tables import panel


@pytest.fixture
def extension(monkeypatch):
    """Pretend that a package with one more method is installed."""
    twice = replace(estimators()["twfe"], name="twice", inferences=("classical",))
    point = EntryPoint("twice", "an_extension:ESTIMATOR", "mande.estimators")
    monkeypatch.setattr(EntryPoint, "load", lambda self: twice)
    monkeypatch.setattr(
        registry, "entry_points", lambda group: [point] if group == "mande.estimators" else []
    )
    registry.estimators.cache_clear()
    yield twice
    registry.estimators.cache_clear()


def test_the_methods_of_the_package_are_found_by_their_files():
    assert list(estimators()) == [
        "ancova", "between", "change_score", "correlated_random_effects", "did", "doubly_robust",
        "first_difference", "fixed_effects", "iv", "random_effects", "triple_difference", "twfe",
    ]  # fmt: skip
    assert list(inferences()) == [
        "CR1", "CR2", "CR3", "HC1", "HC2", "HC3", "anderson_rubin", "classical", "influence",
        "randomisation", "survey", "wild",
    ]  # fmt: skip


def test_a_method_of_another_package_joins_the_same_function(extension):
    arguments = {"outcome": "y", "treated": "on", "unit": "unit", "time": "wave", "inference": "classical"}
    joined = estimate(panel(), method="twice", **arguments)
    assert joined.estimate == estimate(panel(), method="twfe", **arguments).estimate


def test_a_pair_of_method_and_error_without_definition_is_refused(extension):
    with pytest.raises(MandeError, match="with twice, one of classical"):
        estimate(
            panel(), method="twice", outcome="y", treated="on", unit="unit", time="wave", inference="CR1"
        )


def test_a_name_taken_twice_is_refused(extension, monkeypatch):
    clash = replace(extension, name="twfe")
    monkeypatch.setattr(EntryPoint, "load", lambda self: clash)
    registry.estimators.cache_clear()
    with pytest.raises(TypeError, match="twfe is defined twice"):
        estimators()
