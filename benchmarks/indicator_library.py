"""The indicator library against the same formulas written by hand in pandas, and against reading the data.

Every indicator of households, workers and producer seasons is worked out over a generated survey, with its
parts and with why values are missing. By hand there are the same values and parts, without the reasons.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import polars as pl

from benchmarks._library import (
    households_income,
    households_social,
    households_upgrading,
    producer_seasons,
    workers_conditions,
    workers_pay,
    workers_status,
)
from benchmarks._library.prices import as_parameter
from benchmarks._library.survey import BEFORE, NOW, Survey, generate
from benchmarks._library.tools import Columns, Wave, to_pandas
from benchmarks._measuring import Timed, alternating, seconds, table
from mande.catalogue import Catalogue, load_catalogue
from mande.measure import Measuring, WaveData
from mande.measure.needs import needed_answers
from mande.schema import Indicator
from mande.workspace import library_root

HOUSEHOLDS = 100_000
BY_HAND: Mapping[str, tuple[ModuleType, ...]] = {
    "households": (households_income, households_upgrading, households_social),
    "producer_seasons": (producer_seasons,),
    "workers": (workers_pay, workers_conditions, workers_status),
}
"""The entities whose indicators are worked out, and the modules with their formulas by hand."""

AIM = 1.3


class Contest:
    """The library and the formulas by hand on one survey."""

    def __init__(self, size: int) -> None:
        self.catalogue: Catalogue = load_catalogue([library_root() / "indicators"])
        self.indicators = [e for e in self.catalogue.indicators.values() if e.entity in BY_HAND]
        needs = needed_answers(self.indicators, self.catalogue, by_group=False)
        self.survey: Survey = generate(self.catalogue, needs, size)
        values = self.survey.parameters
        self.parameters = {name: as_parameter(name, rows, self.catalogue) for name, rows in values.items()}
        self.prices = {name: _tidy(rows) for name, rows in values.items()}
        self.frames = [self._pandas(tables) for tables in self._waves()]
        self.values: dict[str, pl.DataFrame] = {}
        self.columns: dict[str, Columns] = {}
        self.wave: Wave | None = None

    def _waves(self) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
        return self.survey.now, self.survey.before

    def _pandas(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, pd.DataFrame]:
        entries = self.catalogue.tables
        return {
            name: to_pandas(
                rows, *[key for key in (entries[name].key, entries[name].link) if key in rows.columns]
            )
            for name, rows in tables.items()
        }

    @property
    def compared(self) -> list[Indicator]:
        """The indicators that are also written by hand."""
        return [entry for entry in self.indicators if entry.id in self.formulas]

    @property
    def formulas(self) -> dict[str, Callable[[Wave], Columns]]:
        """Every formula by hand, by indicator."""
        return {
            entry.id: getattr(module, entry.id)
            for entry in self.indicators
            for module in BY_HAND[entry.entity]
            if hasattr(module, entry.id)
        }

    def library(self) -> Timed:
        """Work out everything through the library."""
        before = WaveData(self.survey.before, BEFORE)
        measuring = Measuring(self.catalogue, parameters=self.parameters, baseline=before)
        wave, taken = WaveData(self.survey.now, NOW, previous=before), {}
        for entry in self.compared:
            start = time.perf_counter()
            self.values[entry.id] = measuring.measure(entry, wave)
            taken[entry.id] = time.perf_counter() - start
        return taken

    def by_hand(self) -> Timed:
        """Work out everything by hand; what several formulas share is charged to the first."""
        start = time.perf_counter()
        now, before = self.frames
        keys = {name: entry.key for name, entry in self.catalogue.tables.items()}
        earlier = Wave(_lined_up(before, now, keys), keys, self.prices, self.formulas)
        wave = self.wave = Wave(now, keys, self.prices, self.formulas, before=earlier)
        taken = {}
        for entry in self.compared:
            with np.errstate(divide="ignore", invalid="ignore"):  # under missing answers
                self.columns[entry.id] = wave.of(entry.id)
            taken[entry.id] = time.perf_counter() - start
            start = time.perf_counter()
        return taken

    def reading(self) -> Timed:
        """Read both waves from Parquet."""
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, tables in enumerate(self._waves()):
                for name, rows in tables.items():
                    paths.append(Path(folder) / f"{name}_{number}.parquet")
                    rows.write_parquet(paths[-1])
            return {"": seconds(lambda: [pl.read_parquet(path) for path in paths])}

    def loading(self) -> Timed:
        """Load all definitions."""
        return {"": seconds(lambda: load_catalogue([library_root() / "indicators"]))}

    def disagreements(self) -> list[str]:
        """Return where the library and the formulas by hand differ, in values and parts."""
        found = []
        for entry in self.compared:
            values, columns = self.values[entry.id], self.columns[entry.id]
            key = self.catalogue.tables[entry.entity].key
            order = np.argsort(self.frames[0][entry.entity][key].to_numpy(dtype=object))
            parts = [name for name in entry.parts if "." not in name]
            for name in ("value", *parts):
                if name not in columns:
                    found.append(f"{entry.id}.{name} is not written by hand")
                elif differ := _different(values[name], columns[name].iloc[order]):
                    found.append(f"{entry.id}.{name} differs in {differ} of {len(values)} units")
        return found


def _tidy(rows: pl.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: rows[name].to_list() for name in rows.columns})


def _lined_up(
    before: Mapping[str, pd.DataFrame], now: Mapping[str, pd.DataFrame], keys: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Return the baseline with its units in the order of the wave; rosters that are no unit stay."""
    found = dict(before)
    for name in BY_HAND:
        rows = before[name].set_index(keys[name]).reindex(now[name][keys[name]])
        found[name] = rows.reset_index()
    return found


