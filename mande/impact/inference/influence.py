"""Errors from influence functions, for estimators that are built from them.

Assumption: units (or clusters) are drawn independently of each other and many.
Equation: V = sum over clusters of (sum of psi in the cluster)(same)' / n^2, without a small-sample
factor; normal. Simultaneous bands: the largest |t| over the named estimates, drawn with Mammen's or
Rademacher weights per cluster, gives the critical value for all of them at once.
Use: estimators that are built from influence functions (doubly robust, staggered), with many units or
clusters.
Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), theorem 2 and algorithm 1;
Sant'Anna and Zhao (2020), Journal of Econometrics 219(1).
Reference implementation: R did 2.1.2 (analytical errors), R DRDID 1.2.3.
"""

from __future__ import annotations

import numpy as np

from mande.impact import lone
from mande.impact.contract import Fitted, Inference, InfluenceFit, Option, Request
from mande.impact.inference._replays import is_seed
from mande.impact.linear import cluster_sums
from mande.impact.observations import FloatArray
from mande.impact.regressors import dense, products
from mande.results import Reference

_KEPT = 1_000
_AT_ONCE = 100


def influence(fit: InfluenceFit, request: Request) -> Fitted:
    """Return errors of estimates with influence functions, clustered where there are clusters."""
    n = len(fit.psi)
    sums, n_clusters = fit.psi, None
    how = f"over {n:,} {'rows' if request.unit is None else 'units'}"
    if fit.clusters:
        codes, n_clusters = dense(fit.clusters[0])
        sums = cluster_sums(fit.psi, codes, n_clusters)
        how = f"summed by {request.cluster} ({n_clusters:,} clusters)"
    notes = [f"Standard errors from influence functions, {how}; normal distribution, no factor."]
    covariance = products(sums) / n**2
    simultaneous = None
    if fit.joint:
        columns = [fit.names.index(name) for name in fit.joint]
        simultaneous = _largest(sums[:, columns] / n, request.options.get("seed", 0))
        notes.append(f"Simultaneous bands from {_KEPT:,} draws with Rademacher weights.")
    return Fitted(
        fit.estimates, covariance, Reference("normal"), n, n_clusters,
        simultaneous=simultaneous, notes=tuple(notes),
    )  # fmt: skip


def _largest(sums: FloatArray, seed: int) -> Reference:
    """Return the distribution of the largest |t| of several estimates; columns without error are left out."""
    errors = np.sqrt(np.sum(sums**2, axis=0))
    moving = sums[:, errors > 0] / errors[errors > 0]
    total = moving.sum(axis=0)
    random = np.random.default_rng(seed)
    statistics = np.empty((_KEPT, moving.shape[1]))
    n_bytes = -(-len(sums) // 8)
    for first in range(0, _KEPT, _AT_ONCE):
        # One random bit for each sign: a sum with signs is twice the sum of the chosen rows less the total.
        drawn = np.frombuffer(random.bytes(_AT_ONCE * n_bytes), np.uint8).reshape(_AT_ONCE, n_bytes)
        chosen = np.unpackbits(drawn, axis=1, count=len(sums)).astype(np.float64)
        statistics[first : first + _AT_ONCE] = np.abs(2 * (chosen @ moving) - total)
    largest = np.sort(statistics.max(axis=1, initial=0.0))
    return Reference("draws", draws=tuple(float(value) for value in largest))


INFERENCE = Inference(
    name="influence",
    title="errors from influence functions",
    needs_clusters=False,
    uses_clusters=True,
    influence=influence,
    problems=lone.problems,
    options={"seed": Option(0, is_seed, "a whole number of zero or more")},
)
