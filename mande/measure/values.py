"""An indicator's value for every unit, or the reason why there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import narwhals as nw
import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Place, Problem, did_you_mean, raise_errors
from mande.formula.language import Type
from mande.measure.impute import IMPUTED, has_rule, impute, with_flag
from mande.measure.keys import ENTITY_KEY, KEY, entity_keys
from mande.measure.parameters import USED, parameters_used, valid_values
from mande.measure.plan import REASON_CODE, Plan, plan_indicator
from mande.measure.problems import M_COLUMN, M_KEY, M_TABLE
from mande.schema.indicator import Indicator, Use, UseIndicator, UseParameter, UseQuestion
from mande.schema.parameter import Parameter

Tables = Mapping[str, pl.DataFrame]

_WHYS = {"table": pl.String, "key": pl.String, "question": pl.String, "reason": pl.String}
_LOOK_UP = {"indicator": pl.String, "name": pl.String, "reference_date": pl.Date}
_WHY = "__why"


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
    known = {**catalogue.parameters, **(parameters or {})}
    measuring = _Measuring(catalogue, known, baseline)
    values = measuring.of(indicator, wave)
    empty = pl.DataFrame(schema=_LOOK_UP | dict(USED))
    # What two indicators on the way share was worked out twice, with the same look-ups.
    return values, pl.concat([empty, *measuring.look_ups]).unique(maintain_order=True)


@dataclass(frozen=True, slots=True)
class _Measuring:
    """What stays the same while an indicator and everything it uses are worked out."""

    catalogue: Catalogue
    parameters: Mapping[str, Parameter]
    baseline: WaveData | None
    look_ups: list[pl.DataFrame] = field(default_factory=list)

    def of(self, indicator: Indicator, wave: WaveData) -> pl.DataFrame:
        steps = plan_indicator(indicator, self.catalogue)
        joined, whys = dict(wave.tables), [_answers_told(wave.answer_reasons, indicator.entity)]
        flagged: list[pl.Series] = []
        for alias, use in indicator.uses.items():
            table, _, name = alias.rpartition(".")
            table = table or indicator.entity
            raise_errors(_use_problems(use, joined, table, self.catalogue))
            found = self._used(use, joined[table], table, wave)
            if isinstance(use, UseParameter):
                self.look_ups.append(self._cited(use, found, indicator.id, alias, wave))
            key = joined[table][self.catalogue.tables[table].key]
            joined[table] = joined[table].with_columns(found["value"].alias(name))
            whys.append(_whys(table, name, key, found["reason"]))
            if IMPUTED in found.columns:
                flagged.append(key.filter(found[IMPUTED].fill_null(value=False)))
        if not has_rule(indicator) and not flagged:
            return measured(steps, joined, catalogue=self.catalogue, whys=pl.concat(whys))
        filled = impute(
            indicator, steps, joined, catalogue=self.catalogue, answer_reasons=wave.answer_reasons
        )
        values = measured(steps, filled.tables, catalogue=self.catalogue, whys=pl.concat(whys))
        return with_flag(values, filled, entity=indicator.entity, catalogue=self.catalogue, flagged=flagged)

    def _used(self, use: Use, rows: pl.DataFrame, table: str, wave: WaveData) -> pl.DataFrame:
        """Return `value` and `reason` of a used value for each row, in order."""
        if isinstance(use, UseParameter):
            parameter = self.parameters[use.parameter]
            constants = [pl.lit(value).alias(name) for name, value in use.where.items()]
            asked = rows.with_columns(constants)
            by = (*use.by, *use.where)
            return valid_values(
                asked,
                parameter,
                by=by,
                at=use.at,
                reference_date=wave.reference_date,
                index=self._index(parameter),
            )
        if isinstance(use, UseIndicator) and use.wave == "same":
            return _in_order(self.of(self.catalogue.indicators[use.indicator], wave), rows, use.indicator)
        name = use.question if isinstance(use, UseQuestion) else use.indicator
        earlier = self.baseline if use.wave == "baseline" else wave.previous
        when = "at the baseline" if use.wave == "baseline" else "in the wave before"
        if earlier is None or earlier.tables is wave.tables:
            return _nothing(rows, f"{name}: there is no earlier wave to compare with")
        if isinstance(use, UseIndicator):
            return _in_order(self.of(self.catalogue.indicators[name], earlier), rows, name, when)
        key = self.catalogue.tables[table].key
        before = earlier.tables.get(table)
        if before is None or name not in before.columns:
            return _nothing(rows, f"{name}: not asked {when}")
        reason = pl.when(pl.col(name).is_null()).then(pl.lit(f"missing {when}"))
        answers = before.select(key, pl.col(name).alias("value"), reason.alias("reason"))
        return _in_order(answers, rows, name, when)

    def _index(self, parameter: Parameter) -> Parameter | None:
        return self.parameters[parameter.uplift.index] if parameter.uplift else None

    def _cited(
        self, use: UseParameter, found: pl.DataFrame, indicator: str, alias: str, wave: WaveData
    ) -> pl.DataFrame:
        parameter = self.parameters[use.parameter]
        used = parameters_used(found, parameter, self._index(parameter))
        where = (indicator, alias, wave.reference_date)
        columns = [pl.lit(value).alias(name) for name, value in zip(_LOOK_UP, where, strict=True)]
        return used.select(*columns, pl.all())


def _nothing(rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    n = len(rows)
    values = pl.Series("value", [None] * n, dtype=pl.Null)  # fits an answer of any kind
    return pl.DataFrame([values, pl.Series("reason", [reason] * n, dtype=pl.String)])


def measured(
    steps: Plan, tables: Tables, *, catalogue: Catalogue, whys: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Run a plan on tables that already hold the used values as columns.

    Parameters
    ----------
    steps
        Plan of the indicator.
    tables
        Tables by name; see `Plan.inputs` for the columns.
    catalogue
        All definitions.
    whys
        Phrases that say more than the plan knows: rows `table`, `key`, `question`, `reason`.
    """
    raise_errors(_table_problems(steps, tables))
    needed = {load.table: nw.from_native(tables[load.table], eager_only=True) for load in steps.loads}
    rows: pl.DataFrame = nw.to_native(steps.run(needed))
    texts = {reason.code: reason.text for reason in steps.reasons}
    text = pl.col(REASON_CODE).replace_strict(texts, default=None, return_dtype=pl.String)
    if whys is not None and not whys.is_empty():
        told = _told(steps, tables, catalogue, whys, rows.select(steps.key, REASON_CODE))
        rows = rows.join(told, on=[steps.key, REASON_CODE], how="left")
        text = pl.coalesce(pl.col(_WHY), text)
    rows = rows.with_columns(text.alias("reason")).sort(steps.key)
    parts = [name for name, _ in steps.results if name not in ("value", REASON_CODE)]
    return rows.select(steps.key, "value", "reason", *parts)


