"""Indicators of workers' conditions and rights by hand: one function each, named like the indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks._library.labour import (
    age_band,
    counted,
    discrimination,
    harassment,
    paid,
)
from benchmarks._library.tools import (
    Columns,
    Wave,
    any_of,
    choose,
    holds,
    is_,
    log,
    mean_of,
    mean_of_known,
    number_of,
    ratio,
)


def excessive_hours(w: Wave) -> Columns:
    """More than 48 hours a week."""
    k = w.workers
    return {
        "over_60": k.hours_all > 60,
        "no_rest": k.rest_days_week < 1,
        "age_band": age_band(w),
        "value": k.hours_all > 48,
    }


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
    refused, discriminated = discrimination(w)
    sexual, harassed = harassment(w)
    return {
        "refused_for_reason": refused,
        "discriminated": discriminated,
        "sexually_harassed": sexual,
        "harassed": harassed,
        "age_band": age_band(w),
        "value": discriminated | harassed,
    }


def occupational_segregation(w: Wave) -> Columns:
    """Irregular work, by occupation and sex."""
    k = w.workers
    irregular = w.value("irregular_employment") > 0
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
        "age_band": age_band(w),
        "value": irregular,
    }
    return counted(found, employed)


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
    effective = choose(k.contract_written, holds(k.contract_copy & k.contract_language_ok), False)
    return {"effective": effective, "value": k.contract_written}


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
        "age_band": age_band(w),
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
    k, employee = w.workers, paid(w)
    entitled = holds(employee & ~k.excluded_from_right)
    found = {
        "is_employee": employee,
        "covered_of_entitled": k.cba_covered.where(entitled),
        "value": k.cba_covered,
    }
    return counted(found, employee)


def trade_union_density(w: Wave) -> Columns:
    """Member of a union, of employees."""
    k, employee = w.workers, paid(w)
    found = {
        "is_employee": employee,
        "in_independent_union": k.union_member & k.union_independent,
        "value": k.union_member,
    }
    return counted(found, employee)


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
