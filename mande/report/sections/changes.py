"""Observed change by arm: what was measured, before anything is attributed."""

from __future__ import annotations

from collections.abc import Mapping

from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Heading, Paragraph, TableBlock
from mande.report.figures import change_by_arm
from mande.results import Cell, Evaluation, OutcomeResult, Table
from mande.wording import number


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
    blocks.append(TableBlock(_means(evaluation)))
    return Blocks(tuple(blocks))


def _means(evaluation: Evaluation) -> Table:
    """Return one row per outcome and arm, one column per wave: the mean, and how many stand behind it."""
    waves = evaluation.programme.waves
    rows: list[tuple[Cell, ...]] = []
    for result in evaluation.outcomes:
        records = result.means.records()
        for arm in evaluation.programme.arms:
            cells = {record["wave"]: _mean(result, record) for record in records if record["arm"] == arm.id}
            rows.append(
                (f"{result.label} ({result.unit})", arm.label, *(cells.get(wave.id) for wave in waves))
            )
    notes = tuple(dict.fromkeys(note for result in evaluation.outcomes for note in result.means.notes))
    counted = f"In brackets: {evaluation.programme.unit_name[1]} that answered. Medians are in results.json."
    columns = ("outcome", "arm", *(wave.label for wave in waves))
    return Table("Mean of each outcome, by arm and wave", columns, tuple(rows), (counted, *notes))


def _mean(result: OutcomeResult, record: Mapping[str, Cell]) -> str:
    if record["mean"] is None:
        return f"– ({record['n']})"
    mean = float(record["mean"])
    shown = f"{100 * mean:.0f} %" if result.scale == "share" else number(mean)
    return f"{shown} ({record['n']})"
