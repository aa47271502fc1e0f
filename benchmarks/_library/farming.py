"""Costs and revenue of a producer season, which several indicators stand on."""

from __future__ import annotations

import pandas as pd

from benchmarks._library.tools import Wave, choose

COSTS = (
    "cost_inputs", "cost_hired_labour", "cost_transport_processing", "cost_land", "cost_certification",
    "cost_finance",
)  # fmt: skip


def total_cost(w: Wave) -> pd.Series:
    """Return all costs of a producer season."""
    found: pd.Series = w.keep("cost", lambda: w.seasons[list(COSTS)].sum(axis=1, skipna=False))
    return found


def price_index(w: Wave) -> pd.Series:
    """Return the index of consumer prices at the end of each season."""
    return w.price("consumer_price_index", "producer_seasons", "region", at="season_end")


def revenue(w: Wave) -> tuple[pd.Series, pd.Series]:
    """Return the value of what was sold, and that with what was kept at home."""
    found: tuple[pd.Series, pd.Series] = w.keep("revenue", lambda: _revenue(w))
    return found


def _revenue(w: Wave) -> tuple[pd.Series, pd.Series]:
    s, sales = w.seasons, w.sales
    listed = w.over_sales(worth=sales.qty_accepted * (sales.price + sales.premium))["worth"]
    sold = choose(s.any_sales & ~s.all_sales_listed, s.value_sold_total, listed)
    farmgate = w.price("farmgate_price", "producer_seasons", "product", "region", at="season_end")
    return sold, sold + choose(s.qty_home_kg == 0, 0.0, s.qty_home_kg * farmgate)


def labour_days(w: Wave) -> pd.Series:
    """Return the days of family and hired labour of a season."""
    s = w.seasons
    return s.fam_days_f + s.fam_days_m + s.hired_days
