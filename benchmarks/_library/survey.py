"""A generated survey: two waves of every table that unit-level indicators need, and parameters for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks._library.prices import WORDS, stated
from mande.catalogue import Catalogue
from mande.measure.needs import Needs
from mande.schema import Question

MISSING = 0.02
"""Share of answers that are missing although the question applies."""

ZEROS = {"ot_hours_period": 0.5, "inj_12m": 0.9, "qty_rejected": 0.7, "premium": 0.6, "bonus_regular": 0.5}
"""Share of zeros where it is not 3 percent."""

MOST = {"ppi_q": 12.0, "svc_": 30.0, "train_": 20.0, "ct_": 60.0, "age": 70.0, "hh_size": 9.0, "inj_": 9.0}
"""Largest likely answers, by the start of the question's name."""

TABLES: Mapping[str, tuple[str | None, float]] = {
    "households": (None, 1.0),
    "persons": ("households", 4.0),
    "respondents": ("households", 1.5),
    "producer_seasons": ("households", 1.5),
    "sales": ("producer_seasons", 2.0),
    "workers": (None, 1.0),
}
"""Parent, and rows for each row of the parent; of tables without a parent here, rows for each household."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Tables of the wave and of its baseline, and the values of a programme's own parameters."""

    now: dict[str, pl.DataFrame]
    before: dict[str, pl.DataFrame]
    parameters: dict[str, pl.DataFrame]


NOW, BEFORE = dt.date(2024, 6, 30), dt.date(2023, 6, 30)
"""Reference dates of the two waves."""


def generate(catalogue: Catalogue, needs: Needs, households: int, seed: int = 20_240_630) -> Survey:
    """Return a survey of so many households, and as many workers; the same seed, the same survey."""
    rng = np.random.default_rng(seed)
    keys = _keys(catalogue, households, rng)
    waves = [
        {name: _Answers(name, keys, day.year, catalogue, rng).to(needs.get(name, ())) for name in keys}
        for day in (NOW, BEFORE)
    ]
    return Survey(waves[0], waves[1], stated(catalogue))


def _keys(catalogue: Catalogue, households: int, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return the keys and links of every table, alike in both waves."""
    found: dict[str, pl.DataFrame] = {}
    for table, (parent, rate) in TABLES.items():
        entry = catalogue.tables[table]
        columns: dict[str, Any] = {}
        count = round(households * rate)
        if parent is not None:
            above = found[parent][catalogue.tables[parent].key].to_numpy()
            columns[str(entry.link)] = np.repeat(above, rng.poisson(rate, len(above)))
            count = len(columns[str(entry.link)])
        keys = [f"{table[:3]}-{number:08}" for number in rng.permutation(count)]
        found[table] = pl.DataFrame({entry.key: keys, **columns}).sort(entry.key)  # as accepted waves are
    return found


class _Answers:
    """Draws the answers of one table of one wave."""

    def __init__(
        self,
        table: str,
        keys: Mapping[str, pl.DataFrame],
        year: int,
        catalogue: Catalogue,
        rng: np.random.Generator,
    ) -> None:
        self.frame, self.year, self.rng, self.count = keys[table], year, rng, keys[table].height
        self.questions = catalogue.questions[table]
        key = catalogue.tables[table].key
        self.gates = {
            str(catalogue.tables[child].gate): self.frame[key].is_in(
                rows[str(catalogue.tables[child].link)].implode()
            )
            for child, rows in keys.items()
            if catalogue.tables[child].parent == table and catalogue.tables[child].gate
        }

    def to(self, names: tuple[str, ...]) -> pl.DataFrame:
        """Return the table with answers to some questions, missing where the filter leaves them out."""
        frame = self.frame
        for name in names:
            question = self.questions[name]
            drawn = self._gate(name) if name in self.gates else self._lost(self._drawn(name, question))
            frame = frame.with_columns(drawn.alias(name))
            if name == "payment_date":  # paid after delivery, within a month or so
                waited = pl.duration(days=pl.Series(self.rng.integers(0, 40, self.count)))
                frame = frame.with_columns((pl.col("delivery_date") + waited).alias(name))
            if question.when is not None:
                frame = frame.with_columns(pl.when(pl.sql_expr(question.when)).then(pl.col(name)))
        return frame

    def _lost(self, drawn: pl.Series) -> pl.Series:
        gone = pl.Series(self.rng.random(self.count) < MISSING)
        return drawn.to_frame("x").select(pl.when(~pl.lit(gone)).then(pl.col("x"))).to_series()

    def _gate(self, name: str) -> pl.Series:
        """Answer a roster's gate: yes where it has rows, else mostly no."""
        there = self.gates[name].to_numpy()
        luck = self.rng.random(self.count)
        answers = pl.Series(there | (luck < 0.05))
        return (
            answers.to_frame("x")
            .select(pl.when(pl.lit(pl.Series(there | (luck < 0.9)))).then(pl.col("x")))
            .to_series()
        )

    def _drawn(self, name: str, question: Question) -> pl.Series:
        rng, n = self.rng, self.count
        match question.type:
            case "yes_no":
                return pl.Series(rng.random(n) < 0.5)
            case "date":
                return self._dates(name)
            case "integer" | "number":
                return pl.Series(self._numbers(name, question))
            case "multiple":
                return self._ticked([code for code in question.choices if code != "none"])
            case _:
                words = list(question.choices) or list(WORDS[name])
                return pl.Series(words).gather(rng.integers(0, len(words), n))

    def _numbers(self, name: str, question: Question) -> NDArray[np.float64]:
        rng, n = self.rng, self.count
        low, high = question.range or (0.0, None)
        likely = next((most for start, most in MOST.items() if name.startswith(start)), None)
        high = likely if likely is not None else high
        if high is None:
            drawn = rng.lognormal(4.0, 1.0, n)
        else:
            drawn = rng.uniform(max(low or 0.0, 0.0), min(high, 100.0), n)
        if question.type == "integer":
            drawn = np.floor(drawn)
        if (low or 0.0) <= 0.0:
            share = next((share for start, share in ZEROS.items() if name.startswith(start)), 0.03)
            drawn[rng.random(n) < share] = 0.0
        return np.round(drawn, 2)

    def _dates(self, name: str) -> pl.Series:
        first = {"ppp_base_date": (2021, 1), "first_sale_date": (self.year - 4, 1000)}
        year, days = first.get(name, (self.year, 365))
        start = (dt.date(year, 1, 1) - dt.date(1970, 1, 1)).days
        return pl.Series(start + self.rng.integers(0, days, self.count)).cast(pl.Int32).cast(pl.Date)

    def _ticked(self, codes: list[str]) -> pl.Series:
        """Tick each code with the chance that gives two ticks on average; nobody ticks nothing."""
        ticks = self.rng.random((self.count, len(codes))) < 2.0 / len(codes)
        numbers = ticks @ (1 << np.arange(len(codes)))
        known, places = np.unique(numbers, return_inverse=True)
        texts = [
            " ".join(c for bit, c in enumerate(codes) if number >> bit & 1) or "none" for number in known
        ]
        return pl.Series(texts).gather(places)
