"""Checks of the design and the data: each finding in a sentence, with its table."""

from __future__ import annotations

from collections.abc import Sequence

from mande import wording
from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Callout, Format, Heading, TableBlock
from mande.results import Cell, Evaluation, Finding, Status, Table
from mande.wording import lower_first, number


def render(release: Release) -> Blocks:
    """Return all findings that are not limits of the design (those stand beside the answer).

    Findings of the same kind on several outcomes are shown together.
    """
    evaluation = release.evaluation
    blocks: list[Block] = [Heading("Checks")]
    for finding in evaluation.findings:
        if finding.status != "limit":
            blocks += _single(finding)
    by_kind: dict[str, list[Finding]] = {}
    for result in evaluation.outcomes:
        for finding in result.findings:
            by_kind.setdefault(finding.id, []).append(finding)
    refused = [f for kind, findings in by_kind.items() if kind.startswith("method.") for f in findings]
    for kind, findings in by_kind.items():
        if kind == "placebo":
            blocks += _placebos(findings, evaluation)
        elif not kind.startswith("method."):
            blocks += _together(findings)
    if refused:
        blocks += _refused(refused, evaluation)
    return Blocks(tuple(blocks))


def _percent(value: Cell) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, float | int) else "–"


def _p(value: Cell) -> str:
    return wording.p_value(value) if isinstance(value, float) else "–"


def _two_digits(value: Cell) -> str:
    return number(value, digits=2, signed=True) if isinstance(value, float) else "–"


_SHOWN: dict[str, tuple[str, ...]] = {
    "balance": ("label", "mean_treated", "mean_comparison", "normalised_difference", "p_value"),
    "attrition": (
        "label",
        "wave",
        "reported_treated",
        "reported_comparison",
        "lost_treated",
        "lost_comparison",
        "p_value",
    ),
    "lost_differ": ("label", "mean_lost", "mean_stayed", "normalised_difference", "p_value"),
    "contact": (
        "arm",
        "wave",
        "due",
        "interviewed",
        "refused",
        "not_found",
        "moved",
        "dead",
        "replaced",
        "no_status",
    ),
    "composition": (
        "label",
        "treated_before",
        "treated_after",
        "comparison_before",
        "comparison_after",
        "apart_in_sds",
        "p_value",
    ),
    "family": ("outcome", "p_value", "westfall_young", "romano_wolf", "benjamini_hochberg", "sharpened_q"),
    "seasons": ("label", "wave", "n", "median_month", "overlap", "days_apart"),
    "design.detectable": ("label", "detectable_text", "n"),
}
"""The columns that fit a page; all of them are in results.json."""

_HEADERS = {
    "mean_treated": "mean, treated",
    "mean_comparison": "mean, comparison",
    "mean_lost": "mean, lost",
    "mean_stayed": "mean, stayed",
    "reported_treated": "answered at baseline, treated",
    "reported_comparison": "comparison",
    "lost_treated": "of these lost, treated",
    "lost_comparison": "comparison",
    "p_value": "p-value of difference",
    "detectable_text": "smallest effect found in 4 of 5 such studies",
    "n": "units",
    "treated_before": "mean, treated, before",
    "treated_after": "after",
    "comparison_before": "mean, comparison, before",
    "comparison_after": "after",
    "apart_in_sds": "changed apart by (standard deviations)",
    "median_month": "month of the middle interview",
    "overlap": "in the same months as the comparison",
    "days_apart": "days from the comparison",
}
_OWN = {"family": {"p_value": "p-value, plain", "sharpened_q": "sharpened q"}}
"""Headers that mean something else in one finding."""
_FIRST = {
    "balance": "characteristic",
    "lost_differ": "characteristic",
    "contact": "arm",
    "attrition": "answers on",
    "composition": "characteristic",
    "seasons": "arm",
    "design.detectable": "outcome",
}
"""What the first column of a finding's table lists."""

