"""Change of the outcome on the group (change score), for comparison beside ANCOVA.

Assumption: without the programme both groups would have changed alike. In a trial it is as free of bias as
ANCOVA and less precise: it fixes the slope of the outcome before at one.
Equation: y_i1 - y_i0 = a + b D_i + d'x_i + e_i. With unit and time, y_i0 is the outcome of the unit in the
wave before; with `baseline` it is a column. Several arms: see `_after`.
Use: beside ANCOVA in a trial, to show that the result does not hang on how the baseline is used.
Source: McKenzie (2012), Journal of Development Economics 99(2), (1); Angrist and Pischke (2009), Mostly
Harmless Econometrics, 5.3 and 5.4.
Reference implementation: R lm.
"""

from __future__ import annotations

from dataclasses import replace

from mande.impact import problems as codes
from mande.impact.contract import Estimator, Inference, LinearModel, Request
from mande.impact.estimators._after import AFTER_OPTIONS, comparison_model, rows_after
from mande.impact.fitting import CLUSTERED, ROW_ROBUST, linear_estimate
from mande.impact.observations import Observations
from mande.results import Estimate


def plan(request: Request, data: Observations) -> LinearModel:
    """Return the regression of the change of the outcome on the arms."""
    after = rows_after(request, data)
    if after.baseline is None and not after.problems:
        expected = "the column of the outcome before; or unit= with time= or post="
        expected += "; where other units are asked in every wave, take did"
        missing = codes.problem(codes.ARGUMENT, argument="baseline", expected=expected)
        after = replace(after, problems=(missing,))
    change = after.outcome if after.baseline is None else after.outcome - after.baseline
    return comparison_model(request, after, outcome=change, what="changes unequally")


def fit(request: Request, model: LinearModel, inference: Inference) -> Estimate:
    """Fit by least squares."""
    return linear_estimate(request, model, inference, assumption=ESTIMATOR.assumption)


ESTIMATOR = Estimator(
    name="change_score",
    title="change of the outcome (change score)",
    assumption=(
        "Without the programme, treated and comparison units would have changed alike; nobody changed in "
        "anticipation, and the programme did not reach comparison units."
    ),
    requires=("treated",),
    inferences=(*ROW_ROBUST, *CLUSTERED, "survey"),
    options=AFTER_OPTIONS,
    plan=plan,
    fit=fit,
    accepts=("absorb", "strata", "arms"),
)
