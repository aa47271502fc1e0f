"""Store a valid wave for good: answers to `waves/`, identities to `private/`.

What was accepted is never overwritten. The same file twice is recognised; another file for the same
wave is refused unless it is meant as a numbered revision with a reason. The upload itself is not
kept, because it may hold personal data: its SHA-256 is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from mande import __version__
from mande.catalogue import Catalogue
from mande.errors import Code, MandeError, Place, Problem, Severity, Text, raise_errors
from mande.schema.programme import Programme
from mande.survey.receipt import Receipt
from mande.survey.store import (
    FORMAT,
    MANIFEST,
    REASONS_FILE,
    AcceptedWave,
    content_hash,
    load_wave,
    parquet_bytes,
    read_manifest,
    wave_hash,
)
from mande.survey.table import REASONS, ROW, ConformedTable
from mande.survey.verdict import Verdict
from mande.workspace import Workspace, locked, publish_folder, sha256_json, write_atomic

__all__ = ["AcceptedWave", "Receipt", "accept_upload", "load_wave"]

F_SUPERSEDE = Code(
    "F-SUPERSEDE",
    Text(
        "another file has been accepted for this wave",
        "un autre fichier a été accepté pour cette vague",
        "ya se aceptó otro archivo para esta ronda",
    ),
    Text(
        "the accepted file, or a revision with a reason",
        "le fichier accepté, ou une révision motivée",
        "el archivo aceptado, o una revisión con motivo",
    ),
    Text(
        'If it corrects the accepted one: `mande accept ... --revision --reason "what was corrected"`.',
        'S\'il corrige le fichier accepté : `mande accept ... --revision --reason "ce qui est corrigé"`.',
        'Si corrige el aceptado: `mande accept ... --revision --reason "qué se corrigió"`.',
    ),
    Text(
        "{table}: rows the same {same}, changed {changed}, new {new}, gone {gone}",
        "{table} : lignes identiques {same}, modifiées {changed}, nouvelles {new}, disparues {gone}",
        "{table}: filas iguales {same}, cambiadas {changed}, nuevas {new}, desaparecidas {gone}",
    ),
)
A_REASON = Code(
    "A-REASON",
    Text("a revision needs a reason", "une révision doit être motivée", "una revisión necesita un motivo"),
    Text("why the accepted data are replaced", "le motif du remplacement", "por qué se reemplazan los datos"),
    Text('Add `--reason "..."`.', 'Ajoutez `--reason "..."`.', 'Añada `--reason "..."`.'),
    Text(""),
)
A_WHO = Code(
    "A-WHO",
    Text(
        "nobody is named as accepting", "personne n'est nommé pour l'acceptation", "no se nombra quién acepta"
    ),
    Text("a name or user name", "un nom ou nom d'utilisateur", "un nombre o usuario"),
    Text("Add `--by NAME`.", "Ajoutez `--by NOM`.", "Añada `--by NOMBRE`."),
    Text(""),
)
A_OTHER = Code(
    "A-OTHER",
    Text(
        "the file was checked for another wave or programme",
        "le fichier a été vérifié pour une autre vague",
        "el archivo se revisó para otra ronda",
    ),
    Text("{expected}"),
    Text("Check the file for this wave first.", "Vérifiez-le pour cette vague.", "Revíselo para esta ronda."),
)
PRIVATE_FOLDER_MODE = 0o700


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

    Returns
    -------
    Receipt.

    Raises
    ------
    MandeError
        Every error of the upload; A-WHO, A-OTHER, A-REASON; F-SUPERSEDE, with how the rows differ,
        for other data without `revision`; W-LOCKED when another process is writing.
    """
    verdicts = [verdict] if isinstance(verdict, Verdict) else list(verdict)
    _check(verdicts, programme, wave, by)
    stored = {checked.table.name: _to_store(checked, checked.table) for checked in verdicts if checked.table}
    hashes = {name: table.entry for name, table in stored.items()}
    with locked(workspace.wave_dir(programme.id, wave).parent / f".{wave}.lock"):
        known = workspace.revisions(programme.id, wave)
        manifests = [read_manifest(folder) for folder in known]
        for folder, manifest in reversed(list(zip(known, manifests, strict=True))):
            if _is_known(manifest, hashes, is_revision=revision, is_newest=folder == known[-1]):
                return _recognised(manifest, folder, hashes)
        if known and not revision:
            raise MandeError(_differences(load_wave(workspace, programme.id, wave), stored, wave))
        if known and not (reason or "").strip():
            raise MandeError([Problem(A_REASON, Place(file=wave))])
        number = int(known[-1].name[1:]) + 1 if known else 1
        record = {
            "format": FORMAT,
            "programme": programme.id,
            "wave": wave,
            "revision": number,
            "reason": (reason or "").strip(),
            "accepted_by": by.strip(),
            "accepted_at": now.astimezone(dt.UTC).isoformat(timespec="seconds"),
            "mande": __version__,
            "data_sha256": wave_hash(hashes),
            "warnings": _warnings(verdicts),
        }
        return _write(workspace, stored, record)


def _check(verdicts: Sequence[Verdict], programme: Programme, wave: str, by: str) -> None:
    problems = [problem for verdict in verdicts for problem in verdict.problems]
    if not by.strip():
        problems.append(Problem(A_WHO, Place()))
    for verdict in verdicts:
        if (verdict.programme, verdict.wave) != (programme.id, wave):
            values = {"found": f"{verdict.programme} {verdict.wave}", "expected": f"{programme.id} {wave}"}
            problems.append(Problem(A_OTHER, Place(file=verdict.file), values))
    raise_errors(problems)


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


