"""Units: what their texts mean, and what follows for a formula."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.formula import parse
from mande.formula.units import NONE, Dimension, Measure, dimension_of, infer, measure_of, words_unknown

UNITS = {
    "qty": measure_of("kg"),
    "price": measure_of("LCU/kg"),
    "cost": measure_of("LCU"),
    "paid": measure_of("LCU", per="year"),
    "yearly": measure_of("LCU/household/year"),
    "monthly": measure_of("LCU/month"),
    "area": measure_of("ha"),
    "hours": measure_of("hours/week"),
    "share": measure_of("share of workers"),
    "baskets": measure_of("baskets"),
    "weekly": measure_of("LCU/week"),
    "wage": measure_of("LCU", per="month"),
    "worked": measure_of("hours", per="year"),
    "shift": measure_of("hours", per="day"),
    "packet": measure_of("LCU", per="pay"),
}


def found(text: str) -> tuple[str | None, list[str]]:
    measure, problems = infer(parse(text), lambda column: UNITS[column.name])
    shown = "any" if measure.constant else measure.dimension and str(measure.dimension)
    return shown or None, [problem.found() for problem in problems]


@pytest.mark.parametrize(
    ("unit", "dimension"),
    [
        ("LCU", "LCU"),
        ("LCU/kg", "LCU/kg"),
        ("LCU/household/year", "LCU/year"),
        ("LCU per adult equivalent per day", "LCU/day"),
        ("LCU/hour at base prices", "LCU/hour"),
        ("kg/ha", "kg/ha"),
        ("hours", "hour"),
        ("person-days/ha", "day/ha"),
        ("share of workers", "no unit"),
        ("score 0-1", "no unit"),
        ("ratio", "no unit"),
        ("people", "no unit"),
        ("percent", "no unit"),
        ("per 100 items", "no unit"),
        ("base period = 100", "no unit"),
        ("kg/kg", "no unit"),
        ("baskets", None),
        ("LCU/basket", None),
        ("", None),
        ("lcu", None),
    ],
)
def test_a_unit_text_is_a_product_of_powers(unit: str, dimension: str | None):
    known = dimension_of(unit)
    assert (None if known is None else str(known)) == dimension


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("qty * price", "LCU"),
        ("qty * price - cost", "LCU"),
        ("qty / area", "kg/ha"),
        ("sum(sales.qty * sales.price) / area", "LCU/ha"),
        ("cost / (qty * price)", "no unit"),
        ("cost ** 2", "LCU^2"),
        ("sqrt(cost ** 2) + cost", "LCU"),
        ("(cost - cost) ** 0.5", "LCU^1/2"),
        ("1 - cost / cost", "no unit"),
        ("2 + 3", "any"),
        ("max_of(0, cost)", "LCU"),
        ("if_(share > 0, cost, 0)", "LCU"),
        ("only_if(qty > 3, cost)", "LCU"),
        ("cost + 10", "LCU"),
        ("count(sales.qty > 3) * cost", "LCU"),
        ("concentration(sales.qty * sales.price, sales.share)", "no unit"),
        ("largest_share(sales.qty, sales.share) + share", "no unit"),
        ("round(cost / 3, 2)", "LCU"),
        ("-cost", "LCU"),
        ("sd_of(cost, paid)", "LCU"),
        ("12 * monthly + yearly", "LCU/year"),
        ("monthly * 12 - weekly * 52", "LCU/month"),
        ("paid + yearly", "LCU/year"),
        ("paid / worked + paid / worked", "LCU/hour"),
        ("paid / area + yearly / area", "LCU/ha/year"),
        ("12 * wage + yearly", "LCU/year"),
        ("packet + yearly", "LCU/year"),
        ("sum(sales.wage) + yearly", "LCU/year"),
        ("log(cost)", None),
        ("baskets * price", None),
        ("baskets + qty", None),
    ],
)
def test_the_unit_of_a_sound_formula_follows_from_its_parts(text: str, dimension: str | None):
    assert found(text) == (dimension, [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cost + qty", "cost + qty: cost is in LCU, qty in kg"),
        ("cost - price", "cost - price: cost is in LCU, price in LCU/kg"),
        ("qty > cost", "qty > cost: qty is in kg, cost in LCU"),
        ("sum_of(cost, baskets, qty)", "sum_of(cost, baskets, qty): cost is in LCU, qty in kg"),
        ("if_(share > 0, qty, cost)", "if_(share > 0, qty, cost): qty is in kg, cost in LCU"),
        ("if_missing(qty, area)", "if_missing(qty, area): qty is in kg, area in ha"),
        ("monthly + yearly", "monthly + yearly: monthly is in LCU/month, yearly in LCU/year"),
        ("12 * monthly + qty", "(12 * monthly) + qty: 12 * monthly is in LCU/month, qty in kg"),
        (
            "count(sales.qty > sales.price)",
            "sales.qty > sales.price: sales.qty is in kg, sales.price in LCU/kg",
        ),
        ("paid + wage", "paid + wage: paid is in LCU per year, wage in LCU per month"),
        ("paid + monthly", "paid + monthly: paid is in LCU per year, monthly in LCU/month"),
        (
            "wage / area + paid / area",
            (
                "(wage / area) + (paid / area): wage / area is in LCU/ha per month, "
                "paid / area in LCU/ha per year"
            ),
        ),
        (
            "mean(sales.shift) + worked",
            "mean(sales.shift) + worked: mean(sales.shift) is in hour per day, worked in hour per year",
        ),
        ("share + area", "share + area: share is in no unit, area in ha"),
        ("1 * (cost + qty) + area", "cost + qty: cost is in LCU, qty in kg"),
    ],
)
def test_values_of_different_units_are_not_added_or_compared(text: str, told: str):
    _, problems = found(text)
    assert problems == [told]


# -- laws -----------------------------------------------------------------------------------------

DIMENSIONS = st.dictionaries(
    st.sampled_from(["LCU", "kg", "ha", "hour", "year"]),
    st.fractions(-3, 3, max_denominator=2).filter(bool),
    max_size=4,
).map(lambda powers: Dimension(tuple(sorted(powers.items()))))


@settings(max_examples=60, deadline=None)
@given(one=DIMENSIONS, other=DIMENSIONS)
def test_multiplying_is_in_any_order_and_dividing_takes_it_back(one: Dimension, other: Dimension):
    assert one.times(other) == other.times(one)
    assert one.times(other).times(other, -1) == one
    assert one.times(one, -1) == NONE


@settings(max_examples=60, deadline=None)
@given(one=DIMENSIONS, other=DIMENSIONS, loose=st.booleans())
def test_only_equal_dimensions_fit_and_looseness_forgives_only_time(
    one: Dimension, other: Dimension, loose: bool
):
    fit = Measure(one, loose=loose).fits(Measure(other))
    assert fit == (one == other or (loose and one.without_time() == other.without_time()))


@settings(max_examples=60, deadline=None)
@given(one=DIMENSIONS, per=st.sampled_from(["hour", "year"]))
def test_a_flow_fits_with_and_without_its_own_period_and_with_no_other(one: Dimension, per: str):
    flow = Measure(one, periods=frozenset({per}), per=per)
    year, week = dimension_of("1/year"), dimension_of("1/week")
    assert flow.fits(Measure(one))
    assert flow.fits(Measure(one.times(year))) == (per == "year")
    assert not flow.fits(Measure(one.times(week)))
    assert not flow.fits(Measure(one, periods=frozenset({"week"}), per="week"))


@pytest.mark.parametrize(
    ("unit", "declared", "unknown"),
    [
        ("banana/parsec", (), ["banana", "parsec"]),
        ("LCU/parsec", (), ["parsec"]),
        ("LCU per basket", (), ["basket"]),
        ("LCU/basket", ("baskets",), []),
        ("LCU/basket/day", ("basket",), []),
        ("kind of assets", (), ["kind of assets"]),
        ("kinds of assets", (), []),
        ("USD/employee", (), []),
        ("lcu", (), ["lcu"]),
        ("FTE", (), []),
        ("log LCU/kg", (), []),
        ("log points", (), []),
        ("log parsec", (), ["parsec"]),
        ("share of parsecs", (), []),
    ],
)
def test_words_that_are_no_units_are_named(unit: str, declared: tuple[str, ...], unknown: list[str]):
    assert words_unknown(unit, declared) == unknown
