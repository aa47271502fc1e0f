"""Diversification of an amount over groups, such as income over sources."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.sample import Answer, Floats, Sample
from mande.measure.statistics.hhi import concentration

FORMULA = "1 - sum of squared shares of the groups in the total amount"
SOURCE = "Simpson 1949, Nature 163, 688, in its population form; Minot et al. 2006 for incomes"
ROLES = {"amount": "number", "group": "text"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Diversification (Simpson), {value}",
    "Diversification (Simpson), {value}",
    "Diversificación (Simpson), {value}",
)
UNIT = "index"
DIRECTION = "neutral"


def compute(sample: Sample) -> Answer:
    """Return Simpson's diversity: 0 (one group) to 1 - 1/K (K equal groups).

    The unbiased form n(n - 1)/N(N - 1) is for counts of individuals: amounts of money have none.

    Examples
    --------
    >>> import numpy as np
    >>> columns = {"amount": np.array([3.0, 1.0]), "group": np.array(["farm", "wage"], dtype=object)}
    >>> compute(Sample(columns, np.ones(2)))
    0.375
    """
    found = concentration(sample)
    return found if isinstance(found, str) else 1 - float(found.value)


def influence(sample: Sample) -> Floats:
    """Return the linearised variable.

    Raises
    ------
    ValueError
        When `compute` gives a reason instead of a number.
    """
    found = concentration(sample)
    if isinstance(found, str):
        raise ValueError(found)
    return -found.influence
