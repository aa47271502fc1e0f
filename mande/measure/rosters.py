"""The rules of aggregates: what a roster with no rows, missing rows or missing cells gives."""

from __future__ import annotations

from dataclasses import dataclass

from mande.measure import expressions as ex
from mande.measure.cells import Cell, first

_ZERO_WHEN_EMPTY = ("count", "sum", "any", "distinct")


@dataclass(frozen=True, slots=True)
class Amounts:
    """Columns with the total and the smallest of amounts, and the codes of totals that have no shares."""

    total: str
    smallest: str
    negative: ex.Expr
    nothing: ex.Expr


@dataclass(frozen=True, slots=True)
class Grouped:
    """Columns of grouped results: sum, smallest or largest; how many cells were there; first reason.

    With `amounts`, the result belongs to categories: their largest amount, or the sum of their squares.
    """

    result: str
    present: str
    reason: str | None
    amounts: Amounts | None = None


def over_rows(
    function: str,
    grouped: Grouped | None,
    rows: ex.Expr,
    state: ex.Expr | None,
    nothing: ex.Expr,
    *,
    available: bool,
) -> Cell:
    """Return the value of an aggregate.

    Parameters
    ----------
    function
        Name of the aggregate.
    grouped
        Results over the argument; None for `count(roster)`.
    rows
        Number of rows below, 0 where there are none.
    state
        Code that says why the rows are not all there, null where they are.
    nothing
        Code for a roster that is known to be empty.
    available
        Whether missing cells are left out instead of making the aggregate missing. Rows under a gate
        answered 'no' (codes below zero) are a contradiction under either rule, and so is nothing at all.
    """
    if available and state is not None:
        state = ex.when((rows == 0.0) | (state < 0), state)
    if grouped is None:
        return _unless(rows, state)
    result, present = (
        ex.col(grouped.result),
        ex.coalesce(ex.col(grouped.present).cast(ex.NUMBER), ex.lit(0.0)),
    )
    gone = _gone(function, grouped, result, rows, present, available=available)
    lacking = None if gone is None else ex.when(gone, ex.col(str(grouped.reason)))
    empty = None if function in _ZERO_WHEN_EMPTY else ex.when(rows == 0.0, nothing)
    amounts = grouped.amounts
    shares = None if amounts is None else _no_shares(amounts)
    value = _value(function, result, present) if amounts is None else _share(function, result, amounts)
    # Where cells are gone, one of them has a reason: it need not be looked for to guard the value.
    guards = (state, None if gone is None else ex.when(gone, nothing), empty, shares)
    return _unless(value, first(state, lacking, empty, shares), guard=first(*guards))


def _share(function: str, result: ex.Expr, amounts: Amounts) -> ex.Expr:
    total = ex.col(amounts.total)
    return result / (total * total if function == "concentration" else total)


def _no_shares(amounts: Amounts) -> ex.Expr | None:
    """Return why amounts have no shares: one is below zero, or there is nothing to share."""
    return first(
        ex.when(ex.col(amounts.smallest) < 0.0, amounts.negative),
        ex.when(ex.col(amounts.total) == 0.0, amounts.nothing),
    )


def _value(function: str, result: ex.Expr, present: ex.Expr) -> ex.Expr:
    if function in ("mean", "share"):
        return ex.when(present > 0.0, result / present)
    if function in ("count", "sum", "distinct"):
        return ex.coalesce(result, ex.lit(0.0))
    if function == "any":
        return ex.coalesce(result == 1.0, ex.lit(False))
    return result == 1.0 if function == "all" else result


def _gone(
    function: str, grouped: Grouped, result: ex.Expr, rows: ex.Expr, present: ex.Expr, *, available: bool
) -> ex.Expr | None:
    """Return where too many cells are missing; None where no cell can be."""
    if grouped.reason is None:
        return None
    gone = (present == 0.0) & (rows > 0.0) if available else present < rows
    if function in ("any", "all"):
        # Three-valued: one yes settles `any`, one no settles `all`, whatever the missing cells hold.
        settled = ex.coalesce(result == (1.0 if function == "any" else 0.0), ex.lit(False))
        gone = gone & ~settled
    return gone


def _unless(value: ex.Expr, reason: ex.Expr | None, *, guard: ex.Expr | None = None) -> Cell:
    """Return a value that is missing where there is a reason; `guard` is missing where the reason is."""
    guard = reason if guard is None else guard
    if reason is None or guard is None:
        return Cell(value, None, 1)
    return Cell(ex.when(guard.is_null(), value), reason, 1)
