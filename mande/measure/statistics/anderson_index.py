"""One index of a family of outcomes: inverse-covariance weights, frozen on a reference group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mande.errors import Text
from mande.measure.linear import Linear, mean_of
from mande.measure.sample import Answer, Floats, Sample

FORMULA = (
    "z_j = sign_j (x_j - mean_j)/sd_j; s = sum of w_j z_j, w = row sums of the inverse covariance of z over "
    "their sum; (s - mean of s)/sd of s; every mean, sd and covariance in the reference group"
)
SOURCE = (
    "Anderson 2008, Journal of the American Statistical Association 103(484), 1485; "
    "Schwab et al. 2020, Stata Journal 20(4), 952 (swindex)"
)
ROLES = {"values": "numbers"}
OPTIONS = {"weights": None, "reversed": (), "missing": "complete"}
LABEL = Text(
    "Index of outcomes (Anderson), mean",
    "Indice de résultats (Anderson), moyenne",
    "Índice de resultados (Anderson), media",
)
UNIT = "standard deviations of the comparison group"
DIRECTION = "value"

_SINGULAR = 1e-10


def refuse(options: Mapping[str, Any]) -> str:
    """Return what `missing` must be."""
    return "" if options["missing"] in ("complete", "available") else "missing: complete or available"


def may_lack(options: Mapping[str, Any]) -> bool:
    """Return whether units count that have some of the outcomes only."""
    return bool(options["missing"] == "available")


@dataclass(frozen=True, slots=True)
class AndersonWeights:
    """What the index keeps from its reference group, usually the comparison arm at the baseline.

    Attributes
    ----------
    names : outcomes, in order. signs : 1, or -1 where less is better.
    means, sds : of the outcomes in the reference group, in their units.
    weights : of the standardised outcomes, of sum 1; a weight may be negative.
    centre, spread : mean and sd of the weighted sum in the reference group.
    missing : `complete` (a unit with a missing outcome has no index) or `available` (weights of the others
        are renormalised).
    n : units of the reference group used.
    """

    names: tuple[str, ...]
    signs: tuple[float, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]
    weights: tuple[float, ...]
    centre: float
    spread: float
    missing: str
    n: int

    def as_dict(self) -> dict[str, Any]:
        """Return names and numbers for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> AndersonWeights:
        """Return what `as_dict` wrote."""
        lists: dict[str, Any] = {
            key: tuple(one) for key, one in kept.items() if isinstance(one, list | tuple)
        }
        return cls(**{**kept, **lists})


def weights_of(reference: Sample) -> AndersonWeights | str:
    """Return the weights of an index, or the reason why there are none.

    The reference group's own covariance is used; the PyPI package icw-index takes that of all units.

    Parameters
    ----------
    reference
        `values` of the reference group only. Options `reversed`: names of outcomes of which less is
        better; `missing`: with `complete` only units with all outcomes count; with `available` each
        mean and covariance takes the units that have it (NaN is missing).

    Examples
    --------
    >>> values = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 3.0], [3.0, 2.0]])
    >>> kept = weights_of(Sample({"values": values}, np.ones(4), OPTIONS, {"values": ("pay", "voice")}))
    >>> np.round(kept.weights, 6).tolist(), abs(round(kept.centre, 6))
    ([0.5, 0.5], 0.0)
    """
    names = tuple(reference.names["values"])
    missing, turned = reference.options["missing"], tuple(reference.options["reversed"])
    if why := refuse(reference.options):
        return why
    if stray := [name for name in turned if name not in names]:
        return f"reversed names no outcome: {', '.join(stray)}"
    values, weights = reference["values"], reference.weights
    if missing == "complete":
        present = np.isfinite(values).all(axis=1)
        values, weights = values[present], weights[present]
    signs = np.array([-1.0 if name in turned else 1.0 for name in names])
    return _from(values, weights, names, signs, missing)


def freeze(reference: Sample) -> dict[str, Any] | str:
    """Return what the option `weights` takes from the reference group, or the reason why there is nothing."""
    found = weights_of(reference)
    return found if isinstance(found, str) else found.as_dict()


def notes(sample: Sample) -> str:
    """Return the frozen weights in words."""
    kept = sample.options["weights"]
    if kept is None or isinstance(kept, str):
        return ""
    frozen = kept if isinstance(kept, AndersonWeights) else AndersonWeights.from_dict(kept)
    shares = ", ".join(f"{name} {w:.3f}" for name, w in zip(frozen.names, frozen.weights, strict=True))
    return f"weights frozen on {frozen.n} units of the comparison arm at the baseline: {shares}"


