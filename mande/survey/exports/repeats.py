"""Repeated groups with a sheet or file of their own: each row linked to the id of the row above.

Their rows name the row above by the server's key. They get two columns where the export lacks them: the
id of the row above (`link`) and an id of their own (`key`), the id above with the row's number. Repeats in
the row above are read by `wide`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import polars as pl

from mande.errors import Code, Problem, Text
from mande.survey.exports.platform import Platform
from mande.survey.exports.reshape import Column, columns_of, with_columns, with_rows
from mande.survey.grid import SPACES, RawTable, normal_title
from mande.survey.naming import index_of

I_ORPHAN = Code(
    "I-ORPHAN",
    Text(
        "the row belongs to no row of the table above",
        "la ligne n'appartient à aucune ligne de la table supérieure",
        "la fila no pertenece a ninguna fila de la tabla superior",
    ),
    Text(
        "a key that {parent} holds in column {column}",
        "une clé que {parent} contient dans la colonne {column}",
        "una clave que {parent} tiene en la columna {column}",
    ),
    Text(
        "Export both tables again, at the same moment and unsorted; do not delete rows in one of them.",
        "Exportez à nouveau les deux tables, au même moment et sans tri ; ne supprimez rien dans une seule.",
        "Exporte de nuevo ambas tablas, al mismo tiempo y sin ordenar; no borre filas en una sola.",
    ),
)


_LISTED = 1000


def without_columns(raw: RawTable, indices: Collection[int]) -> RawTable:
    """Return a table without some of its columns."""
    return with_columns(raw, [column for i, column in enumerate(columns_of(raw)) if i not in indices])


def linked(
    child: RawTable,
    parent: RawTable,
    platform: Platform,
    *,
    parent_key: str,
    key: str,
    link: str,
    table: str = "",
    mapped: Mapping[str, str] = MappingProxyType({}),
) -> tuple[RawTable, list[Problem]]:
    """Return the rows of a repeat's own sheet with the id of the row above, and rows without one.

    Parameters
    ----------
    child
        The sheet or file of the repeat.
    parent
        The table above, rejected submissions left out and told apart by `all_keys`.
    platform
        Whose export it is: which columns hold the server's keys.
    parent_key
        Title of the id in the table above.
    key, link
        Titles of the two ids that the rows get, where they have none.
    table, mapped
        Name of the child's table, and the titles that the programme has mapped: by them the rows' own
        ids are known.
    """
    refers, referred = _index(child, platform.parent_key), _index(parent, platform.own_key)
    own = _index(parent, normal_title(parent_key))
    above_of = keys_above(child, platform)
    if refers is None or referred is None or own is None or above_of is None:
        return child, []
    above = pl.DataFrame(
        {
            "server": parent.cells[f"c{referred}"].str.strip_chars(SPACES),
            "id": parent.cells[f"c{own}"].str.strip_chars(SPACES),
        }
    ).unique("server", keep="first", maintain_order=True)
    rows = pl.DataFrame({"server": above_of})
    ids = rows.join(above, on="server", how="left", maintain_order="left")["id"]
    problems = [
        Problem(
            I_ORPHAN,
            child.place(row=child.rows[index], column=child.columns[refers]),
            {
                "found": child.cells[f"c{refers}"][index],
                "parent": _named(parent),
                "column": parent.columns[referred],
            },
        )
        for index in ids.is_null().arg_true().head(_LISTED).to_list()
    ]
    numbers = rows.select(pl.int_range(1, pl.len() + 1).over("server").cast(pl.String)).to_series()
    columns = columns_of(child)
    position = child.positions[refers]
    if index_of(child, link, mapped, table) is None:
        columns.append(Column(link, position, ids.fill_null("")))
    if index_of(child, key, mapped, table) is None:
        own_key = pl.select(pl.concat_str(ids.fill_null("?"), pl.lit("-"), numbers)).to_series()
        columns.append(Column(key, position, own_key))
    return with_columns(child, columns), problems


def keys_above(child: RawTable, platform: Platform) -> pl.Series | None:
    """Return the server's key of the row that each row of a repeat stands in; None where it has none."""
    refers, path = _index(child, platform.parent_key), _index(child, platform.path)
    if refers is None:
        return None
    keys = child.cells[f"c{refers}"].str.strip_chars(SPACES)
    if path is None:
        return keys
    own = child.cells[f"c{path}"].str.strip_chars(SPACES)
    # A row of a repeat in the main part has two numbers: what is before its last one is the key above.
    above = own.str.extract(r"^(.+)\.\d+$", 1)
    return keys.zip_with(own.str.count_matches(r"\.", literal=False) < 2, above.fill_null(""))


def keys_own(raw: RawTable, platform: Platform) -> pl.Series | None:
    """Return the server's key of each row, by which rows of repeats name it; None where it has none."""
    index = _index(raw, platform.own_key)
    return None if index is None else raw.cells[f"c{index}"].str.strip_chars(SPACES)


def without_rejected(child: RawTable, parent: RawTable, kept: RawTable, platform: Platform) -> RawTable:
    """Return a repeat's rows without those below submissions that were left out of the table above."""
    refers, referred = _index(child, platform.parent_key), _index(parent, platform.own_key)
    if refers is None or referred is None or parent.cells.height == kept.cells.height:
        return child
    gone = set(parent.cells[f"c{referred}"].to_list()) - set(kept.cells[f"c{referred}"].to_list())
    keys = keys_above(child, platform)
    return child if keys is None else with_rows(child, ~keys.is_in(sorted(gone)))


def _index(raw: RawTable, title: str) -> int | None:
    if not title:
        return None
    titles = [normal_title(entry) for entry in raw.columns]
    return titles.index(title) if title in titles else None


def _named(raw: RawTable) -> str:
    return f"{raw.file}, {raw.sheet}" if raw.sheet else raw.file
