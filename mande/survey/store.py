"""Accepted waves on disk: content hashes, Parquet files and their checked reading.

The content hash of a table depends on its answers alone: not on the order of rows or columns, the
row numbers of the upload, the file's name or the program that wrote the Parquet file.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from mande.errors import Code, MandeError, Place, Problem, Text
from mande.schema.question import Question
from mande.storage import RevisionStore, folder_name
from mande.survey.parse import DTYPES
from mande.survey.table import ROW
from mande.workspace import Workspace

A_NONE = Code(
    "A-NONE",
    Text("the wave has not been accepted", "la vague n'a pas été acceptée", "la ronda no ha sido aceptada"),
    Text("one of: {known}", "une de : {known}", "una de: {known}"),
    Text(
        "Accept its file first: `mande accept FILE`.",
        "Acceptez d'abord son fichier : `mande accept FICHIER`.",
        "Acepte primero su archivo: `mande accept ARCHIVO`.",
    ),
)
A_TAMPERED = Code(
    "A-TAMPERED",
    Text(
        "accepted data have been changed after they were accepted",
        "des données acceptées ont été modifiées depuis",
        "los datos aceptados se modificaron después",
    ),
    Text("the content that was accepted", "le contenu accepté", "el contenido aceptado"),
    Text(
        "Restore the file from a backup; to correct data, accept a corrected upload as a revision.",
        "Restaurez le fichier ; pour corriger, acceptez un fichier corrigé comme révision.",
        "Restaure el archivo; para corregir, acepte un archivo corregido como revisión.",
    ),
)

MANIFEST = "manifest.json"
REASONS_FILE = "reasons.parquet"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class AcceptedWave:
    """Data of one accepted revision of a wave.

    `tables` maps each table to its frame: one row per respondent sorted by key, a column per question
    and `row`, the row number in the upload; personal questions are not in it. `reasons` says why a
    value is null (columns table, key, question, reason). `manifest` is the record of the acceptance.
    """

    tables: Mapping[str, pl.DataFrame]
    reasons: pl.DataFrame
    manifest: Mapping[str, Any]

    @property
    def revision(self) -> int:
        """Number of the revision, from 1."""
        return int(self.manifest["revision"])


def with_all_questions(
    accepted: AcceptedWave, questions: Mapping[str, Mapping[str, Question]]
) -> AcceptedWave:
    """Return the wave with a column of nulls for each question it did not ask, and 'not asked' as reason.

    So that an indicator whose question is absent from one wave is missing there, with its reason, and
    the others can still be worked out. Personal questions stay away.
    """
    tables = dict(accepted.tables)
    reasons = [accepted.reasons]
    for name, frame in accepted.tables.items():
        key = accepted.manifest["tables"][name]["key"]
        absent = {
            q: entry
            for q, entry in questions.get(name, {}).items()
            if q not in frame.columns and not entry.personal
        }
        nulls = [pl.lit(None, dtype=DTYPES[entry.type]).alias(q) for q, entry in absent.items()]
        tables[name] = frame.with_columns(nulls)
        for question in absent:
            told = [pl.lit(name).alias("table"), pl.col(key).cast(pl.String).alias("key")]
            told += [pl.lit(question).alias("question"), pl.lit("not asked").alias("reason")]
            reasons.append(frame.select(told).select(accepted.reasons.columns))
    return replace(accepted, tables=MappingProxyType(tables), reasons=pl.concat(reasons))


def content_hash(frame: pl.DataFrame, reasons: pl.DataFrame, *, key: str) -> str:
    """Return the SHA-256 of a table's answers and of the reasons for missing ones.

    Rows are taken in the order of `key`, columns by name; numbers as their 64 bits, texts as UTF-8.
    """
    digest = hashlib.sha256(b"mande table 1\n")
    ordered = frame.sort(key)
    for name in sorted(column for column in frame.columns if column != ROW):
        _add_column(digest, name, ordered[name])
    why = reasons.select("key", "question", "reason").sort("key", "question", "reason")
    for name in why.columns:
        _add_column(digest, f"reasons.{name}", why[name])
    return digest.hexdigest()


def _add_column(digest: Any, name: str, values: pl.Series) -> None:
    kind, data = _column_bytes(values)
    missing = np.packbits(values.is_null().to_numpy().astype(np.uint8)).tobytes()
    header = f"{name}\n{kind}\n{len(values)}\n{len(missing)}\n{len(data)}\n"
    digest.update(header.encode())
    digest.update(missing)
    digest.update(data)


def _column_bytes(values: pl.Series) -> tuple[str, bytes]:
    """Return the kind of a column and its values as bytes; missing ones as zero or empty text."""
    dtype = values.dtype
    if dtype == pl.String:
        texts = [text.encode() for text in values.fill_null("").to_list()]
        lengths = np.fromiter((len(text) for text in texts), "<i8", count=len(texts))
        return "text", lengths.tobytes() + b"".join(texts)
    if dtype == pl.Boolean:
        return "yes_no", values.fill_null(value=False).to_numpy().astype("<i8").tobytes()
    if dtype == pl.Date:
        return "date", values.cast(pl.Int32).cast(pl.Int64).fill_null(0).to_numpy().astype("<i8").tobytes()
    if dtype.is_integer():
        return "integer", values.cast(pl.Int64).fill_null(0).to_numpy().astype("<i8").tobytes()
    numbers = values.cast(pl.Float64).fill_null(0.0).to_numpy() + 0.0  # -0.0 becomes 0.0
    return "number", numbers.astype("<f8").tobytes()


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """Return a frame as a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def load_wave(
    workspace: Workspace,
    programme: str,
    wave: str,
    revision: int | None = None,
    *,
    only: Sequence[str] | None = None,
) -> AcceptedWave:
    """Return an accepted wave; the newest revision where none is named, `only` these tables where some are.

    Raises
    ------
    MandeError
        A-NONE when there is no such wave or revision; A-TAMPERED, for each file, when what is stored
        is not what was accepted.
    """
    store = workspace.store(programme)
    known = store.revisions(wave)
    if not known or (revision is not None and revision not in known):
        shown = ", ".join(folder_name(number) for number in known) or ", ".join(store.waves()) or "-"
        found = wave if revision is None else f"{wave} {folder_name(revision)}"
        raise MandeError([Problem(A_NONE, Place(file=programme), {"found": found, "known": shown})])
    number = known[-1] if revision is None else revision
    manifest = read_manifest(store, wave, number)
    wanted = {n: entry for n, entry in manifest["tables"].items() if only is None or n in only}
    names = {name: f"{name}.parquet" for name in wanted}
    expected = {names[name]: entry["parquet_sha256"] for name, entry in wanted.items()}
    expected[REASONS_FILE] = manifest["reasons_sha256"]
    content = {file: _intact(store, wave, number, file, digest) for file, digest in expected.items()}
    if changed := [file for file, data in content.items() if data is None]:
        raise MandeError([_tampered(store, wave, number, file) for file in changed])
    frames = {file: pl.read_parquet(io.BytesIO(data)) for file, data in content.items() if data is not None}
    tables = {name: frames[file] for name, file in names.items()}
    reasons = frames[REASONS_FILE]
    for name, entry in wanted.items():
        own = reasons.filter(pl.col("table") == name)
        if content_hash(tables[name], own, key=entry["key"]) != entry["data_sha256"]:
            raise MandeError([_tampered(store, wave, number, names[name])])
    return AcceptedWave(MappingProxyType(tables), reasons, MappingProxyType(manifest))


