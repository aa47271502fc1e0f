"""pydantic judges; the fast path may suspect too much, but never takes what the field refuses."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.schema.common import Label
from mande.schema.question import Question
from mande.survey.conform import _fast
from mande.survey.field import LIKELY_CODES, FieldRule
from mande.survey.grid import SPACES
from mande.survey.parse import Missing, Repaired, Wrong
from mande.survey.style import Style

LABEL = Label(en="Question")
PATTERNS = (
    r"F\d{3}",
    r"\d+",
    r"[A-Z]{2}-?\d{1,4}",
    r"0\d{9}",
    r"(?=a)a.*",
    r"(a|b)+",
    r".*x",
    r"\w+\s\w+",
    "",
)
CODES = ("f", "m", "1", "2", "01", "-98", "yes", "no", "a b", "é", "NA", "1.0", "x;y")

numbers = st.one_of(
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([*LIKELY_CODES, 0, 1, 2**53, 2**53 + 1, 112, 113, 0.1, -0.0]),
)


@st.composite
def number_texts(draw: st.DrawFn) -> str:
    """Numbers as people and programs write them."""
    number = draw(numbers)
    form = draw(
        st.sampled_from(["{}", "{}.0", "{}.00", "+{}", "{} ", " {}", "{}%", "{} %", "0{}", "{},5", "'{}"])
    )
    text = form.format(number)
    return draw(st.sampled_from([text, text.replace(".", ","), text.upper(), text.replace("-", "\u2212")]))


@st.composite
def date_texts(draw: st.DrawFn) -> str:
    """Dates, possible or not, in many forms."""
    year, month, day = (draw(st.integers(low, high)) for low, high in ((0, 9999), (0, 14), (0, 33)))
    form = draw(
        st.sampled_from(
            ["{y:04}-{m:02}-{d:02}", "{y}-{m}-{d}", "{d}/{m}/{y}", "{d:02}.{m:02}.{y:04}",
             "{y:04}/{m:02}/{d:02}", "+{y:03}-{m:02}-{d:02}", "{y:04}-{m:02}-{d:02}T10:00",
             "{y:04}-{m:02}-{d:02} ", "{y:05}", "{d}-{m}-{y:02}"]
        )
    )  # fmt: skip
    return form.format(y=year, m=month, d=day)


texts = st.one_of(
    st.text(max_size=12),
    st.text("0123456789.,-+eE '\u00a0\u0663\u2212", max_size=9),
    number_texts(),
    date_texts(),
    st.sampled_from(
        [*CODES, "F001", "F01", "f001", "0712345678", "yes", "Yes", "NO", "si", "true", "45292", "nan"]
    ),
    st.sampled_from(
        ["DK", "refused", "inf", "1_000", "1e400", "0x1", "a\u200bb", "F001\n", "\ufeffF001", "aaab"]
    ),
)
limits = st.one_of(
    st.none(),
    st.tuples(
        st.one_of(st.none(), st.integers(-200, 0)), st.one_of(st.none(), st.integers(1, 120), st.just(99.5))
    ),
)
styles = st.builds(
    Style,
    decimal=st.sampled_from([".", "."]) | st.just(","),
    thousands=st.sampled_from(["", "", ".", ", '", " \u00a0"]),
    dates=st.sampled_from(["iso", "day_month_year", "month_day_year"]),
    window=st.sampled_from([None, (dt.date(2023, 1, 1), dt.date(2024, 12, 31))]),
    any_serial=st.booleans(),
    latest=st.sampled_from([None, dt.date(2024, 6, 30)]),
    is_workbook=st.booleans(),
    percent=st.sampled_from(["", "", "shares", "percents"]),
    restores_zeros=st.booleans(),
    missing=st.sampled_from([{}, {"DK": "don't know", "yes": "refused", "F001": "refused"}]).map(
        MappingProxyType
    ),
    missing_numbers=st.sampled_from([{}, {-97: "don't know", -98: "refused"}, {1: "refused", 999: "x"}]).map(
        MappingProxyType
    ),
    labels=st.sampled_from([{}, {"1": "No", "2": "Yes", "9": "f"}]).map(MappingProxyType),
    factor=st.sampled_from([1.0, 1.0, 60.0, 0.45359237]),
).filter(lambda style: style.decimal not in style.thousands)


@st.composite
def rules(draw: st.DrawFn) -> FieldRule:
    """A field of any type, with any rules, under any style."""
    kind = draw(st.sampled_from(["text", "integer", "number", "yes_no", "choice", "multiple", "date"]))
    given: dict[str, object] = {}
    if kind in ("integer", "number"):
        given["range"], given["unit"] = draw(limits), draw(st.sampled_from(["kg", "%", "share"]))
    if kind == "text":
        given["pattern"] = draw(st.sampled_from([None, *PATTERNS]))
    if kind in ("choice", "multiple"):
        codes = draw(st.lists(st.sampled_from(CODES), min_size=1, unique=True))
        given["choices"] = dict.fromkeys(codes, LABEL)
    question = Question(label=LABEL, type=kind, **given)
    return FieldRule(question, draw(styles), is_id=kind == "text" and draw(st.booleans()))


@settings(max_examples=150, deadline=None)
@given(rule=rules(), cells=st.lists(texts, min_size=1, max_size=30))
def test_what_the_fast_path_proves_the_field_takes_with_the_same_value(rule, cells):
    values, suspects = _fast(pl.DataFrame({"q": cells}, schema={"q": pl.String}), {"q": rule})
    for text, value, is_suspect in zip(cells, values["q"], suspects["q"], strict=True):
        if text == "":
            assert (value, is_suspect) == (None, False)
        elif not is_suspect:
            outcome = rule.judge(text)
            assert not isinstance(outcome, (Wrong, Missing, Repaired)), (text, outcome)
            assert (type(outcome), outcome) == (type(value), value)
            assert text == text.strip(SPACES)


@settings(max_examples=100, deadline=None)
@given(rule=rules(), cells=st.lists(texts.filter(bool), max_size=20, unique=True))
def test_texts_judged_together_are_judged_as_each_alone(rule, cells):
    assert rule.judge_all(cells) == [rule.judge(text) for text in cells]


@settings(max_examples=100, deadline=None)
@given(rule=rules(), text=texts.filter(bool))
def test_every_text_gets_a_judgement_of_the_right_type(rule, text):
    outcome = rule.judge(text)
    value = outcome.value if isinstance(outcome, Repaired) else outcome
    kinds = {"integer": int, "number": float, "yes_no": bool, "date": dt.date}
    if isinstance(outcome, Wrong):
        assert outcome.code.id[:2] in ("V-", "I-")
    elif not isinstance(outcome, Missing):
        assert type(value) is (str if rule.is_id else kinds.get(rule.question.type, str))


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ({"type": "integer", "range": (0, 112)}, ["0", "40", "112", "007"]),
        ({"type": "number", "range": (0, None)}, ["0.5", "1e3", "12"]),
        ({"type": "yes_no"}, ["yes", "no", "1", "0"]),
        ({"type": "choice", "choices": {"f": LABEL, "m": LABEL}}, ["f", "m"]),
        ({"type": "date"}, ["2024-02-29"]),
        ({"type": "text", "pattern": r"F\d{3}"}, ["F001"]),
    ],
)
def test_plain_cells_need_no_second_look(question, plain):
    rule = FieldRule(Question(label=LABEL, **question))
    _, suspects = _fast(pl.DataFrame({"q": plain}), {"q": rule})
    assert not suspects["q"].any()


def test_a_pattern_without_a_fast_translation_makes_every_text_suspect():
    rule = FieldRule(Question(label=LABEL, type="text", pattern=r"(?=a)[a-z]+"))
    _, suspects = _fast(pl.DataFrame({"q": ["abc", "bcd"]}), {"q": rule})
    assert suspects["q"].to_list() == [True, True]
    assert rule.judge("abc") == "abc"
    assert isinstance(rule.judge("bcd"), Wrong)
