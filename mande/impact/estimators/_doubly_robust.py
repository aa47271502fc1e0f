"""The numbers behind every comparison at like covariates: first stages, weighted means, what each row moves.

`doubly_robust` compares two sides with it, `callaway_santanna` every cohort in every wave.

Every adjustment is a sum of Hajek means, sum_j s_j mean(w_j v_j) / mean(w_j), where w_j may hold the odds
exp(x'g) of being treated and v_j fitted outcomes x'b. The influence of a row is then
sum_j s_j [w_j (v_j - m_j) + a_g'mean(d) + a_b'mean(d)] / mean(w_j), d the derivatives of the mean by g and b
and a_g, a_b the row's influence on g and b.
Source: Sant'Anna and Zhao (2020), Journal of Econometrics 219(1), (2.5) to (2.8), (3.1), (3.2), theorems
1 and 2.
Reference implementation: R DRDID 1.2.3, whose trimming of comparison units is `trim`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mande.impact.observations import FloatArray
from mande.impact.regressors import spread

ADJUSTMENTS: Mapping[str, str] = {
    "doubly_robust": "doubly robust (traditional: logit and least squares)",
    "doubly_robust_improved": "doubly robust (improved: calibrated odds and weighted least squares)",
    "ipw": "inverse probability weights that sum to one (Hajek)",
    "outcome_regression": "outcome regression",
}
_ROUNDS = 100
_HALVINGS = 40
_FEW = 16


class NoOverlapError(ValueError):
    """Some kind of unit is only in one group: odds have no finite solution, or no comparison is left."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows to compare. `outcome` holds changes where `after` is None, else levels of two cross-sections.

    `design` has the constant first; `weights` are sampling weights; `treated` and `after` are 0/1.
    """

    outcome: FloatArray
    treated: FloatArray
    design: FloatArray
    weights: FloatArray
    after: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A first stage: its values at every row, and every row's influence on its coefficients."""

    values: FloatArray
    influence: FloatArray


