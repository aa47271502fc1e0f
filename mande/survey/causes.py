"""Problems grouped by cause: what one person would mend in one go, told once with its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mande.errors import Language, Problem, Severity, Text
from mande.survey.grid import row_list

if TYPE_CHECKING:
    from mande.survey.together import WaveVerdict
    from mande.survey.verdict import Verdict

_CELLS = Text("{n} cells", "{n} cellules", "{n} celdas")
_ROWS = Text("{n} rows", "{n} lignes", "{n} filas")
_TIMES = Text("{n} times", "{n} fois", "{n} veces")
_COLUMNS = Text("{n} columns", "{n} colonnes", "{n} columnas")
_COLUMN = Text("column", "colonne", "columna")
_IN_COLUMNS = Text("columns {list}", "colonnes {list}", "columnas {list}")
_EXPECTED = Text("expected: {text}", "attendu : {text}", "esperado: {text}")
_ROW = Text("row", "ligne", "fila")
_IN_ROWS = Text("rows {list}", "lignes {list}", "filas {list}")
_LISTED = 12
# What is wrong, or asked, in the same way of many columns is told once for all of them.
_TITLES = frozenset({"H-EXTRA", "Q-ANSWERED"})
_MARKS = frozenset({"V-DECIMALCOMMA", "V-THOUSANDS", "V-DATEORDER"})
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True)
class Cause:
    """Problems of one kind in one column, or told alike of several, worded for one reader.

    `problems` carry the labels of that reader's language; the first speaks for all. `is_stacked` is
    whether they stand in several sheets that were read as one table: a row is then named with its sheet.
    """

    problems: tuple[Problem, ...]
    language: Language
    is_stacked: bool = False

    @property
    def first(self) -> Problem:
        """The problem that speaks for all."""
        return self.problems[0]

    @property
    def severity(self) -> Severity:
        """Of every problem of the cause."""
        return self.first.severity

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Titles of the columns it occurs in."""
        return tuple(dict.fromkeys(p.place.column for p in self.problems if p.place.column))

    @cached_property
    def expected(self) -> str:
        """What was expected, where that is the same in every place."""
        found = {problem.expected(self.language) for problem in self.problems}
        return found.pop() if len(found) == 1 else ""

    def told(self, problem: Problem) -> str:
        """Return what was found in one place, with its column and what was expected where these differ."""
        found = problem.found(self.language)
        if len(self.columns) > 1:
            found = f"{problem.place.column}: {found}"
        if self.expected or not (expected := problem.expected(self.language)):
            return found
        return "; ".join(filter(None, (found, _EXPECTED.in_(self.language).format(text=expected))))

    def answers(self, verdict: Verdict | WaveVerdict) -> list[str]:
        """Return the possible answers, and the command that gives one for all its columns."""
        first = self.first
        if first.ask is not None and len(self.columns) > 1:
            first = replace(first, ask=replace(first.ask, column=""))
        file = verdict.given[0] if len(verdict.given) == 1 else ""
        return first.answers(self.language, programme=verdict.programme, wave=verdict.wave, file=file)

    @property
    def where(self) -> str:
        """Return the column with its question, the columns, the question alone, or the sheet."""
        place = self.first.place
        if len(self.columns) > 1:
            more = ", ..." if len(self.columns) > _LISTED else ""
            return _IN_COLUMNS.in_(self.language).format(list=", ".join(self.columns[:_LISTED]) + more)
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
        if len(self.columns) > 1:
            more = len(self.columns) > _LISTED  # the titles stand there already
            return _COLUMNS.in_(self.language).format(n=len(self.columns)) if more else ""
        unit = _CELLS if place.column else _ROWS if place.row else _TIMES
        return unit.in_(self.language).format(n=len(self.problems))

    @property
    def rows(self) -> str:
        """Return the rows it occurs in, runs joined, a long list cut short."""
        if self.is_stacked:
            return "; ".join(self._in_sheets())
        rows = sorted({p.place.row for p in self.problems if p.place.row is not None})
        return _IN_ROWS.in_(self.language).format(list=row_list(rows)) if len(rows) > 1 else ""

    def _in_sheets(self) -> Iterator[str]:
        for sheet in dict.fromkeys(p.place.sheet for p in self.problems):
            rows = {p.place.row for p in self.problems if p.place.sheet == sheet and p.place.row is not None}
            if rows:
                yield f"{sheet}, {_IN_ROWS.in_(self.language).format(list=row_list(sorted(rows)))}"

    def record(self) -> dict[str, Any]:
        """Return what is wrong, where, how often and how to fix it, as plain values."""
        first = self.first
        return {
            "code": first.code.id,
            "severity": self.severity.value,
            "message": first.summary(self.language),
            "column": first.place.column,
            "columns": list(self.columns),
            "question": first.place.question,
            "count": len(self.problems),
            "rows": sorted({p.place.row for p in self.problems if p.place.row is not None}),
            "expected": self.expected,
            "fix": first.fix(self.language),
        }

    def row(self, problem: Problem) -> str:
        """Return the row of one problem as a phrase, or an empty text."""
        row = problem.place.row
        told = "" if row is None else f"{_ROW.in_(self.language)} {row}"
        return f"{problem.place.sheet}, {told}" if told and self.is_stacked else told


def causes(verdict: Verdict, language: Language = "en") -> list[Cause]:
    """Return the problems of a verdict by cause: worst first, the file as a whole before single cells."""
    worded = [verdict.worded(problem, language) for problem in verdict.problems]
    is_stacked = verdict.raw is not None and bool(verdict.raw.parts)
    return grouped(worded, language, is_stacked=is_stacked)


def grouped(problems: Sequence[Problem], language: Language, *, is_stacked: bool = False) -> list[Cause]:
    """Return problems by cause: worst first, then the file as a whole, then the most frequent."""
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        # A file-level problem is a cause of its own.
        is_across = _is_across(problem)
        own = problem.found(language) if problem.place.row is None and not is_across else ""
        options = tuple(o.value for o in problem.ask.options) if problem.ask and is_across else ()
        kind = (problem.severity, problem.code.id, "" if is_across else problem.place.column)
        key = (*kind, problem.summary(language), problem.fix(language), own, *options)
        groups.setdefault(key, []).append(problem)
    found = [Cause(tuple(group), language, is_stacked) for group in groups.values()]
    return sorted(found, key=_order)


def _is_across(problem: Problem) -> bool:
    """Return whether a problem is told together with the same one of other columns."""
    code = problem.code.id
    return bool(problem.place.column) and (
        code in _TITLES or (code in _MARKS and problem.severity is Severity.QUESTION)
    )


def _order(cause: Cause) -> tuple[int, bool, int]:
    place = cause.first.place
    is_within = place.row is not None or bool(place.column)
    return _RANK[cause.severity], is_within, -len(cause.problems)
