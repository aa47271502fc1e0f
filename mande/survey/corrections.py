"""The correction log: decisions about rows of an upload, replayed on every run.

`baselines/<programme>/corrections.csv` has one line for each decision: when, by whom, why, in which table
and wave, which rows (exact conditions on the file as it was sent), what is done, and how many rows that
must be. A line that matches more or fewer rows than it says is refused: the file is no longer the one
that was decided about.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mande.catalogue import parse
from mande.errors import Code, MandeError, Place, Problem, Text
from mande.schema.common import Definition, Id
from mande.schema.programme import WaveId
from mande.survey.grid import Values

FILE = "corrections.csv"
ROW, RECORD = "row", "record"
"""Conditions that are no question: the row's number in the file, and the fingerprint of its answers."""
Action = Literal["keep", "drop", "new id", "set value", "same respondent", "different respondent", "replaces"]
ACTIONS: tuple[Action, ...] = (
    "keep",
    "drop",
    "new id",
    "set value",
    "same respondent",
    "different respondent",
    "replaces",
)
NEED_VALUE = frozenset({"new id", "same respondent", "different respondent", "replaces"})
Filled = Annotated[str, StringConstraints(min_length=1)]

C_HEADER = Code(
    "C-HEADER",
    Text(
        "the correction log has other columns",
        "le journal de corrections a d'autres colonnes",
        "el registro de correcciones tiene otras columnas",
    ),
    Text("{expected}"),
    Text(
        "Give the columns these titles, in this order.",
        "Donnez ces titres aux colonnes, dans cet ordre.",
        "Ponga estos títulos a las columnas, en este orden.",
    ),
)
_LONGEST = 120
_CONDITION = re.compile(r'\s*([^=;"]+?)\s*=\s*(?:"((?:[^"]|"")*)"|([^;"]*?))\s*(?:;|$)')


class Correction(Definition):
    """One line of the log.

    Attributes
    ----------
    at, by, why : when it was decided, by whom, and on what ground.
    table, wave : the upload it is about.
    where : conditions joined by `;`, for example `farmer_id=F001; record=3fa91c20ab77`.
    action : `keep` this row of several alike; `drop` it; `new id` (value); `set value` of `column`;
        `same respondent` as the known one named by value; `different respondent` from that one; the row's
        unit `replaces` the one named by value, which was not interviewed.
    column, value : of `set value`; the id for the actions about ids.
    rows : how many rows the conditions must match.
    """

    at: dt.date
    by: Filled
    why: Filled
    table: Id
    wave: WaveId
    where: Filled
    action: Action
    column: str = ""
    value: str = ""
    rows: Annotated[int, Field(ge=1)]

    def contradictions(self) -> Iterator[str]:
        """Yield what the action lacks, or has too much of."""
        if not self.conditions:
            yield "`where` reads column=value; column=value, a value with ; in double quotes"
        if (self.action == "set value") != bool(self.column):
            yield "`column` is needed for, and only for, the action `set value`"
        if self.action in NEED_VALUE and not self.value:
            yield f"`value` must name the id for the action `{self.action}`"
        if self.action in ("keep", "drop") and self.value:
            yield f"the action `{self.action}` takes no `value`"

    @property
    def conditions(self) -> tuple[tuple[str, str], ...]:
        """The conditions as pairs of column and text; empty where `where` cannot be read."""
        return read_conditions(self.where)


COLUMNS = tuple(Correction.model_fields)


@dataclass(frozen=True, slots=True)
class Entry:
    """A correction and its line in the log."""

    correction: Correction
    line: int


def read_conditions(text: str) -> tuple[tuple[str, str], ...]:
    """Return conditions as pairs of column and text, or none where they cannot be read.

    Examples
    --------
    >>> read_conditions('farmer_id=F001; remarks="a; b"')
    (('farmer_id', 'F001'), ('remarks', 'a; b'))
    >>> read_conditions("farmer_id")
    ()
    """
    pairs, position = [], 0
    while position < len(text.rstrip(" ;")):
        match = _CONDITION.match(text, position)
        if match is None:
            return ()
        quoted, plain = match[2], match[3]
        pairs.append((match[1], plain if quoted is None else quoted.replace('""', '"')))
        position = match.end()
    return tuple(pairs)


def write_conditions(pairs: Iterable[tuple[str, str]]) -> str:
    """Return conditions as the log writes them; `read_conditions` reads them back."""

    def written(value: str) -> str:
        is_plain = value == value.strip() and not re.search(r'[;"\r\n]', value)
        return value if is_plain else '"' + value.replace('"', '""') + '"'

    return "; ".join(f"{column}={written(value)}" for column, value in pairs)


def load_corrections(programme_dir: Path) -> tuple[Entry, ...]:
    """Return a programme's corrections in the order of its log; none where there is no log.

    Raises
    ------
    MandeError
        C-HEADER, or D-SCHEMA for each line that is not a decision, with its row.
    """
    path = programme_dir / FILE
    if not path.is_file():
        return ()
    lines = _lines_of(path)
    if not lines or tuple(cell.strip() for cell in lines[0][1]) != COLUMNS:
        found = ", ".join(lines[0][1]) if lines else "-"
        raise MandeError([_other_columns(found)])
    entries, problems = [], []
    for number, cells in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            entries.append(Entry(_line(cells), number))
        except MandeError as error:
            problems += [
                replace(p, place=replace(p.place, row=number, column=_column(p), question=""))
                for p in error.problems
            ]
    if problems:
        raise MandeError(problems)
    return tuple(entries)


def _column(problem: Problem) -> str:
    """Return the column a problem of a line is about; none where its cells contradict each other."""
    return problem.place.question if problem.place.question in COLUMNS else ""


def _lines_of(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines of the log with their numbers; Excel may have parted the cells by semicolons."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        delimiter = ";" if text.startswith(";".join(COLUMNS[:3])) else ","
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        # A cell may hold line breaks: the line it begins on is where its reader looks for it.
        lines, begins = [], 1
        for cells in reader:
            lines.append((begins, cells))
            begins = reader.line_num + 1
    except (UnicodeDecodeError, csv.Error) as error:
        raise MandeError([_other_columns(str(error))]) from error
    return lines


def _other_columns(found: str) -> Problem:
    shown = found if len(found) <= _LONGEST else found[: _LONGEST - 3] + "..."
    values: Values = {"found": shown, "expected": f"UTF-8 text with the columns {', '.join(COLUMNS)}"}
    return Problem(C_HEADER, Place(file=FILE, row=1), values)


def _line(cells: Sequence[str]) -> Correction:
    content = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=False))
    return parse(Correction, {name: text for name, text in content.items() if text}, file=FILE)


def log_text(corrections: Iterable[Correction]) -> str:
    """Return corrections as the text of a log."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in corrections:
        writer.writerow(str(getattr(entry, name)) for name in COLUMNS)
    return buffer.getvalue()
