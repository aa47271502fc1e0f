"""The steps of a plan carried out on tables in memory: column by column, each when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from mande.measure.expressions import Expr
from mande.measure.numbered import Groups, Numbered, Pairs, Places
from mande.measure.steps import LINK, Compute, Divide, Gather, Lift, Load, Step
from mande.measure.vectors import Vector, worked_out

Source = Expr | Callable[[], Vector]
"""How a column comes about: from others of its row, or in a way of its own."""


class Memory:
    """The columns of a plan over numbered tables.

    Parameters
    ----------
    loads, steps
        Of the plan.
    rows
        The tables.
    beside
        Columns by table, in the order of its keys, that stand before those of the table.
    """

    def __init__(
        self,
        loads: Sequence[Load],
        steps: Sequence[Step],
        rows: Numbered,
        beside: Mapping[str, Mapping[str, Vector]],
    ) -> None:
        self.rows = rows
        self.sources: dict[tuple[str, str], Source] = {}
        self.kept: dict[tuple[str, str], Vector] = {}
        self.divided: dict[str, tuple[Vector, ...]] = {}
        for load in loads:
            for entry in load.inputs:
                given = beside.get(load.table, {}).get(entry.name)
                if given is not None:
                    self.kept[load.table, entry.column] = given
                work = partial(rows.vector, load.table, entry.name, entry.type)
                self.sources[load.table, entry.column] = work
        for step in steps:
            self._add(step)

    def _add(self, step: Step) -> None:
        match step:
            case Compute():
                self.sources |= {(step.table, name): tree for name, tree in step.columns}
            case Lift():
                for there, here in step.columns:
                    if there != LINK:  # numbers lead through any number of levels
                        self.sources[step.table, here] = partial(self._lifted, step, there)
            case Gather():
                for name, function, source in step.results:
                    self.sources[step.table, name] = partial(self._gathered, step, function, source)
            case Divide():
                for place, name in enumerate((step.total, step.largest, step.squares)):
                    self.sources[step.table, name] = partial(self._divided, step, place)

    def column(self, table: str, name: str) -> Vector:
        """Return a column for every row of a table."""
        if (table, name) not in self.kept:
            source = self.sources[table, name]
            found = self.over(table, source) if isinstance(source, Expr) else source()
            self.kept[table, name] = found
        return self.kept[table, name]

    def over(self, table: str, tree: Expr) -> Vector:
        """Return what a tree gives for every row of a table."""
        return worked_out(tree, partial(self.column, table)).over(self.rows.height(table))

    def at(self, table: str, tree: Expr, places: Places) -> Vector:
        """Return what a tree gives for some rows of a table; nothing is worked out for others in vain."""
        kept: dict[str, Vector] = {}

        def column(name: str) -> Vector:
            if name not in kept:
                source = self.sources[table, name]
                if isinstance(source, Expr) and (table, name) not in self.kept:
                    kept[name] = worked_out(source, column).over(len(places))
                else:
                    kept[name] = self.column(table, name).take(places)
            return kept[name]

        return worked_out(tree, column).over(len(places))

    def _lifted(self, step: Lift, there: str) -> Vector:
        return self.column(step.parent, there).take(self.rows.above(step.table, step.parent))

    def _gathered(self, step: Gather, function: str, source: str) -> Vector:
        groups = self.rows.groups(step.roster, step.table)
        if function == "rows":
            return groups.rows()
        results = {
            "sum": groups.sum,
            "min": groups.smallest,
            "max": groups.largest,
            "present": groups.present,
            "distinct": groups.distinct,
        }
        return results[function](self.column(step.roster, source))

    def _divided(self, step: Divide, place: int) -> Vector:
        """Return the total of all categories' amounts, the largest of these, or the sum of their squares."""
        if step.total not in self.divided:
            amount, category = (self.column(step.roster, name) for name in (step.amount, step.category))
            group = self.rows.above(step.roster, step.table)
            there = np.flatnonzero(~amount.missing & ~category.missing & (group >= 0))
            pairs = Pairs.of(group[there], category.values[there])
            parted = Vector(pairs.sum(amount.values[there]), np.zeros(len(pairs.groups), dtype=bool))
            squares = Vector(parted.values * parted.values, parted.missing)
            groups = Groups.of(pairs.groups, self.rows.height(step.table))
            self.divided[step.total] = (groups.sum(parted), groups.largest(parted), groups.sum(squares))
        return self.divided[step.total][place]
