"""What an upload is worth, and everything that is wrong with it: as text, as JSON, cell by cell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

import polars as pl

from mande import __version__
from mande.errors import Language, Problem, Severity
from mande.schema.common import Label
from mande.survey.causes import causes
from mande.survey.corrections import Correction
from mande.survey.faults import as_problems
from mande.survey.grid import RawTable
from mande.survey.present import verdict_text
from mande.survey.replay import Sent
from mande.survey.steps import steps
from mande.survey.table import ConformedTable

Status = Literal["ok", "warnings", "questions", "errors"]
EXIT_CODES: Mapping[Status, int] = MappingProxyType({"ok": 0, "warnings": 1, "questions": 3, "errors": 3})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an upload is worth, and everything that is wrong with it.

    Attributes
    ----------
    programme, wave, table_name : what it was checked as.
    file, sha256 : the upload; `sha256` is empty where it could not be read.
    problems : errors, questions, warnings and notes, ordered by row, then column; of very many alike in
        one column the first are listed, and the rest counted. `report` has all.
    raw : the cells as text, or None where the file could not be read.
    table : the typed table, or None; it may be accepted only without errors.
    labels : for each column title, the label of its question.
    corrections : decisions of the correction log that were applied.
    sent : the table as the log's conditions look at it, or None where it could not be read.
    replacing : of these, who stands in for whom: id, and the id of the unit that was replaced.
    path : the file as it was given, for the commands a person copies; its name alone where it is not known.
    """

    programme: str
    wave: str
    table_name: str
    file: str
    sha256: str
    problems: Sequence[Problem]
    raw: RawTable | None = None
    table: ConformedTable | None = None
    labels: Mapping[str, Label] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    sent: Sent | None = None
    replacing: tuple[tuple[str, str], ...] = ()
    path: str = ""

    @property
    def status(self) -> Status:
        """`errors` and `questions` when it cannot be accepted (yet), `warnings` when it should be read."""
        found = as_problems(self.problems).severities()
        if Severity.ERROR in found:
            return "errors"
        if Severity.QUESTION in found:
            return "questions"
        return "warnings" if Severity.WARNING in found else "ok"

    def split(self) -> tuple[Verdict, ...]:
        """Return the verdict by sheet where several sheets were read as one table; else the verdict."""
        if self.raw is None or not self.raw.parts:
            return (self,)
        parts = self.raw.split()
        own: dict[str, list[Problem]] = {raw.sheet: [] for raw in parts}
        for problem in self.problems:
            # What concerns the table as a whole is told with its first sheet.
            own.get(problem.place.sheet, own[parts[0].sheet]).append(problem)
        return tuple(replace(self, raw=raw, problems=tuple(own[raw.sheet])) for raw in parts)

    @property
    def files(self) -> tuple[str, ...]:
        """Name of the one file."""
        return (self.file,)

    @property
    def given(self) -> tuple[str, ...]:
        """The one file as it was given."""
        return (self.path or self.file,)

    @property
    def exit_code(self) -> int:
        """Exit code of the command: 0 fine, 1 warnings, 3 errors or open questions."""
        return EXIT_CODES[self.status]

    @property
    def counts(self) -> dict[str, int]:
        """Rows and columns read, blank rows passed over, and problems by severity and by code."""
        counts = {
            "rows": self.raw.cells.height + len(self.raw.misfits) if self.raw else 0,
            "columns": len(self.raw.columns) if self.raw else 0,
            "blank_rows": self.raw.n_blank_rows if self.raw else 0,
        }
        problems = as_problems(self.problems)
        severities = problems.severities()
        counts |= {f"{severity.value}s": severities[severity] for severity in Severity}
        return counts | dict(sorted(problems.codes().items()))

    def worded(self, problem: Problem, language: Language) -> Problem:
        """Return the problem with its question's label in the reader's language."""
        label = self.labels.get(problem.place.column)
        if label is None or (told := label.in_(language)) == problem.place.question:
            return problem
        return replace(problem, place=replace(problem.place, question=told))

    def cell(self, problem: Problem) -> str:
        """Return the cell as Excel names it (`H214`), or an empty text."""
        return "" if self.raw is None else self.raw.cell_name(problem.place)

    def record(self, language: Language = "en") -> dict[str, Any]:
        """Return verdict, counts, what to do, the problems by cause and one by one, as plain values."""
        found = causes(self, language)
        return {
            "format": 1,
            "mande": __version__,
            "programme": self.programme,
            "wave": self.wave,
            "table": self.table_name,
            "file": self.file,
            "sha256": self.sha256,
            "verdict": self.status,
            "exit_code": self.exit_code,
            "language": language,
            "counts": self.counts,
            "steps": [str(step) for step in steps(found, self, language)],
            "causes": [cause.record() for cause in found],
            "problems": [
                self.worded(problem, language).as_record(language) | {"cell": self.cell(problem)}
                for problem in self.problems
            ],
        }

    def as_json(self, language: Language = "en") -> str:
        """Return verdict, counts and every problem as JSON text."""
        return json.dumps(self.record(language), ensure_ascii=False, indent=2)

    def report(self, language: Language = "en") -> pl.DataFrame:
        """Return every problem as a row, none left out, with the columns of `faults.REPORT`."""
        return as_problems(self.problems).report(language)

    def text(self, language: Language = "en", *, limit: int | None = None) -> str:
        """Return the verdict to read, its problems grouped by cause; `limit` causes at most."""
        return verdict_text(self, language, limit=limit)
