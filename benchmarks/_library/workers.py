"""Indicators of workers by hand: one function each, named like the indicator."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmarks._library.tools import (
    Columns,
    Wave,
    choose,
    holds,
    is_,
    log,
    mean_of,
    mean_of_known,
    number_of,
    ratio,
    smaller,
)


def any_of(conditions: Iterable[pd.Series]) -> pd.Series:
    """Return whether one of several conditions holds, three-valued."""
    return functools.reduce(operator.or_, conditions)


def _counted(found: Columns, counts: pd.Series) -> Columns:
    return {name: column.where(holds(counts)) for name, column in found.items()}


def _paid(w: Wave) -> pd.Series:
    return ~is_(w.workers.contract_status, "unpaid_family")


def _index(w: Wave) -> pd.Series:
    return w.price("consumer_price_index", "workers", "region", at="pay_date")


def _minimum(w: Wave) -> pd.Series:
    return w.price("minimum_wage", "workers", "sector", "region", at="pay_date")


# -- pay ------------------------------------------------------------------------------------------


def real_hourly_wage(w: Wave) -> Columns:
    """Pay per hour at base prices."""
    k, paid = w.workers, _paid(w)
    earnings = (k.pay_gross + k.bonus_regular + k.in_kind_value).where(holds(paid))
    hourly = ratio(earnings, k.pay_period_hours)
    return _counted({"earnings": earnings, "hourly": hourly, "value": hourly * 100 / _index(w)}, paid)


def gender_wage_gap_raw(w: Wave) -> Columns:
    """Hourly wage that the raw gap compares."""
    return {"value": w.value("real_hourly_wage")}


def gender_wage_gap_adjusted(w: Wave) -> Columns:
    """Logarithm of the hourly wage, with characteristics."""
    k = w.workers
    return {
        "age_squared": k.age**2,
        "tenure_years": k.tenure_m / 12,
        "regular": is_(k.contract_status, "permanent", "fixed_12plus"),
        "value": log(w.value("real_hourly_wage")),
    }


def living_wage_gap(w: Wave) -> Columns:
    """How far pay falls short of the living wage, as a share of it."""
    k, paid = w.workers, _paid(w)
    living = w.price("living_wage_benchmark", "workers", "region", at="pay_date")
    overtime = choose(k.ot_hours_period > 0, k.ot_pay, 0.0)
    assured = (k.pay_gross + choose(k.bonus_regular > 0, k.bonus_assured, 0.0)).where(holds(paid))
    gross = k.pay_gross + k.bonus_regular + overtime
    net = choose(k.payslip, gross - k.ded_statutory, k.cash_in_hand)
    net_assured = ratio(net * assured, gross)
    months = ratio(k.hours_std_week.clip(upper=48) * 52 / 12, k.pay_period_hours)
    in_kind = smaller(k.in_kind_value * months, 0.3 * living)
    prevailing = net_assured * months + in_kind
    found = {
        "overtime": overtime,
        "assured_cash": assured,
        "gross_cash": gross,
        "net_cash": net,
        "net_assured_cash": net_assured,
        "full_months": months,
        "in_kind_counted": in_kind,
        "prevailing": prevailing,
        "reaches": prevailing >= living,
        "missing_pay": (living - prevailing).clip(lower=0),
        "value": ((living - prevailing) / living).clip(0, 1),
    }
    return _counted(found, paid)


def minimum_wage_violation(w: Wave) -> Columns:
    """Whether pay per hour is below the minimum wage."""
    k, minimum = w.workers, _minimum(w)
    hourly = ratio(k.pay_gross, k.pay_period_hours).where(holds(k.minimum_wage_covered))
    shortfall = ((minimum - hourly) / minimum).clip(lower=0)
    found = {
        "hourly_pay": hourly,
        "shortfall": shortfall,
        "shortfall_squared": shortfall**2,
        "complies": hourly >= minimum,
        "beyond_tolerance": hourly < 0.975 * minimum,
        "value": hourly < minimum,
    }
    return _counted(found, k.minimum_wage_covered)


def overtime_premium_compliance(w: Wave) -> Columns:
    """Whether overtime is paid at the legal multiple."""
    k = w.workers
    legal = w.price("overtime_multiple", "workers", "country", at="pay_date")
    works = k.ot_hours_period > 0
    base, hours = ratio(k.pay_gross, k.pay_period_hours), k.ot_hours_period.where(holds(works))
    multiple = ratio(ratio(k.ot_pay, hours), base)
    complies = multiple >= legal - 0.01
    found = {
        "base_rate": base,
        "overtime_hours": hours,
        "multiple": multiple,
        "complies": complies,
        "owed": choose(complies, 0.0, hours * (legal - multiple) * base),
        "voluntary": k.ot_voluntary,
        "value": complies,
    }
    return _counted(found, works)


def piece_rate_earnings(w: Wave) -> Columns:
    """Earnings per hour of piece workers at base prices."""
    k, cpi = w.workers, _index(w)
    pieces = is_(k.pay_basis, "piece")
    earnings = (k.pieces_week * k.rate_per_piece).where(holds(pieces))
    hourly = ratio(earnings, k.piece_hours_week + k.helpers_unpaid_hours)
    found = {
        "earnings": earnings,
        "hourly": hourly,
        "hourly_without_helpers": ratio(earnings, k.piece_hours_week),
        "real_rate": k.rate_per_piece * 100 / cpi,
        "below_minimum": (hourly < _minimum(w)).where(holds(k.minimum_wage_covered)),
        "guaranteed": k.guaranteed_minimum,
        "value": hourly * 100 / cpi,
    }
    return _counted(found, pieces)


def take_home_pay(w: Wave) -> Columns:
    """Monthly pay in hand at base prices."""
    k, paid = w.workers, _paid(w)
    overtime = choose(k.ot_hours_period > 0, k.ot_pay, 0.0)
    standard = (k.pay_gross + k.bonus_regular).where(holds(paid))
    gross = standard + overtime
    in_hand = choose(k.payslip, gross - k.ded_statutory - k.ded_other, k.cash_in_hand).where(holds(paid))
    periods = ratio(k.hours_main_normal * 52 / 12, k.pay_period_hours)
    take_home = in_hand * periods
    found = {
        "overtime": overtime,
        "standard_cash": standard,
        "gross_cash": gross,
        "in_hand": in_hand,
        "periods_per_month": periods,
        "take_home": take_home,
        "standard_take_home": ratio(take_home * standard, gross),
        "deduction_share": ratio(k.ded_other, gross).where(holds(k.payslip)),
        "value": take_home * 100 / _index(w),
    }
    return _counted(found, paid)


def wage_payment_regularity(w: Wave) -> Columns:
    """Paid on time, in full and with a record."""
    k = w.workers
    found = {
        "on_time": k.pay_delay_days <= 3,
        "in_full": (k.pay_short_amount == 0) & (k.ded_other_unagreed == 0),
        "documented": k.payslip,
    }
    return _counted(found | {"value": found["on_time"] & found["in_full"] & k.payslip}, _paid(w))


# -- conditions -----------------------------------------------------------------------------------


def excessive_hours(w: Wave) -> Columns:
    """More than 48 hours a week."""
    k = w.workers
    return {"over_60": k.hours_all > 60, "no_rest": k.rest_days_week < 1, "value": k.hours_all > 48}


def forced_labour_indicators(w: Wave) -> Columns:
    """A sign of work against one's will together with one of menace."""
    k = w.workers
    sign = {number: k[f"fl_{number}"] for number in range(1, 12)}
    involuntary = any_of([sign[2], sign[10], sign[11], ~k.free_to_leave])
    menace = any_of(sign[number] for number in (1, 3, 4, 5, 6, 7, 8, 9))
    count = number_of(*sign.values())
    words = pd.cut(
        count.astype("float64"), [-1, 0, 1, 3, 11], labels=["none", "one", "two or three", "four or more"]
    )
    return {
        "involuntary": involuntary,
        "menace": menace,
        "signs_n": count,
        "signs_class": words,
        "value": involuntary & menace,
    }


