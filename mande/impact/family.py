"""Several outcomes judged at once: the same method on each, and corrections for their number.

Which outcomes belong together is declared before they are seen; within a family the corrections of
`mande/impact/multiplicity` stand beside the plain p-values. Joint draws are wild cluster bootstrap draws
with the same signs for all outcomes: with one draw per cluster, what outcomes have in common is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mande.errors import MandeError
from mande.impact import problems as codes
from mande.impact.call import Call, as_names
from mande.impact.contract import LinearModel
from mande.impact.inference.wild import without_effect
from mande.impact.linear import solve
from mande.impact.multiplicity._shared import Judged
from mande.impact.registry import adjustments
from mande.impact.run import Prepared, fit_prepared, prepare
from mande.results import Cell, Estimate, Table

REPLAYS = 4_999


@dataclass(frozen=True, slots=True)
class Family:
    """The effects on a family of outcomes, and a table of their p-values, plain and corrected."""

    estimates: tuple[Estimate, ...]
    table: Table


def estimate_family(
    frame: pd.DataFrame,
    *,
    outcomes: Sequence[str],
    method: str,
    treated: str,
    unit: str | None = None,
    time: str | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    inference: str = "auto",
    family_replays: int = REPLAYS,
    family_seed: int = 0,
    **options: Any,
) -> Family:
    """Estimate the same effect on several outcomes and correct for their number.

    Parameters
    ----------
    frame, method, treated, unit, time, covariates, cluster, weights, inference, **options
        As in `estimate`.
    outcomes
        Columns of the outcomes, at least two.
    family_replays, family_seed
        Number of joint draws, and their seed.

    Returns
    -------
    Family. Table columns: outcome, estimate, std_error, p_value, statistic (|t| with CR1), then one per
    correction.

    Raises
    ------
    MandeError
        As `estimate`; M-VALUE with fewer than two different outcomes; M-PAIR where the method is no single
        regression with clusters, so that nothing can be drawn jointly.
    """
    if len(set(outcomes)) < 2 or len(set(outcomes)) < len(outcomes):
        found = ", ".join(map(str, outcomes)) or "none"
        expected = "at least two outcomes, each once"
        raise MandeError([codes.problem(codes.VALUE, argument="outcomes", found=found, expected=expected)])
    clusters = as_names(cluster) or as_names(unit)
    estimates, statistics, draws = [], [], []
    for outcome in outcomes:
        call = Call(
            method=method, outcome=outcome, treated=as_names(treated), unit=unit, time=time,
            covariates=as_names(covariates), cluster=clusters, weights=weights, inference=inference,
            scale="level", label="", unit_of_measure="", options=options,
        )  # fmt: skip
        prepared = prepare(frame, call)
        estimates.append(fit_prepared(prepared))
        statistic, drawn = _joint(prepared.plan, method, family_replays, family_seed)
        statistics.append(statistic)
        draws.append(drawn)
    tests = Judged(
        np.array([entry.p_value for entry in estimates]), np.array(statistics), np.column_stack(draws)
    )
    owned = [(entry.outcome, entry.estimate, entry.std_error, entry.p_value) for entry in estimates]
    table = _table(owned, tests, _how(clusters, family_replays, family_seed), what="outcomes")
    return Family(tuple(estimates), table)


@dataclass(frozen=True, slots=True)
class Tested:
    """One effect of a family: its label, the planned call it comes from, its estimate and its term.

    `among` are the clusters of the table that was handed in: only effects from tables with the same ones
    can be drawn together.
    """

    label: str
    prepared: Prepared
    estimate: Estimate
    term: str
    among: tuple[str, ...] = ()


def family_of_effects(tested: Sequence[Tested], *, what: str = "effects") -> Table:
    """Return p-values of several effects (arms, components, outcomes), corrected for their number.

    The draws of a cluster are the same for all effects, so that what they share is kept. Effects that
    cannot be drawn together (by influence functions, or of other clusters) are corrected by their p-values
    alone.
    Columns: outcome (the label), estimate, std_error, p_value, then statistic where there are draws, then
    one per correction.
    """
    owned: list[tuple[Cell, ...]] = []
    for entry in tested:
        term = next(one for one in entry.estimate.terms if one.name == entry.term)
        row = entry.estimate.row(term, 0.95)
        owned.append((entry.label, row["estimate"], row["std_error"], row["p_value"]))
    p_values = np.array([row[3] for row in owned], dtype=np.float64)
    plans = [_of_term(entry) for entry in tested]
    if None in plans or len({entry.among for entry in tested}) > 1:
        tests = Judged(p_values, np.empty(0), np.empty((0, 0)))
        return _table(owned, tests, "", what=what)
    joint = [
        _joint(plan, entry.prepared.call.method, REPLAYS, 0)
        for plan, entry in zip(plans, tested, strict=True)
    ]
    drawn = np.column_stack([draws for _, draws in joint])
    tests = Judged(p_values, np.array([statistic for statistic, _ in joint]), drawn)
    how = _how(tested[0].prepared.request.clusters, REPLAYS, 0)
    return _table(owned, tests, how, what=what)


def _of_term(entry: Tested) -> LinearModel | None:
    """Return the regression with the term as its effect, or None where joint draws have no definition."""
    plan = entry.prepared.plan
    if not isinstance(plan, LinearModel) or len(plan.clusters) != 1:
        return None
    return replace(plan, effect=entry.term)


def _how(clusters: tuple[str, ...], replays: int, seed: int) -> str:
    return f"{replays:,} joint wild bootstrap draws by {clusters[0]}, seed {seed}"


def _joint(plan: object, method: str, replays: int, seed: int) -> tuple[float, np.ndarray]:
    """Return |t| observed and drawn, the draw of a cluster being the same for every outcome."""
    if not isinstance(plan, LinearModel) or len(plan.clusters) != 1:
        values = {"method": method, "known": "regressions with one clustering"}
        raise MandeError([codes.problem(codes.PAIR, argument="method", found="joint draws", **values)])
    present = np.unique(plan.clusters[0])
    rng = np.random.default_rng(seed)
    # Codes number the clusters of the whole table: a cluster keeps its draws where an outcome is missing,
    # because each cluster has a row of draws of its own, made in the order of the codes.
    signs = np.array([rng.integers(2, size=replays) for _ in range(int(present[-1]) + 1)])
    return without_effect(solve(plan), 2.0 * signs[present].T - 1.0)


def _table(owned: Sequence[tuple[Cell, ...]], tests: Judged, how: str, *, what: str) -> Table:
    """Return the p-values, plain and corrected; without draws, only corrections of p-values."""
    kinds = {name: kind for name, kind in adjustments().items() if how or not kind.needs_draws}
    corrected = {name: kind.adjust(tests) for name, kind in kinds.items()}
    rows: list[tuple[Cell, ...]] = []
    for place, own in enumerate(owned):
        statistic = (float(tests.statistics[place]),) if how else ()
        rows.append((*own, *statistic, *(float(found[place]) for found in corrected.values())))
    notes = [f"{kind.title}: {kind.controls}." for kind in kinds.values()]
    told = f"Romano-Wolf and Westfall-Young from {how}." if how else "These effects cannot be drawn together."
    names = ("outcome", "estimate", "std_error", "p_value", *(("statistic",) if how else ()), *kinds)
    return Table(f"{len(owned)} {what} judged together", names, tuple(rows), (*notes, told))
