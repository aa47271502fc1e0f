"""Compute one indicator over an accepted wave: statistics with errors, and why values are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mande.disclosure import SMALL_CELL, release_statistics
from mande.errors import MandeError, Place, Problem, did_you_mean
from mande.measure import WaveData, measure_with_parameters, read_entry, summarise
from mande.measure.entries import BASELINE, NOW, PERIOD
from mande.measure.needs import uses_previous
from mande.pipeline.constants import with_constants
from mande.pipeline.data import P_PENDING, needed_questions
from mande.pipeline.library import find_indicator
from mande.pipeline.problems import P_GROUP
from mande.pipeline.runs import Definitions, load_definitions
from mande.schema import Indicator
from mande.survey.register import read_register
from mande.survey.store import load_wave, with_all_questions
from mande.wording import number
from mande.workspace import Workspace, find_workspace

_WEIGHT = "__weight"
_DESIGN = ("arm", "stratum", "weight")


@dataclass(frozen=True, slots=True)
class Computed:
    """An indicator over one wave.

    Attributes
    ----------
    statistics : one row per group, statistic and number. Columns: `by` (the name of the grouping, empty
        for all), `group`, `statistic`, `number`, `value`, `se`, `low`, `high`, `n`, `n_missing`, `method`,
        `reason`, `note`. Cells of fewer than 10 units are suppressed.
    missing : `reason` and how many units have no value for it (`n`).
    units : rows of the entity. weighted : whether the register gave weights. clustered : its column.
    imputed : units with an answer filled in, None where the indicator fills in nothing.
    """

    indicator: Indicator
    wave: str
    level: float
    statistics: pl.DataFrame
    missing: pl.DataFrame
    units: int
    weighted: bool
    clustered: str | None
    imputed: int | None

    def as_record(self) -> dict[str, Any]:
        """Return everything for machines."""
        return {
            "indicator": self.indicator.id,
            "version": self.indicator.version,
            "label": self.indicator.label.en,
            "unit": self.indicator.unit,
            "wave": self.wave,
            "level": self.level,
            "units": self.units,
            "weighted": self.weighted,
            "clustered": self.clustered,
            "imputed": self.imputed,
            "statistics": self.statistics.to_dicts(),
            "missing": self.missing.to_dicts(),
        }

    def text(self) -> str:
        """Return a table for people."""
        entry = self.indicator
        head = f"{entry.label.en} ({entry.unit}), {entry.id} version {entry.version}, wave {self.wave}"
        rows = [_shown(row) for row in self.statistics.iter_rows(named=True)]
        header = ("group", "statistic", "value", "std. error", f"{self.level:.0%} interval", "n", "missing")
        lines = [head, "", *_columns([header, *rows])]
        notes = [f"{row['statistic']}: {row['note']}" for row in self.statistics.to_dicts() if row["note"]]
        lines += ["", *dict.fromkeys(notes)] if notes else []
        if not self.missing.is_empty():
            counts = [(_count(row["n"]), row["reason"]) for row in self.missing.iter_rows(named=True)]
            lines += ["", "Without a value:", *(f"  {n:>8}  {reason}" for n, reason in counts)]
        if self.imputed is not None:
            lines += ["", f"{self.imputed} of {self.units} units stand on an answer that was filled in."]
        return "\n".join([*lines, "", self._basis()])

    def _basis(self) -> str:
        weights = "Weighted" if self.weighted else "Not weighted (the register has no weights)"
        errors = f"clustered by {self.clustered}" if self.clustered else "for independent units"
        return f"{weights}; standard errors {errors}; groups of fewer than {SMALL_CELL} are not shown."


def compute(
    indicator: str,
    programme: str,
    wave: str,
    *,
    by: Sequence[str] | None = None,
    level: float = 0.95,
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
        Names to group by; the indicator's own `disaggregate` that the data hold where None.
    level
        Of the intervals.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        P-INDICATOR, P-PENDING, P-GROUP, M codes where the wave lacks a table.
    """
    place = find_workspace(workspace)
    definitions = load_definitions(place, programme)
    entry = find_indicator(definitions.catalogue, indicator)
    data, baseline = _waves(place, definitions, entry, wave)
    values, frame, groups = _measured(definitions, entry, data, baseline, by)
    both = _with_baseline(frame, definitions, entry, baseline, by)
    cluster = definitions.programme.design.cluster
    design = {
        "weight": _WEIGHT if _WEIGHT in frame.columns else None,
        "strata": "stratum" if "stratum" in frame.columns else None,
        "psu": cluster if cluster in frame.columns else None,
    }
    tables = [
        _statistics(both if read_entry(statistic).over_periods else frame, statistic, name, design, level)
        for name in ("", *groups)
        for statistic in entry.statistics
    ]
    absent = values.filter(pl.col("value").is_null())
    reasons = absent.group_by("reason").agg(pl.len().cast(pl.Int64).alias("n"))
    reasons = reasons.sort("n", "reason", descending=[True, False])
    imputed = int(values["imputed"].sum()) if "imputed" in values.columns else None
    return Computed(
        entry, wave, level, release_statistics(pl.concat(tables)), reasons, len(values),
        "weight" in frame.columns, design["psu"], imputed,
    )  # fmt: skip


