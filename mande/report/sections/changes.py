"""Observed change by arm: what was measured, before anything is attributed."""

from __future__ import annotations

from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Heading, Paragraph, TableBlock
from mande.report.figures import change_by_arm
from mande.results import Evaluation, Table


def render(release: Release) -> Blocks:
    """Return the observed change of the main outcome and of outcomes with a clear effect, and all means."""
    evaluation = release.evaluation
    blocks: list[Block] = [
        Heading("Observed change, by arm"),
        Paragraph("What the surveys saw, before anything is attributed to the programme."),
    ]
    for result in evaluation.outcomes:
        clear = result.primary is not None and result.primary.interval(evaluation.level).excludes(0)
        if result.role == "primary" or clear:
            drawn = change_by_arm.draw(evaluation, indicator=result.indicator)
            if drawn is not None:
                blocks.append(drawn)
    blocks.append(TableBlock(_means(evaluation), headers={"n": evaluation.programme.unit_name[1]}))
    return Blocks(tuple(blocks))


def _means(evaluation: Evaluation) -> Table:
    rows = []
    for result in evaluation.outcomes:
        for record in result.means.records():
            label = f"{result.label} ({result.unit})"
            rows.append(
                (
                    label,
                    record["arm_label"],
                    record["wave_label"],
                    record["mean"],
                    record["median"],
                    record["n"],
                )
            )
    notes = tuple(dict.fromkeys(note for result in evaluation.outcomes for note in result.means.notes))
    return Table(
        "Mean and median of each outcome",
        ("outcome", "arm", "wave", "mean", "median", "n"),
        tuple(rows),
        notes,
    )
