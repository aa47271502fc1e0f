"""Every plan, on every engine, against the oracle that works row by row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
from hypothesis import HealthCheck, given, settings

from mande.formula import parse
from mande.measure import plan_indicator
from mande.measure.numbered import Numbered
from mande.schema import Indicator
from tests.measure.oracle import Oracle
from tests.measure.world import TABLES, answers, catalogue, definitions, frames, indicator, written

Values = dict[str, float | None]
SQL_TYPES = {pl.String: "VARCHAR", pl.Float64: "DOUBLE", pl.Boolean: "BOOLEAN", pl.Date: "DATE"}


def expected(definition: Indicator, data: Mapping[str, Sequence[dict[str, Any]]]) -> Values:
    formulas = []
    for dotted, text in (*definition.parts.items(), ("value", definition.value)):
        table, _, name = dotted.rpartition(".")
        formulas.append((table or definition.entity, name, parse(text).root))
    available = frozenset(table for table, rule in definition.missing.items() if rule == "available")
    return Oracle(definition.entity, TABLES, data, formulas, available).results()


def pairs(rows: Sequence[tuple[Any, ...]], columns: Sequence[str], key: str) -> tuple[Values, set[str]]:
    """Return the values by key, and the keys that carry a reason code."""
    at, value, code = columns.index(key), columns.index("value"), columns.index("reason_code")
    return {row[at]: row[value] for row in rows}, {row[at] for row in rows if row[code] is not None}


def on_polars(
    definition: Indicator, tables: Mapping[str, pl.DataFrame], *, lazy: bool
) -> tuple[Values, set[str]]:
    steps = plan_indicator(definition, catalogue())
    if lazy:
        rows = steps.run({name: nw.from_native(t.lazy()) for name, t in tables.items()}).to_native().collect()
        return pairs(rows.rows(), rows.columns, steps.key)
    numbered = Numbered(tables, TABLES)
    found = steps.run_on(numbered)
    keys = numbered.keys(steps.entity).to_list()
    values = found.columns["value"].series("value").to_list()
    codes = dict(zip(found.without.tolist(), found.codes.tolist(), strict=True))
    return dict(zip(keys, values, strict=True)), {keys[place] for place, code in codes.items() if code != 0}


def on_duckdb(definition: Indicator, tables: Mapping[str, pl.DataFrame]) -> tuple[Values, set[str]]:
    steps = plan_indicator(definition, catalogue())
    with duckdb.connect() as connection:
        for name, table in tables.items():
            columns = ", ".join(f"{column} {SQL_TYPES[kind]}" for column, kind in table.schema.items())
            connection.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" * table.width)
            if table.height:
                connection.executemany(f"INSERT INTO {name} VALUES ({marks})", table.rows())
        found = steps.run({name: nw.from_native(connection.table(name)) for name in tables})
        relation = found.to_native()
        return pairs(relation.fetchall(), relation.columns, steps.key)


def agree(found: Values, oracle: Values) -> bool:
    return found.keys() == oracle.keys() and all(
        (found[key] is None) == (oracle[key] is None)
        and (oracle[key] is None or math.isclose(found[key], oracle[key], rel_tol=1e-9, abs_tol=1e-9))
        for key in oracle
    )


def show(definition: Indicator, found: Values, oracle: Values) -> str:
    return f"{definition.parts}\n{definition.value}\n{definition.missing}\nfound {found}\noracle {oracle}"


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(definition=definitions(), data=answers())
def test_polars_equals_the_oracle_everywhere(definition, data):
    oracle = expected(definition, data)
    for lazy in (False, True):
        found, with_reason = on_polars(definition, frames(data), lazy=lazy)
        assert agree(found, oracle), show(definition, found, oracle)
        assert with_reason == {key for key, value in oracle.items() if value is None}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(definition=definitions(), data=answers())
def test_duckdb_equals_the_oracle_everywhere(definition, data):
    oracle = expected(definition, data)
    found, with_reason = on_duckdb(definition, frames(data))
    assert agree(found, oracle), show(definition, found, oracle)
    assert with_reason == {key for key, value in oracle.items() if value is None}


def test_the_same_value_twice_is_no_other_smallest_on_any_engine():
    definition = indicator("min_of(income, income) + max_of(size, income, size)")
    tables = written(households="hh_id | income | size\n a | 3 | 5\n b | 3 | -")
    for found, with_reason in (on_polars(definition, tables, lazy=False), on_duckdb(definition, tables)):
        assert (found, with_reason) == ({"a": 8.0, "b": None}, {"b"})
