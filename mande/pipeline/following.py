"""Who was followed and who was lost, and the list of those still to be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from mande.errors import Language, MandeError, Place, Problem, Text
from mande.impact.diagnostics.balance import balance
from mande.measure import to_pandas
from mande.pipeline.data import linked_panel, with_accepted_uptake
from mande.pipeline.panel_words import said, worded
from mande.pipeline.registers import Registered, programme_register
from mande.pipeline.runs import Definitions, load_definitions
from mande.results import Finding, Table
from mande.survey.fieldwork import (
    INTERVIEWED,
    WAVE,
    attrition_problems,
    contact_table,
    lost_by,
)
from mande.survey.panel import Panel
from mande.survey.register import ARM, STRATUM
from mande.survey.replacing import replacement_table
from mande.survey.store import A_NONE, AcceptedWave, load_wave
from mande.survey.tracking import LAST, tracking_list, write_tracking
from mande.survey.uptake import TOOK_PART, uptake_table
from mande.survey.validate import P_WAVE
from mande.survey.vault import Key, read_identities
from mande.workspace import Workspace, find_workspace

APART = 0.25
"""A normalised difference beyond this is one to be named (Imbens and Rubin 2015, 14.2)."""


@dataclass(frozen=True, slots=True)
class PanelReport:
    """Units followed and lost: counts, patterns, what became of them, and by what the lost differ."""

    tables: tuple[Table, ...]
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]

    def text(self, language: Language = "en") -> str:
        """Return the report to read."""
        parts = [_table_text(worded(table, language)) for table in self.tables]
        parts += [f"{said(f.title, language)} {said(f.sentence, language)}" for f in self.findings]
        parts += [f"{p.code.id}  {p.summary(language)}: {p.found(language)}" for p in self.problems]
        return "\n\n".join(parts)

    def as_record(self, language: Language = "en") -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "tables": [
                {"caption": said(table.caption, language), "rows": table.records()} for table in self.tables
            ],
            "findings": [
                {"id": f.id, "status": f.status, "sentence": said(f.sentence, language)}
                for f in self.findings
            ],
            "problems": [problem.as_record(language) for problem in self.problems],
        }


def _table_text(table: Table) -> str:
    def shown(cell: object) -> str:
        return "-" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else str(cell)

    rows = [tuple(table.columns), *(tuple(shown(cell) for cell in row) for row in table.rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.columns))]
    lines = [
        "  " + "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([table.caption, *lines, *(f"  {note}" for note in table.notes)])


def panel_report(programme: str, *, workspace: Path | str = ".") -> PanelReport:
    """Return who was followed through the accepted waves of a programme, and who was lost.

    Raises
    ------
    MandeError
        A-NONE before any wave is accepted; the codes of the register.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    waves, panel = _linked(place, definitions)
    key = definitions.catalogue.tables[definitions.programme.entity].key
    contrast, cluster = definitions.programme.design.contrast, definitions.programme.design.cluster
    order = list(waves)
    tables = [panel.counts, panel.patterns, contact_table(panel.fieldwork)]
    if (replaced := replacement_table(panel.register, panel.frame, key=key)) is not None:
        tables.append(replaced)
    if TOOK_PART in panel.frame.columns:
        tables.append(uptake_table(panel.frame, order))
    findings = []
    problems = list(panel.problems)
    if not definitions.programme.is_repeated and contrast.baseline in waves:
        problems += attrition_problems(panel.fieldwork, contrast, key=key, order=order)
        groups = [
            c for c in dict.fromkeys((ARM, cluster, STRATUM)) if c in panel.register.columns and c != key
        ]
        for wave in order[order.index(contrast.baseline) + 1 :]:
            ends = {"baseline": contrast.baseline, "wave": wave}
            tables += [lost_by(panel.fieldwork, by, key=key, **ends) for by in groups]
            findings += lost_differ(definitions, waves, panel, key=key, wave=wave)
    return PanelReport(tuple(tables), tuple(findings), tuple(problems))


def lost_differ(
    definitions: Definitions, waves: Mapping[str, AcceptedWave], panel: Panel, *, key: str, wave: str
) -> list[Finding]:
    """Return how those lost by a wave differed at baseline from those who stayed; nothing if none were."""
    programme = definitions.programme
    baseline = programme.design.contrast.baseline
    start = waves[baseline].tables[programme.entity]
    stayed = panel.fieldwork.filter(pl.col(WAVE) == wave).select(key, (~pl.col(INTERVIEWED)).alias("lost"))
    numbers = [
        name
        for name in programme.characteristics
        if name in start.columns and (start[name].dtype.is_numeric() or start[name].dtype == pl.Boolean)
    ]
    cluster = programme.design.cluster if programme.design.cluster in panel.register.columns else key
    columns = dict.fromkeys((key, cluster))
    frame = start.select(key, *(pl.col(n).cast(pl.Float64) for n in numbers)).join(stayed, on=key)
    frame = frame.join(panel.register.select(*columns), on=key).with_columns(pl.col("lost").cast(pl.Float64))
    if not numbers or frame["lost"].n_unique() < 2:
        return []
    labels = {
        name: definitions.catalogue.questions[programme.entity][name].label.in_(programme.language)
        for name in numbers
    }
    found = balance(to_pandas(frame), characteristics=numbers, treated="lost", cluster=cluster, labels=labels)
    return [_as_losses(found, wave)]


