"""Indicators of households by hand: one function each, named like the indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks._library.tools import (
    Columns,
    Wave,
    choose,
    days,
    holds,
    is_,
    log,
    number_of,
    ratio,
)

MONTH = 30.4375
FUNCTIONS = (
    "input_supply", "production", "sorting_grading", "primary_processing", "secondary_processing",
    "packaging", "storage", "transport", "wholesale", "export", "design", "branding", "retail", "research",
)  # fmt: skip
CHANNELS = (
    "farm_gate_trader", "local_market", "group", "processor", "exporter", "supermarket", "institutional",
    "online", "other",
)  # fmt: skip
MARKETS = ("local", "domestic_urban", "regional", "global")
WITH_COST = ("focus_product", "other_crops", "livestock", "fish_forest", "nonfarm_enterprise")
WITHOUT_COST = (
    "farm_wage", "nonfarm_wage", "remittances", "public_transfer", "private_transfer", "rent_other",
)  # fmt: skip
COSTS = (
    "cost_inputs", "cost_hired_labour", "cost_transport_processing", "cost_land", "cost_certification",
    "cost_finance",
)  # fmt: skip


def total_cost(seasons: pd.DataFrame) -> pd.Series:
    """Return all costs of a producer season."""
    return seasons[list(COSTS)].sum(axis=1, skipna=False)


# -- income ---------------------------------------------------------------------------------------


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
    return {**found, "real_income": income * 100 / cpi, "value": income}


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
    return {
        "members": members,
        "adults": adults,
        "children": children,
        "further_adults": more_adults,
        "further_children": more_children,
        "adult_equivalents": modified,
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


def income_stability(w: Wave) -> Columns:
    """Coefficient of variation of monthly incomes."""
    h = w.households
    months = h[[f"month_income_{number}" for number in range(1, 13)]]
    mean, sd = months.mean(axis=1, skipna=False), months.std(axis=1, skipna=False)
    start = (
        w.value_before("income_per_adult_equivalent") if w.before else pd.Series(pd.NA, h.index, "Float64")
    )
    now = w.value("income_per_adult_equivalent")
    return {
        "monthly_mean": mean,
        "monthly_sd": sd,
        "months_short": h.months_below_need,
        "gain": (now >= 1.05 * start).where(holds(start > 0)),
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


def gain_distribution_inclusion(w: Wave) -> Columns:
    """Gain of real income since the baseline."""
    cpi = w.price("consumer_price_index", "households", "region", at="income_period_middle")
    then = w.earlier.households.income_period_middle
    region = w.households.region
    values = w.prices["consumer_price_index"]
    values = values.assign(region=values["region"].astype(region.dtype))
    asked = pd.DataFrame({"region": region, "year": then.dt.year, "month": then.dt.month})
    cpi_0 = asked.merge(values, how="left", on=list(asked.columns))["value"].astype("Float64")
    now = w.value("net_household_income") * 100 / cpi
    start = w.value_before("net_household_income") * 100 / cpi_0
    gain = now - start
    return {
        "real_income": now,
        "real_income_0": start,
        "gain": gain,
        "usual_income": (now + start) / 2,
        "gained": gain > 0,
        "relative_gain": (gain / start).where(holds(start > 0)),
        "value": gain,
    }


def group_parity_gap(w: Wave) -> Columns:
    """Income per person, of households headed by a woman or a man."""
    h = w.households
    heads = holds(is_(h.head_sex, "F", "M"))
    return {"value": ratio(w.value("net_household_income"), h.hh_size).where(heads), "hh_size": h.hh_size}


# -- upgrading ------------------------------------------------------------------------------------


def chain_entry_retention(w: Wave) -> Columns:
    """Whether the household takes part in the chain; of those that might."""
    h = w.households
    eligible, inside = w.earlier.households.chain_eligible, w.earlier.households.participates
    ever = h.participates | h.ever_participated
    counts = holds(eligible.fillna(h.chain_eligible) | inside.fillna(h.participates))
    exited = (~h.participates).where(holds(ever))
    last = h.interview_date.where(holds(h.participates), h.last_sale_date).mask(h.participates.isna())
    inside_for = (days(h.first_sale_date, last) / MONTH).where(holds(ever))
    since = days(h.first_sale_date, h.interview_date) / MONTH
    found = {
        "entered": h.participates.where(holds(eligible & ~inside)),
        "retained": h.participates.where(holds(inside)),
        "exited": exited,
        "months_in_chain": inside_for,
        "months_since_entry": since,
        "retained_12_months": (inside_for >= 12).where(holds(since >= 12)),
        "retained_24_months": (inside_for >= 24).where(holds(since >= 24)),
        "reason_of_exit": h.exit_reason.where(holds(exited)),
        "value": h.participates,
    }
    return {name: column.where(counts) for name, column in found.items()}


def channel_diversification(w: Wave) -> Columns:
    """Concentration of sales over channels."""
    h, s = w.households, w.sales
    worth = s.qty_accepted * (s.price + s.premium)
    by_channel = _concentration(w, worth, s.channel)
    used = w.ticks("households", "channels_used")
    before = w.earlier.ticks("households", "channels_used")
    markets = w.ticks("households", "markets_used")
    markets_before = w.earlier.ticks("households", "markets_used")
    return {
        "over_channels": by_channel,
        "over_markets": _concentration(w, worth, s.market_scope),
        "effective_channels": 1 / by_channel,
        "channels": _count(used, CHANNELS),
        "new_channel": _any_new(used, before, CHANNELS),
        "new_market": _any_new(markets, markets_before, MARKETS),
        "sold_to_new_buyer": h.new_buyer,
        "value": by_channel,
    }


def _concentration(w: Wave, amount: pd.Series, category: pd.Series) -> pd.Series:
    """Return the Herfindahl index of each household's amounts over categories."""
    there = amount.notna() & category.notna()
    size = len(w.households)
    gone = np.bincount(w.household_of_sale[~there], minlength=size) > 0
    below = np.bincount(w.household_of_sale[holds(amount < 0)], minlength=size) > 0
    place = w.household_of_sale * (len(category.cat.categories) + 1) + category.cat.codes.to_numpy()
    parted = amount[there].astype(float).groupby(place[there]).sum()
    owner = parted.index // (len(category.cat.categories) + 1)
    total = parted.groupby(owner).sum().reindex(range(size), fill_value=0.0)
    squares = (parted**2).groupby(owner).sum().reindex(range(size), fill_value=0.0)
    bad = w.all_sales_unknown | gone | below | (total == 0)
    return (squares / total.mask(total == 0) ** 2).astype("Float64").mask(bad)


