"""How differently two groups are spread over categories, such as women and men over tasks."""

from __future__ import annotations

import math

from mande.errors import Text
from mande.measure.linear import dummy, lacking, mean_of
from mande.measure.sample import Answer, Sample

FORMULA = "D = half of the sum over categories of |share among first - share among second|"
SOURCE = "Duncan & Duncan 1955, American Sociological Review 20(2), 210-217"
ROLES = {"category": "text", "group": "text"}
OPTIONS = {"first": "F", "second": "M"}
LABEL = Text(
    "Segregation (Duncan index), {first} and {second}",
    "Ségrégation (indice de Duncan), {first} et {second}",
    "Segregación (índice de Duncan), {first} y {second}",
)
UNIT = "index"
DIRECTION = "lower_is_better"
SMALLEST_CELL = 30
COMPARES = ("group", "first", "second")


def compute(sample: Sample) -> Answer:
    """Return the dissimilarity index: the share of a group that would have to change category, 0 to 1.

    It rises with finer categories, and by chance in small groups (Carrington & Troske 1997). It has a
    kink where shares are equal, so its error comes from the bootstrap.

    Examples
    --------
    >>> import numpy as np
    >>> columns = {
    ...     "category": np.array(["a", "b", "a", "a"], dtype=object),
    ...     "group": np.array(["F", "F", "M", "M"], dtype=object),
    ... }
    >>> compute(Sample(columns, np.ones(4), OPTIONS))
    0.5
    """
    names = str(sample.options["first"]), str(sample.options["second"])
    group, category = sample["group"], sample["category"]
    if why := lacking(group, *names):
        return why
    first, second = (group == name for name in names)
    apart = []
    for name in sorted(set(category[first | second])):
        here = dummy(category == name)
        share = mean_of(here, sample.weights, first) - mean_of(here, sample.weights, second)
        apart.append(abs(float(share.value)))
    return math.fsum(apart) / 2
