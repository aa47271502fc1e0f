"""Outcomes after at like outcomes before (ANCOVA), or simply after: intention to treat in a trial.

Assumption: who is treated was decided by chance, or by nothing related to the outcome beyond the value
before and the covariates. The effect is that of being assigned, whoever took part.
Equation: y_i1 = a + b D_i + c y_i0 + d'x_i + e_i, y_i0 left out where there is no baseline. With unit and
time, y_i0 is the outcome of the unit in the wave before; with `baseline` it is a column. `interacted` adds
D_i (x_i - mean x) (Lin 2013). Several arms: see `_after`.
Use: a trial with a baseline: more precise than changes wherever the outcome is not very persistent. Without
chance assignment, difference-in-differences.
Source: McKenzie (2012), Journal of Development Economics 99(2), (2); Frison and Pocock (1992), Statistics in
Medicine 11(13); Lin (2013), Annals of Applied Statistics 7(1).
Reference implementation: R lm; R fixest 0.14.2 with absorbed effects.
"""

from __future__ import annotations

from dataclasses import replace

from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators._after import AFTER_OPTIONS, comparison_model, rows_after, with_baseline
from mande.impact.fitting import CLUSTERED, ROW_ROBUST, linear_estimate
from mande.impact.observations import Observations
from mande.results import Estimate


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression of the outcome after on the arms and, where there is one, the outcome before."""
    after = rows_after(request, data)
    name = str(request.options["baseline"] or f"{request.outcome} before")
    model = comparison_model(request, with_baseline(after, name), outcome=after.outcome, what="varies")
    note = f"Compared at like values of {name}." if after.baseline is not None else "No baseline is used."
    return replace(model, notes=(*model.notes, note))


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares."""
    return linear_estimate(request, model, inference, assumption=ESTIMATOR.assumption)


ESTIMATOR = Estimator(
    name="ancova",
    title="outcome after, at like outcome before (ANCOVA)",
    assumption=(
        "Who was assigned to the programme was decided by chance, or by nothing that is related to the "
        "outcome beyond its value before and the covariates; the effect is that of being assigned."
    ),
    requires=("treated",),
    inferences=(*ROW_ROBUST, *CLUSTERED, "survey"),
    options=AFTER_OPTIONS,
    plan=plan,
    fit=fit,
    accepts=("absorb", "strata", "arms"),
)
