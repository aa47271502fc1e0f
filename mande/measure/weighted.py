"""Weighted sums, quantiles and shares that several statistics are made of.

Weights count units: a unit of weight 2 is two units, wherever that makes sense.
"""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.sample import Floats, Sample

_SLACK = 1e-12  # sums of weights such as 0.1 miss a share by rounding alone


def total(weights: Floats, values: Floats) -> float:
    """Return the weighted sum."""
    return float((weights * values).sum())


def mean(weights: Floats, values: Floats) -> float:
    """Return the weighted mean."""
    return total(weights, values) / float(weights.sum())


def mean_influence(weights: Floats, values: Floats) -> Floats:
    """Return the linearised variable of the weighted mean: `(x - mean) / sum of w`."""
    return (values - mean(weights, values)) / float(weights.sum())


def floored(values: Floats) -> Floats:
    """Return the values with those below 0 set to 0."""
    return np.maximum(values, 0.0)


def floored_note(sample: Sample) -> str:
    """Return how many values of a sample were set to 0."""
    count = int((sample["value"] < 0).sum())
    return f"values below 0 set to 0: {count}" if count else ""


def quantile(values: Floats, weights: Floats, q: float) -> float:
    """Return the smallest value with a share `q` of the weight at or below it.

    Where a value meets the share exactly, the middle between it and the next: the median of 1 and 2 is 1.5.

    Examples
    --------
    >>> quantile(np.array([5.0, 1.0, 3.0]), np.ones(3), 0.5), quantile(np.array([1.0, 2.0]), np.ones(2), 0.5)
    (3.0, 1.5)
    """
    order = np.lexsort((weights, values))
    value, reached = values[order], np.cumsum(weights[order])
    wanted, slack = q * reached[-1], reached[-1] * _SLACK
    at = int(np.searchsorted(reached, wanted - slack))
    if abs(reached[at] - wanted) <= slack and at + 1 < len(value):
        return float((value[at] + value[at + 1]) / 2)
    return float(value[at])


def quantile_influence(values: Floats, weights: Floats, q: float) -> Floats:
    """Return the linearised variable of a quantile: `(q - 1[x <= Q]) / (f(Q) sum of w)`.

    The density f at the quantile is estimated by a Gaussian kernel with Silverman's bandwidth, 0.9 min(sd,
    IQR / 1.34) n^(-1/5), n being (sum of w)^2 / sum of w^2. Where values lie on few points the density, and
    so the standard error, is rough. All values equal: zeros.

    Source: Deville (1999), Survey Methodology 25(2), and Osier (2009), Survey Research Methods 3(3), for the
    linearised variable; Silverman (1986), Density Estimation, equation 3.31, for the bandwidth.
    """
    at, size = quantile(values, weights, q), float(weights.sum())
    density = density_at(values, weights, at)
    if density is None:
        return np.zeros(len(values))
    below = (values <= at).astype(np.float64)
    # The share at or below, not q: so the weighted sum is 0 although shares move in steps.
    return (mean(weights, below) - below) / (density * size)


def density_at(values: Floats, weights: Floats, at: float) -> float | None:
    """Return the density of the values at a point, per unit of the value; None where all are equal."""
    size = float(weights.sum())
    centre = mean(weights, values)
    spread = float(np.sqrt(mean(weights, (values - centre) ** 2)))
    middle = quantile(values, weights, 0.75) - quantile(values, weights, 0.25)
    narrow = min(spread, middle / 1.34) if middle > 0 else spread
    if narrow == 0:
        return None
    bandwidth = 0.9 * narrow * (size**2 / float((weights**2).sum())) ** -0.2
    with np.errstate(
        over="ignore", divide="ignore"
    ):  # what is infinitely many bandwidths away weighs nothing
        kernel = np.exp(-0.5 * ((values - at) / bandwidth) ** 2) / np.sqrt(2 * np.pi)
        found = float(np.float64(total(weights, kernel)) / (size * bandwidth))
    return found if 0 < found < np.inf else None


def ranks(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return for each unit the weight below its value, its equals by half, and the sum of larger `w x`.

    In the second, too, those of equal value count by half.
    """
    points, where = np.unique(values, return_inverse=True)
    where = where.reshape(-1)
    at_point = np.bincount(where, weights=weights)
    sums = at_point * points
    below = np.cumsum(at_point) - at_point / 2
    above = np.cumsum(sums[::-1])[::-1] - sums / 2
    return below[where], above[where]


def gini(values: Floats, weights: Floats) -> float | None:
    """Return the Gini coefficient, None where the values sum to 0 or less.

    With units in rising order and W the weight up to and with a unit:
    `(2 sum of w x W - sum of w^2 x) / (sum of w * sum of w x) - 1` (Alfons and Templ 2013).

    Examples
    --------
    >>> round(gini(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.ones(5)), 7)
    0.2666667
    """
    sum_of_values = total(weights, values)
    if sum_of_values <= 0:
        return None
    below, _ = ranks(values, weights)
    size = float(weights.sum())
    found = float((weights * values * (2 * below - size)).sum()) / (size * sum_of_values)
    return max(found, 0.0)  # equal values miss 0 by rounding


def gini_influence(values: Floats, weights: Floats) -> Floats:
    """Return the linearised variable of the Gini coefficient; the values must not sum to 0.

    Source: Langel and Tille (2013), Journal of the Royal Statistical Society A 176(2), section 5.
    """
    size, sum_of_values = float(weights.sum()), total(weights, values)
    below, above = ranks(values, weights)
    level = 2 * total(weights, values * below) / (size * sum_of_values)
    return 2 * (values * below + above) / (size * sum_of_values) - level * (1 / size + values / sum_of_values)


def lorenz_sum(values: Floats, weights: Floats, share: float) -> float:
    """Return the sum of `w x` over the lowest `share` of the weight; a unit on the edge counts in part."""
    order = np.argsort(values, kind="stable")
    value, weight = values[order], weights[order]
    before = np.cumsum(weight) - weight
    taken = np.clip(share * weight.sum() - before, 0.0, weight)
    return float((taken * value).sum())


def lorenz_sum_influence(values: Floats, weights: Floats, share: float) -> Floats:
    """Return the linearised variable of `lorenz_sum`: `min(x - Q, 0) + share Q`.

    Source: Langel and Tille (2011), Survey Methodology 37(2), who need no density for it either.
    """
    edge = quantile(values, weights, share)
    return np.minimum(values - edge, 0.0) + share * edge


NO_SUM = "the values sum to 0"


def named(en: str, fr: str, es: str) -> Text:
    """Return the label of a statistic of `{value}`."""
    return Text(f"{en} {{value}}", f"{fr} {{value}}", f"{es} {{value}}")
