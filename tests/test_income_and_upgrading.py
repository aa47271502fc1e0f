"""Definitions of income and upgrading over whole samples, against the worked examples of the method."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.catalogue import load_catalogue
from mande.measure import WaveData, measure, plan_indicator, summarise
from mande.measure.values import measured
from mande.schema import Indicator, Parameter

CATALOGUE = load_catalogue([Path(__file__).parent.parent / "indicators"])
DAY, UNTIL = dt.date(2024, 1, 1), dt.date(2024, 12, 31)


def of_units(indicator: str, columns: Mapping[str, Sequence[Any]]) -> pl.DataFrame:
    """The values of units whose answers and used values are these columns."""
    definition = CATALOGUE.indicators[indicator]
    steps = plan_indicator(definition, CATALOGUE)
    table = CATALOGUE.tables[definition.entity]
    n = len(next(iter(columns.values())))
    absent = {name: [None] * n for name in steps.inputs[definition.entity] if name not in columns}
    keys = {table.key: [str(unit) for unit in range(n)]}
    if table.link is not None:
        keys[table.link] = ["above"] * n
    tables = {definition.entity: pl.DataFrame({**keys, **absent, **columns}, strict=False)}
    return measured(steps, tables, catalogue=CATALOGUE)


def statistic(indicator: str, entry: Any, values: pl.DataFrame) -> float:
    assert entry in CATALOGUE.indicators[indicator].statistics
    (found,) = summarise(values, entry)["value"].to_list()
    return float(found)


def with_values(parameter: str, *values: Mapping[str, Any]) -> Parameter:
    entry = CATALOGUE.parameters[parameter]
    dated = [{"start": DAY, "source": "worked example", **value} for value in values]
    return type(entry).model_validate(entry.model_dump() | {"values": dated})


# -- income ---------------------------------------------------------------------------------------

FGT = [{"fgt": {"value": "welfare", "line": "line", "order": order}} for order in (0, 1, 2)]


@pytest.mark.parametrize(
    ("expenditures", "expected"),
    [
        ((100, 100, 150, 150), (0.5, 0.1, 0.02)),
        ((124, 124, 150, 150), (0.5, 0.004, 0.000032)),
        ((100, 110, 150, 160), (0.5, 0.08, 0.0136)),
    ],
)
def test_we_01_poverty_of_three_countries(expenditures: Sequence[int], expected: Sequence[float]):
    incomes = [365.0 * value for value in expenditures]
    found = of_units("poverty_fgt", {"income": incomes, "hh_size": [1.0] * 4, "line": [125.0] * 4})
    for entry, wanted in zip(FGT, expected, strict=True):
        assert statistic("poverty_fgt", entry, found) == pytest.approx(wanted, rel=1e-9)
    assert statistic("poverty_fgt", "share", found) == pytest.approx(expected[0])


def test_we_02_sen_and_sen_shorrocks_thon_of_country_c():
    incomes = [365.0 * value for value in (100, 110, 150, 160)]
    found = of_units("poverty_fgt", {"income": incomes, "hh_size": [1.0] * 4, "line": [125.0] * 4})
    sen = {"sen": {"value": "welfare", "line": "line"}}
    thon = {"sen_shorrocks_thon": {"value": "welfare", "line": "line"}}
    assert statistic("poverty_fgt", sen, found) == pytest.approx(0.09, abs=1e-9)
    assert statistic("poverty_fgt", thon, found) == pytest.approx(0.125, abs=1e-9)


@pytest.mark.parametrize(
    ("mean", "benchmark", "percent"),
    [(2287.609, 4742, 51.7586), (5104.259, 5123, 0.3658), (1751.544, 4001, 56.2223)],
)
def test_we_05_the_gap_of_the_mean_is_not_the_mean_gap(mean: float, benchmark: float, percent: float):
    incomes = [0.0, 2 * mean]  # two households with the mean of the group
    found = of_units("living_income_gap", {"income": incomes, "benchmark": [float(benchmark)] * 2})
    of_mean = {"gap_of_mean": {"value": "income", "line": "benchmark"}}
    assert 100 * statistic("living_income_gap", of_mean, found) == pytest.approx(percent, abs=5e-5)
    assert statistic("living_income_gap", "mean", found) >= 0.5


@pytest.mark.parametrize(
    ("incomes", "gini"),
    [((1, 2, 3, 4, 5), 0.2666667), ((0, 0, 0, 10), 0.75), ((7, 7), 0.0), ((100, 110, 150, 160), 0.1057692)],
)
def test_we_08_gini_of_income(incomes: Sequence[float], gini: float):
    found = of_units("income_inequality_gini", {"income": [float(value) for value in incomes]})
    assert statistic("income_inequality_gini", "gini", found) == pytest.approx(gini, abs=5e-8)


def test_we_14_the_poverty_rate_is_the_mean_likelihood_not_the_share_of_low_scores():
    likelihoods = {0: 88.7, 20: 66.0, 40: 32.4, 50: 19.2, 60: 10.5, 80: 2.8, 100: 0.7}
    table = with_values(
        "poverty_likelihood",
        *(
            {"value": value, "key": {"ppi_score": str(score), "scorecard": "kenya_2018"}}
            for score, value in likelihoods.items()
        ),
    )
    scores = [20, 40, 50, 60, 80]
    items = {f"ppi_q{number}": [0.0] * 5 for number in range(2, 11)}
    answers = {"ppi_q1": [float(score) for score in scores], **items}
    keys = {"hh_id": list("abcde"), "scorecard": ["kenya_2018"] * 5, "interview_date": [DAY] * 5}
    found = measure(
        CATALOGUE.indicators["ppi_likelihood"],
        {"households": pl.DataFrame({**keys, **answers})},
        catalogue=CATALOGUE,
        reference_date=DAY,
        parameters={"poverty_likelihood": table},
    )
    assert found["value"].to_list() == [likelihoods[score] for score in scores]
    assert statistic("ppi_likelihood", "mean", found) == pytest.approx(26.18)


GAINS = ((1000.0, 900.0, 1200.0), (1000.0, 1200.0, 900.0), (1000.0, 1200.0, 1200.0), (-10.0, 500.0, 500.0))


def test_gains_last_where_they_hold_in_two_waves_after_the_baseline():
    """Households by wave: late, lost and lasting gain, and one that started at a loss."""

    def wave(number: int, previous: WaveData | None) -> WaveData:
        yes = [name for name in CATALOGUE.questions["households"] if name.startswith("src_any_")]
        household = {
            "hh_id": list("abcd"),
            "hh_size": [1.0] * 4,
            "region": ["r"] * 4,
            "country": ["c"] * 4,
            "income_period_middle": [DAY] * 4,
            "ppp_base_date": [DAY] * 4,
            "own_consumption_value": [0.0] * 4,
            "src_gross_focus_product": [max(0.0, incomes[number]) for incomes in GAINS],
            "src_cost_focus_product": [max(0.0, -incomes[number]) for incomes in GAINS],
            **{name: [name == "src_any_focus_product"] * 4 for name in yes},
            **{f"month_income_{month}": [1.0] * 4 for month in range(1, 13)},
            "months_below_need": [0.0] * 4,
        }
        absent = {name: [None] * 4 for name in CATALOGUE.questions["households"] if name not in household}
        people = pl.DataFrame({"person_id": list("wxyz"), "hh_id": list("abcd"), "age": [30.0] * 4})
        tables = {"households": pl.DataFrame({**household, **absent}), "persons": people}
        return WaveData(tables, DAY, None, previous)

    start = wave(0, None)
    middle = wave(1, start)
    parameters = {
        "consumer_price_index": with_values("consumer_price_index", {"value": 100, "key": {"region": "r"}}),
        "ppp_factor": with_values("ppp_factor", {"value": 1, "until": UNTIL, "key": {"country": "c"}}),
    }

    def sustained(data: WaveData) -> list[float | None]:
        found = measure(
            CATALOGUE.indicators["income_stability"],
            data.tables,
            catalogue=CATALOGUE,
            reference_date=DAY,
            parameters=parameters,
            baseline=start,
            previous=data.previous,
        )
        return found["sustained"].to_list()

    assert sustained(wave(2, middle)) == [0, 0, 1, None]
    assert sustained(middle) == [None] * 4


# -- prices and value -----------------------------------------------------------------------------


def season(indicator: str, sale: Mapping[str, Any], **parameters: Parameter) -> float:
    tables = {
        "producer_seasons": pl.DataFrame({"season_id": ["s"], "hh_id": ["h"], "any_sales": [True]}),
        "sales": pl.DataFrame(
            {"sale_id": ["1"], "season_id": ["s"], "product": ["p"], "sale_date": [DAY]} | sale
        ),
    }
    found = measure(
        CATALOGUE.indicators[indicator],
        tables,
        catalogue=CATALOGUE,
        reference_date=DAY,
        parameters=parameters,
    )
    return float(found["value"][0])


@pytest.mark.parametrize(
    ("price", "share"), [(7 / 3, 0.7), (2.0, 0.6), (4 / 3, 0.4)], ids=["togo", "ivory_coast", "ghana"]
)
def test_we_16_growers_shares_of_the_export_price_of_robusta(price: float, share: float):
    """Shares of 40 to 70 percent (ITC); 1.2 kg sold make 1 kg for export, which brings 4."""
    key = {"key": {"product": "p"}}
    found = season(
        "producer_price_share",
        {"qty_accepted": [100.0], "price": [price], "premium": [0.0], "transport_paid": [0.0]},
        fob_price=with_values("fob_price", {"value": 4, **key}),
        conversion_to_export=with_values("conversion_to_export", {"value": 1.2, **key}),
        retail_price=with_values("retail_price", {"value": 10, **key}),
        conversion_to_retail=with_values("conversion_to_retail", {"value": 1, **key}),
    )
    assert found == pytest.approx(share)


def test_we_16_shares_of_the_french_chocolate_market_add_up_with_the_remainder():
    """Of a final value of 1000: producing countries 186, brands and retailers 700, the rest 114."""
    sold, bought = [186.0, 300.0, 1000.0], [0.0, 186.0, 300.0]
    definition = CATALOGUE.indicators["value_added_capture"]
    firms = pl.DataFrame({"firm_id": list("abc"), "intermediate_inputs": bought})
    rows = pl.DataFrame(
        {
            "firm_sale_id": list("xyz"),
            "firm_id": list("abc"),
            "product": ["p"] * 3,
            "sales_value": sold,
            "qty_export_equivalent_kg": [10.0] * 3,
        }
    )
    found = measure(
        definition,
        {"firms": firms, "firm_sales": rows},
        catalogue=CATALOGUE,
        reference_date=DAY,
        parameters={"retail_price": with_values("retail_price", {"value": 100, "key": {"product": "p"}})},
    )
    assert found["value"].to_list() == pytest.approx([0.186, 0.114, 0.7])
    assert found["value"].sum() == pytest.approx(1)


# -- classes --------------------------------------------------------------------------------------

CLASSES = {
    ("up", "up"): "joint upgrading",
    ("up", "stable"): "economic only",
    ("up", "down"): "low road",
    ("stable", "up"): "social only",
    ("stable", "stable"): "stable",
    ("stable", "down"): "social downgrading",
    ("down", "up"): "social despite downgrading",
    ("down", "stable"): "economic downgrading",
    ("down", "down"): "joint downgrading",
}


def axis(one: float | None, other: float | None) -> str | None:
    """The direction of two changes, from the words of the method rather than from the formula."""
    if one is None or other is None:
        return None
    signs = {0 if abs(change) < 0.05 else math.copysign(1, change) for change in (one, other)} - {0}
    return {(): "stable", (1,): "up", (-1,): "down"}.get(tuple(signs), "mixed")


def firms_that_changed(rows: Sequence[Sequence[float | None]]) -> dict[str, list[float | None]]:
    """Firms whose unit value, market share, wage and jobs changed by these log points."""
    now = [
        [None if change is None else math.exp(change) for change in column]
        for column in zip(*rows, strict=True)
    ]
    start = [1.0] * len(rows)
    names = ("unit_value", "sales", "wage", "jobs")
    return {
        **dict(zip(names, now, strict=True)),
        **{f"{name}_0": start for name in names},
        "market_sales": start,
        "market_sales_0": start,
    }


def test_we_17_joint_classes_are_nine_cells_and_mixed_and_part_the_firms():
    changes = (-0.2, -0.05, -0.04, 0.0, 0.04, 0.05, 0.2, None)
    rows = list(itertools.product(changes, repeat=4))
    found = of_units("joint_upgrading_class", firms_that_changed(rows))
    by_key = {int(row["firm_id"]): row for row in found.to_dicts()}
    for number, row in enumerate(rows):
        economic, social = axis(*row[:2]), axis(*row[2:])
        expected = None if economic is None or social is None else CLASSES.get((economic, social), "mixed")
        assert by_key[number]["joint_class"] == expected, row
        assert by_key[number]["value"] == (None if expected is None else expected == "joint upgrading"), row
    assert {row["joint_class"] for row in by_key.values()} == {*CLASSES.values(), "mixed", None}


@pytest.mark.parametrize(
    ("indicator", "columns"), [("firm_economic_upgrading", (0, 1)), ("firm_social_upgrading", (2, 3))]
)
def test_the_two_axes_by_themselves_are_those_of_the_joint_class(indicator: str, columns: tuple[int, int]):
    changes = (-0.2, -0.05, -0.04, 0.0, 0.04, 0.05, 0.2, None)
    rows = [(*pair, *pair) for pair in itertools.product(changes, repeat=2)]
    given_ = firms_that_changed(rows)
    needed = plan_indicator(CATALOGUE.indicators[indicator], CATALOGUE).inputs["firms"]
    found = of_units(indicator, {name: column for name, column in given_.items() if name in needed})
    by_key = {int(row["firm_id"]): row["status"] for row in found.to_dicts()}
    assert by_key == {n: axis(row[columns[0]], row[columns[1]]) for n, row in enumerate(rows)}


@settings(deadline=None)
@given(
    volume=st.floats(-1, 1),
    work=st.floats(-1, 1),
    income=st.floats(-1, 1).filter(lambda x: abs(x + 0.05) > 1e-6),
)
def test_we_17_immiserising_growth_is_more_activity_and_less_income(
    volume: float, work: float, income: float
):
    columns = {
        "volume": [math.exp(volume)],
        "work": [math.exp(work)],
        "income": [math.exp(income)],
        "unit_value": [1.0],
        **{f"{name}_0": [1.0] for name in ("volume", "work", "income", "unit_value")},
    }
    (found,) = of_units("immiserising_growth_producers", columns)["value"].to_list()
    ratios = [round(math.exp(change), 9) for change in (volume, work)]
    assert found == (min(ratios) >= 1 and max(ratios) > round(math.exp(0.05), 9) and income < -0.05)


# -- every published part -------------------------------------------------------------------------

DOMAINS = ("income", "bargaining_power", "upgrading", "social_upgrading")
MINE = [entry for entry in CATALOGUE.indicators.values() if entry.domain in DOMAINS]


@pytest.mark.parametrize("indicator", MINE, ids=lambda entry: entry.id)
def test_every_published_part_is_expected_by_an_example(indicator: Indicator):
    expected = {name for example in indicator.examples for name in example.expect_parts}
    assert sorted(set(indicator.published) - expected) == []
