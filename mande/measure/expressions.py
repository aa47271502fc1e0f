"""What a plan works out on the rows of one table, as small trees that any engine can carry out.

A tree is turned into a narwhals expression for engines that take their tables from elsewhere (`on_engine`),
or worked out in NumPy for tables in memory (`mande/measure/vectors.py`). All operations are missing where one
of their parts is, unless they say otherwise; `&` and `|` are three-valued.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

import narwhals as nw

NUMBER, TRUTH, CODE = "number", "truth", "code"
"""What a value can be cast to: a float, yes or no, the code of a reason."""

BINARY = ("add", "sub", "mul", "truediv", "pow", "eq", "ne", "lt", "le", "gt", "ge", "and_", "or_")
"""Operations of two parts, named like those of the module `operator`."""

UNARY = ("is_null", "is_finite", "log", "exp", "sqrt", "abs", "floor", "ceil")
"""Operations of one part."""

_DTYPES: dict[str, Any] = {NUMBER: nw.Float64, TRUTH: nw.Boolean, CODE: nw.Int32}


@dataclass(frozen=True, slots=True, eq=False)  # `==` makes a tree
class Expr:
    """An operation and its parts: trees, or the plain arguments of `col`, `lit`, `cast` and `ticked`."""

    op: str
    parts: tuple[Any, ...]

    def __add__(self, other: Any) -> Expr:
        return _of("add", self, other)

    def __sub__(self, other: Any) -> Expr:
        return _of("sub", self, other)

    def __mul__(self, other: Any) -> Expr:
        return _of("mul", self, other)

    def __truediv__(self, other: Any) -> Expr:
        return _of("truediv", self, other)

    def __pow__(self, other: Any) -> Expr:
        return _of("pow", self, other)

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return _of("eq", self, other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return _of("ne", self, other)

    def __lt__(self, other: Any) -> Expr:
        return _of("lt", self, other)

    def __le__(self, other: Any) -> Expr:
        return _of("le", self, other)

    def __gt__(self, other: Any) -> Expr:
        return _of("gt", self, other)

    def __ge__(self, other: Any) -> Expr:
        return _of("ge", self, other)

    def __and__(self, other: Any) -> Expr:
        return _of("and_", self, other)

    def __or__(self, other: Any) -> Expr:
        return _of("or_", self, other)

    def __invert__(self) -> Expr:
        return Expr("invert", (self,))

    def __neg__(self) -> Expr:
        return Expr("neg", (self,))

    __hash__ = object.__hash__

    def is_null(self) -> Expr:
        """Return whether there is no value; never missing itself."""
        return Expr("is_null", (self,))

    def is_finite(self) -> Expr:
        """Return whether a number is neither infinite nor NaN."""
        return Expr("is_finite", (self,))

    def finite(self) -> Expr:
        """Return a number where it is finite, zero without a sign."""
        return Expr("finite", (self,))

    def log(self) -> Expr:
        """Return the natural logarithm."""
        return Expr("log", (self,))

    def exp(self) -> Expr:
        """Return e to the power of the value."""
        return Expr("exp", (self,))

    def sqrt(self) -> Expr:
        """Return the square root."""
        return Expr("sqrt", (self,))

    def abs(self) -> Expr:
        """Return the size without sign."""
        return Expr("abs", (self,))

    def floor(self) -> Expr:
        """Return the largest whole number not above the value."""
        return Expr("floor", (self,))

    def ceil(self) -> Expr:
        """Return the smallest whole number not below the value."""
        return Expr("ceil", (self,))

    def cast(self, kind: str) -> Expr:
        """Return the value as another kind; yes is 1."""
        return Expr("cast", (self, kind))

    def ticked(self, code: str) -> Expr:
        """Return whether a space-separated answer to a question with several choices holds `code`."""
        return Expr("ticked", (self, code))


def _of(op: str, *parts: Any) -> Expr:
    return Expr(op, tuple(part if isinstance(part, Expr) else lit(part) for part in parts))


def col(name: str) -> Expr:
    """Return the value of a column."""
    return Expr("col", (name,))


def lit(value: float | str | bool | None) -> Expr:
    """Return a constant; None is a reason that is not there."""
    return Expr("lit", (value,))


def when(condition: Expr, yes: Expr, no: Expr | None = None) -> Expr:
    """Return `yes` where a condition holds, elsewhere (also where it is missing) `no` or nothing."""
    return Expr("when", (condition, yes) if no is None else (condition, yes, no))


def choose(condition: Expr, yes: Expr, no: Expr) -> Expr:
    """Return `yes` where a condition holds and `no` where it does not; missing where it is."""
    return Expr("choose", (condition, yes, no))


def coalesce(*values: Expr) -> Expr:
    """Return the first value that is there."""
    return Expr("coalesce", values)


def smallest(*values: Expr) -> Expr:
    """Return the smallest value that is there."""
    return Expr("smallest", values)


def largest(*values: Expr) -> Expr:
    """Return the largest value that is there."""
    return Expr("largest", values)


def on_engine(tree: Expr) -> nw.Expr:
    """Return a tree as a narwhals expression."""
    match tree.op, tree.parts:
        case "col", (name,):
            return nw.col(name)
        case "lit", (value,):
            return nw.lit(value) if value is not None else nw.lit(None, dtype=nw.Int32)
        case "cast", (value, kind):
            return on_engine(value).cast(_DTYPES[kind])
        case "ticked", (value, code):
            # The code stands between spaces, so that it is not found within another.
            padded = nw.concat_str(nw.lit(" "), on_engine(value), nw.lit(" "))
            return padded.str.contains(f" {code} ", literal=True)
        case _:
            found: nw.Expr = _ENGINE[tree.op](*(on_engine(part) for part in tree.parts))
            return found


def _when(condition: nw.Expr, yes: nw.Expr, no: nw.Expr | None = None) -> nw.Expr:
    chosen = nw.when(condition).then(yes)
    return chosen if no is None else chosen.otherwise(no)


def _choose(condition: nw.Expr, yes: nw.Expr, no: nw.Expr) -> nw.Expr:
    return _when(condition, yes, _when(~condition, no))


def _finite(number: nw.Expr) -> nw.Expr:
    # Polars takes `value + 0.0` for the value itself, and so keeps a negative zero.
    return _when(number.is_finite(), _when(number == 0.0, nw.lit(0.0), number))


_ENGINE: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in BINARY},
    "invert": operator.invert,
    "neg": operator.neg,
    **{name: methodcaller(name) for name in UNARY},
    "when": _when,
    "choose": _choose,
    "finite": _finite,
    "coalesce": nw.coalesce,
    "smallest": nw.min_horizontal,
    "largest": nw.max_horizontal,
}
