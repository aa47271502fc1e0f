"""To how many equal groups the spread of an amount amounts."""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.linear import Linear
from mande.measure.sample import Answer, Floats, Sample
from mande.measure.statistics.hhi import concentration

FORMULA = "1 / sum of squared shares of the groups in the total amount"
SOURCE = "Laakso & Taagepera 1979, Comparative Political Studies 12(1), 3-27; Hill 1973, number of order 2"
ROLES = {"amount": "number", "group": "text"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Effective number of groups, {value}",
    "Nombre effectif de groupes, {value}",
    "Número efectivo de grupos, {value}",
)
UNIT = "number"
DIRECTION = "neutral"


def compute(sample: Sample) -> Answer:
    """Return the effective number of groups: 1 (one group) to K (K equal groups).

    Examples
    --------
    >>> columns = {"amount": np.array([3.0, 1.0]), "group": np.array(["farm", "wage"], dtype=object)}
    >>> compute(Sample(columns, np.ones(2)))
    1.6
    """
    found = _number(sample)
    return found if isinstance(found, str) else float(found.value)


def influence(sample: Sample) -> Floats:
    """Return the linearised variable.

    Raises
    ------
    ValueError
        When `compute` gives a reason instead of a number.
    """
    found = _number(sample)
    if isinstance(found, str):
        raise ValueError(found)
    return found.influence


def _number(sample: Sample) -> Linear | str:
    found = concentration(sample)
    if isinstance(found, str):
        return found
    return Linear(np.asarray(1.0), np.zeros(len(sample))) / found
