"""What `measure` takes and gives: reasons, tables that do not fit, ratios of sums, the order of rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.measure import check_formulas, measure, plan_indicator, summarise
from tests.measure.world import REFERENCE_DATE, answers, catalogue, definitions, frames, indicator, written

HOMES = written(
    households="hh_id | income | size | has_land | head\n b | 8 | 2 | yes | B\n a | - | 4 | no | A"
)

ROOT = Path(__file__).parents[2]
ONE = "hh_id | income | size | has_land | head\n a | 6 | 2 | yes | Ama"


def run(definition, tables, **entries):
    return measure(definition, tables, catalogue=catalogue(), reference_date=REFERENCE_DATE, **entries)


def test_values_come_sorted_by_key_and_the_tables_are_left_alone():
    before = {name: table.clone() for name, table in HOMES.items()}
    assert run(indicator("income"), HOMES).rows() == [("a", None, "income is missing"), ("b", 8.0, None)]
    assert all(table.equals(before[name]) for name, table in HOMES.items())


def test_the_reason_for_a_missing_answer_is_told_in_the_enumerators_words():
    told = pl.DataFrame(
        {
            "table": ["households", "persons"],
            "key": ["a", "p1"],
            "question": ["income", "age"],
            "reason": ["refused", "does not know"],
        }
    )
    assert run(indicator("income"), HOMES, answer_reasons=told)["reason"][0] == "income: refused"
    persons = HOMES | written(
        households="hh_id\n a", persons="person_id | hh_id | age\n p1 | a | -\n p2 | a | -"
    )
    found = run(indicator("sum(persons.age)"), persons, answer_reasons=told)
    assert found.rows() == [("a", None, "persons.age: does not know")]


def test_a_reason_told_for_another_row_or_question_is_not_borrowed():
    told = pl.DataFrame(
        {"table": ["households"] * 2, "key": ["b", "a"], "question": ["income", "size"], "reason": ["x", "y"]}
    )
    assert run(indicator("income"), HOMES, answer_reasons=told)["reason"][0] == "income is missing"


def test_the_contradiction_outranks_other_reasons_of_the_rows():
    tables = written(
        households="hh_id | has_land\n a | yes",
        seasons="season_id | hh_id | any_sales\n s1 | a | yes\n s2 | a | no",
        sales="sale_id | season_id | qty\n 1 | s2 | 5",
    )
    found = run(indicator("sum(sales.qty)"), tables)
    assert found["reason"].to_list() == ["rows in sales although any_sales is no"]


def test_a_key_of_whole_numbers_stays_one():
    table = pl.DataFrame(
        {"hh_id": [2, 1], "income": [None, 5]}, schema={"hh_id": pl.Int64, "income": pl.Int64}
    )
    told = pl.DataFrame(
        {"table": ["households"], "key": ["2"], "question": ["income"], "reason": ["refused"]}
    )
    found = run(indicator("income"), {"households": table}, answer_reasons=told)
    assert found.rows() == [(1, 5.0, None), (2, None, "income: refused")]


@pytest.mark.parametrize(
    ("tables", "codes"),
    [
        ({}, ["M-TABLE"]),
        ({"households": HOMES["households"].drop("income")}, ["M-ANSWER"]),
        ({"households": HOMES["households"].drop("hh_id")}, ["M-ANSWER"]),
        ({"households": HOMES["households"].with_columns(income=pl.lit("much"))}, ["M-ANSWER"]),
        ({"households": pl.concat([HOMES["households"]] * 2)}, ["M-KEY"]),
        ({"households": HOMES["households"].with_columns(hh_id=pl.lit(None, pl.String))}, ["M-KEY"]),
    ],
    ids=["no table", "no answer", "no key", "wrong kind", "repeated key", "empty key"],
)
def test_tables_that_do_not_hold_what_the_plan_needs_are_refused(tables, codes):
    with pytest.raises(MandeError) as caught:
        run(indicator("income"), tables)
    assert [problem.code.id for problem in caught.value.problems] == codes


def test_not_a_number_and_infinity_count_as_missing_answers():
    table = HOMES["households"].with_columns(income=pl.Series([float("nan"), float("inf")]))
    found = run(indicator("income + size"), {"households": table})
    assert found["reason"].to_list() == ["income is missing"] * 2


def test_parts_of_the_entity_stand_beside_the_value_in_the_order_of_the_definition():
    parts = {"twice": "2 * income", "persons.young": "persons.age < 15", "land": "has_land", "named": "head"}
    found = run(indicator("income / size", parts=parts), HOMES | written(households=ONE))
    assert found.columns == ["hh_id", "value", "reason", "twice", "land", "named"]
    assert found.rows() == [("a", 3.0, None, 12.0, 1.0, "Ama")]


# -- ratios of sums -------------------------------------------------------------------------------


def test_a_ratio_of_sums_may_name_parts_answers_and_the_value():
    ratios = [{"ratio_of_sums": ["value", "size"]}, {"ratio_of_sums": ["twice", "has_land"]}]
    definition = indicator("income", parts={"twice": "2 * income"}, statistics=["mean", *ratios])
    assert check_formulas(catalogue(definition)) == []
    found = run(definition, HOMES)
    assert found.columns == ["hh_id", "value", "reason", "twice", "size", "has_land"]
    assert found.rows() == [
        ("a", None, "income is missing", None, 4.0, 0.0),
        ("b", 8.0, None, 16.0, 2.0, 1.0),
    ]
    ratio = summarise(found, {"ratio_of_sums": ["value", "size"]})
    assert ratio.select("value", "n", "n_missing").rows() == [(4.0, 1, 1)]


def test_a_ratio_of_sums_may_name_a_used_value():
    other = indicator("size", id="heads")
    uses = {"heads": {"indicator": "heads", "version": 1}}
    definition = indicator("income", uses=uses, statistics=[{"ratio_of_sums": ["value", "heads"]}])
    known = catalogue(other, definition)
    found = measure(definition, HOMES, catalogue=known, reference_date=REFERENCE_DATE)
    assert found["heads"].to_list() == [4.0, 2.0]


@pytest.mark.parametrize("name", ["sise", "head", "seen", "persons.age", "hh_id", "reason"])
def test_a_ratio_of_sums_names_numbers_of_the_entity_only(name: str):
    definition = indicator("income", statistics=[{"ratio_of_sums": ["value", name]}])
    (problem,) = check_formulas(catalogue(definition))
    assert (problem.code.id, problem.found()) == ("F-STATISTIC", name)
    with pytest.raises(MandeError):
        plan_indicator(definition, catalogue())


# -- the order of rows ----------------------------------------------------------------------------


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(definition=definitions(), data=answers(), rng=st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference_to_any_value_or_reason(definition, data, rng):
    mixed = {table: rng.sample(rows, len(rows)) for table, rows in data.items()}
    one, other = run(definition, frames(data)), run(definition, frames(mixed))
    assert one.equals(other)
    assert one.to_dicts().__repr__() == other.to_dicts().__repr__()


@pytest.mark.parametrize(
    "formula",
    ["sum(persons.age)", "mean(persons.age / 3)", "sum(persons.age * persons.age) / mean(persons.age)"],
)
def test_sums_of_many_fractions_are_the_same_bits_in_every_order(formula: str):
    n = 3000
    persons = pl.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(n)],
            "hh_id": ["ab"[i % 2] for i in range(n)],
            "age": [(i * 7919 % n) ** 3 / 7 for i in range(n)],
        }
    )
    households = pl.DataFrame({"hh_id": ["a", "b"]})
    found = {
        tuple(
            value.hex()
            for value in run(
                indicator(formula),
                {"households": households, "persons": persons.sample(fraction=1, shuffle=True, seed=seed)},
            )["value"]
        )
        for seed in range(8)
    }
    assert len(found) == 1


MANY = """
import polars as pl
from tests.measure.test_values import run
from tests.measure.world import indicator

