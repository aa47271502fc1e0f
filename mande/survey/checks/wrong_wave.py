"""A column that repeats the wave must name this wave in every row."""

from __future__ import annotations

from collections.abc import Iterator

from mande.errors import Code, Problem, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable

F_WRONGWAVE = Code(
    "F-WRONGWAVE",
    Text(
        "the file belongs to another wave",
        "le fichier appartient à une autre vague",
        "el archivo es de otra ronda",
    ),
    Text("{wave} in every row", "{wave} dans chaque ligne", "{wave} en cada fila"),
    Text(
        "Choose the wave the file belongs to, or correct the column.",
        "Choisissez la vague du fichier, ou corrigez la colonne.",
        "Elija la ronda del archivo, o corrija la columna.",
    ),
    Text("{found} in {count} rows", "{found} dans {count} lignes", "{found} en {count} filas"),
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield F-WRONGWAVE, once for the column, where `wave_column` in mapping.yaml names one."""
    if context.columns.wave is None:
        return
    raw, index = context.raw, context.columns.wave
    cells = raw.cells[f"c{index}"].str.strip_chars()
    other = cells.filter((cells != context.wave) & (cells != f"{context.wave}.0"))
    if len(other):
        found = ", ".join(text or "''" for text in other.unique().sort().head(3).to_list())
        values: Values = {"found": found, "count": len(other), "wave": context.wave}
        yield Problem(F_WRONGWAVE, raw.place(column=raw.columns[index]), values)
