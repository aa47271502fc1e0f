"""What formulas of an indicator and conditions of a question may name."""

from __future__ import annotations

from typing import Any

import pytest

from mande.catalogue import Catalogue
from mande.errors import MandeError
from mande.measure import check_formulas, plan_indicator
from mande.schema import Indicator, Question
from tests.measure.world import LABEL, QUESTIONS, TABLES, catalogue, indicator


def told(definition: Indicator) -> list[tuple[str, str]]:
    """Code and entry of each problem; a plan is refused exactly where there is one."""
    problems = check_formulas(catalogue(definition))
    if problems:
        with pytest.raises(MandeError) as caught:
            plan_indicator(definition, catalogue())
        assert list(caught.value.problems) == problems
    else:
        assert plan_indicator(definition, catalogue())
    return [(problem.code.id, problem.place.question) for problem in problems]


@pytest.mark.parametrize(
    ("value", "entries"),
    [
        ("twice + income", {"parts": {"twice": "2 * income"}}),
        ("sum(seasons.margin)", {"parts": {"seasons.margin": "sum(sales.qty) - seasons.cost - size"}}),
        ("sum(sales.share)", {"parts": {"sales.share": "sales.qty / seasons.area / size"}}),
        ("area * households.size + count(sales)", {"entity": "seasons"}),
        ("qty * seasons.area * households.size", {"entity": "sales"}),
        ("has_land", {"missing": {"households": "available", "sales": "strict"}}),
    ],
)
def test_a_formula_names_its_own_row_the_rows_above_and_rosters_in_aggregates(
    value: str, entries: dict[str, Any]
):
    assert told(indicator(value, **entries)) == []


@pytest.mark.parametrize(
    ("value", "entries", "expected"),
    [
        ("twice", {"parts": {"once": "twice", "twice": "income"}}, [("F-NAME", "parts.once")]),
        ("income", {"parts": {"income": "size"}}, [("F-NAME", "parts.income")]),
        ("income", {"parts": {"value": "size"}}, [("F-NAME", "parts.value")]),
        ("income", {"parts": {"reason": "size"}}, [("F-NAME", "parts.reason")]),
        ("income", {"parts": {"villages.x": "size"}}, [("F-NAME", "parts.villages.x")]),
        ("income", {"parts": {"persons.x": "age"}}, [("F-NAME", "parts.persons.x")]),
        ("income", {"parts": {"persons.x": "seasons.area"}}, [("F-NAME", "parts.persons.x")]),
        ("income", {"parts": {"seasons.x": "sales.qty"}}, [("F-AGGREGATE", "parts.seasons.x")]),
        ("seasons.area", {}, [("F-AGGREGATE", "value")]),
        ("count(households)", {"entity": "seasons"}, [("F-AGGREGATE", "value")]),
        ("count(persons)", {"entity": "seasons"}, [("F-NAME", "value")]),
        ("head", {}, [("F-KIND", "value")]),
        ("seen", {}, [("F-KIND", "value")]),
        ("income", {"missing": {"villages": "strict"}}, [("F-NAME", "missing.villages")]),
        ("incme + ", {"parts": {"x": "eval(1)"}}, [("F-FUNCTION", "parts.x"), ("F-SYNTAX", "value")]),
    ],
)
def test_a_name_out_of_reach_is_told_at_its_entry(
    value: str, entries: dict[str, Any], expected: list[tuple[str, str]]
):
    assert told(indicator(value, **entries)) == expected


def asked(**entries: Any) -> Catalogue:
    question = Question.model_validate({"label": LABEL, "type": "text"} | entries)
    households = {**QUESTIONS["households"], "added": question}
    return Catalogue(TABLES, {**QUESTIONS, "households": households}, {}, {})


def test_parts_that_go_in_a_circle_are_told_so():
    definition = indicator("a", parts={"a": "b + 1", "b": "a + 1"})
    problems = check_formulas(catalogue(definition))
    (expected,) = [entry.values["expected"] for entry in problems if entry.place.question == "parts.a"]
    assert "b stands further down, or the two go in a circle" in expected


def test_no_formula_can_name_an_answer_that_names_a_person():
    assert plan_indicator(indicator("is_missing(added)"), asked())
    with pytest.raises(MandeError) as caught:
        plan_indicator(indicator("is_missing(added)"), asked(personal=True))
    assert [problem.code.id for problem in caught.value.problems] == ["F-NAME"]


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        ("has_land and income > 3", []),
        ("income", ["F-KIND"]),
        ("has_lnd", ["F-NAME"]),
        ("has_land ==", ["F-SYNTAX"]),
        ("any(persons.works)", ["F-NAME"]),
    ],
)
def test_the_condition_of_a_question_is_a_condition_on_its_own_row(condition: str, codes: list[str]):
    assert [problem.code.id for problem in check_formulas(asked(when=condition))] == codes
