"""The programme's register: every unit of the design, seen in a wave or not.

Without it, units that were lost cannot be told from units that were never meant to be asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from mande.errors import Code, MandeError, Problem, Text, did_you_mean, raise_errors
from mande.schema.programme import Programme
from mande.survey.grid import RawTable, Values, normal_title
from mande.survey.profile import load_profile
from mande.survey.read import read_upload

R_COLUMN = Code(
    "R-COLUMN",
    Text(
        "the register lacks a column", "il manque une colonne au registre", "falta una columna en el registro"
    ),
    Text("a column titled {expected}", "une colonne intitulée {expected}", "una columna titulada {expected}"),
    Text(
        "Add the column; programme.yaml names the key, and the cluster under `design`.",
        "Ajoutez la colonne ; programme.yaml nomme la clé, et la grappe sous `design`.",
        "Añada la columna; programme.yaml nombra la clave, y el conglomerado en `design`.",
    ),
    Text("columns: {found}", "colonnes : {found}", "columnas: {found}"),
)
R_UNIT = Code(
    "R-UNIT",
    Text("the unit has no id", "l'unité n'a pas d'identifiant", "la unidad no tiene id"),
    Text("an id in every row", "un identifiant dans chaque ligne", "un id en cada fila"),
    Text(
        "Fill in the id, or delete the row.",
        "Complétez l'identifiant, ou supprimez la ligne.",
        "Complete el id, o elimine la fila.",
    ),
    Text("an empty cell", "une cellule vide", "una celda vacía"),
)
R_DUP = Code(
    "R-DUP",
    Text(
        "the unit stands twice in the register",
        "l'unité figure deux fois au registre",
        "la unidad está dos veces en el registro",
    ),
    Text("one row for each unit", "une ligne par unité", "una fila por unidad"),
    Text("Delete one of the rows.", "Supprimez une des lignes.", "Elimine una de las filas."),
    Text(
        "{found}, first in row {first}",
        "{found}, d'abord à la ligne {first}",
        "{found}, primero en la fila {first}",
    ),
)
R_ARM = Code(
    "R-ARM",
    Text("the programme has no such arm", "le programme n'a pas ce groupe", "el programa no tiene ese grupo"),
    Text("one of: {known}{hint}", "un de : {known}{hint}", "uno de: {known}{hint}"),
    Text(
        "Correct the arm, or add it to `arms` in programme.yaml.",
        "Corrigez le groupe, ou ajoutez-le à `arms` dans programme.yaml.",
        "Corrija el grupo, o añádalo a `arms` en programme.yaml.",
    ),
)
R_VALUE = Code(
    "R-VALUE",
    Text(
        "the register's value cannot be used",
        "la valeur du registre est inutilisable",
        "el valor del registro no sirve",
    ),
    Text("{expected}"),
    Text("Correct the cell.", "Corrigez la cellule.", "Corrija la celda."),
)

REGISTER = "register"
"""What questions about the register are asked about, as if it were a table."""
ARM, START, STRATUM, WEIGHT = "arm", "start", "stratum", "weight"
DUE = "waves"
"""Column of a rotating panel: the waves a unit is to be asked in, parted by spaces; empty means all."""
REPLACES, SPLIT_FROM, ORIGIN = "replaces", "split_from", "origin"
"""Columns that name another unit: the one a replacement stands for, and the one a new household left."""
STATUSES = ("interviewed", "refused", "not found", "moved", "dead", "replaced")
STATUS = "status_"
A_UNIT = Text("another unit of the register", "une autre unité du registre", "otra unidad del registro")
NO_CIRCLE = Text(
    "no unit that leads back to itself",
    "aucune unité qui ramène à elle-même",
    "ninguna unidad que vuelva a sí misma",
)
ABOVE_0 = Text("a number above 0", "un nombre supérieur à 0", "un número mayor que 0")
_CLUSTER = Text("a cluster for every unit", "une grappe par unité", "un conglomerado por unidad")
_DATE = Text("a date such as 2024-03-31", "une date comme 2024-03-31", "una fecha como 2024-03-31")


def register_people(path: Path, key: str, cluster: str) -> pl.DataFrame:
    """Return ids and clusters in a register (columns id, place), whatever else may be wrong with it.

    Raises
    ------
    MandeError
        What keeps the file from being read, or R-COLUMN where it has no column of the id.
    """
    raw = read_upload(path, expected=(key, ARM), table=REGISTER, profile=load_profile(path.parent))
    texts = _texts(raw)
    if key not in texts.columns:
        raise MandeError([_no_column(raw, key)])
    # A cluster that is the unit itself says nothing about where it is.
    place = (
        _or_null(cluster) if cluster in texts.columns and cluster != key else pl.lit(None, dtype=pl.String)
    )
    found = texts.select(pl.col(key).alias("id"), place.alias("place"))
    filled = found.filter(pl.col("id") != "")
    is_once = filled["id"].n_unique() == filled.height
    return filled if is_once else filled.unique("id", keep="first", maintain_order=True)


def read_register(
    path: Path, programme: Programme, *, key: str | None = None, elsewhere: Collection[str] = ()
) -> pl.DataFrame:
    """Return the checked register.

    Parameters
    ----------
    path
        CSV or XLSX file with one row per unit.
    programme
        Names the arms, the waves and the column of the cluster.
    key
        Column of the unit's id, the key of the programme's table; the first column where it is not
        given.
    elsewhere
        Units that other registers hold: a unit of this one may replace one of them.

    Returns
    -------
    One row per unit, sorted by its id. Columns: the key, `arm`, the cluster column of the design under
    its own name and, where the register has them, `start` (date), `stratum` (text), `weight` (number),
    `status_<wave>` (interviewed, refused, not found, moved, dead or replaced), `waves` (those the unit is to
    be asked in), what the design names (strata, weights, take-up, covariates, subgroups; as text), `replaces`
    and `split_from` (ids of other units) and, with the latter, `origin`: the unit
    at the beginning of the chain of splits, the unit itself where it split from none.

    Raises
    ------
    MandeError
        All problems at once: what keeps the file from being read, R-COLUMN, R-UNIT, R-DUP, R-ARM,
        R-VALUE.
    """
    cluster = programme.design.cluster
    expected = {ARM, cluster, *([key] if key else [])}
    raw = read_upload(path, expected=expected, table=REGISTER, profile=load_profile(path.parent))
    texts = _texts(raw)
    unit = key or texts.columns[0]
    needed = dict.fromkeys((unit, ARM, cluster))
    raise_errors([*raw.problems, *(_no_column(raw, name) for name in needed if name not in texts.columns)])
    raise_errors([*_unit_problems(raw, texts, unit), *_value_problems(raw, texts, programme)])
    raise_errors(_kin_problems(raw, texts, unit, elsewhere))
    optional = [STRATUM, *(f"{STATUS}{wave.id}" for wave in programme.waves), DUE, REPLACES, SPLIT_FROM]
    optional += programme.named_columns
    columns = [pl.col(name) for name in needed]
    more = [name for name in dict.fromkeys(optional) if name in texts.columns and name not in needed]
    columns += [_or_null(name) for name in more if name != WEIGHT]
    if WEIGHT in texts.columns:
        columns.append(pl.col(WEIGHT).cast(pl.Float64))
    if START in texts.columns and START not in needed:
        columns.append(pl.col(START).str.to_date("%Y-%m-%d", strict=False))
    register = texts.select(columns).sort(unit)
    return with_origin(register, unit) if SPLIT_FROM in register.columns else register


def with_origin(register: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the register with the unit at the beginning of each chain of splits."""
    parent = {unit: other for unit, other in register.select(key, SPLIT_FROM).iter_rows() if other}
    origins = []
    for unit in register[key].to_list():
        origin = unit
        while origin in parent:
            origin = parent[origin]
        origins.append(origin)
    return register.with_columns(pl.Series(ORIGIN, origins, dtype=pl.String))


