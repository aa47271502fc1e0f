"""Values by hand: where something is missing, what comes out and which reason is given."""

from __future__ import annotations

import itertools
import statistics

import pytest

from tests.measure.world import values_of, written

ANSWERS = written(
    households="""
        hh_id | size | income | has_land | head | seen
        a     | 4    | 100    | yes      | Ama  | 2024-02-29
        b     | 0    | 100    | no       | Kofi | 2024-03-01
        c     | -    | 100    | -        | -    | -
        d     | -2   | -      | yes      | Ama  | 1969-12-31
        """
)


def test_a_number_divided_by_zero_is_missing_and_says_so():
    assert values_of("income / size", ANSWERS) == {
        "a": 25.0,
        "b": "division by zero: size is 0",
        "c": "size is missing",
        "d": "income is missing",
    }


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("log(size)", "logarithm of size, which is not above 0"),
        ("log(size - 1)", "logarithm of size - 1, which is not above 0"),
        ("sqrt(size - 1)", "square root of size - 1, which is below 0"),
        ("(size - 1) ** 0.5", "root of size - 1, which is below 0"),
        ("size ** -0.5", "negative root of size, which is not above 0"),
        ("size ** -2", "division by zero: size is 0"),
        ("1 / size - 1 / size", "division by zero: size is 0"),
        ("exp(size + 701)", "exp of size + 701, which is above 700"),
        ("exp(700) * exp(700) + size", "value is too large"),
        ("1e300 * 1e300 - 1e300 * 1e300 + size", "value is too large"),
        ("size", 0.0),
        ("-size", 0.0),
        ("size ** 0", 1.0),
        ("sqrt(size)", 0.0),
        ("exp(size)", 1.0),
        ("round(size + 2.5)", 3.0),
        ("round(size - 2.5)", -2.0),
        ("round(size + 0.125, 2)", 0.13),
        ("floor(size - 0.5)", -1.0),
        ("ceil(size - 0.5)", 0.0),
        ("clip(income, size, 10)", 10.0),
        ("clip(income, 10, size)", 0.0),
        ("has_land", 0.0),
    ],
)
def test_one_household_by_hand(formula: str, expected: float | str):
    assert values_of(formula, ANSWERS)["b"] == expected


def test_zero_has_no_sign():
    value = values_of("-size", ANSWERS)["b"]
    assert str(value) == "0.0"


def test_a_missing_condition_chooses_neither_branch():
    found = values_of("if_(has_land, 1, 2)", ANSWERS)
    assert found == {"a": 1.0, "b": 2.0, "c": "has_land is missing", "d": 1.0}


def test_a_missing_value_in_the_branch_not_taken_does_no_harm():
    found = values_of("if_(has_land, 1, income / size)", ANSWERS)
    assert found == {"a": 1.0, "b": "division by zero: size is 0", "c": "has_land is missing", "d": 1.0}


def test_where_a_condition_fails_the_value_is_not_applicable():
    found = values_of("only_if(has_land, income)", ANSWERS)
    assert found == {
        "a": 100.0,
        "b": "not applicable: not has_land",
        "c": "has_land is missing",
        "d": "income is missing",
    }


def test_a_condition_of_several_parts_is_denied_as_a_whole():
    """`not a or b` would read as another condition."""
    found = values_of("only_if(has_land or size > 1, income)", ANSWERS)
    assert found["b"] == "not applicable: not (has_land or (size > 1))"


def test_a_stand_in_takes_the_place_of_missing_values_only():
    assert values_of("if_missing(income / size, -1)", ANSWERS) == {"a": 25.0, "b": -1, "c": -1, "d": -1}
    assert values_of("if_missing(size, income)", ANSWERS) == {"a": 4.0, "b": 0.0, "c": 100.0, "d": -2.0}


def test_asking_whether_a_value_is_missing_is_never_missing():
    assert values_of("is_missing(income / size)", ANSWERS) == {"a": 0.0, "b": 1.0, "c": 1.0, "d": 1.0}


def test_texts_and_dates_by_hand():
    assert values_of("head == 'Ama'", ANSWERS) == {"a": 1.0, "b": 0.0, "c": "head is missing", "d": 1.0}
    assert values_of("head not in ['Ama', 'Esi']", ANSWERS)["b"] == 1.0
    assert values_of("days_between(seen, seen)", ANSWERS)["c"] == "seen is missing"
    persons = written(
        households="hh_id | seen\n a | 2024-02-28\n b | 1969-12-31",
        seasons="""
            season_id | hh_id | ended
            s1        | a     | 2024-03-01
            s2        | b     | 1970-01-01
            """,
    )
    found = values_of("days_between(households.seen, ended)", persons, entity="seasons")
    assert found == {"s1": 2.0, "s2": 1.0}


def test_a_ticked_code_is_found_as_a_whole_word_only():
    persons = written(
        households="hh_id\n a",
        persons="""
            person_id | hh_id | tasks
            p1        | a     | weed pick
            p2        | a     | weeding
            p3        | a     | -
            p4        | a     | pick
            """,
    )
    found = values_of("includes(tasks, 'weed')", persons, entity="persons")
    assert found == {"p1": 1.0, "p2": 0.0, "p3": "tasks is missing", "p4": 0.0}


