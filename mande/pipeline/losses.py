"""Losses as findings: told once for the programme, and again with every result they may bend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mande.pipeline.data import MeasuredData
from mande.pipeline.following import lost_differ
from mande.pipeline.runs import Definitions
from mande.results import Cell, Finding
from mande.survey.fieldwork import A_ATTRITION, attrition_problems, contact_table
from mande.survey.register import STATUS
from mande.workspace import Workspace


def loss_findings(definitions: Definitions, data: MeasuredData) -> list[Finding]:
    """Return who was lost between the waves of the contrast, one finding for each wave that lost anybody.

    Empty where nobody was lost, or the programme asks other units each time.
    """
    programme = definitions.programme
    if programme.is_repeated:
        return []
    key = definitions.catalogue.tables[programme.entity].key
    order = [wave.id for wave in programme.waves]
    found = attrition_problems(data.panel.fieldwork, programme.design.contrast, key=key, order=order)
    return [
        Finding(
            id="losses",
            title="Were units lost?",
            status="caution",
            sentence=f"Of the {programme.unit_name[1]} interviewed in {problem.values['baseline']}, by "
            f"{problem.values['wave']} {problem.found()}.",
            advice=problem.fix(),
        )
        for problem in found
        if problem.code is A_ATTRITION
    ]


def contact_findings(definitions: Definitions, data: MeasuredData) -> list[Finding]:
    """Return what became of the units where the register says so, and how those lost differed at baseline."""
    programme = definitions.programme
    key = definitions.catalogue.tables[programme.entity].key
    found = []
    if any(name.startswith(STATUS) for name in data.panel.register.columns):
        table = contact_table(data.panel.fieldwork)
        sentence = "The register tells units that were met from those nobody reached."
        title = "What became of the units?"
        found.append(Finding("contact", title, "information", sentence, table))
    follow_up = programme.design.contrast.follow_up
    if not programme.is_repeated and follow_up != programme.design.contrast.baseline:
        found += lost_differ(definitions, data.waves, data.panel, key=key, wave=follow_up)
    return found


def decision_rows(
    place: Workspace, definitions: Definitions, data: MeasuredData
) -> Iterator[tuple[Cell, ...]]:
    """Yield rows of the trail: decisions of the correction log by wave, and interviews set aside."""
    for wave in definitions.programme.waves:
        manifest = place.manifest(definitions.programme.id, wave.id) or {}
        counts = Counter(entry["action"] for entry in manifest.get("corrections", []))
        for action, n in sorted(counts.items()):
            yield (f"wave {wave.id}", f"decisions of the correction log: {action}", n)
        rows = manifest.get("notes", {}).get("I-DUPROW", 0)
        if rows:
            yield (f"wave {wave.id}", "repeated rows left out", rows)
    aside = Counter(data.panel.set_aside["wave"].to_list())
    unknown = Counter(data.panel.unlinked["wave"].to_list())
    for wave in definitions.programme.waves:
        if n := unknown[wave.id] - aside[wave.id]:
            yield (f"wave {wave.id}", "interviews set aside: not in the register", n)
        if n := aside[wave.id]:
            yield (f"wave {wave.id}", "interviews set aside: another person under the id", n)