def _texts(raw: RawTable) -> pl.DataFrame:
    """Return the register's cells under their titles, trimmed."""
    return raw.cells.select(
        pl.col(f"c{index}").str.strip_chars().alias(normal_title(title))
        for index, title in enumerate(raw.columns)
    )


def _or_null(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name))


def _no_column(raw: RawTable, name: str) -> Problem:
    hint = did_you_mean(name, raw.columns)
    values: Values = {"found": ", ".join(raw.columns), "expected": f"{name}{hint}"}
    return Problem(R_COLUMN, raw.place(row=raw.header_row), values)


def _unit_problems(raw: RawTable, texts: pl.DataFrame, key: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row, unit in zip(raw.rows.to_list(), texts[key].to_list(), strict=True):
        place = raw.place(row=row, column=key)
        if not unit:
            yield Problem(R_UNIT, place)
        elif first.setdefault(unit, row) != row:
            values: Values = {"found": unit, "first": first[unit]}
            yield Problem(R_DUP, place, values)


def _value_problems(raw: RawTable, texts: pl.DataFrame, programme: Programme) -> Iterator[Problem]:
    rows = raw.rows.to_list()
    arms = list(programme.arms)
    for row, arm in zip(rows, texts[ARM].to_list(), strict=True):
        if arm not in programme.arms:
            values: Values = {"found": arm, "known": ", ".join(arms), "hint": did_you_mean(arm, arms)}
            yield Problem(R_ARM, raw.place(row=row, column=ARM), values)
    cluster = programme.design.cluster
    yield from _unfit(raw, texts, cluster, texts[cluster] != "", _CLUSTER)
    if WEIGHT in texts.columns:
        weights = texts[WEIGHT].cast(pl.Float64, strict=False)
        fits = ((weights > 0) & weights.is_finite()).fill_null(value=False)
        yield from _unfit(raw, texts, WEIGHT, fits, ABOVE_0)
    if START in texts.columns and cluster != START:
        dates = texts[START].str.to_date("%Y-%m-%d", strict=False).is_not_null()
        yield from _unfit(raw, texts, START, (texts[START] == "") | dates, _DATE)
    for wave in programme.waves:
        name = f"{STATUS}{wave.id}"
        if name in texts.columns:
            fits = texts[name].is_in(["", *STATUSES])
            listed = ", ".join(STATUSES)
            one = Text(f"one of: {listed}", f"un de : {listed}", f"uno de: {listed}")
            yield from _unfit(raw, texts, name, fits, one)
    if DUE in texts.columns:
        yield from _unfit(raw, texts, DUE, *due_fits(texts[DUE], programme))


def due_fits(due: pl.Series, programme: Programme) -> tuple[pl.Series, Text]:
    """Return for each text whether it names waves of the programme alone, and what was expected."""
    known = [wave.id for wave in programme.waves]
    others = due.fill_null("").str.split(" ").list.set_difference([*known, ""]).list.len()
    listed = ", ".join(known)
    expected = Text(
        f"waves of the programme: {listed}", f"des vagues du programme : {listed}", f"rondas: {listed}"
    )
    return others == 0, expected


def _kin_problems(
    raw: RawTable, texts: pl.DataFrame, key: str, elsewhere: Collection[str]
) -> Iterator[Problem]:
    """Yield a problem for each unit that replaces, or split from, one that no register holds."""
    rows = dict(zip(texts[key].to_list(), raw.rows.to_list(), strict=True))
    for column, unit, other, expected in kin_faults(texts, key, elsewhere):
        place = raw.place(row=rows[unit], column=column)
        yield Problem(R_VALUE, place, {"found": other, "expected": expected})


def kin_faults(
    register: pl.DataFrame, key: str, elsewhere: Collection[str] = ()
) -> Iterator[tuple[str, str, str, Text]]:
    """Yield each unit that names another wrongly: column, unit, the one it names, and what was expected.

    Parameters
    ----------
    register
        Units with those they replace or split from, empty or null where none.
    key
        Column of the id.
    elsewhere
        Units that other registers hold.
    """
    known = {*register[key].to_list(), *elsewhere}
    for column in (name for name in (REPLACES, SPLIT_FROM) if name in register.columns):
        other_of = {unit: other for unit, other in register.select(key, column).iter_rows() if other}
        for unit, other in other_of.items():
            if other == unit or other not in known:
                yield column, unit, other, A_UNIT
        for unit, other in other_of.items():
            if _is_circle(unit, other_of):
                yield column, unit, other, NO_CIRCLE


def _is_circle(unit: str, parent: dict[str, str]) -> bool:
    """Return whether a chain of units that begins with this one comes back to it."""
    met, at = {unit}, parent.get(unit, "")
    while at and at not in met:
        met.add(at)
        at = parent.get(at, "")
    # One that names itself has been told already.
    return at == unit and parent.get(unit) != unit


def _unfit(
    raw: RawTable, texts: pl.DataFrame, column: str, fits: pl.Series, expected: Text
) -> Iterator[Problem]:
    for index in (~fits).arg_true().to_list():
        values: Values = {"found": texts[column][index] or "''", "expected": expected}
        yield Problem(R_VALUE, raw.place(row=raw.rows[index], column=column), values)
