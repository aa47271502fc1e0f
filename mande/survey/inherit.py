"""Decisions about rows reach the rows of rosters below them: left out with them, or under their new id."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from mande.errors import Code, Text
from mande.survey.exports.platform import Platform
from mande.survey.exports.repeats import keys_above, keys_own
from mande.survey.exports.reshape import with_rows
from mande.survey.grid import SPACES, RawTable, note
from mande.survey.mapping import Columns
from mande.survey.replay import Replayed

I_FOLLOWED = Code(
    "I-FOLLOWED",
    Text(
        "rows that follow a decision about the {parent} they belong to: {found}",
        "lignes qui suivent une décision sur leur entrée de {parent} : {found}",
        "filas que siguen una decisión sobre su entrada de {parent}: {found}",
    ),
    Text(""),
    Text(
        "Nothing; to undo it, take the decision out of corrections.csv.",
        "Rien ; pour l'annuler, retirez la décision de corrections.csv.",
        "Nada; para deshacerlo, quite la decisión de corrections.csv.",
    ),
    Text(
        "left out: {dropped}; under the new id: {moved}",
        "écartées : {dropped} ; sous le nouvel identifiant : {moved}",
        "fuera: {dropped}; con el id nuevo: {moved}",
    ),
)
_FATES = pl.Schema({"server": pl.String, "row": pl.Int64, "old": pl.String, "new": pl.String})


@dataclass(frozen=True, slots=True)
class Fates:
    """What decisions made of the rows of a table.

    Attributes
    ----------
    table : its name. changed : the rows left out or with another id: columns server (the server's key of
        the row, or empty), row (in the file), old and new (ids; new is null where the row is left out).
    standing : the other rows, with columns server, row and old: their ids stay.
    """

    table: str
    changed: pl.DataFrame
    standing: pl.DataFrame


def fates(table: str, sent: RawTable, after: Replayed, key: int | None, platform: Platform | None) -> Fates:
    """Return what became of the rows of a table.

    Parameters
    ----------
    table
        Its name.
    sent
        The table as it was sent.
    after
        The same after decisions.
    key
        Index of its id's column.
    platform
        Whose export it is.
    """
    if key is None or (after.raw.cells.height == sent.cells.height and not after.has_changed):
        return Fates(table, pl.DataFrame(schema=_FATES), pl.DataFrame(schema=_FATES))
    servers = None if platform is None else keys_own(sent, platform)
    now = pl.DataFrame({"index": after.kept, "new": _texts(after.raw, key)})
    rows = pl.DataFrame(
        {
            "server": pl.repeat("", sent.cells.height, eager=True) if servers is None else servers,
            "row": sent.rows.cast(pl.Int64),
            "old": _texts(sent, key),
        }
    ).with_row_index("index")
    whole = rows.join(now.with_columns(pl.col("index").cast(pl.UInt32)), on="index", how="left")
    same = whole["new"].eq_missing(whole["old"])
    return Fates(table, whole.filter(~same).select(list(_FATES)), whole.filter(same).select(list(_FATES)))


def inherit(
    replayed: Replayed,
    columns: Columns,
    *,
    key: str,
    link: str | None,
    above: Fates | None,
    platform: Platform | None,
    is_wide: bool,
) -> Replayed:
    """Return a roster after its own decisions with those about the rows above carried out.

    A row is told by the server's key of the row it hangs on; in a roster that stood in the rows above, by
    that row; otherwise by the id, where no other row above keeps it.

    Parameters
    ----------
    replayed
        The roster after its own decisions.
    columns
        Which question each column answers.
    key, link
        Its id and the id of the row above. An id that begins with that of the row above changes with it.
    above
        What became of the rows above; None where they were not uploaded with it.
    platform
        Whose export it is.
    is_wide
        Whether the roster stood in the rows above.
    """
    raw = replayed.raw
    at = None if link is None else columns.by_question.get(link)
    if above is None or above.changed.is_empty() or at is None:
        return replayed
    rows = pl.DataFrame({"row": raw.rows.cast(pl.Int64), "old": _texts(raw, at)})
    servers = None if platform is None or is_wide else keys_above(raw, platform)
    changed = above.changed
    if servers is not None and (changed["server"] != "").any():
        on = ["server", "old"]
        rows = rows.with_columns(servers.alias("server"))
    elif is_wide:
        on = ["row", "old"]
    else:
        on = ["old"]
    # Rows above that look alike and fared differently decide nothing.
    known = changed.unique([*on, "new"]).unique(on, keep="none").select(*on, "new")
    known = known.join(above.standing, on=on, how="anti")
    found = rows.join(
        known.with_columns(pl.lit(True).alias("is_told")), on=on, how="left", maintain_order="left"
    )
    told = found["is_told"].fill_null(value=False)
    gone, moved = told & found["new"].is_null(), told & found["new"].is_not_null()
    if not told.any():
        return replayed
    cells = raw.cells.with_columns(found["new"].zip_with(moved, raw.cells[f"c{at}"]).alias(f"c{at}"))
    own = columns.by_question.get(key)
    if own is not None and own != at:
        ids = _texts(raw, own)
        frame = found.select("old", "new", ids.alias("id"))
        begins = frame.select(pl.col("id").str.starts_with(pl.col("old") + "-")).to_series() & moved
        tail = frame.select(pl.col("new") + pl.col("id").str.slice(pl.col("old").str.len_chars())).to_series()
        cells = cells.with_columns(tail.zip_with(begins, raw.cells[f"c{own}"]).alias(f"c{own}"))
    told_of = note(
        I_FOLLOWED,
        raw.place(),
        parent=above.table,
        found=int(told.sum()),
        dropped=int(gone.sum()),
        moved=int(moved.sum()),
    )
    return replace(
        replayed,
        raw=with_rows(replace(raw, cells=cells), ~gone),
        kept=replayed.kept.filter(~gone),
        has_changed=True,
        problems=(*replayed.problems, told_of),
    )


def _texts(raw: RawTable, index: int) -> pl.Series:
    return raw.cells[f"c{index}"].str.strip_chars(SPACES)
