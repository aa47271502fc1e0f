"""What was done, for whom, and how it is measured."""

from __future__ import annotations

from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Bullets, Heading, Paragraph, TableBlock
from mande.results import Table


def render(release: Release) -> Blocks:
    """Return the programme, its arms, the comparison, and what threatens it."""
    programme = release.evaluation.programme
    waves = {wave.id: wave.label for wave in programme.waves}
    arms = Table(
        caption="Arms of the programme",
        columns=("arm", "role", "starts", "registered"),
        rows=tuple(
            (arm.label, arm.role, waves.get(arm.starts or "", "never"), arm.n) for arm in programme.arms
        ),
    )
    blocks: list[Block] = [
        Heading("The programme and the comparison"),
        Paragraph(programme.summary),
        Paragraph(programme.design),
        TableBlock(arms, headers={"registered": f"{programme.unit_name[1]} registered"}),
    ]
    if programme.threats:
        blocks += [
            Heading("What else could explain a difference", level=3),
            Bullets(programme.threats),
        ]
    return Blocks(tuple(blocks))
