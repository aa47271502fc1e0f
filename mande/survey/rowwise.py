"""Formulas worked out row by row on the typed tables of an upload, before anything is accepted.

The meaning is that of `measure.plan` under the strict rule: what needs a missing answer is missing, and
conditions are three-valued. Two things differ, because a rule accuses a person: numbers count as equal
within a relative 1e-9, so that sums of decimals are no contradiction; and reasons are not kept.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from mande.formula import Node, aggregates, walk
from mande.formula.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Column,
    Compare,
    Logic,
    Member,
    Negate,
    Not,
    Number,
    Truth,
    Words,
)

TOLERANCE = 1e-9
MAX_EXPONENT = 700.0
"""Above this, e to the power of x no longer fits a float."""
_ID, _KEY = "__row__", "__key__"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table: answers by question, the table's key, and for a roster its parent and link."""

    frame: pl.DataFrame
    key: str
    parent: str | None = None
    link: str | None = None


def can_work_out(root: Node, table: str, tables: Mapping[str, Rows]) -> bool:
    """Return whether every answer of a formula has its column in these tables, one level apart at most."""
    own = tables.get(table)
    if own is None:
        return False
    near = {table, own.parent, *(name for name, rows in tables.items() if rows.parent == table)}
    for node in walk(root):
        if isinstance(node, Column):
            source = node.table or table
            if source not in near or source not in tables or node.name not in tables[source].frame.columns:
                return False
        elif isinstance(node, Aggregate) and not _can_gather(node, table, tables):
            return False
    keys = [own.key] if aggregates(root) else []
    keys += [own.link] if own.link and any(_is_above(node, own) for node in walk(root)) else []
    return set(keys) <= set(own.frame.columns)


def _can_gather(node: Aggregate, table: str, tables: Mapping[str, Rows]) -> bool:
    roster = tables.get(node.table)
    if roster is None or roster.parent != table or roster.link not in roster.frame.columns:
        return False
    inside = (part.table for part in walk(node) if isinstance(part, Column))
    return all(source in ("", table, node.table) for source in inside)


def _is_above(node: Node, own: Rows) -> bool:
    return isinstance(node, Column) and bool(node.table) and node.table == own.parent


def worked_out(root: Node, table: str, tables: Mapping[str, Rows]) -> pl.Series:
    """Return a formula's value in each row of `table`; null where it is not known.

    `can_work_out` must hold. Rows of a roster that belong to no row of `table` are left out.
    """
    own = tables[table]
    wide = own.frame.with_row_index(_ID)
    wide = _with_parent(root, wide, own, tables)
    names: dict[Aggregate, str] = {}
    for number, node in enumerate(aggregates(root)):
        names[node] = f"__aggregate_{number}__"
        wide = _with_aggregate(node, names[node], wide, own, tables[node.table])
    found = wide.select(_ID, _Writer(table, names).expression(root).alias("value")).sort(_ID)
    return found["value"]


def _with_parent(root: Node, wide: pl.DataFrame, own: Rows, tables: Mapping[str, Rows]) -> pl.DataFrame:
    named = dict.fromkeys(
        node.name for node in walk(root) if isinstance(node, Column) and _is_above(node, own)
    )
    if not named or own.parent is None or own.link is None:
        return wide
    above = tables[own.parent]
    parents = above.frame.select(
        pl.col(above.key).alias(_KEY), *(pl.col(name).alias(f"{own.parent}.{name}") for name in named)
    )
    return wide.join(_once(parents), how="left", left_on=own.link, right_on=_KEY)


