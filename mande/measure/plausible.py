"""Values outside the range that a definition calls plausible: counted and kept, never dropped."""

from __future__ import annotations

import polars as pl

from mande.wording import number


def outside(frame: pl.DataFrame, column: str, limits: tuple[float | None, float | None]) -> pl.DataFrame:
    """Return the rows whose value lies below or above the limits; the limits themselves are plausible.

    Parameters
    ----------
    frame
        One row per unit.
    column
        The value, in the indicator's unit; missing values are not outside.
    limits
        Lowest and highest plausible value, None where there is no such limit.

    Examples
    --------
    >>> shares = pl.DataFrame({"share": [-0.1, 0.0, 1.0, 1.5, None]})
    >>> outside(shares, "share", (0, 1))["share"].to_list()
    [-0.1, 1.5]
    """
    low, high = limits
    value, beyond = pl.col(column), pl.lit(value=False)
    if low is not None:
        beyond = beyond | (value < low)
    if high is not None:
        beyond = beyond | (value > high)
    return frame.filter(beyond)


def span_of(limits: tuple[float | None, float | None]) -> str:
    """Return the limits as a reader says them.

    Examples
    --------
    >>> span_of((0, 100)), span_of((None, 24)), span_of((0, None))
    ('0 to 100', 'up to 24', 'from 0')
    """
    low, high = limits
    if low is None:
        return "any" if high is None else f"up to {number(high)}"
    return f"from {number(low)}" if high is None else f"{number(low)} to {number(high)}"
