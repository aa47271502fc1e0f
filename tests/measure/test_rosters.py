"""Rosters by hand: gates, empty rosters, missing cells and rosters of rosters."""

from __future__ import annotations

import pytest

from tests.measure.world import values_of, written

GATES = written(
    households="""
        hh_id | has_land
        yes1  | yes
        yes0  | yes
        no1   | no
        no0   | no
        dk1   | -
        dk0   | -
        """,
    seasons="""
        season_id | hh_id | area | any_sales
        s1        | yes1  | 3    | yes
        s2        | no1   | 3    | yes
        s3        | dk1   | 3    | yes
        """,
)
UNDER_NO = "rows in seasons although has_land is no"
NO_ROWS = "no rows in seasons although has_land is yes"
UNKNOWN = "has_land is missing"


@pytest.mark.parametrize(
    ("formula", "with_row", "empty"),
    [
        ("sum(seasons.area)", 3.0, 0.0),
        ("count(seasons)", 1.0, 0.0),
        ("count(seasons.area > 1)", 1.0, 0.0),
        ("any(seasons.area > 1)", 1.0, 0.0),
        ("mean(seasons.area)", 3.0, "no rows in seasons"),
        ("min(seasons.area)", 3.0, "no rows in seasons"),
        ("max(seasons.area)", 3.0, "no rows in seasons"),
        ("share(seasons.area > 1)", 1.0, "no rows in seasons"),
        ("all(seasons.area > 1)", 1.0, "no rows in seasons"),
    ],
)
@pytest.mark.parametrize("rule", ["strict", "available"])
def test_the_gate_tells_a_roster_that_is_empty_from_one_that_is_missing(
    formula: str, with_row: float, empty: float | str, rule: str
):
    assert values_of(formula, GATES, missing={"seasons": rule}) == {
        "yes1": with_row,
        "yes0": NO_ROWS,
        "no1": UNDER_NO,
        "no0": empty,
        "dk1": with_row,
        "dk0": UNKNOWN,
    }


def test_without_a_gate_a_roster_is_complete_as_it_is():
    answers = written(
        households="hh_id\n a\n b", persons="person_id | hh_id | age\n p1 | a | 30\n p2 | a | 10"
    )
    assert values_of("count(persons)", answers) == {"a": 2.0, "b": 0.0}
    assert values_of("sum(persons.age)", answers) == {"a": 40.0, "b": 0.0}
    assert values_of("mean(persons.age)", answers) == {"a": 20.0, "b": "no rows in persons"}
    assert values_of("any(persons.age < 15)", answers) == {"a": 1.0, "b": 0.0}
    assert values_of("all(persons.age < 15)", answers) == {"a": 0.0, "b": "no rows in persons"}


CELLS = written(
    households="hh_id\n full\n part\n none",
    persons="""
        person_id | hh_id | age | works
        p1        | full  | 10  | yes
        p2        | full  | 20  | no
        p3        | part  | 10  | yes
        p4        | part  | -   | -
        p5        | none  | -   | -
        """,
)


@pytest.mark.parametrize(
    ("formula", "full", "strict", "available"),
    [
        ("sum(persons.age)", 30.0, "persons.age is missing", 10.0),
        ("mean(persons.age)", 15.0, "persons.age is missing", 10.0),
        ("min(persons.age)", 10.0, "persons.age is missing", 10.0),
        ("max(persons.age)", 20.0, "persons.age is missing", 10.0),
        ("count(persons.works)", 1.0, "persons.works is missing", 1.0),
        ("share(persons.works)", 0.5, "persons.works is missing", 1.0),
        ("any(persons.works)", 1.0, 1.0, 1.0),
        ("any(not persons.works)", 1.0, "persons.works is missing", 0.0),
        ("all(persons.works)", 0.0, "persons.works is missing", 1.0),
        ("all(not persons.works)", 0.0, 0.0, 0.0),
    ],
)
def test_a_missing_cell_makes_a_strict_aggregate_missing_unless_the_rest_settles_it(
    formula: str, full: float, strict: float | str, available: float
):
    missing = "persons.works is missing" if "works" in formula else "persons.age is missing"
    assert values_of(formula, CELLS) == {"full": full, "part": strict, "none": missing}
    found = values_of(formula, CELLS, missing={"persons": "available"})
    assert found == {"full": full, "part": available, "none": missing}


