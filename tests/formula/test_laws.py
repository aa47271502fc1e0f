"""Laws of reading and writing formulas, for texts and trees of every kind."""

from __future__ import annotations

import string

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.formula import Column, Formula, Node, Scope, aggregates, check, names, parse, render, walk
from mande.formula.language import AGGREGATES, FUNCTIONS
from mande.formula.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Compare,
    Logic,
    Member,
    Negate,
    Not,
    Number,
    Truth,
    Words,
)

PIECES = [
    *(f"{name}(" for name in (*FUNCTIONS, *AGGREGATES, "eval", "__import__")),
    *[
        "a",
        "b",
        "sales.qty",
        "a.__class__",
        "persons",
        "1",
        "2.5",
        "1e9",
        "0x1f",
        "'x'",
        '"y"',
        "True",
        "None",
    ],
    *[
        "+",
        "-",
        "*",
        "/",
        "**",
        "//",
        "%",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "&",
        "|",
        "~",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ";",
        ".",
        "=",
        ":=",
        "#",
        "'",
        "\\",
        "@",
        "!",
    ],
    *(" and ", " or ", " not ", " in ", " not in ", " is ", " if ", " else ", " for ", " lambda ", " await "),
    *("f'{", "b'", "\n", "\t", "\r", "\x00", "\x0c", " ", "é", "½", "²", "\u2028", "\ufeff", "\ud800", "𝟙"),
]


def read_or_refused(text: str) -> Formula | None:
    """A formula, or None where it was refused in the one way there is."""
    try:
        return parse(text)
    except MandeError:
        return None


@settings(deadline=None, max_examples=300)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
@example(text="\ufeffa")
@example(text="a\x0c+ b")
@example(text="'\ud800'")
@example(text="\\")
@example(text="'\\N{")
@example(text="'\\d'")
def test_any_text_gives_a_formula_or_problems_and_nothing_else(text: str):
    found = read_or_refused(text)
    if found is not None:
        _, problems = check(found, Scope(own={}))
        assert bool(names(found)) <= bool(problems)


@settings(deadline=None, max_examples=40)
@given(
    start=st.sampled_from(["(", "[", "{", "-", "not ", "abs(", "a.", "a[", "lambda:", "(a+", "1 if a else "]),
    times=st.integers(1, 6000),
    end=st.sampled_from(["", "1", ")", "]", "a"]),
)
def test_nesting_of_any_depth_gives_a_formula_or_problems(start: str, times: int, end: str):
    read_or_refused(start * times + end * (times if end == ")" else 1))


@settings(deadline=None, max_examples=100)
@given(text=st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_was_read_holds_nothing_but_our_own_nodes(text: str):
    found = read_or_refused(text)
    for node in () if found is None else walk(found.root):
        assert isinstance(node, Node)
        if isinstance(node, Call):
            assert node.function in FUNCTIONS
        if isinstance(node, Aggregate):
            assert node.function in AGGREGATES


# -- trees ----------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "farm_size", "x1"])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(Number)
WORDS = st.text(string.printable[:95] + "éß'\"\\", max_size=6).map(Words)
COLUMNS = st.builds(Column, NAMES)
LEAVES = NUMBERS | WORDS | st.booleans().map(Truth) | COLUMNS
OPTIONS = st.lists(NUMBERS | WORDS, min_size=1, max_size=3).map(tuple)


def above(node: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(node, min_size=2, max_size=3).map(tuple)
    signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return (
        st.builds(Negate, node.filter(lambda found: not isinstance(found, Number) or found.value < 0))
        | st.builds(Not, node)
        | st.builds(Arithmetic, st.sampled_from(["+", "-", "*", "/"]), node, node)
        | st.builds(Arithmetic, st.just("**"), node, NUMBERS)
        | st.builds(Compare, signs, node, node)
        | st.builds(Logic, st.sampled_from(["and", "or"]), several)
        | st.builds(Member, node, OPTIONS)
        | st.builds(Choose, node, node, node)
        | st.builds(Call, st.sampled_from(["sum_of", "max_of"]), several)
        | st.builds(Call, st.sampled_from(["abs", "log"]), st.tuples(node))
        | st.builds(
            lambda name, inner: Aggregate(name, "sales", Arithmetic("+", Column("qty", "sales"), inner)),
            st.sampled_from(["sum", "mean"]),
            LEAVES,
        )
        | st.builds(lambda: Aggregate("count", "sales", None))
        | st.builds(
            lambda name, amount, category: Aggregate(
                name, "sales", Arithmetic("*", Column("qty", "sales"), amount), category
            ),
            st.sampled_from(["concentration", "largest_share"]),
            LEAVES,
            LEAVES | st.just(Column("buyer_id", "sales")),
        )
    )


TREES = st.recursive(LEAVES, above, max_leaves=15)


@settings(deadline=None, max_examples=200)
@given(tree=TREES)
def test_what_is_written_reads_as_the_same_tree(tree: Node):
    assert parse(render(tree)).root == tree


@settings(deadline=None, max_examples=100)
@given(tree=TREES)
def test_writing_twice_changes_nothing(tree: Node):
    once = str(parse(render(tree)))
    assert str(parse(once)) == once


@settings(deadline=None, max_examples=60)
@given(tree=TREES)
def test_each_aggregate_is_listed_once(tree: Node):
    found = aggregates(tree)
    assert len(set(found)) == len(found)
    assert set(found) == {node for node in walk(tree) if isinstance(node, Aggregate)}
