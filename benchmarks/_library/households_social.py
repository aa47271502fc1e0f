"""Indicators of households' social upgrading by hand: one function each, named like the indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks._library.directions import pillar, score, status
from benchmarks._library.farming import price_index, revenue, total_cost
from benchmarks._library.tools import (
    Columns,
    Wave,
    any_of,
    choose,
    holds,
    is_,
    log,
    number_of,
    ratio,
    rounded,
)


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


def household_net_farm_income(w: Wave) -> Columns:
    """Real revenue less cost of all seasons."""
    real = (revenue(w)[1] - total_cost(w)) * 100 / price_index(w)
    return {"value": w.over_seasons(real=real)["real"]}


def household_group_membership(w: Wave) -> Columns:
    """Whether a manager of a plot is an active member of a group."""
    return {"value": w.any_season(w.seasons.grp_member & w.seasons.grp_active)}


def household_group_voice(w: Wave) -> Columns:
    """Whether a manager of a plot votes in a group."""
    return {"value": w.any_season(w.seasons.grp_member & w.seasons.grp_vote)}


def household_social_protection(w: Wave) -> Columns:
    """Share of the grown members in a scheme of social protection."""
    p, transfer = w.persons, w.households.src_any_public_transfer
    schemes = [p.sp_pension, p.sp_health, p.sp_injury, p.sp_maternity, p.sp_unemployment]
    covered = any_of([*schemes, transfer.take(w.household_of_person).reset_index(drop=True)])
    grown = p.age >= 15
    found = w.over_persons(grown=grown, covered=grown & covered)
    return {"grown": found.grown, "covered": found.covered, "value": ratio(found.covered, found.grown)}


ACTIVITIES = ("food_crops", "cash_crops", "livestock", "fish", "nonfarm", "wage_work")


def household_women_income_control(w: Wave) -> Columns:
    """Input of women in decisions on income, as a share of full input."""
    r = w.respondents
    woman = is_(r.sex, "F")
    earns = {name: r[f"earns_{name}"] for name in ACTIVITIES}
    inputs = [choose(earns[name], r[f"income_input_{name}"], 0.0) for name in ACTIVITIES]
    found = w.over_respondents(
        activities=choose(woman, number_of(*earns.values()), 0.0),
        input=choose(woman, number_of(*inputs), 0.0),
    )
    most = 3 * found.activities
    return {"most": most, "value": ratio(found.input, most)}


def spouses_agree_on_income(w: Wave) -> Columns:
    """Whether the woman and the man of a household say the same of who decides."""
    r = w.respondents
    woman, man = is_(r.sex, "F"), is_(r.sex, "M")
    alone, together = is_(r.income_decider, "self"), is_(r.income_decider, "joint")
    said = {
        "women": woman,
        "men": man,
        "she_alone": woman & alone,
        "she_with_others": woman & together,
        "he_alone": man & alone,
        "he_with_others": man & together,
    }
    found = w.over_respondents(**{name: answer.astype("Float64") for name, answer in said.items()}) == 1
    she, he = found.she_with_others, found.he_with_others
    agreed = (she & he) | (~she & ~he & ~(found.she_alone & found.he_alone))
    columns = {
        **{name: found[name] for name in list(said)[2:]},
        "both_say_together": she & he,
        "only_she_reports_her_say": (found.she_alone | she) & found.he_alone,
        "only_he_reports_his_say": (found.he_alone | he) & found.she_alone,
        "value": agreed,
    }
    couples = holds(found.women & found.men)
    return {name: column.where(couples) for name, column in columns.items()}


UP, DOWN = (round(float(np.exp(change)), 9) for change in (0.05, -0.05))
"""Ratios from which a value has risen, and to which it has fallen, by 0.05 log points."""


def producer_social_upgrading(w: Wave) -> Columns:
    """Whether standards and rights of the household moved up since the baseline."""
    ratios = {"r_income": "income_per_adult_equivalent", "r_farm": "household_net_farm_income"}
    differences = {
        "d_protected": "household_social_protection",
        "d_member": "household_group_membership",
        "d_votes": "household_group_voice",
        "d_control": "household_women_income_control",
    }
    found = {name: _grown(w, indicator) for name, indicator in ratios.items()}
    for name, indicator in differences.items():
        found[name] = rounded(w.value(indicator) - w.value_before(indicator))
    limits = {name: (column, UP, DOWN) for name, column in found.items() if name in ratios}
    limits["d_protected"] = (found["d_protected"], 0.05, -0.05)
    standards, s = pillar(limits, "ms", 2)
    own = {name: (found[name], 0.05, -0.05) for name in ("d_member", "d_votes", "d_control")}
    rights, r = pillar(own, "er", 2)
    return {
        **found,
        **s,
        **r,
        "measurable_standards": standards,
        "enabling_rights": rights,
        **status(standards, rights),
        "standards_score": score(s, "ms", 2),
        "rights_score": score(r, "er", 2),
    }


def _grown(w: Wave, indicator: str) -> pd.Series:
    """Return how many times its value at the baseline an indicator is, where that was above 0."""
    start = w.value_before(indicator)
    return rounded(w.value(indicator) / start.where(holds(start > 0)))


def immiserising_growth_producers(w: Wave) -> Columns:
    """Whether the household sells or works more and earns less than at the baseline."""
    names = {
        "d_volume": "producer_quantity_sold",
        "d_work": "producer_labour_days",
        "d_income": "income_per_adult_equivalent",
        "d_unit_value": "relative_unit_value",
    }
    ratios = {name: ratio(w.value(other), w.value_before(other)) for name, other in names.items()}
    change = {name: rounded(log(growth)) for name, growth in ratios.items()}
    income = _grown(w, "income_per_adult_equivalent")
    change["d_income"] = change["d_income"].where(income.notna())
    volume, work = rounded(ratios["d_volume"]), rounded(ratios["d_work"])
    poorer, known = income < DOWN, volume.notna() & work.notna()
    more = (((volume >= 1) & (work >= 1)) & ((volume > UP) | (work > UP))).where(known)
    signs = (change["d_volume"] > 0.05, change["d_unit_value"] < -0.05, change["d_income"].abs() <= 0.05)
    return {
        **change,
        "income_ratio": income,
        "poorer": poorer,
        "volume_ratio": volume,
        "work_ratio": work,
        "active_more": more,
        "running_to_stand_still": number_of(*signs) == 3,
        "value": number_of(more, poorer) == 2,
    }
