"""The assignment as it was drawn, and drawn again: groups, strata, fixed numbers per arm or start date."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Request
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.impact.regressors import dense, is_nested


def is_replays(value: object) -> bool:
    """Return whether `value` is None or a number of draws of at least 99."""
    return value is None or (
        isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 99
    )


def is_seed(value: object) -> bool:
    """Return whether `value` is a whole number of zero or more."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """What chance decided: one value per assigned group, drawn anew within strata.

    `groups` are the rows' groups. `values` holds what each group was given: its treated value, or, where
    treatment starts at different times, the position of the wave it starts in (infinity: never), with
    `time` the rows' waves. `strata` has one code per group. `is_dates` says that values are dates given as
    such (`first_treated`), for methods that take them so.
    """

    groups: IntArray
    values: FloatArray
    strata: IntArray
    time: IntArray | None
    is_dates: bool = False

    def column(self, values: FloatArray) -> FloatArray:
        """Return the treated column that values per group give."""
        given = values[self.groups]
        return given if self.time is None else (self.time >= given).astype(np.float64)

    def count(self) -> float:
        """Return how many different assignments there are."""
        total = 0.0
        for stratum in np.unique(self.strata):
            _, sizes = np.unique(self.values[self.strata == stratum], return_counts=True)
            total += math.lgamma(sizes.sum() + 1) - sum(math.lgamma(size + 1) for size in sizes)
        return math.exp(min(total, 700.0))

    def drawn(self, replays: int, seed: int) -> Iterator[FloatArray]:
        """Yield random assignments with the same numbers in every stratum."""
        rng = np.random.default_rng(seed)
        members = [np.flatnonzero(self.strata == stratum) for stratum in np.unique(self.strata)]
        for _ in range(replays):
            values = self.values.copy()
            for rows in members:
                values[rows] = rng.permutation(self.values[rows])
            yield values

    def every(self) -> Iterator[FloatArray]:
        """Yield every different assignment once, the actual one among them."""
        members = [np.flatnonzero(self.strata == stratum) for stratum in np.unique(self.strata)]
        choices = [list(_arrangements(sorted(self.values[rows].tolist()))) for rows in members]
        for chosen in product(*choices):
            values = self.values.copy()
            for rows, part in zip(members, chosen, strict=True):
                values[rows] = part
            yield values


def _arrangements(values: list[float]) -> Iterator[list[float]]:
    """Yield the different orders of a sorted list."""
    if not values:
        yield []
        return
    for position, value in enumerate(values):
        if position and values[position - 1] == value:
            continue
        for rest in _arrangements(values[:position] + values[position + 1 :]):
            yield [value, *rest]


def read_assignment(data: Observations, request: Request) -> tuple[Assignment | None, list[Problem]]:
    """Return what was drawn, from the treated column as it came out.

    The drawn groups are those of `assigned_by`, else of `cluster`, else units, else single rows.
    """
    groups, name = _drawn_groups(data, request)
    rows = np.unique(groups, return_index=True)[1]
    problems = []
    strata = np.zeros(len(rows), dtype=np.intp)
    if data.strata is not None:
        if not is_nested(groups, data.strata):
            found = f"some of {name} lie in several strata"
            problems.append(codes.problem(codes.ASSIGNED, column=str(request.strata), found=found))
        strata = data.strata[rows]
    if data.first_treated is not None:
        start = data.first_treated
        if is_nested(groups, np.unique(start, return_inverse=True)[1]):
            return Assignment(groups, start[rows], strata, None, is_dates=True), problems
        found = f"some of {name} hold units with different starts"
        problems.append(codes.problem(codes.ASSIGNED, column=str(request.first_treated), found=found))
        return None, problems
    is_constant = is_nested(groups, np.unique(data.treated, return_inverse=True)[1])
    if is_constant:
        return Assignment(groups, data.treated[rows], strata, None), problems
    starts = _starts(data, groups, len(rows))
    if starts is None:
        found = f"treatment of some of {name} neither stays the same nor starts once and stays"
        problems.append(codes.problem(codes.ASSIGNED, column=str(request.treated), found=found))
        return None, problems
    return Assignment(groups, starts, strata, data.time), problems


def _drawn_groups(data: Observations, request: Request) -> tuple[IntArray, str]:
    by = request.options.get("assigned_by")
    if by is not None:
        return dense(data.groups[by])[0], str(by)
    if data.cluster is not None:
        return dense(data.cluster)[0], str(request.cluster)
    if data.unit is not None:
        return dense(data.unit)[0], str(request.unit)
    return np.arange(len(data)), "rows"


def _starts(data: Observations, groups: IntArray, n_groups: int) -> FloatArray | None:
    """Return the wave in which each group's treatment starts, None where it does not start and stay."""
    if data.time is None or not np.isin(data.treated, (0.0, 1.0)).all():
        return None
    starts = np.full(n_groups, np.inf)
    on = data.treated == 1
    np.minimum.at(starts, groups[on], data.time[on].astype(float))
    return starts if np.array_equal(data.time >= starts[groups], on) else None
