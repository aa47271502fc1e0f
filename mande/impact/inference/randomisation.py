"""Randomisation inference: the lottery is drawn again, and nothing but the lottery is random.

Assumption: the replayed draw is the one that was made (groups, strata, numbers per arm or start date).
The p-value is exact for the hypothesis that treatment changed no outcome at all; the set holds every effect
that, the same for all, is not rejected.
Equation: p(b0) = share of draws r with |a_r - b0 d_r| >= |b - b0|, where a_r and d_r are the coefficients of
the outcome and of the actual treatment on the treatment of draw r. With no more different assignments than
replays each is used once; otherwise p = (1 + count) / (1 + replays).
Use: treatment drawn by lot, above all with few drawn groups.
Source: Fisher (1935), The Design of Experiments, II; Imbens and Rubin (2015), Causal Inference, 5;
Young (2019), Quarterly Journal of Economics 134(2).
Reference implementation: R ri2 0.4 (exact by enumeration); Stata ritest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Fitted, Inference, LinearFit, LinearModel, Option, Plan, Request, is_column
from mande.impact.inference import classical, cr1
from mande.impact.inference._inversion import inverted
from mande.impact.inference._replays import Assignment, is_replays, is_seed, read_assignment
from mande.impact.linear import absorbed_sets, cluster_sums, residualise
from mande.impact.observations import FloatArray

REPLAYS = 2_000
_CHUNK = 4_000_000


def problems(plan: Plan, request: Request) -> list[Problem]:
    """Return what keeps the draw from being replayed."""
    if not isinstance(plan, LinearModel) or plan.rebuild is None:
        found = f"{request.method} on these data"
        return [codes.problem(codes.ASSIGNED, argument="method", found=found)]
    if plan.data.arms.shape[1] > 1:
        found = f"{plan.data.arms.shape[1]} arms at once"
        return [codes.problem(codes.ASSIGNED, argument="treated", found=found)]
    return read_assignment(plan.data, request)[1]


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return the distribution of the effect over replayed assignments; other terms have no p-value."""
    assignment, _ = read_assignment(fit.model.data, request)
    if assignment is None:
        raise TypeError("an assignment that cannot be replayed is refused before fitting")
    usual = cr1.linear(fit, request) if fit.model.clusters else classical.linear(fit, request)
    replays = int(request.options["replays"] or REPLAYS)
    n_different = assignment.count()
    is_exact = n_different <= replays * (1 + 1e-9)
    values = assignment.every() if is_exact else assignment.drawn(replays, request.options["seed"])
    of_outcome, of_treatment = _coefficients(fit, assignment, values)
    position = fit.model.position
    estimate, count = float(fit.coefficients[position]), len(of_outcome)

    def p_of(b0: float) -> float:
        least = abs(estimate - b0) * (1 - 1e-9)
        above = int((np.abs(of_outcome - b0 * of_treatment) >= least).sum())
        return above / count if is_exact else (1 + above) / (1 + count)

    reference = inverted(p_of, estimate, float(usual.std_errors[position]))
    return replace(
        usual,
        reference=reference,
        references={column: usual.reference for column in range(len(fit.coefficients)) if column != position},
        notes=(_note(assignment, request, count, is_exact=is_exact),),
    )


def _note(assignment: Assignment, request: Request, count: int, *, is_exact: bool) -> str:
    what = "start dates" if assignment.time is not None else "arms"
    within = f" within {request.strata}" if request.strata is not None else ""
    by = request.options.get("assigned_by") or request.cluster or request.unit or "row"
    how = f"all {count:,} assignments" if is_exact else f"{count:,} draws, seed {request.options['seed']}"
    return (
        f"Randomisation inference: {what} of {len(assignment.values):,} drawn groups ({by}) are drawn "
        f"again{within} ({how}); the standard error beside it is no part of the test."
    )


