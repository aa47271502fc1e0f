"""Formula trees to steps: every node becomes a guarded cell, every roster a group and a join."""

from __future__ import annotations

from collections.abc import Sequence

from mande.formula import Node, aggregates, render, walk
from mande.formula.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Column,
    Compare,
    CompareSign,
    Logic,
    Member,
    Negate,
    Not,
    Number,
    Truth,
    Words,
)
from mande.measure import cells
from mande.measure import expressions as ex
from mande.measure.cells import Cell, first, guarded, plain
from mande.measure.rosters import Amounts, Grouped, over_rows
from mande.measure.scopes import Entry
from mande.measure.steps import Divide, Gather
from mande.measure.store import Store, Stored

_MIRRORED: dict[CompareSign, CompareSign] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}

_GATHERED = {"min": "min", "max": "max", "any": "max", "all": "min", "distinct": "distinct"}
"""What is gathered for an aggregate; for all others it is the sum."""

MAX_STACKED = 8
"""Operations stacked in one expression before it is stored: engines dislike deep expressions."""


class Compiler:
    """Turns formulas, in order, into steps of a store. `available` are the tables with that rule."""

    def __init__(self, store: Store, *, available: frozenset[str]) -> None:
        self.store = store
        self.available = available
        self.results: dict[tuple[str, Aggregate], Cell] = {}

    def define(self, entry: Entry) -> Stored:
        """Work out a part or the value; a number that is too large to hold is missing."""
        self.gather_all(entry.formula.root, entry.table)
        cell = self.cell(entry.formula.root, entry.table)
        if entry.kind.type == "number":
            cell = self.finite(cell, entry.table, entry.name)
        self.store.stored[entry.table, entry.name] = self.store.keep(cell, entry.table)
        return self.store.stored[entry.table, entry.name]

    def finite(self, cell: Cell, table: str, name: str) -> Cell:
        """Return the value where it is finite, and zero without a sign."""
        held = self.store.park(Cell(cell.value.cast(ex.NUMBER), cell.reason), table)
        large = ex.when(~held.value.is_finite(), self.store.code(f"{name} is too large"))
        return Cell(held.value.finite(), first(held.reason, large), 1)

    def cell(self, node: Node, table: str) -> Cell:
        """Return the cell of a node on the rows of `table`, stored where it has grown deep.

        What is worked out from constants alone is stored too: as an expression it has one row, which
        Polars 2.1 does not stretch beside a column that is wholly null.
        """
        cell = self._cell(node, table)
        deepest = 0 if _is_constant(node) else MAX_STACKED
        return self.store.park(cell, table) if cell.depth > deepest else cell

    def simple(self, node: Node, table: str) -> Cell:
        """Return the cell of a node as a column or constant, so that it can be named twice."""
        cell = self._cell(node, table)
        return self.store.park(cell, table) if cell.depth else cell

    def _cell(self, node: Node, table: str) -> Cell:  # noqa: C901 - one case for each kind of node
        match node:
            case Number(value) | Words(value) | Truth(value):
                return Cell(ex.lit(value))
            case Column():
                return self._column(node, table)
            case Negate(operand):
                return plain(lambda value: -value, self.cell(operand, table))
            case Not(operand):
                return plain(lambda value: ~value, self.cell(operand, table))
            case Arithmetic():
                return self._arithmetic(node, table)
            case Compare(sign, left, right) if _is_constant(left) and not _is_constant(right):
                # Polars 2.1 gives one row for `constant < column` where the whole column is null.
                return self.cell(Compare(_MIRRORED[sign], right, left), table)
            case Compare(sign, left, right):
                return plain(cells.COMPARE[sign], self.cell(left, table), self.cell(right, table))
            case Logic(sign, operands):
                return self._logic(sign, [self.cell(operand, table) for operand in operands], table)
            case Member(operand, options):
                return cells.member(self.simple(operand, table), [option.value for option in options])
            case Choose(condition, yes, no):
                return cells.choose(
                    self.simple(condition, table), self.cell(yes, table), self.cell(no, table)
                )
            case Call():
                return self._call(node, table)
            case Aggregate():
                return self.results[table, node]

    def _column(self, node: Column, table: str) -> Cell:
        source = node.table or self.store.entity
        stored = self.store.read(source, node.name)
        if source == table:
            return stored.cell()
        reason = stored.reason
        if isinstance(reason, str):
            reason = self.store.lift(reason, source, table)
        return Stored(self.store.lift(stored.value, source, table), reason).cell()

    def _logic(self, sign: str, operands: Sequence[Cell], table: str) -> Cell:
        reasons = first(*(operand.reason for operand in operands))
        value = self.store.park(Cell(cells.logic(sign, operands)), table).value
        return Cell(value, None if reasons is None else ex.when(value.is_null(), reasons), 1)

    def _arithmetic(self, node: Arithmetic, table: str) -> Cell:
        sign = node.sign
        if sign == "+" and table in self.available:
            both = [self.simple(node.left, table), self.simple(node.right, table)]
            return cells.combine("sum_of", both, available=True)
        if sign == "/":
            return self._division(node, table)
        if sign == "**":
            return self._power(node, table)
        return plain(cells.ARITHMETIC[sign], self.cell(node.left, table), self.cell(node.right, table))

    def _division(self, node: Arithmetic, table: str) -> Cell:
        left, right = self.simple(node.left, table), self.simple(node.right, table)
        code = self.store.code(f"division by zero: {render(node.right)} is 0")
        return guarded(lambda a, b: a / b, left, right, fails=right.value == 0.0, code=code)

    def _power(self, node: Arithmetic, table: str) -> Cell:
        base = self.simple(node.left, table)
        exponent = node.right.value if isinstance(node.right, Number) else 1.0
        shown = render(node.left)
        if exponent == int(exponent) and exponent >= 0:
            return plain(lambda value: value**exponent, base)
        if exponent == int(exponent):
            fails, code = base.value == 0.0, self.store.code(f"division by zero: {shown} is 0")
        elif exponent > 0:
            fails, code = base.value < 0.0, self.store.code(f"root of {shown}, which is below 0")
        else:
            fails, code = (
                base.value <= 0.0,
                self.store.code(f"negative root of {shown}, which is not above 0"),
            )
        return guarded(lambda value: value**exponent, base, fails=fails, code=code)

    def _call(self, node: Call, table: str) -> Cell:
        function, available = node.function, table in self.available
        if function == "includes":
            ticked = node.arguments[1]
            sought = ticked.value if isinstance(ticked, Words) else ""
            return plain(lambda value: value.ticked(sought), self.cell(node.arguments[0], table))
        # A value twice is no other smallest or largest, and DuckDB refuses to see a column twice there.
        once = function in ("min_of", "max_of")
        inner = [
            self.simple(part, table) for part in (dict.fromkeys(node.arguments) if once else node.arguments)
        ]
        match function:
            case "is_missing":
                return Cell(inner[0].value.is_null(), None, 1)
            case "only_if":
                code = self.store.code(f"not applicable: {render(Not(node.arguments[0]))}")
                return cells.only_if(*inner, code=code)
            case "if_missing":
                return cells.if_missing(*inner)
            case "sd_of":
                mean = self.store.park(cells.combine("mean_of", inner, available=available), table)
                return cells.spread(inner, mean, available=available)
            case "sum_of" | "mean_of" | "min_of" | "max_of" | "count_of":
                return cells.combine(function, inner, available=available)
            case "log" | "sqrt" | "exp":
                return self._limited(function, inner[0], render(node.arguments[0]))
            case "days_between":
                return plain(lambda start, end: end - start, *inner)
            case "clip":
                return plain(cells.clipped, *inner)
            case _:
                return self._rounding(node, inner[0])

    def _limited(self, function: str, cell: Cell, shown: str) -> Cell:
        value = cell.value
        if function == "log":
            code = self.store.code(f"logarithm of {shown}, which is not above 0")
            return guarded(lambda x: x.log(), cell, fails=value <= 0.0, code=code)
        if function == "sqrt":
            code = self.store.code(f"square root of {shown}, which is below 0")
            return guarded(lambda x: x.sqrt(), cell, fails=value < 0.0, code=code)
        code = self.store.code(f"exp of {shown}, which is above {cells.MAX_EXPONENT:g}")
        return guarded(lambda x: x.exp(), cell, fails=value > cells.MAX_EXPONENT, code=code)

    def _rounding(self, node: Call, cell: Cell) -> Cell:
        if node.function == "round":
            last = node.arguments[-1]
            digits = int(last.value) if len(node.arguments) == 2 and isinstance(last, Number) else 0
            return plain(lambda value: cells.rounded(value, digits), cell)
        methods = {"abs": ex.Expr.abs, "floor": ex.Expr.floor, "ceil": ex.Expr.ceil}
        return plain(methods[node.function], cell)

    def gather_all(self, root: Node, table: str) -> None:
        """Work out every aggregate of a formula, those over one roster in one grouping."""
        wanted = dict.fromkeys(node for node in aggregates(root) if (table, node) not in self.results)
        for roster in dict.fromkeys(node.table for node in wanted):
            self._gather(table, roster, [node for node in wanted if node.table == roster])

    def _gather(self, table: str, roster: str, wanted: Sequence[Aggregate]) -> None:
        results: list[tuple[str, str, str]] = []
        grouped = [self._grouped(node, table, roster, results) for node in wanted]
        rows, state = self.store.rows_of(roster, table), self.store.state_of(roster, table)
        if results:
            by = self.store.key_of(table, roster)
            self.store.steps.append(Gather(table, roster, by, tuple(dict.fromkeys(results))))
        nothing = self.store.code(f"no rows in {roster}")
        for node, columns in zip(wanted, grouped, strict=True):
            available = roster in self.available
            state_column = None if state is None else ex.col(state)
            cell = over_rows(node.function, columns, ex.col(rows), state_column, nothing, available=available)
            self.results[table, node] = self.store.park(cell, table)

    def _grouped(
        self, node: Aggregate, table: str, roster: str, results: list[tuple[str, str, str]]
    ) -> Grouped | None:
        """Store the argument on the roster's rows and ask for what its aggregate needs of it."""
        if node.argument is None:
            return None
        if node.by is not None:
            return self._divided(node, table, roster, results)
        cell = self.cell(node.argument, roster)
        value = cell.value if node.function == "distinct" else cell.value.cast(ex.NUMBER)
        argument = self.store.keep(Cell(value, cell.reason), roster)
        function = _GATHERED.get(node.function, "sum")
        return self._asked(argument, function, results)

    def _asked(self, argument: Stored, function: str, results: list[tuple[str, str, str]]) -> Grouped:
        names = Grouped(
            self.store.new(), self.store.new(), None if argument.reason is None else self.store.new()
        )
        results.append((names.result, function, argument.value))
        results.append((names.present, "present", argument.value))
        if names.reason is not None:
            results.append((names.reason, "min", str(argument.reason)))
        return names

    def _divided(
        self, node: Aggregate, table: str, roster: str, results: list[tuple[str, str, str]]
    ) -> Grouped:
        """Store amount and category on the roster's rows, and add the amounts up by category."""
        amount, category = (self.simple(part, roster) for part in (node.argument, node.by) if part)
        known = ex.when(~category.value.is_null(), amount.value.cast(ex.NUMBER))
        kept = self.store.keep(Cell(known, first(amount.reason, category.reason)), roster)
        parted = self.store.keep(Cell(category.value), roster)
        smallest = self._asked(kept, "min", results)
        total, largest, squares = self.store.new(), self.store.new(), self.store.new()
        by = self.store.key_of(table, roster)
        self.store.steps.append(Divide(table, roster, by, kept.value, parted.value, total, largest, squares))
        shares = f"shares of {render(node.argument or node)}"
        amounts = Amounts(
            total,
            smallest.result,
            self.store.code(f"{shares}: an amount is below 0"),
            self.store.code(f"{shares}: the total is 0"),
        )
        result = squares if node.function == "concentration" else largest
        return Grouped(result, smallest.present, smallest.reason, amounts)


def _is_constant(node: Node) -> bool:
    """Return whether a node names nothing, so that an engine sees one value instead of a column."""
    return not any(isinstance(part, Column | Aggregate) for part in walk(node))
