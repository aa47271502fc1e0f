"""Share of units in each category."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.linear import Linear, dummy, influences, mean_of, numbers
from mande.measure.sample import Answer, Floats, Sample

FORMULA = "share of c = sum of w over units of category c / sum of w"
SOURCE = "Cochran 1977, Sampling Techniques, ch. 3"
ROLES = {"category": "text"}
OPTIONS: dict[str, object] = {}
LABEL = Text("Distribution of {value}", "Répartition de {value}", "Distribución de {value}")
UNIT = "share"
DIRECTION = "neutral"
IS_SHARE = True
IS_SEVERAL = True


def compute(sample: Sample) -> dict[str, Answer]:
    """Return each category's share, by the category's name, sorted; the sum is 1.

    Examples
    --------
    >>> import numpy as np
    >>> paid = np.array(["cash", "phone", "cash"], dtype=object)
    >>> compute(Sample({"category": paid}, np.array([1.0, 2.0, 1.0])))
    {'cash': 0.5, 'phone': 0.5}
    """
    return numbers(_shares(sample))


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variable of each share, a mean."""
    return influences(_shares(sample))


def _shares(sample: Sample) -> dict[str, Linear]:
    category = sample["category"]
    return {str(name): mean_of(dummy(category == name), sample.weights) for name in sorted(set(category))}
