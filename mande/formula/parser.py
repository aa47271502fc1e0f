"""Formula text to a tree, through Python's own grammar; nothing is ever executed."""

from __future__ import annotations

import ast
import io
import math
import tokenize
import warnings
from collections.abc import Mapping, Sequence
from typing import Literal

from mande.errors import Code, MandeError, Place, Problem, did_you_mean
from mande.formula.language import AGGREGATES, FUNCTIONS, Function
from mande.formula.problems import F_AGGREGATE, F_FUNCTION, F_LIMIT, F_SYNTAX
from mande.formula.tree import (
    Aggregate,
    Arithmetic,
    ArithmeticSign,
    Call,
    Choose,
    Column,
    Compare,
    CompareSign,
    Formula,
    Logic,
    Member,
    Negate,
    Node,
    Not,
    Number,
    Truth,
    Words,
    walk,
)

MAX_CHARACTERS = 5_000
MAX_NODES = 1_000
MAX_DEPTH = 60
MAX_DIGITS = 12

_ARITHMETIC: Mapping[type[ast.operator], ArithmeticSign] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_COMPARE: Mapping[type[ast.cmpop], CompareSign] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ALLOWED = "names, numbers, 'text', + - * / **, comparisons, in, and, or, not, and the functions of the list"


def parse(text: str, *, place: Place | None = None) -> Formula:
    """Return the checked tree of a formula.

    Names are not looked up here; `check` does that where the tables are known.

    Parameters
    ----------
    text
        Formula as it stands in a definition; line breaks count as spaces.
    place
        Where the formula stands, for messages.

    Raises
    ------
    MandeError
        All problems of the formula: F-SYNTAX, F-FUNCTION, F-AGGREGATE, F-LIMIT.

    Examples
    --------
    >>> parse("count(persons.age < 15) / hh_size").root
    Arithmetic(sign='/', left=Aggregate(function='count', table='persons',
        argument=Compare(sign='<', left=Column(name='age', table='persons'), right=Number(value=15.0)),
        by=None),
        right=Column(name='hh_size', table=''))
    """
    reader = _Reader(text, place or Place())
    body = reader.grammar()
    root = Number(0.0) if body is None else reader.read(body)
    if reader.problems:
        raise MandeError(reader.problems)
    return Formula(text, root)


