"""What a unit's values may be told apart by: the register, open answers of the unit and of the tables above.

Protected indicators are guarded: they are told apart by no protected answer, by none of their own parts but
those that the definition itself reports by and that come of open answers alone (an age band), and by nothing
that names an employer (a key, a link, the cluster that is the programme's unit).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from mande.errors import Place, Problem, Text, did_you_mean, raise_errors
from mande.formula import names, parse
from mande.measure import WaveData
from mande.measure.needs import needed_answers
from mande.pipeline.problems import P_CROSSED, P_GROUP, P_MANY, P_PROTECTED
from mande.pipeline.registers import has_register, programme_register
from mande.pipeline.runs import Definitions
from mande.pipeline.sampling import CLUSTERS, STRATA, WEIGHTS, Sampling, sampling_column, wanted_columns
from mande.schema import Indicator
from mande.survey.register import START

EMPLOYER = "__employer"
"""Column with the key of the row of the table above, the unit's own where there is none."""
_NO_GROUPS = ("value", "reason", "imputed", "weight", EMPLOYER, WEIGHTS, STRATA, CLUSTERS)

MOST_GROUPS = 200
"""More groups than this are no table: the name stands for a number, or for single units."""

_NOT_THERE = Text("not in the data", "absent des données", "no está en los datos")
_EMPTY = Text("no unit has an answer", "aucune unité n'a de réponse", "ninguna unidad tiene respuesta")
_GUARDED = Text(
    "protected, or it would tell of protected answers",
    "protégé, ou révélerait des réponses protégées",
    "protegido, o revelaría respuestas protegidas",
)

Grouping = tuple[str, ...]
"""The names that values are grouped by: none, one, or two that are crossed."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One row per unit: what was measured, what the register says, and what values may be grouped by.

    `in_register` is False where no line of links leads from the entity to the register's units. `sampling`
    says which columns the sample was drawn by; the frame holds them under the names of their roles.
    """

    frame: pl.DataFrame
    in_register: bool
    sampling: Sampling


def is_guarded(entry: Indicator, definitions: Definitions) -> bool:
    """Return whether an indicator is protected, by its own word or through a question that it needs."""
    if entry.sensitivity == "protected":
        return True
    questions = definitions.catalogue.questions
    needs = needed_answers([entry], definitions.catalogue, by_group=False)
    return any(questions[table][name].sensitivity == "protected" for table in needs for name in needs[table])


def with_register(values: pl.DataFrame, entry: Indicator, data: WaveData, definitions: Definitions) -> Rows:
    """Return measured values with the register's columns and the key of the row above."""
    key = values.columns[0]
    register = _register(definitions, entry.entity, data)
    frame = values if register is None else values.join(register, on=key, how="left", suffix="_register")
    table = definitions.catalogue.tables[entry.entity]
    own = data.tables[entry.entity]
    units = pl.col(key).cast(pl.String)
    if table.link is not None and table.link in own.columns:
        units = pl.coalesce(pl.col(table.link).cast(pl.String), units)
    above = own.select(key, units.alias(EMPLOYER))
    frame = frame.join(above, on=key, how="left")
    frame, sampling = _with_sampling(frame, entry, register, data, definitions)
    return Rows(frame, register is not None, sampling)


def _with_sampling(
    frame: pl.DataFrame,
    entry: Indicator,
    register: pl.DataFrame | None,
    data: WaveData,
    definitions: Definitions,
) -> tuple[pl.DataFrame, Sampling]:
    """Return the frame with weights, strata and clusters, from the first place that has each."""
    programme, key = definitions.programme, frame.columns[0]
    wanted = wanted_columns(programme.design)
    places = [] if register is None else [register]
    places.append(data.tables[entry.entity])
    pairs = _line_up(entry.entity, programme.entity, data, definitions)
    if pairs is not None and programme.entity in data.tables:
        goal = definitions.catalogue.tables[programme.entity].key
        units = pairs.join(data.tables[programme.entity], left_on="goal", right_on=goal, how="left")
        places.append(units.rename({"start": key, "goal": goal} if goal != key else {"start": key}))
    found = set()
    for role, name in wanted.items():
        place = next((place for place in places if name is not None and name in place.columns), None)
        if name is None or place is None:
            continue
        column = place.select(key, sampling_column(role, place[name]))
        frame = frame.join(column, on=key, how="left", maintain_order="left")
        found.add(role)
    times = entry.weigh_by if entry.weigh_by in frame.columns else None
    return frame, Sampling(wanted, frozenset(found), times)


def with_groups(
    rows: Rows, entry: Indicator, data: WaveData, definitions: Definitions, by: Sequence[str] | None
) -> tuple[pl.DataFrame, list[Grouping]]:
    """Return the rows with the columns to group by, and the groupings: those asked for, else the usual ones.

    Raises
    ------
    MandeError
        P-GROUP, P-CROSSED, P-PROTECTED, P-MANY for each grouping that cannot be.
    """
    asked = [tuple(part.strip() for part in name.split(",")) for name in (by or ())]
    dotted = {name for grouping in asked for name in grouping} | set(entry.disaggregate)
    frame = _with_answers(rows.frame, entry, data, definitions, dotted)
    known = _known(frame, entry, data, definitions)
    if by is None:
        usual = [name for name in entry.disaggregate if name in known]
        return frame, [(name,) for name in usual if frame[name].null_count() < len(frame)]
    raise_errors(problem for grouping in asked for problem in _problems(grouping, frame, known))
    raise_errors(problem for grouping in asked for problem in _too_many(grouping, frame))
    return frame, list(dict.fromkeys(asked))