def _discrimination(w: Wave) -> tuple[pd.Series, pd.Series]:
    k = w.workers
    ticks = w.ticks("workers", "disc_any")
    refused = any_of(ticks[code] for code in ticks if code != "none")
    return refused, refused | (is_(k.sex, "F") & k.preg_test)


def _harassment(w: Wave) -> tuple[pd.Series, pd.Series]:
    ticks = w.ticks("workers", "harass_any")
    sexual = any_of(ticks[code] for code in ("sexual_words", "sexual_touch", "sexual_favour"))
    return sexual, any_of([sexual, *(ticks[code] for code in ("insulted", "threatened", "hit"))])


def non_discrimination_harassment(w: Wave) -> Columns:
    """Discriminated against or harassed."""
    refused, discriminated = w.keep("discrimination", lambda: _discrimination(w))
    sexual, harassed = w.keep("harassment", lambda: _harassment(w))
    return {
        "refused_for_reason": refused,
        "discriminated": discriminated,
        "sexually_harassed": sexual,
        "harassed": harassed,
        "value": discriminated | harassed,
    }


def occupational_segregation(w: Wave) -> Columns:
    """Irregular work, by occupation and sex."""
    k = w.workers
    irregular = is_(k.contract_status, "seasonal", "casual_day", "agency", "home_piece", "unpaid_family")
    woman, unpaid = is_(k.sex, "F"), is_(k.contract_status, "unpaid_family")
    known = irregular.notna()
    return {
        "irregular": irregular,
        "workers_counted": pd.Series(1.0, k.index, "Float64").where(known & k.sex.notna()),
        "workers_women": woman.where(known),
        "irregular_women": irregular & woman,
        "unpaid_family": unpaid,
        "unpaid_family_women": unpaid & woman,
        "value": irregular,
    }


