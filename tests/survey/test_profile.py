"""What is asked about a file is asked once: the import profile keeps the answer."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mande.errors import Ask, Code, MandeError, Option, Place, Problem, Severity, Text, raise_errors
from mande.survey.profile import Answer, ImportProfile, load_profile

ORDER = Code("V-DATEORDER", Text("the order is not clear"), Text("one order"), Text("Say which."))
ASK = Ask(
    table="farmers",
    column="Day",
    options=(Option("day_month_year", Text("25/03 is 25 March")), Option("month_day_year", Text("03/25 is"))),
)


def answer(given: str, **scope: str) -> Answer:
    return Answer(ask="V-DATEORDER", answer=given, by="Amina", at=dt.date(2024, 3, 1), **scope)


def profile(*answers: Answer) -> ImportProfile:
    return ImportProfile(answers=answers)


def test_the_narrowest_answer_decides():
    known = profile(answer("a", table="farmers", column="day"), answer("b", table="farmers"), answer("c"))
    assert known.answer(ORDER, table="farmers", column="Day ") == "a"
    assert known.answer(ORDER, table="farmers", column="start") == "b"
    assert known.answer(ORDER, table="plots", column="day") == "c"


def test_of_equals_the_newest_decides():
    assert profile(answer("old"), answer("new")).answer(ORDER, table="farmers") == "new"


def test_an_answer_replaces_the_one_to_the_same_question():
    known = profile(answer("a", column="Day"), answer("b")).with_answer(answer("c", column=" day"))
    assert [entry.answer for entry in known.answers] == ["b", "c"]


def test_an_answer_that_was_not_offered_leaves_the_question_open():
    assert profile(answer("backwards")).settled(ORDER, ASK) is None
    assert profile(answer("day_month_year")).settled(ORDER, ASK) == "day_month_year"
    assert profile(answer("62")).settled(ORDER, Ask(free=Text("kg in a bag"))) == "62"


def test_an_open_question_stops_a_step_like_an_error():
    with pytest.raises(MandeError) as caught:
        raise_errors([Problem(ORDER, Place(), severity=Severity.QUESTION, ask=ASK)])
    assert caught.value.problems[0].as_record()["ask"]["options"][0]["value"] == "day_month_year"


def test_a_question_shows_its_answers_and_the_command_that_gives_one():
    told = Problem(ORDER, Place(file="a.csv"), severity=Severity.QUESTION, ask=ASK).answers(programme="coop")
    assert told[0] == "day_month_year = 25/03 is 25 March"
    assert told[-1] == 'mande answer coop V-DATEORDER ANSWER --table farmers --column "Day"'


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1),
    st.text("01.e+-no", min_size=1),
)
def test_whatever_was_answered_is_read_back(note, given):
    known = profile(answer(given, note=note))
    assert load_text(known.text()) == known


def load_text(text: str) -> ImportProfile:
    from mande.yaml12 import load

    return ImportProfile.model_validate(load(text))


def test_a_broken_profile_is_named(tmp_path):
    (tmp_path / "import_profile.yaml").write_text("format: 1\nanswers: [{ask: X}]", encoding="utf-8")
    with pytest.raises(MandeError) as caught:
        load_profile(tmp_path)
    assert {problem.place.file for problem in caught.value.problems} == {"import_profile.yaml"}
    assert load_profile(tmp_path / "nowhere") == ImportProfile()
