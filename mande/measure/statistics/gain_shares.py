"""Who has which part of a total gain, such as the rise of incomes by sex or by tier of the chain."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.linear import influences, numbers
from mande.measure.sample import Answer, Floats, Sample
from mande.measure.shares import shares_of

FORMULA = "share of g = sum of w gain over g / sum of w gain"
SOURCE = "shares of a total by group; Kaplinsky & Morris 2001, Handbook for Value Chain Research, part 3"
ROLES = {"gain": "number", "group": "text"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Shares of the total of {value}", "Parts du total de {value}", "Participación en el total de {value}"
)
UNIT = "share"
DIRECTION = "neutral"
IS_SEVERAL = True
COMPARES = ("group",)


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return each group's share of the total gain, by the group's name; the sum is 1.

    A group that lost has a share below 0. Where gains do not exceed losses there are no shares.

    Examples
    --------
    >>> import numpy as np
    >>> columns = {"gain": np.array([3.0, 2.0, -1.0]), "group": np.array(["M", "F", "F"], dtype=object)}
    >>> compute(Sample(columns, np.ones(3)))
    {'F': 0.25, 'M': 0.75}
    """
    found = shares_of(sample["gain"], sample["group"], sample.weights)
    return found if isinstance(found, str) else numbers(found)


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variable of each share, a ratio of totals."""
    found = shares_of(sample["gain"], sample["group"], sample.weights)
    return {} if isinstance(found, str) else influences(found)
