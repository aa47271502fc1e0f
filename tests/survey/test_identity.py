"""Who is who: near ids are proposed, contradictions set aside, and nothing is linked by itself."""

from __future__ import annotations

import datetime as dt
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from mande.survey.identity import (
    PEOPLE,
    changed_people,
    doubtful_links,
    merged,
    near_ids,
    people_before,
    people_of,
)
from mande.survey.store import AcceptedWave


@pytest.mark.parametrize(
    ("unknown", "known", "expected"),
    [
        ("KE00124", ["KE001024", "KE777000"], ("KE001024",)),  # a digit left out
        ("KE001042", ["KE001024"], ("KE001024",)),  # two exchanged
        ("ke-001024", ["KE001024"], ("KE001024",)),  # case and marks
        ("KEOO1O24", ["KE001024"], ("KE001024",)),  # letter O for zero
        ("123", ["00123"], ("00123",)),  # zeros lost
        ("KE001024", ["KE001999"], None),
        ("F003", ["F004", "F005", "F006", "F007"], None),  # everything is close
        ("F03", ["F003", "F013", "F031"], ("F003",)),  # the closest alone
        ("F9", [], None),
    ],
)
def test_an_id_that_may_be_a_slip_has_its_candidates(unknown, known, expected):
    assert near_ids([unknown], known).get(unknown) == expected


IDS = st.text("AB01", min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.lists(IDS, unique=True, max_size=12), st.lists(IDS, unique=True, max_size=12))
def test_every_candidate_is_close_and_known(unknown, known):
    for name, candidates in near_ids(unknown, known).items():
        assert name in unknown
        assert set(candidates) <= set(known)
        assert 1 <= len(candidates) <= 3
        best = min(_steps(name, candidate) for candidate in known)
        assert {_steps(name, candidate) for candidate in candidates} == {best}
        assert best <= 1


def _steps(left: str, right: str) -> int:
    """Steps between two ids as they stand, or without leading zeros, whichever are fewer."""
    plain = [re.sub(r"[^a-z0-9]", "", text.lower()) for text in (left, right)]
    bare = [re.sub(r"(?<![0-9])0+(?=[0-9])", "", text) for text in plain]
    return min(OSA.distance(*plain), OSA.distance(*bare))


def known(rows: list[tuple]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=PEOPLE, orient="row")


def test_another_sex_or_age_is_a_contradiction_and_a_missing_one_is_none():
    before = known(
        [
            ("a", None, "f", 1980, "2023"),
            ("b", None, "f", 1980, "2023"),
            ("c", None, "f", 1980, "2023"),
            ("d", None, None, 1980, "2023"),
            ("e", None, "f", None, "2023"),
        ]
    )
    now = known(
        [
            ("a", None, "m", 1980, ""),
            ("b", None, "f", 1982, ""),  # two years: as people tell their age
            ("c", None, "f", 1983, ""),
            ("d", None, "m", 1980, ""),
            ("e", None, "f", 1950, ""),
            ("x", None, "m", 1900, ""),
        ]
    )
    assert changed_people(now, before)["id"].to_list() == ["a", "c"]


def test_age_is_counted_back_to_the_year_of_birth():
    frame = pl.DataFrame({"k": ["a", "b"], "age": [40, None], "sex": ["f", "m"], "hh": ["H1", "H2"]})
    found = people_of(frame, key="k", date=dt.date(2024, 6, 1), seen="2024", place="hh")
    assert found.rows() == [("a", "H1", "f", 1984, "2024"), ("b", "H2", "m", None, "2024")]


def test_of_several_waves_the_first_to_tell_a_fact_counts():
    first = known([("a", None, None, 1980, "2023")])
    second = known([("a", "H1", "f", 1990, "2024"), ("b", None, "m", None, "2024")])
    assert merged([first, second]).rows() == [("a", "H1", "f", 1980, "2023"), ("b", None, "m", None, "2024")]


def accepted(rows, confirmed=()) -> AcceptedWave:
    frame = pl.DataFrame(rows, schema={"id": pl.String, "sex": pl.String, "age": pl.Int64}, orient="row")
    manifest = {"tables": {"people": {"key": "id"}}, "confirmed": [list(c) for c in confirmed]}
    return AcceptedWave({"people": frame}, pl.DataFrame(), manifest)


DATES = {"2023": dt.date(2023, 6, 1), "2024": dt.date(2024, 6, 1), "2025": dt.date(2025, 6, 1)}


def test_a_doubtful_interview_is_set_aside_until_somebody_confirms_it():
    waves = {
        "2023": accepted([("a", "f", 40), ("b", "m", 30)]),
        "2024": accepted([("a", "m", 41), ("b", "m", 31)]),
        "2025": accepted([("a", "f", 42), ("b", "m", 50)]),
    }
    assert doubtful_links(waves, "people", DATES).rows() == [("a", "2024"), ("b", "2025")]
    waves["2024"] = accepted([("a", "m", 41), ("b", "m", 31)], confirmed=[("people", "a")])
    assert doubtful_links(waves, "people", DATES).rows() == [("b", "2025")]


def test_who_is_known_comes_from_every_accepted_wave():
    waves = {"2023": accepted([("a", "f", 40)]), "2024": accepted([("b", "m", 30)])}
    assert people_before(waves, "people", DATES)["id"].to_list() == ["a", "b"]
    assert people_before(waves, "plots", DATES).height == 0
