"""Names and kinds: what a formula may name where, and which values go together."""

from __future__ import annotations

import pytest

from mande.errors import Place
from mande.formula import Kind, Scope, check, parse

NUMBER, TRUTH, TEXT, DATE = Kind("number"), Kind("truth"), Kind("text"), Kind("date")
SCOPE = Scope(
    own={
        "income": NUMBER,
        "size": NUMBER,
        "has_land": TRUTH,
        "head": TEXT,
        "seen": DATE,
        "left": DATE,
        "crop": Kind("text", ("cocoa", "rice")),
        "tasks": Kind("codes", ("weed", "pick")),
    },
    columns={"villages": {"rain": NUMBER}, "persons": {"age": NUMBER, "works": TRUTH, "name": TEXT}},
    open=frozenset({"households", "villages"}),
    rosters=frozenset({"persons"}),
)


def found(text: str) -> tuple[str | None, list[tuple[str, str, str]]]:
    kind, problems = check(parse(text), SCOPE)
    told = [(problem.code.id, problem.found(), problem.expected()) for problem in problems]
    return (None if kind is None else kind.type), told


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("income", "number"),
        ("income + 2 * villages.rain", "number"),
        ("-income ** 2", "number"),
        ("has_land", "truth"),
        ("head", "text"),
        ("seen", "date"),
        ("income > 3", "truth"),
        ("seen < left", "truth"),
        ("head == 'Ama'", "truth"),
        ("crop in ['cocoa']", "truth"),
        ("has_land == True", "truth"),
        ("includes(tasks, 'weed')", "truth"),
        ("has_land and not income > 3", "truth"),
        ("if_(has_land, income, 0)", "number"),
        ("if_(has_land, 'a', head)", "text"),
        ("only_if(has_land, income)", "number"),
        ("if_missing(head, 'nobody')", "text"),
        ("is_missing(seen)", "truth"),
        ("mean_of(has_land, income)", "number"),
        ("count_of(has_land, income > 3)", "number"),
        ("days_between(seen, left)", "number"),
        ("count(persons)", "number"),
        ("count(persons.works)", "number"),
        ("sum(persons.age * income)", "number"),
        ("any(persons.age > 3)", "truth"),
        ("share(persons.works)", "number"),
        ("distinct(persons.name)", "number"),
        ("distinct(persons.age)", "number"),
        ("concentration(persons.age, persons.name)", "number"),
        ("largest_share(persons.age * size, persons.age)", "number"),
        ("sd_of(income, size)", "number"),
    ],
)
def test_a_sound_formula_has_a_kind_and_no_problem(text: str, kind: str):
    assert found(text) == (kind, [])


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("incme", "F-NAME", "did you mean income?"),
        ("income + hed", "F-NAME", "did you mean head?"),
        ("age", "F-NAME", "did you mean persons.age?"),
        ("vilages.rain", "F-NAME", "did you mean villages?"),
        ("villages.rian", "F-NAME", "did you mean rain?"),
        ("sum(persons.aeg)", "F-NAME", "did you mean age?"),
        ("count(person)", "F-NAME", "did you mean persons?"),
        ("income.__class__", "F-NAME", "a table of this line"),
        ("villages.__class__", "F-NAME", "one of rain"),
        ("__builtins__", "F-NAME", "one of crop"),
        ("persons.age", "F-AGGREGATE", "inside an aggregate, for example sum(persons.age)"),
        ("sum(villages.rain)", "F-AGGREGATE", "one of the rosters persons"),
        ("income + head", "F-KIND", "a number"),
        ("income + has_land", "F-KIND", "a number"),
        ("not income", "F-KIND", "a condition"),
        ("distinct(persons.works)", "F-KIND", "a number or a text"),
        ("concentration(persons.name, persons.age)", "F-KIND", "a number"),
        ("largest_share(persons.age, persons.works)", "F-KIND", "a number or a text"),
        ("largest_share(persons.age, persons.nam)", "F-NAME", "did you mean name?"),
        ("income and has_land", "F-KIND", "a condition"),
        ("if_(income, 1, 2)", "F-KIND", "a condition"),
        ("if_(has_land, 1, 'a')", "F-KIND", "values of one kind; found number and text"),
        ("if_missing(income, 'a')", "F-KIND", "values of one kind"),
        ("only_if(income, income)", "F-KIND", "a condition"),
        ("income == 'a'", "F-KIND", "values of one kind"),
        ("has_land == 1", "F-KIND", "values of one kind"),
        ("income in ['a']", "F-KIND", "values of one kind"),
        ("head < 'b'", "F-KIND", "== or !="),
        ("has_land > False", "F-KIND", "== or !="),
        ("tasks == 'weed'", "F-KIND", "includes(question, 'code')"),
        ("includes(head, 'weed')", "F-KIND", "a question with several choices"),
        ("days_between(seen, income)", "F-KIND", "a date"),
        ("log(head)", "F-KIND", "a number"),
        ("-seen", "F-KIND", "a number"),
        ("sum(persons.name)", "F-KIND", "a number"),
        ("sum(persons.works)", "F-KIND", "a number"),
        ("count(persons.age)", "F-KIND", "a condition"),
        ("crop == 'coco'", "F-CHOICE", "did you mean cocoa?"),
        ("'coco' == crop", "F-CHOICE", "did you mean cocoa?"),
        ("crop in ['rice', 'maize']", "F-CHOICE", "one of cocoa, rice"),
        ("includes(tasks, 'pik')", "F-CHOICE", "did you mean pick?"),
    ],
)
def test_a_slip_is_named_with_what_was_expected(text: str, code: str, named: str):
    _, problems = found(text)
    assert [entry[0] for entry in problems] == [code]
    assert named in problems[0][2]


def test_every_problem_is_told_at_once_and_in_order():
    _, problems = found("incme + head + persons.age")
    assert [entry[0] for entry in problems] == ["F-NAME", "F-KIND", "F-AGGREGATE"]


def test_one_unknown_name_is_one_problem_however_deep_it_stands():
    _, problems = found("if_(has_land, abs(incme) + 1, 2) > 3")
    assert [entry[0] for entry in problems] == ["F-NAME"]


def test_the_place_goes_into_every_problem():
    place = Place(file="x.yaml", question="value")
    _, problems = check(parse("incme + hed"), SCOPE, place=place)
    assert {problem.place for problem in problems} == {place}


def test_without_tables_a_dotted_name_is_told_that_it_has_no_table():
    _, problems = check(parse("sales.qty + count(sales)"), Scope(own={"income": NUMBER}))
    assert [problem.expected() for problem in problems] == [
        "a name without a dot",
        "no aggregate: no roster is below",
    ]
