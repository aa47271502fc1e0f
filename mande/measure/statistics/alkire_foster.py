"""Multidimensional deprivation by counting: who is deprived in many things, and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mande.errors import Text
from mande.measure.linear import Chosen, Linear, dummy, influences, mean_of, numbers
from mande.measure.sample import Answer, Floats, Sample

FORMULA = (
    "c = sum of w_j d_j / sum of w_j; poor if c >= cutoff; H = share poor, A = mean c of the poor, "
    "M0 = H A; contribution of j = w_j CH_j / M0, CH_j = share poor and deprived in j"
)
SOURCE = (
    "Alkire & Foster 2011, Journal of Public Economics 95(7-8), 476-487; "
    "Alkire et al. 2015, Multidimensional Poverty Measurement and Analysis, ch. 5"
)
ROLES = {"deprivations": "numbers"}
OPTIONS: dict[str, Any] = {"weights": None, "cutoff": None}
LABEL = Text(
    "Multidimensional deprivation (Alkire-Foster)",
    "Privations multidimensionnelles (Alkire-Foster)",
    "Privación multidimensional (Alkire-Foster)",
)
UNIT = "index"
DIRECTION = "lower_is_better"
IS_SEVERAL = True

_SLACK = 1e-9
"""A third of weights that were themselves divided misses 1/3 by rounding alone."""
NOBODY = "nobody is poor: there is no average among them"


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Weights of sum 1 per dimension, who is poor, and H and M0."""

    share: Floats
    poor: Chosen
    h: Linear
    m0: Linear


def refuse(options: Mapping[str, Any]) -> str:
    """Return what `weights` and `cutoff` must be."""
    cutoff, weights = options["cutoff"], options["weights"]
    if weights is not None and not _are_above_0(weights):
        return "weights: names of dimensions, each with a number above 0"
    if cutoff in (None, "union", "intersection"):
        return ""
    is_share = isinstance(cutoff, int | float) and not isinstance(cutoff, bool) and 0 < cutoff <= 1
    return "" if is_share else "cutoff: a share of the weights above 0 and at most 1, union or intersection"


def _are_above_0(weights: Any) -> bool:
    return isinstance(weights, Mapping) and all(
        isinstance(weight, int | float) and weight > 0 for weight in weights.values()
    )


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return H, A, M0 and the part of each dimension.

    Parameters
    ----------
    sample
        `deprivations`: 0 or 1, a column per dimension. Options: `weights`, by name (None: equal), of any
        sum; `cutoff`, a share of the sum of weights (None: a third), or `union` (poor if deprived in
        anything) or `intersection` (in everything).

    Returns
    -------
    Numbers `h`, `a`, `m0`; `censored_headcount_NAME`, the share of all who are poor and deprived in
    NAME; `contribution_NAME`, shares that sum to 1.

    Examples
    --------
    >>> found = compute(
    ...     Sample(
    ...         {"deprivations": np.array([[1.0, 1.0], [0.0, 1.0]])},
    ...         np.ones(2),
    ...         {"weights": None, "cutoff": 1.0},
    ...         {"deprivations": ("contract", "pay")},
    ...     )
    ... )
    >>> found["h"], found["a"], found["m0"], found["contribution_pay"]
    (0.5, 1.0, 0.5, 0.5)
    """
    found = _measures(sample)
    return found if isinstance(found, str) else numbers(found)


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variable of each number: means over units and ratios of them."""
    found = _measures(sample)
    return {} if isinstance(found, str) else influences(found)


def nested_weights(pillars: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return weights that are equal between pillars and equal within each, of sum 1.

    Examples
    --------
    >>> nested_weights({"standards": ["pay", "hours"], "rights": ["voice"]})
    {'pay': 0.25, 'hours': 0.25, 'voice': 0.5}
    """
    return {name: 1 / len(pillars) / len(names) for names in pillars.values() for name in names}


def count(sample: Sample) -> Counted | str:
    """Return who is poor, or the reason why nobody can be counted."""
    if why := refuse(sample.options):
        return why
    names, weights = sample.names["deprivations"], sample.options["weights"]
    if weights is not None and set(weights) != set(names):
        return f"weights are needed for exactly {', '.join(names)}"
    if not np.isin(sample["deprivations"], (0.0, 1.0)).all():
        return "a deprivation is 0 or 1"
    given = np.ones(len(names)) if weights is None else np.array([weights[name] for name in names], float)
    share = given / given.sum()
    score = sample["deprivations"] @ share
    poor = _is_poor(score, sample.options["cutoff"])
    return Counted(share, poor, mean_of(dummy(poor), sample.weights), mean_of(score * poor, sample.weights))


def _measures(sample: Sample) -> dict[str, Linear | str] | str:
    counted = count(sample)
    if isinstance(counted, str):
        return counted
    poor, h, m0 = counted.poor, counted.h, counted.m0
    found: dict[str, Linear | str] = {"h": h, "a": m0 / h if poor.any() else NOBODY, "m0": m0}
    for at, name in enumerate(sample.names["deprivations"]):
        censored = mean_of(sample["deprivations"][:, at] * poor, sample.weights)
        found[f"censored_headcount_{name}"] = censored
        found[f"contribution_{name}"] = censored * counted.share[at] / m0 if poor.any() else NOBODY
    return found


def _is_poor(score: Floats, cutoff: float | str | None) -> Chosen:
    if cutoff == "union":
        return np.asarray(score > _SLACK)
    least = 1.0 if cutoff == "intersection" else 1 / 3 if cutoff is None else float(cutoff)
    return np.asarray(score >= least - _SLACK)
