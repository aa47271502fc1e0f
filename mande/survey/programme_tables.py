"""Tables that come from the programme, not from respondents: register, uptake and targets.

They are uploaded with a wave like any other table, and are checked and stored in the same way.

* `register`: one row per unit, with its arm, cluster, start, weight, stratum, and per wave a status, without
  which those who were lost cannot be told from those who were never asked; the waves it is due in, and the
  unit it stands in for or split from. How several registers are one: `mande.survey.registers`.
* `uptake`: what each unit took part in: activity, date, dose and cost.
* `targets`: what an indicator should come to: group, date, value and source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import polars as pl

from mande.catalogue import Catalogue
from mande.schema.common import Label
from mande.schema.programme import Programme
from mande.schema.question import Question, Table
from mande.survey.grid import SPACES, RawTable, normal_title
from mande.survey.register import (
    ARM,
    DUE,
    REPLACES,
    SPLIT_FROM,
    START,
    STATUS,
    STATUSES,
    STRATUM,
    WEIGHT,
)

REGISTER, UPTAKE, TARGETS = "register", "uptake", "targets"
PROGRAMME_TABLES = frozenset({REGISTER, UPTAKE, TARGETS})
MADE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {UPTAKE: ("unit", "activity", "date"), TARGETS: ("indicator", "group", "date")}
)
"""Tables whose key may be left out: it is made of these columns; `unit` is the programme's own key."""

_STATUS_LABELS = {
    "interviewed": Label(en="Interviewed", fr="Enquêté", es="Entrevistado"),
    "refused": Label(en="Refused", fr="Refus", es="Rechazo"),
    "not found": Label(en="Not found", fr="Introuvable", es="No encontrado"),
    "moved": Label(en="Moved away", fr="Parti ailleurs", es="Se mudó"),
    "dead": Label(en="Dead", fr="Décédé", es="Fallecido"),
    "replaced": Label(en="Replaced by another unit", fr="Remplacé", es="Reemplazado"),
}


def with_programme_tables(catalogue: Catalogue, programme: Programme) -> Catalogue:
    """Return the catalogue with register, uptake and targets; tables of these names stay as they are."""
    entity = catalogue.tables.get(programme.entity)
    if entity is None:
        return catalogue
    tables = {
        REGISTER: Table(label=Label(en="Register", fr="Registre", es="Registro"), key=entity.key),
        UPTAKE: Table(label=Label(en="Uptake", fr="Participation", es="Participación"), key="uptake_id"),
        TARGETS: Table(label=Label(en="Targets", fr="Cibles", es="Metas"), key="target_id"),
    }
    questions = {
        REGISTER: _register(programme, entity.key),
        UPTAKE: _uptake(entity.key),
        TARGETS: _targets(catalogue),
    }
    fresh = [name for name in tables if name not in catalogue.tables]
    return replace(
        catalogue,
        tables=MappingProxyType({**catalogue.tables, **{name: tables[name] for name in fresh}}),
        questions=MappingProxyType({**catalogue.questions, **{name: questions[name] for name in fresh}}),
    )


def _question(kind: str, en: str, fr: str, es: str, **more: Any) -> Question:
    content = {"label": {"en": en, "fr": fr, "es": es}, "type": kind, "missing_codes": {}}
    return Question.model_validate(content | more)


def _unit(key: str) -> dict[str, Question]:
    return {key: _question("text", "Unit", "Unité", "Unidad", required=True)}


def _register(programme: Programme, key: str) -> Mapping[str, Question]:
    cluster = programme.design.cluster
    questions = _unit(key) | {
        ARM: _question("choice", "Arm", "Groupe", "Grupo", required=True, choices=_arms(programme)),
        cluster: _question("text", "Cluster", "Grappe", "Conglomerado", required=True),
        START: _question("date", "Start of the treatment", "Début du traitement", "Inicio del tratamiento"),
        WEIGHT: _question("number", "Weight", "Poids", "Peso", range=(0, None)),
        STRATUM: _question("text", "Stratum", "Strate", "Estrato"),
    }
    for wave in programme.waves:
        questions[f"{STATUS}{wave.id}"] = _question(
            "choice",
            f"Status in {wave.label.en}",
            f"Statut, {wave.label.in_('fr')}",
            f"Estado, {wave.label.in_('es')}",
            choices={status: _STATUS_LABELS[status] for status in STATUSES},
        )
    questions[DUE] = _question("text", "Waves it is due in", "Vagues prévues", "Rondas previstas")
    questions[REPLACES] = _question("text", "Stands in for", "Remplace", "Reemplaza a")
    questions[SPLIT_FROM] = _question("text", "Split from", "Issue de", "Separada de")
    return MappingProxyType(questions)


def _arms(programme: Programme) -> dict[str, Label]:
    return {name: arm.label for name, arm in programme.arms.items()}


def _uptake(key: str) -> Mapping[str, Question]:
    return MappingProxyType(
        _unit(key)
        | {
            "activity": _question("text", "Activity", "Activité", "Actividad", required=True),
            "date": _question("date", "Date", "Date", "Fecha", required=True),
            "dose": _question("number", "Dose", "Dose", "Dosis", range=(0, None)),
            "cost": _question("number", "Cost", "Coût", "Costo", unit="LCU", range=(0, None)),
        }
    )


def _targets(catalogue: Catalogue) -> Mapping[str, Question]:
    indicators = {name: indicator.label for name, indicator in catalogue.indicators.items()}
    named: dict[str, Any] = {"choices": indicators} if indicators else {}
    kind = "choice" if indicators else "text"
    return MappingProxyType(
        {
            "indicator": _question(kind, "Indicator", "Indicateur", "Indicador", required=True, **named),
            "group": _question("text", "Group", "Groupe", "Grupo"),
            "date": _question("date", "Date", "Date", "Fecha", required=True),
            "value": _question("number", "Target value", "Valeur cible", "Valor meta", required=True),
            "source": _question("text", "Source", "Source", "Fuente"),
        }
    )


def with_made_key(raw: RawTable, table: str, schema: Table, unit: str) -> RawTable:
    """Return the cells with the table's key as one more column, where it is absent and can be made."""
    parts = [unit if part == "unit" else part for part in MADE_KEYS.get(table, ())]
    titles = [normal_title(title) for title in raw.columns]
    if not parts or schema.key in titles or not set(parts) & set(titles):
        return raw
    columns = [
        pl.col(f"c{titles.index(part)}").str.strip_chars(SPACES) if part in titles else pl.lit("")
        for part in parts
    ]
    made = pl.concat_str(columns, separator=" | ").alias(f"c{len(titles)}")
    return replace(
        raw,
        columns=(*raw.columns, schema.key),
        positions=(*raw.positions, max(raw.positions, default=-1) + 1),
        cells=raw.cells.with_columns(made),
    )
