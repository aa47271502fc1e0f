"""Examples of a definition: what passes, what is told, and what `given` may say."""

from __future__ import annotations

from typing import Any

import pytest

from mande.measure import check_examples
from tests.measure.world import catalogue, indicator


def told(value: str, given: dict[str, Any], expect: float | bool | None, **entries: Any) -> list[str]:
    """Found and expected of each problem of the first example."""
    example = {"given": given, "expect": expect}
    definition = indicator(value, examples=[example, example], **entries)
    problems = check_examples(definition, catalogue(definition))
    assert {problem.code.id for problem in problems} <= {"M-EXAMPLE"}
    return [f"{problem.found()} / {problem.expected()}" for problem in problems[: len(problems) // 2]]


SEASONS = [
    {"any_sales": True, "sales": [{"qty": 2, "price": 3}, {"qty": 1, "price": 4}]},
    {"any_sales": False},
]


def test_a_right_example_has_no_problem():
    assert told("income / size", {"income": 6, "size": 2}, 3) == []
    assert told("income / size", {"income": 6, "size": 0}, None) == []
    assert told("has_land", {"has_land": "yes"}, True) == []
    assert told("sum(sales.qty * sales.price)", {"has_land": True, "seasons": SEASONS}, 10) == []
    above = {"area": 4, "households": {"size": 2}}
    assert told("area / households.size", above, 2, entity="seasons") == []


def test_a_wrong_example_is_told_what_comes_out():
    assert told("income / size", {"income": 6, "size": 2}, 4) == ["3 / 4"]
    assert told("income / size", {"income": 6, "size": 2}, None) == ["3 / a missing value"]
    assert told("income / size", {"income": 6}, 3) == ["missing: size is missing / 3"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"incom": 6}, "did you mean income?"),
        ({"income": "much"}, "income: 'much' / a value of kind number"),
        ({"income": True}, "income: True / a value of kind number"),
        ({"has_land": "perhaps"}, "a value of kind truth"),
        ({"has_land": ["yes"]}, "has_land: ['yes'] / a value of kind truth"),
        ({"seen": "2024-01-01"}, "a value of kind date"),
        ({"persons": 3}, "persons: 3 / the rows of persons, as a list of mappings"),
        ({"persons": [3]}, "the rows of persons, as a list of mappings"),
        ({"persons": {"age": 3}}, "the rows of persons, as a list of mappings"),
        ({"persons": [{"aeg": 3}]}, "did you mean age?"),
        ({"sales": [{"qty": 3}]}, "a question, used value or roster of households"),
    ],
)
def test_what_is_given_must_be_answers_of_the_tables(given: dict[str, Any], problem: str):
    (found,) = told("income", given, 1)
    assert problem in found


def test_rows_of_a_table_above_are_given_as_one_mapping():
    (found,) = told("area", {"households": [{"size": 2}]}, 1, entity="seasons")
    assert "the answers of one row of households, as a mapping" in found


def test_a_formula_that_does_not_work_is_told_instead_of_its_examples():
    definition = indicator("incme")
    assert [problem.code.id for problem in check_examples(definition, catalogue(definition))] == ["F-NAME"]


def parts_told(parts: dict[str, str], expect_parts: dict[str, Any]) -> list[str]:
    example = {"given": {"income": 6, "size": 2}, "expect": 6, "expect_parts": expect_parts}
    definition = indicator("income", parts=parts, examples=[example, example])
    problems = check_examples(definition, catalogue(definition))
    return [f"{problem.found()} / {problem.expected()}" for problem in problems[: len(problems) // 2]]


PARTS = {
    "per_head": "income / size",
    "poor": "income < 10",
    "kind": "if_(poor, 'low', 'high')",
    "never": "log(0 - income)",
}


def test_an_example_may_expect_numbers_truths_texts_and_missing_parts():
    assert parts_told(PARTS, {"per_head": 3, "poor": True, "kind": "low", "never": None}) == []
    assert parts_told(PARTS, {"per_head": 3.1, "poor": False, "kind": "high", "never": 1}) == [
        "per_head: 3 / per_head: 3.1",
        "poor: 1 / poor: no",
        "kind: low / kind: high",
        "never: missing / never: 1",
    ]
    assert parts_told(PARTS, {"per_head": None, "kind": None}) == [
        "per_head: 3 / per_head: missing",
        "kind: low / kind: missing",
    ]


def test_an_expected_part_must_be_one_of_the_definition():
    (found,) = parts_told(PARTS, {"per_haed": 3})
    assert "expect_parts.per_haed" in found
    assert "did you mean per_head?" in found
