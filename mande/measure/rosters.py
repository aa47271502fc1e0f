"""The rules of aggregates: what a roster with no rows, missing rows or missing cells gives."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from mande.measure.cells import Cell, first

_ZERO_WHEN_EMPTY = ("count", "sum", "any", "distinct")


@dataclass(frozen=True, slots=True)
class Amounts:
    """Columns with the total and the smallest of amounts, and the codes of totals that have no shares."""

    total: str
    smallest: str
    negative: nw.Expr
    nothing: nw.Expr


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
    rows: nw.Expr,
    state: nw.Expr | None,
    nothing: nw.Expr,
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
        state = nw.when((rows == 0.0) | (state < 0)).then(state)
    if grouped is None:
        return _unless(state, rows)
    result, present = (
        nw.col(grouped.result),
        nw.coalesce(nw.col(grouped.present).cast(nw.Float64), nw.lit(0.0)),
    )
    lacking = _lacking(function, grouped, result, rows, present, available=available)
    empty = None if function in _ZERO_WHEN_EMPTY else nw.when(rows == 0.0).then(nothing)
    amounts = grouped.amounts
    if amounts is not None:
        return _unless(first(state, lacking, empty, _no_shares(amounts)), _share(function, result, amounts))
    return _unless(first(state, lacking, empty), _value(function, result, present))


def _share(function: str, result: nw.Expr, amounts: Amounts) -> nw.Expr:
    total = nw.col(amounts.total)
    return result / (total * total if function == "concentration" else total)


def _no_shares(amounts: Amounts) -> nw.Expr | None:
    """Return why amounts have no shares: one is below zero, or there is nothing to share."""
    return first(
        nw.when(nw.col(amounts.smallest) < 0.0).then(amounts.negative),
        nw.when(nw.col(amounts.total) == 0.0).then(amounts.nothing),
    )


def _value(function: str, result: nw.Expr, present: nw.Expr) -> nw.Expr:
    if function in ("mean", "share"):
        return nw.when(present > 0.0).then(result / present)
    if function in ("count", "sum", "distinct"):
        return nw.coalesce(result, nw.lit(0.0))
    if function == "any":
        return nw.coalesce(result == 1.0, nw.lit(False))
    return result == 1.0 if function == "all" else result


def _lacking(
    function: str, grouped: Grouped, result: nw.Expr, rows: nw.Expr, present: nw.Expr, *, available: bool
) -> nw.Expr | None:
    """Return the reason where too many cells are missing; None where no cell can be."""
    if grouped.reason is None:
        return None
    gone = (present == 0.0) & (rows > 0.0) if available else present < rows
    if function in ("any", "all"):
        # Three-valued: one yes settles `any`, one no settles `all`, whatever the missing cells hold.
        settled = nw.coalesce(result == (1.0 if function == "any" else 0.0), nw.lit(False))
        gone = gone & ~settled
    return nw.when(gone).then(nw.col(grouped.reason))


def _unless(reason: nw.Expr | None, value: nw.Expr) -> Cell:
    if reason is None:
        return Cell(value, None, 1)
    return Cell(nw.when(reason.is_null()).then(value), reason, 1)
