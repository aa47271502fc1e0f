"""Values with the reason why they may be missing, and the guards of every operation.

A `Cell` is a narwhals expression for a value and one for a reason code. The invariant that all guards
keep: the reason is null where there is a value, and a code where the value is null.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mande.measure import expressions as ex

MAX_EXPONENT = 700.0
"""Above this, e to the power of x no longer fits a float."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and why it is missing.

    Attributes
    ----------
    value : expression, null where missing.
    reason : expression for the reason code; None where the value is never missing.
    depth : operations stacked since the last stored column; 0 for a column or constant.
    """

    value: ex.Expr
    reason: ex.Expr | None = None
    depth: int = 0


def first(*reasons: ex.Expr | None) -> ex.Expr | None:
    """Return the first reason that is there."""
    known = [reason for reason in reasons if reason is not None]
    if len(known) < 2:
        return known[0] if known else None
    return ex.coalesce(*known)


def _depth(cells: Sequence[Cell]) -> int:
    return 1 + max(cell.depth for cell in cells)


def plain(function: Callable[..., ex.Expr], *cells: Cell) -> Cell:
    """Return a value that is missing exactly where one of its parts is."""
    value = function(*(cell.value for cell in cells))
    return Cell(value, first(*(cell.reason for cell in cells)), _depth(cells))


def guarded(function: Callable[..., ex.Expr], *cells: Cell, fails: ex.Expr, code: ex.Expr) -> Cell:
    """Return a value that is missing also where `fails` holds, with its own reason there.

    `cells` are columns or constants: their expressions stand in the value and in the guard.
    """
    value = ex.when(~fails, function(*(cell.value for cell in cells)))
    return Cell(value, first(*(cell.reason for cell in cells), ex.when(fails, code)), _depth(cells))


ARITHMETIC: Mapping[str, Callable[[ex.Expr, ex.Expr], ex.Expr]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
COMPARE: Mapping[str, Callable[[ex.Expr, ex.Expr], ex.Expr]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def logic(sign: str, cells: Sequence[Cell]) -> ex.Expr:
    """Return three-valued `and` or `or`: no and unknown is no, yes or unknown is yes."""
    join = operator.and_ if sign == "and" else operator.or_
    return functools.reduce(join, (cell.value for cell in cells))


def member(cell: Cell, options: Sequence[float | str]) -> Cell:
    """Return whether the value is one of `options`; null stays null on every engine."""
    equal = [cell.value == option for option in options]
    return Cell(functools.reduce(operator.or_, equal), cell.reason, _depth([cell]))


def choose(condition: Cell, yes: Cell, no: Cell) -> Cell:
    """Return one of two values; missing where the condition is. `condition` is a column or constant."""
    chosen = None
    if yes.reason is not None or no.reason is not None:
        nothing = ex.lit(None)
        chosen = ex.choose(
            condition.value,
            nothing if yes.reason is None else yes.reason,
            nothing if no.reason is None else no.reason,
        )
    value = ex.choose(condition.value, yes.value, no.value)
    return Cell(value, first(condition.reason, chosen), _depth([condition, yes, no]))


def only_if(condition: Cell, cell: Cell, *, code: ex.Expr) -> Cell:
    """Return the value where the condition holds; elsewhere the question does not apply.

    `condition` is a column or constant.
    """
    unfit = ex.when(~condition.value, code)
    known = cell.reason if cell.reason is None else ex.when(condition.value, cell.reason)
    value = ex.when(condition.value, cell.value)
    return Cell(value, first(condition.reason, unfit, known), _depth([condition, cell]))


def if_missing(cell: Cell, stand_in: Cell) -> Cell:
    """Return the value, or the stand-in where it is missing. `cell` is a column or constant."""
    if cell.reason is None:
        return cell
    reason = None
    if stand_in.reason is not None:
        reason = ex.when(cell.value.is_null(), stand_in.reason)
    return Cell(ex.coalesce(cell.value, stand_in.value), reason, _depth([cell, stand_in]))


def combine(function: str, cells: Sequence[Cell], *, available: bool) -> Cell:
    """Return the sum, mean, smallest, largest or count of several values of one row.

    Strict: missing where one of them is. Available: over those that are there, missing where none is.
    `cells` are columns or constants.
    """
    values = [cell.value.cast(ex.NUMBER) for cell in cells]
    absent = [cell.value.is_null() for cell in cells]
    every = functools.reduce(operator.and_ if available else operator.or_, absent)
    reasons = first(*(cell.reason for cell in cells))
    reason = None if reasons is None else ex.when(every, reasons)
    if function in ("min_of", "max_of"):
        extreme = (ex.smallest if function == "min_of" else ex.largest)(*values)
        return Cell(ex.when(~every, extreme), reason, _depth(cells))
    if not available:
        total = functools.reduce(operator.add, values)
        return Cell(total / float(len(cells)) if function == "mean_of" else total, reason, _depth(cells))
    best = functools.reduce(operator.add, (ex.coalesce(value, ex.lit(0.0)) for value in values))
    if function == "mean_of":
        best = best / functools.reduce(operator.add, ((~gone).cast(ex.NUMBER) for gone in absent))
    return Cell(ex.when(~every, best), reason, _depth(cells))


def spread(cells: Sequence[Cell], mean: Cell, *, available: bool) -> Cell:
    """Return the sample standard deviation of several values of one row: divided by n - 1.

    Strict: missing where one of them is. Available: over those that are there, missing below two.
    `cells` are columns or constants, and so is their `mean`.
    """
    away = [cell.value.cast(ex.NUMBER) - mean.value for cell in cells]
    squares = functools.reduce(operator.add, (ex.coalesce(gap * gap, ex.lit(0.0)) for gap in away))
    present = functools.reduce(operator.add, ((~cell.value.is_null()).cast(ex.NUMBER) for cell in cells))
    enough = present >= (2.0 if available else float(len(cells)))
    reasons = first(*(cell.reason for cell in cells))
    reason = None if reasons is None else ex.when(~enough, reasons)
    return Cell(ex.when(enough, (squares / (present - 1.0)).sqrt()), reason, _depth(cells) + 1)


def rounded(value: ex.Expr, digits: int) -> ex.Expr:
    """Return the nearest value with so many digits; halves go up, alike on every engine."""
    scale = 10.0**digits
    return (value * scale + 0.5).floor() / scale


def clipped(value: ex.Expr, low: ex.Expr, high: ex.Expr) -> ex.Expr:
    """Return the value kept between two limits; null where one of the three is."""
    raised = ex.choose(value < low, low, value)
    return ex.choose(high < raised, high, raised)
