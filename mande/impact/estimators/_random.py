"""What the methods with a random unit effect share: quasi-demeaned columns, and tests of the effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from linearmodels.panel import RandomEffects
from scipy import stats

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Fitted, LinearModel, Request
from mande.impact.estimators._panel import panel_lone, panel_notes
from mande.impact.fitting import nesting_problems, outcome_problems
from mande.impact.inference import classical
from mande.impact.linear import plain_model, solve
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.impact.regressors import CONSTANT, balanced_scale, distance, group_means, spread, within
from mande.results import Table

TESTS = ("test", "statistic", "df", "p_value")


def units_of(data: Observations) -> IntArray:
    if data.unit is None:
        raise TypeError("random effects need unit")
    return data.unit


def _thetas(data: Observations, outcome: FloatArray, regressors: FloatArray) -> FloatArray:
    """Return theta of each row's unit, from linearmodels with its small-sample variances.

    Zeros where a unit has several rows in a wave: such a table is refused before it is fitted, and
    linearmodels would break off with words of its own.
    """
    if _has_repeats(data):
        return np.zeros(len(data))
    index = pd.MultiIndex.from_arrays([units_of(data), np.asarray(data.time)], names=["unit", "wave"])
    labels = [f"x{position}" for position in range(regressors.shape[1])]
    exog = pd.DataFrame(regressors / balanced_scale(regressors), index=index, columns=labels)
    dependent = pd.DataFrame({"outcome": outcome}, index=index)
    weights = None if data.weights is None else pd.DataFrame({"weight": data.weights}, index=index)
    # Ranks have been checked, column by column, with the cause named.
    fitted = RandomEffects(dependent, exog, weights=weights, check_rank=False).fit(small_sample=True)
    by_unit = fitted.theta["theta"]
    return by_unit.reindex(units_of(data)).to_numpy(dtype=np.float64)


def _has_repeats(data: Observations) -> bool:
    pairs = np.sort(units_of(data) * (len(data.waves) + 1) + np.asarray(data.time))
    return bool((pairs[1:] == pairs[:-1]).any())


def variance_problems(data: Observations, columns: FloatArray) -> list[Problem]:
    """Return a problem where the variance within or between units cannot be estimated."""
    columns = columns - columns.mean(axis=0)
    inside = within(columns, units_of(data), data.weights)
    means = columns - inside
    scale = balanced_scale(columns)
    n_units = len(np.unique(units_of(data)))
    n_inside = int(np.linalg.matrix_rank(inside / scale, tol=1e-8 * np.sqrt(len(data))))
    with_constant = np.column_stack([np.ones(len(data)), means / scale])
    n_between = int(np.linalg.matrix_rank(with_constant, tol=1e-8 * np.sqrt(len(data))))
    if len(data) > n_units + n_inside and n_units > n_between:
        return []
    found = f"{len(data)} rows of {n_units} units"
    expected = f"at least {n_between + 1} units and {n_units + n_inside + 1} rows"
    dropped = data.dropped_text()
    return [codes.problem(codes.ROWS, argument="rows used", found=found, expected=expected, dropped=dropped)]


@dataclass(frozen=True, slots=True)
class Quasi:
    """Outcome and columns less theta times their unit's mean, and a note with theta."""

    outcome: FloatArray
    regressors: FloatArray
    note: str


def quasi_demeaned(data: Observations, outcome: FloatArray, regressors: FloatArray) -> Quasi:
    """Return y_it - theta_i mean_i(y), and columns likewise."""
    share, units = _thetas(data, outcome, regressors), units_of(data)
    span = f"{share.min():.3f}" + (f" to {share.max():.3f}" if np.ptp(share) > 1e-9 else "")
    return Quasi(
        outcome - share * group_means(outcome[:, None], units, data.weights)[:, 0],
        regressors - share[:, None] * group_means(regressors, units, data.weights),
        f"Share of unit means taken out (theta): {span}.",
    )