def index(values: Floats, weights: AndersonWeights) -> Floats:
    """Return the index of each unit: sd of the reference group from its mean; NaN where there is none.

    Parameters
    ----------
    values
        Shape (n, k), columns in the order of `weights.names`; NaN where missing.
    weights
        Those of the reference group, for every wave and arm.
    """
    z = (values - np.array(weights.means)) / np.array(weights.sds) * np.array(weights.signs)
    return (_sums(z, np.array(weights.weights), weights.missing) - weights.centre) / weights.spread


def compute(sample: Sample) -> Answer:
    """Return the mean index of a group with frozen weights, in sd of the reference group.

    Option `weights`: `AndersonWeights`, or the dictionary it was kept as.

    Examples
    --------
    >>> values = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 3.0], [3.0, 2.0]])
    >>> group = Sample({"values": values}, np.ones(4), OPTIONS, {"values": ("pay", "voice")})
    >>> frozen = Sample(group.columns, group.weights, {"weights": weights_of(group)}, group.names)
    >>> abs(round(compute(frozen), 6)), compute(group)
    (0.0, 'no weights: they are frozen on the comparison arm at the baseline')
    """
    found = _mean(sample)
    return found if isinstance(found, str) else float(found.value)


def influence(sample: Sample) -> Floats:
    """Return the linearised variable of the mean, with the frozen weights taken as given.

    Raises
    ------
    ValueError
        When `compute` gives a reason instead of a number.
    """
    found = _mean(sample)
    if isinstance(found, str):
        raise ValueError(found)
    return found.influence


def _mean(sample: Sample) -> Linear | str:
    kept = sample.options["weights"]
    if kept is None or isinstance(kept, str):
        return kept or "no weights: they are frozen on the comparison arm at the baseline"
    frozen = kept if isinstance(kept, AndersonWeights) else AndersonWeights.from_dict(kept)
    if frozen.names != tuple(sample.names["values"]):
        return f"the frozen weights are for {', '.join(frozen.names)}"
    values = index(sample["values"], frozen)
    if not np.isfinite(values).all():
        return "a unit whose outcomes present have weights of sum 0"
    return mean_of(values, sample.weights)


def _from(
    values: Floats, weights: Floats, names: tuple[str, ...], signs: Floats, missing: str
) -> AndersonWeights | str:
    n = np.isfinite(values).sum(axis=0)
    if len(values) == 0 or n.min() < 2:
        return "fewer than two units of the reference group have values"
    means, sds = np.array([_moments(column, weights) for column in values.T]).T
    if flat := [name for name, at, sd in zip(names, means, sds, strict=True) if sd <= 1e-12 * abs(at)]:
        return f"no variation in the reference group: {', '.join(flat)}"
    z = (values - means) / sds * signs
    covariance = _covariance(z, weights)
    if isinstance(covariance, str):
        return covariance
    lowest = np.linalg.eigvalsh(covariance)[0]
    if lowest <= _SINGULAR:
        return f"outcomes that repeat one another in the reference group: {', '.join(names)}"
    rows = np.linalg.solve(covariance, np.ones(len(names)))
    share = rows / rows.sum()
    sums = _sums(z, share, missing)
    if np.isfinite(sums).sum() < 2:
        return "fewer than two units of the reference group have an index"
    centre, spread = _moments(sums, weights)
    lists = (signs, means, sds, share)
    kept = [tuple(float(number) for number in one) for one in lists]
    return AndersonWeights(names, kept[0], kept[1], kept[2], kept[3], centre, spread, missing, len(values))


def _moments(values: Floats, weights: Floats) -> tuple[float, float]:
    """Return the mean and the sd (n - 1, as Stata with analytic weights) of the values present."""
    present = np.isfinite(values)
    x, w = values[present], weights[present]
    mean = math.fsum(w * x) / math.fsum(w)
    variance = math.fsum(w * (x - mean) ** 2) / math.fsum(w) * len(x) / (len(x) - 1)
    return mean, math.sqrt(variance)


def _covariance(z: Floats, weights: Floats) -> Floats | str:
    """Return the covariance of z, each entry over the units that have both."""
    k = z.shape[1]
    found = np.empty((k, k))
    for a in range(k):
        for b in range(a, k):
            product = z[:, a] * z[:, b]
            both = np.isfinite(product)
            n = int(both.sum())
            if n < 2:
                return "two outcomes that no two units of the reference group both have"
            mean = math.fsum(product[both] * weights[both]) / math.fsum(weights[both])
            found[a, b] = found[b, a] = mean * n / (n - 1)
    return found


def _sums(z: Floats, share: Floats, missing: str) -> Floats:
    if missing == "complete":
        return np.asarray(z @ share)
    present = np.isfinite(z)
    amount = present @ share
    usable = np.abs(amount) > 1e-9
    sums = np.where(present, z, 0.0) @ share
    return np.asarray(np.divide(sums, amount, out=np.full(len(z), math.nan), where=usable))
