"""Replay the correction log on an upload: which rows it names, and what becomes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text, did_you_mean
from mande.survey.corrections import ACTIONS, FILE, RECORD, ROW, Correction, Entry
from mande.survey.grid import SPACES, RawTable, Values, normal_title
from mande.survey.mapping import Columns

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
        "a question of the file, `row`, `record` or `_uuid`{hint}",
        "une question du fichier, `row`, `record` ou `_uuid`{hint}",
        "una pregunta del archivo, `row`, `record` o `_uuid`{hint}",
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
        "the correction log must not hold personal data or protected answers",
        "le journal de corrections ne doit contenir ni données personnelles ni réponses protégées",
        "el registro de correcciones no debe contener datos personales ni respuestas protegidas",
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
SUBMISSION = frozenset({"_uuid", "_id", "key", "instanceid", "meta/instanceid", "meta/rootuuid"})
"""Titles of columns that number a submission: conditions too, though they answer no question."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """An upload after its corrections, the entries that were applied, and what kept others from it.

    `kept` gives for each row its index in the table as it was sent; `has_changed` is whether any decision
    changed a row.
    `replacing` are the units of which it was decided that they stand in for others: id, and the other's id.
    """

    raw: RawTable
    applied: tuple[Correction, ...]
    problems: tuple[Problem, ...]
    kept: pl.Series
    has_changed: bool = False
    replacing: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A table as the correction log looks at it: as it was sent, before any decision."""

    raw: RawTable
    columns: Columns
    hidden: frozenset[str] = frozenset()


def replay(
    raw: RawTable,
    columns: Columns,
    entries: Sequence[Entry],
    *,
    key: str,
    hidden: AbstractSet[str] = frozenset(),
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
    hidden
        Questions whose answers are never shown: they may not be conditions.
    personal
        Those of them that identify people: they may not be set either.
    """
    everything = pl.int_range(raw.cells.height, eager=True)
    if not entries:
        return Replayed(raw, (), (), everything)
    file = _File(raw, columns, frozenset(hidden), frozenset(personal))
    problems: list[Problem] = []
    changes: dict[tuple[int, str], tuple[int, str]] = {}
    applied: list[Correction] = []
    stand_in: list[tuple[int, str]] = []
    for entry in entries:
        if faults := file.faults(entry):
            problems += faults
            continue
        rows = file.matching(entry.correction.conditions)
        if len(rows) != entry.correction.rows:
            problems.append(_other_rows(entry, rows, raw))
            continue
        applied.append(entry.correction)
        if entry.correction.action == "replaces":
            stand_in += [(index, entry.correction.value) for index in rows]
        target, value = _effect(entry.correction, key)
        for index in rows if target else []:
            line, before = changes.setdefault((index, target), (entry.line, value))
            if before != value:
                problems.append(_conflict(line, entry, raw.rows[index]))
    problems += _dropped_and_changed(changes, raw)
    if not problems and applied:
        problems.append(_note(applied, raw))
    changed = file.changed(changes)
    gone = [index for index, name in changes if name == ROW]
    return Replayed(
        changed,
        tuple(applied),
        tuple(problems),
        everything.filter(~everything.is_in(gone)),
        bool(changes),
        file.pairs(stand_in, changed, key),
    )


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
    hidden: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()

    def faults(self, entry: Entry) -> list[Problem]:
        """Return what keeps a line from being looked at: columns that are absent, personal or protected."""
        named = [(name, self.hidden) for name, _ in entry.correction.conditions if name not in (ROW, RECORD)]
        named += [(entry.correction.column, self.personal)] if entry.correction.column else []
        place = Place(file=FILE, row=entry.line)
        problems = []
        for name, forbidden in named:
            if name in forbidden:
                problems.append(Problem(C_PERSONAL, place, {"found": name}))
            elif self.index(name) is None:
                hint = did_you_mean(name, self.columns.by_question)
                problems.append(Problem(C_COLUMN, place, {"found": name, "hint": hint}))
        return problems

    def index(self, name: str) -> int | None:
        """Return the column that answers a question, or that carries the number of the submission.

        Other columns are not in the questionnaire: nobody knows whether they name people.
        """
        if name in self.columns.by_question:
            return self.columns.by_question[name]
        plain = normal_title(name)
        titles = (i for i, title in enumerate(self.raw.columns) if normal_title(title) == plain)
        return next(titles, None) if plain in SUBMISSION else None

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

    def pairs(
        self, stand_in: Sequence[tuple[int, str]], changed: RawTable, key: str
    ) -> tuple[tuple[str, str], ...]:
        """Return the ids of rows, as they are after the corrections, with the unit each stands in for."""
        column = self.index(key)
        if column is None:
            return ()
        ids = dict(zip(changed.rows.to_list(), changed.cells[f"c{column}"].to_list(), strict=True))
        rows = ((self.raw.rows[index], other) for index, other in stand_in)
        return tuple(dict.fromkeys((ids[row].strip(SPACES), other) for row, other in rows if row in ids))

    def fingerprint(self, index: int) -> str:
        return fingerprint(self.raw, self.columns, index, hidden=self.hidden)

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
    raw: RawTable, columns: Columns, index: int, *, hidden: AbstractSet[str] = frozenset()
) -> str:
    """Return the fingerprint of a row's answers: it stays the same when the file is sorted or sent again.

    Hidden questions do not enter it, so that nobody can try out guesses of them.
    """
    digest = hashlib.sha256()
    for question in sorted(set(columns.by_question) - set(hidden)):
        text = raw.cells[f"c{columns.by_question[question]}"][index].strip(SPACES)
        digest.update(f"{question}\x1f{text}\x1e".encode())
    return digest.hexdigest()[:12]


def matching_rows(
    raw: RawTable,
    columns: Columns,
    conditions: Sequence[tuple[str, str]],
    *,
    hidden: AbstractSet[str] = frozenset(),
) -> list[int]:
    """Return the rows of an upload, by index, that meet every condition."""
    return _File(raw, columns, frozenset(hidden)).matching(conditions)


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