def _once(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose key no other row has: under a key that stands twice nothing is known."""
    return rows.filter(pl.col(_KEY).is_not_null()).unique(_KEY, keep="none")


def _with_aggregate(node: Aggregate, name: str, wide: pl.DataFrame, own: Rows, roster: Rows) -> pl.DataFrame:
    link = str(roster.link)
    argument = Truth(value=True) if node.argument is None else node.argument
    parts = {"value": argument} | ({} if node.by is None else {"by": node.by})
    named = {part.name for part in walk(node) if isinstance(part, Column) and not part.table}
    above = own.frame.select(pl.col(own.key).alias(_KEY), *(pl.col(n).alias(f".{n}") for n in sorted(named)))
    rows = roster.frame.join(_once(above), how="left", left_on=link, right_on=_KEY)
    writer = _Writer(node.table, {}, bare=".")
    columns = [writer.expression(part).alias(name) for name, part in parts.items()]
    rows = rows.select(pl.col(link).alias(_KEY), *columns).filter(pl.col(_KEY).is_not_null())
    if node.by is None:
        found = rows.group_by(_KEY).agg(_AGGREGATES[node.function](pl.col("value")).alias(name))
    else:
        found = _shares(rows, node.function).rename({"result": name})
    joined = wide.join(found, how="left", left_on=own.key, right_on=_KEY)
    if node.function in _EMPTY:
        has_rows = pl.col(own.key).is_in(rows[_KEY].unique().implode())
        known = pl.when(has_rows).then(pl.col(name)).otherwise(pl.lit(_EMPTY[node.function]))
        joined = joined.with_columns(known.alias(name))
    return joined


def _shares(rows: pl.DataFrame, function: str) -> pl.DataFrame:
    """Return by key the sum of squared shares, or the largest share, of the amounts of categories."""
    known = (pl.col("value").is_not_null() & pl.col("by").is_not_null()).all().over(_KEY)
    parted = (
        rows.with_columns(known.alias("known"))
        .group_by(_KEY, "by")
        .agg(pl.col("value").sum(), pl.col("known").all())
    )
    share = pl.col("value") / pl.col("value").sum()
    result = (share * share).sum() if function == "concentration" else share.max()
    usable = pl.col("known").all() & (pl.col("value").min() >= 0) & (pl.col("value").sum() > 0)
    return parted.group_by(_KEY).agg(pl.when(usable).then(result).alias("result"))


def _strict(function: Callable[[pl.Expr], pl.Expr]) -> Callable[[pl.Expr], pl.Expr]:
    return lambda value: pl.when(value.is_not_null().all()).then(function(value))


def _number(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.Float64)


_AGGREGATES: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "count": _strict(lambda value: _number(value).sum()),
    "sum": _strict(lambda value: _number(value).sum()),
    "mean": _strict(lambda value: _number(value).mean()),
    "share": _strict(lambda value: _number(value).mean()),
    "min": _strict(lambda value: _number(value).min()),
    "max": _strict(lambda value: _number(value).max()),
    "distinct": _strict(lambda value: _number(value.n_unique())),
    # One yes settles `any`, one no settles `all`, whatever else is missing.
    "any": lambda value: value.any(ignore_nulls=False),
    "all": lambda value: value.all(ignore_nulls=False),
}
_EMPTY: Mapping[str, float | bool] = {"count": 0.0, "sum": 0.0, "distinct": 0.0, "any": False}
"""What an aggregate is over no rows, where it is anything."""


class _Writer:
    """Turns nodes into Polars expressions over the rows of one table; `bare` stands before bare names."""

    def __init__(self, table: str, names: Mapping[Aggregate, str], bare: str = "") -> None:
        self.table = table
        self.names = names
        self.bare = bare

    def expression(self, node: Node) -> pl.Expr:  # noqa: C901 - one case for each kind of node
        match node:
            case Number(value):
                return pl.lit(float(value))
            case Words(value) | Truth(value):
                return pl.lit(value)
            case Column(name, table):
                if not table:
                    return pl.col(self.bare + name)
                return pl.col(name if table == self.table else f"{table}.{name}")
            case Aggregate():
                return pl.col(self.names[node])
            case Negate(operand):
                return -self.number(operand)
            case Not(operand):
                return ~self.expression(operand)
            case Compare(sign, left, right):
                return self.compared(sign, left, right)
            case Logic(sign, operands):
                join = operator.and_ if sign == "and" else operator.or_
                return functools.reduce(join, map(self.expression, operands))
            case Member(operand, options):
                equal = [self.compared("==", operand, option) for option in options]
                return functools.reduce(operator.or_, equal)
            case Choose(condition, yes, no):
                return _chosen(self.expression(condition), self.expression(yes), self.expression(no))
            case Arithmetic(sign, left, right):
                return _arithmetic(sign, self.number(left), self.number(right))
            case Call(function, arguments):
                return self.called(function, arguments)

    def number(self, node: Node) -> pl.Expr:
        return _number(self.expression(node))

    def compared(self, sign: str, left: Node, right: Node) -> pl.Expr:
        a, b = self.expression(left), self.expression(right)
        if not (_is_numeric(left) or _is_numeric(right)):
            return _COMPARE[sign](a, b)
        a, b = _number(a), _number(b)
        alike = (a - b).abs() <= TOLERANCE * pl.max_horizontal(a.abs(), b.abs())
        strict = {"<=": "<", ">=": ">"}
        match sign:
            case "==":
                return alike
            case "!=":
                return ~alike
            case "<=" | ">=":
                return _COMPARE[strict[sign]](a, b) | alike
            case _:
                return _COMPARE[sign](a, b) & ~alike

    def called(self, function: str, arguments: Sequence[Node]) -> pl.Expr:
        if function == "includes":
            code = arguments[1].value if isinstance(arguments[1], Words) else ""
            padded = pl.concat_str(pl.lit(" "), self.expression(arguments[0]), pl.lit(" "))
            return padded.str.contains(f" {code} ", literal=True)
        values = [self.expression(argument) for argument in arguments]
        match function:
            case "is_missing":
                return values[0].is_null()
            case "if_missing":
                return pl.coalesce(*values)
            case "only_if":
                return pl.when(values[0]).then(values[1])
            case "days_between":
                return _number((values[1] - values[0]).dt.total_days())
            case "clip":
                low, high = _number(values[1]), _number(values[2])
                raised = _all_there(pl.max_horizontal(_number(values[0]), low), values)
                return _all_there(pl.min_horizontal(raised, high), values)
            case "round":
                digits = arguments[1].value if len(arguments) == 2 and isinstance(arguments[1], Number) else 0
                scale = 10.0 ** int(digits)
                return (_number(values[0]) * scale + 0.5).floor() / scale
            case "log" | "sqrt" | "exp" | "abs" | "floor" | "ceil":
                return _of_one(function, _number(values[0]))
            case _:
                return _all_there(_combined(function, [_number(value) for value in values]), values)


_COMPARE: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _is_numeric(node: Node) -> bool:
    """Return whether a node is surely a number: a name alone may be a text or a date."""
    if isinstance(node, Aggregate):
        return node.function not in ("any", "all")
    if isinstance(node, Call):
        return node.function not in ("is_missing", "includes", "if_missing", "only_if")
    return isinstance(node, Number | Negate | Arithmetic)


def _chosen(condition: pl.Expr, yes: pl.Expr, no: pl.Expr) -> pl.Expr:
    """Return one of two values; null where the condition is."""
    return pl.when(condition).then(yes).otherwise(pl.when(~condition).then(no))


def _arithmetic(sign: str, a: pl.Expr, b: pl.Expr) -> pl.Expr:
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return pl.when(b != 0.0).then(a / b)
        case _:
            power = a**b
            return pl.when(power.is_finite()).then(power)


def _of_one(function: str, value: pl.Expr) -> pl.Expr:
    match function:
        case "log":
            return pl.when(value > 0.0).then(value.log())
        case "sqrt":
            return pl.when(value >= 0.0).then(value.sqrt())
        case "exp":
            return pl.when(value <= MAX_EXPONENT).then(value.exp())
        case "abs":
            return value.abs()
        case "floor":
            return value.floor()
        case _:
            return value.ceil()


def _all_there(result: pl.Expr, parts: Sequence[pl.Expr]) -> pl.Expr:
    return pl.when(pl.all_horizontal(*(part.is_not_null() for part in parts))).then(result)


def _combined(function: str, values: Sequence[pl.Expr]) -> pl.Expr:
    total: pl.Expr = functools.reduce(operator.add, values)
    match function:
        case "mean_of":
            return total / len(values)
        case "min_of":
            return pl.min_horizontal(*values)
        case "max_of":
            return pl.max_horizontal(*values)
        case "sd_of":
            mean = total / len(values)
            squares: pl.Expr = functools.reduce(operator.add, ((value - mean) ** 2 for value in values))
            return (squares / (len(values) - 1)).sqrt()
        case _:  # sum_of, count_of
            return total


def named_in(root: Node, table: str) -> Iterator[str]:
    """Yield the questions of `table` that a formula names, each once, from left to right."""
    found = (node for node in walk(root) if isinstance(node, Column) and node.table in ("", table))
    yield from dict.fromkeys(node.name for node in found if not _inside_aggregate(root, node))


def _inside_aggregate(root: Node, column: Column) -> bool:
    return any(column in walk(node) and column.table == node.table for node in aggregates(root))
