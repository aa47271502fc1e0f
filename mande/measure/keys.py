"""Which row of the entity the rows of another table on its line belong to."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from mande.catalogue import Catalogue
from mande.measure.scopes import line_through

KEY, ENTITY_KEY = "__key", "__entity_key"


def entity_keys(
    entity: str, table: str, tables: Mapping[str, pl.DataFrame], catalogue: Catalogue
) -> pl.DataFrame:
    """Return pairs of a table's key (`KEY`, as text) and the key of the entity's row (`ENTITY_KEY`).

    A row above the entity appears once for each row of the entity below it.
    """
    below = table in line_through(catalogue, entity).below
    start, goal = (table, entity) if below else (entity, table)
    here = catalogue.tables[start]
    pairs = tables[start].select(pl.col(here.key).alias("start"), pl.col(here.key).alias("goal"))
    while start != goal:
        entry = catalogue.tables[start]
        links = tables[start].select(pl.col(entry.key).alias("goal"), pl.col(str(entry.link)).alias("up"))
        pairs = pairs.join(links, on="goal").select("start", pl.col("up").alias("goal"))
        start = str(entry.parent)
    own, other = ("goal", "start") if below else ("start", "goal")
    return pairs.select(pl.col(other).cast(pl.String).alias(KEY), pl.col(own).alias(ENTITY_KEY))
