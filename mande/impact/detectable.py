"""What size of effect a design could find, worked out from the standard error it gave.

Not 'observed power': nothing here uses the estimate. The smallest effect that a two-sided test at the
level would find with the given power is (t(1 - alpha/2) + t(power)) times the standard error.
Source: Bloom (1995), Evaluation Review 19(5).
"""

from __future__ import annotations

from collections.abc import Sequence

from mande.results import Cell, Estimate, Finding, Table

COLUMNS = ("outcome", "label", "unit", "std_error", "detectable", "detectable_text", "n", "n_clusters")


def detectable_effect(estimate: Estimate, *, level: float = 0.95, power: float = 0.8) -> float:
    """Return the smallest true effect that this design would have found, in the estimate's terms.

    Examples
    --------
    >>> from mande.results import Estimate, Reference, Sample
    >>> normal, rows = Reference("normal"), Sample(9, 9)
    >>> effect = Estimate("y", "d", "did", "CR1", 1.0, 2.0, normal, 9, 9, 9, "id", (), rows, "")
    >>> round(detectable_effect(effect), 3)  # (1.960 + 0.842) * 2
    5.603
    """
    factor = estimate.reference.quantile(0.5 + level / 2) + estimate.reference.quantile(power)
    return factor * estimate.std_error


def detectable_effects(estimates: Sequence[Estimate], *, level: float = 0.95, power: float = 0.8) -> Finding:
    """Say for each outcome what size of effect this design, as it was realised, would have found."""
    rows: list[tuple[Cell, ...]] = []
    for entry in estimates:
        size = detectable_effect(entry, level=level, power=power)
        name = entry.label or entry.outcome
        text = _either_way(entry, size)
        rows.append((entry.outcome, name, entry.unit, entry.std_error, size, text, entry.n, entry.n_clusters))
    table = Table(
        caption="Smallest effect this design would have found",
        columns=COLUMNS,
        rows=tuple(rows),
        notes=(
            f"A true effect of this size is found in {100 * power:g} of 100 such studies (level {level:g}).",
            "Worked out after the fact from the standard error; it does not use the estimated effect.",
        ),
        cell_size="n",
    )
    listed = "; ".join(f"{row[1]}: {row[5]}" for row in rows)
    sentence = (
        f"Effects smaller than these would often have been missed: {listed}."
        if rows
        else ("No effect could be estimated, so nothing can be said about what the design would have found.")
    )
    return Finding(
        id="design.detectable",
        title="What size of effect could this design find?",
        status="information" if rows else "limit",
        sentence=sentence,
        table=table,
        values={"level": level, "power": power},
    )


def _either_way(entry: Estimate, size: float) -> str:
    """Return the size upwards and downwards: on the log scale the percentages differ."""
    if entry.scale == "log":
        return f"{entry.amount(-size)} or {entry.amount(size)}"
    return f"{entry.amount(size, signed=False)} up or down"
