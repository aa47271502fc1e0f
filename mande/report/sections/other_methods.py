"""The same effects by other methods, side by side."""

from __future__ import annotations

from mande import wording
from mande.disclosure import Release
from mande.report.blocks import Blocks, Heading, Paragraph, TableBlock
from mande.results import Cell, Estimate, Table

METHODS = {
    "did": "difference-in-differences",
    "twfe": "two-way fixed effects, all waves",
    "first_difference": "first differences, all waves",
    "fixed_effects": "fixed effects",
    "random_effects": "random effects",
    "ancova": "outcome after, at like outcome before",
    "change_score": "change of the outcome",
    "doubly_robust": "difference-in-differences at like covariates (doubly robust)",
    "callaway_santanna": "each start against units not started yet (Callaway and Sant'Anna)",
    "iv": "those who took part because drawn (instrument)",
}


def render(release: Release) -> Blocks:
    """Return one row per outcome and method."""
    evaluation = release.evaluation
    if not any(result.primary or result.others for result in evaluation.outcomes):
        return Blocks(())
    rows: list[tuple[Cell, ...]] = []
    for result in evaluation.outcomes:
        estimates = [result.primary, *result.others] if result.primary else list(result.others)
        rows += [(result.label, *_row(estimate, evaluation.level)) for estimate in estimates]
    level = f"{100 * evaluation.level:g} % interval"
    columns = ("outcome", "method", "effect", level, "estimate", "std_error", "rows")
    table = Table(
        "Effects by method",
        columns,
        tuple(rows),
        ("Estimate and standard error are in the regression's unit: log points where the scale is log.",),
    )
    return Blocks(
        (
            Heading("Other methods"),
            Paragraph(
                "The main effect compares two waves. The other methods use all waves and count an arm as "
                "treated from its start on, so that they average over what happened later too. If they "
                "disagree with the main effect, the effect changed with time or the answer depends on the "
                "choice of method."
            ),
            TableBlock(
                table,
                formats={"estimate": _digits, "std_error": _digits},
                headers={"std_error": "standard error"},
            ),
        )
    )


def _digits(value: Cell) -> str:
    return wording.number(value, digits=4) if isinstance(value, float) else "–"


def _row(estimate: Estimate, level: float) -> tuple[Cell, ...]:
    method = METHODS.get(estimate.method, estimate.method)
    best = estimate.amount(estimate.estimate)
    return (method, best, estimate.span(level), estimate.estimate, estimate.std_error, estimate.n)