@dataclass(frozen=True, slots=True)
class Piece:
    """One Hajek mean: its sign, weights, values, whether weights hold the odds, slopes of fitted outcomes."""

    sign: float
    weights: FloatArray
    values: FloatArray
    has_odds: bool = False
    stages: tuple[tuple[float, Stage], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Comparison:
    """The effect, each row's influence on it, the odds used (None without) and how many rows were cut off."""

    estimate: float
    psi: FloatArray
    odds: FloatArray | None
    trimmed: int = 0


def design_of(covariates: FloatArray) -> FloatArray:
    """Return a constant and the covariates, centred and scaled.

    That changes no result and keeps the first stages well conditioned.
    """
    size = spread(covariates) / np.sqrt(len(covariates))
    scaled = (covariates - covariates.mean(axis=0)) / np.where(size > 0, size, 1.0)
    return np.column_stack([np.ones(len(covariates)), scaled])


def compare(groups: Groups, adjustment: str, *, trim: float | None = None) -> Comparison:
    """Return the effect on the treated under one of `ADJUSTMENTS`.

    Comparison rows whose chance of being treated is `trim` or more get no weight. Without covariates every
    adjustment is the difference of mean changes.

    Raises
    ------
    NoOverlapError
        When the odds of being treated have no finite solution, or no comparison row keeps a weight.
    """
    if groups.design.shape[1] == 1:
        return Comparison(*_combine(_of_means(groups), groups.design, None, first_stages=False), None)
    improved = adjustment == "doubly_robust_improved"
    odds, trimmed = None, 0
    if adjustment != "outcome_regression":
        odds = _odds(groups, calibrated=improved)
        odds, trimmed = _trimmed(groups, odds, trim)
    if groups.after is None:
        pieces = _of_changes(groups, odds, adjustment)
    else:
        pieces = _of_levels(groups, groups.after, odds, adjustment)
    # Improved first stages make the derivatives zero in the population: Sant'Anna and Zhao, theorem 2.
    estimate, psi = _combine(pieces, groups.design, None if improved else odds, first_stages=not improved)
    return Comparison(estimate, psi, None if odds is None else odds.values, trimmed)


def _trimmed(groups: Groups, odds: Stage, trim: float | None) -> tuple[Stage, int]:
    """Return the odds with those of comparison rows like almost no other set to zero, and how many."""
    if trim is None:
        return odds, 0
    cut = (groups.treated == 0) & (odds.values >= trim / (1 - trim))
    if not cut.any():
        return odds, 0
    if cut[groups.treated == 0].all():
        raise NoOverlapError
    return Stage(np.where(cut, 0.0, odds.values), odds.influence), int(cut.sum())


def _times(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """Return a product that for few columns needs no threads: starting them costs more than they save."""
    return np.asarray(np.einsum("ij,j->i", matrix, vector) if matrix.shape[1] < _FEW else matrix @ vector)


def _sums(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """Return the transpose's product, likewise."""
    return np.asarray(np.einsum("ij,i->j", matrix, vector) if matrix.shape[1] < _FEW else vector @ matrix)


def _of_means(groups: Groups) -> list[Piece]:
    treated, others = groups.weights * groups.treated, groups.weights * (1 - groups.treated)
    if groups.after is None:
        return [Piece(1, treated, groups.outcome), Piece(-1, others, groups.outcome)]
    sides = ((1.0, groups.after), (-1.0, 1 - groups.after))
    return [
        Piece(sign * arm, weights * on, groups.outcome)
        for sign, on in sides
        for arm, weights in ((1.0, treated), (-1.0, others))
    ]


def _combine(
    pieces: list[Piece], design: FloatArray, odds: Stage | None, *, first_stages: bool
) -> tuple[float, FloatArray]:
    estimate, psi = 0.0, np.zeros(len(design))
    for piece in pieces:
        size = piece.weights.mean()
        mean = float((piece.weights * piece.values).mean() / size)
        centred = piece.weights * (piece.values - mean)
        moved = centred.copy()
        if piece.has_odds and odds is not None:
            moved += _times(odds.influence, _sums(design, centred) / len(design))
        if first_stages:
            direction = _sums(design, piece.weights) / len(design)
            for slope, stage in piece.stages:
                moved += slope * _times(stage.influence, direction)
        estimate += piece.sign * mean
        psi += piece.sign * moved / size
    return estimate, psi


def _of_changes(groups: Groups, odds: Stage | None, adjustment: str) -> list[Piece]:
    treated = groups.weights * groups.treated
    if adjustment == "ipw" and odds is not None:
        return [
            Piece(1, treated, groups.outcome),
            Piece(-1, _weighted(groups, odds), groups.outcome, has_odds=True),
        ]
    scale = odds.values if adjustment == "doubly_robust_improved" and odds is not None else None
    fitted = _regression(groups, 1 - groups.treated, scale)
    left, stages = groups.outcome - fitted.values, ((-1.0, fitted),)
    pieces = [Piece(1, treated, left, stages=stages)]
    if odds is not None:
        pieces.append(Piece(-1, _weighted(groups, odds), left, has_odds=True, stages=stages))
    return pieces


def _of_levels(groups: Groups, after: FloatArray, odds: Stage | None, adjustment: str) -> list[Piece]:
    treated, y = groups.weights * groups.treated, groups.outcome
    sides = ((1.0, after), (-1.0, 1 - after))
    if adjustment == "ipw" and odds is not None:
        pieces = [Piece(sign, treated * on, y) for sign, on in sides]
        return pieces + [Piece(-sign, _weighted(groups, odds) * on, y, has_odds=True) for sign, on in sides]
    scale = odds.values if adjustment == "doubly_robust_improved" and odds is not None else None
    pieces = []
    for sign, on in sides:
        other = _regression(groups, (1 - groups.treated) * on, scale)
        if odds is None:
            pieces += [
                Piece(sign, treated * on, y),
                Piece(-sign, treated, other.values, stages=((1.0, other),)),
            ]
            continue
        own = _regression(groups, groups.treated * on, None)
        gap, gap_stages = own.values - other.values, ((1.0, own), (-1.0, other))
        left, stages = y - other.values, ((-1.0, other),)
        pieces += [
            Piece(sign, treated * on, left, stages=stages),
            Piece(-sign, _weighted(groups, odds) * on, left, has_odds=True, stages=stages),
            Piece(sign, treated, gap, stages=gap_stages),
            Piece(-sign, treated * on, gap, stages=gap_stages),
        ]
    return pieces


def _weighted(groups: Groups, odds: Stage) -> FloatArray:
    return groups.weights * (1 - groups.treated) * odds.values


def _regression(groups: Groups, rows: FloatArray, scale: FloatArray | None) -> Stage:
    """Fit the outcome by least squares on some rows, weighted further by `scale`."""
    weights = groups.weights * rows * (1.0 if scale is None else scale)
    design, n = groups.design, len(groups.design)
    weighted = design * weights[:, None]
    inverse = np.linalg.inv(weighted.T @ design / n)
    slopes = inverse @ (_sums(weighted, groups.outcome) / n)
    # Once more on what is left brings back the digits that squaring costs.
    slopes = slopes + inverse @ (_sums(weighted, groups.outcome - _times(design, slopes)) / n)
    fitted = _times(design, slopes)
    return Stage(fitted, (weighted * (groups.outcome - fitted)[:, None]) @ inverse)


def _odds(groups: Groups, *, calibrated: bool) -> Stage:
    """Return the odds of being treated: by logit, or calibrated so that covariate means are equal.

    Logit solves mean(w (D - p) x) = 0; calibration mean(w (D - (1 - D) exp(x'g)) x) = 0 (Graham, Pinto and
    Egel 2012). Both are the minimum of a convex function, found by Newton's method.
    """
    design, treated = groups.design, groups.treated
    weights = groups.weights / groups.weights.mean()
    slopes = np.zeros(design.shape[1])
    share = float((weights * treated).mean())
    slopes[0] = np.log(share / (1 - share))
    value, gradient, curve = _loss(slopes, design, treated, weights, calibrated=calibrated)
    for _ in range(_ROUNDS):
        step = _newton(gradient, curve)
        # Errors square with every step: after one this small nothing is left but rounding.
        is_last = bool(np.abs(step).max() < 1e-8)
        for _ in range(_HALVINGS):
            trial = _loss(slopes + step, design, treated, weights, calibrated=calibrated)
            if is_last or (np.isfinite(trial[0]) and trial[0] <= value + 1e-14 * abs(value)):
                break
            step = step / 2
        slopes = slopes + step
        value, gradient, curve = trial
        # Around standardised covariates, odds beyond e^35 are a group of its own, not a tail.
        if np.abs(_times(design, slopes)).max() > 35:
            raise NoOverlapError
        if is_last:
            break
    if np.abs(gradient).max() > 1e-8:
        raise NoOverlapError
    linear = np.exp(_times(design, slopes))
    chance = linear if calibrated else linear / (1 + linear)
    error = treated - (1 - treated) * chance if calibrated else treated - chance
    scores = design * (weights * error)[:, None]
    return Stage(linear, np.linalg.solve(curve, scores.T).T)


def _newton(gradient: FloatArray, curve: FloatArray) -> FloatArray:
    if np.linalg.cond(curve) > 1e13:
        raise NoOverlapError
    return np.asarray(-np.linalg.solve(curve, gradient))


def _loss(
    slopes: FloatArray, design: FloatArray, treated: FloatArray, weights: FloatArray, *, calibrated: bool
) -> tuple[float, FloatArray, FloatArray]:
    """Return the convex function whose minimum is sought, its gradient and its second derivative."""
    index = np.clip(_times(design, slopes), -700.0, 700.0)
    odds = np.exp(index)
    if calibrated:
        bend = (1 - treated) * odds
        value, slope = bend - treated * index, bend - treated
    else:
        chance = odds / (1 + odds)
        value, slope, bend = np.log1p(odds) - treated * index, chance - treated, chance * (1 - chance)
    n = len(design)
    gradient = _sums(design, weights * slope) / n
    curve = design.T @ (design * (weights * bend)[:, None]) / n
    return float((weights * value).mean()), np.asarray(gradient), np.asarray(curve)
