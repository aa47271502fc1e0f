"""The tracking list: who is still to be found, for those who go and look."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import xlsxwriter

from mande.errors import Language, Text
from mande.survey.fieldwork import CONTACTED, INTERVIEWED, OUTCOME, WAVE
from mande.survey.register import REPLACES, SPLIT_FROM, STRATUM
from mande.survey.store import AcceptedWave
from mande.workspace import write_atomic

ENUMERATOR = "enumerator_id"
"""Question for the interviewer's code, by the id it has in the library."""
LAST, STATUS_NOW = "last_interviewed", "status"
REPLACED_BY = "replaced_by"
_TO_FIND, _CLOSED = Text("To find", "À trouver", "Por encontrar"), Text("Closed", "Clos", "Cerrados")
_HEADINGS: Mapping[str, Text] = {
    STRATUM: Text("stratum", "strate", "estrato"),
    LAST: Text("last_interviewed", "dernière_enquête", "última_entrevista"),
    ENUMERATOR: Text("enumerator_id", "enquêteur", "encuestador"),
    STATUS_NOW: Text("status", "statut", "estado"),
    REPLACES: Text("replaces", "remplace", "reemplaza_a"),
    SPLIT_FROM: Text("split_from", "issue_de", "separada_de"),
    REPLACED_BY: Text("replaced_by", "remplacée_par", "reemplazada_por"),
}
_STATUSES: Mapping[str, Text] = {
    "refused": Text("refused", "refus", "rechazo"),
    "not found": Text("not found", "introuvable", "no encontrada"),
    "moved": Text("moved", "partie ailleurs", "se mudó"),
    "dead": Text("dead", "décédée", "fallecida"),
    "replaced": Text("replaced", "remplacée", "reemplazada"),
    "no status": Text("no status", "sans statut", "sin estado"),
}


def tracking_list(
    fieldwork: pl.DataFrame,
    waves: Mapping[str, AcceptedWave],
    *,
    table: str,
    key: str,
    wave: str,
    cluster: str,
) -> pl.DataFrame:
    """Return the units due in a wave without an interview.

    Parameters
    ----------
    fieldwork
        What became of each unit (see `fieldwork.fieldwork_of`).
    waves
        Accepted waves in their order, for who interviewed the unit last.
    table, key
        The programme's own table and its key.
    wave
        The wave in the field.
    cluster
        Column of the register that says where the unit is.

    Returns
    -------
    One row per unit, by place, then id: the key, place, stratum, `last_interviewed` (wave), the enumerator
    of that wave, `status` (of this wave), `replaces` and `split_from` where the register has them, and
    `replaced_by`, the units that stand in for this one, where some do. The arm is not in it: who looks for
    people should not know it.
    """
    due = fieldwork.filter((pl.col(WAVE) == wave) & ~pl.col(INTERVIEWED))
    seen = fieldwork.filter(pl.col(INTERVIEWED) & (pl.col(WAVE) != wave)).sort("position")
    last = seen.group_by(key).agg(pl.col(WAVE).last().alias(LAST))
    names = dict.fromkeys((key, cluster, STRATUM, REPLACES, SPLIT_FROM))
    known = [name for name in names if name in due.columns]
    listed = due.select(*known, pl.col(OUTCOME).alias(STATUS_NOW)).join(last, on=key, how="left")
    listed = listed.join(_enumerators(waves, table, key), on=[key, LAST], how="left")
    if REPLACES in fieldwork.columns:
        listed = listed.join(_stand_ins(fieldwork, key), on=key, how="left")
    first = [name for name in dict.fromkeys((key, cluster, STRATUM)) if name in known]
    rest = [name for name in (REPLACES, SPLIT_FROM) if name in known]
    rest += [REPLACED_BY] if REPLACED_BY in listed.columns and listed[REPLACED_BY].count() else []
    return listed.select(*first, LAST, ENUMERATOR, STATUS_NOW, *rest).sort(cluster, key)


def _stand_ins(fieldwork: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return for each unit that was replaced the units that stand in for it."""
    pairs = fieldwork.filter(pl.col(REPLACES).is_not_null()).select(key, REPLACES).unique().sort(key)
    named = pairs.group_by(REPLACES).agg(pl.col(key).str.join(", ").alias(REPLACED_BY))
    return named.rename({REPLACES: key})


def _enumerators(waves: Mapping[str, AcceptedWave], table: str, key: str) -> pl.DataFrame:
    parts = [pl.DataFrame(schema={key: pl.String, LAST: pl.String, ENUMERATOR: pl.String})]
    for name, wave in waves.items():
        frame = wave.tables.get(table)
        if frame is not None and ENUMERATOR in frame.columns:
            code = pl.col(ENUMERATOR).cast(pl.String)
            parts.append(frame.select(key, pl.lit(name).alias(LAST), code))
    return pl.concat(parts)


def write_tracking(
    listed: pl.DataFrame,
    path: Path,
    *,
    contacts: pl.DataFrame | None = None,
    key: str,
    language: Language = "en",
) -> tuple[int, int]:
    """Write the list as a workbook: those still to be found, and those whose case is closed.

    Parameters
    ----------
    listed
        As `tracking_list` gives it.
    path
        Where to write; the file is readable by its owner alone.
    contacts
        Identities to put beside, matched by `key`, where somebody has asked for them.
    key
        Column of the id.
    language
        Of sheets, headings and statuses.

    Returns
    -------
    How many are to be found, and how many are closed (refused, dead, replaced).
    """
    whole = listed if contacts is None else listed.join(contacts, on=key, how="left", maintain_order="left")
    is_closed = pl.col(STATUS_NOW).is_in(list(CONTACTED))
    to_find, closed = whole.filter(~is_closed), listed.filter(is_closed)
    sheets = {_TO_FIND.in_(language): to_find, _CLOSED.in_(language): closed}
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1})
        for title, frame in sheets.items():
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 1)
            for column, name in enumerate(frame.columns):
                sheet.write_string(0, column, _in(_HEADINGS, name, language), head)
                sheet.set_column(column, column, 18)
                words = _STATUSES if name == STATUS_NOW else {}
                for row, cell in enumerate(frame[name].cast(pl.String).fill_null("").to_list(), start=1):
                    if cell:
                        sheet.write_string(row, column, _in(words, cell, language))
    write_atomic(path, buffer.getvalue(), private=True)
    return to_find.height, closed.height


def _in(words: Mapping[str, Text], word: str, language: Language) -> str:
    return words[word].in_(language) if word in words else word
