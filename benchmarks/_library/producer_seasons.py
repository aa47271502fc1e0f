"""Indicators of producer seasons by hand: one function each, named like the indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks._library.farming import labour_days, price_index, revenue, total_cost
from benchmarks._library.tools import Columns, Wave, choose, days, holds, is_, log, mean_of, number_of, ratio

SERVICES = (
    "advice", "training", "inputs", "credit", "design", "quality_feedback", "transport", "equipment",
    "insurance", "market_information",
)  # fmt: skip


def buyer_concentration(w: Wave) -> Columns:
    """Herfindahl index of a season's sales over buyers."""
    s, count = w.sales, len(w.seasons)
    receipts = s.qty_accepted * s.price
    there = receipts.notna() & s.buyer_id.notna()
    many = len(s.buyer_id.cat.categories) + 1
    place = pd.Series(w.season_of_sale * many + s.buyer_id.cat.codes.to_numpy())
    parted = receipts[there].astype(float).groupby(place[there]).sum()
    owner = parted.index // many
    rows = np.bincount(w.season_of_sale, minlength=count)
    total, largest, squares = (
        found.reindex(range(count), fill_value=0.0)
        for found in (
            parted.groupby(owner).sum(),
            parted.groupby(owner).max(),
            (parted**2).groupby(owner).sum(),
        )
    )
    bad = w.sales_unknown | (np.bincount(w.season_of_sale[~there], minlength=count) > 0) | (total == 0)
    divisor = total.mask(bad).astype("Float64")
    hhi, share = squares / divisor**2, largest / divisor
    no_buyer = np.bincount(w.season_of_sale[s.buyer_id.isna()], minlength=count) > 0
    different = np.bincount(np.unique(place[s.buyer_id.notna()]) // many, minlength=count)
    return {
        "buyers": pd.Series(different).astype("Float64").mask(w.sales_unknown | no_buyer),
        "largest": share,
        "hhi": hhi,
        "hhi_points": hhi * 10_000,
        "effective_buyers": 1 / hhi,
        "dependent": share > 0.8,
        "one_sale": pd.Series(rows == 1)
        .astype("boolean")
        .where(holds(w.seasons.any_sales) & ~w.sales_unknown),
        "value": hhi,
    }


def contract_terms_score(w: Wave) -> Columns:
    """Share of nine terms that a contract has."""
    s = w.seasons
    terms = mean_of(
        s.ct_written, s.ct_price_known, s.ct_volume_commit, s.ct_duration_m >= 12, s.ct_quality_objective,
        s.ct_weigh_transparent, s.ct_dispute, s.ct_penalty_symmetric, s.ct_payment_days <= 30,
    )  # fmt: skip
    return {"covered": s.ct_any, "terms": terms, "value": choose(s.ct_any, terms, 0.0)}


def embedded_services(w: Wave) -> Columns:
    """Share of ten services that came from the buyer."""
    s = w.seasons
    ticks = [w.ticks("producer_seasons", f"svc_{name}") for name in SERVICES]
    givers = ("buyer", "group", "market", "public", "ngo")
    found = {f"from_{giver}": number_of(*(tick[giver] for tick in ticks)) for giver in givers}
    receipts, _ = revenue(w)
    return {
        **found,
        "received": number_of(*(~tick["none"] for tick in ticks)),
        "any_from_buyer": found["from_buyer"] > 0,
        "visits": s.svc_buyer_visits,
        "receipts": receipts,
        "charge_share": ratio(s.svc_price_embedded, receipts + s.svc_price_embedded),
        "value": found["from_buyer"] / 10,
    }


def interlinked_credit_tie(w: Wave) -> Columns:
    """Whether credit from the buyer ties the sale."""
    s = w.seasons
    borrowers = holds(s.credit_from_buyer)
    cost = (s.price_discount_tied * s.qty_sold_tied + s.credit_interest).where(borrowers)
    return {
        "has_credit": s.credit_from_buyer,
        "tied_among_borrowers": s.tied_sale_required.where(borrowers),
        "rollover": s.debt_rollover.where(borrowers),
        "cost_of_credit": cost,
        "implicit_rate": ratio(ratio(cost, s.credit_value) * 365, s.credit_days),
        "value": s.credit_from_buyer & s.tied_sale_required,
    }


def labour_productivity(w: Wave) -> Columns:
    """Real value added per day of labour."""
    s = w.seasons
    cpi, (sold, worth) = price_index(w), revenue(w)
    output = worth * 100 / cpi
    bought_in = (s.cost_inputs + s.cost_transport_processing + s.cost_certification) * 100 / cpi
    labour = labour_days(w)
    return {
        "sold": sold,
        "output": output,
        "bought_in": bought_in,
        "value_added": output - bought_in,
        "labour_days": labour,
        "output_per_day": ratio(output, labour),
        "value": ratio(output - bought_in, labour),
    }


def net_farm_income(w: Wave) -> Columns:
    """Revenue less cost of a season."""
    s = w.seasons
    sold, worth = revenue(w)
    cost = total_cost(w)
    net, family = worth - cost, s.fam_days_f + s.fam_days_m
    return {
        "sold": sold,
        "revenue": worth,
        "cost": cost,
        "net_income": net,
        "family_days": family,
        "per_ha": ratio(net, s.area_ha),
        "per_kg": ratio(net, s.qty_harvest_kg),
        "per_family_day": ratio(net, family),
        "area_ha": s.area_ha,
        "qty_harvest_kg": s.qty_harvest_kg,
        "value": net,
    }


def margin_and_squeeze(w: Wave) -> Columns:
    """Margin over unit cost, as a share of the price."""
    s = w.seasons
    price = w.value("price_received")
    cost, family_days = total_cost(w), s.fam_days_f + s.fam_days_m
    family = family_days * s.day_wage_local
    wage = w.price("living_wage_benchmark_gross", "producer_seasons", "region", at="season_end")
    week = w.price("legal_weekly_hours", "producer_seasons", "country", at="season_end")
    hour = wage * 12 / (52 * week)
    hours = (family_days + s.hired_days) * s.hours_per_day
    living_price = ratio(cost - s.cost_hired_labour + hours * hour, s.qty_harvest_kg)
    basket = log(ratio(s.input_basket_cost, w.earlier.seasons.input_basket_cost))
    unit_cost = ratio(cost, s.qty_harvest_kg)
    return {
        "cost": cost,
        "unit_cost": unit_cost,
        "family_labour": family,
        "margin_after_family_labour": ratio(price - ratio(cost + family, s.qty_harvest_kg), price),
        "living_wage_hour": hour,
        "hours": hours,
        "living_wage_price": living_price,
        "price_adequacy": ratio(price, living_price),
        "squeeze": basket - log(ratio(price, w.value_before("price_received"))),
        "compliance_share": ratio(s.cost_certification, cost),
        "value": ratio(price - unit_cost, price),
    }


def market_information_access(w: Wave) -> Columns:
    """Share of five signs of access to information."""
    s = w.seasons
    published = w.price("farmgate_price", "producer_seasons", "product", "region")
    two = s.info_source_n >= 2
    return {
        "two_sources": two,
        "price_right": (s.info_price_stated - published).abs() <= 0.1 * published,
        "value": mean_of(s.info_price_before_sale, s.info_quality_reqs, s.info_endmarket, two, s.ict_used),
    }


def outside_options(w: Wave) -> Columns:
    """Share of three signs of having a choice."""
    s = w.seasons
    switchable = (s.n_buyers_available >= 2) & s.could_switch
    negotiated = is_(s.price_setter, "negotiated", "own")
    return {
        "switchable": switchable,
        "negotiated": negotiated,
        "refused": s.refused_offer_12m,
        "value": mean_of(switchable, negotiated, s.refused_offer_12m),
    }


def payment_delay_cost(w: Wave) -> Columns:
    """Interest on what buyers owe until they pay."""
    s = w.sales
    asked_on = w.households.interview_date.take(w.household_of_sale).reset_index(drop=True)
    paid = is_(s.paid_status, "paid")
    waited = choose(paid, days(s.delivery_date, s.payment_date), days(s.delivery_date, asked_on))
    worth = s.qty_accepted * s.price
    found = w.over_sales(sold=worth, value_days=worth * waited)
    rate = w.price("loan_rate", "producer_seasons", "region", at="season_end")
    cost = found.value_days * rate / 100 / 365
    return {
        "sold": found.sold,
        "value_days": found.value_days,
        "cost_share": ratio(cost, found.sold),
        "value": cost,
    }


def price_received(w: Wave) -> Columns:
    """Receipts per kilogram sold."""
    s = w.sales
    found = w.over_sales(receipts=s.qty_accepted * (s.price + s.premium), qty_sold=s.qty_accepted)
    return {
        "receipts": found.receipts,
        "qty_sold": found.qty_sold,
        "value": ratio(found.receipts, found.qty_sold),
    }


def price_risk(w: Wave) -> Columns:
    """Coefficient of variation of prices within a season, weighted by quantity."""
    s = w.sales
    price = s.price + s.premium
    found = w.over_sales(qty=s.qty_accepted, worth=s.qty_accepted * price, square=s.qty_accepted * price**2)
    mean, square = ratio(found.worth, found.qty), ratio(found.square, found.qty)
    sold = holds(w.seasons.any_sales)
    return {
        "quantity": found.qty.where(sold),
        "mean_price": mean.where(sold),
        "mean_square": square.where(sold),
        "value": ratio(np.sqrt((square - mean**2).clip(lower=0)), mean).where(sold),
    }


def process_yield_unit_cost(w: Wave) -> Columns:
    """Kilograms per hectare, and real cost per kilogram."""
    s = w.seasons
    cost = total_cost(w) * 100 / price_index(w)
    return {
        "real_cost": cost,
        "unit_cost": ratio(cost, s.qty_harvest_kg),
        "loss_share": ratio(s.loss_kg, s.qty_harvest_kg),
        "value": ratio(s.qty_harvest_kg, s.area_ha),
    }


def producer_organisation_marketing(w: Wave) -> Columns:
    """Whether the producer is an active member of a group."""
    s, sales = w.seasons, w.sales
    found = w.over_sales(sold=sales.qty_accepted, group=choose(sales.group_sale, sales.qty_accepted, 0.0))
    return {
        "qty_sold": found.sold,
        "qty_sold_via_group": found.group,
        "collective_share": ratio(found.group, found.sold),
        "voice": s.grp_vote.where(holds(s.grp_member)),
        "bargaining_group": s.grp_member & s.grp_negotiates_price,
        "value": s.grp_member & s.grp_active,
    }


def producer_price_share(w: Wave) -> Columns:
    """What the producer received as a share of the export price."""
    s = w.sales
    fob, to_export, retail, to_retail = (
        w.price(name, "sales", "product", at="sale_date")
        for name in ("fob_price", "conversion_to_export", "retail_price", "conversion_to_retail")
    )
    found = w.over_sales(
        received=s.qty_accepted * (s.price + s.premium) - s.transport_paid,
        at_export=s.qty_accepted * fob / to_export,
        at_retail=s.qty_accepted * retail / to_retail,
        qty=s.qty_accepted,
    )
    return {
        "received": found.received,
        "at_export": found.at_export,
        "at_retail": found.at_retail,
        "farmgate_price_received": ratio(found.received, found.qty),
        "share_of_retail": ratio(found.received, found.at_retail),
        "value": ratio(found.received, found.at_export),
    }


def rejection_rate(w: Wave) -> Columns:
    """Share of what was offered that buyers rejected."""
    s = w.sales
    hit = s.qty_rejected > 0
    found = w.over_sales(
        rejected=s.qty_rejected,
        offered=s.qty_offered,
        accepted=s.qty_accepted,
        downgraded=s.downgraded_qty,
        rejections=hit,
        fair_rejections=hit & s.reject_reason_given & s.grading_witnessed,
    )
    return {
        **{str(name): column for name, column in found.items()},
        "downgrade_rate": ratio(found.downgraded, found.accepted),
        "transparent": ratio(found.fair_rejections, found.rejections),
        "value": ratio(found.rejected, found.offered),
    }


def relative_farmgate_price(w: Wave) -> Columns:
    """Price received over the reference price of the grade."""
    s = w.sales
    reference = w.price("reference_price", "sales", "product", "grade", at="sale_date")
    below = s.price < reference
    found = w.over_sales(
        received=s.qty_accepted * s.price, at_reference=s.qty_accepted * reference, below=below
    )
    rows = pd.Series(np.bincount(w.season_of_sale, minlength=len(w.seasons)))
    return {
        "received": found.received,
        "at_reference": found.at_reference,
        "share_below": ratio(found.below, rows),
        "value": ratio(found.received, found.at_reference),
    }
