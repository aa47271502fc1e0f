"""Indicators of households' economic upgrading by hand: one function each, named like the indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks._library.farming import labour_days, price_index, total_cost
from benchmarks._library.tools import (
    Columns,
    Wave,
    choose,
    days,
    holds,
    is_,
    log,
    mean_of,
    number_of,
    ratio,
    rounded,
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
    known, known_markets = _count(before, CHANNELS), _count(markets_before, MARKETS)
    return {
        "over_channels": by_channel,
        "over_markets": _concentration(w, worth, s.market_scope),
        "effective_channels": 1 / by_channel,
        "channels": _count(used, CHANNELS),
        "known_channels_before": known,
        "known_markets_before": known_markets,
        "new_channel": _any_new(used, before, CHANNELS).where(known.notna()),
        "new_market": _any_new(markets, markets_before, MARKETS).where(known_markets.notna()),
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
    functions, functions_before = _count(now, FUNCTIONS), _count(before, FUNCTIONS)
    kept = number_of(*(now[code] & before[code] for code in FUNCTIONS))
    added = (functions - kept).where(functions_before.notna())
    lost = (functions_before - kept).where(functions.notna())
    return {
        "functions": functions,
        "functions_before": functions_before,
        "kept": kept,
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


def producer_labour_days(w: Wave) -> Columns:
    """Days of labour of the year."""
    return {"value": w.over_seasons(days=labour_days(w))["days"]}


def producer_quantity_sold(w: Wave) -> Columns:
    """Kilograms sold in the year."""
    s = w.seasons
    listed = w.over_sales(qty=w.sales.qty_accepted)["qty"]
    sold = choose(s.any_sales & ~s.all_sales_listed, s.qty_sold_total, listed)
    return {"value": w.over_seasons(qty=sold)["qty"]}


def producer_unit_cost(w: Wave) -> Columns:
    """Real cost per kilogram harvested."""
    found = w.over_seasons(cost=total_cost(w) * 100 / price_index(w), harvest=w.seasons.qty_harvest_kg)
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
    short = is_(h.credit_result, "less", "refused", "afraid")
    signs = {
        "far": h.dist_market_km > 5,
        "slow": h.travel_time_min > 60,
        "no_phone": ~h.phone_own,
        "no_contacts": ~h.association_contact,
    }
    return {
        **signs,
        "credit_constrained": h.credit_wanted & short,
        "constrained_among_wanting": short.where(holds(h.credit_wanted)),
        "long_term_credit": h.credit_access_lt,
        "has_account": h.account,
        "online": h.internet,
        "services_used": h.bds_used,
        "value": mean_of(*signs.values()),
    }


# -- the profile of upgrading ---------------------------------------------------------------------


def _change(w: Wave, name: str) -> pd.Series:
    return rounded(log(ratio(w.value(name), w.value_before(name))))


def _sign(change: pd.Series, least: float = 1) -> pd.Series:
    """Return 1 for a rise of so much or more, -1 for a fall of so much, else 0."""
    return (change >= least).astype("Float64") - (change <= -least).astype("Float64")


def upgrading_profile(w: Wave) -> Columns:
    """Ups less downs among the types of upgrading that are known."""
    h, e = w.households, w.earlier
    grade_change = rounded(w.value("quality_certified_share") - w.value_before("quality_certified_share"))
    names = ("producer_unit_cost", "producer_yield", "relative_unit_value", "producer_quantity_sold")
    cost, per_ha, unit_value, quantity = (_change(w, name) for name in names)
    now, before = w.ticks("households", "functions_done"), e.ticks("households", "functions_done")
    added, lost = _changed(now, before, FUNCTIONS)
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
    harvest, harvest_before = w.value("producer_yield"), w.value_before("producer_yield")
    lost_harvest = choose(harvest_before > 0, -1.0, 0.0)
    for ending, least in (("", 0.05), ("_02", 0.02), ("_10", 0.1)):
        by_cost, by_yield = -_sign(cost, least), _sign(per_ha, least)
        worth = _sign(unit_value, least)
        found |= {f"cost_sign{ending}": by_cost, f"yield_sign{ending}": by_yield}
        both = by_cost + (1 - by_cost.abs()) * by_yield
        found[f"process_sign{ending}"] = choose(harvest > 0, both, lost_harvest)
        # A higher unit value counts only where the quantity did not fall, a lower one always.
        found[f"unit_value{ending}"] = worth.mask(holds((worth > 0) & (quantity <= -least)), 0.0).mask(
            quantity.isna()
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
