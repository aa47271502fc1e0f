"""Steps that estimators share: conditions on clusters and rows, and the frozen result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Fitted, Inference, InfluenceFit, LinearModel, Option, Plan, Request
from mande.impact.linear import solve
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.impact.regressors import is_nested, n_distinct
from mande.results import Estimate, Table, Term

ROW_ROBUST = ("classical", "HC1", "HC2", "HC3")
CLUSTERED = ("CR1", "CR2", "CR3", "wild", "randomisation")
"""Kinds of standard error that are defined for regressions of independent rows, and for clustered ones."""


def _is_bool(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


def flag(default: bool) -> Option:
    """Return an option that is on or off."""
    return Option(default, _is_bool, "True or False")


def cluster_problems(clusters: tuple[IntArray, ...], request: Request) -> list[Problem]:
    """Return a problem where a clustered standard error is asked for and there are not two clusters."""
    expected = "at least two clusters, better thirty or more"
    return [
        codes.problem(codes.CLUSTERS, column=name, found="one", expected=expected)
        for name, codes_ in zip(request.clusters, clusters, strict=True)
        if len(codes_) and n_distinct(codes_) < 2
    ]


def nesting_problems(data: Observations, request: Request) -> list[Problem]:
    """Return a problem where a unit changes its cluster, for methods that need it not to."""
    if data.cluster is None or data.unit is None or is_nested(data.unit, data.cluster):
        return []
    pairs = np.unique(np.column_stack([data.unit, data.cluster]), axis=0)
    _, times = np.unique(pairs[:, 0], return_counts=True)
    values = {"unit": str(request.unit), "cluster": str(request.cluster)}
    found = f"{int((times > 1).sum())} of {len(times)} units"
    return [codes.problem(codes.NESTED, column=str(request.cluster), found=found, **values)]


def outcome_problems(seen: FloatArray, size: float, request: Request, *, what: str) -> list[Problem]:
    """Return a problem where the outcome, as the regression sees it, never varies.

    An effect of exactly zero with an error of zero would read as certainty where nothing was learnt.
    `size` is the spread of the outcome as handed in, against which rounding is judged.
    """
    if not len(seen) or (
        size > 0 and float(np.sqrt(np.einsum("i,i->", seen.ravel(), seen.ravel()))) > 1e-12 * size
    ):
        return []
    expected = f"an outcome that {what}"
    return [
        codes.problem(
            codes.OUTCOME, column=request.outcome, found=_STILL.get(what, _ALIKE), expected=expected
        )
    ]


_ALIKE = "no unit changes differently from another"
VARIES_IN_COHORTS = "varies within cohorts"
_STILL = {"varies": "one value throughout", VARIES_IN_COHORTS: "one value in every cohort"}


def row_problems(n: int, n_coefficients: int, data: Observations) -> list[Problem]:
    """Return a problem where as many coefficients as observations leave no room for an error."""
    if n > n_coefficients:
        return []
    found = f"{n} observations for {n_coefficients} coefficients"
    expected = "more observations than coefficients"
    dropped = data.dropped_text()
    return [codes.problem(codes.ROWS, argument="rows used", found=found, expected=expected, dropped=dropped)]


def linear_estimate(
    request: Request, model: LinearModel, inference: Inference, *, assumption: str, notes: Sequence[str] = ()
) -> Estimate:
    """Solve a regression and return the frozen result: the effect first, then the other terms."""
    if inference.linear is None:
        raise TypeError(f"{inference.name} is not defined for regressions")
    fitted = inference.linear(solve(model), request)
    return as_estimate(
        request, model, fitted, names=model.names, effect=model.effect, headline=model.headline,
        assumption=assumption, notes=notes,
    )  # fmt: skip


def influence_estimate(
    request: Request,
    plan: Plan,
    fit: InfluenceFit,
    inference: Inference,
    *,
    assumption: str,
    n: int | None = None,
    notes: Sequence[str] = (),
    tables: Mapping[str, Table] = MappingProxyType({}),
) -> Estimate:
    """Return the frozen result of estimates with influence functions; `n` is the rows used by default."""
    if inference.influence is None:
        raise TypeError(f"{inference.name} is not defined for influence functions")
    fitted = inference.influence(fit, request)
    fitted = replace(fitted, n=len(plan.data) if n is None else n, tables={**fitted.tables, **tables})
    result = as_estimate(
        request, plan, fitted, names=fit.names, effect=fit.effect, headline=fit.headline,
        assumption=assumption, notes=notes,
    )  # fmt: skip
    return replace(result, joint=fit.joint)


def as_estimate(
    request: Request,
    plan: Plan,
    fitted: Fitted,
    *,
    names: Sequence[str],
    effect: str,
    assumption: str,
    headline: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Estimate:
    """Return the frozen result; the effect's term comes first, then the others as in the regression."""
    terms = [
        Term(name, float(value), float(error), fitted.references.get(position))
        for position, (name, value, error) in enumerate(
            zip(names, fitted.coefficients, fitted.std_errors, strict=True)
        )
    ]
    main = next(term for term in terms if term.name == effect)
    data = plan.data
    return Estimate(
        outcome=request.outcome,
        term=main.name,
        method=request.method,
        inference=request.inference,
        estimate=main.estimate,
        std_error=main.std_error,
        reference=main.reference or fitted.reference,
        n=fitted.n,
        n_units=None if data.unit is None else n_distinct(data.unit),
        n_clusters=fitted.n_clusters,
        cluster=request.cluster if fitted.n_clusters is not None else None,
        terms=(main, *(term for term in terms if term is not main)),
        sample=data.sample(),
        assumption=assumption,
        unit=request.unit_of_measure,
        scale=request.scale,
        label=request.label,
        notes=(*fitted.notes, *_fit_notes(main), *plan.notes, *notes, *request.notes),
        caution=" ".join([*_fit_notes(main), *_cluster_cautions(fitted, plan)]),
        headline=(main.name, *(name for name in headline if name != main.name)),
        simultaneous=fitted.simultaneous,
        tables=fitted.tables,
    )


VERY_FEW_CLUSTERS = 5
"""With fewer clusters than this, no clustered interval can be trusted (Cameron and Miller 2015, VI)."""


def _cluster_cautions(fitted: Fitted, plan: Plan) -> list[str]:
    found = [fitted.caution] if fitted.caution else []
    if plan.lone or fitted.n_clusters is None or fitted.n_clusters >= VERY_FEW_CLUSTERS:
        return found
    return [*found, f"Only {fitted.n_clusters} clusters: the clustered interval must not be relied on."]


def _fit_notes(effect: Term) -> tuple[str, ...]:
    # Rounding leaves about 1e-15 of the estimate where residuals should be zero.
    if not effect.std_error <= 1e-12 * abs(effect.estimate):
        return ()
    return ("The regression fits without error: its standard error says nothing about certainty.",)
