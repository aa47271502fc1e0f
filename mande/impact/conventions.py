"""What other software prints for the same regression, and why its numbers differ.

Coefficients agree between programs; standard errors and p-values differ by convention: the small-sample
factor of a clustered variance, what counts as a coefficient in it, and the distribution that turns an error
into a p-value. Each row names one program with its usual call, works its convention out from the fitted
regression, and says in words what it does. With V0 = M [sum over clusters of s_g s_g'] M the plain
sandwich, N rows, K coefficients and G clusters:

    Stata regress, R fixest, pyfixest   G/(G-1) (N-1)/(N-K) V0, t(G-1); they differ in which effects K counts
    R estimatr lm_robust                CR2, t with Satterthwaite's degrees of freedom
    statsmodels                         G/(G-1) (N-1)/(N-K) V0, normal
    linearmodels                        PanelOLS N/(N-K) V0 with t, IV2SLS V0 with the normal

Source: Stata Base Reference Manual, regress and areg, Methods and formulas; fixest vignette "On
standard-errors"; estimatr "Mathematical notes"; statsmodels and linearmodels as installed, against which
the tests check.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mande.errors import Code, MandeError, Text
from mande.impact import problems as codes
from mande.impact.contract import InstrumentedModel, LinearFit, LinearModel, Request
from mande.impact.estimators.iv import second_stage
from mande.impact.inference import cr2
from mande.impact.linear import absorbed_sets, cluster_sums, count_for_clusters, leverage, solve
from mande.impact.observations import FloatArray
from mande.impact.regressors import dense, is_nested
from mande.impact.run import Prepared, as_call, fit_prepared, prepare
from mande.results import Estimate, Reference

COLUMNS = ("software", "command", "estimate", "std_error", "distribution", "df", "p_value", "convention")

NO_REGRESSION = Code(
    "M-CONVENTION",
    Text("what other software would print is not worked out for this method"),
    Text("a method that is one regression, with one clustering or none"),
    Text("Compare with the software that the page of the method names (`mande methods NAME`)."),
)


@dataclass(frozen=True, slots=True)
class Convention:
    """A program's usual call, its error of the effect, its distribution, and what it does in words."""

    software: str
    command: str
    std_error: float
    reference: Reference
    why: str


def other_software(frame: pd.DataFrame, **call: Any) -> pd.DataFrame:
    """Return the effect as other software would print it, one row for each convention.

    Parameters
    ----------
    frame
        As in `estimate`.
    call
        The arguments of `estimate`.

    Returns
    -------
    Columns `COLUMNS`: `mande` first, then each program with its usual call, standard error, distribution
    (`t` or `normal`; of `mande` also `draws` or `set`), its degrees of freedom (absent for the normal),
    p-value, and the convention in words. The estimate is the same throughout.

    Raises
    ------
    MandeError
        As `estimate`; M-CONVENTION where the method is no single regression or has two clusterings.

    Examples
    --------
    >>> import pandas as pd
    >>> shops = pd.DataFrame({"shop": [1, 2, 3, 4, 5, 6], "member": [1, 1, 1, 0, 0, 0],
    ...                       "sold": [9.0, 7, 8, 4, 6, 5]})
    >>> table = other_software(shops, method="ancova", outcome="sold", treated="member", inference="HC1")
    >>> table.loc[table["software"] == "statsmodels", "distribution"].item()
    'normal'
    """
    prepared = prepare(frame, as_call(call))
    return table_of(prepared, fit_prepared(prepared))


def table_of(prepared: Prepared, result: Estimate) -> pd.DataFrame:
    """Return the conventions of a planned call beside its estimate."""
    model = prepared.plan
    if not isinstance(model, LinearModel) or len(model.clusters) > 1:
        found = prepared.call.method if not isinstance(model, LinearModel) else "two clusterings"
        raise MandeError([codes.problem(NO_REGRESSION, argument="method", found=found)])
    first = ("mande", f"inference={result.inference!r}", result.estimate, result.std_error,
             result.reference.kind, result.df, result.p_value, " ".join(result.notes))  # fmt: skip
    rows = [first, *(_row(entry, result.estimate) for entry in _conventions(prepared, model))]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(entry: Convention, estimate: float) -> tuple[object, ...]:
    p = entry.reference.p_value(estimate / entry.std_error) if entry.std_error > 0 else None
    kind, df = entry.reference.kind, entry.reference.df
    return (entry.software, entry.command, estimate, entry.std_error, kind, df, p, entry.why)


