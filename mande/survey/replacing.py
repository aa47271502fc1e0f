"""Units that stand in for others: decided in the correction log, kept with the wave, used by the panel.

`replaces` in the log says of a row: its unit was interviewed in place of the unit `value`. It takes that
unit's place in the sample: arm, cluster, stratum, weight and start, where no register says them itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text, raise_errors
from mande.results import Table
from mande.schema.programme import Programme
from mande.survey.corrections import FILE
from mande.survey.grid import Values
from mande.survey.register import ARM, REPLACES, START, STATUS, STRATUM, WEIGHT
from mande.survey.registers import R_DIFFER

C_REPLACED = Code(
    "C-REPLACED",
    Text(
        "a decision names a unit that cannot have been replaced",
        "une décision nomme une unité qui ne peut pas avoir été remplacée",
        "una decisión nombra una unidad que no puede haber sido reemplazada",
    ),
    Text(
        "another unit of the register, without an interview in this file",
        "une autre unité du registre, sans entretien dans ce fichier",
        "otra unidad del registro, sin entrevista en este archivo",
    ),
    Text(
        "Correct `value` in corrections.csv, or delete the line.",
        "Corrigez `value` dans corrections.csv, ou supprimez la ligne.",
        "Corrija `value` en corrections.csv, o borre la línea.",
    ),
    Text("{unit} replaces {found}", "{unit} remplace {found}", "{unit} reemplaza a {found}"),
)
R_REPLACES = Code(
    "R-REPLACES",
    Text(
        "units stand in for others that no register names, and were left out: {found}",
        "des unités en remplacent d'autres qu'aucun registre ne nomme ; mises de côté : {found}",
        "unidades reemplazan a otras que ningún registro nombra; dejadas aparte: {found}",
    ),
    Text("a unit of the register", "une unité du registre", "una unidad del registro"),
    Text(
        "Add the replaced units to the register.",
        "Ajoutez les unités remplacées au registre.",
        "Añada al registro las unidades reemplazadas.",
    ),
    Text("{ids}"),
)
REPLACED = "replaced"
Pair = tuple[str, str]
"""The unit that was interviewed, and the one it stands in for."""


def pair_problems(
    pairs: Sequence[Pair], *, known: pl.Series | None, interviewed: pl.Series | None
) -> list[Problem]:
    """Return C-REPLACED for each decision that cannot be.

    Parameters
    ----------
    pairs
        Decisions about the file.
    known
        Ids of the register; None where there is no register to look into.
    interviewed
        Ids that stand in the file.
    """
    registered = None if known is None else set(known.to_list())
    there = set() if interviewed is None else set(interviewed.drop_nulls().to_list())
    wrong = [
        (unit, other)
        for unit, other in pairs
        if unit == other or other in there or (registered is not None and other not in registered)
    ]
    return [Problem(C_REPLACED, Place(file=FILE), {"unit": unit, "found": other}) for unit, other in wrong]


def replacing_in(manifest: Mapping[str, Any], table: str) -> list[Pair]:
    """Return who stands in for whom in a table of an accepted wave."""
    return [(unit, other) for of, unit, other in manifest.get("replacing", []) if of == table]


def with_replacements(
    register: pl.DataFrame,
    manifests: Iterable[tuple[str, Mapping[str, Any]]],
    programme: Programme,
    *,
    key: str,
) -> tuple[pl.DataFrame, list[Problem]]:
    """Return the register with the replacements that were decided about, and warnings.

    Parameters
    ----------
    register
        As `read_register` gives it.
    manifests
        Accepted waves in their order: id and manifest.
    programme
        Names the table of its own units, the cluster and the waves.
    key
        Column of the unit's id.

    Returns
    -------
    The register with a row for each unit that stands in for another, `replaces` filled in, and status
    `replaced` of the other in that wave and later ones where no register says what became of it.

    Raises
    ------
    MandeError
        R-DIFFER where register and decision say different things.
    """
    decided = [
        (wave, unit, other)
        for wave, manifest in manifests
        for unit, other in replacing_in(manifest, programme.entity)
    ]
    if not decided:
        return register, []
    rows = {row[key]: row for row in register.to_dicts()}
    raise_errors(_contradicting(rows, decided))
    lost = _take_places(rows, decided, programme)
    order = [wave.id for wave in programme.waves]
    for wave, _, other in decided:
        for later in order[order.index(wave) :] if other in rows else []:
            rows[other][f"{STATUS}{later}"] = rows[other].get(f"{STATUS}{later}") or REPLACED
    added = {f"{STATUS}{wave}": pl.String for wave in order} | {REPLACES: pl.String}
    schema = dict(register.schema) | {
        name: dtype
        for name, dtype in added.items()
        if name not in register.columns and any(row.get(name) for row in rows.values())
    }
    whole = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows.values()], schema=schema)
    return whole.sort(key), _left_out(lost)


def _contradicting(
    rows: Mapping[str, dict[str, Any]], decided: Sequence[tuple[str, str, str]]
) -> list[Problem]:
    said: dict[str, str] = {}
    problems = []
    for _, unit, other in decided:
        before = said.setdefault(unit, rows.get(unit, {}).get(REPLACES) or other)
        if before != other:
            values: Values = {"column": REPLACES, "found": f"{unit}: {before} / {other} ({FILE})"}
            problems.append(Problem(R_DIFFER, Place(file=FILE, column=REPLACES), values))
    return problems


def _take_places(
    rows: dict[str, dict[str, Any]], decided: Sequence[tuple[str, str, str]], programme: Programme
) -> list[Pair]:
    """Put the units in their places, one after another, and return those whose place nobody knows."""
    inherited = (ARM, programme.design.cluster, STRATUM, WEIGHT, START)
    ahead = list(dict.fromkeys((unit, other) for _, unit, other in decided))
    key = next(iter(next(iter(rows.values())))) if rows else ""
    while True:
        ready = [(unit, other) for unit, other in ahead if other in rows]
        if not ready:
            return ahead
        for unit, other in ready:
            own = rows.setdefault(unit, {key: unit})
            own[REPLACES] = other
            for name in inherited:
                if name != key and name in rows[other] and own.get(name) is None:
                    own[name] = rows[other][name]
        ahead = [pair for pair in ahead if pair not in ready]


def _left_out(lost: Sequence[Pair]) -> list[Problem]:
    if not lost:
        return []
    ids = ", ".join(f"{unit} ({other})" for unit, other in lost[:10]) + (", ..." if len(lost) > 10 else "")
    return [Problem(R_REPLACES, Place(), {"found": len(lost), "ids": ids}, Severity.WARNING)]


_CAPTION = Text(
    "Units that stand in for others", "Unités qui en remplacent d'autres", "Unidades que reemplazan a otras"
)


def replacement_table(register: pl.DataFrame, frame: pl.DataFrame, *, key: str) -> Table | None:
    """Return who stands in for whom, and since which wave; None where nobody does.

    Parameters
    ----------
    register
        As `read_register` gives it.
    frame
        Interviews in the order of the waves (see `Panel.frame`).
    key
        Column of the unit's id.
    """
    if REPLACES not in register.columns or register[REPLACES].null_count() == register.height:
        return None
    first = frame.group_by(key, maintain_order=True).agg(pl.col("wave").first().alias("first_wave"))
    pairs = register.filter(pl.col(REPLACES).is_not_null()).join(first, on=key, how="left").sort(key)
    columns = (key, REPLACES, ARM, "first_wave")
    return Table(caption=_CAPTION.en, columns=columns, rows=tuple(pairs.select(columns).rows()))
