"""What corrections for several outcomes share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mande.impact.observations import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Judged:
    """The tests of one family, one entry per outcome.

    `statistics` are the absolute statistics observed and `draws` those of the same outcomes in worlds without
    effects, one row per world: what is drawn is the same for all outcomes of a world, so that their
    dependence is kept.
    """

    p_values: FloatArray
    statistics: FloatArray
    draws: FloatArray


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A correction: what its numbers are, and how they come from the tests of a family.

    `controls` says what stays below the level if everything at or below it is called an effect; `needs_draws`
    that it is worked out from joint draws, not from p-values alone.
    """

    name: str
    title: str
    controls: str
    adjust: Callable[[Judged], FloatArray]
    needs_draws: bool = False


def from_smallest(values: FloatArray, order: IntArray) -> FloatArray:
    """Return step-down values, given in `order`, so that none is below an earlier one."""
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values), 1.0)
    return adjusted
