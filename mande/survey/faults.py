"""Many faulty cells without an object for each: by column and cause, spelled out when they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import overload

import polars as pl

from mande.errors import Ask, Language, Place, Problem, Severity, Text
from mande.survey.grid import RawTable, Values
from mande.survey.parse import Wrong
from mande.survey.table import ROW, V_MORE, ConformedTable

REPORT = pl.Schema(
    {
        "sheet": pl.String,
        "row": pl.Int64,
        "column": pl.String,
        "question": pl.String,
        "respondent": pl.String,
        "severity": pl.String,
        "code": pl.String,
        "value": pl.String,
        "message": pl.String,
        "expected": pl.String,
        "fix": pl.String,
    }
)
_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class CellFaults:
    """The faulty cells of one column, of one severity.

    Attributes
    ----------
    indices : rows of `table.frame`, rising. texts : their texts.
    why : for each distinct text what is wrong with it.
    """

    table: ConformedTable
    question: str
    indices: pl.Series
    texts: pl.Series
    why: Mapping[str, Wrong]
    severity: Severity = Severity.ERROR
    ask: Ask | None = None

    def counts(self) -> Counter[str]:
        """Return how many cells there are of each code."""
        found: Counter[str] = Counter()
        for text, count in self.texts.value_counts(name="count").iter_rows():
            found[self.why[text].code.id] += count
        return found

    def problems(self) -> Iterator[Problem]:
        """Yield a problem for each cell, up to a limit of each code, and how many more there are."""
        places = self.table.places(self.question, self.indices)
        limit = self.table.listed_per_column
        listed: Counter[str] = Counter()
        for text, place in zip(self.texts.to_list(), places, strict=True):
            wrong = self.why[text]
            listed[wrong.code.id] += 1
            if listed[wrong.code.id] > limit:
                continue
            found: Values = {"found": self.table.shown(self.question, text), **wrong.values}
            yield Problem(wrong.code, place, found, self.severity, self.ask)
        for code, count in listed.items():
            if count > limit:
                more: Values = {"found": count - limit, "code": code}
                yield Problem(V_MORE, self.table.place(self.question), more, self.severity)

    def report(self, language: Language) -> pl.DataFrame:
        """Return a row for every cell, worded; columns as in `REPORT`."""
        place = self.table.place(self.question)
        causes = {id(wrong): (number, wrong) for number, wrong in enumerate(self.why.values())}
        words = [(number, *self._words(wrong, language)) for number, wrong in causes.values()]
        values = [
            (text, causes[id(wrong)][0], self._value(text, wrong, language))
            for text, wrong in self.why.items()
        ]
        is_known = self.table.key in self.table.titles and not self.table.is_hidden(self.table.key)
        ids = self.table.texts[self.table.key].gather(self.indices) if is_known else pl.lit("")
        cells = pl.DataFrame({"text": self.texts, "row": self.table.frame[ROW].gather(self.indices)})
        cells = cells.with_columns(
            pl.lit(place.sheet).alias("sheet"),
            pl.lit(place.column).alias("column"),
            pl.lit(self.table.questions[self.question].label.in_(language)).alias("question"),
            ids.alias("respondent"),
            pl.lit(self.severity.value).alias("severity"),
        )
        told = pl.DataFrame(values, schema=_VALUES, orient="row").join(
            pl.DataFrame(words, schema=_WORDS, orient="row"), on="cause", how="left"
        )
        return cells.join(told, on="text", how="left", maintain_order="left").select(list(REPORT))

    def _words(self, wrong: Wrong, language: Language) -> tuple[str, ...]:
        """Return code, message, expected and fix: the same for every cell with this cause."""
        problem = Problem(wrong.code, self.table.place(self.question), wrong.values, self.severity)
        return (wrong.code.id, *(part(language) for part in (problem.summary, problem.expected, problem.fix)))

    def _value(self, text: str, wrong: Wrong, language: Language) -> str:
        shown = self.table.shown(self.question, text)
        if wrong.code.found == _PLAIN:
            return shown if isinstance(shown, str) else shown.in_(language)
        values: Values = {"found": shown, **wrong.values}
        return Problem(wrong.code, self.table.place(self.question), values, self.severity).found(language)


_PLAIN = Text("{found}")
_VALUES = pl.Schema({"text": pl.String, "cause": pl.Int64, "value": pl.String})
_WORDS = pl.Schema(
    {"cause": pl.Int64, "code": pl.String, "message": pl.String, "expected": pl.String, "fix": pl.String}
)


class Problems(Sequence[Problem]):
    """Problems in the order of the file: by row, then column; those of the file as a whole come first.

    Faulty cells are kept by column and cause; their problems are made when somebody reads them.

    Parameters
    ----------
    single
        Problems one by one.
    faults
        Faulty cells.
    raw
        The cells as read: it knows the order of columns, and which sheet of several a row is of.
    moved
        Where a place stands in the file, for tables that were made of another's columns.
    """

    def __init__(
        self,
        single: Iterable[Problem],
        faults: Iterable[CellFaults] = (),
        raw: RawTable | None = None,
        moved: Callable[[Place], Place] | None = None,
    ) -> None:
        self._single = tuple(single)
        self._faults = tuple(faults)
        self._raw = raw
        self._moved = moved
        self._position = {title: place for place, title in enumerate(raw.columns if raw else ())}

    @cached_property
    def _all(self) -> tuple[Problem, ...]:
        spelled = (problem for faults in self._faults for problem in faults.problems())
        ordered = sorted((*self._single, *spelled), key=self._key)
        return tuple(self._placed(problem) for problem in ordered)

    def _placed(self, problem: Problem) -> Problem:
        place = self._located(problem.place)
        return problem if place is problem.place else replace(problem, place=place)

    def _located(self, place: Place) -> Place:
        own = place if self._moved is None else self._moved(place)
        return self._raw.located(own) if self._raw is not None and self._raw.parts else own

    def _key(self, problem: Problem) -> tuple[int, int, int, str]:
        place = problem.place
        column = self._position.get(place.column, -1)
        return (place.row or 0, column, _ORDER[problem.severity], problem.code.id)

    @overload
    def __getitem__(self, index: int) -> Problem: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Problem, ...]: ...
    def __getitem__(self, index: int | slice) -> Problem | tuple[Problem, ...]:
        return self._all[index]

    def __len__(self) -> int:
        return len(self._all)

    def __bool__(self) -> bool:
        return bool(self._single or self._faults)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._all)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all)

    def with_first(self, problems: Iterable[Problem]) -> Problems:
        """Return these problems and more, in the order of the file."""
        return Problems((*problems, *self._single), self._faults, self._raw, self._moved)

    def asked(self) -> Iterator[Problem]:
        """Yield the problems that are questions; of the cells of a column one speaks for all."""
        yield from (problem for problem in self._single if problem.ask is not None)
        for faults in self._faults:
            if faults.ask is not None:
                yield from islice(faults.problems(), 1)

    def severities(self) -> Counter[Severity]:
        """Return how many problems there are of each severity, listed or not."""
        found = Counter(problem.severity for problem in self._single)
        for faults in self._faults:
            found[faults.severity] += len(faults.indices)
        return found

    def codes(self) -> Counter[str]:
        """Return how many problems there are of each code, listed or not."""
        found = Counter(problem.code.id for problem in self._single)
        for faults in self._faults:
            found += faults.counts()
        return found

    def report(self, language: Language = "en") -> pl.DataFrame:
        """Return every problem as a row, none left out: columns as in `REPORT`, faulty cells last."""
        rows = [_record(problem, language) for problem in self._single]
        frames = [pl.DataFrame(rows, schema=REPORT, orient="row")]
        found = pl.concat([*frames, *(faults.report(language) for faults in self._faults)])
        if self._raw is None or not self._raw.parts:
            return found
        places = [
            self._located(Place(sheet=sheet, row=row))
            for sheet, row in found.select("sheet", "row").iter_rows()
        ]
        sheets = pl.Series("sheet", [place.sheet for place in places], dtype=pl.String)
        return found.with_columns(sheets, pl.Series("row", [place.row for place in places], dtype=pl.Int64))


def _record(problem: Problem, language: Language) -> dict[str, object]:
    record = problem.as_record(language)
    return {name: record[name] for name in REPORT}


def as_problems(problems: Sequence[Problem]) -> Problems:
    """Return a sequence of problems as `Problems`."""
    return problems if isinstance(problems, Problems) else Problems(problems)