def irregular_employment(w: Wave) -> Columns:
    """Irregular contract, of the employed."""
    k = w.workers
    irregular = is_(
        k.contract_status, "fixed_lt12", "seasonal", "casual_day", "agency", "home_piece", "unpaid_family"
    )
    employed = ~is_(k.contract_status, "home_piece") | k.sole_buyer
    hours = k.hours_all.where(holds(employed))
    words = pd.Series(np.where(holds(irregular), "irregular", "regular"), dtype=object)
    found = {
        "irregular": irregular,
        "employed": employed,
        "hours_employed": hours,
        "hours_irregular": choose(irregular, hours, 0 * hours),
        "status_group": words.mask(irregular.isna()),
        "value": irregular,
    }
    return _counted(found, employed)


def social_protection_coverage(w: Wave) -> Columns:
    """Covered by any scheme of social protection."""
    k = w.workers
    schemes = [k.sp_pension, k.sp_health, k.sp_injury, k.sp_maternity, k.sp_unemployment]
    return {
        "adequate": k.sp_health & k.sp_injury & k.sp_pension & (~is_(k.sex, "F") | k.sp_maternity),
        "protections_n": number_of(*schemes, k.paid_sick, k.paid_annual),
        "value": any_of([*schemes, k.public_scheme_hh]),
    }


def work_intensity(w: Wave) -> Columns:
    """Share of three signs of intense work."""
    k = w.workers
    faster = is_(k.pace_change, "faster") & ~k.pace_pay_or_staff & ~k.pace_by_machine
    return {
        "intensified": faster,
        "norm_change": log(ratio(k.target_pieces_hour, w.earlier.workers.target_pieces_hour)),
        "value": mean_of(faster, k.target_unachievable, k.breaks_denied),
    }


