"""Anderson-Rubin confidence set: it holds whatever the strength of the instruments.

Assumption: the instruments move the outcome only through the treatment, and rows (or clusters) are
independent. Nothing is assumed of how much they move the treatment: with weak instruments the set grows,
comes in pieces or has no end, and says by that how little was learnt.
Equation: for each value b0 the outcome less b0 D is regressed on the instruments Z and the other columns;
b0 is kept where the joint test of the coefficients of Z does not reject: W(b0)/k against F(k, df), with the
CR1 covariance and df = clusters - 1, or HC1 and N - K without clusters. The error shown beside it is that
of two-stage least squares.
Use: instruments, whatever their strength: the interval holds also where they are weak.
Source: Anderson and Rubin (1949), Annals of Mathematical Statistics 20(1); Andrews, Stock and Sun (2019),
Annual Review of Economics 11, 5.1.
Reference implementation: Stata weakiv and R ivDiag (AR test with robust covariance); linearmodels
IV2SLS.anderson_rubin and R ivmodel under one variance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy import special

from mande.errors import Problem
from mande.impact import lone
from mande.impact import problems as codes
from mande.impact.contract import Fitted, Inference, InstrumentedModel, LinearFit, Plan, Request
from mande.impact.inference import cr1, hc1
from mande.impact.inference._inversion import LEVELS
from mande.impact.linear import solve
from mande.impact.observations import FloatArray
from mande.results import Reference

_POINTS = 400
_HALVINGS = 50


def problems(plan: Plan, request: Request) -> list[Problem]:
    """Return a problem where no instruments carry the effect."""
    if isinstance(plan, InstrumentedModel):
        return lone.problems(plan, request)
    values = {"found": "anderson_rubin", "method": request.method, "known": "the kinds for regressions"}
    return [codes.problem(codes.PAIR, argument="inference", **values)]


def robust(fit: LinearFit, request: Request) -> Fitted:
    """Return CR1 errors where there are clusters, else HC1."""
    if fit.model.clusters:
        return cr1.linear(fit, replace(request, inference="CR1"))
    return hc1.linear(fit, replace(request, inference="HC1"))


@dataclass(frozen=True, slots=True)
class _Test:
    """W(b0) = (y - b0 d)'[Vy - b0 C + b0^2 Vd]^-1 (y - b0 d), of k coefficients, against F(k, df)."""

    of_outcome: FloatArray
    of_treatment: FloatArray
    v_outcome: FloatArray
    v_cross: FloatArray
    v_treatment: FloatArray
    df: float

    def p_value(self, b0: float) -> float:
        """Return the p-value of the effect being `b0`."""
        # Divided by the larger of 1 and |b0|, a far value keeps its digits.
        size = max(1.0, abs(b0))
        one, share = 1 / size, b0 / size
        left = one * self.of_outcome - share * self.of_treatment
        v = one**2 * self.v_outcome - one * share * self.v_cross + share**2 * self.v_treatment
        wald = float(left @ np.linalg.solve(v, left))
        return float(special.fdtrc(len(left), self.df, max(wald, 0.0) / len(left)))


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return two-stage least squares errors with the Anderson-Rubin set; other terms keep their t.

    A regression without instruments (the first stage) gets its robust errors.
    """
    usual, model = robust(fit, request), fit.model
    if not isinstance(model, InstrumentedModel):
        return usual
    position = model.position
    estimate, error = float(usual.coefficients[position]), float(usual.std_errors[position])
    unit = error if error > 1e-12 * abs(estimate) else max(abs(estimate), 1.0)
    # Outcome and treatment of like size: the cross term is a difference of their variances.
    like = float(np.std(model.outcome) / np.std(model.regressors[:, position]))
    test = _test(model, request, like)
    curve = _curve(test, estimate / like, unit / like)
    reference = Reference(
        "set", curve=tuple((value * like, p) for value, p in curve), p_null=test.p_value(0.0)
    )
    others = {
        place: usual.references.get(place, usual.reference) for place in range(len(model.names))
        if place != position
    }  # fmt: skip
    return replace(
        usual,
        reference=reference,
        references=others,
        notes=(*usual.notes, _note(test)),
        caution=_caution(reference, estimate, error),
    )


def _test(model: InstrumentedModel, request: Request, like: float) -> _Test:
    treatment = model.regressors[:, model.position] * like
    k = len(model.instrument_names)
    found = [
        robust(solve(model.reduced(column)), request)
        for column in (model.outcome, treatment, model.outcome + treatment)
    ]
    y, d, both = (entry.covariance[:k, :k] for entry in found)
    df = found[0].reference.df
    if df is None:
        raise TypeError("robust errors have degrees of freedom")
    return _Test(found[0].coefficients[:k], found[1].coefficients[:k], y, both - y - d, d, df)


def _curve(test: _Test, estimate: float, unit: float) -> list[tuple[float, float]]:
    """Return (value, p) from one end of the line to the other, exact where p crosses a usual level."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, _POINTS + 1)[1:-1]
    angles = np.concatenate([[-np.pi / 2 + 1e-9], angles, [np.pi / 2 - 1e-9]])
    values = [
        float(value) for value in np.unique(np.append(estimate + unit * np.tan(angles), [estimate, 0.0]))
    ]
    curve = {value: test.p_value(value) for value in values}
    for one, other in pairwise(values):
        for level in LEVELS:
            if (curve[one] > 1 - level) != (curve[other] > 1 - level):
                curve.update(_crossing(test, one, other, 1 - level))
    return sorted(curve.items())


def _crossing(test: _Test, one: float, other: float, least: float) -> dict[float, float]:
    """Return two neighbouring points between which the p-value crosses `least`."""
    p_one, p_other = test.p_value(one), test.p_value(other)
    is_above = p_one > least
    for _ in range(_HALVINGS):
        middle = (one + other) / 2
        p = test.p_value(middle)
        if (p > least) == is_above:
            one, p_one = middle, p
        else:
            other, p_other = middle, p
    return {one: p_one, other: p_other}


def _note(test: _Test) -> str:
    k = len(test.of_outcome)
    return (
        f"The interval and p-value are Anderson and Rubin's, right whatever the strength of the instruments "
        f"(F with {k:,} and {test.df:,.0f} degrees of freedom); the standard error is no part of them."
    )


def _caution(reference: Reference, estimate: float, error: float) -> str:
    pieces = reference.pieces(estimate, error, 0.95)
    if not pieces:
        return "No value of the effect agrees with all instruments at once: one of them is not valid."
    if np.isinf(pieces[0][0]) or np.isinf(pieces[-1][1]):
        return "The instruments move the treatment so little that the 95 % confidence set has no end."
    return ""


INFERENCE = Inference(
    name="anderson_rubin",
    title="Anderson-Rubin confidence set, robust to weak instruments",
    needs_clusters=False,
    uses_clusters=True,
    linear=linear,
    problems=problems,
)
