"""Repeated groups of an export as a table of their own, each row linked to the id of the row above.

Servers write repeats in three ways: in the same row (`plot[1]/size`, `plot.2..size`, `size_1`), or in a
sheet or file of their own whose rows name the row above by the server's key. Either way the rows get two
columns that the export lacks: the id of the row above (`link`) and an id of their own (`key`), the id
above with the row's number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from mande.errors import Code, Place, Problem, Text
from mande.survey.exports.platform import Platform
from mande.survey.exports.reshape import Column, columns_of, with_columns, with_rows
from mande.survey.grid import SPACES, RawTable, normal_title

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


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the cells of a repeat stand that was exported in the row above.

    `titles` gives, for each column and number of the repeat, the title in the file; `numbers` the number
    of each row of the table.
    """

    titles: Mapping[str, Mapping[int, str]]
    numbers: pl.Series

    def place(self, place: Place) -> Place:
        """Return a place with the title its cell has in the file; a row's own id ends with its number."""
        number = place.respondent.rpartition("-")[2]
        own = self.titles.get(normal_title(place.column), {})
        title = own.get(int(number)) if number.isdigit() else None
        return place if title is None else replace(place, column=title)


def wide_titles(raw: RawTable, repeat: str, names: Collection[str] = ()) -> dict[str, dict[int, int]]:
    """Return the columns of a repeat in the row above: by name, then by number, the column's index.

    Parameters
    ----------
    raw
        The table above.
    repeat
        Name of the repeat.
    names
        Questions of the repeat. They are needed where the export numbers titles alone (`size_1`).

    Examples
    --------
    Titles understood for the repeat `plot`: `plot[2]/size`, `a/plot[2]/b/size`, `plot.2..size`,
    `plot.2.size`, `plot_2_size`, and `size_2` where `size` is among the names.
    """
    group = re.escape(normal_title(repeat))
    inside = re.compile(rf"(?:^|[/.:-]){group}(?:\[(\d+)\]|[._](\d+))[/._:-]+(.+)$")
    numbered = re.compile(r"(.+)_(\d+)$")
    known = {normal_title(name) for name in names}
    found: dict[str, dict[int, int]] = {}
    for index, title in enumerate(raw.columns):
        plain = normal_title(title)
        if match := inside.search(plain):
            number, name = int(match[1] or match[2]), re.split(r"[/:]", match[3])[-1]
        elif (match := numbered.search(plain)) and match[1] in known:
            number, name = int(match[2]), match[1]
        else:
            continue
        found.setdefault(name, {})[number] = index
    return found


def from_wide(
    raw: RawTable,
    titles: Mapping[str, Mapping[int, int]],
    *,
    parent_key: str,
    key: str,
    link: str,
    blank: Collection[str] = (),
) -> tuple[RawTable, Spread]:
    """Return the rows of a repeat that stands in the row above, one for each number that has an answer.

    Parameters
    ----------
    raw
        The table above.
    titles
        Its columns that belong to the repeat (see `wide_titles`).
    parent_key
        Title of its id.
    key, link
        Titles of the two ids that the rows get.
    blank
        Texts (in lower case) that mean 'no answer', beside the empty cell.
    """
    cells = _with_errors(raw)
    index = raw.columns.index(parent_key)
    above = pl.DataFrame({"above": cells[f"c{index}"].str.strip_chars(SPACES), "row": raw.rows})
    named = {f"n{place}": name for place, name in enumerate(titles)}
    parts = []
    for number in sorted({number for own in titles.values() for number in own}):
        frame = cells.select(
            (pl.col(f"c{titles[name][number]}") if number in titles[name] else pl.lit("")).alias(column)
            for column, name in named.items()
        )
        texts = pl.all().str.strip_chars(SPACES).str.to_lowercase()
        filled = frame.select(pl.any_horizontal(~texts.is_in(["", *blank]))).to_series()
        rows = pl.concat([above.with_columns(pl.lit(number).alias("number")), frame], how="horizontal")
        parts.append(rows.filter(filled))
    found = pl.concat(parts).sort("row", "number", maintain_order=True)
    ids = found.select(pl.concat_str("above", pl.lit("-"), pl.col("number").cast(pl.String))).to_series()
    position = raw.positions[index]
    columns = [Column(key, position, ids), Column(link, position, found["above"])]
    columns += [
        Column(name, raw.positions[min(titles[name].values())], found[column])
        for column, name in named.items()
    ]
    bare = replace(raw, rows=found["row"], misfits=MappingProxyType({}), problems=(), bad_cells=())
    shown = {name: {n: raw.columns[place] for n, place in own.items()} for name, own in titles.items()}
    return with_columns(bare, columns), Spread(MappingProxyType(shown), found["number"])


def _with_errors(raw: RawTable) -> pl.DataFrame:
    """Return the cells with Excel's errors as text: several rows will share a row number."""
    if not raw.bad_cells:
        return raw.cells
    rows = {row: index for index, row in enumerate(raw.rows.to_list())}
    columns = {position: f"c{index}" for index, position in enumerate(raw.positions)}
    cells = raw.cells
    for bad in raw.bad_cells:
        if bad.row in rows and bad.position in columns:
            name = columns[bad.position]
            cells = cells.with_columns(cells[name].scatter(rows[bad.row], bad.text or "#ERROR"))
    return cells


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
    """
    refers, referred = _index(child, platform.parent_key), _index(parent, platform.own_key)
    own = _index(parent, normal_title(parent_key))
    if refers is None or referred is None or own is None:
        return child, []
    above = pl.DataFrame(
        {
            "server": parent.cells[f"c{referred}"].str.strip_chars(SPACES),
            "id": parent.cells[f"c{own}"].str.strip_chars(SPACES),
        }
    ).unique("server", keep="first", maintain_order=True)
    rows = pl.DataFrame({"server": child.cells[f"c{refers}"].str.strip_chars(SPACES)})
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
    titles = {normal_title(title) for title in child.columns}
    position = child.positions[refers]
    if normal_title(link) not in titles:
        columns.append(Column(link, position, ids.fill_null("")))
    if normal_title(key) not in titles:
        own_key = pl.select(pl.concat_str(ids.fill_null("?"), pl.lit("-"), numbers)).to_series()
        columns.append(Column(key, position, own_key))
    return with_columns(child, columns), problems


def without_rejected(child: RawTable, parent: RawTable, kept: RawTable, platform: Platform) -> RawTable:
    """Return a repeat's rows without those below submissions that were left out of the table above."""
    refers, referred = _index(child, platform.parent_key), _index(parent, platform.own_key)
    if refers is None or referred is None or parent.cells.height == kept.cells.height:
        return child
    gone = set(parent.cells[f"c{referred}"].to_list()) - set(kept.cells[f"c{referred}"].to_list())
    return with_rows(child, ~child.cells[f"c{refers}"].is_in(sorted(gone)))


def _index(raw: RawTable, title: str) -> int | None:
    titles = [normal_title(entry) for entry in raw.columns]
    return titles.index(title) if title in titles else None


def _named(raw: RawTable) -> str:
    return f"{raw.file}, {raw.sheet}" if raw.sheet else raw.file
