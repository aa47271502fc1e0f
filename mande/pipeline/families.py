"""Outcomes that the programme declares as a family: p-values, plain and corrected for their number."""

from __future__ import annotations

from collections.abc import Mapping

from mande.impact import Tested, family_of_effects
from mande.results import Finding
from mande.schema import Programme
from mande.wording import count

LEVEL = 0.05
"""The error rate that sentences count by."""


def families(programme: Programme, tested: Mapping[str, Tested]) -> list[Finding]:
    """Return one finding for each family with two effects or more.

    The sentence counts by the Westfall-Young p-value (the chance of any false discovery), where effects
    cannot be drawn together by that of Benjamini and Hochberg (the share of false discoveries).
    """
    members: dict[str, list[Tested]] = {}
    for outcome in programme.outcomes:
        if outcome.family is not None and outcome.name in tested:
            members.setdefault(outcome.family, []).append(tested[outcome.name])
    return [_finding(name, found) for name, found in members.items() if len(found) > 1]


def _finding(name: str, tested: list[Tested]) -> Finding:
    table = family_of_effects(tested, what="outcomes")
    column = "westfall_young" if "westfall_young" in table.columns else "benjamini_hochberg"
    records = table.records()

    def clear(of: str) -> list[str]:
        values = ((str(record["outcome"]), record[of]) for record in records)
        return [label for label, value in values if isinstance(value, float) and value < LEVEL]

    alone, together = clear("p_value"), clear(column)
    said = name.replace("_", " ")
    sentence = (
        f"{count(len(records), 'outcome')} of the family '{said}' are judged together. Judged one by one, "
        f"{len(alone)} would be called clear at {LEVEL:g}; allowing for their number, {len(together)}"
        f"{': ' + ', '.join(together) if together else ''}."
    )
    return Finding(
        id="family",
        title=f"Which effects of the family '{said}' stand when judged together?",
        status="caution" if len(together) < len(alone) else "information",
        sentence=sentence,
        table=table,
        values={
            "family": name,
            "n_outcomes": len(records),
            "n_alone": len(alone),
            "n_together": len(together),
        },
    )
