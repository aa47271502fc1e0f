"""What a formula may say, and what no text gets past the reader."""

from __future__ import annotations

import pytest

from mande.errors import MandeError, Place, Problem
from mande.formula import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES, Column, names, parse, render
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
    Node,
    Not,
    Number,
    Truth,
    Words,
)

A, B, C = Column("a"), Column("b"), Column("c")


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(MandeError) as caught:
        parse(text)
    return list(caught.value.problems)


def codes_of(text: str) -> set[str]:
    return {problem.code.id for problem in problems_of(text)}


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        ("3", Number(3.0)),
        ("-3", Number(-3.0)),
        ("-a", Negate(A)),
        ("'cocoa'", Words("cocoa")),
        ("True", Truth(True)),
        ("a + b * c", Arithmetic("+", A, Arithmetic("*", B, C))),
        ("(a + b) * c", Arithmetic("*", Arithmetic("+", A, B), C)),
        ("a - b - c", Arithmetic("-", Arithmetic("-", A, B), C)),
        ("-2 ** 2", Negate(Arithmetic("**", Number(2.0), Number(2.0)))),
        ("a ** -1", Arithmetic("**", A, Number(-1.0))),
        ("a < b < c", Logic("and", (Compare("<", A, B), Compare("<", B, C)))),
        ("not a or b and c", Logic("or", (Not(A), Logic("and", (B, C))))),
        ("a in ['x', 'y']", Member(A, (Words("x"), Words("y")))),
        ("a not in [1, -2]", Not(Member(A, (Number(1.0), Number(-2.0))))),
        ("if_(a, b, c)", Choose(A, B, C)),
        ("b if a else c", Choose(A, B, C)),
        ("max_of(a, b)", Call("max_of", (A, B))),
        ("count(sales)", Aggregate("count", "sales", None)),
        ("sum(sales.qty)", Aggregate("sum", "sales", Column("qty", "sales"))),
        (
            "sum(sales.qty * a)",
            Aggregate("sum", "sales", Arithmetic("*", Column("qty", "sales"), A)),
        ),
        ("a +\n  b", Arithmetic("+", A, B)),
    ],
)
def test_the_text_becomes_the_tree_python_would_read(text: str, tree: Node):
    assert parse(text).root == tree


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n ",
        "a +",
        "a b",
        "(a",
        "a = 1",
        "a := 1",
        "a; b",
        "lambda: a",
        "lambda x: x",
        "[a for a in b]",
        "{a for a in b}",
        "{a: 1 for a in b}",
        "(a for a in b)",
        "sum(x for x in sales)",
        "f'{a}'",
        "f'a'",
        "b'a'",
        "a[0]",
        "a[1:2]",
        "[a, b]",
        "{1}",
        "{1: 2}",
        "()",
        "*a",
        "yield",
        "await a",
        "a.b.c",
        "(a + b).c",
        "'a'.b",
        "a is None",
        "a == None",
        "None",
        "...",
        "1j",
        "a & b",
        "a | b",
        "a ^ b",
        "a // b",
        "a % b",
        "a @ b",
        "a << 2",
        "~a",
        "+a",
        "a <> b",
        "a && b",
        "a ** b",
        "2 ** (1 + 1)",
        "a in b",
        "a in []",
        "a in [b]",
        "a in [True]",
        "a in 'abc'",
        "a # a note",
        "1 or 2or 3",
        "1e999",
        "9" * 400,
        "'\\ud800'",
        "'a\\x00'",
        "a\x00",
        "import os",
        "del a",
    ],
)
def test_what_is_no_calculation_cannot_be_read(text: str):
    assert codes_of(text) <= {"F-SYNTAX", "F-AGGREGATE"}
    assert "F-SYNTAX" in codes_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "exec('1')",
        "open('x')",
        "__import__('os')",
        "getattr(a, 'b')",
        "print(a)",
        "a()",
        "a.b()",
        "a.b.c()",
        "sales.qty.sum()",
        "(lambda: 1)()",
        "().__class__.__bases__()",
        "'a'.format(a)",
        "abs(*a)",
        "abs(**a)",
        "abs(x=1)",
        "abs()",
        "abs(a, b)",
        "if_(a, b)",
        "sum_of(a)",
        "sum(a, b)",
        "round(a, b)",
        "round(a, 0.5)",
        "round(a, -1)",
        "round(a, 13)",
        "includes(a, b)",
    ],
)
def test_only_functions_of_the_list_can_be_called_and_only_with_plain_arguments(text: str):
    assert "F-FUNCTION" in codes_of(text)


