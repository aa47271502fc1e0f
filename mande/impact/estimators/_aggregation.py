"""Averages of the effects of cohorts in waves, with the influence of estimated cohort sizes.

Equation: an average sum of a_c ATT_c with weights a_c = p_c / sum of p over its cells, p the share of the
cell's cohort among units; psi = sum of a_c psi_c + sum of ATT_c times the influence of a_c,
(1{G = g} - p_g) / sum p - a_c times the sum of (1{G = g} - p_g) / sum p.
Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), section 3 and corollary 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mande.impact.estimators._staggered import Cell, component_of
from mande.impact.observations import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class GroupTime:
    """Effects of cohorts in waves: `att` and `psi` (one row per unit) by cell; cohort of units, weights.

    `start` is the position of each unit's first treated wave; `weights` have mean one.
    """

    cells: tuple[Cell, ...]
    att: FloatArray
    psi: FloatArray
    start: FloatArray
    weights: FloatArray
    waves: tuple[str, ...]

    @property
    def treated_cells(self) -> BoolArray:
        """Cells from the start on."""
        return np.array([cell.after >= 0 for cell in self.cells], dtype=bool)


@dataclass(frozen=True, slots=True)
class Average:
    """A named average with its influence function."""

    name: str
    value: float
    psi: FloatArray


def by_size(table: GroupTime, chosen: BoolArray, name: str) -> Average:
    """Return the average of cells by the size of their cohorts, which is estimated as well."""
    cohorts = np.array([cell.cohort for cell, use in zip(table.cells, chosen, strict=True) if use])
    att, psi = table.att[chosen], table.psi[:, chosen]
    return _weighted(table, cohorts, att, psi, name)


def _weighted(table: GroupTime, cohorts: FloatArray, att: FloatArray, psi: FloatArray, name: str) -> Average:
    own = np.column_stack([table.weights * (table.start == cohort) for cohort in cohorts])
    shares = own.mean(axis=0)
    total = float(shares.sum())
    weights = shares / total
    value = float(weights @ att)
    # (own - shares) @ (att - value): the influence of the weights, whose sum is fixed at one.
    of_weights = (own - shares) @ (att - value) / total
    return Average(name, value, psi @ weights + of_weights)


def plain_mean(parts: Sequence[Average], name: str) -> Average:
    """Return the plain average of averages."""
    value = float(np.mean([part.value for part in parts]))
    return Average(name, value, np.mean([part.psi for part in parts], axis=0))


def aggregate(table: GroupTime, aggregation: str, name: str) -> tuple[Average, tuple[Average, ...]]:
    """Return the overall average of one kind and the averages it is made of (none for `simple`)."""
    after = table.treated_cells
    if aggregation == "simple":
        return by_size(table, after, name), ()
    names = [component_of(cell, aggregation, table.waves) for cell in table.cells]
    wanted = np.ones(len(names), dtype=bool) if aggregation == "dynamic" else after
    order = sorted(range(len(names)), key=lambda place: _rank(table.cells[place], aggregation))
    kept = list(dict.fromkeys(names[place] for place in order if wanted[place]))
    parts = tuple(
        by_size(table, wanted & np.array([entry == part for entry in names]), part) for part in kept
    )
    if aggregation == "group":
        cohorts = np.array(sorted({cell.cohort for cell in table.cells if cell.after >= 0}))
        values, psi = np.array([p.value for p in parts]), np.column_stack([p.psi for p in parts])
        return _weighted(table, cohorts, values, psi, name), parts
    first = [part for part in parts if aggregation == "calendar" or int(part.name.split("=")[1]) >= 0]
    return plain_mean(first, name), parts


def overall_weights(cells: Sequence[Cell], size: FloatArray, aggregation: str) -> FloatArray:
    """Return the weight of each cell in the overall average, from numbers of rows that count as known.

    `simple` weighs cells by their rows; `dynamic` and `calendar` are plain averages over waves since the
    start and over waves; `group` averages cohorts by their rows in their first treated wave.
    """
    after = np.array([cell.after >= 0 for cell in cells], dtype=bool)
    if aggregation == "simple":
        return np.asarray(np.where(after, size, 0.0) / size[after].sum())
    rank = np.array([_rank(cell, aggregation) for cell in cells])
    weights = np.zeros(len(cells))
    parts = np.unique(rank[after])
    for part in parts:
        inside = after & (rank == part)
        first = size[np.flatnonzero(inside)[0]] if aggregation == "group" else 1.0
        weights[inside] = first * size[inside] / size[inside].sum()
    return np.asarray(weights / weights.sum())


def part_weights(
    cells: Sequence[Cell], size: FloatArray, aggregation: str, waves: Sequence[str]
) -> tuple[tuple[str, ...], FloatArray]:
    """Return the averages an aggregation is made of, by name, and the weight of each cell in them."""
    names = [component_of(cell, aggregation, waves) for cell in cells]
    order = sorted(range(len(cells)), key=lambda place: _rank(cells[place], aggregation))
    parts = tuple(dict.fromkeys(names[place] for place in order))
    rows = np.array([np.where([name == part for name in names], size, 0.0) for part in parts])
    return parts, rows / rows.sum(axis=1, keepdims=True)


def _rank(cell: Cell, aggregation: str) -> int:
    return {"dynamic": cell.after, "group": cell.cohort, "calendar": cell.wave}[aggregation]