def _measured(
    definitions: Definitions,
    entry: Indicator,
    data: WaveData,
    baseline: WaveData | None,
    by: Sequence[str] | None,
) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Return a wave's values, the same with design and group columns, and the names of the groupings."""
    values, _ = measure_with_parameters(
        entry, data, catalogue=definitions.catalogue, parameters=definitions.parameters, baseline=baseline
    )
    register = _register(definitions, entry.entity, data)
    frame, groups = _grouped(values, register, data, definitions, entry, by)
    return values, _weighed(frame, entry), groups


def _with_baseline(
    frame: pl.DataFrame,
    definitions: Definitions,
    entry: Indicator,
    baseline: WaveData | None,
    by: Sequence[str] | None,
) -> pl.DataFrame:
    """Return the wave's units with those of the baseline below them, told apart by `period`.

    A sampling unit seen in both waves keeps its name, so that what its waves have in common is in the
    standard error of a change.
    """
    now = frame.with_columns(pl.lit(NOW).alias(PERIOD))
    if baseline is None or not any(read_entry(each).over_periods for each in entry.statistics):
        return now
    _, before, _ = _measured(definitions, entry, baseline, None, by)
    return pl.concat([now, before.with_columns(pl.lit(BASELINE).alias(PERIOD))], how="diagonal_relaxed")


def _waves(
    place: Workspace, definitions: Definitions, entry: Indicator, wave: str
) -> tuple[WaveData, WaveData | None]:
    """Return the data of the wave, with those of the accepted wave before it, and those of the baseline.

    There is no baseline to compare with where the wave is the baseline or before it.
    """
    programme = definitions.programme
    known = {entry.id: entry for entry in programme.waves}
    if wave not in known or place.manifest(programme.id, wave) is None:
        hint = did_you_mean(wave, known)
        raise MandeError([Problem(P_PENDING, Place(file=programme.id), {"found": wave + hint})])
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


def _register(definitions: Definitions, entity: str, data: WaveData) -> pl.DataFrame | None:
    """Return the register's columns by the entity's key; None where no line of links leads to it."""
    programme, tables = definitions.programme, definitions.catalogue.tables
    path = definitions.folder / programme.register_file
    key = tables[programme.entity].key
    if not path.is_file():
        return None
    pairs = _line_up(entity, programme.entity, data, definitions)
    if pairs is None:
        return None
    register = read_register(path, programme, key=key)
    found = pairs.join(register, left_on="goal", right_on=key, how="left")
    return found.rename({"start": tables[entity].key}).drop("goal", strict=False)


def _line_up(entity: str, goal: str, data: WaveData, definitions: Definitions) -> pl.DataFrame | None:
    """Return pairs of the entity's key (`start`) and the key of the row of `goal` above it (`goal`)."""
    tables = definitions.catalogue.tables
    key = tables[entity].key
    pairs = data.tables[entity].select(pl.col(key).alias("start"), pl.col(key).alias("goal"))
    table = entity
    while table != goal:
        entry = tables[table]
        if entry.parent is None or table not in data.tables or entry.link not in data.tables[table].columns:
            return None
        links = data.tables[table].select(pl.col(entry.key).alias("goal"), pl.col(entry.link).alias("up"))
        pairs = pairs.join(links, on="goal", how="left").select("start", pl.col("up").alias("goal"))
        table = entry.parent
    return pairs


