"""Wild cluster bootstrap with the hypothesis imposed; confidence sets by turning the test round.

Assumption: clusters are independent of each other. Holds with far fewer and less alike clusters than CR1,
though with one or two treated clusters it hardly ever rejects (MacKinnon and Webb 2018).
Equation: under b = b0, y* = Zg + b0 D + v_g u_g(b0) with u(b0) the residuals of the restricted regression
and v_g one draw per cluster (Rademacher, or Webb's six points where clusters are few);
t* = (b* - b0) / se_CR1(b*), p = share of |t*| >= |t(b0)|. Where all 2^G Rademacher draws are no more than
the replays, each is used once; otherwise p = (1 + count) / (1 + replays).
Every t* is a linear function of b0 over the root of a quadratic one, so that draws are made once for the
whole confidence set. The standard error shown beside it is CR1's.
Use: few clusters, of which several are treated, as a check beside CR2; not with one or two treated.
Source: Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90(3); Roodman, MacKinnon,
Nielsen and Webb (2019), Stata Journal 19(1), 5; Webb (2023), Canadian Journal of Economics 56(3).
Reference implementation: Stata boottest; R fwildclusterboot; Python wildboottest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mande.impact import lone
from mande.impact.contract import Fitted, Inference, LinearFit, Option, Request
from mande.impact.inference import cr1
from mande.impact.inference._clusters import Clustered, size_problems, whole_design
from mande.impact.inference._inversion import inverted
from mande.impact.inference._replays import is_replays, is_seed
from mande.impact.observations import FloatArray

REPLAYS = 9_999
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_FEW = 11
_CHUNK = 2_000_000
DRAWS = ("auto", "rademacher", "webb")


@dataclass(frozen=True, slots=True)
class _Statistics:
    """Pieces of t(b0) in every draw: (n0 - b0 n1) / sqrt(q0 - 2 b0 q1 + b0^2 q2)."""

    n0: FloatArray
    n1: FloatArray
    q0: FloatArray
    q1: FloatArray
    q2: FloatArray

    def squares(self, b0: float) -> FloatArray:
        """Return t(b0)^2 in every draw; without spread, zero over zero is zero and the rest infinite."""
        top = (self.n0 - b0 * self.n1) ** 2
        below = np.maximum(self.q0 - 2 * b0 * self.q1 + b0**2 * self.q2, 0.0)
        return np.where(below > 0, top / np.where(below > 0, below, 1.0), np.where(top > 0, np.inf, 0.0))


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return CR1 errors with the bootstrap's distribution for the effect; other terms keep CR1's."""
    usual = cr1.linear(fit, request)
    design = whole_design(fit, fit.model.clusters[0])
    draws, kind, is_exact = _draws(design.n_clusters, request)
    position = fit.model.position
    slope = float(fit.coefficients[position] * design.scale[position])
    pieces = _pieces(design, position, slope)
    statistics = _bootstrap(pieces, draws)
    observed = _bootstrap(pieces, np.ones((1, design.n_clusters)))
    count = len(draws)

    def p_of(b0: float) -> float:
        b0 = b0 * design.scale[position]
        # Draws that flip nothing, or everything, repeat the statistic itself up to rounding.
        least = float(observed.squares(b0)[0]) * (1 - 1e-9)
        above = int((statistics.squares(b0) >= least).sum())
        return above / count if is_exact else (1 + above) / (1 + count)

    reference = inverted(p_of, float(fit.coefficients[position]), float(usual.std_errors[position]))
    how = f"all {count:,}" if is_exact else f"{count:,} random"
    seed = "" if is_exact else f", seed {request.options['seed']}"
    note = (
        f"Restricted wild cluster bootstrap of the effect by {request.cluster} ({design.n_clusters:,} "
        f"clusters, {how} {kind} draws{seed}); the interval holds every value that is not rejected; the "
        "standard error is CR1."
    )
    others = {column: usual.reference for column in range(len(fit.coefficients)) if column != position}
    caution = lone.caution(fit.model, request)
    return replace(usual, reference=reference, references=others, notes=(note,), caution=caution)