class _Reader:
    """Turns Python's tree into ours and collects problems; a placeholder stands where one was found."""

    def __init__(self, text: str, place: Place) -> None:
        self.text = " ".join(text.splitlines())
        self.place = place
        self.problems: list[Problem] = []

    def problem(self, code: Code, found: str, expected: str) -> Number:
        short = found if len(found) <= 80 else found[:77] + "..."
        values = {"found": short, "expected": expected}
        self.problems.append(Problem(code, self.place, values))
        return Number(0.0)

    def source(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.text, node) or type(node).__name__

    def grammar(self) -> ast.expr | None:
        """Return Python's tree, or None with a problem noted."""
        if not self.text.strip():
            self.problem(F_SYNTAX, "nothing", "a formula")
            return None
        if len(self.text) > MAX_CHARACTERS:
            self.problem(F_LIMIT, f"{len(self.text)} characters", f"at most {MAX_CHARACTERS} characters")
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # what Python only warns about is a slip in a formula
                tree = ast.parse(self.text.strip(), mode="eval")
                commented = "#" in self.text and _has_comment(self.text.strip())
        except (SyntaxError, ValueError, Warning, tokenize.TokenError) as error:
            message = error.msg if isinstance(error, SyntaxError) else str(error)
            self.problem(F_SYNTAX, self.text.strip(), f"{_ALLOWED} ({message})")
            return None
        except (RecursionError, MemoryError):
            self.problem(F_LIMIT, self.text.strip(), f"at most {MAX_DEPTH} levels of brackets and operators")
            return None
        self.text = self.text.strip()
        if commented:
            self.problem(F_SYNTAX, self.text, "no comment (#) inside a formula: put it above, in the YAML")
        return tree.body if self._within_limits(tree.body) else None

    def _within_limits(self, body: ast.expr) -> bool:
        level, depth, count = [body], 0, 0
        while level and depth <= MAX_DEPTH and count <= MAX_NODES:
            depth, count = depth + 1, count + len(level)
            children = (child for node in level for child in ast.iter_child_nodes(node))
            level = [child for child in children if isinstance(child, ast.expr)]
        if depth > MAX_DEPTH:
            self.problem(F_LIMIT, self.text, f"at most {MAX_DEPTH} levels of brackets and operators")
        elif count > MAX_NODES:
            self.problem(F_LIMIT, self.text, f"at most {MAX_NODES} names, numbers and operators")
        return depth <= MAX_DEPTH and count <= MAX_NODES

    def read(self, node: ast.expr) -> Node:
        """Return our node for one of Python's."""
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(id=name):
                return Column(name)
            case ast.Attribute(value=ast.Name(id=table), attr=name):
                return Column(name, table)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BinOp():
                return self._binary(node)
            case ast.BoolOp(op=sign, values=values):
                word: Literal["and", "or"] = "and" if isinstance(sign, ast.And) else "or"
                return Logic(word, tuple(self.read(value) for value in values))
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return Choose(self.read(test), self.read(body), self.read(orelse))
            case ast.Call():
                return self._call(node)
            case _:
                return self.problem(F_SYNTAX, self.source(node), _ALLOWED)

    def _constant(self, node: ast.Constant) -> Node:
        value = node.value
        if isinstance(value, bool):
            return Truth(value)
        if isinstance(value, str):
            return self._words(node, value)
        if isinstance(value, int | float):
            number = _as_float(value)
            if math.isfinite(number):
                return Number(number)
            return self.problem(F_SYNTAX, self.source(node), "a number below 1e308")
        hint = "is_missing(x) to ask for a missing value" if value is None else _ALLOWED
        return self.problem(F_SYNTAX, self.source(node), hint)

    def _words(self, node: ast.Constant, value: str) -> Node:
        if value.isprintable():
            return Words(value)
        return self.problem(F_SYNTAX, self.source(node), "a text without control characters")

    def _unary(self, node: ast.UnaryOp) -> Node:
        operand = self.read(node.operand)
        if isinstance(node.op, ast.Not):
            return Not(operand)
        if isinstance(node.op, ast.USub):
            literal = isinstance(node.operand, ast.Constant) and isinstance(operand, Number)
            return Number(-operand.value) if literal and isinstance(operand, Number) else Negate(operand)
        return self.problem(F_SYNTAX, self.source(node), _ALLOWED)

    def _binary(self, node: ast.BinOp) -> Node:
        sign = _ARITHMETIC.get(type(node.op))
        left, right = self.read(node.left), self.read(node.right)
        if sign is None:
            return self.problem(F_SYNTAX, self.source(node), _ALLOWED)
        if sign == "**" and not isinstance(right, Number):
            return self.problem(F_SYNTAX, self.source(node.right), "a number as the exponent of **")
        return Arithmetic(sign, left, right)

    def _compare(self, node: ast.Compare) -> Node:
        sides = [node.left, *node.comparators]
        links = [self._link(sides[i], sign, sides[i + 1]) for i, sign in enumerate(node.ops)]
        return links[0] if len(links) == 1 else Logic("and", tuple(links))

    def _link(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Node:
        if isinstance(sign, ast.In | ast.NotIn):
            member = self._member(left, right)
            return Not(member) if isinstance(sign, ast.NotIn) else member
        known = _COMPARE.get(type(sign))
        if known is None:
            return self.problem(
                F_SYNTAX, self.source(right), "== or !=, and is_missing(x) for missing values"
            )
        return Compare(known, self.read(left), self.read(right))

    def _member(self, left: ast.expr, right: ast.expr) -> Node:
        items = right.elts if isinstance(right, ast.List | ast.Tuple | ast.Set) else []
        read = [self.read(item) for item in items]
        options = tuple(item for item in read if isinstance(item, Number | Words))
        if not options or len(options) < len(read):
            return self.problem(F_SYNTAX, self.source(right), "a list of constants: ['a', 'b'] or [1, 2]")
        return Member(self.read(left), options)

    def _call(self, node: ast.Call) -> Node:
        if not isinstance(node.func, ast.Name):
            return self.problem(F_FUNCTION, self.source(node.func), _known_functions(""))
        name = node.func.id
        function = FUNCTIONS.get(name) or AGGREGATES.get(name)
        if function is None:
            return self.problem(F_FUNCTION, name, _known_functions(name))
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            return self.problem(F_FUNCTION, self.source(node), f"plain arguments: {function.text}")
        if not function.least <= len(node.args) <= (function.most or len(node.args)):
            several = f"; {name}_of(...) takes several values of one row" if f"{name}_of" in FUNCTIONS else ""
            expected = f"{_arguments(function)}: {function.text}{several}"
            return self.problem(F_FUNCTION, self.source(node), expected)
        if name in AGGREGATES:
            return self._aggregate(name, node.args)
        return self._function(name, node, tuple(self.read(argument) for argument in node.args))

    def _function(self, name: str, node: ast.Call, arguments: tuple[Node, ...]) -> Node:
        if name == "if_":
            return Choose(*arguments)
        if name == "round" and len(arguments) == 2 and not _is_digits(arguments[1]):
            return self.problem(F_FUNCTION, self.source(node), f"a whole number of digits, 0 to {MAX_DIGITS}")
        if name == "includes" and not isinstance(arguments[1], Words):
            return self.problem(F_FUNCTION, self.source(node), "a code: includes(question, 'code')")
        return Call(name, arguments)

    def _aggregate(self, name: str, arguments: Sequence[ast.expr]) -> Node:
        if name == "count" and isinstance(arguments[0], ast.Name):
            return Aggregate(name, arguments[0].id, None)
        inner = [self.read(argument) for argument in arguments]
        below = [node for argument in inner for node in walk(argument)]
        shown = ", ".join(self.source(argument) for argument in arguments)
        if any(isinstance(node, Aggregate) for node in below):
            expected = "no aggregate inside an aggregate: make the inner one a dotted part first"
            return self.problem(F_AGGREGATE, shown, expected)
        rosters = sorted({node.table for node in below if isinstance(node, Column) and node.table})
        if len(rosters) != 1:
            found = f"{shown} ({', '.join(rosters) or 'no roster'})"
            expected = f"names of one roster inside {name}(...), written roster.question"
            return self.problem(F_AGGREGATE, found, expected)
        return Aggregate(name, rosters[0], *inner)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _is_digits(node: Node) -> bool:
    return isinstance(node, Number) and node.value in range(MAX_DIGITS + 1)


def _has_comment(text: str) -> bool:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return any(token.type == tokenize.COMMENT for token in tokens)


def _arguments(function: Function) -> str:
    if function.most is None:
        return f"at least {function.least} arguments"
    if function.least == function.most:
        return "one argument" if function.least == 1 else f"{function.least} arguments"
    return f"{function.least} to {function.most} arguments"


def _known_functions(name: str) -> str:
    known = [*FUNCTIONS, *AGGREGATES]
    return f"one of {', '.join(known)}{did_you_mean(name, known)}"
