"""Effect on those who take part because of an instrument, such as an offer drawn by lot (2SLS).

Assumption: the instruments are as good as drawn by lot given the covariates, they move the outcome only
through the treatment, and they move nobody away from it (monotonicity). The effect is that on the units
whose treatment the instruments decide.
Equation: D = Z p + X r + v; b from the regression of y on (D^, X), D^ the fitted D. Errors use the scores
(D^, X) (y - D b - X c). Strength: effective F = p'Z'Zp / tr(V_p Z'Z), Z free of X, V_p the first stage's
covariance; with one instrument its squared t. Beside it stand first stage and intention to treat.
Use: take-up by some of those assigned: the effect on those who take part because they were assigned, beside
intention to treat.
Source: Imbens and Angrist (1994), Econometrica 62(2); Wooldridge (2010), Econometric Analysis of Cross
Section and Panel Data, 5.2; Montiel Olea and Pflueger (2013), Journal of Business and Economic Statistics
31(3), (3.2).
Reference implementation: R fixest 0.14.2 and R ivreg; linearmodels IV2SLS.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mande.errors import MandeError, Problem
from mande.impact import problems as codes
from mande.impact.contract import (
    Estimator,
    Fitted,
    Inference,
    InstrumentedModel,
    LinearFit,
    LinearModel,
    Option,
    Request,
    column_names,
    is_column,
    is_columns,
)
from mande.impact.estimators._after import rows_as_they_stand, with_baseline
from mande.impact.fitting import (
    as_estimate,
    cluster_problems,
    outcome_problems,
    row_problems,
)
from mande.impact.linear import absorbed_sets, residualise, solve
from mande.impact.lone import lone_groups
from mande.impact.observations import FloatArray, Observations
from mande.impact.regressors import CONSTANT, distance, spread, variation_problems
from mande.results import Estimate, Table

STRONG = 23.1
"""Effective F above which the worst bias is a tenth or less (Montiel Olea and Pflueger, table 1, one
instrument, 5 %; it is smaller with several)."""
STAGES = ("stage", "term", "estimate", "std_error", "p_value", "n")


def plan(request: Request, data: Observations) -> InstrumentedModel:
    """Return the regression of the outcome on treatment and further columns, and the instruments."""
    names = column_names(request.options["instruments"])
    problems = _instrument_problems(request, names)
    after = rows_as_they_stand(request, data, [])
    baseline = str(request.options["baseline"])
    after = with_baseline(after, baseline)
    data, others = after.data, after.others
    problems += after.problems
    constant = np.ones((len(data), 0 if data.absorbed else 1))
    regressors = np.column_stack([data.arms, others, constant])
    instruments = np.column_stack([data.extra[name] for name in names]) if names else np.empty((len(data), 0))
    effect = str(request.treated)
    if not problems and len(data):
        problems += _column_problems(
            data, np.column_stack([others, instruments]), (*after.other_names, *names)
        )
        problems += _column_problems(data, np.column_stack([others, data.arms]), (*after.other_names, effect))
        centred = data.outcome - data.outcome.mean()
        problems += outcome_problems(centred, distance(data.outcome), request, what="varies")
    n_effects = sum(int(codes_.max(initial=-1)) + 1 for codes_ in absorbed_sets(data.absorbed))
    n_columns = max(others.shape[1] + instruments.shape[1], 1 + others.shape[1]) + constant.shape[1]
    problems += row_problems(len(data), n_columns + n_effects, data)
    problems += cluster_problems(data.clusters, request)
    first = instruments[:, 0] if len(names) == 1 else data.treated
    return InstrumentedModel(
        data,
        data.outcome,
        regressors,
        (effect, *after.other_names, *((CONSTANT,) if not data.absorbed else ())),
        effect,
        data.weights,
        data.clusters,
        data.absorbed,
        strata=data.strata,
        treated=first,
        instruments=instruments,
        instrument_names=names,
        problems=tuple(_distinct(problems)),
        notes=after.notes,
        lone=lone_groups(data.clusters, first, request),
    )


def _distinct(problems: list[Problem]) -> list[Problem]:
    """Return each problem once: two regressions share their further columns."""
    kept: list[Problem] = []
    for entry in problems:
        if entry not in kept:
            kept.append(entry)
    return kept


def _instrument_problems(request: Request, names: tuple[str, ...]) -> list[Problem]:
    if names:
        return []
    expected = "at least one column: instruments="
    return [codes.problem(codes.INSTRUMENTS, argument="instruments", found="none", expected=expected)]


def _column_problems(data: Observations, columns: FloatArray, names: tuple[str, ...]) -> list[Problem]:
    sets = absorbed_sets(data.absorbed)
    used = residualise(columns, sets, data.weights) if sets else columns - columns.mean(axis=0)
    why = "different values within the absorbed groups"
    return variation_problems(used, spread(columns), names, why_absorbed=why)


def fit(request: Request, model: InstrumentedModel, inference: Inference) -> Estimate:
    """Fit by two-stage least squares.

    Raises
    ------
    MandeError
        M-INSTRUMENTS where the instruments leave treatment as it is.
    """
    if inference.linear is None:
        raise TypeError(f"{inference.name} is not defined for regressions")
    treatment = model.regressors[:, model.position]
    first = solve(model.reduced(treatment))
    k = len(model.instrument_names)
    moved = model.instruments @ first.coefficients[:k]
    if not distance(moved) > 1e-10 * distance(treatment):
        expected = "instruments that move the treatment"
        found = "treatment is the same at every value of the instruments"
        place = {"argument": "instruments", "found": found, "expected": expected}
        raise MandeError([codes.problem(codes.INSTRUMENTS, **place)])
    fitted = inference.linear(second_stage(model, first), request)
    of_first = inference.linear(first, request)
    strength = effective_f(first, of_first, k)
    of_outcome = inference.linear(solve(model.reduced(model.outcome)), request)
    stages = _stages(request, model, of_first, of_outcome, strength)
    result = as_estimate(
        request, model, replace(fitted, tables={**fitted.tables, "stages": stages}),
        names=model.names, effect=model.effect, assumption=ESTIMATOR.assumption,
        notes=_strength_notes(strength, inference),
    )  # fmt: skip
    if strength < 10 and inference.name != "anderson_rubin":
        weak = f'The instruments are weak (effective F {strength:.1f}); take inference="anderson_rubin".'
        return replace(result, caution=f"{result.caution} {weak}".strip())
    return result


def second_stage(model: InstrumentedModel, first: LinearFit) -> LinearFit:
    """Return the fit on fitted treatment, with residuals at treatment as it was."""
    regressors = model.regressors.copy()
    regressors[:, model.position] -= first.residuals
    plain = LinearModel(
        model.data, model.outcome, regressors, model.names, model.effect, model.weights, model.clusters,
        model.absorbed,
    )  # fmt: skip
    second = solve(plain)
    slope = second.coefficients[model.position]
    return replace(second, model=model, residuals=second.residuals - slope * first.residuals)


def effective_f(first: LinearFit, fitted: Fitted, k: int) -> float:
    """Return the strength of the first k columns of a first stage."""
    root = np.sqrt(first.weights)[:, None]
    instruments, others = first.regressors[:, :k] * root, first.regressors[:, k:] * root
    if others.shape[1]:
        basis, _ = np.linalg.qr(others)
        instruments = instruments - basis @ (basis.T @ instruments)
    moments = instruments.T @ instruments
    slopes = fitted.coefficients[:k]
    noise = float(np.trace(fitted.covariance[:k, :k] @ moments))
    return float(slopes @ moments @ slopes) / noise if noise > 0 else np.inf


def _stages(
    request: Request, model: InstrumentedModel, first: Fitted, reduced: Fitted, strength: float
) -> Table:
    rows = []
    for stage, fitted in (("first stage", first), ("intention to treat", reduced)):
        for position, name in enumerate(model.instrument_names):
            estimate, error = float(fitted.coefficients[position]), float(fitted.std_errors[position])
            reference = fitted.references.get(position, fitted.reference)
            p = reference.p_value(estimate / error) if error > 0 else None
            rows.append((stage, name, estimate, error, p, fitted.n))
    note = f"Effective F of the first stage: {strength:.2f}."
    caption = f"What the instruments do to {request.treated} and to {request.outcome}"
    return Table(caption, STAGES, tuple(rows), (note,))


def _strength_notes(strength: float, inference: Inference) -> list[str]:
    notes = [f"Effective F of the first stage {strength:.2f} (Montiel Olea and Pflueger)."]
    if strength < STRONG and inference.name != "anderson_rubin":
        notes.append(
            f'Below {STRONG:g} the t interval can be wrong by much; inference="anderson_rubin" is right '
            "whatever the strength."
        )
    return notes


ESTIMATOR = Estimator(
    name="iv",
    title="effect on those who take part because of an instrument (two-stage least squares)",
    assumption=(
        "Given the covariates the instruments are as good as drawn by lot; they move the outcome only "
        "through taking part, and keep nobody from it. The effect is that on those whose taking part they "
        "decide."
    ),
    requires=("treated",),
    inferences=("anderson_rubin", "classical", "HC1", "CR1", "survey"),
    options={
        "instruments": Option(None, is_columns, "one column or several", column="numbers"),
        "baseline": Option(
            None, is_column, "the column of the outcome's value before the programme", column="numbers"
        ),
        "post": Option(None, is_column, "the 0/1 column of rows after the programme began", column="numbers"),
    },
    plan=plan,
    fit=fit,
    accepts=("absorb", "strata"),
)
