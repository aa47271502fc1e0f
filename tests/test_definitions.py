"""Every definition of the library: its formulas read, and its examples give what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from mande.catalogue import Catalogue, load_catalogue
from mande.measure import check_examples, check_formulas, plan_indicator
from mande.schema import Indicator

LIBRARY = Path(__file__).parent.parent / "indicators"
CATALOGUE: Catalogue = load_catalogue([LIBRARY])
INDICATORS = list(CATALOGUE.indicators.values())
EXAMPLES = [(entry, number) for entry in INDICATORS for number in range(len(entry.examples))]


def test_the_library_has_no_problem_in_any_formula():
    assert [str(problem) for problem in check_formulas(CATALOGUE)] == []


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda entry: entry.id)
def test_every_indicator_has_a_plan(indicator: Indicator):
    assert plan_indicator(indicator, CATALOGUE).entity == indicator.entity


@pytest.mark.parametrize(
    ("indicator", "number"), EXAMPLES, ids=[f"{entry.id}/{number}" for entry, number in EXAMPLES]
)
def test_the_example_gives_what_it_says(indicator: Indicator, number: int):
    alone = indicator.model_copy(update={"examples": (indicator.examples[number],)})
    assert [str(problem) for problem in check_examples(alone, CATALOGUE)] == []


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda entry: entry.id)
def test_every_label_is_there_in_three_languages(indicator: Indicator):
    questions = CATALOGUE.questions[indicator.entity].values()
    labels = [indicator.label, *(question.label for question in questions)]
    assert all(label.en and label.fr and label.es for label in labels)


ALONE = {"none", "nobody", "nothing", "no_one"}
"""Codes that say there is nothing: ticked with another one, one of both is wrong."""


def test_a_choice_that_says_there_is_nothing_stands_alone():
    forgotten = [
        f"{table}.{name}: {code}"
        for table, asked in CATALOGUE.questions.items()
        for name, question in asked.items()
        if question.type == "multiple"
        for code in sorted(ALONE & set(question.choices) - set(question.exclusive))
    ]
    assert forgotten == []
