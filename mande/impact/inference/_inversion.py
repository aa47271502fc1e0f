"""Confidence sets by turning a test round: every value that the test does not reject."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mande.results import Reference

LEVELS = (0.80, 0.90, 0.95, 0.99)
_FARTHEST = 1e4
_HALVINGS = 30


def inverted(
    p_of: Callable[[float], float], estimate: float, std_error: float, *, levels: Sequence[float] = LEVELS
) -> Reference:
    """Return the curve of p-values over values of the effect.

    On either side of the estimate the curve reaches from a fine grid out to where no level keeps a value,
    or to 10,000 standard errors, beyond which a set counts as unbounded. At each of `levels` the value
    where the p-value crosses is narrowed down; between points the curve is read as a straight line.
    """
    unit = std_error if std_error > 0 else max(abs(estimate), 1.0)
    steps = np.concatenate([np.linspace(0, 6, 61), np.geomspace(7, _FARTHEST, 25)])
    curve = {0.0: p_of(0.0), estimate: p_of(estimate)}
    for sign in (-1.0, 1.0):
        previous = estimate
        for step in steps[1:]:
            value = estimate + sign * float(step) * unit
            curve[value] = p_of(value)
            for level in levels:
                curve.update(_crossing(p_of, previous, value, curve, 1 - level))
            previous = value
            if step >= 6 and curve[value] <= (1 - max(levels)) / 2:
                break
    return Reference("set", curve=tuple(sorted(curve.items())), p_null=curve[0.0])


def _crossing(
    p_of: Callable[[float], float], one: float, other: float, curve: dict[float, float], least: float
) -> dict[float, float]:
    """Return two points next to each other between which the p-value crosses `least`, if it does."""
    if (curve[one] > least) == (curve[other] > least):
        return {}
    p_one, p_other = curve[one], curve[other]
    for _ in range(_HALVINGS):
        middle = (one + other) / 2
        p = p_of(middle)
        if (p > least) == (p_one > least):
            one, p_one = middle, p
        else:
            other, p_other = middle, p
    return {one: p_one, other: p_other}
