"""Difference of a rate between two groups: how much is who they are, how much is the rates themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mande.errors import Text
from mande.measure.linear import Chosen, Linear, added, dummy, influences, lacking, mean_of, numbers
from mande.measure.sample import Answer, Floats, Sample

FORMULA = (
    "gap = R_high - R_low; composition = sum of (w_h - w_l)(r_h + r_l)/2; "
    "rate = sum of (r_h - r_l)(w_h + w_l)/2, over categories of share w and mean r"
)
SOURCE = (
    "Kitagawa 1955, Journal of the American Statistical Association 50(272), 1168-1194, equation 5; "
    "products: Das Gupta 1993, Standardization and Decomposition of Rates, ch. 2"
)
ROLES = {"value": "number", "category": "text", "group": "text"}
OPTIONS = {"high": "M", "low": "F"}
LABEL = Text(
    "Gap of {high} and {low} by composition and rate, {value}",
    "Écart entre {high} et {low} selon la composition et le taux, {value}",
    "Brecha entre {high} y {low} por composición y tasa, {value}",
)
UNIT = "value"
DIRECTION = "neutral"
IS_SEVERAL = True
SMALLEST_CELL = 30
COMPARES = ("group", "high", "low")


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return the gap of means between two groups and its two parts; units of other groups stay out.

    Parameters
    ----------
    sample
        `value`: the rate of each unit (1 or 0 for a share), `category` and `group`. Every category needs
        units in both groups: a mean of nobody has no rate.

    Returns
    -------
    `gap`, `composition`, `rate` in the value's unit; `composition_share`, `rate_share` of the gap.

    Examples
    --------
    >>> import numpy as np
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


def _parts(sample: Sample) -> dict[str, Linear | str] | str:
    names = str(sample.options["high"]), str(sample.options["low"])
    group, category = sample["group"], sample["category"]
    if why := lacking(group, *names):
        return why
    high, low = (group == name for name in names)
    composition, rate = [], []
    for name in sorted(set(category[high | low])):
        here = category == name
        if not (high & here).any() or not (low & here).any():
            return f"nobody of one group in category {name}: it has no rate there"
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
    """Return a category's share of a group, and the mean of the group's units in it."""
    return (
        mean_of(dummy(here), sample.weights, chosen),
        mean_of(sample["value"], sample.weights, chosen & here),
    )
