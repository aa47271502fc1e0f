"""Indicators of households' income by hand: one function each, named like the indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks._library.tools import (
    Columns,
    Wave,
    choose,
    holds,
    ratio,
    rounded,
    smaller,
)

WITH_COST = ("focus_product", "other_crops", "livestock", "fish_forest", "nonfarm_enterprise")
WITHOUT_COST = (
    "farm_wage", "nonfarm_wage", "remittances", "public_transfer", "private_transfer", "rent_other",
)  # fmt: skip


def _source(w: Wave, name: str) -> pd.Series:
    h = w.households
    earned = h[f"src_gross_{name}"]
    if name in WITH_COST:
        earned = earned - h[f"src_cost_{name}"]
    return choose(h[f"src_any_{name}"], earned, 0.0)


def net_household_income(w: Wave) -> Columns:
    """Income of the year from all sources, with own consumption."""
    h = w.households
    source = {
        name: w.keep(("source", name), lambda name=name: _source(w, name))
        for name in WITH_COST + WITHOUT_COST
    }
    found = {name: source[name] for name in (*WITH_COST, "rent_other")}
    found["wages"] = source["farm_wage"] + source["nonfarm_wage"]
    found["transfers"] = source["remittances"] + source["public_transfer"] + source["private_transfer"]
    found["without_own_consumption"] = pd.DataFrame(found).sum(axis=1, skipna=False)
    income = found["without_own_consumption"] + h.own_consumption_value
    cpi = w.price("consumer_price_index", "households", "region", at="income_period_middle")
    return {**found, "real_income": income * 100 / cpi, "value": income.round(6)}


def income_diversification(w: Wave) -> Columns:
    """One minus the concentration of income over its sources; losses count as 0."""
    source = {
        name: w.keep(("source", name), lambda name=name: _source(w, name))
        for name in WITH_COST + WITHOUT_COST
    }
    source |= {name: source[name].clip(lower=0) for name in WITH_COST}
    every = pd.DataFrame(source).sum(axis=1, skipna=False)
    divisor = every.mask(holds(every == 0))
    hhi = sum((entry / divisor) ** 2 for entry in source.values())
    return {
        **source,
        "all_sources": every,
        "hhi": hhi,
        "effective_sources": 1 / hhi,
        "normalised": (1 - hhi) / (1 - 1 / 11),
        "dependency": source["focus_product"] / divisor,
        "value": 1 - hhi,
    }


def income_per_adult_equivalent(w: Wave) -> Columns:
    """Income per adult equivalent and day in international dollars."""
    h, size = w.households, len(w.households)
    age = w.persons.age
    gone = np.bincount(w.household_of_person[age.isna()], minlength=size) > 0
    count = [
        pd.Series(np.bincount(w.household_of_person[holds(age >= least)], minlength=size))
        .astype("Float64")
        .mask(gone)
        for least in (0, 14)
    ]
    members, adults = count
    children = members - adults
    more_adults = (adults - 1).clip(lower=0)
    more_children = children.where(holds(children < members - 1), members - 1)
    there = holds(members > 0)
    modified = (1 + 0.5 * more_adults + 0.3 * more_children).where(there)
    old = (1 + 0.7 * more_adults + 0.5 * more_children).where(there)
    cpi = w.price("consumer_price_index", "households", "region", at="income_period_middle")
    cpi_base = w.price("consumer_price_index", "households", "region", at="ppp_base_date")
    ppp = w.price("ppp_factor", "households", "country", at="ppp_base_date")
    daily = w.value("net_household_income") / 365 * cpi_base / cpi / ppp
    roster = pd.Series(np.bincount(w.household_of_person, minlength=size))
    return {
        "members": members,
        "adults": adults,
        "children": children,
        "further_adults": more_adults,
        "further_children": more_children,
        "adult_equivalents": modified,
        "roster_agrees": h.hh_size == roster,
        "adult_equivalents_old": old,
        "daily": daily,
        "per_capita": ratio(daily, h.hh_size),
        "per_square_root": ratio(daily, np.sqrt(h.hh_size)),
        "per_adult_equivalent_old": daily / old,
        "value": daily / modified,
    }


def income_inequality_gini(w: Wave) -> Columns:
    """Income that inequality is measured over: not below 0."""
    income = w.value("income_per_adult_equivalent")
    return {"negative_income": income < 0, "value": income.clip(lower=0)}


def income_gain(w: Wave) -> Columns:
    """Whether income is 5 percent or more above the baseline; not known in the baseline itself."""
    if w.before is None:
        return dict.fromkeys(("ratio", "value"), pd.Series(pd.NA, w.households.index, "Float64"))
    start = w.value_before("income_per_adult_equivalent")
    growth = rounded(w.value("income_per_adult_equivalent") / start).where(holds(start > 0))
    return {"ratio": growth, "value": growth >= 1.05}


def income_stability(w: Wave) -> Columns:
    """Coefficient of variation of monthly incomes."""
    h = w.households
    months = h[[f"month_income_{number}" for number in range(1, 13)]]
    mean, sd = months.mean(axis=1, skipna=False), months.std(axis=1, skipna=False)
    now, before = w.value("income_gain"), w.value_before("income_gain")  # the baseline is the wave before
    return {
        "monthly_mean": mean,
        "monthly_sd": sd,
        "months_short": h.months_below_need,
        "gain": now > 0,
        "sustained": smaller(now, before) > 0,
        "value": (sd / mean).where(holds(mean > 0)),
    }


def living_income_gap(w: Wave) -> Columns:
    """How far income falls short of the living income, as a share of it."""
    income = w.value("net_household_income")
    line = w.price(
        "living_income_benchmark", "households", "region", "household_type", at="income_period_middle"
    )
    return {
        "reaches": income >= line,
        "shortfall": (line - income).clip(lower=0),
        "negative_income": income < 0,
        "income": income,
        "benchmark": line,
        "value": ((line - income) / line).clip(0, 1),
    }


def poverty_fgt(w: Wave) -> Columns:
    """Whether income per person is below the national line, and how far."""
    line = w.price("poverty_line", "households", "region", at="income_period_middle", line="national")
    per_capita = ratio(w.value("net_household_income"), 365 * w.households.hh_size)
    welfare = per_capita.clip(lower=0)
    gap = ((line - welfare) / line).clip(lower=0)
    return {
        "per_capita": per_capita,
        "welfare": welfare,
        "relative_gap": gap,
        "squared_gap": gap**2,
        "negative_income": per_capita < 0,
        "line": line,
        "hh_size": w.households.hh_size,
        "value": per_capita < line,
    }


def ppi_score(w: Wave) -> Columns:
    """Points of the poverty scorecard."""
    points = w.households[[f"ppi_q{number}" for number in range(1, 11)]].sum(axis=1, skipna=False)
    points = points.where(holds(points <= 100))
    return {"ppi_total": points, "value": points}


def ppi_likelihood(w: Wave) -> Columns:
    """Likelihood of poverty at the points of the scorecard."""
    points = w.value("ppi_score")
    values = w.prices["poverty_likelihood"]
    values = values.assign(ppi_score=values["ppi_score"].astype(float))
    h = w.households
    asked = pd.DataFrame(
        {"ppi_score": points.astype("float64"), "scorecard": h.scorecard, "year": h.interview_date.dt.year}
    )
    values = values.assign(scorecard=values["scorecard"].astype(h.scorecard.dtype))
    merged = asked.merge(values, how="left", on=list(asked.columns))
    return {"value": merged["value"].astype("Float64")}
