"""Gap of means between two groups: how much their characteristics explain, by linear regressions.

statsmodels' `OaxacaBlinder` gives the same numbers for equal weights (a test compares them), but takes no
weights, gives no detail by covariate, trims the draws of its bootstrap, and in version 0.15 mixes up the
shares of the groups (`cotton`) where it swaps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mande.errors import Text
from mande.measure.linear import Chosen, Linear, dummy, influences, lacking, mean_of, numbers
from mande.measure.sample import Answer, Floats, Sample

FORMULA = (
    "gap = mean_high - mean_low; endowments = (x_h - x_l) b_l; coefficients = x_l (b_h - b_l); "
    "interaction = (x_h - x_l)(b_h - b_l); explained = (x_h - x_l) b*; "
    "unexplained = x_h (b_h - b*) + x_l (b* - b_l)"
)
SOURCE = (
    "Oaxaca 1973; Blinder 1973; Jann 2008, Stata Journal 8(4), 453-479; categories: Yun 2005, "
    "Economic Inquiry 43(4), 766-772"
)
ROLES = {"value": "number", "group": "text", "covariates": "numbers"}
OPTIONS: dict[str, Any] = {"high": "M", "low": "F", "reference": None, "categories": {}}
LABEL = Text(
    "Gap of {high} and {low} explained, {value}",
    "Écart entre {high} et {low} expliqué, {value}",
    "Brecha entre {high} y {low} explicada, {value}",
)
UNIT = "value"
DIRECTION = "neutral"
IS_SEVERAL = True
SMALLEST_CELL = 30
COMPARES = ("group", "high", "low")

_COLLINEAR = 1e-10


_PARTS = ("endowments", "coefficients", "interaction", "explained", "unexplained")
_POOLED = ("pooled", "pooled_without_group", "share")


def refuse(options: Mapping[str, Any]) -> str:
    """Return what `reference` must be."""
    kind = options["reference"]
    is_number = isinstance(kind, int | float) and not isinstance(kind, bool)
    is_known = kind is None or is_number or kind in _POOLED
    return "" if is_known else f"reference: {', '.join(_POOLED)} or a number"


@dataclass(frozen=True, slots=True, eq=False)
class Regressions:
    """Means and coefficients of the two groups, constant first, in the order of `names`.

    `reference`: the coefficients that explain (b* of the formula).
    """

    names: tuple[str, ...]
    means_high: Linear
    means_low: Linear
    high: Linear
    low: Linear
    reference: Linear


def notes(sample: Sample) -> str:
    """Return which covariates were left out."""
    gone = _constant(sample)
    return f"left out, as they do not vary within both groups: {', '.join(gone)}" if gone else ""


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return the threefold and the twofold decomposition, in the value's unit, and by covariate.

    Parameters
    ----------
    sample
        `value`, `group` and `covariates` (dummies for categories, one left out); weighted least squares.
        Units of other groups stay out. Options: `high` minus `low` is the gap; `reference` gives the
        coefficients that explain: `pooled` (both groups with a dummy of the group; also None),
        `pooled_without_group` (moves some of the unexplained into the explained), `share` (groups
        averaged by weight), or a number, the weight of the high group's (1: its own, 0: the low
        group's). `categories`: {education: [primary, secondary]} names the dummies of one variable, so
        that parts do not depend on the category left out (its part is `education_base`). A covariate
        that does not vary within both groups has no coefficient to compare: it is left out, its parts
        have a reason, and a note names it (what it would explain is in the unexplained).

    Returns
    -------
    `gap`, `mean_high`, `mean_low`, `endowments`, `coefficients`, `interaction`, `explained`,
    `unexplained`, `explained_share`, and each part as PART_COVARIATE; `constant` where it has one.

    Examples
    --------
    >>> columns = {
    ...     "value": np.array([2.0, 3.0, 4.0, 1.0, 1.5, 2.0]),
    ...     "group": np.array(["M", "M", "M", "F", "F", "F"], dtype=object),
    ...     "covariates": np.array([[1.0], [2.0], [3.0], [0.0], [1.0], [2.0]]),
    ... }
    >>> found = compute(Sample(columns, np.ones(6), OPTIONS, {"covariates": ("tenure",)}))
    >>> [round(found[part], 6) for part in ("gap", "endowments", "coefficients", "interaction")]
    [1.5, 0.5, 0.5, 0.5]
    """
    found = _parts(sample)
    return found if isinstance(found, str) else numbers(found)


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variable of each number; covariates are random, as people are sampled.

    A coefficient has the inverse of X'WX times x times the residual (Binder 1983), so the errors allow
    for unequal variances; Jann 2008 has the same for simple random samples.
    """
    found = _parts(sample)
    return {} if isinstance(found, str) else influences(found)


def decompose(fitted: Regressions) -> dict[str, Linear]:
    """Return the parts of the gap and the part of each covariate in them.

    Means and coefficients that were published do for the numbers; then influences are empty.
    """
    difference, slope = fitted.means_high - fitted.means_low, fitted.high - fitted.low
    above, below = fitted.high - fitted.reference, fitted.reference - fitted.low
    parts = {
        "endowments": difference * fitted.low,
        "coefficients": fitted.means_low * slope,
        "interaction": difference * slope,
        "explained": difference * fitted.reference,
        "unexplained": fitted.means_high * above + fitted.means_low * below,
    }
    found = {part: each.sum() for part, each in parts.items()}
    for part, each in parts.items():
        for at, name in enumerate(fitted.names):
            if name != "constant" or part in ("coefficients", "unexplained"):
                found[f"{part}_{name}"] = each[at]
    return found


def _parts(sample: Sample) -> dict[str, Linear | str] | str:
    names = str(sample.options["high"]), str(sample.options["low"])
    if why := refuse(sample.options) or lacking(sample["group"], *names):
        return why
    high, low = (sample["group"] == name for name in names)
    gone = _constant(sample)
    if len(gone) == len(sample.names["covariates"]):
        return "no covariate varies within both groups"
    sample = _without(sample, gone)
    fitted = _regressions(sample, high, low)
    if isinstance(fitted, str):
        return fitted
    means = {
        "mean_high": mean_of(sample["value"], sample.weights, high),
        "mean_low": mean_of(sample["value"], sample.weights, low),
    }
    gap = means["mean_high"] - means["mean_low"]
    found: dict[str, Linear | str] = {"gap": gap, **means, **decompose(fitted)}
    found |= {f"{part}_{name}": "it does not vary within both groups" for part in _PARTS for name in gone}
    clear = abs(gap.value) > 1e-12 * float(abs(sample["value"]).max())
    explained = found["explained"]
    if isinstance(explained, Linear):
        found["explained_share"] = explained / gap if clear else "there is no gap to explain"
    return found


def _constant(sample: Sample) -> list[str]:
    """Return the covariates that are the same for all units of one group; dummies of a category stay."""
    kept = {name for dummies in sample.options["categories"].values() for name in dummies}
    groups = [sample["group"] == str(sample.options[label]) for label in ("high", "low")]
    if not all(chosen.any() for chosen in groups):
        return []
    spans = [np.ptp(sample["covariates"][chosen], axis=0) for chosen in groups]
    varies = np.logical_and(*(span > 0 for span in spans))
    named = zip(sample.names["covariates"], varies, strict=True)
    return [name for name, moves in named if not moves and name not in kept]


def _without(sample: Sample, gone: list[str]) -> Sample:
    """Return the sample without some covariates."""
    if not gone:
        return sample
    stay = [name not in gone for name in sample.names["covariates"]]
    columns = dict(sample.columns) | {"covariates": sample["covariates"][:, stay]}
    kept = tuple(name for name in sample.names["covariates"] if name not in gone)
    return Sample(columns, sample.weights, sample.options, dict(sample.names) | {"covariates": kept})


def _regressions(sample: Sample, high: Chosen, low: Chosen) -> Regressions | str:
    names = ("constant", *sample.names["covariates"])
    X = np.column_stack([np.ones(len(sample)), sample["covariates"]])
    fits = []
    for chosen, label in ((high, "high"), (low, "low")):
        fit = _fit(X, sample, chosen)
        if isinstance(fit, str):
            return f"group {sample.options[label]}: {fit}"
        fits.append(fit)
    reference = _reference(X, sample, (high, low), (fits[0], fits[1]))
    if isinstance(reference, str):
        return reference
    means = [mean_of(X, sample.weights, chosen) for chosen in (high, low)]
    fitted = Regressions(names, means[0], means[1], fits[0], fits[1], reference)
    for factor, dummies in sample.options["categories"].items():
        if stray := [name for name in dummies if name not in names]:
            return f"categories of {factor} names no covariate: {', '.join(stray)}"
        fitted = _deviations(fitted, factor, [names.index(name) for name in dummies])
    return fitted


def _fit(X: Floats, sample: Sample, chosen: Chosen) -> Linear | str:
    """Return weighted least squares on the chosen units, with the linearised variable of each coefficient.

    Rows are sorted, so that their order does not show in the last digits.
    """
    at = np.flatnonzero(chosen)
    at = at[np.lexsort((sample.weights[at], sample["value"][at], *X[at].T))]
    root = np.sqrt(sample.weights[at])
    x, y = X[at] * root[:, np.newaxis], sample["value"][at] * root
    if len(x) <= x.shape[1]:
        return f"{len(x)} units are too few for {x.shape[1]} coefficients"
    norms = np.sqrt((x**2).sum(axis=0))
    if (norms == 0).any():
        return "a covariate is 0 for everybody"
    left, singular, right = np.linalg.svd(x / norms, full_matrices=False)
    if singular[-1] <= _COLLINEAR * singular[0]:
        return "covariates repeat one another or do not vary"
    inverse = right.T / singular
    coefficients = inverse @ (left.T @ y) / norms
    residual = np.where(chosen, sample["value"] - X @ coefficients, 0.0)
    bread = (inverse @ inverse.T) / np.outer(norms, norms)
    return Linear(coefficients, (X @ bread) * residual[:, np.newaxis])


def _reference(
    X: Floats, sample: Sample, groups: tuple[Chosen, Chosen], fits: tuple[Linear, Linear]
) -> Linear | str:
    kind = sample.options["reference"]
    high, low = groups
    both = high | low
    if kind in (None, "pooled"):
        pooled = _fit(np.column_stack([X, dummy(high)]), sample, both)
        return pooled if isinstance(pooled, str) else pooled.through(np.eye(X.shape[1], X.shape[1] + 1))
    if kind == "pooled_without_group":
        return _fit(X, sample, both)
    if kind == "share":
        share = mean_of(dummy(high), sample.weights, both)
        return fits[1] + (fits[0] - fits[1]) * share
    return fits[0] * float(kind) + fits[1] * (1 - float(kind))


def _deviations(fitted: Regressions, factor: str, dummies: list[int]) -> Regressions:
    """Return the same regressions with a dummy for every category of `factor`, effects of sum 0."""
    k, n_categories = len(fitted.names), len(dummies) + 1
    means, effects = (np.vstack([np.eye(k), np.zeros(k)]) for _ in range(2))
    means[k, 0] = 1.0
    means[k, dummies] = -1.0
    effects[0, dummies] = 1 / n_categories
    effects[np.ix_([*dummies, k], dummies)] -= 1 / n_categories
    return Regressions(
        (*fitted.names, f"{factor}_base"),
        fitted.means_high.through(means),
        fitted.means_low.through(means),
        fitted.high.through(effects),
        fitted.low.through(effects),
        fitted.reference.through(effects),
    )
