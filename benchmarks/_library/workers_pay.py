"""Indicators of workers' pay by hand: one function each, named like the indicator."""

from __future__ import annotations

import pandas as pd

from benchmarks._library.labour import (
    age_band,
    counted,
    minimum_wage,
    paid,
    price_index,
)
from benchmarks._library.tools import (
    Columns,
    Wave,
    choose,
    holds,
    is_,
    log,
    ratio,
    smaller,
)


def real_hourly_wage(w: Wave) -> Columns:
    """Pay per hour at base prices."""
    k, employee = w.workers, paid(w)
    earnings = (k.pay_gross + k.bonus_regular + k.in_kind_value).where(holds(employee))
    hourly = ratio(earnings, k.pay_period_hours)
    found = {
        "earnings": earnings,
        "hourly": hourly,
        "age_band": age_band(w),
        "value": hourly * 100 / price_index(w),
    }
    return counted(found, employee)


ALIKE = [
    f"{schooling}, {age}, {time}"
    for schooling in ("basic", "secondary")
    for age in ("under 35", "35 and over")
    for time in ("full time", "part time")
]
"""Classes of workers who compare."""


def gender_wage_gap_raw(w: Wave) -> Columns:
    """Hourly wage that the raw gap compares."""
    k = w.workers
    full_time = k.hours_main_normal >= 35
    place = (k.educ_years >= 9) * 4.0 + (k.age >= 35) * 2.0 + ~full_time
    codes = place.fillna(-1.0).astype("int8")
    return {
        "full_time": full_time,
        "alike": pd.Series(pd.Categorical.from_codes(codes, ALIKE)),
        "age_band": age_band(w),
        "value": w.value("real_hourly_wage"),
    }


def gender_wage_gap_adjusted(w: Wave) -> Columns:
    """Logarithm of the hourly wage, with characteristics."""
    k = w.workers
    return {
        "age_squared": k.age**2,
        "tenure_years": k.tenure_m / 12,
        "regular": is_(k.contract_status, "permanent", "fixed_12plus", "apprentice"),
        "value": log(w.value("real_hourly_wage")),
    }


def living_wage_gap(w: Wave) -> Columns:
    """How far pay falls short of the living wage, as a share of it."""
    k, employee = w.workers, paid(w)
    living = w.price("living_wage_benchmark", "workers", "region", at="pay_date")
    overtime = choose(k.ot_hours_period > 0, k.ot_pay, 0.0)
    possible = k.bonus_assured.where(holds(k.bonus_assured <= k.bonus_regular))
    bonus = choose(k.bonus_regular > 0, possible, 0.0)
    assured = (k.pay_gross + bonus).where(holds(employee))
    gross = k.pay_gross + k.bonus_regular + overtime
    net = choose(k.payslip, gross - k.ded_statutory, k.cash_in_hand)
    net_assured = choose(gross > 0, ratio(net * assured, gross), net)
    months = ratio(k.hours_std_week.clip(upper=48) * 52 / 12, k.pay_period_hours)
    in_kind = smaller(k.in_kind_value * months, 0.3 * living)
    prevailing = net_assured * months + in_kind
    found = {
        "overtime": overtime,
        "bonus_counted": bonus,
        "assured_cash": assured,
        "gross_cash": gross,
        "net_cash": net,
        "net_assured_cash": net_assured,
        "full_months": months,
        "in_kind_counted": in_kind,
        "prevailing": prevailing,
        "reaches": prevailing >= 0.999999 * living,
        "missing_pay": (living - prevailing).clip(lower=0),
        "value": ((living - prevailing) / living).clip(0, 1),
    }
    return counted(found, employee)


def minimum_wage_violation(w: Wave) -> Columns:
    """Whether pay per hour is below the minimum wage."""
    k, minimum = w.workers, minimum_wage(w)
    cash = ratio(k.pay_gross, k.pay_period_hours).where(holds(k.minimum_wage_covered))
    hourly = choose((cash >= 0.999999 * minimum) & (cash < minimum), minimum, cash)
    shortfall = ((minimum - hourly) / minimum).clip(lower=0)
    found = {
        "cash_per_hour": cash,
        "hourly_pay": hourly,
        "shortfall": shortfall,
        "shortfall_squared": shortfall**2,
        "complies": hourly >= minimum,
        "beyond_tolerance": hourly < 0.975 * minimum,
        "value": hourly < minimum,
    }
    return counted(found, k.minimum_wage_covered)


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
    return counted(found, works)


def piece_rate_earnings(w: Wave) -> Columns:
    """Earnings per hour of piece workers at base prices."""
    k, cpi = w.workers, price_index(w)
    pieces = is_(k.pay_basis, "piece")
    earnings = (k.pieces_week * k.rate_per_piece).where(holds(pieces))
    hourly = ratio(earnings, k.piece_hours_week + k.helpers_unpaid_hours)
    found = {
        "earnings": earnings,
        "hourly": hourly,
        "hourly_without_helpers": ratio(earnings, k.piece_hours_week),
        "real_rate": k.rate_per_piece * 100 / cpi,
        "below_minimum": (hourly < minimum_wage(w)).where(holds(k.minimum_wage_covered)),
        "guaranteed": k.guaranteed_minimum,
        "value": hourly * 100 / cpi,
    }
    return counted(found, pieces)


def take_home_pay(w: Wave) -> Columns:
    """Monthly pay in hand at base prices."""
    k, employee = w.workers, paid(w)
    overtime = choose(k.ot_hours_period > 0, k.ot_pay, 0.0)
    standard = (k.pay_gross + k.bonus_regular).where(holds(employee))
    gross = standard + overtime
    in_hand = choose(k.payslip, gross - k.ded_statutory - k.ded_other, k.cash_in_hand).where(holds(employee))
    weekly = k.hours_main_normal.where(holds(k.hours_main_normal > 0))
    periods = ratio(weekly * 52 / 12, k.pay_period_hours)
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
        "age_band": age_band(w),
        "value": take_home * 100 / price_index(w),
    }
    return counted(found, employee)


def wage_payment_regularity(w: Wave) -> Columns:
    """Paid on time, in full and with a record."""
    k = w.workers
    found = {
        "on_time": k.pay_delay_days <= 3,
        "in_full": (k.pay_short_amount == 0) & (k.ded_other_unagreed == 0),
        "documented": k.payslip,
    }
    return counted(found | {"value": found["on_time"] & found["in_full"] & k.payslip}, paid(w))
