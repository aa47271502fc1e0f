"""Entries under `statistics`: read in every form, and told when they are wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from mande.errors import MandeError
from mande.measure import check_formulas, measure, read_entry
from mande.measure.statistics import find
from tests.measure.world import catalogue, frame, indicator


@pytest.mark.parametrize(
    ("entry", "name", "roles", "options"),
    [
        ("mean", "mean", {"value": "value"}, {}),
        ({"median": "unit_cost"}, "median", {"value": "unit_cost"}, {}),
        ({"ratio_of_sums": ["a", "b"]}, "ratio_of_sums", {"value": "a", "below": "b"}, {}),
        ({"ratio_of_sums": {"below": "b"}}, "ratio_of_sums", {"value": "value", "below": "b"}, {}),
        ({"fgt": {"line": "z"}}, "fgt", {"value": "value", "line": "z"}, {"order": 1}),
        ({"fgt": {"line": "z", "order": 2}}, "fgt", {"value": "value", "line": "z"}, {"order": 2}),
        ({"fgt": {"value": "v", "line": "z"}}, "fgt", {"value": "v", "line": "z"}, {"order": 1}),
        ({"quantile": {"q": 0.1}}, "quantile", {"value": "value"}, {"q": 0.1}),
        ({"gini": {}}, "gini", {"value": "value"}, {"small_sample": False}),
    ],
)
def test_an_entry_is_read_in_every_form(entry: Any, name: str, roles: dict, options: dict):
    read = read_entry(entry)
    assert (read.statistic.name, dict(read.roles), dict(read.options)) == (name, roles, options)


def test_several_columns_and_texts(monkeypatch):
    def known(name: str):
        roles = {"mean": {"signs": "numbers"}, "total": {"group": "text", "value": "number"}}
        return replace(find(name), roles=roles[name])

    monkeypatch.setattr("mande.measure.entries.find", known)
    assert read_entry({"mean": ["a", "b"]}).roles == {"signs": ("a", "b")}
    assert read_entry({"mean": {"signs": ["a", "b"]}}).columns == ("a", "b")
    assert read_entry({"mean": "a"}).roles == {"signs": ("a",)}
    assert read_entry("mean").roles == {"signs": ("value",)}
    assert read_entry({"total": ["g", "a"]}).roles == {"group": "g", "value": "a"}
    with pytest.raises(MandeError):
        read_entry("total")
    definition = indicator("income", statistics=[{"total": {"group": "head", "value": "size"}}])
    assert check_formulas(catalogue(definition)) == []
    wrong = indicator("income", statistics=[{"total": {"group": "size", "value": "head"}}])
    assert [problem.found() for problem in check_formulas(catalogue(wrong))] == ["size", "head"]
    none = indicator("income", statistics=[{"mean": {"signs": []}}])
    assert [problem.found() for problem in check_formulas(catalogue(none))] == ["[]"]


@pytest.mark.parametrize(
    ("entry", "found", "expected"),
    [
        ("medain", "medain", "did you mean median or mean"),
        ({"median": {"column": "size"}}, "column", "one of value"),
        ({"fgt": {"line": "size", "ordr": 1}}, "ordr", "did you mean order?"),
        ({"fgt": {"line": "sise"}}, "sise", "did you mean size?"),
        ({"fgt": {"order": 1}}, "-", "the column line"),
        ({"fgt": {"line": "size", "order": "one"}}, "one", "int: order: 1"),
        ({"fgt": {"line": "size", "order": -1}}, "order: -1", "order: 0 or above"),
        ({"quantile": {"q": 50}}, "q: 50", "q: above 0 and below 1"),
        ({"gini": {"small_sample": 1}}, "1", "bool: small_sample: False"),
        ({"ratio_of_sums": ["value"]}, "['value']", "the columns of ratio_of_sums: value, below"),
        ({"mean": 3}, "3", "the columns of mean: value"),
        ({"fgt": {"line": 125}}, "125", "the column line"),
        ({"mean": "persons.age"}, "persons.age", "one of value"),
        ({"mean": "head"}, "head", "one of value"),
        ({"mean": "hh_id"}, "hh_id", "one of value"),
    ],
)
def test_a_wrong_entry_is_told_with_what_was_meant(entry: Any, found: str, expected: str):
    (problem,) = check_formulas(catalogue(indicator("income", statistics=["mean", entry])))
    assert (problem.code.id, problem.found()) == ("F-STATISTIC", found)
    assert expected in problem.expected()
    assert problem.place.question == f"statistics.{entry if isinstance(entry, str) else next(iter(entry))}"
    for language in ("fr", "es"):
        assert problem.summary(language) != problem.summary("en")
        assert problem.fix(language) != problem.fix("en")


def test_every_problem_of_every_entry_is_told_at_once():
    entries = ["mode", {"fgt": {"lin": "size", "ordr": 2}}, {"median": "sise"}]
    problems = check_formulas(catalogue(indicator("income", statistics=entries)))
    assert [problem.found() for problem in problems] == ["mode", "lin", "ordr", "-", "sise"]


def test_the_weight_is_a_number_of_the_entity():
    assert check_formulas(catalogue(indicator("income", weigh_by="size"))) == []
    (problem,) = check_formulas(catalogue(indicator("income", weigh_by="head")))
    assert (problem.place.question, problem.found()) == ("weigh_by", "head")


def test_keys_that_a_statistic_names_stand_beside_the_value(monkeypatch):
    known = find("mean")
    keyed = replace(known, roles={"value": "number", "own": "text", "above": "text"})
    monkeypatch.setattr("mande.measure.entries.find", lambda name: keyed)
    definition = indicator(
        "age", entity="persons", statistics=[{"mean": {"own": "person_id", "above": "hh_id"}}]
    )
    people = frame("persons", [{"person_id": "p", "hh_id": "a", "age": 4.0}])
    homes = frame("households", [{"hh_id": "a"}])
    found = measure(
        definition,
        {"persons": people, "households": homes},
        catalogue=catalogue(definition),
        reference_date=pl.date(2020, 1, 1),
    )
    assert found.to_dicts() == [{"person_id": "p", "value": 4.0, "reason": None, "hh_id": "a"}]
