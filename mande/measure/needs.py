"""Which answers an indicator needs: what a questionnaire must ask, and what a wave must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mande.catalogue import Catalogue
from mande.formula import names, parse
from mande.measure.plan import plan_indicator
from mande.measure.scopes import columns_of
from mande.schema.indicator import Indicator, UseIndicator, UseParameter, UseQuestion

Needs = Mapping[str, tuple[str, ...]]
"""By table, the ids of its questions in the order of the definitions; keys and links are not among them."""


def needed_answers(indicators: Iterable[Indicator], catalogue: Catalogue, *, by_group: bool = True) -> Needs:
    """Return the questions that some indicators need, table by table.

    Those of their formulas, of what they use, of rosters' gates, of filters (`when`) on the way and,
    where `by_group`, of what they are reported by.

    Raises
    ------
    MandeError
        F codes for formulas that are not right.
    """
    wanted: set[tuple[str, str]] = set()
    for indicator in _with_used(indicators, catalogue):
        wanted |= _direct(indicator, catalogue, by_group=by_group)
    wanted |= _gates({table for table, _ in wanted}, catalogue)
    wanted |= _filters(wanted, catalogue)
    tables = {table for table, _ in wanted}
    return {
        table: tuple(name for name in catalogue.questions.get(table, {}) if (table, name) in wanted)
        for table in catalogue.tables
        if table in tables
    }


def _with_used(indicators: Iterable[Indicator], catalogue: Catalogue) -> list[Indicator]:
    """Return the indicators and every indicator they use, each once."""
    found: dict[str, Indicator] = {}
    waiting = list(indicators)
    while waiting:
        indicator = waiting.pop(0)
        if indicator.id not in found:
            found[indicator.id] = indicator
            uses = (use for use in indicator.uses.values() if isinstance(use, UseIndicator))
            waiting += [catalogue.indicators[use.indicator] for use in uses]
    return list(found.values())


def uses_previous(indicator: Indicator, catalogue: Catalogue) -> bool:
    """Tell whether the indicator, or one that it uses, uses values of the wave before."""
    uses = (use for entry in _with_used([indicator], catalogue) for use in entry.uses.values())
    return any(not isinstance(use, UseParameter) and use.wave == "previous" for use in uses)


def _direct(indicator: Indicator, catalogue: Catalogue, *, by_group: bool) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    aliases = set()
    for alias, use in indicator.uses.items():
        table, _, name = alias.rpartition(".")
        table = table or indicator.entity
        aliases.add((table, name))
        if isinstance(use, UseParameter):
            keys = [*use.by, *([] if use.at is None else [use.at])]
            found |= {(table, key) for key in keys if (table, key) not in aliases}
        elif isinstance(use, UseQuestion):
            found.add((table, use.question))
    for table, inputs in plan_indicator(indicator, catalogue).inputs.items():
        found |= {(table, name) for name in inputs if (table, name) not in aliases}
    if by_group:
        for dotted in indicator.disaggregate:
            table, _, name = dotted.rpartition(".")
            found.add((table or indicator.entity, name))
    return {(table, name) for table, name in found if name in catalogue.questions.get(table, {})}


def _gates(tables: Iterable[str], catalogue: Catalogue) -> set[tuple[str, str]]:
    """Return the questions that say whether there are rows in these tables and in those above them."""
    found: set[tuple[str, str]] = set()
    for name in tables:
        line: str | None = name
        while line is not None and (entry := catalogue.tables[line]).parent is not None:
            if entry.gate is not None:
                found.add((entry.parent, entry.gate))
            line = entry.parent
    return found


def _filters(wanted: Iterable[tuple[str, str]], catalogue: Catalogue) -> set[tuple[str, str]]:
    """Return the questions that decide whether the wanted ones are asked, and those that decide these."""
    found: set[tuple[str, str]] = set()
    waiting = list(wanted)
    while waiting:
        table, name = waiting.pop()
        when = catalogue.questions[table][name].when
        if when is None:
            continue
        named = {column.name for column in names(parse(when)) if not column.table}
        fresh = {(table, other) for other in named & set(columns_of(catalogue, table))} - found
        fresh = {entry for entry in fresh if entry[1] in catalogue.questions[table]}
        found |= fresh
        waiting += list(fresh)
    return found
