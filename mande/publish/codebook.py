"""Codebooks in Markdown, written from the definitions so that they cannot drift from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mande.catalogue import Catalogue
from mande.errors import Language
from mande.schema import Indicator, Programme, Question

_NOTE = "<!-- Generated from the definitions by `mande codebook`. Do not edit by hand. -->"


def indicator_codebook(catalogue: Catalogue, *, language: Language = "en") -> str:
    """Return the codebook of all indicators, by domain."""
    lines = [_NOTE, "", "# Indicators", ""]
    domains = sorted({indicator.domain for indicator in catalogue.indicators.values()})
    for domain in domains:
        lines += [f"## {domain.replace('_', ' ').capitalize()}", ""]
        for indicator in catalogue.indicators.values():
            if indicator.domain == domain:
                lines += _indicator(indicator, language)
    return "\n".join(lines)


def _indicator(indicator: Indicator, language: Language) -> list[str]:
    kind = f" ({indicator.upgrading.replace('_', '-')} upgrading)" if indicator.upgrading else ""
    facts = [
        ("id", f"`{indicator.id}` v{indicator.version}{kind}"),
        ("entity", indicator.entity),
        ("unit", indicator.unit),
        ("direction", indicator.direction.replace("_", " ")),
        *((f"part `{name}`", f"`{text}`") for name, text in indicator.formulas.items()),
        ("value", f"`{indicator.value}`"),
        (
            "effects estimated in",
            {"level": "its unit", "log": "logarithms", "share": "shares"}[indicator.scale],
        ),
        ("source", indicator.source + ("" if indicator.verified else " (not verified)")),
        ("pitfalls", indicator.pitfalls),
        (
            "maps to",
            ", ".join(
                f"{where.upper()} {m.code} ({m.match})" for where, ms in indicator.maps.items() for m in ms
            ),
        ),
    ]
    description = [indicator.description.in_(language), ""] if indicator.description else []
    heading = f"### {indicator.label.in_(language)}"
    return [heading, "", *description, *(f"- **{name}**: {text}" for name, text in facts if text), ""]


def programme_codebook(
    programme: Programme,
    catalogue: Catalogue,
    columns: Mapping[str, Mapping[str, str]],
    *,
    language: Language = "en",
) -> str:
    """Return the codebook of a programme's uploads: column by column, what it asks and what fits.

    `columns` maps each table to its upload's column titles and the questions they answer.
    """
    lines = [_NOTE, "", f"# Codebook: {programme.title.in_(language)}", "", f"Source: {programme.source}", ""]
    for table, titles in columns.items():
        questions = catalogue.questions[table]
        rows = [_question_row(title, name, questions[name], language) for title, name in titles.items()]
        lines += [f"## Table `{table}`", ""]
        lines += _markdown_table(
            ("column", "question id", "question", "type", "unit", "allowed", "unusual outside"), rows
        )
        lines.append("")
    waves = [
        (
            f"`{wave.id}`",
            wave.label.in_(language),
            wave.role.replace("_", "-"),
            ", ".join(wave.uploads.values()),
        )
        for wave in programme.waves
    ]
    arms = [
        (f"`{name}`", arm.label.in_(language), arm.role, arm.starts or "never")
        for name, arm in programme.arms.items()
    ]
    lines += ["## Waves", "", *_markdown_table(("wave", "label", "role", "upload"), waves), ""]
    lines += [
        f"## Arms (`{programme.register_file}`)",
        "",
        *_markdown_table(("arm", "label", "role", "starts"), arms),
        "",
    ]
    return "\n".join(lines)


def _question_row(title: str, name: str, question: Question, language: Language) -> tuple[str, ...]:
    unit = question.unit + (f" per {question.per}" if question.per else "")
    choices = ", ".join(question.choices)
    label = question.label.in_(language) + (" (required)" if question.required else "")
    return (
        f"`{title}`",
        f"`{name}`",
        label,
        question.type.replace("_", "/"),
        unit,
        choices or _limits(question.range),
        _limits(question.usual),
    )


def _limits(limits: Sequence[float | None] | None) -> str:
    if limits is None:
        return ""
    low, high = limits
    if high is None:
        return f"{low:g} and above"
    return f"up to {high:g}" if low is None else f"{low:g} to {high:g}"


def _markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return lines + [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