def worker_injury(w: Wave) -> Columns:
    """Injured in the year."""
    k = w.workers
    injured = k.inj_12m > 0
    return {
        "days_lost_year": choose(injured, k.inj_days_lost, 0.0),
        "unsafe": injured | is_(k.ppe, "not_provided"),
        "value": injured,
    }


def written_contract(w: Wave) -> Columns:
    """Has a written contract."""
    k = w.workers
    effective = k.contract_written & k.contract_copy & k.contract_language_ok
    return {"effective": holds(effective), "value": k.contract_written}


def training_skill_reward(w: Wave) -> Columns:
    """Trained and rewarded."""
    k = w.workers
    up = is_(k.pay_change_after, "higher") | k.promo_12m
    trained = k.train_days_12m >= 1
    return {
        "moved_up": up,
        "trained": trained,
        "days": k.train_days_12m,
        "rewarded_if_trained": up.where(holds(trained)),
        "value": trained & up,
    }


# -- rights ---------------------------------------------------------------------------------------


def freedom_of_association(w: Wave) -> Columns:
    """Free to join, without punishment; the score takes the answers that are there."""
    k = w.workers
    organised = k.foa_org_present | k.foa_rep_elected
    return {
        "organised": organised,
        "not_punished": ~k.foa_retaliation,
        "score": mean_of_known(k.foa_can_join, ~k.foa_retaliation, organised, k.foa_meet_on_site),
        "organised_here": organised,
        "elected_body_only": k.foa_rep_elected & ~k.foa_org_present,
        "value": k.foa_can_join & ~k.foa_retaliation,
    }


def collective_bargaining_coverage(w: Wave) -> Columns:
    """Covered by a collective agreement, of employees."""
    k, employee = w.workers, _paid(w)
    entitled = holds(employee & ~k.excluded_from_right)
    found = {
        "is_employee": employee,
        "covered_of_entitled": k.cba_covered.where(entitled),
        "value": k.cba_covered,
    }
    return _counted(found, employee)


def trade_union_density(w: Wave) -> Columns:
    """Member of a union, of employees."""
    k, employee = w.workers, _paid(w)
    found = {
        "is_employee": employee,
        "in_independent_union": k.union_member & k.union_independent,
        "value": k.union_member,
    }
    return _counted(found, employee)


def worker_voice_grievance(w: Wave) -> Columns:
    """Share of three signs of voice."""
    k = w.workers
    safe = k.griev_channel_known & k.griev_safe
    trusts = k.foa_rep_elected & (k.rep_trust >= 3)
    complained = k.griev_channel_known & k.griev_used
    settled = k.griev_resolved.where(holds(complained))
    return {
        "channel_safe": safe,
        "trusts": trusts,
        "complained": complained,
        "settled": settled,
        "days_to_settle": k.griev_resolved_days.where(holds(settled)),
        "value": mean_of(safe, k.consult_last_year, trusts),
    }


# -- what stands on others ------------------------------------------------------------------------


def decent_work_deficit_index(w: Wave) -> Columns:
    """Share of twelve deprivations, of workers with four or more."""
    k = w.workers
    unpaid = is_(k.contract_status, "unpaid_family")
    value = w.value
    standards = {
        "low_pay": unpaid | (ratio(k.pay_gross, k.pay_period_hours) < _minimum(w)),
        "irregular_pay": unpaid | (value("wage_payment_regularity") < 1),
        "long_hours": value("excessive_hours") > 0,
        "no_contract": value("written_contract") < 1,
        "unprotected": value("social_protection_coverage") < 1,
        "unsafe": (k.inj_12m > 0) | is_(k.ppe, "not_provided"),
    }
    rights = {
        "no_association": value("freedom_of_association") < 1,
        "no_representation": unpaid | ~(k.cba_covered | k.foa_rep_elected),
        "discrimination": w.keep("discrimination", lambda: _discrimination(w))[1],
        "harassment": w.keep("harassment", lambda: _harassment(w))[1],
        "no_grievance": ~(k.griev_channel_known & k.griev_safe),
        "not_free": ~k.free_to_leave,
    }
    standards_n, rights_n = number_of(*standards.values()), number_of(*rights.values())
    count = standards_n + rights_n
    return {
        "unpaid": unpaid,
        **standards,
        **rights,
        "standards_n": standards_n,
        "rights_n": rights_n,
        "deprivations_n": count,
        "deprivation_score": count / 12,
        "deprived": count >= 4,
        "standards_deficit": choose(standards_n >= 2, standards_n / 6, 0.0),
        "rights_deficit": choose(rights_n >= 2, rights_n / 6, 0.0),
        "red_line": (value("forced_labour_indicators") > 0) | (k.age < 15),
        "value": choose(count >= 4, count / 12, 0.0),
    }


