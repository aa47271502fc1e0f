"""Compute one indicator over an accepted wave: statistics with errors, and why values are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mande.disclosure import SMALL_CELL, release_statistics
from mande.errors import Language, MandeError, Place, Problem, did_you_mean
from mande.measure import WaveData, frozen_entry, measure_with_parameters, read_entry, summarise
from mande.measure.entries import BASELINE, NOW, PERIOD
from mande.measure.freezing import is_frozen
from mande.measure.needs import uses_previous
from mande.measure.plausible import outside
from mande.measure.winsorise import Winsorised, winsorise
from mande.pipeline.computed import NOT_KNOWN, Computed, Implausible, named
from mande.pipeline.constants import with_constants
from mande.pipeline.data import P_PENDING, needed_questions
from mande.pipeline.groupings import (
    EMPLOYER,
    Grouping,
    Rows,
    is_guarded,
    left_out,
    with_groups,
    with_register,
)
from mande.pipeline.library import find_indicator
from mande.pipeline.registers import accepted_tables
from mande.pipeline.runs import Definitions, load_definitions
from mande.pipeline.sampling import CLUSTERS, STRATA, WEIGHTS
from mande.schema import Indicator
from mande.survey.programme_tables import TARGETS
from mande.survey.store import load_wave, with_all_questions
from mande.survey.uptake import one_table, targets_of
from mande.survey.validate import P_WAVE
from mande.workspace import Workspace, find_workspace

_WEIGHT = "__weight"
Statistic = str | Mapping[str, Any]


def compute(
    indicator: str,
    programme: str,
    wave: str,
    *,
    by: Sequence[str] | None = None,
    level: float = 0.95,
    language: Language = "en",
    workspace: Path = Path(),
) -> Computed:
    """Compute an indicator over an accepted wave of a programme.

    Parameters
    ----------
    indicator
        Id or code of any indicator.
    programme, wave
        Ids.
    by
        Names to group by, each by itself, or two crossed (`sex,region`); the indicator's own
        `disaggregate` that the data hold where None.
    level
        Of the intervals.
    language
        Of labels, headings and reasons.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        P-INDICATOR, P-WAVE, P-PENDING, P-GROUP, P-CROSSED, P-PROTECTED, P-MANY; M codes where the wave
        lacks a table.
    """
    place = find_workspace(workspace)
    definitions = load_definitions(place, programme)
    entry = find_indicator(definitions.catalogue, indicator)
    data, baseline = _waves(place, definitions, entry, wave)
    values, used = _measured(entry, data, definitions, baseline)
    rows = with_register(values, entry, data, definitions)
    frame, groupings = with_groups(rows, entry, data, definitions, by)
    statistics = _frozen(entry, definitions, rows, wave, baseline)
    frame = _weighed(frame, entry)
    both, before = _with_baseline(frame, entry, definitions, baseline, by)
    table = _Table(entry, frame, both, level, guarded=is_guarded(entry, definitions))
    pulled, found = table.all(statistics, [(), *groupings])
    absent = values.filter(pl.col("value").is_null())
    reasons = absent.group_by("reason").agg(pl.len().cast(pl.Int64).alias("n"))
    return Computed(
        indicator=entry,
        wave=wave,
        level=level,
        language=language,
        definitions=definitions,
        statistics=release_statistics(found),
        missing=reasons.sort("n", "reason", descending=[True, False]),
        units=len(values),
        sampling=rows.sampling,
        imputed=int(values["imputed"].sum()) if "imputed" in values.columns else None,
        pulled=pulled,
        implausible=_implausible(values, entry, guarded=table.guarded),
        parameters=used if before is None else pl.concat([used, before]),
        left_out={} if by is not None else left_out(frame, groupings, entry, data, definitions),
        targets=_targets(place, definitions, entry, data.reference_date),
    )


def _targets(
    place: Workspace, definitions: Definitions, entry: Indicator, day: dt.date
) -> tuple[Mapping[str, Any], ...]:
    """Return what the indicator should come to, as accepted with the waves."""
    tables = accepted_tables(place, definitions, TARGETS)
    if not tables:
        return ()
    whole = one_table(tables, TARGETS, key=definitions.catalogue.tables[TARGETS].key)
    return tuple(targets_of(whole, entry.id, day))


def _waves(
    place: Workspace, definitions: Definitions, entry: Indicator, wave: str
) -> tuple[WaveData, WaveData | None]:
    """Return the data of the wave, with those of the accepted wave before it, and those of the baseline.

    There is no baseline to compare with where the wave is the baseline or before it.
    """
    programme = definitions.programme
    known = {entry.id: entry for entry in programme.waves}
    if wave not in known:
        values = {"found": wave, "known": ", ".join(known), "hint": did_you_mean(wave, known)}
        raise MandeError([Problem(P_WAVE, Place(file=programme.id), values)])
    if place.manifest(programme.id, wave) is None:
        raise MandeError([Problem(P_PENDING, Place(file=programme.id), {"found": wave})])
    needed = needed_questions([entry], definitions)

    loaded: dict[str, WaveData] = {}
    previous: WaveData | None = None
    for name in _to_load(definitions, entry, wave):
        if name is None or place.manifest(programme.id, name) is None:
            previous = None  # a wave that is not there makes none before it the previous one
            continue
        accepted = with_all_questions(load_wave(place, programme.id, name), needed)
        accepted = with_constants(accepted, programme, definitions.catalogue)
        previous = WaveData(accepted.tables, known[name].reference_date, accepted.reasons, previous)
        loaded[name] = previous
    data = loaded.pop(wave)
    return data, loaded.get(programme.design.contrast.baseline)


def _to_load(definitions: Definitions, entry: Indicator, wave: str) -> list[str | None]:
    """Return the waves up to this one in order, with None for those that the indicator does not need."""
    programme = definitions.programme
    every = uses_previous(entry, definitions.catalogue)
    needed = (programme.design.contrast.baseline, wave)
    order = [known.id for known in programme.waves]
    return [name if every or name in needed else None for name in order[: order.index(wave) + 1]]


def _with_baseline(
    frame: pl.DataFrame,
    entry: Indicator,
    definitions: Definitions,
    baseline: WaveData | None,
    by: Sequence[str] | None,
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Return the wave's units with those of the baseline below them, told apart by `period`.

    With them come the dated values behind the baseline's, None where it is not used.

    A sampling unit seen in both waves keeps its name, so that what its waves have in common is in the
    standard error of a change.
    """
    now = frame.with_columns(pl.lit(NOW).alias(PERIOD))
    if baseline is None or not any(read_entry(each).over_periods for each in entry.statistics):
        return now, None
    values, used = _measured(entry, baseline, definitions, None)
    rows = with_register(values, entry, baseline, definitions)
    before = _weighed(with_groups(rows, entry, baseline, definitions, by)[0], entry)
    then = before.with_columns(pl.lit(BASELINE).alias(PERIOD))
    return pl.concat([now, then], how="diagonal_relaxed"), used


