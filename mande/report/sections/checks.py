"""Checks of the design and the data: each finding in a sentence, with its table."""

from __future__ import annotations

from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Callout, Heading, TableBlock


def render(release: Release) -> Blocks:
    """Return all findings that are not limits (those stand beside the answer)."""
    evaluation = release.evaluation
    findings = [*evaluation.findings, *(f for result in evaluation.outcomes for f in result.findings)]
    blocks: list[Block] = [Heading("Checks")]
    for finding in findings:
        if finding.status == "limit" and finding in evaluation.findings:
            continue
        blocks.append(Callout(finding.status, finding.title, finding.sentence, finding.advice))
        if finding.table is not None:
            blocks.append(TableBlock(finding.table))
    return Blocks(tuple(blocks))
