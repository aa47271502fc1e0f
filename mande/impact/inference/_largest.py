"""The distribution of the largest |t| of several estimates, for bands that hold for all at once.

Source: Montiel Olea and Plagborg-Moller (2019), Journal of Applied Econometrics 34(1), algorithm 1.
"""

from __future__ import annotations

import numpy as np

from mande.impact.observations import FloatArray
from mande.results import Reference

_KEPT = 2_000


def largest_of(covariance: FloatArray, df: float | None, seed: int) -> Reference:
    """Return draws of the largest |t| of a multivariate t (normal without `df`) with a covariance."""
    errors = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    moving = errors > 0
    correlation = covariance[np.ix_(moving, moving)] / np.outer(errors[moving], errors[moving])
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    random = np.random.default_rng(seed)
    normal = random.standard_normal((_KEPT, int(moving.sum()))) @ root.T
    scale = 1.0 if df is None else np.sqrt(random.chisquare(df, size=(_KEPT, 1)) / df)
    largest = np.sort(np.abs(normal / scale).max(axis=1, initial=0.0))
    return Reference("draws", draws=tuple(float(value) for value in largest))
