"""Survey design: weights, strata, primary sampling units, and on request a finite population.

Assumption: primary sampling units were drawn independently within strata; weights are the inverse of the
chance to be in the sample.
Equation: V = M [sum_h (1 - f_h) n_h / (n_h - 1) sum_i (z_hi - z_h)(z_hi - z_h)'] M, z_hi the sum of x w e
over unit i of stratum h, M = (X'WX)^-1; t with (units - strata) - (K - 1) degrees of freedom. f_h is zero
unless `fpc` gives the population: no correction belongs to an effect, which concerns more than those drawn.
Use: a sample drawn in strata and stages, described with its weights.
Source: Binder (1983), International Statistical Review 51(3); Lumley (2004), Journal of Statistical
Software 9(8).
Reference implementation: R survey 4.1-1 (svyglm).
"""

from __future__ import annotations

import numpy as np

from mande.errors import Problem
from mande.impact import lone
from mande.impact import problems as codes
from mande.impact.contract import Fitted, Inference, LinearFit, LinearModel, Option, Plan, Request, is_column
from mande.impact.linear import cluster_sums
from mande.impact.observations import FloatArray, IntArray
from mande.impact.regressors import dense, is_nested
from mande.results import Reference


def problems(plan: Plan, request: Request) -> list[Problem]:
    """Return strata with one sampling unit, whose variance cannot be had, and units in several strata."""
    if not isinstance(plan, LinearModel) or not len(plan.outcome):
        return []
    if request.options.get("fpc") is not None and len(plan.outcome) != len(plan.data):
        found = f"{request.method}, which works on changes"
        return [codes.problem(codes.SURVEY, argument="fpc", found=found)]
    units, strata = _units(plan), _strata(plan)
    if not is_nested(units, strata):
        found = f"some of {request.cluster} lie in several strata"
        return [codes.problem(codes.SURVEY, column=str(request.strata), found=found)]
    pairs = np.unique(np.column_stack([strata, units]), axis=0)
    n_alone = int((np.bincount(pairs[:, 0]) == 1).sum())
    if n_alone:
        found = f"{n_alone} strata with one sampling unit"
        return [codes.problem(codes.SURVEY, column=str(request.strata or request.cluster), found=found)]
    return lone.problems(plan, request)


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return design-based errors of a regression."""
    units, strata = _units(fit.model), _strata(fit.model)
    n_units, n_strata = int(units.max()) + 1, int(strata.max()) + 1
    totals = cluster_sums(fit.scores, units, n_units)
    stratum_of = np.zeros(n_units, dtype=np.intp)
    stratum_of[units] = strata
    sizes = np.bincount(stratum_of, minlength=n_strata)
    means = cluster_sums(totals, stratum_of, n_strata) / sizes[:, None]
    centred = totals - means[stratum_of]
    factor = (sizes / (sizes - 1))[stratum_of] * (1 - _sampled(fit, request, units, stratum_of, sizes))
    covariance = fit.bread @ (centred.T @ (centred * factor[:, None])) @ fit.bread
    df = float(n_units - n_strata - (fit.n_coefficients - 1))
    return Fitted(
        fit.coefficients, np.asarray(covariance), Reference("t", df), fit.n, n_units,
        notes=(_note(request, n_units, n_strata, df),),
    )  # fmt: skip


def _units(model: LinearModel) -> IntArray:
    return dense(model.clusters[0])[0] if model.clusters else np.arange(len(model.outcome))


def _strata(model: LinearModel) -> IntArray:
    if model.strata is None:
        return np.zeros(len(model.outcome), dtype=np.intp)
    return dense(model.strata)[0]


def _sampled(
    fit: LinearFit, request: Request, units: IntArray, stratum_of: IntArray, sizes: IntArray
) -> FloatArray:
    """Return per sampling unit the share of its stratum that was drawn; zero without `fpc`."""
    column = request.options.get("fpc")
    if column is None:
        return np.zeros(len(stratum_of))
    given = np.zeros(len(stratum_of))
    given[units] = fit.model.data.extra[column]
    return np.where(given <= 1, given, sizes[stratum_of] / np.where(given > 0, given, 1.0))


def _note(request: Request, n_units: int, n_strata: int, df: float) -> str:
    weights = f"weights {request.weights}" if request.weights else "no weights"
    strata = f"{n_strata} strata" if request.strata else "no strata"
    finite = (
        f"finite population {request.options['fpc']}"
        if request.options.get("fpc")
        else ("no finite population correction")
    )
    by = request.cluster or "row"
    return (
        f"Survey design: {n_units:,} sampling units ({by}), {strata}, {weights}, {finite}; "
        f"t distribution with {df:,.0f} degrees of freedom."
    )


INFERENCE = Inference(
    name="survey",
    title="survey design",
    needs_clusters=False,
    uses_clusters=True,
    linear=linear,
    accepts=("strata",),
    options={
        "fpc": Option(
            None,
            is_column,
            "the column of the number of sampling units in the population of the "
            "stratum, or of the share drawn",
            column="numbers",
        ),
    },
    problems=problems,
)