def _draws(n_clusters: int, request: Request) -> tuple[FloatArray, str, bool]:
    """Return one draw per cluster and replay, what they are called, and whether they are all there are."""
    replays = request.options["replays"] or REPLAYS
    kind = request.options["draws"]
    if kind == "auto":
        kind = "webb" if n_clusters < _FEW else "rademacher"
    if kind == "rademacher" and 2.0**n_clusters <= replays:
        bits = (np.arange(2**n_clusters)[:, None] >> np.arange(n_clusters)[None, :]) & 1
        return np.asarray(1 - 2 * bits, dtype=np.float64), "Rademacher", True
    points = np.concatenate([-_WEBB, _WEBB]) if kind == "webb" else np.array([-1.0, 1.0])
    chosen = np.random.default_rng(request.options["seed"]).integers(len(points), size=(replays, n_clusters))
    return np.asarray(points[chosen], dtype=np.float64), kind.capitalize(), False


def without_effect(fit: LinearFit, draws: FloatArray) -> tuple[float, FloatArray]:
    """Return |t| observed and in each draw of a world without effect; `draws` has one column per cluster."""
    design = whole_design(fit, fit.model.clusters[0])
    position = fit.model.position
    pieces = _pieces(design, position, float(fit.coefficients[position] * design.scale[position]))
    observed = _bootstrap(pieces, np.ones((1, design.n_clusters)))
    drawn = _bootstrap(pieces, draws)
    return float(np.sqrt(observed.squares(0.0)[0])), np.asarray(np.sqrt(drawn.squares(0.0)))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Per cluster, with D the effect's column free of the others Z: sums over the rows of a cluster.

    `of_outcome` and `of_effect` hold D'Wy and D'WD, and Z'Wy and Z'WD after them.
    """

    of_outcome: FloatArray
    of_effect: FloatArray
    cross: FloatArray
    bread_others: FloatArray


def _pieces(design: Clustered, position: int, slope: float) -> _Pieces:
    others = np.delete(design.regressors, position, axis=1)
    weights = design.weights[:, None]
    bread = np.asarray(
        np.linalg.pinv(others.T @ (others * weights), rcond=1e-13, hermitian=True), dtype=np.float64
    )
    raw = design.regressors[:, position]
    effect = raw - others @ (bread @ (others.T @ (design.weights * raw)))
    outcome = design.residuals + slope * effect
    both = np.column_stack([effect, others]) * weights
    return _Pieces(
        of_outcome=design.sums(both * outcome[:, None]),
        of_effect=design.sums(both * effect[:, None]),
        cross=design.sums(others * (effect * design.weights)[:, None]),
        bread_others=bread,
    )


def _bootstrap(pieces: _Pieces, draws: FloatArray) -> _Statistics:
    """Return the pieces of every draw's statistic, a part of the draws at a time."""
    size = max(1, _CHUNK // draws.shape[1])
    parts = [_part(pieces, draws[first : first + size]) for first in range(0, len(draws), size)]
    return _Statistics(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _part(pieces: _Pieces, draws: FloatArray) -> tuple[FloatArray, ...]:
    sizes = pieces.of_effect[:, 0]
    spread = pieces.cross @ pieces.bread_others

    def scores(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        moved = draws @ sums[:, 0]
        free = draws * sums[:, 0] - (draws @ sums[:, 1:]) @ spread.T - np.outer(moved / sizes.sum(), sizes)
        return moved, free

    (n0, first), (n1, second) = scores(pieces.of_outcome), scores(pieces.of_effect)
    products = ((first, first), (first, second), (second, second))
    return n0, n1, *(np.einsum("ij,ij->i", one, other) for one, other in products)


def _is_draws(value: object) -> bool:
    return value in DRAWS


INFERENCE = Inference(
    name="wild",
    title="restricted wild cluster bootstrap",
    needs_clusters=True,
    linear=linear,
    problems=size_problems,
    options={
        "replays": Option(None, is_replays, "a whole number of draws, 99 or more"),
        "seed": Option(0, is_seed, "a whole number of zero or more"),
        "draws": Option("auto", _is_draws, "auto, rademacher or webb"),
    },
)
