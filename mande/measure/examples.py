"""The examples of a definition, run through the real plan."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from mande.catalogue import Catalogue, with_lines
from mande.errors import MandeError, Problem, did_you_mean
from mande.formula.language import Type
from mande.measure.plan import Plan, plan_indicator
from mande.measure.problems import M_EXAMPLE
from mande.measure.scopes import Line, columns_of, line_through, place_of
from mande.measure.values import measured
from mande.schema.indicator import Example, Indicator

_DTYPES: Mapping[Type, type[pl.DataType]] = {
    "number": pl.Float64,
    "truth": pl.Boolean,
    "date": pl.Date,
    "text": pl.String,
    "codes": pl.String,
}
_WORDS = {"yes": True, "no": False}
Row = dict[str, Any]


def check_examples(indicator: Indicator, catalogue: Catalogue) -> list[Problem]:
    """Return a problem for each example that does not give the value and the parts it expects.

    `given` holds the answers of one unit: its own questions and used values by name, each roster as a
    list of rows (a roster of a roster inside its row), a table above as a mapping. Keys are made up;
    an answer that is not given is missing. Numbers agree to nine digits.
    """
    try:
        steps = plan_indicator(indicator, catalogue)
    except MandeError as error:
        return list(error.problems)
    return with_lines(
        problem
        for number, example in enumerate(indicator.examples)
        for problem in _check(indicator, example, f"examples[{number}]", steps, catalogue)
    )


def _check(
    indicator: Indicator, example: Example, entry: str, steps: Plan, catalogue: Catalogue
) -> Iterator[Problem]:
    place = place_of(catalogue, indicator, entry)
    unit = _Unit(indicator, steps, catalogue)
    try:
        tables = unit.tables(example.given)
    except _MisgivenError as error:
        yield Problem(M_EXAMPLE, place, {"found": error.found, "expected": error.expected})
        return
    try:
        row = measured(steps, tables, catalogue=catalogue).row(0, named=True)
    except MandeError as error:
        yield from error.problems
        return
    if not _agrees(row["value"], example.expect):
        found = f"missing: {row['reason']}" if row["value"] is None else f"{row['value']:.12g}"
        expected = "a missing value" if example.expect is None else f"{float(example.expect):.12g}"
        yield Problem(M_EXAMPLE, place, {"found": found, "expected": expected})
    parts = {name: part for name, part in row.items() if name in indicator.parts}
    for name, wanted in example.expect_parts.items():
        if name not in parts:
            expected = f"a part of {indicator.entity}{did_you_mean(name, parts)}"
            yield Problem(M_EXAMPLE, place, {"found": f"expect_parts.{name}", "expected": expected})
        elif not _agrees(parts[name], wanted):
            shown = {"found": f"{name}: {_shown(parts[name])}", "expected": f"{name}: {_shown(wanted)}"}
            yield Problem(M_EXAMPLE, place, shown)


def _agrees(value: float | bool | str | None, expected: float | bool | str | None) -> bool:
    if value is None or expected is None or isinstance(value, str) or isinstance(expected, str):
        return value == expected
    return math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9)


def _shown(value: float | bool | str | None) -> str:
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:.12g}"


class _MisgivenError(Exception):
    """An entry of `given` that no table has, or of the wrong kind."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


class _Unit:
    """Builds the tables of one example unit."""

    def __init__(self, indicator: Indicator, steps: Plan, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.line: Line = line_through(catalogue, indicator.entity)
        self.kinds: dict[str, dict[str, Type]] = {
            table: {name: kind.type for name, kind in columns_of(catalogue, table).items()}
            for table in self.line.tables
        }
        self.inputs = steps.inputs
        for table, inputs in self.inputs.items():
            self.kinds[table] |= inputs
        for alias in indicator.uses:
            table, _, name = alias.rpartition(".")
            self.kinds[table or indicator.entity].setdefault(name, "number")
        self.rows: dict[str, list[Row]] = {table: [] for table in self.line.tables}

    def tables(self, given: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
        """Return the tables that the plan takes, with the columns that it takes and made-up keys."""
        for table in self.line.above:
            answers = given.get(table, {})
            if not isinstance(answers, Mapping):
                raise _MisgivenError(
                    f"{table}: {answers!r}", f"the answers of one row of {table}, as a mapping"
                )
            self._add(table, answers, link=self._first_parent(table))
        own = {name: value for name, value in given.items() if name not in self.line.above}
        self._add(self.line.entity, own, link=self._first_parent(self.line.entity))
        return {table: self._frame(table) for table in self.inputs}

    def _first_parent(self, table: str) -> str:
        return f"{self.catalogue.tables[table].parent}-1"

    def _add(self, table: str, answers: Mapping[str, Any], *, link: str) -> None:
        entry = self.catalogue.tables[table]
        key = f"{table}-{len(self.rows[table]) + 1}"
        row: Row = {entry.key: key} | ({} if entry.link is None else {entry.link: link})
        self.rows[table].append(row)
        for name, value in answers.items():
            if name in self.catalogue.children(table):
                for child in _roster(name, value):
                    self._add(name, child, link=key)
            elif name in self.kinds[table]:
                row[name] = _typed(name, value, self.kinds[table][name])
            else:
                known = [*self.kinds[table], *self.catalogue.children(table)]
                raise _MisgivenError(
                    name, f"a question, used value or roster of {table}{did_you_mean(name, known)}"
                )

    def _frame(self, table: str) -> pl.DataFrame:
        entry = self.catalogue.tables[table]
        keys = [name for name in (entry.key, entry.link) if name is not None]
        schema = {name: _DTYPES[self.kinds[table][name]] for name in (*keys, *self.inputs[table])}
        columns = {name: [row.get(name) for row in self.rows[table]] for name in schema}
        return pl.DataFrame(columns, schema=schema)


def _roster(name: str, value: Any) -> list[Row]:
    rows = [] if value is None else value
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise _MisgivenError(f"{name}: {value!r}", f"the rows of {name}, as a list of mappings")
    return rows


def _typed(name: str, value: Any, kind: Type) -> Any:
    if value is None:
        return None
    if kind == "truth" and isinstance(value, str) and value in _WORDS:
        return _WORDS[value]
    fits = {
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "truth": isinstance(value, bool),
        "date": isinstance(value, dt.date),
        "text": isinstance(value, str),
        "codes": isinstance(value, str),
    }
    if not fits[kind]:
        raise _MisgivenError(f"{name}: {value!r}", f"a value of kind {kind}")
    return float(value) if kind == "number" else value