def _in_order(
    used: pl.DataFrame, rows: pl.DataFrame, indicator: str, when: str = "in this wave"
) -> pl.DataFrame:
    """Return value and reason of what is used, in the order of the entity's rows."""
    key = used.columns[0]
    there = used.with_columns(pl.col("reason").fill_null(""))
    found = rows.select(key).join(there, on=key, how="left", maintain_order="left")
    absent = pl.col("reason").fill_null(f"not seen {when}")
    told = pl.when(pl.col("value").is_null()).then(pl.format(f"{indicator}: {{}}", absent))
    flag = [IMPUTED] if IMPUTED in found.columns else []
    return found.select("value", told.alias("reason"), *flag)


def _answers_told(answer_reasons: pl.DataFrame | None, entity: str) -> pl.DataFrame:
    if answer_reasons is None:
        return pl.DataFrame(schema=_WHYS)
    dotted = pl.format("{}.{}: {}", "table", "question", "reason")
    own = pl.format("{}: {}", "question", "reason")
    phrase = pl.when(pl.col("table") == entity).then(own).otherwise(dotted)
    columns = [pl.col(name).cast(pl.String) for name in ("table", "key", "question")]
    return answer_reasons.select(*columns, phrase.alias("reason"))


def _whys(table: str, question: str, key: pl.Series, reason: pl.Series) -> pl.DataFrame:
    rows = pl.DataFrame({"key": key.cast(pl.String), "reason": reason.cast(pl.String)})
    named = rows.with_columns(pl.lit(table).alias("table"), pl.lit(question).alias("question"))
    return named.filter(pl.col("reason").is_not_null()).select(list(_WHYS))