def _conventions(prepared: Prepared, model: LinearModel) -> Iterator[Convention]:
    if isinstance(model, InstrumentedModel):
        yield from _instrumented(model)
    elif prepared.request.clusters:
        fit = solve(model)
        yield from _clustered(fit, prepared.request)
        if prepared.call.method == "did" and prepared.call.unit and not prepared.call.covariates:
            yield from _in_levels(fit)
    else:
        yield from _rows(solve(model))


NORMAL = Reference("normal")


def _plain(fit: LinearFit) -> tuple[float, int]:
    """Return the effect's variance in the plain sandwich, and the number of clusters."""
    groups, count = dense(fit.model.clusters[0])
    moved = cluster_sums(fit.scores, groups, count) @ fit.bread[:, fit.model.position]
    return float(moved @ moved), count


def _clustered(fit: LinearFit, request: Request) -> Iterator[Convention]:
    v0, g = _plain(fit)
    nested, every = count_for_clusters(fit, fit.model.clusters), fit.n_coefficients
    has_effects = bool(absorbed_sets(fit.model.absorbed))
    of_clusters = Reference("t", float(g - 1))
    told = f"G/(G-1) (N-1)/(N-K), t with clusters less one ({g - 1:,}) degrees of freedom; "
    command = "areg y x, absorb(effects) vce(cluster id)" if has_effects else "regress y x, vce(cluster id)"
    why = told + ("K counts every absorbed effect" if has_effects else "K is the number of coefficients")
    yield Convention("Stata", command, _error(v0, fit, every, g), of_clusters, f"{why} (K = {every:,}).")
    why = f"{told}K leaves out effects that lie within clusters (K = {nested:,})."
    error = _error(v0, fit, nested, g)
    yield Convention("R fixest", "feols(y ~ x | effects, cluster = ~id)", error, of_clusters, why)
    if has_effects:
        yield Convention("Stata xtreg", "xtreg y x, fe vce(cluster id)", error, of_clusters, why)
    small = _careful(fit, request)
    if small is not None:
        yield small
    why = "The factor of Stata, but the normal in place of t: p-values are smaller with few clusters."
    command = 'OLS(y, X).fit(cov_type="cluster")'
    yield Convention("statsmodels", command, _error(v0, fit, every, g), NORMAL, why)
    if has_effects:
        yield _panel_ols(v0, fit, request)
    why = "Neither factor, normal: the smallest error of all, right with very many clusters."
    yield Convention("no factor", "the sandwich of textbooks", float(np.sqrt(v0)), NORMAL, why)


def _panel_ols(v0: float, fit: LinearFit, request: Request) -> Convention:
    """Return what linearmodels prints: it leaves effects out of K only where they are one set within
    clusters."""
    sets, every = absorbed_sets(fit.model.absorbed), fit.n_coefficients
    # Waves stand here as columns; there they are a second set of effects.
    has_waves = any(name.startswith(f"{request.time}=") for name in fit.model.names)
    is_alone = not has_waves and len(sets) == 1 and is_nested(sets[0], fit.model.clusters[0])
    k = len(fit.coefficients) if is_alone else every
    effects = "without effects, which lie within clusters" if is_alone else "with every effect"
    why = f"N/(N-K) and no factor for clusters, K {effects} (K = {k:,}); t with N less K and effects."
    command = 'PanelOLS(y, X, entity_effects=True, ...).fit(cov_type="clustered", clusters=id)'
    error = float(np.sqrt(fit.n / (fit.n - k) * v0))
    return Convention("linearmodels", command, error, Reference("t", float(fit.n - every)), why)


def _error(v0: float, fit: LinearFit, k: int, g: int) -> float:
    """Return the error with the factor that most programs share."""
    return float(np.sqrt(g / (g - 1) * (fit.n - 1) / (fit.n - k) * v0))


def _careful(fit: LinearFit, request: Request) -> Convention | None:
    """Return CR2 with Satterthwaite's degrees of freedom, where nothing stands against it."""
    if cr2.INFERENCE.problems is not None and cr2.INFERENCE.problems(fit.model, request):
        return None
    fitted = cr2.linear(fit, request)
    position = fit.model.position
    reference = fitted.references.get(position, fitted.reference)
    df = f"{reference.df:.1f} degrees of freedom (Satterthwaite)"
    why = f"CR2: residuals adjusted for the leverage of their cluster, t with {df}."
    error = float(fitted.std_errors[position])
    return Convention("R estimatr", "lm_robust(y ~ x, clusters = id)", error, reference, why)


