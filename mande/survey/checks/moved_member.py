"""A member of one household who now stands in another: moved, split off, or a wrong link."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable

I_MOVED = Code(
    "I-MOVED",
    Text(
        "the member belonged to another unit in wave {wave}",
        "le membre appartenait à une autre unité à la vague {wave}",
        "el miembro pertenecía a otra unidad en la ronda {wave}",
    ),
    Text("{before}, as before", "{before}, comme avant", "{before}, como antes"),
    Text(
        "If the person moved or the household split, go on (note the split in the register, column "
        "`split_from`); if not, correct the link.",
        "Si la personne a déménagé ou le ménage s'est scindé, continuez (notez-le au registre, colonne "
        "`split_from`) ; sinon corrigez le lien.",
        "Si la persona se mudó o el hogar se dividió, siga (anótelo en el registro, columna `split_from`); "
        "si no, corrija el enlace.",
    ),
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield I-MOVED for rows whose parent differs from an earlier wave."""
    link = context.link
    if link is None or link not in table.titles or table.key not in table.titles:
        return
    known = context.people.select("id", "place", "seen").filter(pl.col("place").is_not_null())
    now = table.frame.select(pl.col(table.key).alias("id"), pl.col(link).alias("now"))
    pairs = now.with_row_index("index").join(known, on="id", how="inner", maintain_order="left")
    for row in pairs.filter(pl.col("now") != pl.col("place")).iter_rows(named=True):
        values: Values = {"found": row["now"], "before": row["place"], "wave": row["seen"]}
        yield Problem(I_MOVED, table.place(link, row["index"]), values, Severity.WARNING)
