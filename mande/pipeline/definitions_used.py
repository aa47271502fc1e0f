"""What is said of the definitions behind results: versions, formulas, and what was done to values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mande.measure.plausible import span_of
from mande.pipeline.runs import Definitions
from mande.results import DefinitionUsed, Table
from mande.schema import Indicator
from mande.wording import upper_first


def definition_used(definitions: Definitions, indicator: Indicator) -> DefinitionUsed:
    """Return what a reader needs to know of a definition behind the results."""
    programme = definitions.programme
    return DefinitionUsed(
        id=indicator.id,
        label=indicator.label.in_(programme.language),
        version=indicator.version,
        local=definitions.is_local(indicator),
        formula=formula_of(indicator),
        unit=indicator.unit.replace("LCU", programme.currency),
    )


def formula_of(indicator: Indicator) -> str:
    """Return the indicator's formula as one line, what is done to extreme values included."""
    steps = [*(f"{name} = {text}" for name, text in indicator.formulas.items()), indicator.value]
    rule = indicator.winsorise
    return "; ".join([*steps, *([winsorised_note(indicator, rule.within)] if rule else [])])


def winsorised_note(indicator: Indicator, within: Sequence[str]) -> str:
    """Return what was done to extreme values within these columns, or an empty text."""
    rule = indicator.winsorise
    if rule is None:
        return ""
    ends = [f"below the {100 * rule.lower:g} % quantile"] if rule.lower is not None else []
    ends += [f"above the {100 * rule.upper:g} % quantile"] if rule.upper is not None else []
    return f"values {' and '.join(ends)} are set to it (by {', '.join(within)}, arms pooled)"


def implausible_note(indicator: Indicator, n: int) -> str:
    """Return how many values lie outside the plausible range, or an empty text where none does."""
    if indicator.plausible is None or not n:
        return ""
    lie = "value lies" if n == 1 else "values lie"
    return f"{n} {lie} outside the plausible range ({span_of(indicator.plausible)}), and are kept as measured"


def with_notes(table: Table, *notes: str) -> Table:
    """Return a table with notes that are not empty, each as a sentence."""
    told = (f"{upper_first(note)}." for note in notes if note)
    return replace(table, notes=(*table.notes, *told))
