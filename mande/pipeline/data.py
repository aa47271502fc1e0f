"""All accepted answers of a programme, linked and measured: what everything else is estimated from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import polars as pl

from mande.errors import Code, MandeError, Place, Problem, Text
from mande.measure import WaveData, measure_with_parameters, to_pandas, winsorise
from mande.measure.needs import needed_answers
from mande.pipeline.constants import with_constants
from mande.pipeline.distribution import columns_beside, recentred_outcome, with_statistic
from mande.pipeline.runs import Definitions
from mande.schema import Indicator, Outcome, Question
from mande.survey.identity import doubtful_links
from mande.survey.panel import Panel, link_panel
from mande.survey.register import read_register
from mande.survey.store import AcceptedWave, load_wave, with_all_questions
from mande.workspace import Workspace

P_PENDING = Code(
    "P-PENDING",
    Text("a wave has not been accepted yet"),
    Text("accepted data for every wave of programme.yaml"),
    Text("Run `mande validate FILE`, then `mande accept FILE`, for wave {found}."),
)


@dataclass(frozen=True, slots=True)
class MeasuredData:
    """All accepted answers of a programme, linked and measured.

    `frame` (pandas): one row per unit and wave with the key, `wave`, `arm`, the register's columns and
    one column per outcome. `baseline` (pandas): one row per unit at baseline with the characteristics.
    `pulled` counts the values winsorised, by outcome. `parameters` (Polars) are the dated values behind
    the outcomes, with the columns of `mande.measure.measure_with_parameters`.
    """

    waves: Mapping[str, AcceptedWave]
    panel: Panel
    frame: pd.DataFrame
    baseline: pd.DataFrame
    pulled: Mapping[str, int]
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
    register = read_register(definitions.folder / programme.register_file, programme, key=key)
    panel = linked_panel(definitions, waves, register)
    outcomes = [with_statistic(o, catalogue.indicators[o.indicator]) for o in programme.outcomes]
    asked = needed_questions(outcomes, definitions)
    whole = {
        name: with_constants(with_all_questions(wave, asked), programme, catalogue)
        for name, wave in waves.items()
    }
    long, pulled, used = _measured(definitions, whole, panel, key)
    first = programme.design.contrast.baseline
    start = long.filter(pl.col("wave") == first).join(_answers(definitions, whole[first]), on=key, how="left")
    return MeasuredData(waves, panel, to_pandas(long), to_pandas(start), pulled, used)


def linked_panel(
    definitions: Definitions, waves: Mapping[str, AcceptedWave], register: pl.DataFrame
) -> Panel:
    """Return the waves linked by respondent; interviews of somebody else than before are set aside."""
    programme = definitions.programme
    entity = programme.entity
    dates = {wave.id: wave.reference_date for wave in programme.waves}
    return link_panel(
        {name: wave.tables[entity] for name, wave in waves.items() if entity in wave.tables},
        register,
        key=definitions.catalogue.tables[entity].key,
        wave_order=[wave.id for wave in programme.waves],
        sample=programme.design.sample,
        set_aside=None if programme.is_repeated else doubtful_links(waves, entity, dates),
    )


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
) -> tuple[pl.DataFrame, dict[str, int], pl.DataFrame]:
    """Return the panel with one column per outcome, how many values were winsorised, and parameters used."""
    long = panel.frame
    pulled: dict[str, int] = {}
    used = []
    for outcome in definitions.programme.outcomes:
        indicator = definitions.catalogue.indicators[outcome.indicator]
        values, parameters = _by_wave(definitions, outcome, waves, key)
        used.append(parameters)
        long = long.join(values, on=[key, "wave"], how="left")
        if indicator.winsorise is not None:
            rule = indicator.winsorise
            within = [name for name in rule.within if name in long.columns]  # a register may have no strata
            done = winsorise(long, outcome.name, lower=rule.lower, upper=rule.upper, within=within)
            long = long.with_columns(done.values.alias(outcome.name))
            pulled[outcome.name] = done.pulled_low + done.pulled_high
        long = recentred_outcome(long, outcome)
    # What several outcomes build on was looked up for each, with the same result.
    return long.sort(key, "wave"), pulled, pl.concat(used).unique(maintain_order=True)


def _by_wave(
    definitions: Definitions, outcome: Outcome, waves: Mapping[str, AcceptedWave], key: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the outcome's column for each unit and wave, and the parameters behind it.

    With it come the columns that its statistic takes. Waves after the baseline of the contrast may use
    its values.
    """
    indicator = with_statistic(outcome, definitions.catalogue.indicators[outcome.indicator])
    columns = {"value": outcome.name, **columns_beside(outcome)}
    frames, used = [], []
    baseline: WaveData | None = None
    for wave in definitions.programme.waves:
        data = WaveData(waves[wave.id].tables, wave.reference_date, waves[wave.id].reasons)
        values, parameters = measure_with_parameters(
            indicator,
            data,
            catalogue=definitions.catalogue,
            parameters=definitions.parameters,
            baseline=baseline,
        )
        used.append(parameters)
        chosen = [pl.col(name).alias(alias) for name, alias in columns.items()]
        frames.append(values.select(pl.col(key), pl.lit(wave.id).alias("wave"), *chosen))
        if wave.id == definitions.programme.design.contrast.baseline:
            baseline = data
    return pl.concat(frames), pl.concat(used)


def _answers(definitions: Definitions, wave: AcceptedWave) -> pl.DataFrame:
    """Return the baseline answers that are characteristics, and are not outcomes already."""
    programme = definitions.programme
    table = wave.tables[programme.entity]
    outcomes = {outcome.name for outcome in programme.outcomes}
    names = [name for name in programme.characteristics if name in table.columns and name not in outcomes]
    return table.select(definitions.catalogue.tables[programme.entity].key, *names)