def _different(values: pl.Series, column: pd.Series) -> int:
    """Return in how many units two columns differ: in missing values, or by more than a billionth."""
    if values.dtype == pl.String:
        texts = column.astype(object).where(column.notna(), None).to_list()
        return sum(one != other for one, other in zip(values.to_list(), texts, strict=True))
    numbers = column.astype("Float64").to_numpy(dtype=float, na_value=math.nan)
    mine = values.cast(pl.Float64).fill_null(math.nan).to_numpy()
    return int((~np.isclose(mine, numbers, rtol=1e-9, atol=1e-9, equal_nan=True)).sum())


def run(size: int = HOUSEHOLDS, *, times: int = 3) -> str:
    """Return the report.

    Raises
    ------
    ValueError
        Where a value of the library and one by hand differ.
    """
    contest = Contest(size)
    runs = {
        "library": contest.library,
        "by hand": contest.by_hand,
        "reading": contest.reading,
        "loading": contest.loading,
    }
    found = alternating(runs, times=times)
    if different := contest.disagreements():
        raise ValueError("\n".join(different))
    return _report(contest, found)


def _report(contest: Contest, found: Mapping[str, Timed]) -> str:
    library, by_hand, reading = found["library"], found["by hand"], found["reading"][""]
    rows = [
        (name, f"{library[name] / by_hand[name]:.2f}", f"{library[name] / reading:.3f}")
        for name in sorted(library, key=lambda name: -library[name])
    ]
    total, hand = sum(library.values()), sum(by_hand.values())
    rows.append(("total", f"{total / hand:.2f}", f"{total / reading:.3f}"))
    left_out = [entry.id for entry in contest.indicators if entry not in contest.compared]
    sizes = ", ".join(f"{len(rows):,} {name}" for name, rows in contest.survey.now.items())
    return "\n".join(
        [
            f"{len(library)} indicators over {sizes}, and as many at the baseline.",
            "Values and parts agree with those by hand to 1e-9, missing ones included.",
            "What several indicators share is charged to the first of them, on both sides.",
            f"Not compared: {', '.join(left_out) or 'none'}.",
            "",
            table(("indicator", "to pandas by hand", "to reading Parquet"), rows),
            "",
            f"Aim for the total: at most {AIM} times pandas by hand; it is {total / hand:.2f}.",
            f"Loading all definitions: {found['loading']['']:.2f} s.",
        ]
    )
