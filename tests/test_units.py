"""Units are shown in the reader's language: every one that the library writes has words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mande.catalogue import load_catalogue
from mande.units import _OF, _WORDS, per_in, unit_in, unknown_words
from mande.workspace import library_root


def units_of_the_library() -> set[str]:
    catalogue = load_catalogue([library_root() / "indicators"])
    found = {indicator.unit for indicator in catalogue.indicators.values()}
    found |= {part.unit for entry in catalogue.indicators.values() for part in entry.published.values()}
    found |= {parameter.unit for parameter in catalogue.parameters.values()}
    for asked in catalogue.questions.values():
        found |= {word for question in asked.values() for word in (question.unit, question.per) if word}
    return found


def test_every_unit_of_the_library_has_words():
    assert {unit: lost for unit in units_of_the_library() if (lost := unknown_words(unit))} == {}


def test_no_word_stands_twice_or_lacks_a_language():
    for book in (_WORDS, _OF):
        assert len({text.en for text in book}) == len(book)
        assert all(text.fr and text.es for text in book)


@pytest.mark.parametrize(
    ("unit", "fr", "es"),
    [
        ("LCU/adult equivalent/day", "LCU/équivalent adulte/jour", "LCU/adulto equivalente/día"),
        ("share of the living wage", "part du salaire vital", "proporción del salario digno"),
        ("KES/month at base prices", "KES/mois aux prix de base", "KES/mes a precios base"),
        ("bundles", "bundles", "bundles"),
    ],
)
def test_units_in_two_languages(unit, fr, es):
    assert (unit_in(unit, "fr"), unit_in(unit, "es"), unit_in(unit, "en")) == (fr, es, unit)


@given(st.text())
def test_any_text_is_a_unit_that_english_leaves_as_it_is(text):
    assert unit_in(text, "en") == text
    assert isinstance(unit_in(text, "fr"), str)


def test_what_is_counted_over_a_period():
    assert per_in("LCU", "season", "fr") == "LCU par campagne"
