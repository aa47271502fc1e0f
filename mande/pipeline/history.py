"""What was accepted when, by whom and why, and what changed between two revisions or waves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mande.errors import Code, Language, MandeError, Place, Problem, Text
from mande.pipeline.runs import Definitions, load_definitions
from mande.storage import folder_name
from mande.survey.differences import TableDifference, compare_tables, difference_text
from mande.survey.mapping import with_key
from mande.survey.store import AcceptedWave, load_wave, read_manifest
from mande.workspace import find_workspace

P_COMPARE = Code(
    "P-COMPARE",
    Text("there is nothing to compare with", "il n'y a rien à comparer", "no hay con qué comparar"),
    Text(
        "two waves, or one wave and --revisions R1 R2",
        "deux vagues, ou une vague et --revisions R1 R2",
        "dos rondas, o una ronda y --revisions R1 R2",
    ),
    Text(
        "`mande waves PROGRAMME` shows what there is.",
        "`mande waves PROGRAMME` montre ce qu'il y a.",
        "`mande waves PROGRAMA` muestra lo que hay.",
    ),
)


@dataclass(frozen=True, slots=True)
class Revision:
    """One accepted revision of a wave, as its manifest tells."""

    wave: str
    revision: int
    accepted_at: str
    accepted_by: str
    reason: str
    rows: Mapping[str, int]
    data_sha256: str
    files: tuple[str, ...]
    corrections: int
    warnings: int

    def as_record(self) -> dict[str, Any]:
        """Return the revision as plain values."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "rows": dict(self.rows),
            "files": list(self.files),
        }


def wave_history(programme: str, *, workspace: Path | str = ".") -> list[Revision]:
    """Return every accepted revision of a programme, by wave in the programme's order, oldest first.

    Raises
    ------
    MandeError
        When the workspace, the programme or a manifest is not right.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    store = place.store(programme)
    order = [wave.id for wave in definitions.programme.waves]
    found = []
    # A wave that programme.yaml no longer names has its history too.
    for wave in [*order, *(name for name in store.waves() if name not in order)]:
        found += [_revision(read_manifest(store, wave, number)) for number in store.revisions(wave)]
    return found


def _revision(manifest: Mapping[str, Any]) -> Revision:
    tables = manifest["tables"]
    return Revision(
        wave=manifest["wave"],
        revision=manifest["revision"],
        accepted_at=manifest["accepted_at"],
        accepted_by=manifest["accepted_by"],
        reason=manifest["reason"],
        rows={name: entry["rows"] for name, entry in tables.items()},
        data_sha256=manifest["data_sha256"],
        files=tuple(entry["upload"]["file"] for entry in tables.values()),
        corrections=len(manifest.get("corrections", [])),
        warnings=sum(manifest["warnings"].values()),
    )


_NONE_YET = Text(
    "No wave has been accepted yet.",
    "Aucune vague n'a encore été acceptée.",
    "Aún no se ha aceptado ninguna ronda.",
)
_FILES = Text("file: {files}", "fichier : {files}", "archivo: {files}")
_REASON = Text("reason: {reason}", "raison : {reason}", "razón: {reason}")
_CORRECTED = Text("{n} corrections of the log", "{n} corrections du journal", "{n} correcciones del registro")
_WARNED = Text("{n} warnings", "{n} avertissements", "{n} avisos")
_WITH = Text("with {told}", "avec {told}", "con {told}")
_ONLY_ONE = Text(
    "Only in one of them: {names}",
    "Dans l'une des deux seulement : {names}",
    "Solo en una de las dos: {names}",
)


def history_text(revisions: list[Revision], language: Language = "en") -> str:
    """Return a history to read."""
    if not revisions:
        return _NONE_YET.in_(language)
    lines = []
    for entry in revisions:
        rows = ", ".join(f"{n} {table}" for table, n in entry.rows.items())
        lines.append(
            f"{entry.wave}  {folder_name(entry.revision)}  {entry.accepted_at[:16].replace('T', ' ')} UTC  "
            f"{entry.accepted_by}  {rows}  {entry.data_sha256[:12]}"
        )
        told = [_CORRECTED.in_(language).format(n=entry.corrections)] if entry.corrections else []
        told += [_WARNED.in_(language).format(n=entry.warnings)] if entry.warnings else []
        below = [_FILES.in_(language).format(files=", ".join(entry.files))]
        below += [_REASON.in_(language).format(reason=entry.reason)] if entry.reason else []
        below += [_WITH.in_(language).format(told=", ".join(told))] if told else []
        lines += [f"    {line}" for line in below]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two accepted states differ, by table. No personal or protected value is in it."""

    titles: tuple[str, str]
    tables: Mapping[str, TableDifference]
    missing: tuple[str, ...] = ()

    def text(self, language: Language = "en") -> str:
        """Return the comparison to read."""
        lost = [f"\n{_ONLY_ONE.in_(language).format(names=', '.join(self.missing))}"] if self.missing else []
        return "\n".join([difference_text(self.tables, self.titles, language), *lost])

    def as_record(self) -> dict[str, Any]:
        """Return the comparison as plain values."""
        return {
            "before": self.titles[0],
            "after": self.titles[1],
            "tables": [entry.as_record() for entry in self.tables.values()],
            "only_in_one": list(self.missing),
        }


def compare(
    programme: str,
    first: str,
    second: str | None = None,
    *,
    revisions: tuple[int, int] | None = None,
    workspace: Path | str = ".",
) -> Comparison:
    """Return what changed between two waves, or between two revisions of one.

    Parameters
    ----------
    programme
        Id of the programme.
    first, second
        Two waves (their newest revisions); or one, with `revisions`.
    revisions
        The two revisions; by default the newest and the one before it.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        P-COMPARE, A-NONE or A-TAMPERED.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    known = place.store(programme).revisions(first)
    if second is not None and revisions is None:
        sides = (load_wave(place, programme, first), load_wave(place, programme, second))
        return _compared(definitions, sides, (first, second))
    if second is not None or (revisions is None and len(known) < 2):
        raise MandeError([Problem(P_COMPARE, Place(file=programme), {"found": first})])
    before, after = revisions or (known[-2], known[-1])
    sides = (load_wave(place, programme, first, before), load_wave(place, programme, first, after))
    return _compared(definitions, sides, (f"{first} {folder_name(before)}", f"{first} {folder_name(after)}"))


def _compared(
    definitions: Definitions, sides: tuple[AcceptedWave, AcceptedWave], titles: tuple[str, str]
) -> Comparison:
    before, after = sides
    shared = [name for name in before.tables if name in after.tables]
    tables = {}
    for name in shared:
        schema = definitions.catalogue.tables[name]
        questions = with_key(definitions.catalogue.questions.get(name, {}), schema)
        hidden = {
            q
            for q in {*before.tables[name].columns, *after.tables[name].columns}
            if q not in questions or questions[q].personal or questions[q].sensitivity == "protected"
        }
        tables[name] = compare_tables(
            name,
            before.tables[name],
            after.tables[name],
            (before.reasons, after.reasons),
            key=schema.key,
            hidden=frozenset(hidden),
        )
    missing = tuple(sorted(set(before.tables) ^ set(after.tables)))
    return Comparison(titles, tables, missing)
