"""Work out indicators over waves: what they use is joined first, and what they share is worked out once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from mande.catalogue import Catalogue
from mande.errors import raise_errors
from mande.formula.language import Type
from mande.measure.impute import IMPUTED, has_rule, impute, with_flag
from mande.measure.numbered import Numbered, places_of
from mande.measure.parameters import USED, parameters_used, valid_values
from mande.measure.plan import Plan, plan_indicator
from mande.measure.scopes import columns_of
from mande.measure.values import Beside, kind_problems, measured_rows, use_problems
from mande.measure.vectors import Vector, combinations, constant, vector_of
from mande.schema.indicator import Indicator, UseIndicator, UseParameter, UseQuestion
from mande.schema.parameter import Parameter

Tables = Mapping[str, pl.DataFrame]

_TIMES = "__times"
_LOOK_UP = {"indicator": pl.String, "name": pl.String, "reference_date": pl.Date}


@dataclass(frozen=True, slots=True)
class WaveData:
    """The accepted tables of one wave, and what else a value of that wave depends on.

    Attributes
    ----------
    tables : columns are question ids, the table's key and its link.
    reference_date : date at which parameters are looked up where a `use` names no date question.
    answer_reasons : why answers are missing: rows `table`, `key`, `question`, `reason`.
    previous : the wave before this one, for indicators that use its values.
    """

    tables: Tables
    reference_date: dt.date
    answer_reasons: pl.DataFrame | None = None
    previous: WaveData | None = None


def measure(
    indicator: Indicator,
    tables: Tables,
    *,
    catalogue: Catalogue,
    reference_date: dt.date,
    parameters: Mapping[str, Parameter] | None = None,
    answer_reasons: pl.DataFrame | None = None,
    baseline: WaveData | None = None,
    previous: WaveData | None = None,
) -> pl.DataFrame:
    """Return an indicator's value for every row of its entity, sorted by key.

    The result depends neither on the order of rows nor on the machine's number of processors.

    Parameters
    ----------
    indicator
        Definition to work out.
    tables
        Accepted tables of one wave; columns are question ids, the table's key and its link. Columns
        the indicator does not name are left alone.
    catalogue
        All definitions.
    reference_date
        Date at which parameters are looked up where a `use` names no date question.
    parameters
        A programme's own parameters, by id; they stand before the catalogue's.
    answer_reasons
        Why answers are missing: rows `table`, `key`, `question`, `reason` (refused, don't know, ...).
    baseline
        The baseline wave, for indicators that use its values; what they use is missing without it.
    previous
        The wave before this one, likewise.

    Returns
    -------
    Columns: the entity's key, `value` (float; yes is 1), `reason` (null where there is a value),
    `imputed` (only where the rule of a table, here or in a used indicator, is `impute`: whether an
    answer behind the value was filled in), the entity's own parts in the order of the definition, and
    the answers its statistics name.

    Raises
    ------
    MandeError
        M-TABLE, M-ANSWER, M-KEY for tables that do not hold what the plan needs; F codes for formulas.
    """
    return measure_with_parameters(
        indicator,
        WaveData(tables, reference_date, answer_reasons, previous),
        catalogue=catalogue,
        parameters=parameters,
        baseline=baseline,
    )[0]


def measure_with_parameters(
    indicator: Indicator,
    wave: WaveData,
    *,
    catalogue: Catalogue,
    parameters: Mapping[str, Parameter] | None = None,
    baseline: WaveData | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return an indicator's values as `measure` does, and the dated values of parameters behind them.

    Parameters
    ----------
    indicator, catalogue, parameters, baseline
        As `measure` takes them.
    wave
        The tables to measure in.

    Returns
    -------
    The values; and one row for each dated value that a look-up found, whether or not the formula came
    to need it. Columns: `indicator` and `name` (where it is used, and under which name),
    `reference_date` of the wave, and those of `parameters_used`.

    Raises
    ------
    MandeError
        As `measure`.
    """
    measuring = Measuring(catalogue, parameters=parameters, baseline=baseline)
    return measuring.measure_with_parameters(indicator, wave)


@dataclass(frozen=True, slots=True, eq=False)
class _Used:
    """A used value for each row of a table, in the order of its keys.

    `look_ups` are the dated values of parameters behind it; `imputed`, which values stand on an answer that
    was filled in (None: no such rule).
    """

    value: Vector
    reason: Vector
    look_ups: tuple[pl.DataFrame, ...] = ()
    imputed: Vector | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """An indicator worked out, as its users take it and as a table."""

    used: _Used
    frame: pl.DataFrame


class Measuring:
    """Works out any number of indicators, each with what it uses, over one wave or several.

    Whatever they share is worked out once: the order of the rows of a wave's tables, answers in one type
    for each kind, parameters looked up alike, and indicators that others use.

    Parameters
    ----------
    catalogue, parameters, baseline
        As `measure` takes them.

    Examples
    --------
    >>> from pathlib import Path
    >>> from mande.catalogue import load_catalogue
    >>> from mande.workspace import library_root
    >>> known = load_catalogue([library_root() / "indicators"])
    >>> workers = pl.DataFrame({"worker_id": ["b", "a"], "inj_12m": [2, 0], "inj_days_lost": [1, None]})
    >>> wave = WaveData({"workers": workers.with_columns(ppe=pl.lit("provided"))}, dt.date(2024, 6, 30))
    >>> measuring = Measuring(known)
    >>> measuring.measure(known.indicators["worker_injury"], wave).select("worker_id", "value").rows()
    [('a', 0.0), ('b', 1.0)]
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        parameters: Mapping[str, Parameter] | None = None,
        baseline: WaveData | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.parameters = {**catalogue.parameters, **(parameters or {})}
        self.baseline = baseline
        self._waves: dict[int, tuple[WaveData, Numbered]] = {}
        self._found: dict[tuple[int, int, bool], tuple[Indicator, _Found]] = {}

    def measure(self, indicator: Indicator, wave: WaveData) -> pl.DataFrame:
        """Return an indicator's values in a wave, as the function `measure` does."""
        return self._of(indicator, wave).frame

    def measure_with_parameters(
        self, indicator: Indicator, wave: WaveData
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return values and parameters, as the function `measure_with_parameters` does."""
        found = self._of(indicator, wave)
        empty = pl.DataFrame(schema=_LOOK_UP | dict(USED))
        # What two indicators on the way share stands under both, with the same look-ups.
        return found.frame, pl.concat([empty, *found.used.look_ups]).unique(maintain_order=True)

    def _numbered(self, wave: WaveData) -> Numbered:
        if id(wave.tables) not in self._waves:  # kept with the wave, so that no other takes its place
            self._waves[id(wave.tables)] = (wave, Numbered(wave.tables, self.catalogue.tables))
        return self._waves[id(wave.tables)][1]

    def _of(self, indicator: Indicator, wave: WaveData, *, parts: bool = True) -> _Found:
        mark = (id(indicator), id(self._numbered(wave)), parts)
        if mark not in self._found:
            self._found[mark] = (indicator, self._worked_out(indicator, wave, parts))
        return self._found[mark][1]

    def _worked_out(self, indicator: Indicator, wave: WaveData, parts: bool) -> _Found:
        steps = plan_indicator(indicator, self.catalogue)
        rows, beside = self._numbered(wave), Beside(wave.answer_reasons)
        look_ups: list[pl.DataFrame] = []
        for alias, use in indicator.uses.items():
            table, _, name = alias.rpartition(".")
            table = table or indicator.entity
            there = beside.columns.setdefault(table, {})
            raise_errors(use_problems(use, wave.tables, table, there, self.catalogue))
            if isinstance(use, UseParameter):
                used = self._parameter(use, table, there, wave)
                look_ups += [_cited(found, indicator, alias, wave) for found in used.look_ups]
            else:
                used = self._other(use, table, wave)
                look_ups += used.look_ups
            there[name], beside.reasons[table, name] = used.value, used.reason
            if used.imputed is not None:
                filled = used.imputed.values & ~used.imputed.missing
                beside.flagged.append(rows.keys(table).filter(pl.Series(filled)))
        return self._found_in(indicator, steps, wave, beside, tuple(look_ups), parts)

    def _found_in(
        self,
        indicator: Indicator,
        steps: Plan,
        wave: WaveData,
        beside: Beside,
        look_ups: tuple[pl.DataFrame, ...],
        parts: bool,
    ) -> _Found:
        if not has_rule(indicator) and not beside.flagged:
            found = measured_rows(steps, self._numbered(wave), beside, parts=parts)
            return _Found(_Used(found.columns["value"], found.reason, look_ups), found.frame())
        tables = {
            name: wave.tables[name]
            .sort(self.catalogue.tables[name].key)
            .with_columns(column.series(alias) for alias, column in beside.columns.get(name, {}).items())
            for name in (load.table for load in steps.loads)
            if name in wave.tables
        }
        filled = impute(
            indicator, steps, tables, catalogue=self.catalogue, answer_reasons=wave.answer_reasons
        )
        found = measured_rows(steps, Numbered(filled.tables, self.catalogue.tables), beside)
        frame = with_flag(
            found.frame(),
            filled,
            entity=indicator.entity,
            catalogue=self.catalogue,
            flagged=beside.flagged,
        )
        flag = vector_of(frame[IMPUTED], "truth")
        return _Found(_Used(found.columns["value"], found.reason, look_ups, flag), frame)

    def _parameter(self, use: UseParameter, table: str, there: Mapping[str, Vector], wave: WaveData) -> _Used:
        """Return the value valid for each row, and the dated values behind these."""
        names = (*use.by, *([] if use.at is None else [use.at]))
        work = partial(self._looked_up, use, table, there, wave)
        if any(name in there for name in names):  # depends on this indicator's own columns
            return work()
        mark = ("parameter", table, use.parameter, use.by, tuple(use.where.items()), use.at)
        used: _Used = self._numbered(wave).keep((*mark, wave.reference_date), work)
        return used

    def _looked_up(self, use: UseParameter, table: str, there: Mapping[str, Vector], wave: WaveData) -> _Used:
        rows, parameter = self._numbered(wave), self.parameters[use.parameter]
        index = self.parameters[parameter.uplift.index] if parameter.uplift else None
        columns = {name: there.get(name) or self._asked(rows, table, name) for name in use.by}
        if use.at is not None:
            columns[use.at] = there.get(use.at) or rows.vector(table, use.at, "date")
        # Rows alike in keys and date are looked up once.
        alike = partial(combinations, tuple(columns.values()), rows.height(table))
        own = any(name in there for name in columns)
        different, places = alike() if own else rows.keep(("alike", table, tuple(columns), use.at), alike)
        asked = pl.DataFrame(
            [
                pl.Series(_TIMES, np.bincount(places, minlength=len(different))),
                *(
                    _as_asked(vector.take(different).series(name), name == use.at)
                    for name, vector in columns.items()
                ),
            ]
        ).with_columns(pl.lit(value).alias(name) for name, value in use.where.items())
        by, date = (*use.by, *use.where), wave.reference_date
        found = valid_values(asked, parameter, by=by, at=use.at, reference_date=date, index=index)
        used = parameters_used(found, parameter, index, times=asked[_TIMES])
        value, reason = vector_of(found["value"], "number"), vector_of(found["reason"], "text")
        return _Used(value.take(places), reason.take(places), (used,))

    def _other(self, use: UseIndicator | UseQuestion, table: str, wave: WaveData) -> _Used:
        """Return an indicator of this or an earlier wave, or an answer in an earlier one."""
        rows = self._numbered(wave)
        before = self.baseline if use.wave == "baseline" else wave.previous
        when = "at the baseline" if use.wave == "baseline" else "in the wave before"
        if isinstance(use, UseIndicator) and use.wave == "same":
            found = self._of(self.catalogue.indicators[use.indicator], wave).used
            return _handed_on(found, use.indicator)
        name = use.indicator if isinstance(use, UseIndicator) else use.question
        if before is None or before.tables is wave.tables:
            return _nothing(rows.height(table), f"{name}: there is no earlier wave to compare with")
        if isinstance(use, UseIndicator):
            found = self._of(self.catalogue.indicators[name], before, parts=False).used
        elif table not in before.tables or name not in before.tables[table].columns:
            return _nothing(rows.height(table), f"{name}: not asked {when}")
        else:
            found = self._earlier_answer(table, name, before, when)
        earlier = self._numbered(before)
        work = lambda: places_of(rows.keys(table), earlier.keys(table))  # noqa: E731
        places = rows.keep(("earlier", id(earlier), table), work)
        absent = constant(f"not seen {when}", rows.height(table))
        flag = None if found.imputed is None else found.imputed.take(places)
        told = found.reason.take(places)
        reason = told.put(np.flatnonzero(places < 0), absent.take(np.flatnonzero(places < 0)))
        return _handed_on(_Used(found.value.take(places), reason, found.look_ups, flag), name)

    def _earlier_answer(self, table: str, name: str, before: WaveData, when: str) -> _Used:
        kind = columns_of(self.catalogue, table)[name].type
        raise_errors(kind_problems(table, name, before.tables[table].schema[name], kind))
        value = self._numbered(before).vector(table, name, kind)
        missing = constant(f"missing {when}", len(value.values))
        return _Used(value, Vector(missing.values, ~value.missing, missing.words))

    def _asked(self, rows: Numbered, table: str, name: str) -> Vector:
        kind: Type = "number" if rows.tables[table].schema[name].is_numeric() else "text"
        return rows.vector(table, name, kind)


def _as_asked(column: pl.Series, is_date: bool) -> pl.Series:
    return column.cast(pl.Int32).cast(pl.Date) if is_date else column


def _cited(used: pl.DataFrame, indicator: Indicator, alias: str, wave: WaveData) -> pl.DataFrame:
    """Return dated values of a parameter with where they are used."""
    where = (indicator.id, alias, wave.reference_date)
    columns = [pl.lit(value).alias(name) for name, value in zip(_LOOK_UP, where, strict=True)]
    return used.select(*columns, pl.all())


def _nothing(rows: int, reason: str) -> _Used:
    return _Used(constant(None, rows), constant(reason, rows))


def _handed_on(used: _Used, name: str) -> _Used:
    """Return a used value with its reason in the words of who uses it."""
    return replace(used, reason=used.reason.worded(lambda word: f"{name}: {word}"))