n, groups = 5000, 50
persons = {
    "person_id": [f"p{i}" for i in range(n)],
    "hh_id": [f"h{i % groups}" for i in range(n)],
    "age": [(i * 7919 % n) ** 3 / 7 for i in range(n)],
}
tables = {
    "households": pl.DataFrame({"hh_id": [f"h{i}" for i in range(groups)]}),
    "persons": pl.DataFrame(persons),
}
found = run(indicator("sum(persons.age / 3)"), tables)
print(pl.thread_pool_size(), *(value.hex() for value in found["value"]))
"""


def test_sums_are_the_same_bits_with_one_processor_and_with_many():
    found = {}
    for threads in ("1", "8"):
        environment = {**os.environ, "POLARS_MAX_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", MANY],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        size, *found[threads] = done.stdout.split()
        assert size == threads
    assert found["1"] == found["8"]


def test_sums_leave_missing_cells_and_rows_of_nobody_out():
    tables = written(
        households="hh_id\n a\n b\n c",
        persons="person_id | hh_id | age\n 1 | a | 1\n 2 | a | -\n 3 | b | -\n 4 | - | 8\n 5 | x | 16",
    )
    found = run(indicator("sum(persons.age)", missing={"persons": "available"}), tables)
    assert found["value"].to_list() == [1.0, None, 0.0]


def test_the_smallest_of_both_zeros_is_zero():
    for first, second in (("0", "-0.0"), ("-0.0", "0")):
        tables = written(
            households="hh_id\n a",
            persons=f"person_id | hh_id | age\n p1 | a | {first}\n p2 | a | {second}",
        )
        assert [str(value) for value in run(indicator("min(persons.age)"), tables)["value"]] == ["0.0"]
