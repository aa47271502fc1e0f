"""Outcomes of zero or less have no logarithm: who has them, and what an effect in percent leaves out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mande.impact.contract import Request
from mande.impact.observations import BoolArray
from mande.impact.regressors import is_yes_or_no
from mande.results import Finding

ZEROS = "outcome.zeros"


def zero_findings(frame: pd.DataFrame, request: Request) -> tuple[Finding, ...]:
    """Return a finding where the logarithm leaves rows out, with their share in each group.

    Columns of `frame`: those that the request names. The groups are those of the first treated column or
    those ever treated. Whether an outcome is zero may itself be an effect; log(1 + y) and asinh(y) are no
    way out, as their effect changes with the unit of y.
    Source: Chen and Roth (2024), Logs with zeros? Some problems and solutions, Quarterly Journal of
    Economics 139(2).
    """
    if request.scale != "log":
        return ()
    values = pd.to_numeric(frame[request.outcome], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    without = np.isfinite(values) & (values <= 0)
    if not without.any():
        return ()
    known = np.isfinite(values)
    sentence = (
        f"{int(without.sum()):,} of {int(known.sum()):,} rows have {request.outcome} of zero or less and no "
        f"logarithm{_by_group(frame, request, without, known)}: the effect in percent is on rows above zero "
        "alone, and the programme may have moved rows across it."
    )
    advice = (
        "Estimate it in its own unit (scale 'level': shown in percent of the comparison too), and beside it "
        "whether it is above zero. log(1 + y) or asinh(y) would give no percent effect."
    )
    title = "Outcomes without a logarithm"
    return (Finding(ZEROS, title, "limit", sentence, outcome=request.outcome, advice=advice),)


def _by_group(frame: pd.DataFrame, request: Request, without: BoolArray, known: BoolArray) -> str:
    treated = _ever_treated(frame, request)
    if treated is None or not (known & treated).any() or not (known & ~treated).any():
        return ""
    shares = [without[known & group].mean() for group in (treated, ~treated)]
    return f" ({shares[0]:.0%} of the treated, {shares[1]:.0%} of the others)"


def _ever_treated(frame: pd.DataFrame, request: Request) -> BoolArray | None:
    """Return which rows are of units that are ever treated; None where that is no yes or no."""
    if request.first_treated is not None:
        starts = pd.to_numeric(frame[request.first_treated], errors="coerce").to_numpy(dtype=float)
        return np.asarray((starts != 0) & np.isfinite(starts))
    if not request.arms:
        return None
    column = pd.to_numeric(frame[request.arms[0]], errors="coerce")
    if not is_yes_or_no(column.dropna().to_numpy(dtype=float)):
        return None
    on = column.eq(1)
    if request.unit is not None:
        on = on.groupby(frame[request.unit]).transform("any")
    return on.to_numpy(dtype=bool)
