"""Store a valid wave for good: answers to `waves/`, identities to `private/`.

What was accepted is never overwritten. The same file twice is recognised; another file for the same
wave is refused unless it is meant as a numbered revision with a reason. The upload itself is not
kept, because it may hold personal data: its SHA-256 is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from mande import __version__
from mande.catalogue import Catalogue
from mande.errors import Ask, MandeError, Place, Problem, Severity, raise_errors
from mande.schema.programme import Programme
from mande.storage import RevisionStore
from mande.survey.accept_codes import (
    A_OTHER,
    A_RACE,
    A_REASON,
    A_TABLES,
    A_WHO,
    F_SAME,
    F_SUPERSEDE,
    NOTHING,
    SUPERSEDED,
)
from mande.survey.differences import compare_rows
from mande.survey.grid import Values
from mande.survey.receipt import Receipt
from mande.survey.store import (
    FORMAT,
    MANIFEST,
    REASONS_FILE,
    AcceptedWave,
    content_hash,
    decided_in,
    load_wave,
    parquet_bytes,
    read_manifest,
    wave_hash,
)
from mande.survey.table import REASONS, ROW, ConformedTable
from mande.survey.vault import SUFFIX, Key, label_of, seal
from mande.survey.verdict import Verdict
from mande.workspace import Workspace, sha256_json

__all__ = ["AcceptedWave", "Receipt", "accept_upload", "load_wave", "standing"]


@dataclass(frozen=True, slots=True)
class _Stored:
    """A table as it is stored: answers, reasons and identities, and what the manifest says of it."""

    frame: pl.DataFrame
    reasons: pl.DataFrame
    private: pl.DataFrame | None
    entry: dict[str, Any]


def accept_upload(
    verdict: Verdict | Sequence[Verdict],
    *,
    workspace: Workspace,
    programme: Programme,
    wave: str,
    by: str,
    now: dt.datetime,
    reason: str | None = None,
    revision: bool = False,
    catalogue: Catalogue | None = None,
    key: Key | None = None,
) -> Receipt:
    """Store the table or tables of a wave, checked and without errors.

    Parameters
    ----------
    verdict
        Verdict on the upload; several where a wave has several tables.
    workspace
        Where to store.
    programme
        Programme the wave belongs to.
    wave
        Id of the wave.
    by
        Who accepts.
    now
        Moment of acceptance, with its time zone.
    reason
        Why accepted data are replaced.
    revision
        Whether other data than the accepted ones become the next revision.
    catalogue
        Not needed: the definitions used are part of the verdict.
    key
        Encrypts the identities, where it is given.

    Returns
    -------
    Receipt.

    Raises
    ------
    MandeError
        Every error of the upload; A-WHO, A-OTHER, A-REASON, A-TABLES; F-SUPERSEDE, with how the rows differ,
        for other data without `revision`; W-LOCKED or A-RACE when another process is writing.
    """
    verdicts = [verdict] if isinstance(verdict, Verdict) else list(verdict)
    _check(verdicts, programme, wave, by)
    stored = {checked.table.name: _to_store(checked, checked.table) for checked in verdicts if checked.table}
    why = (reason or "").strip()
    store = workspace.store(programme.id)
    with store.lock(wave):
        newest = _Newest(workspace, programme.id, wave, stored, _decided(verdicts))
        if (known := newest.recognised(is_revision=revision)) is not None:
            return _receipt("already accepted", known, store, is_same_file=newest.is_same_file(known))
        newest.may_be_followed(is_revision=revision, reason=why)
        record = {
            "format": FORMAT,
            "programme": programme.id,
            "wave": wave,
            "revision": max(newest.manifests, default=0) + 1,
            "reason": why,
            "accepted_by": by.strip(),
            "accepted_at": now.astimezone(dt.UTC).isoformat(timespec="seconds"),
            "mande": __version__,
            "data_sha256": newest.data_sha256,
            **_of_verdicts(verdicts),
            "private_key": key.name if key else "",
        }
        return _write(store, stored, record, key)


def _of_verdicts(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return what the manifest says of warnings met and decisions applied."""
    decided = _decided(verdicts)
    return {
        "warnings": _counted(verdicts, Severity.WARNING),
        "notes": _counted(verdicts, Severity.NOTE),
        "corrections": [c.model_dump(mode="json") for v in verdicts for c in v.corrections],
        "confirmed": [entry for entry in decided if len(entry) == 2],
        "replacing": [entry for entry in decided if len(entry) == 3],
    }


