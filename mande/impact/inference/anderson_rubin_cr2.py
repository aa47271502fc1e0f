"""Anderson-Rubin confidence set with few clusters: its test has CR2 errors and degrees of freedom of its own.

Assumption: as `anderson_rubin`; clusters are independent of each other and may be few or unlike.
Equation: as `anderson_rubin`, W(b0)/k against F(k, df), with the CR2 covariance of the instruments'
coefficients and df their Satterthwaite degrees of freedom, the smallest where there are several instruments.
Use: instruments that few clusters carry (an assignment of few villages); the default of `auto` there.
Source: Anderson and Rubin (1949), Annals of Mathematical Statistics 20(1); Pustejovsky and Tipton (2018),
Journal of Business and Economic Statistics 36(4).
Reference implementation: none; with one instrument it is the CR2 test of its coefficient on y - b0 D.
"""

from __future__ import annotations

from dataclasses import replace

from mande.errors import Problem
from mande.impact.contract import Fitted, Inference, InstrumentedModel, LinearFit, Plan, Request
from mande.impact.inference import _clusters, anderson_rubin, cr2


def problems(plan: Plan, request: Request) -> list[Problem]:
    """Return a problem where no instruments carry the effect, or one cluster alone does."""
    found = anderson_rubin.problems(plan, request)
    if found or not isinstance(plan, InstrumentedModel):
        return found
    return _clusters.size_problems(plan.reduced(plan.outcome), request)


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return two-stage least squares errors (CR1) with the set; the first stage gets CR2 errors."""
    if not isinstance(fit.model, InstrumentedModel):
        return cr2.linear(fit, replace(request, inference="CR2"))
    found = anderson_rubin.linear(fit, request, cr2.linear)
    return replace(found, notes=(*found.notes, "The test that the interval turns round has CR2 errors."))


INFERENCE = Inference(
    name="anderson_rubin_cr2",
    title="Anderson-Rubin confidence set with CR2 errors, for few clusters",
    needs_clusters=True,
    linear=linear,
    problems=problems,
)
