"""The reference of the indicator library in Markdown, written from the definitions alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mande.catalogue import Catalogue
from mande.errors import Language
from mande.publish.markdown import NOTE, table
from mande.publish.mathtext import math_of
from mande.schema.indicator import Example, Indicator, UseIndicator, UseParameter, UseQuestion
from mande.schema.question import Question
from mande.units import per_in, unit_in

_CROSSWALK = """\
How each indicator relates to those of other catalogues. *Exact* measures the same thing in the same way,
*close* the same thing with small differences; *broad* means that the other one is wider, *narrow* that it
is narrower, *related* that it is about the same subject. A question mark: the other catalogue's text was
not seen. In IATI, vocabulary 99 is the reporter's own and 9 the SDG indicators."""

Needs = Mapping[str, Sequence[str]]
"""By table, the questions an indicator needs."""

DOMAINS = (
    "income", "wages", "working_conditions", "bargaining_power", "gender", "upgrading", "social_upgrading",
)  # fmt: skip
_EFFECTS = {"level": "its unit", "log": "logarithms", "share": "percentage points"}
_MISSING = {
    "available": "missing answers are left out",
    "impute": "missing answers are given the median of their cell, and flagged",
    "strict": "a missing answer makes the value missing",
}
_WHEN = {"same": "", "baseline": " at the baseline", "previous": " in the wave before"}
_CATALOGUES = {"iris": "IRIS+", "sdg": "SDG", "gri": "GRI", "iati": "IATI"}


def reference_pages(
    catalogue: Catalogue, needs: Mapping[str, Needs], *, language: Language = "en"
) -> dict[str, str]:
    """Return the pages of the reference by file name: README.md, one for each domain, crosswalk.md.

    Parameters
    ----------
    catalogue
        All definitions.
    needs
        For each indicator, the questions it needs, by table.
    language
        Language of labels and descriptions.
    """
    pages = {"README.md": _index(catalogue, language), "crosswalk.md": crosswalk(catalogue, language)}
    for domain in DOMAINS:
        mine = _of(catalogue, domain)
        if mine:
            lines = [NOTE, "", f"# {_title(domain)}", ""]
            for indicator in mine:
                lines += _entry(indicator, catalogue, needs[indicator.id], language)
            pages[f"{domain}.md"] = "\n".join(lines)
    return pages


def indicator_page(
    indicator: Indicator, catalogue: Catalogue, needs: Needs, *, language: Language = "en"
) -> str:
    """Return the reference of one indicator, in Markdown."""
    return "\n".join(_entry(indicator, catalogue, needs, language)[2:])


def _of(catalogue: Catalogue, domain: str) -> list[Indicator]:
    mine = [indicator for indicator in catalogue.indicators.values() if indicator.domain == domain]
    return sorted(mine, key=_place)


def _place(indicator: Indicator) -> tuple[bool, str, bool, str]:
    """Return the order on a page: by code, what stands beside the catalogue after what is in it."""
    code = indicator.catalogue_code
    return not code, code, indicator.set == "additional", indicator.id


def _title(domain: str) -> str:
    return domain.replace("_", " ").capitalize()


def _index(catalogue: Catalogue, language: Language) -> str:
    total = len(catalogue.indicators)
    sets = [entry.set for entry in catalogue.indicators.values()]
    counts = ", ".join(f"{sets.count(name)} {name}" for name in ("core", "extension", "additional"))
    lines = [NOTE, "", "# Indicators", "", f"{total} indicators: {counts}.", ""]
    lines += ["How they map to IRIS+, the SDGs, GRI and IATI: [crosswalk](crosswalk.md).", ""]
    for domain in DOMAINS:
        mine = _of(catalogue, domain)
        if mine:
            rows = [
                (
                    entry.catalogue_code, f"[{entry.label.in_(language)}]({domain}.md#{entry.id})",
                    f"`{entry.id}`", entry.entity.replace("_", " "),
                    unit_in(entry.unit, language), entry.set,
                )
                for entry in mine
            ]  # fmt: skip
            lines += [f"## {_title(domain)}", ""]
            lines += [*table(("code", "indicator", "id", "of each of", "unit", "set"), rows), ""]
    return "\n".join(lines)


