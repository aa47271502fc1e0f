"""A definition may be worded better; it may not mean something else under the same version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from mande.catalogue import Catalogue, load_catalogue
from mande.measure.fingerprint import changed_meanings, fingerprint, recorded
from mande.schema import Label

CATALOGUE = load_catalogue([Path(__file__).parent.parent.parent / "indicators"])
WAGE = CATALOGUE.indicators["real_hourly_wage"]


def changed(**update: object) -> str:
    return fingerprint(WAGE.model_copy(update=update), CATALOGUE)


@pytest.mark.parametrize(
    "update",
    [{"label": Label(en="Wage")}, {"source": "another"}, {"pitfalls": "none"}, {"value": "hourly*100/(cpi)"}],
    ids=lambda update: next(iter(update)),
)
def test_words_and_spacing_do_not_change_the_meaning(update: dict[str, object]):
    assert changed(**update) == fingerprint(WAGE, CATALOGUE)


@pytest.mark.parametrize(
    "update",
    [{"value": "hourly / cpi"}, {"unit": "LCU/day"}, {"scale": "level"},
     {"missing": {"workers": "available"}},
     {"where": "minimum_wage_covered"}, {"winsorise": None}],
    ids=lambda update: next(iter(update)),
)  # fmt: skip
def test_formula_unit_and_rules_do(update: dict[str, object]):
    assert changed(**update) != fingerprint(WAGE, CATALOGUE)


def test_a_question_that_asks_for_another_period_changes_every_indicator_behind_it():
    questions = dict(CATALOGUE.questions["workers"])
    questions["pay_gross"] = questions["pay_gross"].model_copy(update={"per": "month"})
    whole = MappingProxyType({**CATALOGUE.questions, "workers": questions})
    other: Catalogue = replace(CATALOGUE, questions=whole)
    assert fingerprint(WAGE, other) != fingerprint(WAGE, CATALOGUE)
    other_unit = CATALOGUE.indicators["net_farm_income"]
    assert fingerprint(other_unit, other) == fingerprint(other_unit, CATALOGUE)


def test_a_change_is_told_and_the_record_is_never_rewritten():
    known = {"real_hourly_wage": {"1": "0" * 16}}
    (problem,) = changed_meanings(CATALOGUE, known, ["real_hourly_wage"])
    assert problem.code.id == "D-MEANING"
    assert recorded(CATALOGUE, known, ["real_hourly_wage"]) == known


def test_a_version_that_is_not_on_record_is_told():
    (problem,) = changed_meanings(CATALOGUE, {}, ["real_hourly_wage"])
    assert problem.code.id == "D-RECORD"
    whole = recorded(CATALOGUE, {}, ["real_hourly_wage"])
    assert list(changed_meanings(CATALOGUE, whole, ["real_hourly_wage"])) == []