def _as_losses(found: Finding, wave: str) -> Finding:
    """Return a comparison of groups as one of those lost with those who stayed."""
    table = found.table
    if table is None:
        return found
    differ = [
        str(record["label"])
        for record in table.records()
        if isinstance(size := record["normalised_difference"], float) and abs(size) > APART
    ]
    named = [c.replace("treated", "lost").replace("comparison", "stayed") for c in table.columns]
    caption = f"Characteristics at baseline of those lost by {wave} and those who stayed"
    sentence = (
        f"Those lost by {wave} differed at baseline in: {', '.join(differ)}."
        if differ
        else f"Those lost by {wave} were at baseline much like those who stayed."
    )
    return Finding(
        id="lost_differ",
        title="Who was lost?",
        status="caution" if differ else "good",
        sentence=sentence,
        table=replace(table, columns=tuple(named), caption=caption),
        advice="The results speak for those who stayed." if differ else "",
        values={"n_differ": len(differ)},
    )


def _linked(place: Workspace, definitions: Definitions) -> tuple[dict[str, AcceptedWave], Panel]:
    programme = definitions.programme
    store = place.store(programme.id)
    accepted = [wave.id for wave in programme.waves if store.revisions(wave.id)]
    if not accepted:
        raise MandeError([Problem(A_NONE, Place(file=programme.id), {"found": "-", "known": "-"})])
    waves = {wave: load_wave(place, programme.id, wave) for wave in accepted}
    panel = linked_panel(definitions, waves, programme_register(place, definitions))
    return waves, with_accepted_uptake(panel, place, definitions)


_TRACKED = Text(
    "To find: {to_find}; closed (refused, dead, replaced): {closed}. List: {path}",
    "À trouver : {to_find} ; clos (refus, décédées, remplacées) : {closed}. Liste : {path}",
    "Por encontrar: {to_find}; cerrados (rechazo, fallecidas, reemplazadas): {closed}. Lista: {path}",
)
_IDENTIFIES = Text(
    "The list identifies people: do not mail it, and delete it when the fieldwork is over.",
    "La liste identifie des personnes : ne l'envoyez pas, et supprimez-la après le terrain.",
    "La lista identifica a personas: no la envíe, y bórrela al terminar el campo.",
)


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tracking list that was written."""

    path: Path
    to_find: int
    closed: int
    with_contacts: bool

    def text(self, language: Language = "en") -> str:
        """Return what was done, to read."""
        told = _TRACKED.in_(language).format(to_find=self.to_find, closed=self.closed, path=self.path)
        return "\n".join([told, *([_IDENTIFIES.in_(language)] if self.with_contacts else [])])


def track(
    programme: str,
    wave: str,
    out: Path,
    *,
    contacts: bool = False,
    key: Key | None = None,
    language: Language = "en",
    workspace: Path | str = ".",
) -> Tracked:
    """Write the list of units that are still to be found in a wave.

    Parameters
    ----------
    programme, wave
        What is in the field; the wave need not have been accepted.
    out
        The workbook.
    contacts
        Whether names, phone numbers and the like are put beside, from the wave each unit was last seen in.
    key
        Opens identities that are encrypted.
    language
        Of the workbook.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        P-WAVE, A-NONE; K-NONE, K-WRONG or K-ABSENT with `contacts`; the codes of the register.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    known = [entry.id for entry in definitions.programme.waves]
    if wave not in known:
        raise MandeError([Problem(P_WAVE, Place(), {"found": wave, "known": ", ".join(known), "hint": ""})])
    waves, panel = _linked(place, definitions)
    own, entity = definitions.programme, definitions.programme.entity
    unit = definitions.catalogue.tables[entity].key
    fieldwork = panel.fieldwork if wave in waves else _with_wave(definitions, waves, panel, unit, wave)
    listed = tracking_list(fieldwork, waves, table=entity, key=unit, wave=wave, cluster=own.design.cluster)
    beside = _contacts(place, definitions, waves, listed, key) if contacts else None
    to_find, closed = write_tracking(listed, out, contacts=beside, key=unit, language=language)
    return Tracked(out, to_find, closed, contacts)


def _with_wave(
    definitions: Definitions, waves: Mapping[str, AcceptedWave], panel: Panel, key: str, wave: str
) -> pl.DataFrame:
    """Return the fieldwork with a wave nobody of which has been accepted yet."""
    empty = next(iter(waves.values()))
    entity = definitions.programme.entity
    nobody = {entity: empty.tables[entity].clear()}
    coming = AcceptedWave(nobody, empty.reasons.clear(), empty.manifest)
    order = [entry.id for entry in definitions.programme.waves]
    whole = {name: waves.get(name, coming) for name in order if name in waves or name == wave}
    return linked_panel(definitions, whole, Registered(panel.register)).fieldwork


def _contacts(
    place: Workspace,
    definitions: Definitions,
    waves: Mapping[str, AcceptedWave],
    listed: pl.DataFrame,
    key: Key | None,
) -> pl.DataFrame:
    """Return the identities of the listed units, each from the wave it was last interviewed in."""
    own, entity = definitions.programme, definitions.programme.entity
    unit = definitions.catalogue.tables[entity].key
    parts = []
    for (wave,), part in listed.filter(pl.col(LAST).is_not_null()).group_by([LAST]):
        name = str(wave)
        found = read_identities(place.store(own.id), own.id, name, waves[name].revision, entity, key)
        parts.append(found.drop("row").join(part.select(unit), on=unit, how="semi"))
    return pl.concat(parts, how="diagonal") if parts else listed.select(unit).clear()