def _too_many(grouping: Grouping, frame: pl.DataFrame) -> Iterator[Problem]:
    many = frame.select(grouping).n_unique()
    if many > MOST_GROUPS:
        yield Problem(P_MANY, Place(), {"found": ",".join(grouping), "groups": many, "most": MOST_GROUPS})


def _problems(grouping: Grouping, frame: pl.DataFrame, known: Sequence[str]) -> Iterator[Problem]:
    if len(grouping) > 2 or len(set(grouping)) < len(grouping):
        yield Problem(P_CROSSED, Place(), {"found": ",".join(grouping)})
    for name in grouping:
        values = {"found": name, "known": ", ".join(known), "hint": did_you_mean(name, known)}
        if name in frame.columns and name not in known and name not in _NO_GROUPS:
            yield Problem(P_PROTECTED, Place(), values)
        elif name not in known:
            yield Problem(P_GROUP, Place(), values)


def _known(frame: pl.DataFrame, entry: Indicator, data: WaveData, definitions: Definitions) -> list[str]:
    """Return the columns that values may be grouped by."""
    catalogue = definitions.catalogue
    closed = {*_NO_GROUPS, frame.columns[0]}
    closed |= {name for name in frame.columns if not _is_open(name, entry.entity, definitions)}
    if is_guarded(entry, definitions):
        own = {*entry.formulas, *entry.uses} - _open_parts(entry, definitions)
        tables = [catalogue.tables[name] for name in data.tables]
        keys = {name for table in tables for name in (table.key, table.link) if name is not None}
        closed |= own | keys
    return sorted(name for name in frame.columns if name not in closed)


def _open_parts(entry: Indicator, definitions: Definitions) -> set[str]:
    """Return the parts that the definition reports by and that come of the unit's own open answers alone."""
    questions = definitions.catalogue.questions.get(entry.entity, {})

    def is_open(name: str) -> bool:
        if name in entry.formulas:
            inside = names(parse(entry.formulas[name]))
            return all(not column.table and is_open(column.name) for column in inside)
        return name in questions and name not in entry.uses and _is_open(name, entry.entity, definitions)

    return {name for name in entry.disaggregate if name in entry.formulas and is_open(name)}


def left_out(
    frame: pl.DataFrame,
    groupings: Sequence[Grouping],
    entry: Indicator,
    data: WaveData,
    definitions: Definitions,
) -> dict[str, Text]:
    """Return what the definition reports by that is no grouping, with the reason."""
    known = _known(frame, entry, data, definitions)
    return {
        name: _NOT_THERE if name not in frame.columns else _EMPTY if name in known else _GUARDED
        for name in entry.disaggregate
        if (name,) not in groupings
    }


def _is_open(name: str, entity: str, definitions: Definitions) -> bool:
    table, _, question = name.rpartition(".")
    asked = definitions.catalogue.questions.get(table or entity, {}).get(question)
    return asked is None or (asked.sensitivity == "open" and not asked.personal)


def _with_answers(
    frame: pl.DataFrame, entry: Indicator, data: WaveData, definitions: Definitions, dotted: set[str]
) -> pl.DataFrame:
    """Add the unit's own answers, and under dotted names those asked for of the tables above it."""
    key, tables = frame.columns[0], definitions.catalogue.tables
    own = data.tables[entry.entity]
    questions = definitions.catalogue.questions.get(entry.entity, {})
    answers = [name for name in own.columns if name in questions and name not in frame.columns]
    frame = frame.join(own.select(key, *(name for name in answers if name != key)), on=key, how="left")
    for name in sorted(dotted):
        table, _, question = name.rpartition(".")
        if not table or name in frame.columns or question not in _columns(data, table):
            continue
        pairs = _line_up(entry.entity, table, data, definitions)
        if pairs is not None:
            above = data.tables[table].select(
                pl.col(tables[table].key).alias("goal"), pl.col(question).alias(name)
            )
            found = pairs.join(above, on="goal", how="left").select(pl.col("start").alias(key), name)
            frame = frame.join(found, on=key, how="left")
    return frame


def _columns(data: WaveData, table: str) -> list[str]:
    return data.tables[table].columns if table in data.tables else []


def _register(definitions: Definitions, entity: str, data: WaveData) -> pl.DataFrame | None:
    """Return the register's columns by the entity's key; None where no line of links leads to it."""
    programme, tables = definitions.programme, definitions.catalogue.tables
    place = definitions.workspace
    key = tables[programme.entity].key
    if not has_register(place, definitions):
        return None
    pairs = _line_up(entity, programme.entity, data, definitions)
    if pairs is None:
        return None
    register = programme_register(place, definitions).frame.drop(START, strict=False)
    found = pairs.join(register, left_on="goal", right_on=key, how="left")
    cluster = programme.design.cluster
    if cluster == key and key != tables[entity].key:  # the register's own units are the sampling units
        found = found.with_columns(pl.col("goal").alias(cluster))
    return found.rename({"start": tables[entity].key}).drop("goal", strict=False)


def _line_up(entity: str, goal: str, data: WaveData, definitions: Definitions) -> pl.DataFrame | None:
    """Return pairs of the entity's key (`start`) and the key of the row of `goal` above it (`goal`)."""
    tables = definitions.catalogue.tables
    key = tables[entity].key
    pairs = data.tables[entity].select(pl.col(key).alias("start"), pl.col(key).alias("goal"))
    table = entity
    while table != goal:
        entry = tables[table]
        if entry.parent is None or entry.link not in _columns(data, table):
            return None
        links = data.tables[table].select(pl.col(entry.key).alias("goal"), pl.col(entry.link).alias("up"))
        pairs = pairs.join(links, on="goal", how="left").select("start", pl.col("up").alias("goal"))
        table = entry.parent
    return pairs
