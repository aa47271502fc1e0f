"""Who took part: the uptake that came with the waves, as columns beside each unit and wave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from mande.errors import Code, Place, Problem, Text, raise_errors
from mande.results import Cell, Table
from mande.schema.programme import Programme
from mande.survey.register import ARM
from mande.survey.registers import Source, contradictions

TOOK_PART, DOSE, COST = "took_part", "uptake_dose", "uptake_cost"
U_DIFFER = Code(
    "U-DIFFER",
    Text(
        "the tables {table} of several waves say different things of the same row: {column}",
        "les tables {table} de plusieurs vagues disent des choses différentes d'une même ligne : {column}",
        "las tablas {table} de varias rondas dicen cosas distintas de la misma fila: {column}",
    ),
    Text(
        "the same in every wave that names the row",
        "la même chose dans chaque vague qui nomme la ligne",
        "lo mismo en cada ronda que nombra la fila",
    ),
    Text(
        "Nothing was chosen. Correct the wave that is wrong and accept it again with `--revision`.",
        "Rien n'a été choisi. Corrigez la vague fausse et acceptez-la de nouveau avec `--revision`.",
        "No se eligió nada. Corrija la ronda equivocada y acéptela de nuevo con `--revision`.",
    ),
    Text("rows: {found}", "lignes : {found}", "filas: {found}"),
)


def one_table(tables: Mapping[str, pl.DataFrame], name: str, *, key: str) -> pl.DataFrame:
    """Return a table of the programme's own (uptake, targets) from all waves, each row once.

    Parameters
    ----------
    tables
        The table of each wave that has it, by wave; at least one.
    name
        What the table is called.
    key
        Its key.

    Raises
    ------
    MandeError
        U-DIFFER, one for each column in which waves say different things of one row.
    """
    sources = [Source(wave, frame.drop("row", strict=False)) for wave, frame in tables.items()]
    raise_errors(
        Problem(U_DIFFER, Place(file=waves, column=column), {"table": name, "column": column, "found": told})
        for column, told, waves in contradictions(sources, key=key)
    )
    whole = pl.concat([source.frame for source in sources], how="diagonal")
    facts = [column for column in whole.columns if column != key]
    return whole.group_by(key).agg(pl.col(c).drop_nulls().first() for c in facts).sort(key)


def with_uptake(long: pl.DataFrame, uptake: pl.DataFrame, programme: Programme, *, key: str) -> pl.DataFrame:
    """Return the panel with what each unit had taken part in by the end of each wave.

    Parameters
    ----------
    long
        One row per unit and wave, with the key and `wave`.
    uptake
        Activities: the key, `date` and, where it has them, `dose` and `cost`.
    programme
        Names the waves; a wave ends with its fieldwork, else on its reference date.
    key
        Column of the unit's id.

    Returns
    -------
    The same rows with `took_part` (1 where the unit has an activity by then, else 0), `uptake_dose` and
    `uptake_cost` (sums over them; 0 without any activity, null where none of them says). Columns that the
    panel has already stay as they are.
    """
    ends = {wave.id: wave.fieldwork[1] if wave.fieldwork else wave.reference_date for wave in programme.waves}
    known = [name for name in ("dose", "cost") if name in uptake.columns]
    until = long.select(key, "wave").with_columns(
        pl.col("wave").replace_strict(ends, return_dtype=pl.Date).alias("_end")
    )
    done = until.join(uptake.select(key, "date", *known), on=key).filter(pl.col("date") <= pl.col("_end"))
    sums = [_sum(pl.col(name)).alias(f"uptake_{name}") for name in known]
    found = done.group_by(key, "wave").agg(pl.lit(value=1.0).first().alias(TOOK_PART), *sums)
    joined = long.join(
        found.select(key, "wave", *(c for c in found.columns if c not in long.columns)),
        on=[key, "wave"],
        how="left",
        maintain_order="left",
    )
    has_none = pl.col(TOOK_PART).is_null()
    added = [c for c in (TOOK_PART, DOSE, COST) if c in joined.columns and c not in long.columns]
    if TOOK_PART in long.columns:
        return joined
    return joined.with_columns(pl.when(has_none).then(0.0).otherwise(pl.col(c)).alias(c) for c in added)


def _sum(values: pl.Expr) -> pl.Expr:
    """Return a sum that is null where nothing is known."""
    return pl.when(values.count() > 0).then(values.sum())


def uptake_table(frame: pl.DataFrame, order: Sequence[str]) -> Table:
    """Return how many took part by each wave, by arm.

    Parameters
    ----------
    frame
        The panel with the columns of `with_uptake`.
    order
        Waves from the first to the last.
    """
    rows: list[tuple[Cell, ...]] = []
    for arm in sorted(frame[ARM].unique().to_list()):
        for wave in order:
            own = frame.filter((pl.col(ARM) == arm) & (pl.col("wave") == wave))
            if own.height:
                part = int(own[TOOK_PART].sum())
                rows.append((arm, wave, own.height, part, part / own.height))
    return Table(
        caption="Took part in an activity by the end of the wave, by arm",
        columns=("arm", "wave", "interviewed", "took_part", "share_took_part"),
        rows=tuple(rows),
    )


def targets_of(targets: pl.DataFrame, indicator: str, day: dt.date) -> list[dict[str, object]]:
    """Return the targets of an indicator, those whose date is yet to come first, each by its date.

    Parameters
    ----------
    targets
        The columns `indicator`, `date`, `value` and, where it has them, `group` and `source`.
    indicator
        Id.
    day
        The day that the values are of.
    """
    own = targets.filter(pl.col("indicator") == indicator)
    columns = [c for c in ("group", "date", "value", "source") if c in own.columns]
    return own.sort(pl.col("date") < day, "date").select(columns).to_dicts()