def read_manifest(store: RevisionStore, wave: str, revision: int) -> dict[str, Any]:
    """Return the manifest of one accepted revision.

    Raises
    ------
    MandeError
        A-TAMPERED when it is missing or not a manifest.
    """
    try:
        manifest: dict[str, Any] = json.loads(store.read(wave, revision, MANIFEST))
        entries = manifest["tables"].values()
        fits = manifest["format"] == FORMAT and "reasons_sha256" in manifest and "data_sha256" in manifest
        fits = fits and all({"parquet_sha256", "data_sha256", "key"} <= entry.keys() for entry in entries)
        fits = fits and manifest["data_sha256"] == wave_hash(manifest["tables"], decided_in(manifest))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        fits = False
    if not fits:
        raise MandeError([_tampered(store, wave, revision, MANIFEST)])
    return manifest


def confirmed_in(manifest: Mapping[str, Any]) -> list[list[str]]:
    """Return the respondents a person has confirmed to be the same in spite of what differs: table, id."""
    return [list(entry) for entry in manifest.get("confirmed", [])]


def decided_in(manifest: Mapping[str, Any]) -> list[list[str]]:
    """Return all decisions about who is who: those of `confirmed_in`, and table, id and the id replaced."""
    return [*confirmed_in(manifest), *(list(entry) for entry in manifest.get("replacing", []))]


def wave_hash(tables: Mapping[str, Mapping[str, Any]], decided: Sequence[Sequence[str]] = ()) -> str:
    """Return one content hash for all tables of a wave, and for what was decided about who is who."""
    lines = [f"{name} {entry['data_sha256']}" for name, entry in sorted(tables.items())]
    kinds = {2: "confirmed", 3: "replacing"}
    lines += [" ".join((kinds[len(entry)], *entry)) for entry in sorted(decided, key=lambda e: (len(e), e))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _intact(store: RevisionStore, wave: str, revision: int, file: str, expected: str) -> bytes | None:
    """Return a file's content, or None where it is missing or has another hash."""
    try:
        data = store.read(wave, revision, file)
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == expected else None


def _tampered(store: RevisionStore, wave: str, revision: int, file: str) -> Problem:
    parts = store.where(wave, revision).replace("\\", "/").split("/")[-4:]
    return Problem(A_TAMPERED, Place(file="/".join((*parts, file))), {"found": file})
