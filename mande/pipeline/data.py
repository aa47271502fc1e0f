"""All accepted answers of a programme, linked and measured: what everything else is estimated from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import polars as pl

from mande.errors import Code, MandeError, Place, Problem, Text
from mande.measure import Measuring, WaveData, to_pandas
from mande.measure.needs import needed_answers
from mande.measure.plausible import outside
from mande.measure.winsorise import winsorise
from mande.pipeline.constants import with_constants
from mande.pipeline.design_columns import with_design_columns
from mande.pipeline.distribution import columns_beside, recentred_outcome, with_statistic
from mande.pipeline.registers import Registered, accepted_tables, programme_register
from mande.pipeline.runs import Definitions
from mande.schema import Indicator, Outcome, Question
from mande.survey.identity import doubtful_links
from mande.survey.panel import Panel, link_panel
from mande.survey.programme_tables import UPTAKE
from mande.survey.store import AcceptedWave, load_wave, with_all_questions
from mande.survey.uptake import one_table, with_uptake
from mande.workspace import Workspace

P_PENDING = Code(
    "P-PENDING",
    Text(
        "a wave has not been accepted yet",
        "une vague n'a pas encore été acceptée",
        "una ronda aún no ha sido aceptada",
    ),
    Text(
        "accepted data of this wave",
        "les données acceptées de cette vague",
        "los datos aceptados de esta ronda",
    ),
    Text(
        "Run `mande validate FILE`, then `mande accept FILE`, for wave {found}.",
        "Lancez `mande validate FICHIER`, puis `mande accept FICHIER`, pour la vague {found}.",
        "Ejecute `mande validate ARCHIVO`, luego `mande accept ARCHIVO`, para la ronda {found}.",
    ),
)


@dataclass(frozen=True, slots=True)
class Pulled:
    """How many values of an outcome were winsorised, within which columns the quantiles are."""

    n: int
    within: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasuredData:
    """All accepted answers of a programme, linked and measured.

    `frame` (pandas): one row per unit and wave with the key, `wave`, `arm`, the register's columns, one
    column per outcome, and what the design names (`design_columns`). `baseline` (pandas): one row per unit
    at baseline with the characteristics. `pulled` counts the values winsorised, `implausible` those outside
    the plausible range (as measured; they are kept), `frozen` says what was frozen on the comparison arm,
    each by outcome. `parameters` (Polars) are the dated values behind the outcomes, with the columns of
    `mande.measure.measure_with_parameters`.
    """

    waves: Mapping[str, AcceptedWave]
    panel: Panel
    frame: pd.DataFrame
    baseline: pd.DataFrame
    pulled: Mapping[str, Pulled]
    implausible: Mapping[str, int]
    frozen: Mapping[str, str]
    parameters: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Measured:
    """The panel with a column per outcome, and what was done to each on the way."""

    long: pl.DataFrame
    pulled: Mapping[str, Pulled]
    implausible: Mapping[str, int]
    frozen: Mapping[str, str]
    parameters: pl.DataFrame


def read_and_measure(place: Workspace, definitions: Definitions) -> MeasuredData:
    """Return the accepted waves of a programme, linked by respondent, with every outcome worked out.

    Raises
    ------
    MandeError
        P-PENDING for each wave that has not been accepted; the codes of register, panel and formulas.
    """
    programme, catalogue = definitions.programme, definitions.catalogue
    key = catalogue.tables[programme.entity].key
    if any(place.manifest(programme.id, wave.id) is None for wave in programme.waves):
        missing = [wave.id for wave in programme.waves if place.manifest(programme.id, wave.id) is None]
        raise MandeError([Problem(P_PENDING, Place(file=programme.id), {"found": wave}) for wave in missing])
    waves = {wave.id: load_wave(place, programme.id, wave.id) for wave in programme.waves}
    panel = linked_panel(definitions, waves, programme_register(place, definitions))
    panel = with_accepted_uptake(panel, place, definitions)
    outcomes = [with_statistic(o, catalogue.indicators[o.indicator]) for o in programme.outcomes]
    asked = needed_questions(outcomes, definitions)
    whole = {
        name: with_constants(with_all_questions(wave, asked), programme, catalogue)
        for name, wave in waves.items()
    }
    found = _measured(definitions, whole, panel, key)
    long = with_design_columns(found.long, definitions, waves, key)
    first = programme.design.contrast.baseline
    start = long.filter(pl.col("wave") == first).join(_answers(definitions, whole[first]), on=key, how="left")
    return MeasuredData(
        waves, panel, to_pandas(long), to_pandas(start),
        found.pulled, found.implausible, found.frozen, found.parameters,
    )  # fmt: skip


def with_accepted_uptake(panel: Panel, place: Workspace, definitions: Definitions) -> Panel:
    """Return the panel with who took part by each wave, where uptake was accepted with one."""
    tables = accepted_tables(place, definitions, UPTAKE)
    if not tables:
        return panel
    schemas = definitions.catalogue.tables
    uptake = one_table(tables, UPTAKE, key=schemas[UPTAKE].key)
    key = schemas[definitions.programme.entity].key
    return replace(panel, frame=with_uptake(panel.frame, uptake, definitions.programme, key=key))


def linked_panel(definitions: Definitions, waves: Mapping[str, AcceptedWave], register: Registered) -> Panel:
    """Return the waves linked by respondent; interviews of somebody else than before are set aside."""
    programme = definitions.programme
    entity = programme.entity
    dates = {wave.id: wave.reference_date for wave in programme.waves}
    panel = link_panel(
        {name: wave.tables[entity] for name, wave in waves.items() if entity in wave.tables},
        register.frame,
        key=definitions.catalogue.tables[entity].key,
        wave_order=[wave.id for wave in programme.waves],
        sample=programme.design.sample,
        set_aside=None if programme.is_repeated else doubtful_links(waves, entity, dates),
    )
    return replace(panel, problems=(*register.problems, *panel.problems))


def needed_questions(
    indicators: Sequence[Indicator], definitions: Definitions
) -> dict[str, dict[str, Question]]:
    """Return, for every table, the questions that some indicators need: only these get a column of their own.

    The library asks hundreds; a column of missing answers for each would outgrow the data.
    """
    needs = needed_answers(indicators, definitions.catalogue)
    questions = definitions.catalogue.questions
    return {
        table: {name: entry for name, entry in asked.items() if name in needs.get(table, ())}
        for table, asked in questions.items()
    }


def _measured(
    definitions: Definitions, waves: Mapping[str, AcceptedWave], panel: Panel, key: str
) -> _Measured:
    long = panel.frame
    pulled: dict[str, Pulled] = {}
    strange: dict[str, int] = {}
    frozen: dict[str, str] = {}
    used = []
    contrast = definitions.programme.design.contrast
    weights = definitions.programme.design.weights or "weight"
    measuring = _measuring(definitions, waves)
    for outcome in definitions.programme.outcomes:
        indicator = definitions.catalogue.indicators[outcome.indicator]
        values, parameters = _by_wave(definitions, outcome, measuring, key)
        used.append(parameters)
        long = long.join(values, on=[key, "wave"], how="left")
        if indicator.plausible is not None:
            strange[outcome.name] = outside(long, outcome.name, indicator.plausible).height
        if indicator.winsorise is not None:
            rule = indicator.winsorise
            rows = _with_answers(long, rule.within, waves, definitions.programme.entity, key)
            within = tuple(name for name in rule.within if name in rows.columns)  # strata, if there are any
            done = winsorise(rows, outcome.name, lower=rule.lower, upper=rule.upper, within=within)
            long = long.with_columns(done.values.alias(outcome.name))
            pulled[outcome.name] = Pulled(done.pulled_low + done.pulled_high, within)
        long, told = recentred_outcome(long, outcome, contrast, weights=weights)
        if told:
            frozen[outcome.name] = told
    # What several outcomes build on was looked up for each, with the same result.
    parameters = pl.concat(used).unique(maintain_order=True)
    return _Measured(long.sort(key, "wave"), pulled, strange, frozen, parameters)


def _with_answers(
    long: pl.DataFrame, names: Sequence[str], waves: Mapping[str, AcceptedWave], entity: str, key: str
) -> pl.DataFrame:
    """Return the panel with those answers of the unit that it lacks: `occupation` for quantiles within it."""
    found = []
    for wave, accepted in waves.items():
        table = accepted.tables[entity]
        asked = [name for name in names if name in table.columns and name not in long.columns]
        found.append(table.select(key, pl.lit(wave).alias("wave"), *asked))
    answers = pl.concat(found, how="diagonal")
    return long.join(answers, on=[key, "wave"], how="left", maintain_order="left")


def _measuring(
    definitions: Definitions, waves: Mapping[str, AcceptedWave]
) -> dict[str, tuple[Measuring, WaveData]]:
    """Return for each wave its data and what measures in it: all outcomes share what they build on.

    Waves after the baseline of the contrast may use its values, and each those of the wave before it.
    """
    programme, catalogue = definitions.programme, definitions.catalogue
    measuring = Measuring(catalogue, parameters=definitions.parameters)
    found = {}
    data: WaveData | None = None
    for wave in programme.waves:
        data = WaveData(waves[wave.id].tables, wave.reference_date, waves[wave.id].reasons, previous=data)
        found[wave.id] = (measuring, data)
        if wave.id == programme.design.contrast.baseline:
            measuring = Measuring(catalogue, parameters=definitions.parameters, baseline=data)
    return found


def _by_wave(
    definitions: Definitions,
    outcome: Outcome,
    measuring: Mapping[str, tuple[Measuring, WaveData]],
    key: str,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the outcome's column for each unit and wave, and the parameters behind it.

    With it come the columns that its statistic takes.
    """
    indicator = with_statistic(outcome, definitions.catalogue.indicators[outcome.indicator])
    columns = {"value": outcome.name, **columns_beside(outcome)}
    frames, used = [], []
    for name, (measure, data) in measuring.items():
        values, parameters = measure.measure_with_parameters(indicator, data)
        used.append(parameters)
        chosen = [pl.col(column).alias(alias) for column, alias in columns.items()]
        frames.append(values.select(pl.col(key), pl.lit(name).alias("wave"), *chosen))
    return pl.concat(frames), pl.concat(used)


def _answers(definitions: Definitions, wave: AcceptedWave) -> pl.DataFrame:
    """Return the baseline answers that are characteristics, and are not outcomes already."""
    programme = definitions.programme
    table = wave.tables[programme.entity]
    outcomes = {outcome.name for outcome in programme.outcomes}
    names = [name for name in programme.characteristics if name in table.columns and name not in outcomes]
    return table.select(definitions.catalogue.tables[programme.entity].key, *names)
