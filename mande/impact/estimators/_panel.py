"""What the estimators on levels of a panel share: columns, checks and the call to linearmodels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.panel.utility import AbsorbingEffectError

from mande.errors import MandeError, Problem
from mande.impact import problems as codes
from mande.impact.contract import Fitted, FloatArray, Inference, Model, Request
from mande.impact.fitting import cluster_problems, single_cluster_notes
from mande.impact.observations import IntArray, Observations
from mande.impact.regressors import balanced_scale, spread, variation_problems, wave_indicators


def panel_columns(request: Request, data: Observations) -> tuple[FloatArray, tuple[str, ...]]:
    """Return effect, covariates and, with `time_effects`, one indicator per wave after the first."""
    columns = np.column_stack([data.treated, data.covariates])
    names = (str(request.treated), *request.covariates)
    if not request.options["time_effects"]:
        return columns, names
    indicators, labels = wave_indicators(data, str(request.time))
    return np.column_stack([columns, indicators]), (*names, *labels)


def panel_problems(
    request: Request, data: Observations, columns: FloatArray, used: FloatArray, names: tuple[str, ...]
) -> list[Problem]:
    """Return what stands against the regression; waves are checked first and the effect last."""
    n_own = 1 + len(request.covariates)
    order = [*range(n_own, len(names)), *range(1, n_own), 0]
    problems = []
    if len(data):
        problems = variation_problems(
            used[:, order],
            spread(columns)[order],
            [names[position] for position in order],
            why_absorbed="a value that changes between waves within units: unit effects take up all else",
        )
    return problems + cluster_problems(data.cluster, request)


def panel_notes(request: Request, data: Observations) -> tuple[str, ...]:
    """Return whether changes common to all units are removed, and if one cluster carries the effect."""
    if request.options["time_effects"]:
        waves = "Changes common to all units in a wave are removed (wave effects)."
    else:
        waves = "Changes common to all units are not removed (no wave effects) and can count as effect."
    return (waves, *single_cluster_notes(data.cluster, data.treated, request, both=False))


def fit_panel(
    model: Model,
    inference: Inference,
    panel_model: Any,
    *,
    model_options: Mapping[str, Any],
    fit_options: Mapping[str, Any],
    n_effects_in_clusters: int = 0,
) -> Fitted:
    """Fit a panel model class of linearmodels and return coefficients in the units of the columns.

    Ranks have been checked here, column by column, with the cause named; linearmodels' own check
    compares columns of unlike units and is switched off.
    """
    data = model.data
    index = pd.MultiIndex.from_arrays([np.asarray(data.unit), np.asarray(data.time)], names=["unit", "wave"])
    scale = balanced_scale(model.regressors)
    # Names given by callers may clash with linearmodels' own; positions are enough.
    labels = [f"x{position}" for position in range(len(scale))]
    exog = pd.DataFrame(model.regressors / scale, index=index, columns=labels)
    dependent = pd.DataFrame({"outcome": model.outcome}, index=index)
    weights = None if model.weights is None else pd.DataFrame({"weight": model.weights}, index=index)
    built = panel_model(dependent, exog, weights=weights, check_rank=False, **model_options)
    clusters: dict[str, IntArray | None] = {"clusters": model.clusters} if inference.needs_clusters else {}
    try:
        fitted = inference.panel(
            built, fit_options=fit_options, n_effects_in_clusters=n_effects_in_clusters, **clusters
        )
    except AbsorbingEffectError as error:
        # Its tolerance is wider than ours: nearly the same column twice.
        found = "nearly a combination of the others and the effects"
        others = ", ".join(model.names[1:])
        raise MandeError(
            [codes.problem(codes.COLLINEAR, column=model.names[0], found=found, others=others)]
        ) from error
    return replace(
        fitted,
        coefficients=fitted.coefficients / scale,
        covariance=fitted.covariance / np.outer(scale, scale),
    )