def standing(verdict: Verdict, *, workspace: Workspace, programme: Programme, wave: str) -> list[Problem]:
    """Return how a file stands to what is accepted: F-SAME, F-SUPERSEDE (what differs), or nothing.

    Only a file that could be accepted is compared.
    """
    if verdict.table is None or verdict.status in ("errors", "questions"):
        return []
    stored = {verdict.table.name: _to_store(verdict, verdict.table)}
    newest = _Newest(workspace, programme.id, wave, stored, _decided([verdict]))
    known = newest.with_table(verdict.table.name)
    if known is None:
        return newest.differences() if newest.manifests else []
    if known["tables"][verdict.table.name]["upload"]["sha256"] != verdict.sha256:
        return []
    is_newest = known["revision"] == max(newest.manifests)
    values: Values = {
        "day": known["accepted_at"][:10],
        "by": known["accepted_by"],
        "wave": wave,
        "revision": known["revision"],
        "advice": NOTHING if is_newest else SUPERSEDED,
    }
    return [Problem(F_SAME, Place(file=verdict.file), values)]


def _decided(verdicts: Sequence[Verdict]) -> list[list[str]]:
    """Return what a person decided about who is who.

    The respondents that are the known ones, by table and id; then the units that stand in for others, by
    table, id, and id of the other.
    """
    same = {(c.table, c.value) for v in verdicts for c in v.corrections if c.action == "same respondent"}
    replacing = {(v.table_name, *pair) for v in verdicts for pair in v.replacing}
    return [list(entry) for entry in (*sorted(same), *sorted(replacing))]


def _check(verdicts: Sequence[Verdict], programme: Programme, wave: str, by: str) -> None:
    problems = []
    if not by.strip():
        problems.append(Problem(A_WHO, Place()))
    for verdict in verdicts:
        if (verdict.programme, verdict.wave) != (programme.id, wave):
            values = {"found": f"{verdict.programme} {verdict.wave}", "expected": f"{programme.id} {wave}"}
            problems.append(Problem(A_OTHER, Place(file=verdict.file), values))
    raise_errors([*problems, *(problem for verdict in verdicts for problem in verdict.problems)])


def _to_store(verdict: Verdict, table: ConformedTable) -> _Stored:
    """Split a table into answers and identities, and say in the manifest's words what it is."""
    personal = table.personal
    ordered = table.frame.sort(table.key)
    answers = sorted(name for name in ordered.columns if name not in personal and name != ROW)
    frame = ordered.select(*answers, ROW)
    reasons = table.reasons.filter(~pl.col("question").is_in(list(personal)))
    reasons = reasons.sort("key", "question")
    private = ordered.select(table.key, *sorted(personal), ROW) if personal else None
    questions = {name: entry.model_dump(mode="json") for name, entry in sorted(table.asked.items())}
    entry = {
        "key": table.key,
        "upload": {"file": verdict.file, "sheet": table.sheet, "sha256": verdict.sha256},
        "data_sha256": content_hash(frame, reasons, key=table.key),
        "parquet_sha256": "",
        "rows": frame.height,
        "columns": len(answers),
        "not_asked": sorted(set(table.questions) - set(table.titles)),
        "personal": sorted(personal),
        "definitions": {
            "questions_sha256": sha256_json(questions),
            "mapping_sha256": sha256_json(table.mapping.model_dump(mode="json")),
        },
    }
    return _Stored(frame, reasons, private, entry)


