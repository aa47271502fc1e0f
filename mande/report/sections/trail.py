"""The data trail: from the sentence back to the rows."""

from __future__ import annotations

from mande.disclosure import Release
from mande.report.blocks import Blocks, Heading, Paragraph, TableBlock
from mande.results import Table


def render(release: Release) -> Blocks:
    """Return waves with their hashes, the rows at each step, and the definitions' hashes."""
    evaluation = release.evaluation
    trail = evaluation.trail
    waves = Table(
        "Accepted waves",
        ("wave", "revision", "rows", "content_sha256"),
        tuple(
            (wave.label, f"r{wave.revision:03d}", wave.rows, wave.data_sha256[:16])
            for wave in evaluation.programme.waves
        ),
    )
    definitions = Table(
        "Definitions used",
        ("definition", "sha256"),
        tuple((name, digest[:16]) for name, digest in sorted(trail.definitions.items())),
    )
    hidden = "; ".join(f"{caption}: {rows} rows" for caption, rows in release.suppressed)
    note = f"Small cells hidden: {hidden}." if hidden else "No small cell had to be hidden."
    return Blocks(
        (
            Heading("Data trail"),
            Paragraph(
                f"Run {trail.run}, mande {trail.mande_version}. The same accepted waves, definitions and "
                f"version give the same numbers again, digit for digit. {note}"
            ),
            TableBlock(waves, headers={"content_sha256": "content hash (SHA-256, first 16)"}),
            TableBlock(trail.steps),
            *([TableBlock(trail.parameters, headers={"look_ups": "look-ups"})] if trail.parameters else []),
            TableBlock(definitions, headers={"sha256": "hash (first 16)"}),
            Paragraph(f"Source of the data: {evaluation.programme.source}", style="small"),
        )
    )
