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
        ("twice", {"parts": {"once": "twice", "twice": "income"}}, [("F-ORDER", "parts.once")]),
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


@pytest.mark.parametrize(
    ("value", "parts", "entry", "circle"),
    [
        ("a", {"a": "b + 1", "b": "a + 1"}, "parts.a", "a -> b -> a"),
        ("a", {"a": "b + 1", "b": "c * 2", "c": "a + 1"}, "parts.a", "a -> b -> c -> a"),
        ("a", {"a": "a + 1"}, "parts.a", "a -> a"),
        ("a", {"a": "value + income"}, "parts.a", "a -> value -> a"),
        ("value + 1", {}, "value", "value -> value"),
        (
            "sum(seasons.a)",
            {"seasons.a": "seasons.b", "seasons.b": "seasons.a"},
            "parts.seasons.a",
            "seasons.a -> seasons.b -> seasons.a",
        ),
    ],
)
def test_parts_that_go_in_a_circle_are_told_so_once(
    value: str, parts: dict[str, str], entry: str, circle: str
):
    (problem,) = check_formulas(catalogue(indicator(value, parts=parts)))
    assert (problem.code.id, problem.place.question) == ("F-CIRCLE", entry)
    assert problem.found() == circle


def test_a_part_further_down_and_the_value_are_told_as_later():
    later = indicator("twice", parts={"once": "twice", "twice": "income"})
    (problem,) = check_formulas(catalogue(later))
    assert "twice stands further down" in problem.expected()
    (problem,) = check_formulas(catalogue(indicator("income", where="value > 1")))
    assert (problem.code.id, problem.place.question) == ("F-ORDER", "where")
    assert "`where` is judged before there is a value" in problem.expected()


def test_behind_an_unknown_entity_what_is_written_wrong_is_told_too():
    wrong = indicator(
        "income +", entity="nowhere", parts={"x": "eval(1)"}, where="size >", statistics=["mean", "ginni"]
    )
    found = [(problem.code.id, problem.place.question) for problem in check_formulas(catalogue(wrong))]
    assert found == [
        ("F-FUNCTION", "parts.x"),
        ("F-SYNTAX", "where"),
        ("F-SYNTAX", "value"),
        ("F-STATISTIC", "statistics.ginni"),
    ]
    assert check_formulas(catalogue(indicator("income + 1", entity="nowhere"))) == []


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