def _count(ticks: pd.DataFrame, codes: tuple[str, ...]) -> pd.Series:
    return ticks[list(codes)].astype("Float64").sum(axis=1, skipna=False)


def _any_new(now: pd.DataFrame, before: pd.DataFrame, codes: tuple[str, ...]) -> pd.Series:
    found = now[codes[0]] & ~before[codes[0]]
    for code in codes[1:]:
        found = found | (now[code] & ~before[code])
    return found


def _changed(now: pd.DataFrame, before: pd.DataFrame, codes: tuple[str, ...]) -> tuple[pd.Series, pd.Series]:
    """Return how many codes were added and lost; missing where a wave has no answer."""
    added = number_of(*(now[code] & ~before[code] for code in codes))
    lost = number_of(*(before[code] & ~now[code] for code in codes))
    return added, lost


def functional_scope(w: Wave) -> Columns:
    """Number of functions of the chain that the household does."""
    now, before = w.ticks("households", "functions_done"), w.earlier.ticks("households", "functions_done")
    added, lost = w.keep("functions changed", lambda: _changed(now, before, FUNCTIONS))
    functions = _count(now, FUNCTIONS)
    return {
        "functions": functions,
        "added": added,
        "lost": lost,
        "upgraded": (added >= 1) & (lost == 0),
        "through_group": w.households.functions_by_group,
        "value": functions,
    }