def _entry(indicator: Indicator, catalogue: Catalogue, needs: Needs, language: Language) -> list[str]:
    lines = [f'<a id="{indicator.id}"></a>', "", f"## {indicator.label.in_(language)}", ""]
    if indicator.description is not None:
        lines += [indicator.description.in_(language), ""]
    lines += [f"- **{name}**: {text}" for name, text in _facts(indicator, language) if text]
    lines += ["", "### Formula", "", *_formula(indicator, catalogue, language)]
    lines += ["### Questions", "", *_questions(catalogue, needs, language), ""]
    lines += ["### Examples", "", *_examples(indicator), ""]
    return lines


def _facts(indicator: Indicator, language: Language) -> Iterable[tuple[str, str]]:
    code = f"{indicator.catalogue_code}, {indicator.set}" if indicator.catalogue_code else indicator.set
    kind = indicator.upgrading or indicator.theme
    yield "id", f"`{indicator.id}`, version {indicator.version} ({code})"
    yield "upgrading", kind.replace("_", "-") if kind else ""
    yield "value of each of", f"`{indicator.entity}`"
    yield "unit", unit_in(indicator.unit, language)
    yield "recall", indicator.recall
    yield "direction", indicator.direction.replace("_", " ")
    yield "missing answers", _missing(indicator)
    yield "extreme values", _winsorised(indicator)
    yield "summarised as", ", ".join(_statistic(entry) for entry in indicator.statistics)
    yield "weighted by", f"the unit's weight times `{indicator.weigh_by}`" if indicator.weigh_by else ""
    yield "effects estimated in", _EFFECTS[indicator.scale]
    yield "reported by", ", ".join(f"`{name}`" for name in indicator.disaggregate)
    yield "sensitivity", "protected: answers are never shown" if indicator.sensitivity == "protected" else ""
    yield "pitfalls", indicator.pitfalls
    yield "source", indicator.source + ("" if indicator.verified else " **(not verified)**")
    yield "maps to", "; ".join(_matches(indicator))


def _missing(indicator: Indicator) -> str:
    rules = [f"`{name}`: {_MISSING[rule]}" for name, rule in indicator.missing.items() if rule != "strict"]
    return "; ".join([*rules, "elsewhere " + _MISSING["strict"]]) if rules else _MISSING["strict"]


def _winsorised(indicator: Indicator) -> str:
    rule = indicator.winsorise
    if rule is None:
        return ""
    ends = [f"{share:.4g}" for share in (rule.lower, rule.upper) if share is not None]
    return f"winsorised at the quantile {' and '.join(ends)} within {', '.join(rule.within)}, arms pooled"


def _statistic(entry: str | Mapping[str, Any]) -> str:
    if isinstance(entry, str):
        return entry.replace("_", " ")
    parts = []
    for name, arguments in entry.items():
        shown = arguments.items() if isinstance(arguments, Mapping) else [("", arguments)]
        text = ", ".join(f"{key} {_argument(value)}".strip() for key, value in shown)
        parts.append(f"{name.replace('_', ' ')} ({text})")
    return ", ".join(parts)


def _argument(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_argument(entry) for entry in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_argument(entry)}" for key, entry in value.items())
    return f"`{value}`" if isinstance(value, str) else f"{value}"


def _matches(indicator: Indicator) -> Iterable[str]:
    for where, matches in indicator.maps.items():
        for match in matches:
            seen = "" if match.verified else ", not verified"
            yield f"{_CATALOGUES[where]} {match.code} ({match.match}{seen})"


