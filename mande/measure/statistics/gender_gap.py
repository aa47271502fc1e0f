"""How much less one group has than another, in percent: the pay gap of means and of medians."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.linear import (
    Chosen,
    Linear,
    influences,
    is_above_0,
    lacking,
    mean_of,
    numbers,
    quantile_of,
)
from mande.measure.sample import Answer, Floats, Sample

FORMULA = "mean_gap = 100 (m_high - m_low)/m_high; median_gap the same of medians"
SOURCE = "SDG 8.5.1 metadata; Eurostat, unadjusted gender pay gap"
ROLES = {"value": "number", "group": "text"}
OPTIONS = {"high": "M", "low": "F"}
LABEL = Text(
    "Gap of {low} to {high}, {value}",
    "Écart de {low} à {high}, {value}",
    "Brecha de {low} respecto a {high}, {value}",
)
UNIT = "percent"
DIRECTION = "closer_to_zero_is_better"
IS_SEVERAL = True
SMALLEST_CELL = 30
COMPARES = ("group", "high", "low")


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return the gaps in percent of the `high` group's; positive where `low` has less.

    Units of other groups stay out.

    Returns
    -------
    `mean_gap`, `median_gap`.

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
    found = _gaps(sample)
    return found if isinstance(found, str) else numbers(found)


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variables, by the delta method; that of a median has a kernel density."""
    found = _gaps(sample)
    return {} if isinstance(found, str) else influences(found)


def gap_of_means(sample: Sample, high: Chosen, low: Chosen) -> Linear | str:
    """Return the gap of means in percent of the mean of the units in `high`; both have units."""
    if not is_above_0(sample["value"], sample.weights * high):
        return f"the mean of group {sample.options['high']} is not above 0"
    top = mean_of(sample["value"], sample.weights, high)
    return (top - mean_of(sample["value"], sample.weights, low)) / top * 100.0


def _gaps(sample: Sample) -> dict[str, Linear | str] | str:
    names = str(sample.options["high"]), str(sample.options["low"])
    if why := lacking(sample["group"], *names):
        return why
    high, low = (sample["group"] == name for name in names)
    top, bottom = (quantile_of(sample["value"], sample.weights, 0.5, chosen) for chosen in (high, low))
    none = f"the median of group {names[0]} is not above 0"
    return {
        "mean_gap": gap_of_means(sample, high, low),
        "median_gap": (top - bottom) / top * 100.0 if top.value > 0 else none,
    }
