"""The unit of an indicator against the units of its parts."""

from __future__ import annotations

from typing import Any

import pytest

from mande.catalogue import Catalogue
from mande.measure import check_formulas
from mande.measure.units import check_units
from mande.schema import Question
from tests.measure.world import LABEL, QUESTIONS, TABLES, indicator

UNITS = {
    "households": {"size": "people", "income": "LCU"},
    "seasons": {"area": "ha", "cost": "LCU"},
    "sales": {"qty": "kg", "price": "LCU/kg"},
}


def known(*indicators: Any) -> Catalogue:
    questions = {table: dict(own) for table, own in QUESTIONS.items()}
    for table, units in UNITS.items():
        for name, unit in units.items():
            questions[table][name] = Question.model_validate({"label": LABEL, "type": "number", "unit": unit})
    return Catalogue(TABLES, questions, {entry.id: entry for entry in indicators}, {})


def told(value: str, **entries: Any) -> list[tuple[str, str]]:
    problems = check_units(known(indicator(value, **entries)))
    assert {problem.code.id for problem in problems} <= {"F-UNIT"}
    return [(problem.place.question, problem.found()) for problem in problems]


PARTS = {"sales.value": "sales.qty * sales.price", "seasons.revenue": "sum(sales.value)"}


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("sum(seasons.revenue) / size", "LCU/person"),
        ("sum(seasons.revenue) / sum(seasons.area)", "LCU/ha"),
        ("sum(sales.qty) / sum(seasons.area)", "kg/ha"),
        ("largest_share(sales.value, sales.grade)", "share of the sales"),
        ("income / 365", "LCU/day"),
        ("has_land", "share of households"),
    ],
)
def test_a_unit_that_follows_from_the_parts_is_no_problem(value: str, unit: str):
    assert told(value, unit=unit, parts=PARTS) == []


@pytest.mark.parametrize(
    ("value", "unit", "place", "found"),
    [
        ("income", "kg", "unit", "unit: kg, while the formula gives LCU"),
        (
            "sum(seasons.revenue) / sum(seasons.area)",
            "kg/ha",
            "unit",
            "unit: kg/ha, while the formula gives LCU/ha",
        ),
        ("income / size", "score 0-1", "unit", "unit: score 0-1, while the formula gives LCU"),
        ("has_land", "LCU", "unit", "unit: LCU, while the formula gives no unit"),
        (
            "income + sum(sales.qty)",
            "LCU",
            "value",
            "income + sum(sales.qty): income is in LCU, sum(sales.qty) in kg",
        ),
        ("income / 2", "kg/day", "unit", "unit: kg/day, while the formula gives LCU"),
    ],
)
def test_a_unit_that_does_not_follow_is_told_with_its_place(value: str, unit: str, place: str, found: str):
    assert told(value, unit=unit, parts=PARTS) == [(place, found)]


def test_published_parts_and_conditions_are_checked_too():
    part = {"formula": "income / size", "label": LABEL, "unit": "kg/person"}
    assert told("income", unit="LCU", parts={"per_head": part}) == [
        ("parts.per_head.unit", "unit: kg/person, while the formula gives LCU")
    ]
    assert [place for place, _ in told("income", unit="LCU", where="income > size")] == ["where"]


def test_a_flow_may_leave_its_period_out_of_the_unit():
    assert told("income", unit="LCU/year", per="year") == []
    assert told("income", unit="LCU/year") == [("unit", "unit: LCU/year, while the formula gives LCU")]


@pytest.mark.parametrize(
    ("value", "unit", "found"),
    [
        ("income / size", "banana/parsec", "unit: banana/parsec, where no unit is known as banana, parsec"),
        ("income / size", "LCU/tree", "unit: LCU/tree, while nothing in the formula counts tree"),
        ("income", "LCU/person", "unit: LCU/person, while nothing in the formula counts person"),
        ("income / count(persons)", "LCU/worker", None),
        ("income / count(persons)", "LCU/child/household", None),
        ("income", "LCU/household", None),
        ("income / baskets", "LCU/basket", None),
        ("income / trees", "LCU/tree", None),
        ("income / trees", "LCU/plot", "unit: LCU/plot, while nothing in the formula counts plot"),
        ("pay", "LCU/worker", None),
        ("pay", "LCU/tree", "unit: LCU/tree, while nothing in the formula counts tree"),
    ],
)
def test_a_unit_has_known_words_and_divides_by_what_is_counted(value: str, unit: str, found: str | None):
    catalogue = known(indicator(value, unit=unit))
    more = {
        "trees": {"label": {"en": "Standing"}, "type": "integer"},
        "baskets": {"label": {"en": "Picked"}, "type": "number", "unit": "baskets"},
        "pay": {"label": {"en": "Average pay of an employee"}, "type": "number", "unit": "LCU"},
    }
    catalogue.questions["households"].update({k: Question.model_validate(v) for k, v in more.items()})
    assert [problem.found() for problem in check_units(catalogue)] == ([found] if found else [])


@pytest.mark.parametrize(
    ("value", "unit", "per", "found"),
    [
        ("income / size", "LCU/hour", None, "unit: LCU/hour, while the formula gives LCU per year"),
        ("income / size", "LCU/person", "month", "unit: LCU/person, while the formula gives LCU per year"),
        ("income / size", "LCU/person/year", "year", None),
        ("income / size", "LCU/person/year", None, None),
        ("income / 12 / size", "LCU/person/month", "month", None),
    ],
)
def test_a_flow_keeps_its_period(value: str, unit: str, per: str | None, found: str | None):
    catalogue = known(indicator(value, unit=unit, per=per))
    yearly = {"label": LABEL, "type": "number", "unit": "LCU", "per": "year"}
    catalogue.questions["households"]["income"] = Question.model_validate(yearly)
    place = ["unit"] if found else []
    assert [p.place.question for p in check_units(catalogue)] == place
    assert [p.found() for p in check_units(catalogue)] in ([], [found])


def test_units_are_among_the_checks_of_formulas_and_every_problem_comes_at_once():
    wrong = [indicator("income + size", id="one"), indicator("income", id="two", unit="ha")]
    problems = check_formulas(known(*wrong))
    assert [problem.place.file for problem in problems] == ["indicator one", "indicator two"]
    for problem in problems:
        for language in ("en", "fr", "es"):
            assert all((problem.summary(language), problem.found(language), problem.fix(language)))


def test_a_formula_that_cannot_be_read_is_told_once():
    problems = check_formulas(known(indicator("income +")))
    assert [problem.code.id for problem in problems] == ["F-SYNTAX"]
