"""Rows of a roster and the rows they hang on: orphans, counts, gates, and links that sorting broke."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import Checked
from mande.survey.grid import Values, normal_title
from mande.survey.interview import aligned
from mande.survey.table import cell_problems

I_REPEAT = Code(
    "I-REPEAT",
    Text(
        "the row belongs to no {parent}",
        "la ligne n'appartient à aucune entrée de {parent}",
        "la fila no pertenece a ninguna entrada de {parent}",
    ),
    Text(
        "an id that stands in column {column} of {file}",
        "un identifiant de la colonne {column} de {file}",
        "un id de la columna {column} de {file}",
    ),
    Text(
        "Export both tables again from the same download; add the row above, or correct the id.",
        "Exportez de nouveau les deux tables ensemble ; ajoutez la ligne mère, ou corrigez l'identifiant.",
        "Exporte de nuevo las dos tablas juntas; añada la fila superior, o corrija el id.",
    ),
)
I_COUNT = Code(
    "I-REPEAT-COUNT",
    Text(
        "the number given is not the number of rows in {roster}",
        "le nombre indiqué n'est pas le nombre de lignes de {roster}",
        "el número dado no es el número de filas de {roster}",
    ),
    Text("{count} rows, as in {file}", "{count} lignes, comme dans {file}", "{count} filas, como en {file}"),
    Text(
        "Find the rows that are missing or too many, or correct the number.",
        "Trouvez les lignes manquantes ou en trop, ou corrigez le nombre.",
        "Busque las filas que faltan o sobran, o corrija el número.",
    ),
)
I_GATE = Code(
    "I-REPEAT-GATE",
    Text(
        "the answer is 'no', but there are rows in {roster}",
        "la réponse est « non », mais il y a des lignes dans {roster}",
        "la respuesta es «no», pero hay filas en {roster}",
    ),
    Text("no rows in {file}", "aucune ligne dans {file}", "ninguna fila en {file}"),
    Text(
        "Correct the answer, or delete the rows.",
        "Corrigez la réponse, ou supprimez les lignes.",
        "Corrija la respuesta, o borre las filas.",
    ),
    Text("{found}, rows: {count}", "{found}, lignes : {count}", "{found}, filas: {count}"),
)
I_NONE = Code(
    "I-REPEAT-NONE",
    Text(
        "the answer is 'yes', but there are no rows in {roster}",
        "la réponse est « oui », mais il n'y a pas de lignes dans {roster}",
        "la respuesta es «sí», pero no hay filas en {roster}",
    ),
    Text("at least one row in {file}", "au moins une ligne dans {file}", "al menos una fila en {file}"),
    Text(
        "Export the rows again; if they were never filled in, leave it: they count as missing, not as none.",
        "Exportez de nouveau les lignes ; si elles n'ont pas été remplies, laissez : elles comptent comme "
        "manquantes.",
        "Exporte de nuevo las filas; si nunca se llenaron, déjelo: cuentan como faltantes, no como ninguna.",
    ),
)
I_LINK = Code(
    "I-REPEAT-LINK",
    Text(
        "the row's id and its running number lead to different rows of {parent}",
        "l'identifiant et le numéro courant mènent à des lignes différentes de {parent}",
        "el id y el número de orden llevan a filas distintas de {parent}",
    ),
    Text(
        "id {expected}, by {column}",
        "identifiant {expected}, selon {column}",
        "id {expected}, según {column}",
    ),
    Text(
        "Rows were sorted or deleted after the export: export again, and do not sort one table alone.",
        "Des lignes ont été triées ou supprimées après l'export : exportez de nouveau, sans trier une seule "
        "table.",
        "Se ordenaron o borraron filas tras exportar: exporte de nuevo, sin ordenar una sola tabla.",
    ),
)
_NUMBERED = (("_index", "_parent_index"), ("_uuid", "_submission__uuid"), ("key", "parent_key"))
"""Columns in which exports number a row, and columns of its roster that say which number it hangs on."""


def check_wave(tables: Mapping[str, Checked]) -> Iterator[tuple[str, Problem]]:
    """Yield the problems of rosters whose parent's table was uploaded with them."""
    for name, roster in tables.items():
        parent = tables.get(str(roster.schema.parent))
        link = roster.schema.link
        if parent is None or link is None or link not in roster.table.titles:
            continue
        if parent.schema.key not in parent.table.titles:
            continue
        for problem in (*_orphans(roster, parent, link), *_broken_links(roster, parent, link)):
            yield name, problem
        for problem in (*_counts(roster, parent, link), *_gates(roster, parent, link)):
            yield parent.table.name, problem


