"""Where everything of a plan is kept: numbered columns, and the steps that fill them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mande.formula import Kind
from mande.formula.language import Type
from mande.measure import expressions as ex
from mande.measure.cells import Cell, first
from mande.measure.reasons import Reasons
from mande.measure.steps import LINK, Compute, Gather, Input, Lift, Load, Step
from mande.schema.question import Table


@dataclass(frozen=True, slots=True)
class Stored:
    """A value kept in numbered columns of a table; `reason` is the code of a missing answer or a column."""

    value: str
    reason: str | int | None

    def cell(self) -> Cell:
        """Return the expressions that read the stored value."""
        value = ex.col(self.value)
        if isinstance(self.reason, int):
            return Cell(value, ex.when(value.is_null(), ex.lit(self.reason)))
        return Cell(value, None if self.reason is None else ex.col(self.reason))


class Store:
    """Collects the steps of a plan, and knows in which column of which table everything is kept.

    What is stored never changes, so that a column filled once is used again.
    """

    def __init__(
        self, entity: str, tables: Mapping[str, Table], kinds: Mapping[str, Mapping[str, Kind]]
    ) -> None:
        self.entity = entity
        self.tables = tables
        self.kinds = kinds
        self.reasons = Reasons()
        self.steps: list[Step] = []
        self.inputs: dict[str, dict[str, Input]] = {entity: {}}
        self.stored: dict[tuple[str, str], Stored] = {}
        self.lifted: dict[tuple[str, str], str] = {}
        self.rows: dict[tuple[str, str], str] = {}
        self.states: dict[tuple[str, str], str | None] = {}
        self.numbered = 0

    def loads(self) -> tuple[Load, ...]:
        """Return the steps that take what is needed from the caller's tables."""
        loads = []
        for table, inputs in self.inputs.items():
            entry = self.tables[table]
            link = entry.link if entry.parent in self.inputs else None
            loads.append(Load(table, entry.key, link, tuple(inputs.values()), entry.parent if link else None))
        return tuple(loads)

    def new(self) -> str:
        """Return the name of a new column."""
        self.numbered += 1
        return f"c{self.numbered}"

    def code(self, text: str) -> ex.Expr:
        """Return the literal of a reason."""
        return ex.lit(self.reasons.code(text))

    def read(self, table: str, name: str) -> Stored:
        """Return where a name of a table is kept, loading it as an answer if it is not a part."""
        if (table, name) not in self.stored:
            kind: Type = self.kinds[table][name].type
            entry = Input(name, self.new(), kind)
            self.inputs.setdefault(table, {})[name] = entry
            shown = name if table == self.entity else f"{table}.{name}"
            code = self.reasons.code(f"{shown} is missing", table=table, question=name)
            self.stored[table, name] = Stored(entry.column, code)
        return self.stored[table, name]

    def lift(self, column: str, source: str, target: str) -> str:
        """Return the column of `target`'s rows that holds `column` of the row of `source` above them."""
        if source == target:
            return column
        if (column, target) not in self.lifted:
            parent = self.tables[target].parent or source
            there = self.lift(column, source, parent)
            self.inputs.setdefault(target, {})
            here = self.new()
            self.steps.append(Lift(target, parent, ((there, here),)))
            self.lifted[column, target] = here
        return self.lifted[column, target]

    def park(self, cell: Cell, table: str) -> Cell:
        """Return the same value kept in columns of `table`."""
        stored = self.keep(cell, table)
        return stored.cell()

    def keep(self, cell: Cell, table: str) -> Stored:
        """Store a value and its reason."""
        self.inputs.setdefault(table, {})  # a constant names no answer and would leave its table out
        value, reason = self.new(), None
        columns = [(value, cell.value)]
        if cell.reason is not None:
            reason = self.new()
            columns.append((reason, cell.reason.cast(ex.CODE)))
        self.steps.append(Compute(table, tuple(columns)))
        return Stored(value, reason)

    def key_of(self, table: str, roster: str) -> str:
        """Return the column of the roster's rows that holds the key of the row of `table` above them."""
        parent = self.tables[roster].parent or table
        self.inputs.setdefault(roster, {})
        return LINK if parent == table else self.lift(self.key_of(table, parent), parent, roster)

    def rows_of(self, roster: str, table: str) -> str:
        """Return the column of `table` that counts the rows of a roster below it."""
        if (roster, table) not in self.rows:
            by, found, column = self.key_of(table, roster), self.new(), self.new()
            self.inputs.setdefault(table, {})
            self.steps.append(Gather(table, roster, by, ((found, "rows", by),)))
            count = ex.coalesce(ex.col(found).cast(ex.NUMBER), ex.lit(0.0))
            self.steps.append(Compute(table, ((column, count),)))
            self.rows[roster, table] = column
        return self.rows[roster, table]

    def state_of(self, roster: str, table: str) -> str | None:
        """Return the column that says why the rows of a roster below `table` are not all there.

        None where no gate stands between `table` and the roster: then the roster is complete as it is.
        """
        if (roster, table) not in self.states:
            parent = self.tables[roster].parent or table
            if parent == table:
                self.states[roster, table] = self._gate_state(roster, table)
            else:
                self.states[roster, table] = self._state_through(roster, parent, table)
        return self.states[roster, table]

    def _gate_state(self, roster: str, table: str) -> str | None:
        gate = self.tables[roster].gate
        if gate is None:
            return None
        answer = self.read(table, gate).cell()
        rows = ex.col(self.rows_of(roster, table))
        text = f"rows in {roster} although {gate} is no"
        contradiction = ex.lit(self.reasons.code(text, contradiction=True))
        absent = self.code(f"no rows in {roster} although {gate} is yes")
        unknown = ex.lit(None) if answer.reason is None else answer.reason
        state = first(
            ex.when(~answer.value & (rows > 0.0), contradiction),
            ex.when(answer.value & (rows == 0.0), absent),
            ex.when(answer.value.is_null() & (rows == 0.0), unknown),
        )
        return self._keep_code(state, table)

    def _state_through(self, roster: str, parent: str, table: str) -> str | None:
        """Return the state of a roster further below: of the level between, then of any row there."""
        between, below = self.state_of(parent, table), self.state_of(roster, parent)
        found = None if between is None else ex.col(between)
        if below is not None:
            column = self.new()
            self.steps.append(Gather(table, parent, self.key_of(table, parent), ((column, "min", below),)))
            found = first(found, ex.col(column))
        return self._keep_code(found, table)

    def _keep_code(self, code: ex.Expr | None, table: str) -> str | None:
        if code is None:
            return None
        column = self.new()
        self.steps.append(Compute(table, ((column, code.cast(ex.CODE)),)))
        return column
