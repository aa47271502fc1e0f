"""Weighted quantile of a value over units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mande.errors import Text
from mande.measure import weighted
from mande.measure.sample import Floats, Sample

FORMULA = "smallest value with a share q of the weight at or below it; the middle of two where it is exact"
SOURCE = "Deville (1999), Survey Methodology 25(2); density by Gaussian kernel, bandwidth of Silverman (1986)"
ROLES = {"value": "number"}
OPTIONS = {"q": 0.5}
LABEL = Text("Quantile {q} of {value}", "Quantile {q} de {value}", "Cuantil {q} de {value}")
UNIT = "value"
DIRECTION = "value"


def refuse(options: Mapping[str, Any]) -> str:
    """Return what `q` must be."""
    return "" if 0 < options["q"] < 1 else "q: above 0 and below 1"


def compute(sample: Sample) -> float:
    """Return the quantile `q`, in the value's unit.

    Examples
    --------
    >>> import numpy as np
    >>> compute(Sample({"value": np.arange(1.0, 11.0)}, np.ones(10), {"q": 0.25}))
    3.0
    """
    return weighted.quantile(sample["value"], sample.weights, sample.options["q"])


def influence(sample: Sample) -> Floats:
    """Return `(q - 1[x <= Q]) / (f(Q) sum of w)`."""
    return weighted.quantile_influence(sample["value"], sample.weights, sample.options["q"])
