"""The correction log: decisions about rows of an upload, replayed on every run.

`baselines/<programme>/corrections.csv` has one line for each decision: when, by whom, why, in which table
and wave, which rows (exact conditions on the file as it was sent), what is done, and how many rows that
must be. A line that matches more or fewer rows than it says is refused: the file is no longer the one
that was decided about.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, Self

import polars as pl
from pydantic import Field, StringConstraints, model_validator

from mande.catalogue import parse
from mande.errors import Code, MandeError, Place, Problem, Severity, Text, did_you_mean
from mande.schema.common import Definition, Id
from mande.schema.programme import WaveId
from mande.survey.grid import SPACES, RawTable, Values, normal_title
from mande.survey.mapping import Columns

FILE = "corrections.csv"
ROW, RECORD = "row", "record"
"""Conditions that are no question: the row's number in the file, and the fingerprint of its answers."""
Action = Literal["keep", "drop", "new id", "set value", "same respondent", "different respondent"]
ACTIONS: tuple[Action, ...] = (
    "keep",
    "drop",
    "new id",
    "set value",
    "same respondent",
    "different respondent",
)
NEED_VALUE = frozenset({"new id", "same respondent", "different respondent"})
Filled = Annotated[str, StringConstraints(min_length=1)]

C_ROWS = Code(
    "C-ROWS",
    Text(
        "a line of the correction log matches other rows than it says",
        "une ligne du journal de corrections vise d'autres lignes que prévu",
        "una línea del registro de correcciones afecta a otras filas de las que dice",
    ),
    Text("rows: {rows}", "lignes : {rows}", "filas: {rows}"),
    Text(
        "Is this the file that was decided about? Correct the conditions in corrections.csv, or delete the "
        "line if the file is right now.",
        "Est-ce le fichier dont on a décidé ? Corrigez les conditions dans corrections.csv, ou supprimez "
        "la ligne si le fichier est juste.",
        "¿Es el archivo sobre el que se decidió? Corrija las condiciones en corrections.csv, o borre la "
        "línea si el archivo ya está bien.",
    ),
    Text("{where}: rows {found}", "{where} : lignes {found}", "{where}: filas {found}"),
)
C_COLUMN = Code(
    "C-COLUMN",
    Text(
        "the correction log names a column that is not in the file",
        "le journal de corrections nomme une colonne absente du fichier",
        "el registro de correcciones nombra una columna que no está en el archivo",
    ),
    Text(
        "a question of the file, `row` or `record`{hint}",
        "une question du fichier, `row` ou `record`{hint}",
        "una pregunta del archivo, `row` o `record`{hint}",
    ),
    Text(
        "Correct the name in corrections.csv.",
        "Corrigez le nom dans corrections.csv.",
        "Corrija el nombre en corrections.csv.",
    ),
)
C_PERSONAL = Code(
    "C-PERSONAL",
    Text(
        "the correction log must not hold personal data",
        "le journal de corrections ne doit pas contenir de données personnelles",
        "el registro de correcciones no debe contener datos personales",
    ),
    Text(
        "conditions and values of other questions",
        "des conditions et valeurs d'autres questions",
        "condiciones y valores de otras preguntas",
    ),
    Text(
        "Name the row by its id, `record` or `row`; correct a name or phone number in the file itself.",
        "Désignez la ligne par son id, `record` ou `row` ; corrigez nom ou téléphone dans le fichier.",
        "Indique la fila por su id, `record` o `row`; corrija nombre o teléfono en el archivo.",
    ),
    Text("column {found}", "colonne {found}", "columna {found}"),
)
C_CONFLICT = Code(
    "C-CONFLICT",
    Text(
        "two lines of the correction log contradict each other",
        "deux lignes du journal de corrections se contredisent",
        "dos líneas del registro de correcciones se contradicen",
    ),
    Text("one decision for each cell", "une décision par cellule", "una decisión por celda"),
    Text(
        "Delete one of the lines in corrections.csv.",
        "Supprimez une des lignes dans corrections.csv.",
        "Borre una de las líneas en corrections.csv.",
    ),
    Text("lines {found}, row {row}", "lignes {found}, ligne {row}", "líneas {found}, fila {row}"),
)
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
C_APPLIED = Code(
    "C-APPLIED",
    Text(
        "decisions of the correction log were applied: {found}",
        "décisions du journal de corrections appliquées : {found}",
        "decisiones del registro de correcciones aplicadas: {found}",
    ),
    Text(""),
    Text(
        "Nothing; they are listed in the manifest when the wave is accepted.",
        "Rien ; elles figurent au manifeste à l'acceptation.",
        "Nada; figuran en el manifiesto al aceptar la ronda.",
    ),
    Text("{actions}"),
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
        `same respondent` as the known one named by value; `different respondent` from that one.
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

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.conditions:
            raise ValueError("`where` reads column=value; column=value, a value with ; in double quotes")
        if (self.action == "set value") != bool(self.column):
            raise ValueError("`column` is needed for, and only for, the action `set value`")
        if self.action in NEED_VALUE and not self.value:
            raise ValueError(f"`value` must name the id for the action `{self.action}`")
        if self.action in ("keep", "drop") and self.value:
            raise ValueError(f"the action `{self.action}` takes no `value`")
        return self

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


@dataclass(frozen=True, slots=True)
class Replayed:
    """An upload after its corrections, the entries that were applied, and what kept others from it."""

    raw: RawTable
    applied: tuple[Correction, ...]
    problems: tuple[Problem, ...]


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
                replace(p, place=replace(p.place, row=number, column=p.place.question, question=""))
                for p in error.problems
            ]
    if problems:
        raise MandeError(problems)
    return tuple(entries)


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


