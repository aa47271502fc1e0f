"""What several indicators of workers stand on: who counts, prices of their pay, age bands, bad treatment."""

from __future__ import annotations

import pandas as pd

from benchmarks._library.tools import Columns, Wave, any_of, holds, is_


def counted(found: Columns, counts: pd.Series) -> Columns:
    """Return columns with the units left out that do not count."""
    return {name: column.where(holds(counts)) for name, column in found.items()}


def paid(w: Wave) -> pd.Series:
    """Return which workers are paid: all but unpaid family workers."""
    return ~is_(w.workers.contract_status, "unpaid_family")


def price_index(w: Wave) -> pd.Series:
    """Return the index of consumer prices on the day of pay."""
    return w.price("consumer_price_index", "workers", "region", at="pay_date")


def minimum_wage(w: Wave) -> pd.Series:
    """Return the minimum wage on the day of pay."""
    return w.price("minimum_wage", "workers", "sector", "region", at="pay_date")


def age_band(w: Wave) -> pd.Series:
    """Return the class of a worker's age."""
    found: pd.Series = w.keep("age band", lambda: _age_band(w.workers.age))
    return found


def _age_band(age: pd.Series) -> pd.Series:
    bands, words = [-float("inf"), 15, 25, 55, float("inf")], ["under 15", "15-24", "25-54", "55+"]
    return pd.cut(age.astype("float64"), bands, right=False, labels=words)


def discrimination(w: Wave) -> tuple[pd.Series, pd.Series]:
    """Return who was refused something for a reason, and who was discriminated against in any way."""
    found: tuple[pd.Series, pd.Series] = w.keep("discrimination", lambda: _discrimination(w))
    return found


def _discrimination(w: Wave) -> tuple[pd.Series, pd.Series]:
    ticks = w.ticks("workers", "disc_any")
    refused = any_of(ticks[code] for code in ticks if code != "none")
    return refused, refused | (is_(w.workers.sex, "F") & w.workers.preg_test)


def harassment(w: Wave) -> tuple[pd.Series, pd.Series]:
    """Return who was harassed sexually, and who in any way."""
    found: tuple[pd.Series, pd.Series] = w.keep("harassment", lambda: _harassment(w))
    return found


def _harassment(w: Wave) -> tuple[pd.Series, pd.Series]:
    ticks = w.ticks("workers", "harass_any")
    sexual = any_of(ticks[code] for code in ("sexual_words", "sexual_touch", "sexual_favour"))
    return sexual, any_of([sexual, *(ticks[code] for code in ("insulted", "threatened", "hit"))])