def _orphans(roster: Checked, parent: Checked, link: str) -> Iterator[Problem]:
    links = roster.table.frame[link]
    known = parent.table.frame[parent.schema.key].drop_nulls()
    mask = links.is_not_null() & ~links.is_in(known.implode())
    values: Values = {
        "parent": _name(parent),
        "column": parent.table.titles[parent.schema.key],
        "file": _file(parent),
    }
    yield from cell_problems(roster.table, link, mask, I_REPEAT, values)


def _rows_each(roster: Checked, parent: Checked, link: str) -> pl.Series:
    """Return how many rows of the roster hang on each row of the parent."""
    counts = roster.table.frame.group_by(pl.col(link).alias("key")).agg(pl.len().alias("n"))
    keys = parent.table.frame.select(pl.col(parent.schema.key).alias("key"))
    joined = keys.join(counts, on="key", how="left", maintain_order="left")
    return joined["n"].fill_null(0).cast(pl.Int64)


def _counts(roster: Checked, parent: Checked, link: str) -> Iterator[Problem]:
    for name, question in parent.table.asked.items():
        if question.count_of != roster.table.name:
            continue
        rows = _rows_each(roster, parent, link)
        given = parent.table.frame[name]
        wrong = given.is_not_null() & (given != rows)

        def explain(text: str, index: int, rows: pl.Series = rows) -> tuple[Code, Values]:
            return I_COUNT, {"count": rows[index], "roster": _name(roster), "file": _file(roster)}

        yield from cell_problems(parent.table, name, wrong, explain)


def _gates(roster: Checked, parent: Checked, link: str) -> Iterator[Problem]:
    gate = roster.schema.gate
    if gate is None or gate not in parent.table.titles:
        return
    rows = _rows_each(roster, parent, link)
    answer = parent.table.frame[gate]
    names: Values = {"roster": _name(roster), "file": _file(roster)}

    def explain(text: str, index: int) -> tuple[Code, Values]:
        return I_GATE, names | {"count": rows[index]}

    yield from cell_problems(parent.table, gate, ~answer & (rows > 0), explain)
    yield from cell_problems(
        parent.table, gate, answer & (rows == 0), I_NONE, names, severity=Severity.WARNING
    )


def _broken_links(roster: Checked, parent: Checked, link: str) -> Iterator[Problem]:
    """Yield rows whose id differs from that of the row their running number leads to."""
    for own, above in _NUMBERED:
        number, hangs_on = _raw_column(parent, own), _raw_column(roster, above)
        if number is None or hangs_on is None:
            continue
        keys = pl.DataFrame({"n": number, "key": parent.table.frame[parent.schema.key]})
        known = keys.filter(pl.col("n") != "").unique("n", keep="none")
        rows = pl.DataFrame({"n": hangs_on, "link": roster.table.frame[link]})
        joined = rows.join(known, on="n", how="left", maintain_order="left")
        wrong = (joined["key"] != joined["link"]).fill_null(value=False)
        explain = _ExplainLink(roster, parent, link, joined["key"], above)
        yield from cell_problems(roster.table, link, wrong, explain)


class _ExplainLink:
    """Says to which row of the parent the running number leads."""

    def __init__(self, roster: Checked, parent: Checked, link: str, keys: pl.Series, column: str) -> None:
        self._roster = roster
        self._parent = parent
        self._link = link
        self._keys = keys
        self._column = column

    def __call__(self, text: str, index: int) -> tuple[Code, Values]:
        shown = self._roster.table.shown(self._link, self._keys[index])
        return I_LINK, {"parent": _name(self._parent), "expected": shown, "column": self._column}


def _raw_column(checked: Checked, title: str) -> pl.Series | None:
    raw = checked.context.raw
    at = next((i for i, name in enumerate(raw.columns) if normal_title(name) == title), None)
    return None if at is None else aligned(checked.table, checked.context, at)


def _name(checked: Checked) -> Text:
    label = checked.schema.label
    return Text(label.en, label.fr, label.es)


def _file(checked: Checked) -> str:
    table = checked.table
    return f"{table.file}, {table.sheet}" if table.sheet else table.file
