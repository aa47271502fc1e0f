"""One wave in pandas, and what an analyst would write around it: choices, ratios, ticks, sums over rosters.

Answers have pandas' nullable types, so that a missing answer makes what is worked out from it missing, and
conditions are three-valued. Texts are categories. Rows of both waves stand in the same order.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

Columns = dict[str, pd.Series]
"""A value (`value`) and the parts beside it, by name."""


def nullable(column: pl.Series) -> pd.Series:
    """Return a column as pandas reads it with nullable types; texts as categories."""
    missing = column.is_null().to_numpy()
    if column.dtype == pl.Boolean:
        return pd.Series(pd.arrays.BooleanArray(column.fill_null(False).to_numpy(writable=True), missing))
    if column.dtype.is_numeric():
        filled = column.cast(pl.Float64).fill_null(1.0).to_numpy(writable=True)
        return pd.Series(pd.arrays.FloatingArray(filled, missing))
    if column.dtype == pl.Date:
        return pd.Series(column.cast(pl.Datetime("us")).to_numpy())
    kinds = column.drop_nulls().unique().sort()
    codes = column.cast(pl.Enum(kinds)).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    return pd.Series(pd.Categorical.from_codes(codes, kinds.to_list()))


def to_pandas(table: pl.DataFrame, *keys: str) -> pd.DataFrame:
    """Return a table with nullable types; its keys stay texts."""
    columns = {name: nullable(table[name]) for name in table.columns if name not in keys}
    return pd.DataFrame({**{key: pd.Series(table[key].to_list(), dtype="str") for key in keys}, **columns})


# -- conditions and ratios ------------------------------------------------------------------------


def holds(condition: pd.Series) -> pd.Series:
    """Return where a condition is known to hold."""
    return condition.fillna(False)


def choose(condition: pd.Series, yes: Any, no: Any) -> pd.Series:
    """Return one of two values; missing where the condition is."""
    if not isinstance(yes, pd.Series):
        yes = pd.Series(
            yes, index=condition.index, dtype="Float64" if isinstance(yes, int | float) else object
        )
    return yes.where(holds(condition), no).mask(condition.isna())


def ratio(above: Any, below: pd.Series) -> pd.Series:
    """Return a ratio; missing where it would divide by zero."""
    return above / below.mask(holds(below == 0))


def is_(answers: pd.Series, *words: str) -> pd.Series:
    """Return whether an answer is one of some words; missing where there is no answer."""
    found = answers == words[0] if len(words) == 1 else answers.isin(words)
    return found.astype("boolean").mask(answers.isna())


def any_of(conditions: Iterable[pd.Series]) -> pd.Series:
    """Return whether one of several conditions holds, three-valued."""
    return functools.reduce(operator.or_, conditions)


def number_of(*conditions: pd.Series) -> pd.Series:
    """Return how many conditions hold; missing where one of them is."""
    found = conditions[0].astype("Float64")
    for condition in conditions[1:]:
        found = found + condition.astype("Float64")
    return found


def mean_of(*conditions: pd.Series) -> pd.Series:
    """Return the share of conditions that hold; missing where one of them is."""
    return number_of(*conditions) / len(conditions)


def mean_of_known(*conditions: pd.Series) -> pd.Series:
    """Return the share of the known conditions that hold; missing where none is known."""
    known = sum((~condition.isna()).astype("Float64") for condition in conditions)
    return ratio(number_of(*(holds(condition) for condition in conditions)), known)


def smaller(one: pd.Series, other: pd.Series) -> pd.Series:
    """Return the smaller of two values; missing where one is."""
    return one.where(holds(one < other), other).mask(one.isna() | other.isna())


def log(values: pd.Series) -> pd.Series:
    """Return the natural logarithm; missing where there is none."""
    return np.log(values.where(holds(values > 0)))


def rounded(values: pd.Series) -> pd.Series:
    """Return values to nine digits, so that what is exactly a threshold is not beyond it."""
    return np.floor(values * 1e9 + 0.5) / 1e9


def days(start: pd.Series, end: pd.Series) -> pd.Series:
    """Return the days between two dates; missing where one is."""
    return (end - start).dt.days.astype("Float64")


class Wave:
    """The tables of one wave, by row; what several indicators build on is worked out once."""

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        keys: Mapping[str, str],
        prices: Mapping[str, pd.DataFrame],
        formulas: Mapping[str, Callable[[Wave], Columns]],
        *,
        before: Wave | None = None,
    ) -> None:
        self.before, self.prices, self.formulas, self.kept = before, prices, formulas, dict[Any, Any]()
        self.keys, self.tables = keys, dict(tables)
        self.households, self.persons = self.tables["households"], self.tables["persons"]
        self.seasons, self.sales = self.tables["producer_seasons"], self.tables["sales"]
        self.workers, self.respondents = self.tables["workers"], self.tables["respondents"]
        self.household_of_person = self._place("households", self.persons["hh_id"])
        self.household_of_season = self._place("households", self.seasons["hh_id"])
        self.household_of_respondent = self._place("households", self.respondents["hh_id"])
        self.season_of_sale = self._place("producer_seasons", self.sales["season_id"])

    def _place(self, table: str, links: pd.Series) -> np.ndarray:
        return pd.Index(self.tables[table][self.keys[table]]).get_indexer(links)

    def keep(self, mark: Any, work: Callable[[], Any]) -> Any:
        """Return what was worked out under a mark, working it out the first time."""
        if mark not in self.kept:
            self.kept[mark] = work()
        return self.kept[mark]

    def of(self, indicator: str) -> Columns:
        """Return an indicator's columns."""
        found: Columns = self.keep(indicator, lambda: self.formulas[indicator](self))
        return found

    def value(self, indicator: str) -> pd.Series:
        """Return an indicator's value as others use it: numbers."""
        return self.of(indicator)["value"].astype("Float64")

    def value_before(self, indicator: str) -> pd.Series:
        """Return an indicator's value at the baseline."""
        return self.earlier.value(indicator)

    @property
    def earlier(self) -> Wave:
        """The baseline; a wave without one has no use for it."""
        if self.before is None:
            raise ValueError("this wave is the baseline")
        return self.before

    def ticks(self, table: str, question: str) -> pd.DataFrame:
        """Return a column for each code of an answer with several choices: whether it was ticked."""
        found: pd.DataFrame = self.keep(
            ("ticks", table, question), lambda: _ticks(self.tables[table][question])
        )
        return found

    def price(self, name: str, table: str, *by: str, at: str | None = None, **fixed: str) -> pd.Series:
        """Return the value of a parameter that is valid for each row of a table."""
        mark = ("price", name, table, by, at, tuple(fixed.items()))
        found: pd.Series = self.keep(mark, lambda: self._merged(name, self.tables[table], by, at, fixed))
        return found

    def _merged(
        self, name: str, rows: pd.DataFrame, by: tuple[str, ...], at: str | None, fixed: Mapping[str, str]
    ) -> pd.Series:
        values = self.prices[name]
        for key, word in fixed.items():
            values = values[values[key] == word].drop(columns=key)
        values = values.assign(**{key: values[key].astype(rows[key].dtype) for key in by})
        asked = rows[list(by)].copy()
        if at is None:
            values = values[values["year"] == YEAR].drop(columns="year")
        else:
            asked["year"] = rows[at].dt.year
            if "month" in values:
                asked["month"] = rows[at].dt.month
        merged = asked.merge(values, how="left", on=list(asked.columns))
        return merged["value"].astype("Float64")

    # -- sums over rosters; a missing part makes them missing, and so does a gate that contradicts them ----

    def over_sales(self, **columns: pd.Series) -> pd.DataFrame:
        """Return sums over the sales of each producer season."""
        return _unless(self.sales_unknown, _sums(self.season_of_sale, len(self.seasons), columns))

    def over_seasons(self, **columns: pd.Series) -> pd.DataFrame:
        """Return sums over the producer seasons of each household."""
        return _unless(self.seasons_unknown, _sums(self.household_of_season, len(self.households), columns))

    def any_season(self, condition: pd.Series) -> pd.Series:
        """Return whether a condition holds in a season of each household, three-valued."""
        yes, gap = (
            pd.Series(np.bincount(self.household_of_season[rows], minlength=len(self.households)) > 0)
            for rows in (holds(condition), condition.isna())
        )
        return yes.astype("boolean").mask(self.seasons_unknown | (gap & ~yes))

    def over_persons(self, **columns: pd.Series) -> pd.DataFrame:
        """Return sums over the members of each household."""
        return _sums(self.household_of_person, len(self.households), columns)

    def over_respondents(self, **columns: pd.Series) -> pd.DataFrame:
        """Return sums over the respondents of each household."""
        return _sums(self.household_of_respondent, len(self.households), columns)

    def over_all_sales(self, **columns: pd.Series) -> pd.DataFrame:
        """Return sums over the sales of each household."""
        found = _sums(self.household_of_sale, len(self.households), columns)
        return _unless(self.all_sales_unknown, found)

    @property
    def household_of_sale(self) -> np.ndarray:
        """The household of each sale, by place."""
        found: np.ndarray = self.keep(
            "household of sale", lambda: self.household_of_season[self.season_of_sale]
        )
        return found

    @property
    def sales_unknown(self) -> pd.Series:
        """Where the sales of a season are not known: none listed without a no, or some in spite of it."""
        work = lambda: _unknown(self.seasons["any_sales"], self.season_of_sale)  # noqa: E731
        found: pd.Series = self.keep("sales unknown", work)
        return found

    @property
    def seasons_unknown(self) -> pd.Series:
        """Where the seasons of a household are not known."""
        work = lambda: _unknown(self.households["grows_focus_product"], self.household_of_season)  # noqa: E731
        found: pd.Series = self.keep("seasons unknown", work)
        return found

    @property
    def all_sales_unknown(self) -> pd.Series:
        """Where the sales of a household are not known, in one of its seasons or because seasons are not."""
        found: pd.Series = self.keep("all sales unknown", self._all_sales_unknown)
        return found

    def _all_sales_unknown(self) -> pd.Series:
        hit = np.bincount(self.household_of_season[self.sales_unknown], minlength=len(self.households))
        return self.seasons_unknown | (hit > 0)


YEAR = 2024
"""The year of the reference date."""


def _sums(places: np.ndarray, count: int, columns: Mapping[str, pd.Series]) -> pd.DataFrame:
    rows = pd.DataFrame({name: column.astype("Float64") for name, column in columns.items()})
    found = rows.groupby(places).sum(skipna=False)
    return found.reindex(range(count), fill_value=0.0)


def _unless(unknown: pd.Series, found: pd.DataFrame) -> pd.DataFrame:
    return found.mask(unknown)


def _unknown(gate: pd.Series, places: np.ndarray) -> pd.Series:
    rows = np.bincount(places, minlength=len(gate)) > 0
    return pd.Series(np.where(rows, gate.eq(False).fillna(False), gate.fillna(True)).astype(bool))


def _ticks(answers: pd.Series) -> pd.DataFrame:
    dummies = pd.Series(answers.cat.categories).str.get_dummies(" ").astype(bool)
    found = dummies.take(answers.cat.codes.clip(lower=0)).reset_index(drop=True)
    return found.astype("boolean").mask(answers.isna())
