"""Who answered: units by wave and arm, and item by item."""

from __future__ import annotations

from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Heading, Paragraph, TableBlock
from mande.results import Cell, Evaluation, Table


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
        TableBlock(_nonresponse(evaluation)),
    ]
    return Blocks(tuple(blocks))


def _nonresponse(evaluation: Evaluation) -> Table:
    """Return one row per question and arm, one column per wave: the share without an answer."""
    waves = evaluation.programme.waves
    found: dict[tuple[Cell, Cell], dict[Cell, str]] = {}
    for record in evaluation.nonresponse.records():
        cells = found.setdefault((record["question"], record["arm"]), {})
        cells[record["wave"]] = _share(record["share_missing"], record["missing"])
    rows = tuple((*key, *(cells.get(wave.id) for wave in waves)) for key, cells in found.items())
    columns = ("question", "arm", *(wave.label for wave in waves))
    note = f"In brackets: {evaluation.programme.unit_name[1]} without an answer."
    return Table(evaluation.nonresponse.caption, columns, rows, (note, *evaluation.nonresponse.notes))


def _share(share: Cell, missing: Cell) -> str:
    return f"{100 * share:.0f} % ({missing})" if isinstance(share, float | int) else "not asked"
