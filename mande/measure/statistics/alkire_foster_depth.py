"""Multidimensional deprivation by counting, with how far the poor fall below each cut-off."""

from __future__ import annotations

from typing import Any

import numpy as np

from mande.errors import Text
from mande.measure.linear import Linear, influences, mean_of, numbers
from mande.measure.sample import Answer, Floats, Sample
from mande.measure.statistics import alkire_foster
from mande.measure.statistics.alkire_foster import NOBODY

FORMULA = (
    "M1 and M2 = mean of sum of w_j gap_j and of w_j gap_j^2 over sum of w_j, 0 for those who are not poor; "
    "G = M1/M0, S = M2/M0"
)
SOURCE = "Alkire & Foster 2011, Journal of Public Economics 95(7-8), 476-487"
ROLES = {"deprivations": "numbers", "gaps": "numbers"}
OPTIONS: dict[str, Any] = alkire_foster.OPTIONS
LABEL = Text(
    "Depth of multidimensional deprivation (Alkire-Foster)",
    "Intensité des privations multidimensionnelles (Alkire-Foster)",
    "Profundidad de la privación multidimensional (Alkire-Foster)",
)
UNIT = "index"
DIRECTION = "lower_is_better"
IS_SEVERAL = True
refuse = alkire_foster.refuse


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return M0, M1, M2 and the average gap and severity of the deprivations of the poor.

    Only for dimensions measured in numbers: an ordered answer has no gap.

    Parameters
    ----------
    sample
        `deprivations` and options as in `alkire_foster`; `gaps`: shortfall over cut-off, 0 to 1 and 0
        where not deprived, in the order of the deprivations.

    Returns
    -------
    `m0`, `m1`, `m2`, `g`, `s`.

    Examples
    --------
    >>> deprived = np.array([[1.0, 0.0], [0.0, 0.0]])
    >>> columns = {"deprivations": deprived, "gaps": deprived / 2}
    >>> sample = Sample(columns, np.ones(2), OPTIONS, {"deprivations": ("pay", "hours"), "gaps": ("p", "h")})
    >>> compute(sample)
    {'m0': 0.25, 'm1': 0.125, 'm2': 0.0625, 'g': 0.5, 's': 0.25}
    """
    found = _measures(sample)
    return found if isinstance(found, str) else numbers(found)


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variable of each number: means over units and ratios of them."""
    found = _measures(sample)
    return {} if isinstance(found, str) else influences(found)


def _measures(sample: Sample) -> dict[str, Linear | str] | str:
    counted = alkire_foster.count(sample)
    if isinstance(counted, str):
        return counted
    gaps, deprived = sample["gaps"], sample["deprivations"]
    if gaps.shape != deprived.shape:
        return "gaps are needed for each deprivation, in the same order"
    if ((gaps < 0) | (gaps > 1)).any():
        return "a gap is a share of the cut-off, 0 to 1"
    if ((gaps > 0) & (deprived == 0)).any():
        return "a gap above 0 where there is no deprivation"
    m1, m2 = (
        mean_of(np.asarray(each @ counted.share) * counted.poor, sample.weights) for each in (gaps, gaps**2)
    )
    averages = (m1 / counted.m0, m2 / counted.m0) if counted.poor.any() else (NOBODY, NOBODY)
    return {"m0": counted.m0, "m1": m1, "m2": m2, "g": averages[0], "s": averages[1]}
