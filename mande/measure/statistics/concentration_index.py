"""Whether a value goes to those at the top or at the bottom of a ranking."""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.linear import Linear, is_positive, mean_of, total
from mande.measure.sample import Answer, Floats, Sample

FORMULA = (
    "C = 2 cov(x, F) / mean of x, F = (weight ranked below + half of the weight of the same rank) / sum of w"
)
SOURCE = (
    "Kakwani, Wagstaff & van Doorslaer 1997, Journal of Econometrics 77(1), 87-103; O'Donnell et al. 2008, "
    "Analyzing Health Equity Using Household Survey Data, ch. 8, equation 8.3"
)
ROLES = {"value": "number", "rank": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Concentration index of {value}",
    "Indice de concentration de {value}",
    "Índice de concentración de {value}",
)
UNIT = "index"
DIRECTION = "neutral"


def compute(sample: Sample) -> Answer:
    """Return the concentration index: below 0 where the low ranked have more, 0 without a gradient.

    Parameters
    ----------
    sample
        `value`, of a mean above 0 (between -1 and 1 where none is below 0). `rank`: any number that
        sorts units from the poorest; units of the same rank share one fractional rank.

    Examples
    --------
    >>> columns = {"value": np.array([0.0, 0.0, 0.0, 10.0]), "rank": np.array([1.0, 2.0, 3.0, 4.0])}
    >>> compute(Sample(columns, np.ones(4)))
    0.75
    """
    found = _index(sample)
    return found if isinstance(found, str) else float(found.value)


def influence(sample: Sample) -> Floats:
    """Return the linearised variable; each unit's weight moves the rank of the others too.

    Raises
    ------
    ValueError
        When `compute` gives a reason instead of a number.
    """
    found = _index(sample)
    if isinstance(found, str):
        raise ValueError(found)
    return found.influence


def _index(sample: Sample) -> Linear | str:
    value, weights = sample["value"], sample.weights
    if not is_positive(total(value, weights), total(abs(value), weights)):
        return "the mean is not above 0: there is no total to share"
    amount = weights.sum()
    below, same = _around(sample["rank"], weights)
    fraction = (below + same / 2) / amount
    # 2 cov(x, F)/mean is 2 (sum of w x F)/(sum of w x) - 1, as F has mean 1/2.
    ranked = mean_of(value * fraction, weights)
    lower, equal = _around(sample["rank"], weights * value)
    above = total(value, weights) - lower - equal / 2
    moved = (above - total(value * fraction, weights)) / amount**2
    sum_ranked = Linear(ranked.value, ranked.influence + moved)
    return sum_ranked / mean_of(value, weights) * 2.0 - 1.0


def _around(rank: Floats, amounts: Floats) -> tuple[Floats, Floats]:
    """Return what lies at lower ranks, and what at the same rank, for each unit."""
    _, at = np.unique(rank, return_inverse=True)
    level = np.bincount(at, weights=amounts).astype(np.float64)
    return (np.cumsum(level) - level)[at], level[at]
