"""The missing rule `impute`: by hand, and the laws it obeys."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.measure import WaveData, measure, plan_indicator
from mande.measure.impute import LEAST_PRESENT, impute
from mande.schema import Indicator
from tests.measure.world import REFERENCE_DATE, catalogue, indicator, written

RULE = {"households": "impute"}


def measured(definition: Indicator, tables: Mapping[str, pl.DataFrame], **more: Any) -> pl.DataFrame:
    return measure(definition, tables, catalogue=catalogue(), reference_date=REFERENCE_DATE, **more)


def answers(column: str, cells: list[str], more: str = "", rest: list[str] | None = None) -> Any:
    tails = rest or [""] * len(cells)
    lines = [f"h{n} | {cell}{tail}" for n, (cell, tail) in enumerate(zip(cells, tails, strict=True))]
    return written(households="\n".join([f"hh_id | {column}{more}", *lines]))


def test_a_missing_answer_becomes_the_median_and_says_so():
    tables = answers("income", ["1", "2", "-", "10", "4", "30"])
    found = measured(indicator("2 * income", missing=RULE), tables)
    assert found.columns == ["hh_id", "value", "reason", "imputed"]
    assert found["value"].to_list() == [2.0, 4.0, 8.0, 20.0, 8.0, 60.0]  # the median of 1 2 4 10 30 is 4
    assert found["imputed"].to_list() == [False, False, True, False, False, False]


def test_four_answers_are_too_few():
    found = measured(indicator("income", missing=RULE), answers("income", ["1", "2", "-", "10", "4"]))
    assert found["value"].to_list() == [1.0, 2.0, None, 10.0, 4.0]
    assert found["reason"][2] == "income is missing"
    assert not found["imputed"].any()


def test_each_cell_has_its_own_median_and_an_unknown_cell_has_none():
    cells = ["1", "2", "3", "4", "5", "-", "10", "20", "30", "40", "50", "60", "-", "7", "-", "-"]
    heads = ["a"] * 6 + ["b"] * 7 + ["c", "c", "-"]
    tables = answers("income", cells, " | head", [f" | {head}" for head in heads])
    found = measured(indicator("income", missing=RULE, impute_within=["head"]), tables).sort(
        pl.col("hh_id").str.slice(1).cast(int)
    )
    values = found["value"].to_list()
    assert (values[5], values[12]) == (3.0, 35.0)
    assert (values[14], values[15]) == (None, None)  # one answer in cell c; no cell at all
    assert found["imputed"].arg_true().to_list() == [5, 12]


def test_what_does_not_apply_is_not_imputed():
    tables = answers("income", ["1", "2", "3", "4", "5", "-", "-"])
    told = pl.DataFrame(
        {
            "table": ["households"] * 2,
            "key": ["h5", "h6"],
            "question": ["income"] * 2,
            "reason": ["not applicable", "refused"],
        }
    )
    found = measured(indicator("income", missing=RULE), tables, answer_reasons=told)
    assert found["value"].to_list()[5:] == [None, 3.0]
    assert found["reason"][5] == "income: not applicable"
    assert found["imputed"].to_list()[5:] == [False, True]


SALES = written(
    households="hh_id | size | has_land\n a | 2 | yes\n b | 4 | yes\n c | 1 | yes",
    seasons="season_id | hh_id | any_sales\n sa | a | yes\n sb | b | yes\n sc | c | yes",
    sales="""
        sale_id | season_id | qty | price
        1       | sa        | 1   | 10
        2       | sa        | 2   | 10
        3       | sb        | 3   | -
        4       | sb        | 4   | 20
        5       | sc        | 5   | 20
        6       | sc        | 6   | 20
        """,
)


def test_an_answer_of_a_roster_flags_the_unit_above_it():
    definition = indicator("sum(sales.qty * sales.price) / size", missing={"sales": "impute"})
    found = measured(definition, SALES)
    assert found["value"].to_list() == [15.0, (3 * 20 + 4 * 20) / 4, 220.0]
    assert found["imputed"].to_list() == [False, True, False]


def test_an_answer_above_flags_every_row_below_it():
    households = answers("income", ["1", "2", "3", "4", "5", "-"])["households"]
    seasons = written(
        seasons="season_id | hh_id | area\n s1 | h0 | 1\n s2 | h5 | 1\n s3 | h5 | 1\n s4 | h5 | -"
    )
    tables = SALES | {"households": households, "seasons": seasons["seasons"]}
    found = measured(indicator("area * households.income", entity="seasons", missing=RULE), tables)
    assert found["value"].to_list() == [1.0, 3.0, 3.0, None]
    assert found["imputed"].to_list() == [False, True, True, False]  # no value, nothing behind it


def test_tables_without_the_rule_and_used_values_stay_as_they_are():
    tables = answers("income", ["1", "2", "3", "4", "5", "-"], " | size", [" | 1"] * 5 + [" | 1"])
    strict = measured(indicator("income", missing={"households": "strict"}), tables)
    assert "imputed" not in strict.columns
    assert strict["value"][5] is None
    before = {"question": "income", "wave": "baseline"}
    definition = indicator("size + was", missing=RULE, uses={"was": before})
    found = measured(definition, tables, baseline=WaveData(dict(tables), REFERENCE_DATE))
    assert found["value"].to_list() == [2.0, 3.0, 4.0, 5.0, 6.0, None]
    assert not found["imputed"].any()


def test_the_flag_follows_a_value_into_the_indicators_that_use_it():
    tables = answers("income", ["1", "2", "3", "4", "5", "-"])
    inner = indicator("income", id="inner", missing=RULE)
    outer = indicator("2 * half", uses={"half": {"indicator": "inner", "version": 1}})
    found = measure(outer, tables, catalogue=catalogue(inner, outer), reference_date=REFERENCE_DATE)
    assert found["value"].to_list() == [2.0, 4.0, 6.0, 8.0, 10.0, 6.0]
    assert found["imputed"].to_list() == [False] * 5 + [True]


def test_a_cell_that_no_column_tells_is_a_problem():
    with pytest.raises(MandeError) as caught:
        measured(
            indicator("income", missing=RULE, impute_within=["regoin"]), answers("income", ["1", "2", "-"])
        )
    (problem,) = caught.value.problems
    assert (problem.code.id, problem.found()) == ("M-ANSWER", "impute_within: regoin")


# -- laws -----------------------------------------------------------------------------------------

CELLS = st.lists(
    st.tuples(st.none() | st.sampled_from([0.0, 1.0, -3.0, 0.1, 7.5]), st.sampled_from([None, "a", "b"])),
    min_size=1,
    max_size=30,
)
DEFINITION = indicator("income", missing=RULE, impute_within=["head"])


def tables_of(rows: list[tuple[float | None, str | None]]) -> dict[str, pl.DataFrame]:
    frame = answers("income", ["-"] * len(rows), " | head", [" | -"] * len(rows))["households"]
    income = pl.Series("income", [row[0] for row in rows], dtype=pl.Float64)
    head = pl.Series("head", [row[1] for row in rows], dtype=pl.String)
    return {"households": frame.with_columns(income, head)}


def filled(tables: dict[str, pl.DataFrame]) -> Any:
    return impute(DEFINITION, plan_indicator(DEFINITION, catalogue()), tables, catalogue=catalogue())


@settings(max_examples=60, deadline=None)
@given(rows=CELLS)
def test_every_gap_of_a_full_cell_holds_its_median_and_nothing_else_changes(rows):
    found = filled(tables_of(rows)).tables["households"]["income"].to_list()
    for (answer, cell), value in zip(rows, found, strict=True):
        there = [a for a, c in rows if c == cell and a is not None]
        if answer is not None:
            assert value == answer
        elif cell is not None and len(there) >= LEAST_PRESENT:
            # Of two in the middle Polars takes a + (b - a) / 2, the standard library (a + b) / 2.
            assert value == pytest.approx(statistics.median(there), rel=1e-14, abs=0)
        else:
            assert value is None


@settings(max_examples=40, deadline=None)
@given(rows=CELLS)
def test_imputing_twice_changes_nothing_and_neither_does_imputing_where_nothing_is_missing(rows):
    once = filled(tables_of(rows))
    twice = filled(dict(once.tables))
    assert twice.tables["households"].equals(once.tables["households"])
    assert all(keys.is_empty() for keys in twice.keys.values())
