"""Places of interviews: impossible, outside the programme's area, or the same for many. Never shown."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.interview import points, row_problems
from mande.survey.table import HIDDEN, ROW, ConformedTable

G_OUTSIDE = Code(
    "G-OUTSIDE",
    Text(
        "the interview lies outside the programme's area",
        "l'entretien est situé hors de la zone du programme",
        "la entrevista está fuera de la zona del programa",
    ),
    Text("a place within {area}", "un lieu dans {area}", "un lugar dentro de {area}"),
    Text(
        "Ask the enumerator where the interview was held; latitude and longitude may be exchanged.",
        "Demandez où l'entretien a eu lieu ; latitude et longitude sont peut-être inversées.",
        "Pregunte dónde fue la entrevista; latitud y longitud pueden estar cambiadas.",
    ),
)
G_IMPOSSIBLE = Code(
    "G-IMPOSSIBLE",
    Text(
        "there is no such place on earth, or the device found none",
        "ce lieu n'existe pas, ou l'appareil ne l'a pas trouvé",
        "ese lugar no existe, o el dispositivo no lo encontró",
    ),
    Text(
        "latitude from -90 to 90, longitude from -180 to 180, not both 0",
        "latitude de -90 à 90, longitude de -180 à 180, pas 0 et 0",
        "latitud de -90 a 90, longitud de -180 a 180, no ambas 0",
    ),
    Text("Delete the place.", "Supprimez le lieu.", "Borre el lugar."),
)
G_SAME = Code(
    "G-SAME",
    Text(
        "{count} interviews were held at exactly the same place",
        "{count} entretiens ont eu lieu exactement au même endroit",
        "{count} entrevistas se hicieron exactamente en el mismo lugar",
    ),
    Text("a place for each interview", "un lieu par entretien", "un lugar por entrevista"),
    Text(
        "Ask the enumerator: a device that did not move did not visit these households.",
        "Demandez à l'enquêteur : un appareil qui n'a pas bougé n'a pas visité ces ménages.",
        "Pregunte al encuestador: un dispositivo que no se movió no visitó esos hogares.",
    ),
    Text("rows {found}", "lignes {found}", "filas {found}"),
)
MANY = 4
_DIGITS = 5  # about a metre


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield G-IMPOSSIBLE, G-OUTSIDE (where programme.yaml has an `area`) and G-SAME."""
    found = points(table, context)
    if found is None or table.key not in table.titles:
        return
    title, north, east = found
    impossible = (north.abs() > 90) | (east.abs() > 180) | ((north == 0) & (east == 0))
    impossible = impossible.fill_null(value=False)
    yield from row_problems(
        table, title, impossible.arg_true(), lambda index: (G_IMPOSSIBLE, {"found": HIDDEN})
    )
    if context.programme.area is not None:
        south, west, upper, right = context.programme.area
        outside = ((north < south) | (north > upper) | (east < west) | (east > right)) & ~impossible
        values: Values = {"found": HIDDEN, "area": f"{south:g}..{upper:g}, {west:g}..{right:g}"}
        indices = outside.fill_null(value=False).arg_true()
        yield from row_problems(table, title, indices, lambda index: (G_OUTSIDE, values))
    yield from _same(table, context, title, north, east, impossible)


def _same(
    table: ConformedTable,
    context: CheckContext,
    title: str,
    north: pl.Series,
    east: pl.Series,
    impossible: pl.Series,
) -> Iterator[Problem]:
    frame = pl.DataFrame({"n": north.round(_DIGITS), "e": east.round(_DIGITS), "row": table.frame[ROW]})
    frame = frame.with_row_index("index").filter(~impossible).drop_nulls()
    groups = frame.group_by("n", "e", maintain_order=True).agg("index", "row")
    groups = groups.filter(pl.col("row").list.len() >= MANY)
    rows = {indices[0]: rows for _, _, indices, rows in groups.iter_rows()}

    def explain(index: int) -> tuple[Code, Values]:
        return G_SAME, {"found": context.raw.row_list(rows[index]), "count": len(rows[index])}

    yield from row_problems(table, title, pl.Series(list(rows), dtype=pl.UInt32), explain)
