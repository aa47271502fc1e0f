"""Intervals of shares, which stay between 0 and 1."""

from __future__ import annotations

import math

import scipy

from mande.measure.sample import Floats


def share_interval(share: float, se: float, *, weights: Floats, df: int, level: float) -> tuple[float, float]:
    """Return the interval of a share under a survey's design.

    Between 0 and 1 it is that of the logit, `log(p / (1 - p)) +- t se / (p (1 - p))`, put back (the
    method `logit` of `svyciprop` in R's survey package). At 0 and 1, and where clusters agree exactly, the
    standard error is 0 and says nothing: there it is that of Clopper and Pearson with an effective number of
    cases, Kish's
    `(sum of w)^2 / sum of w^2`, times `(t of n - 1 / t of df)^2` for the design's degrees of freedom, one
    where it would be above. Assumption there: cases of one sampling unit are as different as those of
    several, since a sample without variation cannot say how alike they are.

    Parameters
    ----------
    share, se
        A mean of values from 0 to 1, and its standard error.
    weights
        Of the units used, shape (n,).
    df
        Degrees of freedom, 1 at least.
    level
        Of the interval, both sides together.

    Source: Korn and Graubard (1998), Survey Methodology 24(2), 193-201, for 0 and 1 and the degrees of
    freedom; Korn and Graubard (1999), Analysis of Health Surveys, section 2.4, and Lumley (2010), Complex
    Surveys, section 2.3, for the logit.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = share_interval(0.0, 0.0, weights=np.ones(13), df=12, level=0.95)
    >>> low, round(high, 4)
    (0.0, 0.2471)
    """
    tail = (1 - level) / 2
    if 0 < share < 1 and se > 0:
        half = float(scipy.special.stdtrit(df, 1 - tail)) * se / (share * (1 - share))
        middle = scipy.special.logit(share)
        return float(scipy.special.expit(middle - half)), float(scipy.special.expit(middle + half))
    # Clusters that agree exactly are no certainty either.
    n = _effective(weights, df, tail)
    holds = share * n
    low = 0.0 if share <= 0 else float(scipy.special.betaincinv(holds, n - holds + 1, tail))
    high = 1.0 if share >= 1 else float(scipy.special.betaincinv(holds + 1, n - holds, 1 - tail))
    return low, high


def _effective(weights: Floats, df: int, tail: float) -> float:
    """Return the effective number of cases of a sample without variation."""
    n = len(weights)
    kish = float(weights.sum()) ** 2 / float((weights**2).sum())
    if n < 2:
        return kish
    wider = float(scipy.special.stdtrit(n - 1, 1 - tail) / scipy.special.stdtrit(df, 1 - tail))
    return kish * min(1.0, math.pow(wider, 2))
