"""The tree a formula becomes: small frozen nodes, and what can be read off them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ArithmeticSign = Literal["+", "-", "*", "/", "**"]
CompareSign = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in the formula."""

    value: float


@dataclass(frozen=True, slots=True)
class Words:
    """A text written in the formula, such as the code of a choice."""

    value: str


@dataclass(frozen=True, slots=True)
class Truth:
    """True or False written in the formula."""

    value: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A name: the entity's own (`table` empty), or a dotted name of another table."""

    name: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class Negate:
    """Minus in front of a number."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers and a sign; the right side of `**` is always a `Number`."""

    sign: ArithmeticSign
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values compared."""

    sign: CompareSign
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """Two or more conditions joined by `and` or by `or`."""

    sign: Literal["and", "or"]
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Whether a value is one of several constants."""

    operand: Node
    options: tuple[Number | Words, ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """One of two values, by a condition."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of values of the same row."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function over the rows of a roster; no `argument` in `count(roster)`.

    `by` is the category of a row, where the function needs one: `concentration(sales.value, sales.buyer_id)`.
    """

    function: str
    table: str
    argument: Node | None
    by: Node | None = None


Node = (
    Number
    | Words
    | Truth
    | Column
    | Negate
    | Not
    | Arithmetic
    | Compare
    | Logic
    | Member
    | Choose
    | Call
    | Aggregate
)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula: its text as written and its tree."""

    text: str
    root: Node

    def __str__(self) -> str:
        return render(self.root)


def parts_of(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below `node`, from left to right."""
    match node:
        case Negate(operand) | Not(operand) | Member(operand, _):
            return (operand,)
        case Arithmetic(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Logic(_, operands):
            return operands
        case Choose(condition, yes, no):
            return (condition, yes, no)
        case Call(_, arguments):
            return arguments
        case Aggregate(_, _, argument, by):
            return tuple(part for part in (argument, by) if part is not None)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and all nodes below it, from left to right."""
    yield node
    for part in parts_of(node):
        yield from walk(part)


def names(formula: Formula) -> frozenset[Column]:
    """Return every name of the formula; a roster counted as a whole is `Column("", roster)`.

    Examples
    --------
    >>> from mande.formula import parse
    >>> sorted(f"{column.table}.{column.name}" for column in names(parse("sum(sales.qty) + home")))
    ['.home', 'sales.qty']
    """
    found = {node for node in walk(formula.root) if isinstance(node, Column)}
    whole = {Column("", node.table) for node in aggregates(formula.root) if node.argument is None}
    return frozenset(found | whole)


def aggregates(root: Node) -> tuple[Aggregate, ...]:
    """Return the aggregates in a tree, each once, from left to right."""
    return tuple(dict.fromkeys(node for node in walk(root) if isinstance(node, Aggregate)))


def _constant(value: float | str | bool) -> str:
    if isinstance(value, bool | str):
        return repr(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _inner(node: Node) -> str:
    text = render(node)
    simple = isinstance(node, Words | Truth | Column | Call | Aggregate)
    plain_number = isinstance(node, Number) and not text.startswith("-")
    return text if simple or plain_number else f"({text})"


def render(node: Node) -> str:  # noqa: C901 - one case for each kind of node
    """Return the formula text of a node; reading it again gives the same tree.

    Examples
    --------
    >>> from mande.formula import parse
    >>> str(parse("sum( sales.qty*sales.price )-2*cost"))
    'sum(sales.qty * sales.price) - (2 * cost)'
    """
    match node:
        case Number(value) | Words(value) | Truth(value):
            return _constant(value)
        case Column(name, table):
            return f"{table}.{name}" if table else name
        case Negate(operand):
            return f"-{_inner(operand)}" if not isinstance(operand, Number) else f"-({render(operand)})"
        case Not(operand):
            return f"not {_inner(operand)}"
        case Arithmetic(sign, left, right) | Compare(sign, left, right):
            return f"{_inner(left)} {sign} {_inner(right)}"
        case Logic(sign, operands):
            return f" {sign} ".join(_inner(operand) for operand in operands)
        case Member(operand, options):
            return f"{_inner(operand)} in [{', '.join(_constant(option.value) for option in options)}]"
        case Choose(condition, yes, no):
            return f"if_({render(condition)}, {render(yes)}, {render(no)})"
        case Call(function, arguments):
            return f"{function}({', '.join(render(argument) for argument in arguments)})"
        case Aggregate(function, table, None):
            return f"{function}({table})"
        case Aggregate(function):
            return f"{function}({', '.join(render(part) for part in parts_of(node))})"