def test_a_misspelt_function_is_told_the_near_one():
    (problem,) = problems_of("sqr(a)")
    assert problem.found() == "sqr"
    assert "did you mean sqrt" in problem.expected()


def test_several_values_in_an_aggregate_are_told_of_the_function_for_one_row():
    (problem,) = problems_of("sum(a, b)")
    assert "sum_of(...) takes several values of one row" in problem.expected()


@pytest.mark.parametrize(
    "text",
    [
        "sum(a)",
        "count(1)",
        "any(a == 1)",
        "sum(sales.qty * persons.age)",
        "sum(sum(sales.qty))",
        "max(1)",
        "concentration(sales.qty, persons.age)",
        "largest_share(a, b)",
    ],
)
def test_an_aggregate_names_one_roster_and_holds_no_other(text: str):
    assert codes_of(text) == {"F-AGGREGATE"}


def test_all_problems_of_a_formula_come_together():
    assert codes_of("eval(a) + (a // b) + sum(a)") == {"F-FUNCTION", "F-SYNTAX", "F-AGGREGATE"}


def test_a_problem_stands_at_the_place_it_was_given():
    place = Place(file="indicators/income/x.yaml", question="value")
    with pytest.raises(MandeError) as caught:
        parse("a +", place=place)
    assert caught.value.problems[0].place == place


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_problem_is_worded_in_three_languages(language):
    for text in ("a +", "eval(a)", "sum(a)", "-" * 70 + "a"):
        for problem in problems_of(text):
            assert problem.summary(language)
            assert problem.fix(language)
    assert len({problems_of("a +")[0].summary(spoken) for spoken in ("en", "fr", "es")}) == 3


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("a" * MAX_CHARACTERS, True),
        ("a" * (MAX_CHARACTERS + 1), False),
        ("-" * (MAX_DEPTH - 1) + "a", True),
        ("-" * MAX_DEPTH + "a", False),
        ("<".join("a" * (MAX_NODES - 1)), True),
        ("<".join("a" * MAX_NODES), False),
    ],
    ids=["characters", "characters+1", "levels", "levels+1", "names", "names+1"],
)
def test_a_formula_may_be_so_large_and_no_larger(text: str, allowed: bool):
    if allowed:
        assert parse(text).root
    else:
        assert codes_of(text) == {"F-LIMIT"}


@pytest.mark.parametrize(
    "piece",
    [
        "-",
        "~",
        "(",
        "[",
        "{",
        "not~",
        "lambda:",
        "a.",
        "a(",
        "a[",
        "a+",
        "a**",
        "abs(",
        "if_(",
        "f'{",
        "{1:",
        "1~if~a~else~",
        "a,",
    ],
)
@pytest.mark.parametrize("times", [100, 1000, 4900])
def test_deep_nesting_ends_in_a_message(piece: str, times: int):
    piece = piece if piece == "~" else piece.replace("~", " ")
    assert codes_of((piece * times)[: MAX_CHARACTERS - 1] + "1") <= {"F-SYNTAX", "F-LIMIT", "F-FUNCTION"}


def test_a_long_formula_is_shortened_in_the_message():
    (problem,) = problems_of("a + " * 100)
    assert len(problem.found()) <= 80


def test_the_names_of_a_formula_are_its_columns_and_the_rosters_it_counts():
    found = names(parse("sum(sales.qty) + home * count(persons) + count(seasons.area > home)"))
    assert found == {
        Column("qty", "sales"),
        Column("home"),
        Column("", "persons"),
        Column("area", "seasons"),
    }


@pytest.mark.parametrize("name", [*FUNCTIONS, *AGGREGATES])
def test_every_function_takes_as_many_arguments_as_it_says(name: str):
    function = {**FUNCTIONS, **AGGREGATES}[name]
    argument = "roster.a" if name in AGGREGATES else "a"
    arguments = [argument] * function.least
    if name == "includes":
        arguments[1] = "'code'"
    text = f"{name}({', '.join(arguments)})"
    assert render(parse(text).root) == text
    assert "F-FUNCTION" in codes_of(f"{name}({', '.join(arguments[1:])})")
    if function.most is not None:
        too_many = [argument] * (function.most + 1)
        assert codes_of(f"{name}({', '.join(too_many)})") == {"F-FUNCTION"}
