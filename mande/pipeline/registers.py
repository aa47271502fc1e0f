"""The register that a programme is followed and estimated by, wherever its parts lie.

`register.csv`, and the table `register` of accepted waves: every one counts, none wins (see
`mande.survey.registers`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from mande.errors import MandeError, Problem
from mande.pipeline.runs import Definitions
from mande.survey.programme_tables import REGISTER
from mande.survey.register import read_register
from mande.survey.registers import (
    Source,
    accepted_register,
    differences,
    one_register,
    only_in,
    value_problems,
)
from mande.survey.replacing import replacing_in, with_replacements
from mande.survey.store import AcceptedWave, load_wave, read_manifest
from mande.survey.verdict import Verdict
from mande.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Registered:
    """A programme's register (columns as `read_register` gives them), and warnings about where it stands."""

    frame: pl.DataFrame
    problems: tuple[Problem, ...] = ()


def programme_register(place: Workspace, definitions: Definitions) -> Registered:
    """Return every unit of the design, with the replacements that were decided about.

    Raises
    ------
    MandeError
        What is wrong with `register.csv`, or that there is no register at all; R-DIFFER where registers
        contradict each other.
    """
    programme, key = definitions.programme, _key(definitions)
    waves = list(_waves_with(place, definitions, REGISTER))
    accepted = [_source(name, wave, definitions) for name, wave in waves]
    path = definitions.folder / programme.register_file
    sources = list(accepted)
    problems: list[Problem] = []
    if path.is_file() or not accepted:
        known = {unit for source in accepted for unit in source.frame[key].to_list()}
        own = Source(path.name, read_register(path, programme, key=key, elsewhere=known))
        sources.append(own)
        problems += only_in(own, accepted, key=key)
    whole = one_register(sources, programme, key=key) if accepted else sources[0].frame
    frame, told = with_replacements(whole, _manifests(place, definitions), programme, key=key)
    return Registered(frame, (*problems, *told))


def has_register(place: Workspace, definitions: Definitions) -> bool:
    """Return whether the programme has a register, as a file or accepted with a wave."""
    if (definitions.folder / definitions.programme.register_file).is_file():
        return True
    return any(REGISTER in manifest["tables"] for _, manifest in _manifests(place, definitions))


def accepted_people(place: Workspace, definitions: Definitions, *, but: str = "") -> pl.DataFrame | None:
    """Return the units that accepted waves brought (columns id, place); None where there are none.

    They stand in accepted registers, or for a unit that was replaced. `but` is the wave that is being
    uploaded again.
    """
    key, cluster = _key(definitions), definitions.programme.design.cluster
    parts = [
        wave.tables[REGISTER].select(
            pl.col(key).alias("id"),
            (pl.lit(None, dtype=pl.String) if cluster == key else pl.col(cluster)).alias("place"),
        )
        for _, wave in _waves_with(place, definitions, REGISTER, but=but)
    ]
    stand_in = [
        unit
        for name, manifest in _manifests(place, definitions)
        for unit, _ in (replacing_in(manifest, definitions.programme.entity) if name != but else ())
    ]
    if stand_in:
        parts.append(
            pl.DataFrame({"id": stand_in}).select("id", pl.lit(None, dtype=pl.String).alias("place"))
        )
    return pl.concat(parts).unique("id", keep="first", maintain_order=True) if parts else None


def register_problems(
    place: Workspace, definitions: Definitions, verdict: Verdict, wave: str
) -> list[Problem]:
    """Return what is wrong with an uploaded register in itself (R-VALUE), and beside those there already.

    R-DIFFER where they say different things of one unit.

    The wave's own accepted register is not asked: the upload would take its place.
    """
    key = _key(definitions)
    if verdict.table_name != REGISTER or verdict.table is None:
        return []
    frame = verdict.table.frame
    if key not in frame.columns or frame[key].n_unique() < frame.height or frame[key].null_count():
        return []  # what is wrong with the ids is told by itself
    programme = definitions.programme
    uploaded = Source(verdict.file, accepted_register(frame, programme, key=key))
    known = [_source(n, w, definitions) for n, w in _waves_with(place, definitions, REGISTER, but=wave)]
    path = definitions.folder / programme.register_file
    if path.is_file():
        ids = [unit for source in (uploaded, *known) for unit in source.frame[key].to_list()]
        with contextlib.suppress(MandeError):  # one that cannot be read is told by I-NOREGISTER
            known.append(Source(path.name, read_register(path, programme, key=key, elsewhere=ids)))
    elsewhere = {unit for source in known for unit in source.frame[key].to_list()}
    found = [*value_problems(verdict.table, programme, elsewhere=elsewhere)]
    for other in known:
        found += [
            replace(problem, place=replace(problem.place, file=verdict.file))
            for problem in differences([uploaded, other], key=key)
        ]
    return found


def accepted_tables(place: Workspace, definitions: Definitions, table: str) -> Mapping[str, pl.DataFrame]:
    """Return a table of the newest revision of each accepted wave that has it, by wave."""
    return {name: wave.tables[table] for name, wave in _waves_with(place, definitions, table)}


def _key(definitions: Definitions) -> str:
    return definitions.catalogue.tables[definitions.programme.entity].key


def _source(name: str, wave: AcceptedWave, definitions: Definitions) -> Source:
    frame = accepted_register(wave.tables[REGISTER], definitions.programme, key=_key(definitions))
    return Source(f"register {name}", frame)


def _manifests(place: Workspace, definitions: Definitions) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield the manifest of each wave's newest accepted revision."""
    programme = definitions.programme
    store = place.store(programme.id)
    for wave in programme.waves:
        if revisions := store.revisions(wave.id):
            yield wave.id, read_manifest(store, wave.id, revisions[-1])


def _waves_with(
    place: Workspace, definitions: Definitions, table: str, *, but: str = ""
) -> Iterator[tuple[str, AcceptedWave]]:
    """Yield each accepted wave that has a table, with that table alone."""
    for name, manifest in _manifests(place, definitions):
        if name != but and table in manifest["tables"]:
            yield name, load_wave(place, definitions.programme.id, name, only=(table,))