_FORMATS: dict[str, Format] = {
    "p_value": _p,
    "westfall_young": _p,
    "romano_wolf": _p,
    "benjamini_hochberg": _p,
    "sharpened_q": _p,
    "normalised_difference": _two_digits,
    "apart_in_sds": _two_digits,
    "overlap": _percent,
    "reported_treated": _percent,
    "reported_comparison": _percent,
    "lost_treated": _percent,
    "lost_comparison": _percent,
}


def _single(finding: Finding) -> list[Block]:
    blocks: list[Block] = [Callout(finding.status, finding.title, finding.sentence, finding.advice)]
    if finding.table is not None:
        shown = tuple(name for name in _SHOWN.get(finding.id, ()) if name in finding.table.columns)
        headers = _HEADERS | _OWN.get(finding.id, {}) | {"label": _FIRST.get(finding.id, "item")}
        blocks.append(TableBlock(finding.table, formats=_FORMATS, headers=headers, columns=shown))
    return blocks


def _together(findings: Sequence[Finding]) -> list[Block]:
    first = findings[0]
    text = " ".join(dict.fromkeys(finding.sentence for finding in findings))
    advice = " ".join(dict.fromkeys(finding.advice for finding in findings if finding.advice))
    return [Callout(_worst(findings), first.title, text, advice)]


def _refused(findings: Sequence[Finding], evaluation: Evaluation) -> list[Block]:
    """Return the methods that gave no effect: one sentence for an outcome that has none at all."""
    sentences = {}
    for finding in findings:
        result = evaluation.outcome(finding.outcome)
        reason = lower_first(result.reason).rstrip(".")
        if result.primary is None:
            sentences[finding.outcome] = f"{result.label}: no method gives an effect, because {reason}."
        else:
            sentences[finding.id + finding.outcome] = finding.sentence
    advice = " ".join(dict.fromkeys(finding.advice for finding in findings if finding.advice))
    return [Callout("limit", "Effects that could not be estimated", " ".join(sentences.values()), advice)]


def _placebos(findings: Sequence[Finding], evaluation: Evaluation) -> list[Block]:
    """Return one table of the placebo effects, with a sentence for those that are there."""
    labels = {result.indicator: result.label for result in evaluation.outcomes}
    apart = [labels[finding.outcome] for finding in findings if finding.status == "caution"]
    estimated = [finding for finding in findings if finding.values]
    told = (
        f"Before they started, later starters already changed differently in: {', '.join(apart)}."
        if apart
        else (
            "Before they started, later starters show no clear difference. That does not show that the "
            "groups would move alike: differences up to the size in the last column would often have "
            "been missed."
        )
    )
    rows = tuple(_placebo_row(labels[finding.outcome], finding, evaluation) for finding in findings)
    level = f"{100 * evaluation.level:g} % interval"
    columns = ("outcome", "difference before the start", level, "p_value", "often missed up to")
    table = Table("Effect of a programme that had not begun", columns, rows)
    advice = " ".join(dict.fromkeys(finding.advice for finding in findings if finding.advice))
    return [
        Callout(_worst(estimated or findings), findings[0].title, told, advice),
        TableBlock(table, formats={"p_value": _p}, headers={"p_value": "p-value"}),
    ]


def _placebo_row(label: str, finding: Finding, evaluation: Evaluation) -> tuple[Cell, ...]:
    result = evaluation.outcome(finding.outcome)
    values = finding.values
    if not values:
        return (label, "not estimated", None, None, None)
    estimate, low, high, missed = (
        float(values[key] or 0.0) for key in ("estimate", "low", "high", "detectable")
    )
    return (
        label,
        wording.amount(estimate, unit=result.unit, scale=result.scale),
        wording.span(low, high, unit=result.unit, scale=result.scale),
        values["p_value"],
        wording.amount(missed, unit=result.unit, scale=result.scale, signed=False),
    )


def _worst(findings: Sequence[Finding]) -> Status:
    order: tuple[Status, ...] = ("limit", "caution", "information", "good")
    return next(status for status in order if any(finding.status == status for finding in findings))
