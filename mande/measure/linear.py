"""Numbers that carry their linearised variable, so that a formula brings its own standard error.

The linearised variable of a number is its derivative by each unit's weight (Demnati & Rao 2004, Survey
Methodology 30(1), 17-26): the variance of the number is that of the weighted sum of it under the survey's
design. Sums, products and ratios of such numbers follow the rules of derivatives, which is the delta method.

What decides whether a unit counts (a cut-off, a group) is taken as fixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mande.measure.sample import Answer, Floats
from mande.measure.weighted import quantile, quantile_influence, total

Chosen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare
class Linear:
    """A number, or several in a row, with the linearised variable of each.

    Attributes
    ----------
    value : shape () or (k,).
    influence : shape (n,) or (n, k), a row per unit of the sample.

    Examples
    --------
    >>> weights = np.ones(2)
    >>> ratio = mean_of(np.array([1.0, 3.0]), weights) / mean_of(np.array([2.0, 2.0]), weights)
    >>> float(ratio.value), ratio.influence.tolist()
    (1.0, [-0.25, 0.25])
    """

    value: Floats
    influence: Floats

    def __add__(self, other: Linear | float) -> Linear:
        if isinstance(other, Linear):
            return Linear(self.value + other.value, self.influence + other.influence)
        return Linear(self.value + other, self.influence)

    def __sub__(self, other: Linear | float) -> Linear:
        return self + other * -1.0

    def __mul__(self, other: Linear | Floats | float) -> Linear:
        if isinstance(other, Linear):
            product = _spread(self, other) + _spread(other, self)
            return Linear(self.value * other.value, product)
        return Linear(self.value * other, self.influence * other)

    def __truediv__(self, other: Linear | float) -> Linear:
        if isinstance(other, Linear):
            quotient = self.value / other.value
            slope = self.influence - _spread(other, Linear(quotient, self.influence))
            return Linear(quotient, slope / other.value)
        return Linear(self.value / other, self.influence / other)

    def __getitem__(self, at: int) -> Linear:
        return Linear(self.value[at], self.influence[:, at])

    def sum(self) -> Linear:
        """Return the sum of several numbers in a row."""
        return Linear(np.asarray(self.value.sum()), self.influence.sum(axis=1))

    def through(self, matrix: Floats) -> Linear:
        """Return the numbers after a linear map, a row of `matrix` for each."""
        return Linear(matrix @ self.value, self.influence @ matrix.T)


def _spread(one: Linear, other: Linear) -> Floats:
    """Return the influence of `one` times the value of `other`, whichever of them is a single number."""
    influence = one.influence
    if influence.ndim < np.ndim(other.value) + 1:
        influence = influence[:, np.newaxis]
    return np.asarray(influence * other.value)


def dummy(chosen: Chosen) -> Floats:
    """Return 1 for the chosen units and 0 for the others."""
    return np.asarray(chosen, dtype=np.float64)


def mean_of(values: Floats, weights: Floats, chosen: Chosen | None = None) -> Linear:
    """Return the weighted mean over the chosen units (all where None); there must be one at least.

    `values` has shape (n,) or (n, k); the mean of each column is taken.
    """
    picked = weights if chosen is None else np.where(chosen, weights, 0.0)
    amount = float(picked.sum())
    if values.ndim == 1:
        middle = np.asarray(total(picked, values) / amount)
        return Linear(middle, (values - middle) * (picked > 0) / amount)
    middle = np.array([total(picked, column) / amount for column in values.T])
    return Linear(middle, (values - middle) * (picked > 0)[:, np.newaxis] / amount)


def total_of(values: Floats, weights: Floats, chosen: Chosen | None = None) -> Linear:
    """Return the weighted sum of `values`, shape (n,), over the chosen units (all where None)."""
    picked = values if chosen is None else np.where(chosen, values, 0.0)
    return Linear(np.asarray(total(weights, picked)), picked)


def added(parts: Sequence[Linear]) -> Linear:
    """Return the sum of one or more single numbers."""
    return Linear(
        np.add.reduce([part.value for part in parts]), np.add.reduce([part.influence for part in parts])
    )


def quantile_of(values: Floats, weights: Floats, q: float, chosen: Chosen) -> Linear:
    """Return a weighted quantile of the chosen units; there must be one at least."""
    value, weight = values[chosen], weights[chosen]
    influence = np.zeros(len(values))
    influence[chosen] = quantile_influence(value, weight, q)
    return Linear(np.asarray(quantile(value, weight, q)), influence)


def numbers(found: Mapping[str, Linear | str]) -> dict[str, Answer]:
    """Return the number, or the reason why there is none, of each."""
    return {name: one if isinstance(one, str) else float(one.value) for name, one in found.items()}


def influences(found: Mapping[str, Linear | str]) -> dict[str, Floats]:
    """Return the linearised variable of each number; those without a number are not in it."""
    return {name: one.influence for name, one in found.items() if isinstance(one, Linear)}


def is_above_0(values: Floats, weights: Floats) -> bool:
    """Return whether the weighted sum is above 0 by more than rounding: .1 + .2 - .3 is not."""
    return total(weights, values) > 1e-9 * total(weights, abs(values))


def lacking(groups: NDArray[np.object_], *names: str) -> str:
    """Return the reason when a group has no unit, else an empty text."""
    gone = [name for name in names if not (groups == name).any()]
    return f"no units in group {' and '.join(gone)}" if gone else ""
