"""Indicator values worked out row by row in plain Python: slow, obvious, and independent of the plan.

Only the formula's tree is shared with the package. `None` stands for a missing value throughout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mande.formula import tree as t
from mande.schema import Table

Row = dict[str, Any]
COMPLETE, ABSENT, CONTRADICTION = "complete", "absent", "contradiction"


class Oracle:
    """`formulas` are (table, name, tree) in order; `available` names the tables with that rule."""

    def __init__(
        self,
        entity: str,
        tables: Mapping[str, Table],
        data: Mapping[str, Sequence[Row]],
        formulas: Sequence[tuple[str, str, t.Node]],
        available: frozenset[str] = frozenset(),
    ) -> None:
        self.entity, self.tables, self.available = entity, tables, available
        self.data = {table: [_clean(row) for row in rows] for table, rows in data.items()}
        for table, name, root in formulas:
            for row in self.data[table]:
                row[name] = _finite(self.value(root, table, row))

    def results(self, name: str = "value") -> dict[str, float | None]:
        key = self.tables[self.entity].key
        found = {row[key]: row[name] for row in self.data[self.entity]}
        return {key: None if value is None else float(value) for key, value in found.items()}

    # -- rows ------------------------------------------------------------------------------------

    def above(self, table: str, row: Row | None, target: str) -> Row | None:
        while row is not None and table != target:
            entry = self.tables[table]
            table, link = entry.parent, row[entry.link]
            row = next((r for r in self.data[table] if r[self.tables[table].key] == link), None)
        return row

    def below(self, table: str, row: Row, roster: str) -> tuple[list[Row], str]:
        """Rows of a roster below a row, and whether they are all there."""
        entry = self.tables[roster]
        if entry.parent == table:
            rows = [r for r in self.data[roster] if r[entry.link] == row[self.tables[table].key]]
            return rows, _state(rows, row[entry.gate]) if entry.gate else COMPLETE
        between, state = self.below(table, row, entry.parent)
        found = [self.below(entry.parent, r, roster) for r in between]
        states = [state, *(s for _, s in found)]
        worst = next((s for s in (CONTRADICTION, ABSENT) if s in states), COMPLETE)
        return [r for rows, _ in found for r in rows], worst

    # -- values ----------------------------------------------------------------------------------

    def value(self, node: t.Node, table: str, row: Row) -> Any:  # noqa: C901 - one case for each kind of node
        match node:
            case t.Number(v) | t.Words(v) | t.Truth(v):
                return v
            case t.Column(name, source):
                found = self.above(table, row, source or self.entity)
                return None if found is None else found[name]
            case t.Negate(x):
                return _strict(lambda a: -a, self.value(x, table, row))
            case t.Not(x):
                return _strict(lambda a: not a, self.value(x, table, row))
            case t.Compare(sign, x, y):
                return _strict(_COMPARE[sign], self.value(x, table, row), self.value(y, table, row))
            case t.Member(x, options):
                return _strict(lambda a: a in [o.value for o in options], self.value(x, table, row))
            case t.Logic(sign, operands):
                settles = sign == "or"
                values = [self.value(o, table, row) for o in operands]
                if settles in values:
                    return settles
                return None if None in values else not settles
            case t.Choose(c, x, y):
                condition = self.value(c, table, row)
                return None if condition is None else self.value(x if condition else y, table, row)
            case t.Arithmetic(sign, x, y):
                return self.arithmetic(sign, self.value(x, table, row), self.value(y, table, row), table)
            case t.Call(function, arguments):
                return self.call(function, [self.value(a, table, row) for a in arguments], table)
            case t.Aggregate():
                return self.aggregate(node, table, row)

    def arithmetic(self, sign: str, a: float | None, b: float | None, table: str) -> float | None:
        if sign == "+" and table in self.available:
            there = [x for x in (a, b) if x is not None]
            return sum(there) if there else None
        if a is None or b is None:
            return None
        if sign == "/":
            return None if b == 0 else a / b
        if sign == "**":
            impossible = (a == 0 and b < 0) or (a < 0 and b != int(b))
            return None if impossible else float(a) ** b
        return {"+": a + b, "-": a - b, "*": a * b}[sign]

    def call(self, function: str, values: list[Any], table: str) -> Any:
        first = values[0]
        if function == "is_missing":
            return first is None
        if function == "only_if":
            return values[1] if first else None
        if function == "if_missing":
            return values[1] if first is None else first
        if function.endswith("_of"):
            there = [float(v) for v in values if v is not None]
            if not there or (table not in self.available and len(there) < len(values)):
                return None
            combine = {"sum": sum, "count": sum, "min": min, "max": max, "mean": _mean, "sd": _sample_sd}
            return combine[function.removesuffix("_of")](there)
        if None in values:
            return None
        if function == "includes":
            return values[1] in first.split()
        if function == "days_between":
            return float((values[1] - first).days)
        if function == "clip":
            _, low, high = values
            return high if high < max(first, low) else max(first, low)
        return _plain(function, *values)

    def aggregate(self, node: t.Aggregate, table: str, row: Row) -> Any:
        rows, state = self.below(table, row, node.table)
        available = node.table in self.available
        if state == CONTRADICTION or (state == ABSENT and not (available and rows)):
            return None
        if node.argument is None:
            return float(len(rows))
        values = [self.value(node.argument, node.table, r) for r in rows]
        if node.by is not None:
            categories = [self.value(node.by, node.table, r) for r in rows]
            return _of_categories(node.function, list(zip(values, categories, strict=True)), available)
        if not rows:
            return {"count": 0.0, "sum": 0.0, "any": False, "distinct": 0.0}.get(node.function)
        if node.function == "distinct":
            different = {v for v in values if v is not None}
            lacking = not different if available else None in values
            return None if lacking else float(len(different))
        there = [float(v) for v in values if v is not None]
        if node.function in ("any", "all"):
            settles = node.function == "any"
            if float(settles) in there:
                return settles
            lacking = not there if available else len(there) < len(rows)
            return None if lacking else not settles
        if not there or (not available and len(there) < len(rows)):
            return None
        total = sum(there)
        mean = total / len(there)
        return {
            "count": total,
            "sum": total,
            "mean": mean,
            "share": mean,
            "min": min(there),
            "max": max(there),
        }[node.function]


def _of_categories(function: str, rows: list[tuple[Any, Any]], available: bool) -> float | None:
    there = [(amount, category) for amount, category in rows if None not in (amount, category)]
    if not there or (not available and len(there) < len(rows)) or min(a for a, _ in there) < 0:
        return None
    amounts: dict[Any, float] = {}
    for amount, category in there:
        amounts[category] = amounts.get(category, 0.0) + amount
    total = sum(amounts.values())
    if total == 0:
        return None
    if function == "largest_share":
        return max(amounts.values()) / total
    return sum(amount * amount for amount in amounts.values()) / (total * total)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _sample_sd(values: list[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = _mean(values)
    return math.sqrt(sum((v - mean) * (v - mean) for v in values) / (len(values) - 1))


_COMPARE = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _plain(function: str, x: float, digits: float = 0) -> float | None:
    if function == "log":
        return math.log(x) if x > 0 else None
    if function == "sqrt":
        return math.sqrt(x) if x >= 0 else None
    if function == "exp":
        return math.exp(x) if x <= 700 else None
    if function == "round":
        return math.floor(x * 10**digits + 0.5) / 10**digits
    return {"abs": abs, "floor": math.floor, "ceil": math.ceil}[function](x)


def _strict(function: Any, *values: Any) -> Any:
    return None if None in values else function(*values)


def _state(rows: Sequence[Row], gate: bool | None) -> str:
    if gate is False:
        return CONTRADICTION if rows else COMPLETE
    return COMPLETE if rows else ABSENT


def _clean(row: Row) -> Row:
    return {name: _finite(value) for name, value in row.items()}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
