"""Published parts of the bargaining and linkage indicators, against the worked examples of the method."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from mande.catalogue import load_catalogue
from mande.measure import measure

CATALOGUE = load_catalogue([Path(__file__).parent.parent / "indicators"])
DELIVERED = dt.date(2024, 3, 1)
INTERVIEWED = dt.date(2024, 6, 30)


def measured(indicator: str, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return measure(
        CATALOGUE.indicators[indicator], tables, catalogue=CATALOGUE, reference_date=dt.date(2024, 7, 1)
    )


def relationships(complexity: str, codifiability: str, capability: str) -> pl.DataFrame:
    signs = [
        "forward_contract",
        "specs_shared",
        "feedback_after_delivery",
        "technical_visit",
        "joint_planning",
    ]
    words = {"h": "high", "l": "low"}
    answers = {
        "complexity": words[complexity],
        "codifiability": words[codifiability],
        "supplier_capability": words[capability],
    }
    return pl.DataFrame({"pair_id": ["p"], "rel_years": [5.0], **{sign: [True] for sign in signs}, **answers})


@pytest.mark.parametrize(
    ("row", "governance"),
    [
        ("lhh", "market"),
        ("hhh", "modular"),
        ("hlh", "relational"),
        ("hhl", "captive"),
        ("hll", "hierarchy"),
        ("lhl", "excluded_supplier"),
        ("llh", "improbable"),
        ("lll", "improbable"),
    ],
)
def test_governance_types_of_we17(row: str, governance: str):
    found = measured("vertical_linkage_governance", {"relationships": relationships(*row)})
    assert found["governance"].to_list() == [governance]


def seasons(sales: list[dict[str, object]]) -> dict[str, pl.DataFrame]:
    rows = [{"sale_id": str(number), "season_id": "s", **sale} for number, sale in enumerate(sales)]
    above = pl.DataFrame({"season_id": ["s"], "hh_id": ["h"], "any_sales": [True]})
    return {"producer_seasons": above, "sales": pl.DataFrame(rows)}


def test_buyer_concentration_of_we10():
    sales = [
        {"buyer_id": buyer, "qty_accepted": qty, "price": 1.0}
        for buyer, qty in zip("abcd", (30.0, 30.0, 20.0, 20.0), strict=True)
    ]
    (row,) = measured("buyer_concentration", seasons(sales)).to_dicts()
    assert row["hhi_points"] == pytest.approx(2600)
    assert row["effective_buyers"] == pytest.approx(10_000 / 2600)
    assert (row["buyers"], row["dependent"]) == (4, 0)


def test_twice_the_local_price_is_a_premium_of_100_percent_we16():
    sale = {"qty_accepted": 10.0, "price": 2.0, "product": "p", "grade": "a", "sale_date": DELIVERED}
    entry = CATALOGUE.parameters["reference_price"]
    content = {
        "values": [
            {"start": DELIVERED, "value": 1.0, "source": "WE-16", "key": {"product": "p", "grade": "a"}}
        ]
    }
    local = type(entry).model_validate(entry.model_dump() | content)
    found = measure(
        CATALOGUE.indicators["relative_farmgate_price"],
        seasons([sale]),
        catalogue=CATALOGUE,
        reference_date=INTERVIEWED,
        parameters={"reference_price": local},
    )
    assert found["value"][0] - 1 == pytest.approx(1.0)


def test_unpaid_lots_are_censored_at_the_interview_not_left_out():
    sales = pl.DataFrame(
        {
            "sale_id": ["full", "advance", "partly", "recent"],
            "season_id": ["s"] * 4,
            "paid_status": ["paid", "paid", "partly", "unpaid"],
            "delivery_date": [DELIVERED, DELIVERED, DELIVERED, dt.date(2024, 6, 20)],
            "payment_date": [dt.date(2024, 4, 30), dt.date(2024, 2, 20), None, None],
            "agreed_days": [30.0, 0.0, 30.0, 30.0],
            "amount_owed": [0.0, 0.0, 50.0, 100.0],
            "qty_accepted": [100.0] * 4,
            "price": [2.0] * 4,
        }
    )
    tables = {
        "sales": sales,
        "producer_seasons": pl.DataFrame({"season_id": ["s"], "hh_id": ["h"], "any_sales": [True]}),
        "households": pl.DataFrame({"hh_id": ["h"], "interview_date": [INTERVIEWED]}),
    }
    rows = {row["sale_id"]: row for row in measured("payment_delay", tables).to_dicts()}
    assert {name: row["value"] for name, row in rows.items()} == {
        "full": 60,
        "advance": -10,
        "partly": None,
        "recent": None,
    }
    assert {name: row["duration"] for name, row in rows.items()} == {
        "full": 60,
        "advance": 0,
        "partly": 121,
        "recent": 10,
    }
    assert {name: row["late"] for name, row in rows.items()} == {
        "full": 1,
        "advance": 0,
        "partly": 1,
        "recent": None,
    }
    assert {name: row["arrears"] for name, row in rows.items()} == {
        "full": 0,
        "advance": 0,
        "partly": 50,
        "recent": 0,
    }
    assert rows["recent"]["in_full_within_30"] is None
