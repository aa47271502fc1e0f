"""Who answered: units by wave and arm, and item by item."""

from __future__ import annotations

from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Heading, Paragraph, TableBlock
from mande.results import Cell


def render(release: Release) -> Blocks:
    """Return the panel's counts and the share of missing answers."""
    evaluation = release.evaluation
    blocks: list[Block] = [
        Heading("Who answered, and who did not"),
        Paragraph(
            "A missing answer is never replaced by a guess here: whoever did not answer an item is left "
            "out of the numbers on that item, and counted."
        ),
        TableBlock(evaluation.panel),
        TableBlock(evaluation.nonresponse, formats={"share_missing": _share}),
    ]
    return Blocks(tuple(blocks))


def _share(value: Cell) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, float | int) else "–"