def functional_scope_weighted(w: Wave) -> Columns:
    """Share of the value added in the chain that falls to the household's functions."""
    ticks = w.ticks("households", "functions_done")
    share = {
        name: w.price("function_share", "households", "product", at="interview_date", function=name)
        for name in FUNCTIONS
    }
    total = pd.DataFrame(share).sum(axis=1, skipna=False)
    own = pd.DataFrame({name: choose(ticks[name], share[name], 0.0) for name in FUNCTIONS})
    return {
        "map_total": total,
        "value": own.sum(axis=1, skipna=False).where(holds((total - 1).abs() <= 0.001)),
    }


def producer_quantity_sold(w: Wave) -> Columns:
    """Kilograms sold in the year."""
    s = w.seasons
    listed = w.over_sales(qty=w.sales.qty_accepted)["qty"]
    sold = choose(s.any_sales & ~s.all_sales_listed, s.qty_sold_total, listed)
    return {"value": w.over_seasons(qty=sold)["qty"]}


def producer_unit_cost(w: Wave) -> Columns:
    """Real cost per kilogram harvested."""
    cpi = w.price("consumer_price_index", "producer_seasons", "region", at="season_end")
    found = w.over_seasons(cost=total_cost(w.seasons) * 100 / cpi, harvest=w.seasons.qty_harvest_kg)
    return {"cost": found.cost, "harvest": found.harvest, "value": ratio(found.cost, found.harvest)}


def producer_yield(w: Wave) -> Columns:
    """Kilograms harvested per hectare."""
    found = w.over_seasons(harvest=w.seasons.qty_harvest_kg, area=w.seasons.area_ha)
    return {"harvest": found.harvest, "area": found.area, "value": ratio(found.harvest, found.area)}


def quality_certified_share(w: Wave) -> Columns:
    """Share of what was sold in a high grade."""
    s = w.sales
    sums = w.over_all_sales(
        sold_kg=s.qty_accepted,
        high_grade_kg=choose(s.high_grade, s.qty_accepted, 0.0),
        certified_sold_kg=choose(s.sold_certified, s.qty_accepted, 0.0),
        premium_certified=choose(s.sold_certified, s.qty_accepted * s.premium, 0.0),
    )
    harvest = w.over_seasons(
        harvest_kg=w.seasons.qty_harvest_kg, certified_harvest_kg=w.seasons.qty_certified_kg
    )
    return {
        **{str(name): column for name, column in sums.items()},
        **{str(name): column for name, column in harvest.items()},
        "certified_sold_share": ratio(sums.certified_sold_kg, sums.sold_kg),
        "certified_harvest_share": ratio(harvest.certified_harvest_kg, harvest.harvest_kg),
        "premium_per_certified_kg": ratio(sums.premium_certified, sums.certified_sold_kg),
        "value": ratio(sums.high_grade_kg, sums.sold_kg),
    }


def relative_unit_value(w: Wave) -> Columns:
    """Price received over the reference price of the standard grade."""
    s = w.sales
    standard = w.price("reference_price", "sales", "product", at="sale_date", grade="standard")
    own = w.price("reference_price", "sales", "product", "grade", at="sale_date")
    sums = w.over_all_sales(
        received=s.qty_accepted * s.price,
        at_standard=s.qty_accepted * standard,
        at_grade=s.qty_accepted * own,
        sold_kg=s.qty_accepted,
    )
    return {
        **{str(name): column for name, column in sums.items()},
        "price_within_grade": ratio(sums.received, sums.at_grade),
        "grade_mix": ratio(sums.at_grade, sums.at_standard),
        "value": ratio(sums.received, sums.at_standard),
    }


def support_markets_isolation(w: Wave) -> Columns:
    """Share of four ways of being cut off from markets."""
    h = w.households
    no_credit = ~is_(h.credit_result, "full")
    signs = {
        "far": h.dist_market_km > 5,
        "slow": h.travel_time_min > 60,
        "no_phone": ~h.phone_own,
        "no_contacts": ~h.association_contact,
    }
    return {
        **signs,
        "credit_constrained": h.credit_wanted & no_credit,
        "constrained_among_wanting": no_credit.where(holds(h.credit_wanted)),
        "long_term_credit": h.credit_access_lt,
        "has_account": h.account,
        "online": h.internet,
        "services_used": h.bds_used,
        "value": mean_of_signs(signs),
    }


