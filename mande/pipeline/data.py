"""All accepted answers of a programme, linked and measured: what everything else is estimated from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import polars as pl

from mande.errors import Code, MandeError, Place, Problem, Text
from mande.measure import measure, to_pandas, winsorise
from mande.pipeline.distribution import columns_beside, recentred_outcome, with_statistic
from mande.pipeline.runs import Definitions
from mande.schema import Outcome
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
    `pulled` counts the values winsorised, by outcome.
    """

    waves: Mapping[str, AcceptedWave]
    panel: Panel
    frame: pd.DataFrame
    baseline: pd.DataFrame
    pulled: Mapping[str, int]


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
    tables = {name: wave.tables[programme.entity] for name, wave in waves.items()}
    panel = link_panel(tables, register, key=key, wave_order=[wave.id for wave in programme.waves])
    whole = {name: with_all_questions(wave, catalogue.questions) for name, wave in waves.items()}
    long, pulled = _measured(definitions, whole, panel, key)
    first = programme.design.contrast.baseline
    start = long.filter(pl.col("wave") == first).join(_answers(definitions, whole[first]), on=key, how="left")
    return MeasuredData(waves, panel, to_pandas(long), to_pandas(start), pulled)


def _measured(
    definitions: Definitions, waves: Mapping[str, AcceptedWave], panel: Panel, key: str
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the linked panel with one column per outcome, and how many values were winsorised."""
    long = panel.frame
    pulled: dict[str, int] = {}
    for outcome in definitions.programme.outcomes:
        indicator = definitions.catalogue.indicators[outcome.indicator]
        long = long.join(_by_wave(definitions, outcome, waves, key), on=[key, "wave"], how="left")
        if indicator.winsorise is not None:
            rule = indicator.winsorise
            done = winsorise(long, outcome.name, lower=rule.lower, upper=rule.upper, within=rule.within)
            long = long.with_columns(done.values.alias(outcome.name))
            pulled[outcome.name] = done.pulled_low + done.pulled_high
        long = recentred_outcome(long, outcome)
    return long.sort(key, "wave"), pulled


def _by_wave(
    definitions: Definitions, outcome: Outcome, waves: Mapping[str, AcceptedWave], key: str
) -> pl.DataFrame:
    """Return the outcome's column, and those its statistic takes beside it, for each unit and wave."""
    indicator = with_statistic(outcome, definitions.catalogue.indicators[outcome.indicator])
    columns = {"value": outcome.name, **columns_beside(outcome)}
    frames = []
    for wave in definitions.programme.waves:
        accepted = waves[wave.id]
        values = measure(
            indicator,
            accepted.tables,
            catalogue=definitions.catalogue,
            reference_date=wave.reference_date,
            answer_reasons=accepted.reasons,
        )
        chosen = [pl.col(name).alias(alias) for name, alias in columns.items()]
        frames.append(values.select(pl.col(key), pl.lit(wave.id).alias("wave"), *chosen))
    return pl.concat(frames)


def _answers(definitions: Definitions, wave: AcceptedWave) -> pl.DataFrame:
    """Return the baseline answers that are characteristics, and are not outcomes already."""
    programme = definitions.programme
    table = wave.tables[programme.entity]
    outcomes = {outcome.name for outcome in programme.outcomes}
    names = [name for name in programme.characteristics if name in table.columns and name not in outcomes]
    return table.select(definitions.catalogue.tables[programme.entity].key, *names)