def replay(
    raw: RawTable,
    columns: Columns,
    entries: Sequence[Entry],
    *,
    key: str,
    personal: AbstractSet[str] = frozenset(),
) -> Replayed:
    """Return the upload with its corrections; conditions look at the file as it was sent.

    Parameters
    ----------
    raw
        Cells as text. Not modified.
    columns
        Which question each column answers.
    entries
        The corrections of this table and wave, in the order of the log.
    key
        The table's key question.
    personal
        Questions that identify people: they may neither be conditions nor be set.
    """
    if not entries:
        return Replayed(raw, (), ())
    file = _File(raw, columns, frozenset(personal))
    problems: list[Problem] = []
    changes: dict[tuple[int, str], tuple[int, str]] = {}
    applied: list[Correction] = []
    for entry in entries:
        if faults := file.faults(entry):
            problems += faults
            continue
        rows = file.matching(entry.correction.conditions)
        if len(rows) != entry.correction.rows:
            problems.append(_other_rows(entry, rows, raw))
            continue
        applied.append(entry.correction)
        target, value = _effect(entry.correction, key)
        for index in rows if target else []:
            line, before = changes.setdefault((index, target), (entry.line, value))
            if before != value:
                problems.append(_conflict(line, entry, raw.rows[index]))
    problems += _dropped_and_changed(changes, raw)
    if not problems and applied:
        problems.append(_note(applied, raw))
    return Replayed(file.changed(changes), tuple(applied), tuple(problems))


_GONE = ""


def _effect(correction: Correction, key: str) -> tuple[str, str]:
    """Return the question that changes and its new text; no question for a decision that changes none."""
    if correction.action == "drop":
        return ROW, _GONE
    if correction.action == "set value":
        return correction.column, correction.value
    return (key, correction.value) if correction.action in ("new id", "same respondent") else ("", "")