def _in_levels(fit: LinearFit) -> Iterator[Convention]:
    """Yield what programs print for the same difference-in-differences on the rows of both waves."""
    v0, g = _plain(fit)
    n, t = 2 * fit.n, Reference("t", float(g - 1))
    for software, command, k in (
        ("Stata, levels", "regress y i.treated##i.after, vce(cluster id)", 4),
        ("R fixest, levels", "feols(y ~ treated:after | unit + wave, cluster = ~id)", 3),
    ):
        error = float(np.sqrt(g / (g - 1) * (n - 1) / (n - k) * v0))
        why = f"The same effect on the {n:,} rows of both waves: N and K differ (K = {k}), the rest is alike."
        yield Convention(software, command, error, t, why)


def _instrumented(model: InstrumentedModel) -> Iterator[Convention]:
    first = solve(model.reduced(model.regressors[:, model.position]))
    fit = second_stage(model, first)
    n, k = fit.n, fit.n_coefficients
    silent = "no allowance for weak instruments"
    large = f"No factor, normal; {silent}."
    if not model.clusters:
        hc0 = _sum_of_squares(fit.scores @ fit.bread[:, model.position])
        why = f"HC1, t with N - K = {n - k:,} degrees of freedom; {silent}."
        error, t = float(np.sqrt(n / (n - k) * hc0)), Reference("t", float(n - k))
        yield Convention("R fixest", 'feols(y ~ 1 | d ~ z, vcov = "hetero")', error, t, why)
        command = 'IV2SLS(...).fit(cov_type="robust")'
        yield Convention("linearmodels", command, float(np.sqrt(hc0)), NORMAL, large)
        return
    v0, g = _plain(fit)
    error = _error(v0, fit, count_for_clusters(fit, model.clusters), g)
    why = f"G/(G-1) (N-1)/(N-K), t with {g - 1:,} degrees of freedom; {silent}."
    t = Reference("t", float(g - 1))
    yield Convention("R fixest", "feols(y ~ 1 | d ~ z, cluster = ~id)", error, t, why)
    command = 'IV2SLS(...).fit(cov_type="clustered", clusters=id)'
    yield Convention("linearmodels", command, float(np.sqrt(v0)), NORMAL, large)


def _rows(fit: LinearFit) -> Iterator[Convention]:
    n, k, position = fit.n, fit.n_coefficients, fit.model.position
    t, df = Reference("t", float(n - k)), f"t with N - K = {n - k:,} degrees of freedom"
    moved = fit.scores @ fit.bread[:, position]
    residual = float((fit.weights * fit.residuals**2).sum()) / (n - k)
    one = float(np.sqrt(residual * fit.bread[position, position]))
    hc1 = float(np.sqrt(n / (n - k) * _sum_of_squares(moved)))
    yield Convention("Stata, R lm", "regress y x; summary(lm(y ~ x))", one, t, f"One variance for all; {df}.")
    yield Convention("Stata robust", "regress y x, robust", hc1, t, f"HC1; {df}.")
    yield Convention("R fixest", 'feols(y ~ x, vcov = "hetero")', hc1, t, f"HC1; {df}.")
    yield from _by_leverage(fit, moved, t, df)
    command = 'OLS(y, X).fit(cov_type="HC1")'
    yield Convention("statsmodels", command, hc1, NORMAL, "HC1, but the normal in place of t.")


def _by_leverage(fit: LinearFit, moved: FloatArray, t: Reference, df: str) -> Iterator[Convention]:
    """Yield HC2 and HC3, where no row alone carries a coefficient."""
    if len(absorbed_sets(fit.model.absorbed)) > 1:
        return
    left = 1 - leverage(fit)
    if float(left.min()) < 1e-10:
        return
    for software, command, power, name in (
        ("R estimatr", "lm_robust(y ~ x)", 0.5, "HC2"),
        ("R sandwich", "coeftest(m, vcov = vcovHC(m))", 1.0, "HC3"),
    ):
        error = float(np.sqrt(_sum_of_squares(moved / left**power)))
        yield Convention(software, command, error, t, f"{name}: residuals over leverage; {df}.")


def _sum_of_squares(values: FloatArray) -> float:
    return float(values @ values)
