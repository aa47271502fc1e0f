"""Gini coefficient of a value over units."""

from __future__ import annotations

from mande.errors import Text
from mande.measure import weighted
from mande.measure.sample import Floats, Sample

FORMULA = (
    "(2 sum of w x W - sum of w^2 x) / (sum of w * sum of w x) - 1, W the weight up to and with the unit"
)
SOURCE = (
    "Alfons and Templ (2013), Journal of Statistical Software 54(15); "
    "linearised by Langel and Tille (2013), JRSS A 176(2)"
)
ROLES = {"value": "number"}
OPTIONS = {"small_sample": False}
LABEL = Text(
    "Gini coefficient of {value}", "Coefficient de Gini de {value}", "Coeficiente de Gini de {value}"
)
UNIT = "index"
DIRECTION = "lower_is_better"
notes = weighted.floored_note


def compute(sample: Sample) -> float | str:
    """Return the Gini coefficient, 0 (all equal) to 1; values below 0 count as 0, and a note says how many.

    With `small_sample` it is multiplied by n / (n - 1), n the number of units; one unit then has none.

    Intervals of 95 % are too short with few sampling units, although t has only as many degrees of freedom
    as there are sampling units less strata. In simulations with skewed incomes and 12 in each of four strata
    (44 degrees) they covered the truth in 91.8 % of 1500 samples, bootstrapped ones in 91 % of 300; with 30
    in each stratum in 96 %. Most misses lie below: a sample without the few large incomes gives a Gini and
    an error that are both too small.

    Examples
    --------
    >>> import numpy as np
    >>> compute(Sample({"value": np.array([0.0, 0.0, 0.0, 10.0])}, np.ones(4), {"small_sample": False}))
    0.75
    """
    found = weighted.gini(weighted.floored(sample["value"]), sample.weights)
    if found is None:
        return weighted.NO_SUM
    if sample.options["small_sample"] and len(sample) == 1:
        return "the correction for small samples needs two units"
    return found * _factor(sample)


def influence(sample: Sample) -> Floats:
    """Return the linearised variable."""
    value = weighted.floored(sample["value"])
    return weighted.gini_influence(value, sample.weights) * _factor(sample)


def _factor(sample: Sample) -> float:
    return len(sample) / (len(sample) - 1) if sample.options["small_sample"] else 1.0