class _Newest:
    """What is accepted of a wave, beside what is about to be."""

    def __init__(
        self,
        workspace: Workspace,
        programme: str,
        wave: str,
        stored: Mapping[str, _Stored],
        decided: list[list[str]],
    ) -> None:
        store = workspace.store(programme)
        self.manifests = {n: read_manifest(store, wave, n) for n in store.revisions(wave)}
        self._decided = decided
        self._stored = stored
        self._entries = {name: table.entry for name, table in stored.items()}
        self.data_sha256 = wave_hash(self._entries, decided)
        self._workspace, self._programme, self._wave = workspace, programme, wave

    def recognised(self, *, is_revision: bool) -> dict[str, Any] | None:
        """Return the manifest of the revision that holds this upload already, the newest of several.

        A revision that goes back to older answers, or that brings other identities for the same answers,
        is new. The same file may read differently under changed definitions: then its data are others.
        """
        newest = max(self.manifests, default=0)
        has_identities = any(entry["personal"] for entry in self._entries.values())
        for number in sorted(self.manifests, reverse=True):
            manifest = self.manifests[number]
            if manifest["data_sha256"] != self.data_sha256:
                continue
            is_same = self.is_same_file(manifest) or not has_identities
            if not is_revision or (number == newest and is_same):
                return manifest
        return None

    def with_table(self, name: str) -> dict[str, Any] | None:
        """Return the newest revision that holds this very table, what was decided about it included."""
        own = [entry for entry in self._decided if entry[0] == name]
        for number in sorted(self.manifests, reverse=True):
            manifest = self.manifests[number]
            entry = manifest["tables"].get(name, {})
            is_same = entry.get("data_sha256") == self._entries[name]["data_sha256"]
            if is_same and [e for e in decided_in(manifest) if e[0] == name] == own:
                return manifest
        return None

    def may_be_followed(self, *, is_revision: bool, reason: str) -> None:
        """Refuse other data than those accepted, unless they are a revision with its reason and all tables.

        Raises
        ------
        MandeError
            F-SUPERSEDE, A-REASON, A-TABLES.
        """
        if not self.manifests:
            return
        if not is_revision:
            raise MandeError(self.differences())
        if not reason:
            raise MandeError([Problem(A_REASON, Place(file=self._wave))])
        if lost := self.lost_tables():
            raise MandeError([Problem(A_TABLES, Place(file=self._wave), {"found": ", ".join(lost)})])

    def lost_tables(self) -> list[str]:
        """Return the tables that the newest revision has and this upload lacks."""
        if not self.manifests:
            return []
        return sorted(set(self.manifests[max(self.manifests)]["tables"]) - set(self._stored))

    def is_same_file(self, manifest: Mapping[str, Any]) -> bool:
        """Return whether a revision was made of the very files of this upload."""
        uploads = {name: entry["upload"]["sha256"] for name, entry in self._entries.items()}
        return uploads == {n: entry["upload"]["sha256"] for n, entry in manifest["tables"].items()}

    def differences(self) -> list[Problem]:
        """Return F-SUPERSEDE for each table: how its rows differ from the newest revision."""
        accepted = load_wave(self._workspace, self._programme, self._wave)
        rows = sum(frame.height for frame in accepted.tables.values())
        problems = []
        for name, table in self._stored.items():
            before = accepted.tables.get(name)
            key = table.entry["key"]
            if before is None or key not in before.columns:
                before = table.frame.clear()
            old_reasons = accepted.reasons.filter(pl.col("table") == name)
            counts = compare_rows(before, table.frame, old_reasons, table.reasons, key=key)
            values: Values = {"table": name, "revision": accepted.revision, "rows": rows, **counts}
            place = Place(file=self._wave)
            problems.append(Problem(F_SUPERSEDE, place, values, Severity.QUESTION, _AS_REVISION))
        return problems


_AS_REVISION = Ask(command='mande accept {file} -p {programme} -w {wave} --revision --reason "..."')


def _receipt(
    status: Literal["accepted", "already accepted"],
    manifest: Mapping[str, Any],
    store: RevisionStore,
    *,
    is_same_file: bool = True,
) -> Receipt:
    tables = manifest["tables"]
    return Receipt(
        status=status,
        programme=manifest["programme"],
        wave=manifest["wave"],
        revision=manifest["revision"],
        accepted_at=manifest["accepted_at"],
        accepted_by=manifest["accepted_by"],
        rows={name: entry["rows"] for name, entry in tables.items()},
        files=tuple(entry["upload"]["file"] for entry in tables.values()),
        folder=Path(store.where(manifest["wave"], manifest["revision"])),
        warnings=manifest["warnings"],
        personal=tuple(name for entry in tables.values() for name in entry["personal"]),
        is_same_file=is_same_file,
        corrections=len(manifest.get("corrections", [])),
        key=manifest.get("private_key", ""),
    )


def _counted(verdicts: Sequence[Verdict], severity: Severity) -> dict[str, int]:
    found = (p.code.id for v in verdicts for p in v.problems if p.severity is severity)
    return dict(sorted(Counter(found).items()))


def _write(
    store: RevisionStore, stored: Mapping[str, _Stored], record: dict[str, Any], key: Key | None
) -> Receipt:
    """Publish the wave with its identities in one step."""
    wave, number = record["wave"], record["revision"]
    files = {f"{table}.parquet": parquet_bytes(entry.frame) for table, entry in stored.items()}
    reasons = pl.concat([pl.DataFrame(schema=REASONS), *(entry.reasons for entry in stored.values())])
    files[REASONS_FILE] = parquet_bytes(reasons)
    record["tables"] = {
        table: entry.entry | {"parquet_sha256": _sha256(files[f"{table}.parquet"])}
        for table, entry in sorted(stored.items())
    }
    record["reasons_sha256"] = _sha256(files[REASONS_FILE])
    files[MANIFEST] = (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()
    try:
        store.publish(wave, number, files, _identities(stored, record, key))
    except FileExistsError:
        raise MandeError([Problem(A_RACE, Place(file=wave), {"found": f"r{number:03d}"})]) from None
    return _receipt("accepted", record, store)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _identities(
    stored: Mapping[str, _Stored], record: Mapping[str, Any], key: Key | None
) -> dict[str, bytes]:
    """Return the files of identities, encrypted where there is a key."""
    found = {}
    for table, entry in stored.items():
        if entry.private is None:
            continue
        data = parquet_bytes(entry.private)
        if key is None:
            found[f"{table}.parquet"] = data
        else:
            label = label_of(record["programme"], record["wave"], record["revision"], table)
            found[f"{table}.parquet{SUFFIX}"] = seal(data, key, label=label)
    return found