# -- three-valued logic ---------------------------------------------------------------------------

YES, NO, UNKNOWN = True, False, None
SHOWN = {YES: "yes", NO: "no", UNKNOWN: "-"}
AND = {(YES, YES): YES, (YES, NO): NO, (NO, NO): NO, (YES, UNKNOWN): UNKNOWN, (NO, UNKNOWN): NO}
OR = {(YES, YES): YES, (YES, NO): YES, (NO, NO): NO, (YES, UNKNOWN): YES, (NO, UNKNOWN): UNKNOWN}


@pytest.mark.parametrize(("sign", "table"), [("and", AND), ("or", OR)])
def test_the_truth_table_has_three_values(sign: str, table: dict[tuple[bool | None, bool | None], bool]):
    pairs = list(itertools.product((YES, NO, UNKNOWN), repeat=2))
    answers = written(
        households="hh_id\n a",
        seasons="season_id | hh_id | any_sales\n"
        + "\n".join(f"s{n} | a | {SHOWN[left]}" for n, (left, _) in enumerate(pairs)),
        sales="sale_id | season_id | paid\n"
        + "\n".join(f"{n} | s{n} | {SHOWN[right]}" for n, (_, right) in enumerate(pairs)),
    )
    found = values_of(f"seasons.any_sales {sign} paid", answers, entity="sales")
    for n, pair in enumerate(pairs):
        expected = table.get(pair, table.get(pair[::-1]))
        if expected is UNKNOWN:
            assert str(found[str(n)]).endswith("is missing")
        else:
            assert found[str(n)] == float(expected)


def test_not_unknown_is_unknown():
    assert values_of("not has_land", ANSWERS) == {"a": 0.0, "b": 1.0, "c": "has_land is missing", "d": 0.0}


def test_the_reason_is_that_of_the_first_part_that_is_missing():
    assert values_of("income + size", ANSWERS)["d"] == "income is missing"
    both = written(households="hh_id | size | income\n a | - | -")
    assert values_of("size + income", both) == {"a": "size is missing"}
    assert values_of("income + size", both) == {"a": "income is missing"}


# -- strict and available -------------------------------------------------------------------------

HALVES = written(households="hh_id | size | income\n a | 2 | 4\n b | - | 4\n c | - | -")


@pytest.mark.parametrize(
    ("formula", "strict", "available"),
    [
        ("size + income", 6.0, 4.0),
        ("sum_of(size, income)", 6.0, 4.0),
        ("mean_of(size, income)", 3.0, 4.0),
        ("min_of(size, income)", 2.0, 4.0),
        ("max_of(size, income)", 4.0, 4.0),
        ("count_of(size > 1, income > 1)", 2.0, 1.0),
    ],
)
def test_strict_is_missing_where_a_part_is_and_available_takes_what_is_there(
    formula: str, strict: float, available: float
):
    assert values_of(formula, HALVES) == {"a": strict, "b": "size is missing", "c": "size is missing"}
    rule = {"households": "available"}
    assert values_of(formula, HALVES, missing=rule) == {
        "a": strict,
        "b": available,
        "c": "size is missing",
    }


def test_the_spread_of_several_values_is_that_of_a_sample():
    hours = written(households="hh_id | size | income\n a | 2 | 4\n b | - | 4\n c | - | -\n d | 3 | 3")
    found = values_of("sd_of(size, income, 9)", hours)
    assert found == {
        "a": pytest.approx(statistics.stdev([2, 4, 9])),
        "b": "size is missing",
        "c": "size is missing",
        "d": pytest.approx(statistics.stdev([3, 3, 9])),
    }
    there = values_of("sd_of(size, income, 9)", hours, missing={"households": "available"})
    assert there["b"] == pytest.approx(statistics.stdev([4, 9]))
    assert there["c"] == "size is missing"  # one value has no spread
    assert values_of("sd_of(size, income)", hours)["d"] == 0.0


@pytest.mark.parametrize("formula", ["income - size", "income * size", "income / size", "income > size"])
def test_what_is_no_sum_stays_strict_under_available(formula: str):
    assert values_of(formula, HALVES, missing={"households": "available"})["b"] == "size is missing"


# -- constants beside columns ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "constant",
    ["2", "-(1 + 1)", "abs(-2)", "exp(1)", "2 ** 0.5", "min_of(1, 2)", "if_(True, 1, 2)", "if_missing(1, 2)"],
)
@pytest.mark.parametrize(
    "formula", ["{} < income", "income == {}", "{} / income", "income in [1] or {} < income"]
)
def test_a_constant_beside_a_column_without_any_answer_is_missing_row_by_row(constant: str, formula: str):
    nobody = written(households="hh_id | income\n a | -\n b | -\n c | -")
    found = values_of(formula.format(constant), nobody)
    assert found == dict.fromkeys("abc", "income is missing")


@pytest.mark.parametrize("formula", ["1", "1 < 2", "1 / 0", "count(persons)", "income", "abs(-2) < income"])
def test_an_empty_survey_gives_an_empty_result(formula: str):
    assert values_of(formula, written()) == {}
