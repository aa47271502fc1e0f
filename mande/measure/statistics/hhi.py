"""Concentration of an amount on few groups, such as purchases on buyers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mande.errors import Text
from mande.measure.linear import Linear, added
from mande.measure.sample import Answer, Floats, Sample
from mande.measure.shares import shares_of

FORMULA = "sum of squared shares of the groups in the total amount, times scale"
SOURCE = "Herfindahl 1950; Hirschman 1964; US Department of Justice and FTC 2023, Merger Guidelines, 2.1"
ROLES = {"amount": "number", "group": "text"}
OPTIONS = {"scale": 1}
LABEL = Text("Concentration (HHI), {value}", "Concentration (IHH), {value}", "Concentración (IHH), {value}")
UNIT = "index"
DIRECTION = "neutral"


def refuse(options: Mapping[str, Any]) -> str:
    """Return what `scale` must be."""
    return "" if options["scale"] > 0 else "scale: above 0, such as 1 or 10000"


def compute(sample: Sample) -> Answer:
    """Return the Herfindahl-Hirschman index: 1/K (K equal groups) to 1 (one group), times `scale`.

    With `scale` 10000 it is that of competition authorities (percent squared). In a sample, groups that
    were not met are missing from it, so it overstates concentration.

    Examples
    --------
    >>> import numpy as np
    >>> columns = {
    ...     "amount": np.array([30.0, 30.0, 20.0, 20.0]),
    ...     "group": np.array(["a", "b", "c", "d"], dtype=object),
    ... }
    >>> round(compute(Sample(columns, np.ones(4), {"scale": 10000})), 6)
    2600.0
    """
    found = concentration(sample)
    return found if isinstance(found, str) else float(found.value) * float(sample.options["scale"])


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
    return found.influence * float(sample.options["scale"])


def concentration(sample: Sample) -> Linear | str:
    """Return the sum of squared shares of `amount` by `group`."""
    shares = shares_of(sample["amount"], sample["group"], sample.weights)
    if isinstance(shares, str):
        return shares
    if below := [name for name, share in shares.items() if share.value < 0]:
        return f"a share below 0: the amounts of {', '.join(below)} sum to less than 0"
    return added([share * share for share in shares.values()])
