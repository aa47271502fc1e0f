"""Problems grouped by cause: what one person would mend in one go, told once with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mande.errors import Language, Problem, Severity, Text
from mande.survey.grid import row_list

if TYPE_CHECKING:
    from mande.survey.verdict import Verdict

_CELLS = Text("{n} cells", "{n} cellules", "{n} celdas")
_ROWS = Text("{n} rows", "{n} lignes", "{n} filas")
_TIMES = Text("{n} times", "{n} fois", "{n} veces")
_COLUMN = Text("column", "colonne", "columna")
_ROW = Text("row", "ligne", "fila")
_IN_ROWS = Text("rows {list}", "lignes {list}", "filas {list}")
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Cause:
    """Problems of one kind in one column, worded for one reader.

    `problems` carry the labels of that reader's language; the first speaks for all.
    """

    problems: tuple[Problem, ...]
    language: Language

    @property
    def first(self) -> Problem:
        """The problem that speaks for all."""
        return self.problems[0]

    @property
    def severity(self) -> Severity:
        """Of every problem of the cause."""
        return self.first.severity

    @property
    def where(self) -> str:
        """Return the column with its question, the question alone, or the sheet."""
        place = self.first.place
        if not place.column:
            return place.question
        label = f" ({place.question})" if place.question and place.question != place.column else ""
        return f"{_COLUMN.in_(self.language)} {place.column}{label}"

    @property
    def count(self) -> str:
        """How often it occurs, in cells, rows or times; empty for a single one."""
        if len(self.problems) < 2:
            return ""
        place = self.first.place
        unit = _CELLS if place.column else _ROWS if place.row else _TIMES
        return unit.in_(self.language).format(n=len(self.problems))

    @property
    def rows(self) -> str:
        """Return the rows it occurs in, runs joined, a long list cut short."""
        rows = sorted({p.place.row for p in self.problems if p.place.row is not None})
        return _IN_ROWS.in_(self.language).format(list=row_list(rows)) if len(rows) > 1 else ""

    def record(self) -> dict[str, Any]:
        """Return what is wrong, where, how often and how to fix it, as plain values."""
        first = self.first
        return {
            "code": first.code.id,
            "severity": self.severity.value,
            "message": first.summary(self.language),
            "column": first.place.column,
            "question": first.place.question,
            "count": len(self.problems),
            "rows": sorted({p.place.row for p in self.problems if p.place.row is not None}),
            "expected": first.expected(self.language),
            "fix": first.fix(self.language),
        }

    def row(self, problem: Problem) -> str:
        """Return the row of one problem as a phrase, or an empty text."""
        row = problem.place.row
        return "" if row is None else f"{_ROW.in_(self.language)} {row}"


def causes(verdict: Verdict, language: Language = "en") -> list[Cause]:
    """Return the problems of a verdict by cause: worst first, the file as a whole before single cells."""
    return grouped([verdict.worded(problem, language) for problem in verdict.problems], language)


def grouped(problems: Sequence[Problem], language: Language) -> list[Cause]:
    """Return problems by cause: worst first, then the file as a whole, then the most frequent."""
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        # A title that is wrong is a cause of its own; so is every file-level problem.
        own = problem.found(language) if problem.place.row is None else ""
        kind = (problem.severity, problem.code.id, problem.place.column)
        key = (*kind, problem.summary(language), problem.fix(language), own)
        groups.setdefault(key, []).append(problem)
    found = [Cause(tuple(group), language) for group in groups.values()]
    return sorted(found, key=_order)


def _order(cause: Cause) -> tuple[int, bool, int]:
    place = cause.first.place
    is_within = place.row is not None or bool(place.column)
    return _RANK[cause.severity], is_within, -len(cause.problems)
