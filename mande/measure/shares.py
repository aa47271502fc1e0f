"""Shares of groups in a total."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from mande.measure.linear import Linear, is_above_0, total_of
from mande.measure.sample import Floats


def shares_of(amounts: Floats, groups: NDArray[Any], weights: Floats) -> dict[str, Linear] | str:
    """Return each group's share of the weighted total, sorted by group.

    A share may be below 0 or above 1 where amounts below 0 are; a total that is not above 0 has none.
    """
    if not is_above_0(amounts, weights):
        return "no shares: the total is not above 0"
    whole = total_of(amounts, weights)
    return {str(name): total_of(amounts, weights, groups == name) / whole for name in sorted(set(groups))}
