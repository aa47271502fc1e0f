"""Steps that estimators share: conditions on clusters and rows, and the frozen result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Fitted, FloatArray, Model, Option, Request
from mande.impact.observations import IntArray, Observations
from mande.impact.regressors import is_nested
from mande.results import Estimate, Term


def _is_bool(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


def flag(default: bool) -> Option:
    """Return an option that is on or off."""
    return Option(default, _is_bool, "True or False")


def cluster_problems(clusters: IntArray | None, request: Request) -> list[Problem]:
    """Return a problem where a clustered standard error is asked for and there are not two clusters."""
    if clusters is None or not len(clusters) or len(np.unique(clusters)) >= 2:
        return []
    expected = "at least two clusters, better thirty or more"
    return [codes.problem(codes.CLUSTERS, column=str(request.cluster), found="one", expected=expected)]


NOT_RELIABLE = "the clustered standard error is far too small and its interval must not be relied on."


def single_cluster_notes(
    clusters: IntArray | None, treated: FloatArray, request: Request, *, both: bool
) -> tuple[str, ...]:
    """Return a warning where one cluster alone stands for the treated (or, with `both`, the others).

    Its residuals are fitted away, and the formula, which learns from differences between clusters,
    returns an error that is far too small (MacKinnon and Webb 2018, Econometrics Journal 21(2)).
    """
    if clusters is None or not np.isin(treated, (0.0, 1.0)).all():
        return ()
    ever = set(clusters[treated == 1].tolist())
    never = set(clusters.tolist()) - ever
    groups = {"treated": ever, "comparison": never} if both else {"treated": ever}
    alone = [name for name, members in groups.items() if len(members) == 1]
    if not alone or (both and ever & set(clusters[treated == 0].tolist())):
        return ()
    groups_alone = " and the ".join(alone)
    return (f"One {request.cluster} alone stands for the {groups_alone} group: {NOT_RELIABLE}",)


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
    if not len(seen) or (size > 0 and float(np.linalg.norm(seen)) > 1e-12 * size):
        return []
    expected = f"an outcome that {what}"
    return [
        codes.problem(
            codes.OUTCOME, column=request.outcome, found=_STILL.get(what, _ALIKE), expected=expected
        )
    ]


_ALIKE = "no unit changes differently from another"
_STILL = {"varies": "one value throughout"}


def row_problems(n: int, n_coefficients: int, data: Observations) -> list[Problem]:
    """Return a problem where as many coefficients as observations leave no room for an error."""
    if n > n_coefficients:
        return []
    found = f"{n} observations for {n_coefficients} coefficients"
    expected = "more observations than coefficients"
    dropped = data.dropped_text()
    return [codes.problem(codes.ROWS, argument="rows used", found=found, expected=expected, dropped=dropped)]


def as_estimate(
    request: Request, model: Model, fitted: Fitted, *, assumption: str, notes: Sequence[str] = ()
) -> Estimate:
    """Return the frozen result; the effect's term comes first, then the others as in the regression."""
    terms = [
        Term(name, float(value), float(error))
        for name, value, error in zip(model.names, fitted.coefficients, fitted.std_errors, strict=True)
    ]
    effect = next(term for term in terms if term.name == model.effect)
    data = model.data
    return Estimate(
        outcome=request.outcome,
        term=effect.name,
        method=request.method,
        inference=request.inference,
        estimate=effect.estimate,
        std_error=effect.std_error,
        reference=fitted.reference,
        n=fitted.n,
        n_units=None if data.unit is None else len(np.unique(data.unit)),
        n_clusters=fitted.n_clusters,
        cluster=request.cluster if fitted.n_clusters is not None else None,
        terms=(effect, *(term for term in terms if term is not effect)),
        sample=data.sample(),
        assumption=assumption,
        unit=request.unit_of_measure,
        scale=request.scale,
        label=request.label,
        notes=(*_inference_notes(request, fitted), *_fit_notes(effect), *model.notes, *notes, *request.notes),
        caution=" ".join([*_fit_notes(effect), *_cluster_cautions(fitted, model)]),
    )


VERY_FEW_CLUSTERS = 5
"""With fewer clusters than this, no clustered interval can be trusted (Cameron and Miller 2015, VI)."""


def _cluster_cautions(fitted: Fitted, model: Model) -> list[str]:
    alone = [note for note in model.notes if note.endswith(NOT_RELIABLE)]
    if alone or fitted.n_clusters is None or fitted.n_clusters >= VERY_FEW_CLUSTERS:
        return alone
    return [f"Only {fitted.n_clusters} clusters: the clustered interval must not be relied on."]


def _inference_notes(request: Request, fitted: Fitted) -> tuple[str, ...]:
    df = f"t distribution with {fitted.reference.df:,.0f} degrees of freedom"
    if fitted.n_clusters is None:
        return (f"Classical standard errors: one variance, independent errors; {df}.",)
    kind = f"{request.inference}, {fitted.n_clusters:,} clusters"
    return (f"Standard errors are clustered by {request.cluster} ({kind}); {df}.",)


def _fit_notes(effect: Term) -> tuple[str, ...]:
    # Rounding leaves about 1e-15 of the estimate where residuals should be zero.
    if effect.std_error > 1e-12 * abs(effect.estimate):
        return ()
    return ("The regression fits without error: its standard error says nothing about certainty.",)
