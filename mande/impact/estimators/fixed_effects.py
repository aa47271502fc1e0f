"""Fixed effects (within) regression, with unit effects and, by option, wave effects.

Assumption: apart from what is constant in a unit (and common to a wave), nothing that moves the
outcome moves with the regressor, in any wave (strict exogeneity).
Equation: y_it = a_i (+ d_t) + b D_it + c'x_it + e_it, estimated on deviations from unit means; wave
effects are indicators with coefficients of their own.
Use: a regressor that changes within units, on and off or continuous; wave effects by `time_effects`.
Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 10.5.
Reference implementation: R fixest 0.14.2 (feols with y ~ D | unit + wave); linearmodels PanelOLS.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators._panel import (
    NEXT_BEST,
    panel_columns,
    panel_lone,
    panel_notes,
    panel_parts,
    within_problems,
)
from mande.impact.estimators._unit_effects import f_test
from mande.impact.fitting import CLUSTERED, flag, linear_estimate, outcome_problems, row_problems
from mande.impact.levels import LevelColumns, Within, indicators
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.impact.regressors import dense, distance, is_nested, within
from mande.results import Estimate

ASSUMPTION = (
    "Apart from what never changes in a unit, nothing else that moves the outcome changes together "
    "with the regressor."
)


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression with unit effects."""
    if data.unit is None:
        raise TypeError("unit effects need unit")
    columns, names, levels = panel_parts(request, data)
    # Unit effects take up any constant; around their means, large values keep their last digits.
    columns, outcome = columns - columns.mean(axis=0), data.outcome - data.outcome.mean()
    parts, moved, used = _without_unit_means(data, outcome, columns, levels)
    rows = np.bincount(data.unit)
    n_units = int(np.count_nonzero(rows))
    problems = within_problems(request, data, columns, used, names, parts)
    what = "changes between waves within units"
    problems += outcome_problems(moved, distance(data.outcome), request, what=what)
    problems += row_problems(len(data), n_units + len(names), data)
    notes = [*panel_notes(request, data)]
    if n_single := int((rows == 1).sum()):
        notes.append(f"{n_single:,} of {n_units:,} units have one wave only: in n, but silent on change.")
    if data.cluster is not None and not is_nested(data.unit, data.cluster):
        notes.append("Units change clusters; unit effects count in the degrees of freedom.")
    return LinearModel(
        data,
        outcome,
        columns,
        names,
        names[0],
        data.weights,
        data.clusters,
        absorbed=(data.unit,),
        strata=data.strata,
        treated=data.treated,
        rebuild=lambda treated: _rebuilt(columns, levels, len(data.waves), treated),
        headline=request.arms,
        nested_columns=_nested_waves(request, data),
        levels=levels,
        within=parts,
        problems=tuple(problems),
        notes=tuple(notes),
        lone=panel_lone(request, data),
    )


def _without_unit_means(
    data: Observations, outcome: FloatArray, columns: FloatArray, levels: IntArray | None
) -> tuple[Within | None, FloatArray, FloatArray]:
    """Return what the fit can take over, where waves are columns, and outcome and columns as deviations."""
    if data.unit is None:
        raise TypeError("unit effects need unit")
    if levels is None or not len(data):
        unit, weights = data.unit, data.weights
        return None, within(outcome[:, None], unit, weights), within(columns, unit, weights)
    waves = LevelColumns.of(levels, dense(data.unit)[0], data.weights, len(data.waves))
    parts = Within.of(outcome, columns, data.unit, waves)
    return parts, parts.outcome[:, None], parts.own


def _rebuilt(columns: FloatArray, levels: IntArray | None, n_waves: int, treated: FloatArray) -> FloatArray:
    waves = np.empty((len(columns), 0)) if levels is None else indicators(levels, n_waves)
    return np.column_stack([treated, columns[:, 1:], waves])


def _nested_waves(request: Request, data: Observations) -> int:
    """Return how many wave indicators lie within clusters."""
    time = data.time
    if time is None or not request.options["time_effects"]:
        return 0
    return (len(data.waves) - 1) * any(is_nested(time, cluster) for cluster in data.clusters)


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares on deviations from unit means.

    With classical errors, which it supposes too, the F test of unit effects stands beside them.
    """
    result = linear_estimate(request, model, inference, assumption=ASSUMPTION)
    if request.inference != "classical":
        return result
    table = f_test(model.data, panel_columns(request, model.data)[0])
    return result if table is None else replace(result, tables={**result.tables, "unit_effects": table})


ESTIMATOR = Estimator(
    name="fixed_effects",
    title="fixed effects",
    assumption=ASSUMPTION,
    requires=("treated", "unit", "time"),
    inferences=("classical", *CLUSTERED),
    options={"time_effects": flag(False)},
    plan=plan,
    fit=fit,
    next_best=NEXT_BEST,
)
