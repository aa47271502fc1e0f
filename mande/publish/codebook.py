"""Codebooks in Markdown, written from the definitions so that they cannot drift from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mande.catalogue import Catalogue
from mande.errors import Language
from mande.formula import names, parse
from mande.publish.markdown import NOTE, table
from mande.schema import Programme, Question
from mande.units import per_in

_SEVERITIES = {"hard": "an error", "soft": "a warning"}


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
    lines = [NOTE, "", f"# Codebook: {programme.title.in_(language)}", "", f"Source: {programme.source}", ""]
    for name_of_table, titles in columns.items():
        questions = catalogue.questions[name_of_table]
        rows = [_question_row(title, name, questions[name], language) for title, name in titles.items()]
        lines += [f"## Table `{name_of_table}`", ""]
        lines += table(
            ("column", "question id", "question", "type", "unit", "allowed", "unusual outside"), rows
        )
        lines.append("")
        named = set(titles.values())
        rules = [
            (f"`{name}`", f"`{rule.rule.strip()}`", rule.message.in_(language), _SEVERITIES[rule.severity])
            for name, rule in catalogue.rules.get(name_of_table, {}).items()
            if {column.name for column in names(parse(rule.rule)) if not column.table} <= named
        ]
        if rules:
            lines += [f"### Rules of `{name_of_table}`", ""]
            lines += [
                *table(("rule", "what must hold", "what is wrong otherwise", "where broken"), rules),
                "",
            ]
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
    lines += ["## Waves", "", *table(("wave", "label", "role", "upload"), waves), ""]
    lines += [
        f"## Arms (`{programme.register_file}`)",
        "",
        *table(("arm", "label", "role", "starts"), arms),
        "",
    ]
    return "\n".join(lines)


def _question_row(title: str, name: str, question: Question, language: Language) -> tuple[str, ...]:
    unit = per_in(question.unit, question.per, language)
    choices = ", ".join(
        code if label.in_(language).casefold() == code.casefold() else f"{code} ({label.in_(language)})"
        for code, label in question.choices.items()
    )
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
