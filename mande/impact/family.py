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
    table = _table(owned, tests, clusters, family_replays, family_seed, what="outcomes")
    return Family(tuple(estimates), table)


@dataclass(frozen=True, slots=True)
class Tested:
    """One effect of a family: its label, the planned call it comes from, its estimate and its term."""

    label: str
    prepared: Prepared
    estimate: Estimate
    term: str


def family_of_effects(tested: Sequence[Tested], *, level: float = 0.95) -> Table:
    """Return p-values of several effects on one outcome (arms, components), corrected for their number.

    The draws of a cluster are the same for all effects, so that what arms share (the comparison units) is
    kept.
    Columns: outcome (the label), estimate, std_error, p_value, statistic, then one per correction.

    Raises
    ------
    MandeError
        M-PAIR where an effect comes from no single regression with clusters.
    """
    rows, joint = [], []
    for entry in tested:
        term = next(one for one in entry.estimate.terms if one.name == entry.term)
        rows.append((entry.label, entry.estimate.row(term, level)))
        plan = entry.prepared.plan
        plan = replace(plan, effect=entry.term) if isinstance(plan, LinearModel) else plan
        joint.append(_joint(plan, entry.prepared.call.method, REPLAYS, 0))
    tests = Judged(
        np.array([row["p_value"] for _, row in rows], dtype=np.float64),
        np.array([statistic for statistic, _ in joint]),
        np.column_stack([drawn for _, drawn in joint]),
    )
    owned = [(label, row["estimate"], row["std_error"], row["p_value"]) for label, row in rows]
    clusters = tested[0].prepared.request.clusters
    return _table(owned, tests, clusters, REPLAYS, 0, what="effects")


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


def _table(
    owned: Sequence[tuple[Cell, ...]],
    tests: Judged,
    clusters: tuple[str, ...],
    replays: int,
    seed: int,
    *,
    what: str,
) -> Table:
    kinds = adjustments()
    corrected = {name: kind.adjust(tests) for name, kind in kinds.items()}
    rows: list[tuple[Cell, ...]] = []
    for place, own in enumerate(owned):
        values = (float(found[place]) for found in corrected.values())
        rows.append((*own, float(tests.statistics[place]), *values))
    notes = [f"{kind.title}: {kind.controls}." for kind in kinds.values()]
    how = f"{replays:,} joint wild bootstrap draws by {clusters[0]}, seed {seed}"
    return Table(
        caption=f"{len(owned)} {what} judged together",
        columns=("outcome", "estimate", "std_error", "p_value", "statistic", *kinds),
        rows=tuple(rows),
        notes=(*notes, f"Romano-Wolf and Westfall-Young from {how}."),
    )
