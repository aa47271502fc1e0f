"""What the estimators on levels of a panel share: columns, checks and notes."""

from __future__ import annotations

import numpy as np

from mande.errors import Problem
from mande.impact.contract import Request
from mande.impact.fitting import cluster_problems
from mande.impact.levels import Within, indicators
from mande.impact.lone import lone_in_panel
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.impact.regressors import (
    clearly_independent,
    spread,
    variation_problems,
    wave_indicators,
)

NEXT_BEST = "did (two sides, post=), or imputation or etwfe with first_treated="
"""What to take in repeated cross-sections in place of a method that follows units."""


def panel_columns(request: Request, data: Observations) -> tuple[FloatArray, tuple[str, ...]]:
    """Return effect, covariates and, with `time_effects`, one indicator per wave after the first."""
    columns = np.column_stack([data.arms, data.covariates])
    names = (*(request.arms or (str(None),)), *request.covariates)
    if not request.options["time_effects"]:
        return columns, names
    indicators, labels = wave_indicators(data, str(request.time))
    return np.column_stack([columns, indicators]), (*names, *labels)


def panel_parts(request: Request, data: Observations) -> tuple[FloatArray, tuple[str, ...], IntArray | None]:
    """Return effect and covariates, the names of all columns, and the codes of waves that are columns too.

    The waves, each after the first, are named last and not written out; None without `time_effects`.
    """
    columns = np.column_stack([data.arms, data.covariates])
    names = (*(request.arms or (str(None),)), *request.covariates)
    if not request.options["time_effects"] or data.time is None or len(data.waves) < 2:
        return columns, names, None
    return columns, (*names, *(f"{request.time}={label}" for label in data.waves[1:])), data.time


def within_problems(
    request: Request,
    data: Observations,
    columns: FloatArray,
    used: FloatArray,
    names: tuple[str, ...],
    parts: Within | None,
) -> list[Problem]:
    """Return what stands against the regression on deviations from unit means.

    `used` are the deviations of `columns`. Only where the matrix of products says that something may be
    wrong, waves are written out and columns looked at one by one.
    """
    if parts is None or not len(data):
        return panel_problems(request, data, columns, used, names)
    sizes = np.concatenate([spread(columns), parts.levels.sizes()])
    mean_weight = 1.0 if data.weights is None else float(data.weights.mean())
    if clearly_independent(parts.gram / mean_weight, sizes):
        return cluster_problems(data.clusters, request)
    written = indicators(parts.levels.codes, len(data.waves))
    whole = np.column_stack([columns, written])
    moved = np.column_stack([used, parts.levels.written_out()])
    return panel_problems(request, data, whole, moved, names)


def panel_problems(
    request: Request, data: Observations, columns: FloatArray, used: FloatArray, names: tuple[str, ...]
) -> list[Problem]:
    """Return what stands against the regression; waves are checked first and the effect last."""
    n_arms = data.arms.shape[1]
    n_own = n_arms + len(request.covariates)
    order = [*range(n_own, len(names)), *range(n_arms, n_own), *range(n_arms)]
    problems = []
    if len(data):
        problems = variation_problems(
            used[:, order],
            spread(columns)[order],
            [names[position] for position in order],
            why_absorbed="a value that changes between waves within units: unit effects take up all else",
        )
    return problems + cluster_problems(data.clusters, request)


def panel_notes(request: Request, data: Observations) -> tuple[str, ...]:
    """Return whether changes common to all units are removed."""
    if request.options["time_effects"]:
        waves = "Changes common to all units in a wave are removed (wave effects)."
    else:
        waves = "Changes common to all units are not removed (no wave effects) and can count as effect."
    return (waves,)


def panel_lone(request: Request, data: Observations) -> tuple[str, ...]:
    """Return the groups that one cluster alone stands for."""
    if data.time is None:
        raise TypeError("a panel needs time")
    return lone_in_panel(data.clusters, data.arms, data.time, request)
