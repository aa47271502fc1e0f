"""Errors by running the whole method again without each cluster in turn (jackknife, CV3).

Assumption: clusters are independent of each other. Errs on the side of caution with few clusters.
Equation: V = (G - 1) / G sum over clusters of (b_(g) - b)(b_(g) - b)', b_(g) the estimates without cluster g.
t with the degrees of freedom that CR2 has for a difference of means between cohorts (or arms) and comparison
with these clusters and weights (Satterthwaite): with 2 treated clusters of 30 about 1 and not 29. Everything
is estimated anew each time: propensities, shares of cohorts, unit effects.
Simultaneous bands: the largest |t| of a multivariate t with this covariance.
Use: methods that are built from influence functions, with few or unlike clusters; `auto` takes it there.
Source: MacKinnon, Nielsen and Webb (2023), Journal of Applied Econometrics 38(5), (6) and (9); Bell and
McCaffrey (2002), Survey Methodology 28(2), for the degrees of freedom; Efron and Stein (1981), Annals of
Statistics 9(3), on its bias being upward.
Reference implementation: R summclust and Stata summclust (regressions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mande.errors import MandeError
from mande.impact import lone
from mande.impact import problems as codes
from mande.impact.before import before_start
from mande.impact.contract import Inference, Option, Request, Rerun
from mande.impact.inference._largest import largest_of
from mande.impact.inference._replays import is_seed
from mande.impact.inference.cr2 import degrees_of_freedom
from mande.impact.linear import plain_model
from mande.impact.observations import FloatArray, Observations
from mande.impact.regressors import dense
from mande.results import Estimate, Reference, Table, Term


def again(usual: Estimate, data: Observations, request: Request, rerun: Rerun) -> Estimate:
    """Return the estimate with errors from what it is without each cluster.

    Raises
    ------
    MandeError
        M-ALONE where the effect cannot be estimated without one of the clusters.
    """
    codes_, n_clusters = dense(data.clusters[0])
    without = [rerun(data.take(codes_ != cluster)) for cluster in range(n_clusters)]
    known = [found for found in without if found is not None and usual.term in found]
    if len(known) < n_clusters:
        found = f"without one of the clusters of {request.cluster} there is no effect to estimate"
        raise MandeError([codes.problem(codes.ALONE, column=str(request.cluster), found=found)])
    names = [term.name for term in usual.terms if all(term.name in found for found in known)]
    covariance = _covariance(usual, names, known)
    df = effect_degrees(data)
    errors = dict(zip(names, np.sqrt(np.diag(covariance)), strict=True))
    terms = tuple(Term(term.name, term.estimate, float(errors[term.name])) for term in usual.terms
                  if term.name in errors)  # fmt: skip
    joint = tuple(name for name in usual.joint if name in errors)
    places = [names.index(name) for name in joint]
    seed = int(request.options.get("seed", 0))
    bands = largest_of(covariance[np.ix_(places, places)], df, seed) if places else None
    lost = len(usual.terms) - len(terms)
    notes = [_note(request, n_clusters, df)]
    notes += [f"{lost} further effects rest on one cluster each and have no error."] if lost else []
    return replace(
        usual,
        std_error=terms[0].std_error,
        reference=Reference("t", df),
        n_clusters=n_clusters,
        cluster=request.cluster,
        terms=terms,
        joint=joint,
        simultaneous=bands,
        notes=(*notes, *(note for note in usual.notes if not note.startswith(_OF_INFLUENCE))),
        tables=_tables(usual, errors, names, covariance, df),
    )


_OF_INFLUENCE = ("Standard errors from influence", "Simultaneous bands")


def _note(request: Request, n_clusters: int, df: float) -> str:
    return (
        f"Standard errors by leaving out one {request.cluster} at a time ({n_clusters:,} clusters, "
        f"jackknife); "
        f"t distribution with {df:,.1f} degrees of freedom (Satterthwaite)."
    )


def _covariance(usual: Estimate, names: list[str], known: list[Mapping[str, float]]) -> FloatArray:
    values = {term.name: term.estimate for term in usual.terms}
    gaps = np.array([[found[name] - values[name] for name in names] for found in known])
    return np.asarray((len(known) - 1) / len(known) * gaps.T @ gaps)


def _tables(
    usual: Estimate, errors: Mapping[str, float], names: list[str], covariance: FloatArray, df: float
) -> Mapping[str, Table]:
    """Return the tables with these errors: effects of cohorts in waves, the joint test before the start."""
    tables = dict(usual.tables)
    cells = tables.get("att_gt")
    if cells is None:
        return tables
    at = cells.columns.index("std_error")
    labels = [f"ATT({row['cohort']}, {row['wave']})" for row in cells.records()]
    rows = [
        (*row[:at], float(errors[label]) if label in errors else None, *row[at + 1 :])
        for row, label in zip(cells.rows, labels, strict=True)
    ]
    tables["att_gt"] = replace(cells, rows=tuple(rows))
    before = [
        label for row, label in zip(cells.records(), labels, strict=True)
        if int(str(row["waves_since_start"])) < 0 and label in errors
    ]  # fmt: skip
    tables.pop("before_start", None)
    if before:
        places = [names.index(label) for label in before]
        values = {term.name: term.estimate for term in usual.terms}
        tables["before_start"] = before_start(
            before, np.array([values[label] for label in before]), covariance[np.ix_(places, places)], df=df
        )
    return tables


def effect_degrees(data: Observations) -> float:
    """Return the degrees of freedom of a difference of means, cohorts (or the arm) less the comparison.

    Cohorts have a mean each and count by their weight; those never treated are the comparison, or where
    nobody is never treated those that start last.
    """
    rows = np.arange(len(data))
    if data.unit is not None:
        rows = np.unique(data.unit, return_index=True)[1]
    start = np.where(data.treated[rows] == 1, 0.0, np.inf)
    if data.first_treated is not None:
        start = data.first_treated[rows]
        if data.time is not None:
            is_late = start >= len(data.waves)
            start = np.where(is_late, np.inf, start)
    last = start.max()
    cohorts = np.unique(start[start < last])
    columns = np.column_stack([(start == cohort).astype(float) for cohort in cohorts])
    weights = None if data.weights is None else data.weights[rows]
    size = columns.sum(axis=0) if weights is None else weights @ columns
    design = np.column_stack([columns, np.ones(len(rows))])
    model = plain_model(np.zeros(len(rows)), design, (data.clusters[0][rows],), weights=weights)
    return degrees_of_freedom(model, np.append(size / size.sum(), 0.0))


INFERENCE = Inference(
    name="jackknife",
    title="errors by leaving out one cluster at a time (jackknife of the whole method)",
    needs_clusters=True,
    again=again,
    problems=lone.problems,
    options={"seed": Option(0, is_seed, "a whole number of zero or more")},
)
