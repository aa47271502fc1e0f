"""Rules of the definitions, checked before they judge anybody: names, kinds, cells and examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from mande.catalogue import Catalogue, with_lines
from mande.errors import Code, MandeError, Place, Problem, Text, did_you_mean
from mande.formula import Formula, Kind, Scope, check, parse
from mande.formula.problems import F_TYPE
from mande.schema.indicator import Example
from mande.schema.kinds import kind_of
from mande.schema.problems import D_NAME
from mande.schema.question import Table
from mande.schema.rule import Rule
from mande.survey.parse import DTYPES
from mande.survey.rowwise import Rows, can_work_out, worked_out

D_RULE = Code(
    "D-RULE",
    Text(
        "the rule says something else of its example",
        "la règle dit autre chose de son exemple",
        "la regla dice otra cosa de su ejemplo",
    ),
    Text("{expected}", "{expected}", "{expected}"),
    Text(
        "Correct the rule, or what the example expects: true (holds), false (broken) or null (not known).",
        "Corrigez la règle, ou ce que l'exemple attend : true (tenue), false (enfreinte) ou null (inconnu).",
        "Corrija la regla, o lo que espera el ejemplo: true (se cumple), false (no se cumple) o null (no se "
        "sabe).",
    ),
)
_KEY, _LINK = "__key__", "__link__"


def check_rules(catalogue: Catalogue) -> list[Problem]:
    """Return every problem of every rule, each with the file and the line where it stands.

    F-SYNTAX, F-FUNCTION, F-NAME, F-AGGREGATE, F-KIND, F-CHOICE, F-LIMIT for the formula; D-NAME for a cell
    that is no question; D-RULE for an example that comes out otherwise.
    """
    problems = list(_references(catalogue))
    for table, rules in catalogue.rules.items():
        if table not in catalogue.tables:
            file = catalogue.files.get((f"rule of {table}", next(iter(rules))), "")
            problems.append(_unknown(Place(file=file, question="table"), table, catalogue.tables))
            continue
        scope = scope_of(catalogue, table)
        for name, rule in rules.items():
            file = catalogue.files.get((f"rule of {table}", name), f"rule of {table}")
            found = list(_rule_problems(rule, name, file, scope))
            problems += found or _example_problems(rule, name, file, table, catalogue)
    return with_lines(problems)


def _references(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield D-NAME for questions that name a question or roster which does not exist."""
    for table, questions in catalogue.questions.items():
        for name, question in questions.items():
            file = catalogue.files.get((f"question of {table}", name), table)
            if question.other_of is not None and question.other_of not in questions:
                place = Place(file=file, question=f"{name}.other_of")
                yield _unknown(place, question.other_of, questions)
            if question.count_of is not None and question.count_of not in catalogue.children(table):
                place = Place(file=file, question=f"{name}.count_of")
                yield _unknown(place, question.count_of, catalogue.children(table))


def _unknown(place: Place, name: str, known: Iterable[str]) -> Problem:
    names = sorted(known)
    expected = f"one of {', '.join(names)}{did_you_mean(name, names)}" if names else "nothing: there is none"
    return Problem(D_NAME, place, {"found": name, "expected": expected})


def scope_of(catalogue: Catalogue, table: str) -> Scope:
    """Return what a rule of `table` may name: its own answers, its parent's, and those of its rosters."""
    parent, rosters = catalogue.tables[table].parent, catalogue.children(table)
    near = [*([parent] if parent else []), *rosters]
    return Scope(
        own=_columns(catalogue, table),
        columns={name: _columns(catalogue, name) for name in near},
        open=frozenset([parent] if parent else []),
        rosters=frozenset(rosters),
    )


def _columns(catalogue: Catalogue, table: str) -> dict[str, Kind]:
    entry, questions = catalogue.tables[table], catalogue.questions.get(table, {})
    keys = {name: Kind("text") for name in (entry.key, entry.link) if name is not None}
    return keys | {name: kind_of(question) for name, question in questions.items() if not question.personal}


def _rule_problems(rule: Rule, name: str, file: str, scope: Scope) -> Iterator[Problem]:
    place = Place(file=file, question=f"{name}.rule")
    try:
        formula = parse(rule.rule, place=place)
    except MandeError as error:
        yield from error.problems
        return
    kind, problems = check(formula, scope, place=place)
    yield from problems
    if kind is not None and kind.type != "truth":
        yield Problem(
            F_TYPE, place, {"found": f"{formula}, which is {kind}", "expected": "a condition (yes or no)"}
        )
    for cell in rule.cells:
        if cell not in scope.own:
            where = Place(file=file, question=f"{name}.cells")
            yield _unknown(where, cell, scope.own)


def _example_problems(rule: Rule, name: str, file: str, table: str, catalogue: Catalogue) -> list[Problem]:
    formula, problems = parse(rule.rule), []
    for number, example in enumerate(rule.examples):
        place = Place(file=file, question=f"{name}.examples[{number}]")
        unknown = [given for given in example.given if not _is_known(given, table, catalogue)]
        if unknown:
            values = {"found": ", ".join(unknown), "expected": "questions of the rule's tables"}
            problems.append(Problem(D_NAME, place, values))
            continue
        result = outcome(formula, example, table, catalogue)
        if result is not example.expect:
            told = {True: "true", False: "false", None: "null"}
            wanted = told.get(example.expect, str(example.expect))  # type: ignore[arg-type]
            problems.append(Problem(D_RULE, place, {"found": told[result], "expected": wanted}))
    return problems


def _is_known(given: str, table: str, catalogue: Catalogue) -> bool:
    source, _, name = given.rpartition(".")
    return given in catalogue.children(table) or name in catalogue.questions.get(source or table, {})


def outcome(formula: Formula, example: Example, table: str, catalogue: Catalogue) -> bool | None:
    """Return whether the rule holds for the rows of an example; None where it cannot be told.

    Answers are given by question; those of the row above under their dotted names (`households.hh_size`),
    rows below as a list under the roster's name.
    """
    schema = catalogue.tables[table]
    own = {name: value for name, value in example.given.items() if "." not in name and not _is_list(value)}
    tables = {table: _rows(catalogue, table, [own], parent=schema.parent)}
    if schema.parent is not None:
        above = {
            n.partition(".")[2]: v for n, v in example.given.items() if n.startswith(f"{schema.parent}.")
        }
        tables[schema.parent] = _rows(catalogue, schema.parent, [above])
    for roster in catalogue.children(table):
        tables[roster] = _rows(catalogue, roster, example.given.get(roster) or [], parent=table)
    if not can_work_out(formula.root, table, tables):
        return None
    found: bool | None = worked_out(formula.root, table, tables)[0]
    return found


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _rows(
    catalogue: Catalogue, table: str, given: Sequence[Mapping[str, Any]], *, parent: str | None = None
) -> Rows:
    questions, schema = catalogue.questions.get(table, {}), catalogue.tables[table]
    types = {name: DTYPES[question.type] for name, question in questions.items()}
    types |= {name: pl.String() for name in _keys(schema)}
    columns = {
        name: pl.Series(name, [row.get(name) for row in given], dtype=dtype, strict=False)
        for name, dtype in types.items()
    }
    same = pl.Series("", ["row"] * len(given), dtype=pl.String)
    columns |= {_KEY: same.alias(_KEY), _LINK: same.alias(_LINK)}
    return Rows(pl.DataFrame(list(columns.values())), _KEY, parent, _LINK if parent else None)


def _keys(schema: Table) -> tuple[str, ...]:
    return tuple(name for name in (schema.key, schema.link) if name is not None)