STANDARDS = {
    "d_paid": ("wage_payment_regularity", 1),
    "d_hours": ("excessive_hours", -1),
    "d_contract": ("written_contract", 1),
    "d_protected": ("social_protection_coverage", 1),
    "d_safe": ("worker_injury", -1),
}
RIGHTS = {
    "d_free": ("freedom_of_association", 1),
    "d_unharmed": ("non_discrimination_harassment", -1),
    "d_voice": ("worker_voice_grievance", 1),
    "d_bargained": ("collective_bargaining_coverage", 1),
    "d_unionised": ("trade_union_density", 1),
}


def social_upgrading_status(w: Wave) -> Columns:
    """Whether standards and rights moved up since the baseline; counts take what is known."""
    wage = log(ratio(w.value("real_hourly_wage"), w.value_before("real_hourly_wage")))
    change = {
        name: (w.value(indicator) - w.value_before(indicator)) * way
        for name, (indicator, way) in (STANDARDS | RIGHTS).items()
    }
    standards, s = _direction([wage, *(change[name] for name in STANDARDS)], "ms")
    rights, r = _direction([change[name] for name in RIGHTS], "er")
    rises, falls = (
        (is_(standards, way, "stable") & is_(rights, way, "stable")).astype("boolean")
        for way in ("up", "down")
    )
    status = np.select(
        [rises.isna() | falls.isna(), holds(rises & falls), holds(rises), holds(falls)],
        [None, "stable", "up", "down"],
        default="mixed",
    )
    irregular = w.value_before("irregular_employment")
    group = pd.Series(np.where(holds(irregular > 0), "irregular", "regular"), dtype=object)
    result = pd.Series(status, dtype=object)
    return {
        "d_wage": wage,
        **change,
        **s,
        **r,
        "measurable_standards": standards,
        "enabling_rights": rights,
        "no_fall": rises,
        "no_rise": falls,
        "status": result,
        "standards_score": (s["ms_plus"] - s["ms_minus"]) / s["ms_known"].where(s["ms_known"] >= 3),
        "rights_score": (r["er_plus"] - r["er_minus"]) / r["er_known"].where(r["er_known"] >= 3),
        "rights_lead": (r["er_plus"] - r["er_minus"]) / r["er_known"].where(r["er_known"] >= 3)
        - (s["ms_plus"] - s["ms_minus"]) / s["ms_known"].where(s["ms_known"] >= 3),
        "group_0": group.mask(irregular.isna()),
        "value": is_(result, "up"),
    }


def _direction(changes: list[pd.Series], start: str) -> tuple[pd.Series, Columns]:
    """Return the direction of several changes, and how many are up, down and known."""
    known = number_of(*(change.notna() for change in changes))
    there = known > 0
    up = number_of(*(holds(change >= 0.05) for change in changes)).where(there)
    down = number_of(*(holds(change <= -0.05) for change in changes)).where(there)
    rose, fell = holds(up > 0), holds(down > 0)
    words = np.select([rose & fell, rose, fell], ["mixed", "up", "down"], default="stable")
    direction = pd.Series(words, dtype=object).where(known >= 3)
    return direction, {f"{start}_plus": up, f"{start}_minus": down, f"{start}_known": known}