def _grouped(
    values: pl.DataFrame,
    register: pl.DataFrame | None,
    data: WaveData,
    definitions: Definitions,
    entry: Indicator,
    by: Sequence[str] | None,
) -> tuple[pl.DataFrame, list[str]]:
    """Return the values with design and group columns, and the names of the groupings."""
    key = values.columns[0]
    frame = values if register is None else values.join(register, on=key, how="left", suffix="_register")
    questions = definitions.catalogue.questions.get(entry.entity, {})
    open_ = {
        name
        for name, question in questions.items()
        if question.sensitivity == "open" and not question.personal
    }
    own = data.tables[entry.entity]
    answers = [name for name in own.columns if name in open_ and name not in frame.columns and name != key]
    frame = frame.join(own.select(key, *answers), on=key, how="left")
    for name in entry.disaggregate if by is None else by:
        table, _, question = name.rpartition(".")
        if table and name not in frame.columns:
            above = _line_up(entry.entity, table, data, definitions) if table in data.tables else None
            if above is not None and question in data.tables[table].columns:
                rows = data.tables[table].select(
                    pl.col(definitions.catalogue.tables[table].key).alias("goal"),
                    pl.col(question).alias(name),
                )
                pairs = above.join(rows, on="goal", how="left").select(pl.col("start").alias(key), name)
                frame = frame.join(pairs, on=key, how="left")
    return frame, _chosen(frame, entry, by)


def _chosen(frame: pl.DataFrame, entry: Indicator, by: Sequence[str] | None) -> list[str]:
    if by is None:
        wanted = [name for name in entry.disaggregate if name in frame.columns]
        return [name for name in wanted if frame[name].null_count() < len(frame)]
    known = sorted(name for name in frame.columns if name not in ("value", "reason", frame.columns[0]))
    problems = [
        Problem(
            P_GROUP,
            Place(),
            {"found": name, "known": ", ".join(known), "hint": did_you_mean(name, known)},
        )
        for name in by
        if name not in known
    ]
    if problems:
        raise MandeError(problems)
    return list(by)


def _weighed(frame: pl.DataFrame, entry: Indicator) -> pl.DataFrame:
    """Add the weight of statistics: the register's, times what the indicator weighs by."""
    factors = [name for name in ("weight", entry.weigh_by) if name is not None and name in frame.columns]
    if not factors:
        return frame
    product = pl.lit(1.0)
    for name in factors:
        product = product * pl.col(name).cast(pl.Float64)
    return frame.with_columns(product.alias(_WEIGHT))


def _statistics(
    frame: pl.DataFrame,
    statistic: str | Mapping[str, Any],
    by: str,
    design: Mapping[str, str | None],
    level: float,
) -> pl.DataFrame:
    rows = frame
    if by and not isinstance(frame.schema[by], pl.String):
        shown = (
            pl.col(by).replace_strict({True: "yes", False: "no"}) if frame.schema[by] == pl.Boolean else None
        )
        rows = frame.with_columns((pl.col(by).cast(pl.String) if shown is None else shown).alias(by))
    found = summarise(
        rows,
        statistic,
        by=[by] if by else [],
        weight=design["weight"],
        strata=design["strata"],
        psu=design["psu"],
        level=level,
    )
    name = statistic if isinstance(statistic, str) else next(iter(statistic))
    group = pl.col(by).fill_null("not known") if by else pl.lit("all")
    return found.select(
        pl.lit(by).alias("by"), group.alias("group"), pl.lit(_named(name, statistic)).alias("statistic"),
        "number", "value", "se", "low", "high", "n", "n_missing", "method", "reason", "note",
    )  # fmt: skip


def _named(name: str, statistic: str | Mapping[str, Any]) -> str:
    """Return a statistic's name with what tells two entries of one name apart."""
    if isinstance(statistic, str):
        return name
    arguments = statistic[name]
    if isinstance(arguments, Mapping):
        plain = [f"{value}" for value in arguments.values() if isinstance(value, str | int | float)]
        return f"{name} {' '.join(plain)}".strip()
    parts = arguments if isinstance(arguments, list | tuple) else [arguments]
    return f"{name} {' / '.join(str(part) for part in parts)}"


def _count(value: int) -> str:
    return f"< {SMALL_CELL}" if 0 < value < SMALL_CELL else f"{value:,}"


def _shown(row: Mapping[str, Any]) -> tuple[str, ...]:
    group = f"{row['by']} {row['group']}".strip()
    name = f"{row['statistic']} {row['number']}".replace("_", " ").strip()
    if row["value"] is None:
        return group, name, row["reason"] or "", "", "", _count(row["n"]), f"{row['n_missing']:,}"
    se = "" if row["se"] is None else number(row["se"])
    interval = "" if row["low"] is None else f"{number(row['low'])} to {number(row['high'])}"
    return group, name, number(row["value"]), se, interval, _count(row["n"]), f"{row['n_missing']:,}"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
