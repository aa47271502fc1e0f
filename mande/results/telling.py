"""An estimate in plain words, methods side by side: text and tables that follow the statistics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pandas as pd

from mande import wording

if TYPE_CHECKING:
    from mande.results.estimate import Estimate

COMPARED = (
    "method", "inference", "term", "estimate", "std_error", "df", "p_value", "ci_low", "ci_high", "ci_level",
    "n", "n_units", "n_clusters", "from_first", "assumption", "caution",
)  # fmt: skip


def summary_of(estimate: Estimate, level: float) -> str:
    """Return what was estimated, how sure it is, on what it rests and which rows it leaves out."""
    lines = [estimate.sentence(level), *_size(estimate)]
    error = f"standard error {wording.number(estimate.std_error)}"
    error += " log points" if estimate.scale == "log" else ""
    lines.append(f"Method: {estimate.method}, {estimate.inference}; {error}, p {_p(estimate.p_value)}.")
    lines.append(f"It is an effect only if this holds: {estimate.assumption}")
    lines.append(_rows(estimate))
    lines += [f"Note: {note}" for note in estimate.notes]
    return "\n".join(lines)


def _p(value: float) -> str:
    text = wording.p_value(value)
    return text if text.startswith("<") else f"= {text}"


def _size(estimate: Estimate) -> Iterator[str]:
    """Yield the size of the effect against the comparison, and what cannot be said of it."""
    base = estimate.comparison
    if base is None:
        return
    parts = []
    percent, sds = estimate.percent, estimate.in_sds
    if percent is not None and estimate.scale != "log" and base.mean is not None:
        mean = estimate.amount(base.mean, signed=False)
        parts.append(f"{wording.number(percent, signed=True)} % of the comparison mean ({mean})")
    if sds is not None:
        parts.append(
            f"{wording.number(sds, signed=True)} standard deviations of the comparison {_WHEN[base.sd_when]}"
        )
    if parts:
        yield f"The best estimate is {' and '.join(parts)}."
    if base.reason:
        yield f"Its size against the comparison cannot all be said: {base.reason}."


_WHEN = {"before": "before the programme", "after": "in the wave compared"}


def _rows(estimate: Estimate) -> str:
    sample = estimate.sample
    used = f"{sample.rows_used:,} of {sample.rows_in:,} rows are used"
    counts = [f"n = {estimate.n:,}"]
    counts += [] if estimate.n_units is None else [wording.count(estimate.n_units, "unit")]
    counts += [] if estimate.n_clusters is None else [wording.count(estimate.n_clusters, "cluster")]
    lost = "; ".join(f"{entry.count:,} left out: {entry.reason}" for entry in sample.dropped)
    return f"{used} ({', '.join(counts)}){'; ' + lost if lost else ''}."


def compare(estimates: Iterable[Estimate], *, level: float = 0.95) -> pd.DataFrame:
    """Return estimates side by side, one row each, in their order.

    Columns: method, inference, term, estimate, std_error, df, p_value, ci_low, ci_high, ci_level, n, n_units,
    n_clusters, from_first (estimate minus the first one; absent where outcome, scale or unit differ),
    assumption, caution. Differences between methods are differences in what they assume and in the rows they
    use: they are no test.

    Raises
    ------
    ValueError
        Without any estimate.
    """
    found = tuple(estimates)
    if not found:
        raise ValueError("compare needs at least one estimate")
    first, rows = found[0], []
    for one in found:
        main = next(term for term in one.terms if term.name == one.term)
        same = (one.outcome, one.scale, one.unit) == (first.outcome, first.scale, first.unit)
        row = one.row(main, level)
        row |= {
            "from_first": one.estimate - first.estimate if same else None,
            "assumption": one.assumption,
            "caution": one.caution,
        }
        rows.append({name: row[name] for name in COMPARED})
    return pd.DataFrame(rows, columns=list(COMPARED))
