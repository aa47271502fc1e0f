"""Indicators of workers that stand on others by hand: one function each, named like the indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks._library.directions import pillar, score, status
from benchmarks._library.labour import (
    discrimination,
    harassment,
    minimum_wage,
)
from benchmarks._library.tools import (
    Columns,
    Wave,
    choose,
    holds,
    is_,
    log,
    number_of,
    ratio,
    rounded,
)


def decent_work_deficit_index(w: Wave) -> Columns:
    """Share of twelve deprivations, of workers with four or more."""
    k = w.workers
    unpaid = is_(k.contract_status, "unpaid_family")
    value = w.value
    standards = {
        "low_pay": unpaid | (ratio(k.pay_gross, k.pay_period_hours) < minimum_wage(w)),
        "irregular_pay": unpaid | (value("wage_payment_regularity") < 1),
        "long_hours": value("excessive_hours") > 0,
        "no_contract": value("written_contract") < 1,
        "unprotected": value("social_protection_coverage") < 1,
        "unsafe": (k.inj_12m > 0) | is_(k.ppe, "not_provided"),
    }
    rights = {
        "no_association": value("freedom_of_association") < 1,
        "no_representation": unpaid | ~(k.cba_covered | k.foa_rep_elected),
        "discrimination": discrimination(w)[1],
        "harassment": harassment(w)[1],
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
    change = {"d_wage": rounded(log(ratio(w.value("real_hourly_wage"), w.value_before("real_hourly_wage"))))}
    for name, (indicator, way) in (STANDARDS | RIGHTS).items():
        change[name] = rounded((w.value(indicator) - w.value_before(indicator)) * way)
    limited = {name: (column, 0.05, -0.05) for name, column in change.items()}
    right = {name: limited.pop(name) for name in RIGHTS}
    standards, s = pillar(limited, "ms", 3)
    rights, r = pillar(right, "er", 3)
    standards_score, rights_score = score(s, "ms", 3), score(r, "er", 3)
    irregular = w.value_before("irregular_employment")
    group = pd.Series(np.where(holds(irregular > 0), "irregular", "regular"), dtype=object)
    return {
        **change,
        **s,
        **r,
        "measurable_standards": standards,
        "enabling_rights": rights,
        **status(standards, rights),
        "standards_score": standards_score,
        "rights_score": rights_score,
        "rights_lead": rights_score - standards_score,
        "group_0": group.mask(irregular.isna()),
    }
