"""Difference of a rate between two groups: how much is who they are, how much is the rates themselves.

The two groups may be two waves of one group (`group: period, high: now, low: baseline`, see
`mande/measure/entries.py`). Then the gap is a change over time: `composition` comes from how many are in each
category now and were then, `rate` from what those of each category get.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mande.errors import Text
from mande.measure.linear import Chosen, Linear, added, dummy, influences, lacking, mean_of, numbers
from mande.measure.sample import Answer, Floats, Sample

FORMULA = (
    "gap = R_high - R_low; composition = sum of (w_h - w_l)(r_h + r_l)/2; "
    "rate = sum of (r_h - r_l)(w_h + w_l)/2, over categories of share w and mean r"
)
SOURCE = (
    "Kitagawa 1955, Journal of the American Statistical Association 50(272), 1168-1194; "
    "products: Das Gupta 1993, Standardization and Decomposition of Rates (the example of two factors)"
)
ROLES = {"value": "number", "category": "text", "group": "text"}
OPTIONS = {"high": "M", "low": "F", "lone": "refuse"}
LABEL = Text(
    "Gap of {high} and {low} by composition ({category}) and rate, {value}",
    "Écart entre {high} et {low} selon la composition ({category}) et le taux, {value}",
    "Brecha entre {high} y {low} por composición ({category}) y tasa, {value}",
)
UNIT = "value"
DIRECTION = "neutral"
IS_SEVERAL = True
SMALLEST_CELL = 30
COMPARES = ("group", "high", "low")


def refuse(options: Mapping[str, Any]) -> str:
    """Return what `lone` must be."""
    return "" if options["lone"] in ("refuse", "composition") else "lone: refuse or composition"


def notes(sample: Sample) -> str:
    """Return which categories have units of one group only and were counted as composition."""
    found = _lone(sample) if sample.options["lone"] == "composition" else []
    return f"all composition, as one group only is in them: {', '.join(found)}" if found else ""


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return the gap of means between two groups and its two parts; units of other groups stay out.

    Parameters
    ----------
    sample
        `value`: the rate of each unit (1 or 0 for a share), `category` and `group`. A category with units
        of one group only has no rate in the other. Option `lone`: `refuse` gives a reason then;
        `composition` takes the one rate for both, so that all it adds to the gap is composition.

    Returns
    -------
    `gap`, `composition`, `rate` in the value's unit; `composition_share`, `rate_share` of the gap.

    Examples
    --------
    >>> columns = {
    ...     "value": np.array([1.0, 0.0, 1.0, 0.0, 0.0]),
    ...     "category": np.array(["a", "b", "a", "b", "b"], dtype=object),
    ...     "group": np.array(["M", "M", "F", "F", "F"], dtype=object),
    ... }
    >>> found = compute(Sample(columns, np.ones(5), OPTIONS))
    >>> round(found["gap"], 6), round(found["composition"], 6), found["rate"]
    (0.166667, 0.166667, 0.0)
    """
    found = _parts(sample)
    return found if isinstance(found, str) else numbers(found)


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variable of each number: shares and means by category are ratios."""
    found = _parts(sample)
    return {} if isinstance(found, str) else influences(found)


def components(
    shares_high: Sequence[float],
    rates_high: Sequence[float],
    shares_low: Sequence[float],
    rates_low: Sequence[float],
) -> tuple[float, float]:
    """Return the composition part and the rate part from shares (of sum 1) and rates by category.

    Examples
    --------
    >>> components([0.5, 0.5], [0.4, 0.2], [0.5, 0.5], [0.2, 0.2])
    (0.0, 0.1)
    """
    cells = list(zip(shares_high, rates_high, shares_low, rates_low, strict=True))
    composition = math.fsum((w_h - w_l) * (r_h + r_l) / 2 for w_h, r_h, w_l, r_l in cells)
    return composition, math.fsum((r_h - r_l) * (w_h + w_l) / 2 for w_h, r_h, w_l, r_l in cells)


def product_effects(high: tuple[float, float], low: tuple[float, float]) -> tuple[float, float]:
    """Return the part of each factor in the difference of two products (Das Gupta 1993, two factors).

    Examples
    --------
    >>> product_effects((6.0, 0.5), (4.0, 0.25))  # 3 - 1
    (0.75, 1.25)
    """
    first = (high[0] - low[0]) * (high[1] + low[1]) / 2
    return first, (high[1] - low[1]) * (high[0] + low[0]) / 2


def _groups(sample: Sample) -> tuple[Chosen, Chosen]:
    return sample["group"] == str(sample.options["high"]), sample["group"] == str(sample.options["low"])


def _lone(sample: Sample) -> list[str]:
    """Return the categories with units of one group only, in order."""
    high, low = (set(sample["category"][chosen]) for chosen in _groups(sample))
    return sorted(high ^ low)


def _parts(sample: Sample) -> dict[str, Linear | str] | str:
    category = sample["category"]
    if why := lacking(sample["group"], str(sample.options["high"]), str(sample.options["low"])):
        return why
    high, low = _groups(sample)
    lone = _lone(sample)
    if lone and sample.options["lone"] != "composition":
        return f"nobody of one group in category {lone[0]}: it has no rate there"
    composition, rate = [], []
    for name in sorted(set(category[high | low])):
        here = category == name
        w_h, r_h = _cell(sample, high, here)
        w_l, r_l = _cell(sample, low, here)
        composition.append((w_h - w_l) * (r_h + r_l) / 2)
        rate.append((r_h - r_l) * (w_h + w_l) / 2)
    gap = mean_of(sample["value"], sample.weights, high) - mean_of(sample["value"], sample.weights, low)
    found = {"gap": gap, "composition": added(composition), "rate": added(rate)}
    size = float(abs(sample["value"]).max())
    return found | {
        f"{part}_share": found[part] / gap if abs(gap.value) > 1e-12 * size else "there is no gap to share"
        for part in ("composition", "rate")
    }


def _cell(sample: Sample, chosen: Chosen, here: Chosen) -> tuple[Linear, Linear]:
    """Return a category's share of a group, and the mean of the group's units in it.

    Where the group has none there, the mean is that of the other group.
    """
    there = chosen & here
    if not there.any():
        there = here & np.logical_or(*_groups(sample))
    return mean_of(dummy(here), sample.weights, chosen), mean_of(sample["value"], sample.weights, there)
