"""The pay gap between people who compare: within cells such as education by age by sector.

The ILO's Global Wage Report 2018/19 proposes it as a complement to the raw gap. Only summaries of that report
were seen: the formula is from memory, and no published number is reproduced. Its cells come from education,
age, working time and the public or private sector.
"""

from __future__ import annotations

from mande.errors import Text
from mande.measure.linear import Linear, added, dummy, influences, lacking, mean_of, numbers
from mande.measure.sample import Answer, Floats, Sample
from mande.measure.statistics.gender_gap import gap_of_means

FORMULA = "sum over cells with both groups of share of units x 100 (m_high - m_low)/m_high / sum of shares"
SOURCE = "ILO 2018, Global Wage Report 2018/19: factor-weighted gender pay gap (formula from memory)"
ROLES = {"value": "number", "group": "text", "cell": "text"}
OPTIONS = {"high": "M", "low": "F"}
LABEL = Text(
    "Gap of {low} to {high} within cells, {value}",
    "Écart de {low} à {high} à caractéristiques égales, {value}",
    "Brecha de {low} respecto a {high} con iguales características, {value}",
)
UNIT = "percent"
DIRECTION = "closer_to_zero_is_better"
IS_SEVERAL = True
SMALLEST_CELL = 30
COMPARES = ("group", "high", "low")


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return the mean gap within cells, in percent, each cell weighted by its units of both groups.

    Cells with one group only have no gap and stay out; `comparable_share` says how many remain.

    Returns
    -------
    `gap`, in percent of the `high` group's mean; `comparable_share`, the share of units in cells with
    both groups.

    Examples
    --------
    >>> import numpy as np
    >>> columns = {
    ...     "value": np.array([10.0, 9.0, 20.0, 15.0, 99.0]),
    ...     "group": np.array(["M", "F", "M", "F", "M"], dtype=object),
    ...     "cell": np.array(["farm", "farm", "mill", "mill", "office"], dtype=object),
    ... }
    >>> compute(Sample(columns, np.ones(5), OPTIONS))
    {'gap': 17.5, 'comparable_share': 0.8}
    """
    found = _within(sample)
    return found if isinstance(found, str) else numbers(found)


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variables; shares and means of cells are ratios."""
    found = _within(sample)
    return {} if isinstance(found, str) else influences(found)


def _within(sample: Sample) -> dict[str, Linear] | str:
    names = str(sample.options["high"]), str(sample.options["low"])
    if why := lacking(sample["group"], *names):
        return why
    high, low = (sample["group"] == name for name in names)
    cells = sorted(set(sample["cell"][high]) & set(sample["cell"][low]))
    if not cells:
        return "no cell has both groups"
    gaps, shares = [], []
    for cell in cells:
        here = sample["cell"] == cell
        gap = gap_of_means(sample, high & here, low & here)
        if isinstance(gap, str):
            return f"cell {cell}: {gap}"
        share = mean_of(dummy(here), sample.weights, high | low)
        gaps.append(gap * share)
        shares.append(share)
    comparable = added(shares)
    return {"gap": added(gaps) / comparable, "comparable_share": comparable}
