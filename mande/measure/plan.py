"""An indicator's formulas as an ordered list of steps over the survey's tables.

What a plan means, on every engine:

* A missing answer makes what is worked out from it missing (strict). Under `available` for a table,
  `+`, `sum_of`, `mean_of`, `min_of`, `max_of`, `count_of` on its rows and aggregates over its rows leave
  missing parts out, and are missing only where nothing is there; `-`, `*` and `/` stay strict. `sd_of`
  needs two values. A row of `concentration` or `largest_share` is there with its amount and its category.
* Conditions are three-valued; a missing condition chooses neither branch.
* x/0, the logarithm of 0 and the like are missing. NaN and infinity count as missing answers on the way
  in and never come out.
* A roster with no rows: the gate answered 'no' makes it empty (count, sum and distinct 0, any no; all
  other aggregates missing), 'yes' or no answer makes it missing. Without a gate the roster is complete as
  it is. Rows under a gate answered 'no' contradict each other: missing.
* An aggregate over a roster two or more levels below runs over all its rows; every gate on the way must
  be in order. To aggregate level by level, name a dotted part: `seasons.revenue: sum(sales.value)` is a
  column of `seasons` that later parts may use, in `sum(seasons.revenue)` or in other dotted parts, to
  any depth.
* A formula that belongs to a roster's rows may name the entity (bare names) and every table between
  (dotted); an entity's formula may name tables above it (dotted).
* Rows of a roster whose parent does not exist belong to nobody and drop out; the survey checks list them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from mande.catalogue import Catalogue, with_lines
from mande.errors import raise_errors
from mande.formula import parse
from mande.formula.language import Type
from mande.measure import expressions as ex
from mande.measure.compiler import Compiler
from mande.measure.entries import columns_named
from mande.measure.memory import Memory
from mande.measure.numbered import Numbered, Places
from mande.measure.reasons import Reason
from mande.measure.scopes import Entry, Reader
from mande.measure.steps import KEY, Frame, Frames, Load, Step
from mande.measure.store import Store, Stored
from mande.measure.vectors import Vector
from mande.schema.indicator import Indicator

REASON_CODE = "reason_code"


@dataclass(frozen=True, slots=True, eq=False)  # trees do not compare
class Plan:
    """The steps from survey tables to an indicator's values.

    Attributes
    ----------
    indicator, entity, key : whose values, of which table, under which key column.
    loads : tables and columns the plan takes; used parameters and indicators are columns like answers.
    steps : in order.
    results : name and tree of the value, its reason code, the entity's own parts and the answers
        that its statistics name.
    reasons : meaning of the codes.
    """

    indicator: str
    entity: str
    key: str
    loads: tuple[Load, ...]
    steps: tuple[Step, ...]
    results: tuple[tuple[str, ex.Expr], ...]
    reasons: tuple[Reason, ...]

    @property
    def inputs(self) -> dict[str, dict[str, Type]]:
        """Columns needed from each table besides keys, with their kinds."""
        return {load.table: {entry.name: entry.type for entry in load.inputs} for load in self.loads}

    def run(self, tables: Mapping[str, Frame]) -> Frame:
        """Return one row per row of the entity: its key, `value`, `reason_code` and its parts.

        `tables` are narwhals frames of one engine; see `inputs` for what they must hold. Values and
        parts that are numbers or conditions are floats (yes is 1).
        """
        frames: Frames = tables
        for step in (*self.loads, *self.steps):
            frames = step.apply(frames)
        columns = [ex.on_engine(tree).alias(name) for name, tree in self.results]
        return frames[self.entity].select(nw.col(KEY).alias(self.key), *columns)

    def run_on(
        self,
        rows: Numbered,
        beside: Mapping[str, Mapping[str, Vector]] = MappingProxyType({}),
        *,
        parts: bool = True,
    ) -> Result:
        """Return the same for tables in memory, in the order of the entity's keys.

        `beside` are columns by table, in the order of its keys, that stand before those of the table.
        Reasons are worked out only for rows without a value, and the parts only where `parts`.
        """
        memory, trees = Memory(self.loads, self.steps, rows, beside), dict(self.results)
        reason = trees.pop(REASON_CODE)
        if not parts:
            trees = {"value": trees["value"]}
        with np.errstate(all="ignore"):  # what cannot be worked out is missing by the plan's own guards
            columns = {name: memory.over(self.entity, tree) for name, tree in trees.items()}
            without = np.flatnonzero(columns["value"].missing)
            return Result(columns, without, memory.at(self.entity, reason, without).values)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a plan gives for tables in memory, in the order of the entity's keys.

    Attributes
    ----------
    columns : the value and the parts, by name.
    without : places of the units without a value. codes : of the reason of each of these.
    """

    columns: Mapping[str, Vector]
    without: Places
    codes: NDArray[np.int32]


def plan_indicator(indicator: Indicator, catalogue: Catalogue) -> Plan:
    """Return the plan of an indicator.

    Raises
    ------
    MandeError
        Every problem of its formulas and uses: F-SYNTAX, F-FUNCTION, F-NAME, F-AGGREGATE, F-KIND,
        F-CHOICE, F-LIMIT, F-USE, F-CYCLE.
    """
    mark = ("plan", id(indicator))
    if mark not in catalogue.kept:  # kept with the indicator, so that no other takes its place
        catalogue.kept[mark] = (indicator, _planned(indicator, catalogue))
    plan: Plan = catalogue.kept[mark][1]
    return plan


def _planned(indicator: Indicator, catalogue: Catalogue) -> Plan:
    reader = Reader(indicator, catalogue)
    reader.read()
    raise_errors(with_lines(reader.problems))
    available = frozenset(table for table, rule in indicator.missing.items() if rule == "available")
    store = Store(indicator.entity, catalogue.tables, reader.columns)
    compiler = Compiler(store, available=available)
    stored = {entry: compiler.define(entry) for entry in reader.entries}
    results = dict(_results(stored, indicator.entity))
    if indicator.where is not None:  # whoever does not count has no part either
        counts = compiler.simple(parse(indicator.where).root, indicator.entity).value
        own = (name for name in results if name not in ("value", REASON_CODE))
        results |= {name: ex.when(counts, results[name]) for name in own}
    key = catalogue.tables[indicator.entity].key
    for name in columns_named(indicator):  # answers that statistics need beside the parts
        kind = reader.columns[indicator.entity].get(name)
        if name not in results and name != key and kind is not None:
            answer = store.read(indicator.entity, name).cell().value
            results[name] = answer if kind.type in ("text", "codes") else answer.cast(ex.NUMBER)
    return Plan(
        indicator=indicator.id,
        entity=indicator.entity,
        key=key,
        loads=store.loads(),
        steps=tuple(store.steps),
        results=tuple(results.items()),
        reasons=store.reasons.all(),
    )


def _results(stored: Mapping[Entry, Stored], entity: str) -> Iterator[tuple[str, ex.Expr]]:
    """Yield the value, its reason code, then the entity's own parts."""
    own = {entry: kept.cell() for entry, kept in stored.items() if entry.table == entity}
    for entry, cell in sorted(own.items(), key=lambda item: item[0].path != "value"):
        is_text = entry.kind.type in ("text", "codes")
        yield entry.name, cell.value if is_text else cell.value.cast(ex.NUMBER)
        if entry.path == "value":
            yield REASON_CODE, ex.lit(None) if cell.reason is None else cell.reason