def random_model(
    request: Request,
    data: Observations,
    columns: FloatArray,
    names: tuple[str, ...],
    problems: list[Problem],
) -> LinearModel:
    """Return the regression on quasi-demeaned columns and a constant; as they are where it is refused.

    The first column is the effect; `columns` are those of the effect, covariates and waves, and any means.
    """
    varies = data.outcome - data.outcome.mean() if len(data) else data.outcome
    problems = [*problems, *nesting_problems(data, request)]
    problems += outcome_problems(varies, distance(data.outcome), request, what="varies")
    if not problems:
        problems += variance_problems(data, columns)
    outcome, regressors = data.outcome, np.column_stack([columns, np.ones(len(data))])
    notes = panel_notes(request, data)
    if not problems:
        quasi = quasi_demeaned(data, outcome, regressors)
        outcome, regressors, notes = quasi.outcome, quasi.regressors, (*notes, quasi.note)
    return LinearModel(
        data,
        outcome,
        regressors,
        (*names, CONSTANT),
        names[0],
        data.weights,
        data.clusters,
        strata=data.strata,
        treated=data.treated,
        headline=request.arms,
        problems=tuple(problems),
        notes=notes,
        lone=panel_lone(request, data),
    )


def hausman(model: LinearModel, columns: FloatArray) -> Table | None:
    """Return the test that fixed and random effects agree, over columns that change within units.

    Equation: H = d'(V_fixed - V_random)^-1 d, d the difference of the coefficients both have, classical
    covariances; chi squared. None where no column changes within units, or with weights, for which the
    test has no definition. Where the difference of the covariances is not positive the test has no value.
    Source: Hausman (1978), Econometrica 46(6). Reference implementation: R plm 2.6-2 (phtest).
    """
    data = model.data
    if data.weights is not None:
        return None
    units = units_of(data)
    # Waves first, as the plan's checks take them, so that a covariate is dropped and no wave.
    n_own = data.arms.shape[1] + data.covariates.shape[1]
    order = [*range(n_own, columns.shape[1]), *range(n_own)]
    kept = independent(within(columns, units, None)[:, order], spread(columns)[order])
    places = [order[position] for position in kept]
    if not places or len(data) <= len(np.unique(units)) + len(places):
        return None
    outcome = data.outcome - data.outcome.mean()
    request = Request(method="", inference="classical", outcome="")
    fixed = classical.linear(solve(plain_model(outcome, columns[:, places], absorbed=(units,))), request)
    random = classical.linear(solve(model), request)
    gap = fixed.coefficients - random.coefficients[places]
    scale = balanced_scale(columns[:, places])
    change = (fixed.covariance - random.covariance[np.ix_(places, places)]) * np.outer(scale, scale)
    statistic = abs(float((gap * scale) @ np.linalg.solve(change, gap * scale)))
    notes = ["Classical covariances; the method is chosen by the design and never by this test."]
    if np.linalg.eigvalsh(change)[0] <= 0:
        notes.append("The difference of the covariances is not positive, which the test supposes.")
    row = (
        "fixed and random effects agree",
        statistic,
        len(places),
        float(stats.chi2.sf(statistic, len(places))),
    )
    return Table("Hausman test", TESTS, (row,), tuple(notes))


def independent(columns: FloatArray, sizes: FloatArray) -> list[int]:
    """Return the columns that are no combination of those before them."""
    kept: list[int] = []
    basis = np.empty((len(columns), 0))
    for position, size in enumerate(sizes):
        left = columns[:, position] - basis @ (basis.T @ columns[:, position])
        left = left - basis @ (basis.T @ left)
        if size > 0 and np.linalg.norm(left) > 1e-8 * size:
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
            kept.append(position)
    return kept


def joint_test(fitted: Fitted, places: list[int], what: str) -> tuple[str, float, int, float]:
    """Return (test, F, number of coefficients, p) that the coefficients at `places` are all zero."""
    chosen, q = fitted.coefficients[places], len(places)
    covariance = fitted.covariance[np.ix_(places, places)]
    scale = np.sqrt(np.diag(covariance))
    scaled = chosen / scale
    statistic = float(scaled @ np.linalg.solve(covariance / np.outer(scale, scale), scaled)) / q
    df = fitted.reference.df
    p = stats.f.sf(statistic, q, df) if df is not None else stats.chi2.sf(q * statistic, q)
    return what, statistic, q, float(p)