def mean_of_signs(signs: dict[str, pd.Series]) -> pd.Series:
    """Return the share of signs that hold."""
    return number_of(*signs.values()) / len(signs)


# -- the profile of upgrading ---------------------------------------------------------------------


def _change(w: Wave, name: str) -> pd.Series:
    return _rounded(log(ratio(w.value(name), w.value_before(name))))


def _rounded(values: pd.Series) -> pd.Series:
    return np.floor(values * 1e9 + 0.5) / 1e9


def _sign(change: pd.Series, least: float = 1) -> pd.Series:
    """Return 1 for a rise of so much or more, -1 for a fall, else 0."""
    return (change >= least).astype("Float64") - (change <= -least).astype("Float64")


def upgrading_profile(w: Wave) -> Columns:
    """Ups less downs among the types of upgrading that are known."""
    h, e = w.households, w.earlier
    grade_change = _rounded(w.value("quality_certified_share") - w.value_before("quality_certified_share"))
    names = ("producer_unit_cost", "producer_yield", "relative_unit_value", "producer_quantity_sold")
    cost, per_ha, unit_value, quantity = (_change(w, name) for name in names)
    now, before = w.ticks("households", "functions_done"), e.ticks("households", "functions_done")
    added, lost = w.keep("functions changed", lambda: _changed(now, before, FUNCTIONS))
    channels = _count(w.ticks("households", "channels_used"), CHANNELS) - _count(
        e.ticks("households", "channels_used"), CHANNELS
    )
    found: Columns = {
        "cost_change": cost,
        "yield_change": per_ha,
        "unit_value_change": unit_value,
        "quantity_change": quantity,
        "grade_change": grade_change,
        "functions_added": added,
        "functions_lost": lost,
    }
    for ending, least in (("", 0.05), ("_02", 0.02), ("_10", 0.1)):
        stays = choose(quantity > -least, 1.0, 0.0)
        found[f"process_sign{ending}"] = choose(
            cost.abs() >= least, -_sign(cost, least), _sign(per_ha, least)
        )
        found[f"unit_value{ending}"] = choose(
            unit_value <= -least, -1.0, choose(unit_value < least, 0.0, stays)
        )
        found[f"grade{ending}"] = _sign(grade_change, least)
        found[f"product_sign{ending}"] = found[f"unit_value{ending}"].fillna(found[f"grade{ending}"])
    found["functional_sign"] = choose(
        (added >= 1) & (lost == 0), 1.0, choose((lost >= 1) & (added == 0), -1.0, 0.0)
    )
    found |= {"channels_change": channels, "channel_sign": _sign(channels)}
    inside, was_inside = h.participates, e.households.participates
    found["entry_sign"] = choose(inside & ~was_inside, 1.0, choose(was_inside & ~inside, -1.0, 0.0))
    return found | _profile(found)


def _profile(found: Columns) -> Columns:
    others = [found[name] for name in ("functional_sign", "channel_sign", "entry_sign")]
    signs = [found["process_sign"], found["product_sign"], *others]
    types = number_of(*(sign.notna() for sign in signs))
    known = [sign.fillna(0.0) for sign in signs]
    ups, downs = (number_of(*(sign * way > 0 for sign in known)) for way in (1, -1))
    enough = types >= 3
    score = {
        ending: (
            found[f"process_sign{ending}"].fillna(0)
            + found[f"product_sign{ending}"].fillna(0)
            + sum(known[2:])
        )
        / types.where(enough)
        for ending in ("_02", "_10")
    }
    status = np.select(
        [~enough, (ups > 0) & (downs == 0), (downs > 0) & (ups == 0), ups > 0],
        [None, "up", "down", "mixed"],
        default="stable",
    )
    return {
        "types": types,
        "ups": ups,
        "downs": downs,
        "status": pd.Series(status),
        "score_02": score["_02"],
        "score_10": score["_10"],
        "value": (ups - downs) / types.where(enough),
    }
