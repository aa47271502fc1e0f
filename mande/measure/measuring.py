"""Work out indicators over waves: what they use is joined first, and what they share is worked out once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from mande.catalogue import Catalogue
from mande.errors import raise_errors
from mande.measure.impute import IMPUTED, has_rule, impute, with_flag
from mande.measure.numbered import Numbered, places_of
from mande.measure.parameters import USED, parameters_used, valid_values
from mande.measure.plan import Plan, plan_indicator
from mande.measure.values import Beside, measured_rows, use_problems
from mande.schema.indicator import Indicator, UseIndicator, UseParameter, UseQuestion
from mande.schema.parameter import Parameter

Tables = Mapping[str, pl.DataFrame]

_KEY = "__key"
_LOOK_UP = {"indicator": pl.String, "name": pl.String, "reference_date": pl.Date}


@dataclass(frozen=True, slots=True)
class WaveData:
    """The accepted tables of one wave, and what else a value of that wave depends on.

    Attributes
    ----------
    tables : columns are question ids, the table's key and its link.
    reference_date : date at which parameters are looked up where a `use` names no date question.
    answer_reasons : why answers are missing: rows `table`, `key`, `question`, `reason`.
    """

    tables: Tables
    reference_date: dt.date
    answer_reasons: pl.DataFrame | None = None


def measure(
    indicator: Indicator,
    tables: Tables,
    *,
    catalogue: Catalogue,
    reference_date: dt.date,
    parameters: Mapping[str, Parameter] | None = None,
    answer_reasons: pl.DataFrame | None = None,
    baseline: WaveData | None = None,
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
        WaveData(tables, reference_date, answer_reasons),
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


@dataclass(frozen=True, slots=True)
class _Found:
    """Values in the order of their keys, and the dated values of parameters behind them."""

    values: pl.DataFrame
    look_ups: tuple[pl.DataFrame, ...]


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
        self._found: dict[tuple[int, int], tuple[Indicator, _Found]] = {}

    def measure(self, indicator: Indicator, wave: WaveData) -> pl.DataFrame:
        """Return an indicator's values in a wave, as the function `measure` does."""
        return self._of(indicator, wave).values

    def measure_with_parameters(
        self, indicator: Indicator, wave: WaveData
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return values and parameters, as the function `measure_with_parameters` does."""
        found = self._of(indicator, wave)
        empty = pl.DataFrame(schema=_LOOK_UP | dict(USED))
        # What two indicators on the way share stands under both, with the same look-ups.
        return found.values, pl.concat([empty, *found.look_ups]).unique(maintain_order=True)

    def _numbered(self, wave: WaveData) -> Numbered:
        if id(wave.tables) not in self._waves:  # kept with the wave, so that no other takes its place
            self._waves[id(wave.tables)] = (wave, Numbered(wave.tables, self.catalogue.tables))
        return self._waves[id(wave.tables)][1]

    def _of(self, indicator: Indicator, wave: WaveData) -> _Found:
        mark = (id(indicator), id(self._numbered(wave)))
        if mark not in self._found:
            self._found[mark] = (indicator, self._worked_out(indicator, wave))
        return self._found[mark][1]

    def _worked_out(self, indicator: Indicator, wave: WaveData) -> _Found:
        steps = plan_indicator(indicator, self.catalogue)
        rows, beside = self._numbered(wave), Beside(wave.answer_reasons)
        look_ups: list[pl.DataFrame] = []
        for alias, use in indicator.uses.items():
            table, _, name = alias.rpartition(".")
            table = table or indicator.entity
            there = beside.columns.setdefault(table, {})
            raise_errors(use_problems(use, wave.tables, table, there, self.catalogue))
            if isinstance(use, UseParameter):
                found, cited = self._parameter(use, table, there, wave)
                where = (indicator.id, alias, wave.reference_date)
                columns = [pl.lit(value).alias(entry) for entry, value in zip(_LOOK_UP, where, strict=True)]
                look_ups.append(cited.select(*columns, pl.all()))
            else:
                found, used = self._other(use, table, wave)
                look_ups += used
            there[name] = found["value"]
            beside.reasons[table, name] = found["reason"]
            if IMPUTED in found.columns:
                beside.flagged.append(rows.keys(table).filter(found[IMPUTED].fill_null(value=False)))
        return _Found(self._values(indicator, steps, wave, beside), tuple(look_ups))

    def _values(self, indicator: Indicator, steps: Plan, wave: WaveData, beside: Beside) -> pl.DataFrame:
        if not has_rule(indicator) and not beside.flagged:
            return measured_rows(steps, self._numbered(wave), beside)
        tables = {
            name: wave.tables[name]
            .sort(entry.key)
            .with_columns(column.alias(alias) for alias, column in beside.columns.get(name, {}).items())
            for name, entry in self.catalogue.tables.items()
            if name in wave.tables and entry.key in wave.tables[name].columns
        }
        filled = impute(
            indicator, steps, tables, catalogue=self.catalogue, answer_reasons=wave.answer_reasons
        )
        told = Beside(beside.answer_reasons, reasons=beside.reasons)
        values = measured_rows(steps, Numbered(filled.tables, self.catalogue.tables), told)
        entity, flagged = indicator.entity, beside.flagged
        return with_flag(values, filled, entity=entity, catalogue=self.catalogue, flagged=flagged)

    def _parameter(
        self, use: UseParameter, table: str, there: Mapping[str, pl.Series], wave: WaveData
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the value valid for each row, in order, and the dated values behind these."""
        rows, parameter = self._numbered(wave), self.parameters[use.parameter]
        index = self.parameters[parameter.uplift.index] if parameter.uplift else None
        names = [*use.by, *([] if use.at is None else [use.at])]

        def look_up() -> tuple[pl.DataFrame, pl.DataFrame]:
            columns = [
                there[name].alias(name) if name in there else rows.column(table, name) for name in names
            ]
            constants = [pl.lit(value).alias(name) for name, value in use.where.items()]
            asked = pl.DataFrame([rows.keys(table).alias(_KEY), *columns]).with_columns(constants)
            by, date = (*use.by, *use.where), wave.reference_date
            found = valid_values(asked, parameter, by=by, at=use.at, reference_date=date, index=index)
            return found, parameters_used(found, parameter, index)

        if any(name in there for name in names):  # depends on this indicator's own columns
            return look_up()
        mark = ("parameter", table, use.parameter, use.by, tuple(use.where.items()), use.at)
        kept: tuple[pl.DataFrame, pl.DataFrame] = rows.keep((*mark, wave.reference_date), look_up)
        return kept

    def _other(
        self, use: UseIndicator | UseQuestion, table: str, wave: WaveData
    ) -> tuple[pl.DataFrame, tuple[pl.DataFrame, ...]]:
        """Return `value` and `reason` of an indicator or baseline answer for each row, in order."""
        name = use.indicator if isinstance(use, UseIndicator) else use.question
        if isinstance(use, UseIndicator) and use.wave == "same":
            found = self._of(self.catalogue.indicators[name], wave)
            return _handed_on(found.values, name), found.look_ups
        rows, before = self._numbered(wave), self.baseline
        if before is None or before.tables is wave.tables:
            return _nothing(rows, table, f"{name}: there is no earlier wave to compare with"), ()
        if isinstance(use, UseIndicator):
            found = self._of(self.catalogue.indicators[name], before)
            values, look_ups = found.values.drop(found.values.columns[0]), found.look_ups
        elif table not in before.tables or name not in before.tables[table].columns:
            return _nothing(rows, table, f"{name}: not asked at the baseline"), ()
        else:
            value, look_ups = pl.col("value"), ()
            answers = self._numbered(before).column(table, name).alias("value").to_frame()
            reason = pl.when(value.is_null()).then(pl.lit("missing at the baseline"))
            values = answers.with_columns(reason.alias("reason"))
        earlier = rows.keep(
            ("earlier", table), lambda: places_of(rows.keys(table), self._numbered(before).keys(table))
        )
        places = pl.Series(earlier).replace(-1, None)
        return _handed_on(values.select(pl.all().gather(places)), name), look_ups


def _nothing(rows: Numbered, table: str, reason: str) -> pl.DataFrame:
    n = len(rows.keys(table))
    values = pl.Series("value", [None] * n, dtype=pl.Null)  # fits an answer of any kind
    return pl.DataFrame([values, pl.Series("reason", [reason] * n, dtype=pl.String)])


def _handed_on(used: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return a used value with its reason in the words of who uses it."""
    absent = pl.col("reason").fill_null("not seen at the baseline")
    told = pl.when(pl.col("value").is_null()).then(pl.format(f"{name}: {{}}", absent))
    flag = [IMPUTED] if IMPUTED in used.columns else []
    return used.select("value", told.alias("reason"), *flag)
