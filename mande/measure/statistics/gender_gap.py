"""How much less one group has than another, in percent: the pay gap of means and of medians."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.linear import (
    Linear,
    added,
    dummy,
    influences,
    is_positive,
    lacking,
    mean_of,
    median_of,
    numbers,
    total,
)
from mande.measure.sample import Answer, Floats, Sample

FORMULA = (
    "mean_gap = 100 (m_high - m_low)/m_high; median_gap the same of medians; "
    "factor_weighted_gap = sum over cells of share of units x mean gap in the cell"
)
SOURCE = (
    "SDG 8.5.1 metadata; Eurostat, unadjusted gender pay gap; factor-weighted: ILO 2018, Global Wage Report "
    "2018/19, part II"
)
ROLES = {"value": "number", "group": "text", "cell": "text"}
OPTIONAL = ("cell",)
OPTIONS = {"high": "M", "low": "F"}
LABEL = Text(
    "Gap of {low} to {high}, {value}",
    "Écart de {low} à {high}, {value}",
    "Brecha de {low} respecto a {high}, {value}",
)
UNIT = "percent"
DIRECTION = "closer_to_zero_is_better"


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return the gaps in percent of the `high` group's; positive where `low` has less.

    Parameters
    ----------
    sample
        `value`, such as hourly pay; `group`; `cell` (may be left out): who is compared with whom, such
        as education by age by sector. Units of other groups stay out.

    Returns
    -------
    `mean_gap`, `median_gap`; with cells `factor_weighted_gap`, over cells with both groups, and
    `comparable_share`, the share of units in such cells.

    Examples
    --------
    >>> import numpy as np
    >>> columns = {
    ...     "value": np.array([10.0, 20.0, 9.0, 15.0]),
    ...     "group": np.array(["M", "M", "F", "F"], dtype=object),
    ... }
    >>> compute(Sample(columns, np.ones(4), OPTIONS))
    {'mean_gap': 20.0, 'median_gap': 20.0}
    """
    found = _linear(sample)
    if isinstance(found, str):
        return found
    means = numbers(found)
    return {"mean_gap": means.pop("mean_gap"), "median_gap": _of_medians(sample), **means}


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variables, by the delta method; the gap of medians has none."""
    found = _linear(sample)
    return {} if isinstance(found, str) else influences(found)


def _linear(sample: Sample) -> dict[str, Linear | str] | str:
    if why := lacking(sample["group"], *_names(sample)):
        return why
    found: dict[str, Linear | str] = {"mean_gap": _of_means(sample)}
    return found | _by_cell(sample) if "cell" in sample.columns else found


def _names(sample: Sample) -> tuple[str, str]:
    return str(sample.options["high"]), str(sample.options["low"])


def _of_means(sample: Sample, cell: str | None = None) -> Linear | str:
    high, low = (sample["group"] == name for name in _names(sample))
    if cell is not None:
        high, low = high & (sample["cell"] == cell), low & (sample["cell"] == cell)
    top = mean_of(sample["value"], sample.weights, high)
    size = total(abs(sample["value"]), sample.weights * high) / total(sample.weights, dummy(high))
    if not is_positive(float(top.value), size):
        return f"the mean of group {_names(sample)[0]} is not above 0"
    return (top - mean_of(sample["value"], sample.weights, low)) / top * 100.0


def _of_medians(sample: Sample) -> Answer:
    high, low = (sample.where(sample["group"] == name) for name in _names(sample))
    top, bottom = (median_of(part["value"], part.weights) for part in (high, low))
    if top <= 0:
        return f"the median of group {_names(sample)[0]} is not above 0"
    return 100 * (top - bottom) / top


def _by_cell(sample: Sample) -> dict[str, Linear | str]:
    high, low = (sample["group"] == name for name in _names(sample))
    cells = sorted(set(sample["cell"][high]) & set(sample["cell"][low]))
    if not cells:
        return dict.fromkeys(("factor_weighted_gap", "comparable_share"), "no cell has both groups")
    gaps, shares = [], []
    for cell in cells:
        gap = _of_means(sample, cell)
        if isinstance(gap, str):
            return dict.fromkeys(("factor_weighted_gap", "comparable_share"), f"cell {cell}: {gap}")
        share = mean_of(dummy(sample["cell"] == cell), sample.weights, high | low)
        gaps.append(gap * share)
        shares.append(share)
    comparable = added(shares)
    return {"factor_weighted_gap": added(gaps) / comparable, "comparable_share": comparable}