def _told(
    steps: Plan, tables: Tables, catalogue: Catalogue, whys: pl.DataFrame, codes: pl.DataFrame
) -> pl.DataFrame:
    """Return the phrase for each unit and reason code that has one; of several rows', the first in order.

    `codes` are the units' keys with the code of their reason: nothing is looked up for other codes.
    """
    found = [
        pl.DataFrame(
            schema={steps.key: tables[steps.entity][steps.key].dtype, REASON_CODE: pl.Int32, _WHY: pl.String}
        )
    ]
    given = set(codes[REASON_CODE].unique().to_list())
    for reason in (reason for reason in steps.reasons if reason.code in given):
        about = (pl.col("table") == reason.table) & (pl.col("question") == reason.question)
        phrases = whys.filter(about)
        if reason.question and not phrases.is_empty():
            units = codes.filter(pl.col(REASON_CODE) == reason.code).select(
                pl.col(steps.key).alias(ENTITY_KEY)
            )
            keys = entity_keys(steps.entity, reason.table, tables, catalogue)
            rows = (
                keys.join(units, on=ENTITY_KEY, how="semi")
                .join(phrases, left_on=KEY, right_on="key")
                .group_by(ENTITY_KEY)
                .agg(pl.col("reason").min())
            )
            code = pl.lit(reason.code, dtype=pl.Int32).alias(REASON_CODE)
            found.append(rows.select(pl.col(ENTITY_KEY).alias(steps.key), code, pl.col("reason").alias(_WHY)))
    return pl.concat(found)


# -- what the tables must hold --------------------------------------------------------------------


def _use_problems(use: Use, tables: Tables, table: str, catalogue: Catalogue) -> Iterator[Problem]:
    if table not in tables:
        yield _no_table(table, tables)
        return
    wanted = [catalogue.tables[table].key]
    if isinstance(use, UseParameter):
        wanted += [*use.by, *([] if use.at is None else [use.at])]
    for name in wanted:
        if name not in tables[table].columns:
            yield _no_column(table, name, tables[table])


def _table_problems(steps: Plan, tables: Tables) -> Iterator[Problem]:
    for load in steps.loads:
        if load.table not in tables:
            yield _no_table(load.table, tables)
            continue
        frame = tables[load.table]
        keys = [load.key, *([] if load.link is None else [load.link])]
        for name in (*keys, *(entry.name for entry in load.inputs)):
            if name not in frame.columns:
                yield _no_column(load.table, name, frame)
        for entry in load.inputs:
            if entry.name in frame.columns and not _fits(frame[entry.name].dtype, entry.type):
                place = Place(file=load.table, column=entry.name)
                values = {"found": str(frame[entry.name].dtype), "expected": f"a column of kind {entry.type}"}
                yield Problem(M_COLUMN, place, values)
        if load.key in frame.columns:
            yield from _key_problems(load.table, load.key, frame)


def _key_problems(table: str, key: str, frame: pl.DataFrame) -> Iterator[Problem]:
    column = frame[key]
    bad = frame.height - column.drop_nulls().n_unique()
    if bad:
        found = f"{bad} of {frame.height} rows with an empty or repeated key"
        yield Problem(M_KEY, Place(file=table, column=key), {"found": found, "key": key})


def _fits(kind: pl.DataType, wanted: Type) -> bool:
    if kind == pl.Null:
        return True
    if wanted == "number":
        return kind.is_numeric()
    if wanted == "truth":
        return kind == pl.Boolean
    if wanted == "date":
        return kind == pl.Date
    return kind == pl.String or isinstance(kind, pl.Categorical | pl.Enum)


def _no_table(table: str, tables: Tables) -> Problem:
    found = ", ".join(sorted(tables)) or "no tables"
    return Problem(M_TABLE, Place(file=table), {"found": found, "expected": table})


def _no_column(table: str, name: str, frame: pl.DataFrame) -> Problem:
    expected = f"a column {name}{did_you_mean(name, frame.columns)}"
    return Problem(
        M_COLUMN, Place(file=table, column=name), {"found": "no such column", "expected": expected}
    )