def _formula(indicator: Indicator, catalogue: Catalogue, language: Language) -> list[str]:
    lines = []
    for alias, use in indicator.uses.items():
        lines.append(f"- `{alias}`: {_use(use, catalogue)}")
    if indicator.uses:
        lines.append("")
    published = indicator.published
    for name, text in indicator.formulas.items():
        shown = name.replace("_", r"\_")
        part = published.get(name)
        label = f"{part.label.in_(language)}, {unit_in(part.unit, language)}:" if part else ""
        lines += [
            *([label, ""] if label else []),
            "```math",
            rf"\text{{{shown}}} = {math_of(text)}",
            "```",
            "",
        ]
    value = math_of(indicator.value, condition=indicator.where)
    return [*lines, "```math", rf"\textbf{{value}} = {value}", "```", ""]


def _use(use: UseParameter | UseIndicator | UseQuestion, catalogue: Catalogue) -> str:
    if isinstance(use, UseQuestion):
        return f"the unit's answer to `{use.question}`{_WHEN[use.wave]}"
    if isinstance(use, UseIndicator):
        page = f"{catalogue.indicators[use.indicator].domain}.md#{use.indicator}"
        return f"the unit's [`{use.indicator}`]({page}) (version {use.version}){_WHEN[use.wave]}"
    keys = [f"`{name}`" for name in use.by] + [f"{name} {value}" for name, value in use.where.items()]
    date = f"at `{use.at}`" if use.at else "at the wave's date"
    return f"the parameter `{use.parameter}`{' by ' + ', '.join(keys) if keys else ''}, {date}"


def _questions(catalogue: Catalogue, needs: Needs, language: Language) -> list[str]:
    rows = [
        (name, f"`{question}`", *_asked(catalogue.questions[name][question], language))
        for name, questions in needs.items()
        for question in questions
    ]
    header = ("table", "id", "question", "type", "unit", "asked when")
    return table(header, rows) if rows else ["None: it is worked out from other indicators and parameters."]


def _asked(question: Question, language: Language) -> tuple[str, ...]:
    unit = per_in(question.unit, question.per, language)
    when = f"`{question.when}`" if question.when else ""
    return question.label.in_(language), question.type.replace("_", "/"), unit, when


def _examples(indicator: Indicator) -> list[str]:
    rows = [(_given(example), _expected(example), example.because) for example in indicator.examples]
    return table(("given", "value", "because"), rows)


def _given(example: Example) -> str:
    return "; ".join(f"{name} {_answer(value)}" for name, value in example.given.items())


def _answer(value: Any) -> str:
    if isinstance(value, list):
        return "[" + " / ".join(_answer(entry) for entry in value) + "]"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_answer(entry)}" for name, entry in value.items())
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _expected(example: Example) -> str:
    parts = "".join(f"; `{name}` {_answer(part)}" for name, part in example.expect_parts.items())
    return _answer(example.expect) + parts


def crosswalk(catalogue: Catalogue, language: Language = "en") -> str:
    """Return the table of how indicators relate to those of other catalogues, in Markdown.

    In IATI results files (version 2.03) an indicator of this library is given under vocabulary 99 (the
    reporter's own) with its id, and what matches an SDG indicator under vocabulary 9 as well.
    """
    header = ("indicator", "label", *_CATALOGUES.values())
    rows = []
    for domain in DOMAINS:
        for indicator in _of(catalogue, domain):
            cells = [_cell(indicator, where) for where in ("iris", "sdg", "gri")]
            iati = "; ".join(
                [f"99: {indicator.id}", *(f"9: {m.code}" for m in indicator.maps.get("sdg", ()))]
            )
            rows.append((f"`{indicator.id}`", indicator.label.in_(language), *cells, iati))
    return "\n".join([NOTE, "", "# Crosswalk", "", _CROSSWALK, "", *table(header, rows), ""])


def _cell(indicator: Indicator, where: str) -> str:
    matches = indicator.maps.get(where, ())  # type: ignore[call-overload]
    return "; ".join(f"{m.code} ({m.match}{'' if m.verified else '?'})" for m in matches)