def _coefficients(
    fit: LinearFit, assignment: Assignment, values: Iterable[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients of the outcome and of the actual treatment on each draw's treatment."""
    model = fit.model
    if model.rebuild is None:
        raise TypeError("the model cannot be rebuilt")
    position, values = model.position, iter(values)
    first = next(values)
    columns = model.rebuild(assignment.column(first))
    others = [column for column in range(len(model.names)) if column != position]
    stays = np.array_equal(columns[:, others], model.design[:, others])
    size = max(1, _CHUNK // max(len(model.outcome), 1))
    found: list[tuple[FloatArray, FloatArray]] = []
    pending = _chained(first, values)
    sums = _group_sums(fit, assignment) if stays else None
    while sums is not None and (chunk := list(islice(pending, size))):
        found.append(sums.coefficients(np.array(chunk)))
    while chunk := list(islice(pending, size)):
        treatments = [model.rebuild(assignment.column(value)) for value in chunk]
        found.append(_by_partialling(fit, treatments) if stays else _one_by_one(fit, treatments))
    return np.concatenate([a for a, _ in found]), np.concatenate([d for _, d in found])


def _chained(first: FloatArray, values: Iterator[FloatArray]) -> Iterator[FloatArray]:
    yield first
    yield from values


@dataclass(frozen=True, slots=True)
class _GroupSums:
    """Sums over drawn groups that give every draw's coefficients: the effect's column is c times the draw."""

    tops: FloatArray
    squares: FloatArray
    taken: FloatArray

    def coefficients(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return both coefficients of each draw; `values` has one draw per row."""
        tops = values @ self.tops
        sizes = values**2 @ self.squares - np.einsum("ij,ij->i", values @ self.taken, values @ self.taken)
        return tops[:, 0] / sizes, tops[:, 1] / sizes


def _group_sums(fit: LinearFit, assignment: Assignment) -> _GroupSums | None:
    """Return the sums where the effect's column is a multiple of the row's group's value, else None."""
    model, position = fit.model, fit.model.position
    if model.rebuild is None or assignment.time is not None or model.absorbed:
        return None
    numbers = np.arange(1, len(assignment.values) + 1, dtype=np.float64)
    factor = model.rebuild(assignment.column(np.ones(len(numbers), dtype=np.float64)))[:, position]
    told = model.rebuild(assignment.column(numbers))[:, position] / np.where(factor == 0, 1.0, factor)
    group = np.where(factor == 0, 1.0, told).round().astype(np.intp) - 1
    first = next(assignment.drawn(1, 0))
    rebuilt = model.rebuild(assignment.column(first))[:, position]
    is_known = (group >= 0) & (group < len(numbers))
    if not is_known.all() or not np.array_equal(factor * first[group], rebuilt):
        return None
    root = np.sqrt(fit.weights)[:, None]
    basis, _ = np.linalg.qr(np.delete(fit.regressors, position, axis=1) * root)
    targets = np.column_stack([fit.outcome, fit.regressors[:, position]]) * root
    targets = targets - basis @ (basis.T @ targets)
    scaled = factor[:, None] * root
    count = len(numbers)
    return _GroupSums(
        cluster_sums(scaled * targets, group, count),
        cluster_sums(scaled**2, group, count)[:, 0],
        cluster_sums(scaled * basis, group, count),
    )


def _by_partialling(fit: LinearFit, drawn: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return coefficients where only the effect's column depends on the draw (Frisch and Waugh)."""
    position = fit.model.position
    others = np.delete(fit.regressors, position, axis=1)
    root = np.sqrt(fit.weights)[:, None]
    basis, _ = np.linalg.qr(others * root)
    columns = np.column_stack([regressors[:, position] for regressors in drawn])
    if sets := absorbed_sets(fit.model.absorbed):
        columns = residualise(columns, sets, fit.model.weights)
    columns = columns * root
    columns = columns - basis @ (basis.T @ columns)
    sizes = np.einsum("ij,ij->j", columns, columns)
    targets = np.column_stack([fit.outcome, fit.regressors[:, position]]) * root
    tops = targets.T @ columns
    return tops[0] / sizes, tops[1] / sizes


def _one_by_one(fit: LinearFit, drawn: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return coefficients where a draw changes several columns.

    The actual treatment as an outcome is the sum of what an effect of one adds: the effect's own column.
    """
    position, sets = fit.model.position, absorbed_sets(fit.model.absorbed)
    root = np.sqrt(fit.weights)[:, None]
    targets = np.column_stack([fit.outcome, fit.regressors[:, position]]) * root
    pairs = []
    for regressors in drawn:
        columns = residualise(regressors, sets, fit.model.weights) if sets else regressors
        solution, *_ = np.linalg.lstsq(columns * root, targets, rcond=None)
        pairs.append(solution[position])
    both = np.array(pairs)
    return both[:, 0], both[:, 1]


INFERENCE = Inference(
    name="randomisation",
    title="randomisation inference",
    needs_clusters=False,
    uses_clusters=True,
    linear=linear,
    accepts=("strata",),
    options={
        "assigned_by": Option(None, is_column, "the column of the groups that were drawn", column="codes"),
        "replays": Option(None, is_replays, "a whole number of draws, 99 or more"),
        "seed": Option(0, is_seed, "a whole number of zero or more"),
    },
    problems=problems,
)
