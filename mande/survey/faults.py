"""Many faulty cells without an object for each: by column and cause, spelled out when they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, islice
from typing import overload

import numpy as np
import polars as pl

from mande.errors import Ask, Language, Place, Problem, Severity, Text
from mande.masking import masked
from mande.survey.distinct import Distinct
from mande.survey.grid import RawTable, Values
from mande.survey.parse import Wrong
from mande.survey.table import LONGEST_SHOWN, ROW, V_MORE, ConformedTable

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
    cells : rows of `table.frame`, and their texts.
    why : for each distinct text what is wrong with it.
    """

    table: ConformedTable
    question: str
    cells: Distinct
    why: Sequence[Wrong]
    severity: Severity = Severity.ERROR
    ask: Ask | None = None

    @classmethod
    def alike(
        cls, table: ConformedTable, question: str, mask: pl.Series, wrong: Wrong, severity: Severity
    ) -> CellFaults:
        """Return the cells marked in `mask`, all wrong for the same reason; null counts as not marked."""
        cells = Distinct.of(table.texts[question], mask)
        return cls(table, question, cells, [wrong] * len(cells.texts), severity)

    @property
    def indices(self) -> pl.Series:
        """Rows of `table.frame`, rising."""
        return self.cells.indices

    def counts(self) -> Counter[str]:
        """Return how many cells there are of each code."""
        found: Counter[str] = Counter()
        for wrong, count in zip(self.why, self.cells.counts(), strict=True):
            found[wrong.code.id] += count
        return found

    def problems(self) -> Iterator[Problem]:
        """Yield a problem for each cell, up to a limit of each code, and how many more there are."""
        places = self.table.places(self.question, self.indices)
        limit = self.table.listed_per_column
        listed: Counter[str] = Counter()
        for number, place in zip(self.cells.which.tolist(), places, strict=True):
            text, wrong = self.cells.texts[number], self.why[number]
            listed[wrong.code.id] += 1
            if listed[wrong.code.id] > limit:
                continue
            found: Values = {"found": self.table.shown(self.question, text), **wrong.values}
            yield Problem(wrong.code, place, found, self.severity, self.ask)
        for code, count in listed.items():
            if count > limit:
                more: Values = {"found": count - limit, "code": code}
                yield Problem(V_MORE, self.table.place(self.question), more, self.severity)

    def causes(self, language: Language) -> tuple[list[int], list[tuple[str, ...]]]:
        """Return for each distinct text the number of its cause, and each cause in words (`_CAUSE`)."""
        place = self.table.place(self.question)
        asked = self.table.questions[self.question].label.in_(language)
        numbers: dict[int, int] = {}
        told = []
        for wrong in self.why:
            if id(wrong) not in numbers:
                numbers[id(wrong)] = len(numbers)
                problem = Problem(wrong.code, place, wrong.values, self.severity)
                words = (part(language) for part in (problem.summary, problem.expected, problem.fix))
                told.append((place.sheet, place.column, asked, self.severity.value, wrong.code.id, *words))
        return [numbers[id(wrong)] for wrong in self.why], told

    def values(self, language: Language) -> list[str]:
        """Return each distinct text as a message shows it."""
        plain: dict[int, bool] = {}
        is_hidden = self.table.is_hidden(self.question)
        shown = []
        for text, wrong in zip(self.cells.texts, self.why, strict=True):
            if id(wrong) not in plain:
                plain[id(wrong)] = wrong.code.found == _PLAIN and not is_hidden
            as_it_is = plain[id(wrong)] and len(text) <= LONGEST_SHOWN and masked(text) == text
            shown.append(text if as_it_is else self._value(text, wrong, language))
        return shown

    def _value(self, text: str, wrong: Wrong, language: Language) -> str:
        values: Values = {"found": self.table.shown(self.question, text), **wrong.values}
        return Problem(wrong.code, self.table.place(self.question), values, self.severity).found(language)


_PLAIN = Text("{found}")
_CAUSE = ("sheet", "column", "question", "severity", "code", "message", "expected", "fix")


def _faulty_cells(faults: Sequence[CellFaults], language: Language) -> pl.DataFrame:
    """Return a row for every faulty cell, columns as in `REPORT`: words are made once for each cause."""
    causes: list[tuple[str, ...]] = []
    values: list[str] = []
    cause_of: list[int] = []
    which = []
    for entry in faults:
        numbers, told = entry.causes(language)
        which.append(entry.cells.which + len(values))
        cause_of += [number + len(causes) for number in numbers]
        values += entry.values(language)
        causes += told
    of_text = pl.Series(np.concatenate(which))
    of_cause = pl.Series(np.array(cause_of, np.int64)[np.concatenate(which)])
    words = pl.DataFrame(causes, schema=dict.fromkeys(_CAUSE, pl.String), orient="row")
    places = [_rows(list(own)) for _, own in groupby(faults, key=lambda entry: id(entry.table))]
    value = pl.Series("value", values, dtype=pl.String)
    told_of = words.select(pl.all().gather(of_cause)).with_columns(value.gather(of_text))
    return pl.concat([pl.concat(places), told_of], how="horizontal").select(list(REPORT))


def _rows(faults: Sequence[CellFaults]) -> pl.DataFrame:
    """Return row and respondent of faulty cells of one table."""
    table = faults[0].table
    indices = pl.concat([entry.indices for entry in faults])
    rows = table.frame[ROW].gather(indices)
    if table.key not in table.titles or table.is_hidden(table.key):
        return pl.DataFrame({"row": rows}).with_columns(pl.lit("").alias("respondent"))
    return pl.DataFrame({"row": rows, "respondent": table.texts[table.key].gather(indices)})


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
        self._faults = tuple(entry for entry in faults if len(entry.indices))
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
        found = pl.DataFrame(rows, schema=REPORT, orient="row")
        if self._faults:
            found = pl.concat([found, _faulty_cells(self._faults, language)])
        if self._raw is None or not self._raw.parts:
            return found
        places = [
            self._located(Place(sheet=sheet, row=row))
            for sheet, row in found.select("sheet", "row").iter_rows()
        ]
        sheets = pl.Series("sheet", [place.sheet for place in places], dtype=pl.String)
        return found.with_columns(sheets, pl.Series("row", [place.row for place in places], dtype=pl.Int64))


def _record(problem: Problem, language: Language) -> tuple[str | int | None, ...]:
    place = problem.place
    return (
        *(place.sheet, place.row, place.column, place.question, place.respondent),
        *(problem.severity.value, problem.code.id, problem.found(language), problem.summary(language)),
        *(problem.expected(language), problem.fix(language)),
    )


def as_problems(problems: Sequence[Problem]) -> Problems:
    """Return a sequence of problems as `Problems`."""
    return problems if isinstance(problems, Problems) else Problems(problems)
