"""Words stay words, and a key stands once."""

import datetime as dt
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mande import yaml12


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "NO", "y", "1:30", "0b1", "1_000", "=", "<<x"])
def test_words_that_yaml_1_1_turns_into_something_else_stay_words(word):
    assert yaml12.load(f"answer: {word}") == {"answer": word}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("010", 10),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        ("2024-03-01", dt.date(2024, 3, 1)),
        ('"2024"', "2024"),
    ],
)
def test_scalars_follow_the_core_schema(text, value):
    found = yaml12.load(f"x: {text}")["x"]
    assert found == value
    assert type(found) is type(value)


def test_a_key_given_twice_is_an_error_with_its_line():
    with pytest.raises(yaml12.YamlError, match="stands twice") as caught:
        yaml12.load("a: 1\nb:\n  c: 1\n  c: 2\n")
    assert caught.value.problem_mark.line == 3


def test_a_merged_mapping_gives_way_to_keys_of_its_own():
    assert yaml12.load("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}")["b"] == {"x": 1, "y": 3}


def test_no_python_object_comes_out_of_a_file():
    with pytest.raises(yaml12.YamlError):
        yaml12.load("x: !!python/object/apply:os.system ['true']")


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="ascii")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_json_reads_as_itself(value):
    # JSON is YAML 1.2; control characters stand escaped in both.
    assert yaml12.load(json.dumps(value).replace("Infinity", ".inf")) == value


NUMBERED = """\
id: a
parts:
  sales.value: &worth
    formula: 1
  cost: 2
uses: {cpi: {parameter: x,
  by: [region]}}
examples:
  - given: {a: 1}
    expect: 1
  - {expect: 2, given: {b: 3}}
twice: {<<: {x: 1}}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("id",), 1),
        (("parts", "sales", "value"), 3),
        (("parts", "sales.value", "formula"), 4),
        (("parts", "cost", "Part", "label"), 5),
        (("parts", "costs"), 2),
        (("uses", "cpi", "UseParameter", "by"), 7),
        (("examples", 1), 11),
        (("examples", 0, "expect"), 10),
        (("examples", 7), 8),
        (("ids",), None),
        ((), None),
    ],
)
def test_the_line_of_an_entry_is_that_of_its_key_or_of_the_last_one_found(path, line):
    assert yaml12.line_of(NUMBERED, path) == line


def test_a_text_that_is_no_yaml_has_no_lines():
    assert yaml12.line_of("a: [1", ("a",)) is None