def test_counting_rows_needs_no_cell():
    assert values_of("count(persons)", CELLS) == {"full": 2.0, "part": 2.0, "none": 1.0}


def test_rows_of_nobody_belong_to_nobody():
    answers = written(
        households="hh_id\n a", persons="person_id | hh_id | age\n p1 | a | 1\n p2 | x | 2\n p3 | - | 4"
    )
    assert values_of("sum(persons.age)", answers) == {"a": 1.0}
    found = values_of("age + households.size", answers, entity="persons")
    assert found["p2"] == "households.size is missing"


# -- three levels: sales of seasons of households -------------------------------------------------

FARMS = written(
    households="""
        hh_id | has_land | size
        a     | yes      | 2
        b     | no       | 1
        c     | yes      | 1
        d     | yes      | 4
        """,
    seasons="""
        season_id | hh_id | area | cost | any_sales
        a1        | a     | 2    | 10   | yes
        a2        | a     | 1    | 5    | no
        c1        | c     | 1    | 1    | yes
        d1        | d     | 1    | 1    | -
        """,
    sales="""
        sale_id | season_id | qty | price
        1       | a1        | 10  | 2
        2       | a1        | 5   | 4
        3       | d1        | 1   | 8
        """,
)


def test_sales_are_summed_within_seasons_and_seasons_within_households():
    parts = {"sales.worth": "sales.qty * sales.price", "seasons.margin": "sum(sales.worth) - seasons.cost"}
    assert values_of("sum(seasons.margin) / size", FARMS, parts=parts) == {
        "a": ((10 * 2 + 5 * 4 - 10) + (0 - 5)) / 2,
        "b": 0.0,
        "c": "no rows in sales although any_sales is yes",
        "d": (8 - 1) / 4,
    }


def test_a_roster_two_levels_below_is_one_heap_of_rows():
    assert values_of("sum(sales.qty)", FARMS) == {
        "a": 15.0,
        "b": 0.0,
        "c": "no rows in sales although any_sales is yes",
        "d": 1.0,
    }
    assert values_of("mean(sales.price)", FARMS)["a"] == 3.0
    assert values_of("mean(sales.price)", FARMS)["b"] == "no rows in sales"


def test_the_mean_of_season_means_is_not_the_mean_of_all_sales():
    more = FARMS | {
        "sales": written(
            sales="sale_id | season_id | qty\n 1 | a1 | 1\n 2 | a1 | 3\n 3 | a2 | 8",
        )["sales"],
        "seasons": written(
            seasons="season_id | hh_id | any_sales\n a1 | a | yes\n a2 | a | yes",
        )["seasons"],
        "households": written(households="hh_id | has_land\n a | yes")["households"],
    }
    assert values_of("mean(sales.qty)", more) == {"a": 4.0}
    by_season = {"seasons.typical": "mean(sales.qty)"}
    assert values_of("mean(seasons.typical)", more, parts=by_season) == {"a": 5.0}


def test_rows_see_the_answers_of_every_level_above_them():
    parts = {"sales.per_head": "sales.qty * seasons.area / size"}
    assert values_of("sum(sales.per_head)", FARMS, parts=parts)["a"] == (10 * 2 + 5 * 2) / 2
    found = values_of("qty * seasons.area / households.size", FARMS, entity="sales")
    assert found == {"1": 10.0, "2": 5.0, "3": 0.25}


def test_an_indicator_of_the_middle_level_looks_up_and_down():
    found = values_of("sum(sales.qty) / households.size", FARMS, entity="seasons")
    assert found == {
        "a1": 7.5,
        "a2": 0.0,
        "c1": "no rows in sales although any_sales is yes",
        "d1": 0.25,
    }


def test_a_part_of_a_roster_may_be_a_constant():
    answers = written(households="hh_id\n a", persons="person_id | hh_id\n 1 | a\n 2 | a")
    assert values_of("sum(persons.one)", answers, parts={"persons.one": "1"}) == {"a": 2.0}
    assert values_of("3", answers, parts={"persons.one": "1"}) == {"a": 3.0}


# -- categories ------------------------------------------------------------------------------------

