"""Correlated random effects: random effects with the unit means of what changes over time.

Assumption: as for fixed effects, strict exogeneity; what is constant in a unit may go with the regressors
through their means. Coefficients of what changes are those of fixed effects; coefficients of what does not
change can be had beside them, though these rest on the assumption of random effects.
Equation: y_it = m (+ d_t) + b D_it + c'x_it + g'mean_i(D, x) + u_i + e_it. The Mundlak test is the joint test
that g is zero: where it is not, random effects are wrong. It follows the standard errors chosen.
Use: coefficients of fixed effects together with those of what never changes; its Mundlak test decides
between fixed and random effects.
Source: Mundlak (1978), Econometrica 46(1); Wooldridge (2019), Journal of Econometrics 211(1), for
unbalanced panels, where the means of the wave indicators join.
Reference implementation: R plm 2.6-2 (model = "random" with unit means); Stata xthybrid, cre.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators._panel import NEXT_BEST, panel_columns, panel_problems
from mande.impact.estimators._random import (
    TESTS,
    independent,
    joint_test,
    random_model,
    units_of,
)
from mande.impact.fitting import as_estimate, flag
from mande.impact.linear import solve
from mande.impact.observations import FloatArray, Observations
from mande.impact.regressors import group_means, spread, variation_problems, within
from mande.results import Estimate, Table

MEAN = "mean of "


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression of random effects with unit means."""
    columns, names = panel_columns(request, data)
    inside = within(columns, units_of(data), data.weights)
    problems = panel_problems(request, data, columns, columns - columns.mean(axis=0), names)
    # The effect itself has to change within units: its mean would stand for it otherwise.
    n_arms = data.arms.shape[1]
    if not problems:
        problems += variation_problems(
            inside[:, :n_arms],
            spread(columns)[:n_arms],
            names[:n_arms],
            why_absorbed="a value that changes between waves within units",
        )
    if not problems:
        means, mean_names = _means(data, columns, inside, names)
        columns, names = np.column_stack([columns, means]), (*names, *mean_names)
    return random_model(request, data, columns, names, problems)


def _means(
    data: Observations, columns: FloatArray, inside: FloatArray, names: tuple[str, ...]
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return unit means of the columns that change within units and whose means differ between them."""
    means = group_means(columns, units_of(data), data.weights)
    changing = np.linalg.norm(inside, axis=0) > 1e-8 * spread(columns)
    fixed = np.flatnonzero(~changing)
    pool = np.column_stack([columns[:, fixed], means[:, changing]])
    sizes = np.concatenate([spread(columns)[fixed], spread(columns)[changing]])
    kept = [place for place in independent(pool - pool.mean(axis=0), sizes) if place >= len(fixed)]
    labels = [name for name, moves in zip(names, changing, strict=True) if moves]
    return pool[:, kept], tuple(MEAN + labels[place - len(fixed)] for place in kept)


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares on the quasi-demeaned columns; the Mundlak test stands beside it."""
    if inference.linear is None:
        raise TypeError(f"{inference.name} is not defined for regressions")
    fitted = inference.linear(solve(model), request)
    result = as_estimate(
        request, model, fitted, names=model.names, effect=model.effect, headline=model.headline,
        assumption=ESTIMATOR.assumption,
    )  # fmt: skip
    places = [place for place, name in enumerate(model.names) if name.startswith(MEAN)]
    if not places or (fitted.n_clusters is not None and fitted.n_clusters <= len(places)):
        return result
    row = joint_test(fitted, places, "unit means play no part (random effects hold)")
    note = f"F test with {request.inference}; the method is chosen by the design and never by this test."
    return replace(result, tables={**result.tables, "mundlak": Table("Mundlak test", TESTS, (row,), (note,))})


ESTIMATOR = Estimator(
    name="correlated_random_effects",
    title="correlated random effects",
    assumption=(
        "Apart from what never changes in a unit, nothing else that moves the outcome changes together "
        "with the regressor."
    ),
    requires=("treated", "unit", "time"),
    inferences=("classical", "CR1"),
    options={"time_effects": flag(False)},
    plan=plan,
    fit=fit,
    next_best=NEXT_BEST,
)
