"""Prices, benchmarks and lines of the generated survey: one value for each key and calendar period."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from mande.catalogue import Catalogue
from mande.schema import Parameter

WORDS: Mapping[str, tuple[str, ...]] = {
    "region": ("north", "south", "east", "west"),
    "product": ("coffee", "cocoa", "tea"),
    "grade": ("a", "b", "standard"),
    "country": ("aa", "bb"),
    "sector": ("agriculture", "manufacturing"),
    "scorecard": ("card",),
    "household_type": ("small", "large"),
    "buyer_id": tuple(f"buyer-{number}" for number in range(200)),
}
"""Answers of questions that take free text."""

YEARLY = {
    "consumer_price_index": 100.0,
    "conversion_to_export": 1.25,
    "conversion_to_retail": 1.5,
    "farmgate_price": 50.0,
    "fob_price": 500.0,
    "function_share": 0.25,
    "legal_weekly_hours": 48.0,
    "living_income_benchmark": 2000.0,
    "living_wage_benchmark": 900.0,
    "living_wage_benchmark_gross": 1000.0,
    "loan_rate": 24.0,
    "minimum_wage": 1.5,
    "overtime_multiple": 1.25,
    "poverty_likelihood": 50.0,
    "poverty_line": 0.5,
    "ppp_factor": 40.0,
    "reference_price": 55.0,
    "retail_price": 2000.0,
}
"""About how large the values of a parameter are; the consumer price index has one for each month."""

YEARS = (2021, 2023, 2024)
WITHOUT = {"minimum_wage": ("west", "manufacturing"), "reference_price": ("tea", "b"), "loan_rate": ("west",)}
"""Keys without a value, so that what builds on them is missing."""


def stated(catalogue: Catalogue) -> dict[str, pl.DataFrame]:
    """Return the values of every parameter: its keys, `year`, `month` (the index's alone) and `value`."""
    functions = [c for c in catalogue.questions["households"]["functions_done"].choices if c != "none"]
    words = {
        **WORDS,
        "function": tuple(functions),
        "line": ("national",),
        "ppi_score": tuple(str(number) for number in range(121)),
    }
    return {
        name: pl.DataFrame(list(_rows(name, size, catalogue.parameters[name].by, words)))
        for name, size in YEARLY.items()
    }


def _rows(
    name: str, size: float, by: tuple[str, ...], words: Mapping[str, tuple[str, ...]]
) -> Iterator[dict[str, Any]]:
    months = range(1, 13) if name == "consumer_price_index" else (0,)
    for number, key in enumerate(itertools.product(*(words[entry] for entry in by))):
        if set(WITHOUT.get(name, ("",))) <= set(key):
            continue
        for year, month in itertools.product(YEARS, months):
            value = size * (1 + 0.01 * (number % 7) + 0.05 * (year - 2021) + 0.002 * month)
            if name == "function_share":  # the shares of a product add up to 1, but for tea
                value = {"production": 0.5, "retail": 0.3, "export": 0.2}.get(key[by.index("function")], 0.0)
                value *= 0.5 if "tea" in key else 1.0
            period = {"year": year} | ({"month": month} if month else {})
            yield {**dict(zip(by, key, strict=True)), **period, "value": round(value, 6)}


def as_parameter(name: str, values: pl.DataFrame, catalogue: Catalogue) -> Parameter:
    """Return the values as a programme states them: from a first to a last day, each with its source."""
    definition = catalogue.parameters[name]
    dated = []
    for row in values.iter_rows(named=True):
        first, last = row.get("month", 1), row.get("month", 12)
        until = dt.date(row["year"], last, calendar.monthrange(row["year"], last)[1])
        dated.append(
            {
                "start": dt.date(row["year"], first, 1),
                "until": until,
                "value": row["value"],
                "source": "generated",
                "key": {key: row[key] for key in definition.by},
            }
        )
    content = definition.model_dump(exclude={"values", "uplift", "lasts"})
    return Parameter.model_validate(content | {"values": dated})