BUYERS = written(
    households="hh_id | has_land\n h | yes\n one | yes\n none | no",
    seasons="season_id | hh_id | any_sales\n s | h | yes\n t | h | yes\n o | one | yes",
    sales="""
        sale_id | season_id | qty | price | grade
        1       | s         | 5   | 2     | a
        2       | s         | 3   | 10    | b
        3       | t         | 10  | 3     | a
        4       | t         | 30  | 1     | c
        5       | o         | 7   | 2     | a
        """,
)


def test_how_many_buyers_and_how_the_value_is_spread_over_them():
    # h sells to a: 10 + 30 = 40, to b: 30, to c: 30; shares .4, .3, .3
    assert values_of("distinct(sales.grade)", BUYERS) == {"h": 3.0, "one": 1.0, "none": 0.0}
    spread = values_of("concentration(sales.qty * sales.price, sales.grade)", BUYERS)
    assert spread == {
        "h": pytest.approx(0.4**2 + 0.3**2 + 0.3**2),
        "one": 1.0,
        "none": "no rows in sales",
    }
    largest = values_of("largest_share(sales.qty * sales.price, sales.grade)", BUYERS)
    assert largest == {"h": 0.4, "one": 1.0, "none": "no rows in sales"}


def test_categories_may_be_numbers_and_belong_to_the_middle_level_too():
    assert values_of("distinct(sales.price)", BUYERS) == {"h": 4.0, "one": 1.0, "none": 0.0}
    by_season = {"seasons.buyers": "distinct(sales.grade)"}
    assert values_of("sum(seasons.buyers)", BUYERS, parts=by_season)["h"] == 4.0
    found = values_of("largest_share(sales.qty, sales.price)", BUYERS, entity="seasons")
    assert found == {"s": 5 / 8, "t": 30 / 40, "o": 1.0}


def parted(lines: str) -> dict[str, object]:
    return written(
        households="hh_id | has_land\n h | yes",
        seasons="season_id | hh_id | any_sales\n s | h | yes",
        sales=f"sale_id | season_id | qty | grade\n{lines}",
    )


@pytest.mark.parametrize(
    ("lines", "strict", "available"),
    [
        ("1 | s | 0 | a\n 2 | s | 0 | b", "the total is 0", "the total is 0"),
        ("1 | s | -1 | a\n 2 | s | 5 | b", "an amount is below 0", "an amount is below 0"),
        ("1 | s | - | a\n 2 | s | 3 | b\n 3 | s | 1 | c", "sales.qty is missing", 0.75),
        ("1 | s | 9 | -\n 2 | s | 3 | b\n 3 | s | 1 | c", "sales.grade is missing", 0.75),
        ("1 | s | -9 | -\n 2 | s | 3 | b\n 3 | s | 1 | c", "sales.grade is missing", 0.75),
        ("1 | s | - | a", "sales.qty is missing", "sales.qty is missing"),
    ],
)
def test_amounts_without_shares_give_a_reason(lines: str, strict: str, available: float | str):
    answers = parted(lines)
    for function in ("concentration", "largest_share"):
        formula = f"{function}(sales.qty, sales.grade)"
        (found,) = values_of(formula, answers).values()
        assert str(found).removeprefix("shares of sales.qty: ") == strict
        (found,) = values_of(formula, answers, missing={"sales": "available"}).values()
        if isinstance(available, str):
            assert str(found).removeprefix("shares of sales.qty: ") == available
        else:
            shares = (0.75, 0.25)
            assert found == (sum(s * s for s in shares) if function == "concentration" else max(shares))


def test_a_missing_category_is_no_category_of_its_own():
    answers = parted("1 | s | 1 | a\n 2 | s | 1 | -\n 3 | s | 1 | a")
    assert values_of("distinct(sales.grade)", answers) == {"h": "sales.grade is missing"}
    assert values_of("distinct(sales.grade)", answers, missing={"sales": "available"}) == {"h": 1.0}


def test_shares_do_not_depend_on_the_order_of_rows_to_the_last_digit():
    amounts = [0.1 * n + 1 / 3 for n in range(60)]
    lines = [f"{n} | s | {amount} | {'abcdefg'[n % 7]}" for n, amount in enumerate(amounts)]
    formulas = ("concentration(sales.qty, sales.grade)", "largest_share(sales.qty, sales.grade)")
    for formula in formulas:
        found = {values_of(formula, parted("\n".join(lines[k:] + lines[:k])))["h"] for k in range(0, 60, 7)}
        assert len(found) == 1