@dataclass(frozen=True, slots=True)
class _File:
    raw: RawTable
    columns: Columns
    personal: frozenset[str]

    def faults(self, entry: Entry) -> list[Problem]:
        """Return what keeps a line from being looked at: columns that are absent or personal."""
        named = [name for name, _ in entry.correction.conditions if name not in (ROW, RECORD)]
        named += [entry.correction.column] if entry.correction.column else []
        place = Place(file=FILE, row=entry.line)
        problems = []
        for name in named:
            if name in self.personal:
                problems.append(Problem(C_PERSONAL, place, {"found": name}))
            elif self.index(name) is None:
                hint = did_you_mean(name, self.columns.by_question)
                problems.append(Problem(C_COLUMN, place, {"found": name, "hint": hint}))
        return problems

    def index(self, name: str) -> int | None:
        """Return the column that answers a question, or carries a title that is no personal question's."""
        if name in self.columns.by_question:
            return self.columns.by_question[name]
        hidden = {self.columns.by_question.get(question) for question in self.personal}
        titles = (i for i, title in enumerate(self.raw.columns) if normal_title(title) == normal_title(name))
        return next((i for i in titles if i not in hidden), None)

    def matching(self, conditions: Sequence[tuple[str, str]]) -> list[int]:
        """Return the rows, by index, that meet every condition."""
        mask = pl.repeat(True, self.raw.cells.height, eager=True, dtype=pl.Boolean)
        for name, text in conditions:
            index = self.index(name)
            if name == ROW:
                mask = mask & (self.raw.rows.cast(pl.String) == text)
            elif index is not None:
                mask = mask & self.raw.cells[f"c{index}"].str.strip_chars(SPACES).eq(text.strip(SPACES))
        found: list[int] = mask.arg_true().to_list()
        prints = [text for name, text in conditions if name == RECORD]
        return [i for i in found if all(self.fingerprint(i) == text for text in prints)]

    def fingerprint(self, index: int) -> str:
        return fingerprint(self.raw, self.columns, index, personal=self.personal)

    def changed(self, changes: Mapping[tuple[int, str], tuple[int, str]]) -> RawTable:
        cells = self.raw.cells
        mended: set[tuple[int, int]] = set()
        for name in sorted({name for _, name in changes if name != ROW}):
            column = self.index(name)
            if column is None:
                continue
            texts = {i: value for (i, question), (_, value) in changes.items() if question == name}
            cells = cells.with_columns(cells[f"c{column}"].scatter(list(texts), list(texts.values())))
            mended |= {(self.raw.rows[i], self.raw.positions[column]) for i in texts}
        gone = sorted(i for i, name in changes if name == ROW)
        keep = pl.Series(range(cells.height), dtype=pl.Int64).is_in(gone).not_()
        return replace(
            self.raw,
            cells=cells.filter(keep),
            rows=self.raw.rows.filter(keep),
            bad_cells=tuple(c for c in self.raw.bad_cells if (c.row, c.position) not in mended),
        )


def fingerprint(
    raw: RawTable, columns: Columns, index: int, *, personal: AbstractSet[str] = frozenset()
) -> str:
    """Return the fingerprint of a row's answers: it stays the same when the file is sorted or sent again.

    Personal questions do not enter it, so that nobody can try out guesses of them.
    """
    digest = hashlib.sha256()
    for question in sorted(set(columns.by_question) - set(personal)):
        text = raw.cells[f"c{columns.by_question[question]}"][index].strip(SPACES)
        digest.update(f"{question}\x1f{text}\x1e".encode())
    return digest.hexdigest()[:12]


def matching_rows(
    raw: RawTable,
    columns: Columns,
    conditions: Sequence[tuple[str, str]],
    *,
    personal: AbstractSet[str] = frozenset(),
) -> list[int]:
    """Return the rows of an upload, by index, that meet every condition."""
    return _File(raw, columns, frozenset(personal)).matching(conditions)


def _other_rows(entry: Entry, rows: Sequence[int], raw: RawTable) -> Problem:
    shown = ", ".join(str(raw.rows[i]) for i in rows[:5]) + (", ..." if len(rows) > 5 else "")
    found = f"{len(rows)} ({shown})" if rows else "0"
    values: Values = {"found": found, "rows": entry.correction.rows, "where": entry.correction.where}
    return Problem(C_ROWS, Place(file=FILE, row=entry.line), values)


def _conflict(line: int, entry: Entry, row: int) -> Problem:
    values: Values = {"found": f"{line}, {entry.line}", "row": row}
    return Problem(C_CONFLICT, Place(file=FILE, row=entry.line), values)


def _dropped_and_changed(changes: Mapping[tuple[int, str], tuple[int, str]], raw: RawTable) -> list[Problem]:
    dropped = {index: line for (index, name), (line, _) in changes.items() if name == ROW}
    return [
        Problem(
            C_CONFLICT,
            Place(file=FILE, row=line),
            {"found": f"{dropped[index]}, {line}", "row": raw.rows[index]},
        )
        for (index, name), (line, _) in changes.items()
        if name != ROW and index in dropped
    ]


def _note(applied: Sequence[Correction], raw: RawTable) -> Problem:
    told = [f"{sum(a.action == name for a in applied)} {name}" for name in ACTIONS]
    actions = ", ".join(text for text in told if not text.startswith("0 "))
    values: Values = {"found": len(applied), "actions": actions}
    return Problem(C_APPLIED, raw.place(), values, Severity.NOTE)