def _is_known(
    manifest: Mapping[str, Any], hashes: Mapping[str, dict[str, Any]], *, is_revision: bool, is_newest: bool
) -> bool:
    """Return whether a stored revision holds this upload already.

    A revision that goes back to older answers, or that brings other identities for the same answers,
    is new.
    """
    uploads = {name: entry["upload"]["sha256"] for name, entry in hashes.items()}
    same_file = uploads == {n: entry["upload"]["sha256"] for n, entry in manifest["tables"].items()}
    same_data = bool(manifest["data_sha256"] == wave_hash(hashes))
    if is_revision:
        return is_newest and same_data and (same_file or not any(e["personal"] for e in hashes.values()))
    # The same file may read differently under changed definitions: then its data are others.
    return same_data


def _recognised(manifest: Mapping[str, Any], folder: Path, hashes: Mapping[str, dict[str, Any]]) -> Receipt:
    uploads = {entry["upload"]["sha256"] for entry in hashes.values()}
    stored = {entry["upload"]["sha256"] for entry in manifest["tables"].values()}
    return _receipt("already accepted", manifest, folder, is_same_file=uploads == stored)


def _receipt(
    status: Literal["accepted", "already accepted"],
    manifest: Mapping[str, Any],
    folder: Path,
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
        folder=folder,
        warnings=manifest["warnings"],
        personal=tuple(name for entry in tables.values() for name in entry["personal"]),
        is_same_file=is_same_file,
    )


def _differences(accepted: AcceptedWave, stored: Mapping[str, _Stored], wave: str) -> list[Problem]:
    problems = []
    for name, table in stored.items():
        before = accepted.tables.get(name)
        key = table.entry["key"]
        if before is None or key not in before.columns:
            before = table.frame.clear()
        old_reasons = accepted.reasons.filter(pl.col("table") == name)
        counts = compare_rows(before, table.frame, old_reasons, table.reasons, key=key)
        problems.append(Problem(F_SUPERSEDE, Place(file=wave), {"table": name, **counts}))
    return problems


def compare_rows(
    before: pl.DataFrame,
    after: pl.DataFrame,
    old_reasons: pl.DataFrame,
    new_reasons: pl.DataFrame,
    *,
    key: str,
) -> dict[str, int]:
    """Return how many rows are `same`, `changed`, `new` and `gone`, matched by key.

    A row is the same when all its answers and its reasons for missing ones are; a column that only
    one side has counts as changed.
    """
    old_keys, new_keys = set(before[key].to_list()), set(after[key].to_list())
    both = old_keys & new_keys
    changed: set[str] = set()
    if set(before.columns) != set(after.columns):
        changed = both
    else:
        answers = [name for name in before.columns if name not in (key, ROW)]
        pairs = before.join(after, on=key, how="inner", suffix=" (new)")
        if answers:
            differs = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c} (new)")) for c in answers)
            changed = set(pairs.filter(differs)[key].to_list())
        columns = ["key", "question", "reason"]
        old, new = old_reasons.select(columns), new_reasons.select(columns)
        moved = pl.concat([old.join(new, on=columns, how="anti"), new.join(old, on=columns, how="anti")])
        changed |= set(moved["key"].to_list()) & both
    return {
        "same": len(both) - len(changed),
        "changed": len(changed),
        "new": len(new_keys - old_keys),
        "gone": len(old_keys - new_keys),
    }


def _warnings(verdicts: Sequence[Verdict]) -> dict[str, int]:
    found = (p.code.id for v in verdicts for p in v.problems if p.severity is Severity.WARNING)
    return dict(sorted(Counter(found).items()))


def _write(workspace: Workspace, stored: Mapping[str, _Stored], record: dict[str, Any]) -> Receipt:
    """Write identities first, then the wave in one step: an accepted wave never lacks its identities."""
    programme, wave, name = record["programme"], record["wave"], f"r{record['revision']:03d}"
    _write_private(workspace.private_dir(programme, wave) / name, stored)
    files = {f"{table}.parquet": parquet_bytes(entry.frame) for table, entry in stored.items()}
    reasons = pl.concat([pl.DataFrame(schema=REASONS), *(entry.reasons for entry in stored.values())])
    files[REASONS_FILE] = parquet_bytes(reasons)
    record["tables"] = {
        table: entry.entry | {"parquet_sha256": _sha256(files[f"{table}.parquet"])}
        for table, entry in sorted(stored.items())
    }
    record["reasons_sha256"] = _sha256(files[REASONS_FILE])
    files[MANIFEST] = (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()
    folder = workspace.wave_dir(programme, wave) / name
    publish_folder(folder, files)
    return _receipt("accepted", record, folder)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write_private(folder: Path, stored: Mapping[str, _Stored]) -> None:
    private = {name: table.private for name, table in stored.items() if table.private is not None}
    if not private:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for level in (folder.parent.parent, folder.parent, folder):
        os.chmod(level, PRIVATE_FOLDER_MODE)
    for name, frame in private.items():
        write_atomic(folder / f"{name}.parquet", parquet_bytes(frame), private=True)
