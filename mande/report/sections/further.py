"""Effects that answer another question: of each arm, on those who took part, on those reached, in
subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mande import wording
from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Bullets, Format, Heading, Paragraph, TableBlock
from mande.results import Cell, Evaluation, Further, OutcomeResult, Table

_INTRODUCTIONS = {
    "arms": (
        "Each arm is compared with the comparison group in one evaluation of all arms, so that no "
        "arm's effect is "
        "mixed into another's. The more arms, the likelier that one looks clear by chance: the corrected "
        "p-value allows for their number."
    ),
    "taking_part": (
        "The main effect is that of being offered the programme, whoever took part. Here it is set "
        "against how many "
        "more took part because they were drawn. The interval holds however few these were; it can "
        "be open on a "
        "side, which says that too few followed the draw to tell."
    ),
    "spillover": (
        "These units were not treated but may have been reached. They are compared with the "
        "comparison group as "
        "the treated are."
    ),
    "subgroup": (
        "Units are grouped by what they were before the programme. An effect that is clear in one "
        "group and not "
        "in the other does not show that the effects differ: the test of the difference does."
    ),
}


def render(release: Release) -> Blocks:
    """Return one heading for each question, with a sentence and a row for each effect; nothing without
    any."""
    evaluation = release.evaluation
    found: dict[str, list[tuple[OutcomeResult, Further]]] = {}
    for result in evaluation.outcomes:
        for further in result.further:
            found.setdefault(further.title, []).append((result, further))
    blocks: list[Block] = [Heading("Arms, take-up, neighbours and subgroups")] if found else []
    for title, effects in found.items():
        blocks += [Heading(title, level=3), Paragraph(_INTRODUCTIONS[effects[0][1].question])]
        blocks.append(Bullets(tuple(_sentences(effects, evaluation))))
        blocks.append(_effects(effects, evaluation))
        blocks += _beside(effects)
    return Blocks(tuple(blocks))


def _sentences(effects: Sequence[tuple[OutcomeResult, Further]], evaluation: Evaluation) -> list[str]:
    many = len({result.indicator for result, _ in effects}) > 1
    return [
        f"**{result.label}.** {sentence}" if many else sentence
        for result, further in effects
        for sentence in further.sentences(evaluation.level)
    ]


def _effects(effects: Sequence[tuple[OutcomeResult, Further]], evaluation: Evaluation) -> TableBlock:
    corrected = {
        (result.indicator, record["outcome"]): record.get("westfall_young")
        for result, further in effects
        if further.family is not None
        for record in further.family.records()
    }
    rows: list[tuple[Cell, ...]] = []
    for result, further in effects:
        for record in further.records(evaluation.level):
            judged = corrected.get((result.indicator, record["label"]))
            rows.append((result.label, *_row(further, record, judged)))
    columns = ("outcome", "of", "effect", f"{100 * evaluation.level:g} % interval", "p", "p_corrected",
               "percent", "sds", "n", "clusters")  # fmt: skip
    notes = tuple(dict.fromkeys(note for _, further in effects for note in further.notes))
    headers = {
        "of": "effect of, or on",
        "p": "p-value",
        "p_corrected": "p-value corrected for the number of arms",
        "percent": "% of comparison mean",
        "sds": "standard deviations",
    }
    shown = columns if corrected else tuple(name for name in columns if name != "p_corrected")
    formats: dict[str, Format] = {"p": _p, "p_corrected": _p, "percent": _signed, "sds": _signed}
    return TableBlock(Table(effects[0][1].title, columns, tuple(rows), notes), formats, headers, shown)


def _row(further: Further, record: dict[str, Cell], corrected: Cell) -> tuple[Cell, ...]:
    one = further.estimate
    low, high = record["ci_low"], record["ci_high"]
    span = None
    if isinstance(low, float) and isinstance(high, float):
        span = wording.span(low, high, unit=one.unit, scale=one.scale)
    best = one.amount(record["estimate"]) if isinstance(record["estimate"], float) else None
    return (
        record["label"],
        best,
        span,
        record["p_value"],
        corrected,
        record["percent_of_mean"],
        record["in_sds"],
        record["n_units"] or record["n"],
        record["n_clusters"],
    )


def _beside(effects: Sequence[tuple[OutcomeResult, Further]]) -> list[Block]:
    """Return take-up with the effect of being drawn, and tests of differences."""
    blocks: list[Block] = []
    headers = {"std_error": "standard error", "p_value": "p-value", "label": "between"}
    for result, further in effects:
        stages, differences = further.estimate.tables.get("stages"), further.differences
        if further.question == "taking_part" and stages is not None:
            table = replace(stages, caption=f"{result.label}: what the draw changed")
            shown = ("stage", "estimate", "std_error", "p_value", "n")
            blocks.append(TableBlock(table, {"p_value": _p}, headers, shown))
        if differences is not None:
            caption = f"{result.label}: {wording.lower_first(differences.caption)}"
            blocks.append(TableBlock(replace(differences, caption=caption), {"p_value": _p}, headers))
    return blocks


def _p(value: Cell) -> str:
    return wording.p_value(value) if isinstance(value, float) else "–"


def _signed(value: Cell) -> str:
    return wording.number(value, digits=2, signed=True) if isinstance(value, float) else "–"