def _measured(
    entry: Indicator, data: WaveData, definitions: Definitions, baseline: WaveData | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the values of an indicator, and the dated values of parameters behind them."""
    return measure_with_parameters(
        entry, data, catalogue=definitions.catalogue, parameters=definitions.parameters, baseline=baseline
    )


def _weighed(frame: pl.DataFrame, entry: Indicator) -> pl.DataFrame:
    """Add the weight of statistics: that of the sample, times what the indicator weighs by."""
    factors = [name for name in (WEIGHTS, entry.weigh_by) if name is not None and name in frame.columns]
    if not factors:
        return frame
    product = pl.lit(1.0)
    for name in factors:
        product = product * pl.col(name).cast(pl.Float64)
    return frame.with_columns(product.alias(_WEIGHT))


def _frozen(
    entry: Indicator, definitions: Definitions, rows: Rows, wave: str, baseline: WaveData | None
) -> list[Statistic]:
    """Return the indicator's statistics, with what some keep from the comparison arm at the baseline."""
    if not any(is_frozen(statistic) for statistic in entry.statistics):
        return list(entry.statistics)
    reference = _reference(entry, definitions, rows, wave, baseline)
    weighted = isinstance(reference, pl.DataFrame) and WEIGHTS in reference.columns
    weight = WEIGHTS if weighted else None
    return [frozen_entry(statistic, reference, weight=weight) for statistic in entry.statistics]


def _reference(
    entry: Indicator, definitions: Definitions, rows: Rows, wave: str, baseline: WaveData | None
) -> pl.DataFrame | str:
    """Return the units of the comparison arm at the baseline, or the reason why there are none."""
    contrast = definitions.programme.design.contrast
    if not contrast.comparison:
        return "no weights: the programme has no comparison arm"
    if wave != contrast.baseline:
        if baseline is None:
            return "no weights: the baseline wave has not been accepted"
        values, _ = _measured(entry, baseline, definitions, None)
        rows = with_register(values, entry, baseline, definitions)
    if not rows.in_register:
        return f"no weights: no line of links leads from {entry.entity} to the register"
    return rows.frame.filter(pl.col("arm").is_in(contrast.comparison))


def _implausible(values: pl.DataFrame, entry: Indicator, *, guarded: bool) -> Implausible | None:
    """Return the units whose value lies outside what is plausible; of protected indicators how many only."""
    if entry.plausible is None:
        return None
    low, high = entry.plausible
    units = outside(values, "value", entry.plausible)[values.columns[0]].cast(pl.String).sort()
    few = 0 < len(units) < SMALL_CELL
    return Implausible(low, high, None if guarded and few else len(units), () if guarded else tuple(units))


@dataclass(frozen=True, slots=True)
class _Table:
    """Works out every statistic of an indicator for every grouping.

    `both` holds the baseline's units as well, for statistics that compare the two.
    """

    entry: Indicator
    frame: pl.DataFrame
    both: pl.DataFrame
    level: float
    guarded: bool

    def all(
        self, statistics: Sequence[Statistic], groupings: Sequence[Grouping]
    ) -> tuple[int | None, pl.DataFrame]:
        """Return how many values were winsorised, and one row per group, statistic and number."""
        pulled = self._winsorised()
        kinds = [("", self.frame)]
        if pulled is not None:
            ends = self.frame.with_columns(pulled.values.alias("value"))
            kinds = [("as measured", self.frame), ("winsorised", ends)]
        tables = [
            self._one(kinds, statistic, number, grouping)
            for grouping in groupings
            for number, statistic in enumerate(statistics)
        ]
        count = None if pulled is None else pulled.pulled_low + pulled.pulled_high
        return count, pl.concat(tables)

    def _winsorised(self) -> Winsorised | None:
        rule = self.entry.winsorise
        if rule is None:
            return None
        within = [name for name in rule.within if name in self.frame.columns]  # one wave; strata if any
        return winsorise(self.frame, "value", lower=rule.lower, upper=rule.upper, within=within)

    def _one(
        self,
        kinds: Sequence[tuple[str, pl.DataFrame]],
        statistic: Statistic,
        number: int,
        by: Grouping,
    ) -> pl.DataFrame:
        """Return a statistic for each group, of the values as measured and winsorised beside each other."""
        read = read_entry(statistic)
        of_value = "value" in read.columns and not read.over_periods
        chosen = kinds if of_value else [("", self.both)] if read.over_periods else kinds[:1]
        tables = [self._of(frame, kind if of_value else "", statistic, number, by) for kind, frame in chosen]
        return pl.concat(tables).sort("cell", maintain_order=True)

    def _of(
        self, frame: pl.DataFrame, kind: str, statistic: Statistic, number: int, by: Grouping
    ) -> pl.DataFrame:
        keys = [f"__by{place}" for place in range(len(by))]
        rows = frame.with_columns(
            _as_text(frame, name).alias(key) for name, key in zip(by, keys, strict=True)
        )
        found = summarise(
            rows,
            statistic,
            by=keys,
            weight=_WEIGHT if _WEIGHT in rows.columns else None,
            strata=STRATA if STRATA in rows.columns else None,
            psu=CLUSTERS if CLUSTERS in rows.columns else None,
            level=self.level,
        )
        read = read_entry(statistic)
        cell = pl.concat_list(keys) if keys else pl.lit([], dtype=pl.List(pl.String))
        return self._with_employers(found, rows, read.columns, keys).select(
            pl.lit(",".join(by)).alias("by"),
            cell.alias("cell"),
            pl.lit(number).alias("entry"),
            pl.lit(named(self.entry.statistics[number])).alias("statistic"),
            "number",
            pl.lit(kind).alias("values"),
            "value", "se", "low", "high", "n", "n_missing", "n_smallest",
            pl.lit(read.statistic.smallest_cell, dtype=pl.Int64).alias("n_needed"),
            "n_employers", "method", "reason", "note",
        )  # fmt: skip

    def _with_employers(
        self, found: pl.DataFrame, rows: pl.DataFrame, columns: Sequence[str], keys: Sequence[str]
    ) -> pl.DataFrame:
        """Add how many employers stand behind each group; null where the indicator is not guarded."""
        if not self.guarded:
            return found.with_columns(pl.lit(None, dtype=pl.Int64).alias("n_employers"))
        there = rows.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in columns))
        counted = pl.col(EMPLOYER).n_unique().cast(pl.Int64).alias("n_employers")
        if not keys:
            employers = there.select(counted).item()
            return found.with_columns(pl.lit(employers, dtype=pl.Int64).alias("n_employers"))
        return found.join(there.group_by(keys).agg(counted), on=keys, how="left")


def _as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return a column to group by as text."""
    column = pl.col(name)
    if frame.schema[name] == pl.Boolean:
        column = column.replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
    return column.cast(pl.String).fill_null(NOT_KNOWN)
