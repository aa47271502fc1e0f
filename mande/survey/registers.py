"""The registers of a programme as one: `register.csv`, and those that were uploaded with the waves.

One rule: every register counts, and none wins. A unit that any of them names is a unit of the design; what
one leaves empty another may say. Where two say different things of one unit nothing is chosen: R-DIFFER.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text, raise_errors
from mande.schema.programme import Programme
from mande.survey.grid import Values
from mande.survey.register import (
    ABOVE_0,
    ARM,
    DUE,
    ORIGIN,
    R_VALUE,
    REPLACES,
    SPLIT_FROM,
    START,
    STATUS,
    STRATUM,
    WEIGHT,
    due_fits,
    kin_faults,
    with_origin,
)
from mande.survey.table import ConformedTable, cell_problems

R_DIFFER = Code(
    "R-DIFFER",
    Text(
        "registers say different things of the same units: {column}",
        "des registres disent des choses différentes des mêmes unités : {column}",
        "unos registros dicen cosas distintas de las mismas unidades: {column}",
    ),
    Text(
        "the same in every register, or an empty cell in all but one",
        "la même chose dans chaque registre, ou une cellule vide dans tous sauf un",
        "lo mismo en cada registro, o una celda vacía en todos menos uno",
    ),
    Text(
        "Nothing was chosen. Correct or delete register.csv where it is wrong; where an accepted register "
        "is, accept its wave again with `--revision`.",
        "Rien n'a été choisi. Corrigez ou supprimez register.csv s'il a tort ; si c'est un registre accepté, "
        "acceptez de nouveau sa vague avec `--revision`.",
        "No se eligió nada. Corrija o borre register.csv si está mal; si lo está un registro aceptado, "
        "acepte de nuevo su ronda con `--revision`.",
    ),
    Text("units: {found}", "unités : {found}", "unidades: {found}"),
)
R_ONLY = Code(
    "R-ONLY",
    Text(
        "units stand in {file} and in no register that was accepted: {found}",
        "des unités figurent dans {file} et dans aucun registre accepté : {found}",
        "hay unidades en {file} y en ningún registro aceptado: {found}",
    ),
    Text("one list of the units", "une seule liste des unités", "una sola lista de las unidades"),
    Text(
        "They count as units of the design. If they are not, delete them from {file}.",
        "Elles comptent comme unités du plan. Sinon, supprimez-les de {file}.",
        "Cuentan como unidades del diseño. Si no lo son, bórrelas de {file}.",
    ),
    Text("{ids}"),
)
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Source:
    """One register: where it stands, for people, and what it says (columns as `read_register` gives them)."""

    name: str
    frame: pl.DataFrame


def accepted_register(frame: pl.DataFrame, programme: Programme, *, key: str) -> pl.DataFrame:
    """Return a register table as it was accepted with a wave, in the columns of `read_register`."""
    cluster = programme.design.cluster
    statuses = [f"{STATUS}{wave.id}" for wave in programme.waves]
    wanted = dict.fromkeys((key, ARM, cluster, START, STRATUM, WEIGHT, *statuses, DUE, REPLACES, SPLIT_FROM))
    return frame.select(name for name in wanted if name in frame.columns)


def one_register(sources: Sequence[Source], programme: Programme, *, key: str) -> pl.DataFrame:
    """Return all registers as one.

    Parameters
    ----------
    sources
        The registers, at least one.
    programme
        Names the cluster.
    key
        Column of the unit's id.

    Returns
    -------
    One row per unit that any register names, sorted by its id, with the columns of `read_register`.

    Raises
    ------
    MandeError
        R-DIFFER, one for each column in which registers contradict each other; R-VALUE where a unit
        replaces, or split from, one that no register holds.
    """
    raise_errors(differences(sources, key=key))
    whole = pl.concat([source.frame for source in sources], how="diagonal")
    facts = [name for name in whole.columns if name not in (key, ORIGIN)]
    register = (
        whole.group_by(key).agg(pl.col(name).drop_nulls().first() for name in facts).select(key, *facts)
    ).sort(key)
    names = ", ".join(source.name for source in sources)
    raise_errors(
        Problem(
            R_VALUE, Place(file=names, column=column), {"found": f"{unit}: {other}", "expected": expected}
        )
        for column, unit, other, expected in kin_faults(register, key)
    )
    return with_origin(register, key) if SPLIT_FROM in register.columns else register


def differences(sources: Sequence[Source], *, key: str) -> Iterator[Problem]:
    """Yield R-DIFFER for each column in which two registers say different things of one unit."""
    for column, told, names in contradictions(sources, key=key):
        yield Problem(R_DIFFER, Place(file=names, column=column), {"column": column, "found": told})


def contradictions(sources: Sequence[Source], *, key: str) -> Iterator[tuple[str, str, str]]:
    """Yield each column in which sources say different things of one row: column, which rows, which sources.

    Empty cells say nothing.
    """
    columns = dict.fromkeys(name for source in sources for name in source.frame.columns)
    for column in columns:
        if column in (key, ORIGIN):
            continue
        said = [
            source.frame.select(key, pl.col(column).alias("said"), pl.lit(source.name).alias("where"))
            for source in sources
            if column in source.frame.columns
        ]
        every = pl.concat(said, how="vertical_relaxed").drop_nulls("said")
        apart = every.filter(pl.col("said").n_unique().over(key) > 1)
        if apart.height:
            yield column, _listed(apart, key), ", ".join(apart["where"].unique(maintain_order=True).to_list())


def _listed(apart: pl.DataFrame, key: str) -> str:
    said = pl.concat_str(pl.col("said").cast(pl.String), pl.lit(" ("), "where", pl.lit(")")).str.join(" / ")
    units = apart.group_by(key, maintain_order=True).agg(said.alias("said")).sort(key)
    listed = "; ".join(f"{unit}: {text}" for unit, text in units.head(_SHOWN).iter_rows())
    return f"{units.height} ({listed}{'; ...' if units.height > _SHOWN else ''})"


def only_in(file: Source, accepted: Sequence[Source], *, key: str) -> list[Problem]:
    """Return R-ONLY, a warning, where the file names units that no accepted register does."""
    if not accepted:
        return []
    known = pl.concat([source.frame.select(key) for source in accepted]).unique()
    ids = file.frame.join(known, on=key, how="anti")[key].sort().to_list()
    if not ids:
        return []
    listed = ", ".join(ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")
    values: Values = {"found": len(ids), "ids": listed, "file": file.name}
    return [Problem(R_ONLY, Place(file=file.name), values, Severity.WARNING)]


def value_problems(
    table: ConformedTable, programme: Programme, *, elsewhere: Collection[str]
) -> Iterator[Problem]:
    """Yield R-VALUE for each cell of an uploaded register that the definitions of its questions let pass.

    Parameters
    ----------
    table
        The register, typed, its ids filled and unlike.
    programme
        Names the waves.
    elsewhere
        Units that other registers hold.
    """
    frame, key = table.frame, table.key
    if WEIGHT in table.titles:
        yield from cell_problems(
            table, WEIGHT, (frame[WEIGHT] <= 0).fill_null(value=False), R_VALUE, {"expected": ABOVE_0}
        )
    if DUE in table.titles:
        fits, expected = due_fits(frame[DUE], programme)
        yield from cell_problems(table, DUE, ~fits, R_VALUE, {"expected": expected})
    for column, unit, _, expected in kin_faults(frame, key, elsewhere):
        yield from cell_problems(table, column, frame[key] == unit, R_VALUE, {"expected": expected})
