"""The review list: open decisions about who is who, as a workbook that is filled in and read back."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from mande.catalogue import parse
from mande.errors import Code, Language, MandeError, Place, Problem, Text, raise_errors
from mande.survey.corrections import (
    COLUMNS,
    FILE,
    NEED_VALUE,
    RECORD,
    ROW,
    Action,
    Correction,
    write_conditions,
)
from mande.survey.grid import SPACES, RawTable, Values
from mande.survey.replay import fingerprint, matching_rows
from mande.survey.verdict import Verdict
from mande.workspace import write_atomic

C_REVIEW = Code(
    "C-REVIEW",
    Text("this is not a review list", "ce n'est pas une liste de revue", "esto no es una lista de revisión"),
    Text(
        "the workbook that `mande corrections export` wrote, with its sheet {sheet} and its titles",
        "le classeur écrit par `mande corrections export`, avec sa feuille {sheet} et ses titres",
        "el libro que escribió `mande corrections export`, con su hoja {sheet} y sus títulos",
    ),
    Text(
        "Export the list again, and fill it in without moving its columns.",
        "Exportez la liste de nouveau et remplissez-la sans déplacer ses colonnes.",
        "Exporte la lista de nuevo y llénela sin mover sus columnas.",
    ),
)
C_DECISION = Code(
    "C-DECISION",
    Text(
        "the decision is not one of those possible here",
        "la décision n'est pas possible ici",
        "la decisión no es una de las posibles aquí",
    ),
    Text("one of: {choices}", "une de : {choices}", "una de: {choices}"),
    Text(
        "Choose from the list in the cell.", "Choisissez dans la liste de la cellule.", "Elija de la lista."
    ),
)
C_INCOMPLETE = Code(
    "C-INCOMPLETE",
    Text("the decision is not complete", "la décision est incomplète", "la decisión está incompleta"),
    Text("{expected}"),
    Text("Fill in the cell.", "Remplissez la cellule.", "Llene la celda."),
    Text("an empty cell", "une cellule vide", "una celda vacía"),
)
C_GROUP = Code(
    "C-GROUP",
    Text(
        "the decisions about {found} do not settle the matter",
        "les décisions sur {found} ne règlent pas la question",
        "las decisiones sobre {found} no resuelven la cuestión",
    ),
    Text(
        "a decision for every row with this id, and at most one that keeps it",
        "une décision pour chaque ligne de cet id, et une seule au plus qui le garde",
        "una decisión para cada fila con este id, y a lo sumo una que lo conserve",
    ),
    Text(
        "Decide about rows {rows} together: keep one, drop the others or give them ids of their own.",
        "Décidez des lignes {rows} ensemble : gardez-en une, supprimez ou renommez les autres.",
        "Decida sobre las filas {rows} juntas: conserve una, elimine las demás o deles otro id.",
    ),
)

SHEET = "Decisions"
TITLES = (
    "problem", "table", "wave", "row", "id", "place", "initials", "what", "known id",
    "decision", "value", "why", "by", "where", "rows",
)  # fmt: skip
CHOICES: Mapping[str, tuple[Action, ...]] = MappingProxyType(
    {
        "I-DUP": ("keep", "drop", "new id"),
        "I-NEAR": ("same respondent", "different respondent", "drop"),
        "I-CHANGED": ("same respondent", "new id", "drop"),
        "I-UNKNOWN": ("same respondent", "replaces", "new id", "drop"),
    }
)
_HOW: Mapping[Language, tuple[str, ...]] = {
    "en": (
        "One line is one decision. Choose it in the column 'decision', and say why.",
        "keep: this row stays.   drop: this row is left out.   new id: write the right id under 'value'.",
        "same respondent: it is the person named under 'known id' (or the id you write under 'value').",
        "different respondent: it is somebody else.",
        "replaces: it was interviewed in place of the unit whose id you write under 'value'.",
        "Rows with the same id are decided together. A line without a decision stays open.",
        "Do not change the other columns. Then: mande corrections apply PROGRAMME THIS_FILE",
    ),
    "fr": (
        "Une ligne est une décision. Choisissez-la dans la colonne « decision » et dites pourquoi.",
        "keep : la ligne reste.   drop : elle est écartée.   new id : écrivez le bon id sous « value ».",
        "same respondent : c'est la personne sous « known id » (ou l'id écrit sous « value »).",
        "different respondent : c'est quelqu'un d'autre.",
        "replaces : enquêté à la place de l'unité dont vous écrivez l'id sous « value ».",
        "Les lignes de même id se décident ensemble. Une ligne sans décision reste ouverte.",
        "Ne changez pas les autres colonnes. Puis : mande corrections apply PROGRAMME CE_FICHIER",
    ),
    "es": (
        "Una línea es una decisión. Elíjala en la columna «decision» y diga por qué.",
        "keep: la fila queda.   drop: se deja fuera.   new id: escriba el id correcto en «value».",
        "same respondent: es la persona de «known id» (o el id que escriba en «value»).",
        "different respondent: es otra persona.",
        "replaces: entrevistada en lugar de la unidad cuyo id escribe en «value».",
        "Las filas con el mismo id se deciden juntas. Una línea sin decisión queda abierta.",
        "No cambie las otras columnas. Luego: mande corrections apply PROGRAMA ESTE_ARCHIVO",
    ),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One open decision: where it stands, what is to decide, and the conditions that name its row."""

    problem: str
    table: str
    wave: str
    row: int
    id: str
    place: str
    initials: str
    what: str
    known_id: str
    where: str

    def cells(self) -> tuple[str | int, ...]:
        """Return the cells of the workbook's row, those to be filled in empty."""
        told = (self.problem, self.table, self.wave, self.row, self.id, self.place, self.initials)
        return (*told, self.what, self.known_id, "", "", "", "", self.where, 1)


def open_items(verdict: Verdict, language: Language = "en") -> list[Item]:
    """Return what is to decide about a checked table: repeated, unknown, near and contradicting ids.

    Rows are named by conditions on the table as it was sent, as the correction log looks at it: for a
    roster, with the ids that its rows got from the rows above.
    """
    table, sent = verdict.table, verdict.sent
    if table is None or sent is None or table.key not in table.titles:
        return []
    raw, columns, hidden = sent.raw, sent.columns, sent.hidden
    ids = raw.cells[f"c{columns.by_question[table.key]}"].str.strip_chars(SPACES).to_list()
    rows = _Rows(raw, ids)
    key_label = table.questions[table.key].label.en
    items = []
    for problem in verdict.problems:
        is_key = problem.place.question == key_label
        if problem.code.id not in CHOICES or (problem.code.id == "I-DUP" and not is_key):
            continue
        index = rows.index(problem)
        if index is None:
            continue
        conditions = [(table.key, ids[index]), (RECORD, fingerprint(raw, columns, index, hidden=hidden))]
        if len(matching_rows(raw, columns, conditions, hidden=hidden)) > 1:
            conditions.append((ROW, str(raw.rows[index])))
        items.append(_item(verdict, problem, conditions, language))
    return items


class _Rows:
    """Finds a row of a table as it was sent: by sheet, row and, in a repeat, id."""

    def __init__(self, raw: RawTable, ids: Sequence[str]) -> None:
        self._ids = ids
        self._told: Counter[tuple[Place, str, str]] = Counter()
        self._found: dict[tuple[str, int | None], list[int]] = {}
        for index, row in enumerate(raw.rows.to_list()):
            place = raw.place(row=row)
            self._found.setdefault((place.sheet, place.row), []).append(index)

    def index(self, problem: Problem) -> int | None:
        """Return the row of a problem, or None where that is not clear.

        Entries of a repeat in one row that carry the same id are told one after the other.
        """
        place = problem.place
        found = self._found.get((place.sheet, place.row), [])
        if len(found) < 2:
            return found[0] if found else None
        fitting = [index for index in found if self._ids[index] == place.respondent.strip(SPACES)]
        asked = (place, problem.code.id, str(problem.values.get("candidate", "")))
        self._told[asked] += 1
        return fitting[self._told[asked] - 1] if self._told[asked] <= len(fitting) else None


def _item(
    verdict: Verdict, problem: Problem, conditions: Sequence[tuple[str, str]], language: Language
) -> Item:
    values = problem.values
    own = problem.place.respondent
    known = str(values.get("candidate", own if problem.code.id == "I-CHANGED" else ""))
    return Item(
        problem=problem.code.id,
        table=verdict.table_name,
        wave=verdict.wave,
        row=problem.place.row or 0,
        id=own,
        place=str(values.get("place", "")).strip(" ()"),
        initials=str(values.get("who", "")).strip(" ()"),
        what=f"{problem.summary(language)}: {problem.found(language)}",
        known_id=known,
        where=write_conditions(conditions),
    )


def write_review(items: Sequence[Item], path: Path, *, language: Language = "en") -> Path:
    """Write open decisions as a workbook, with a list of the possible decisions in each cell."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1})
        fill = book.add_format({"bg_color": "#FFF6CC", "border": 1})
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(TITLES):
            sheet.write_string(0, column, title, head)
            sheet.set_column(column, column, 40 if title in ("what", "where") else 16)
        for number, item in enumerate(items, start=1):
            for column, cell in enumerate(item.cells()):
                style = fill if TITLES[column] in ("decision", "value", "why", "by") else None
                if isinstance(cell, int):
                    sheet.write_number(number, column, cell, style)
                elif cell:
                    sheet.write_string(number, column, cell, style)
                else:
                    sheet.write_blank(number, column, None, style)
            choices = {"validate": "list", "source": list(CHOICES[item.problem])}
            sheet.data_validation(number, TITLES.index("decision"), number, TITLES.index("decision"), choices)
        how = book.add_worksheet("How")
        how.set_column(0, 0, 110)
        for number, line in enumerate(_HOW[language]):
            how.write_string(number, 0, line)
    write_atomic(path, buffer.getvalue(), private=True)
    return path


def read_review(
    path: Path, *, by: str, today: dt.date, known: Iterable[Correction] = ()
) -> tuple[Correction, ...]:
    """Return the decisions of a filled-in review list that the log does not hold yet.

    Parameters
    ----------
    path
        The workbook.
    by
        Who decides, where a line does not say.
    today
        The day of the decisions.
    known
        Decisions that stand in the log already.

    Raises
    ------
    MandeError
        C-REVIEW, or all of C-DECISION, C-INCOMPLETE, C-GROUP and D-SCHEMA at once.
    """
    rows = _rows(path)
    problems: list[Problem] = []
    decided: list[Correction] = []
    for number, row in rows:
        if not row["decision"]:
            continue
        try:
            decided.append(_decision(row, path.name, number, by=by, today=today))
        except MandeError as error:
            problems += error.problems
    raise_errors([*problems, *_unsettled(rows, path.name)])
    settled = {(c.table, c.wave, c.where, c.action, c.value) for c in known}
    return tuple(c for c in decided if (c.table, c.wave, c.where, c.action, c.value) not in settled)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the lines of the list with the row each stands in."""
    values: Values = {"found": path.name, "sheet": SHEET}
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(SHEET)
        lines = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError) as error:
        raise MandeError([Problem(C_REVIEW, Place(file=path.name), values)]) from error
    if not lines or tuple(_text(cell) for cell in lines[0])[: len(TITLES)] != TITLES:
        raise MandeError([Problem(C_REVIEW, Place(file=path.name, sheet=SHEET, row=1), values)])
    filled = [(n, [_text(cell) for cell in line]) for n, line in enumerate(lines[1:], start=2)]
    return [(n, dict(zip(TITLES, line, strict=False))) for n, line in filled if any(line)]


def _text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _decision(row: Mapping[str, str], file: str, number: int, *, by: str, today: dt.date) -> Correction:
    choices = CHOICES.get(row["problem"], ())
    action = next((choice for choice in choices if choice == row["decision"].casefold()), None)
    place = Place(file=file, sheet=SHEET, row=number, column="decision", respondent=row["id"])
    if action is None:
        values: Values = {"found": row["decision"], "choices": ", ".join(choices) or "-"}
        raise MandeError([Problem(C_DECISION, place, values)])
    value = (row["value"] or (row["known id"] if action != "new id" else "")) if action in NEED_VALUE else ""
    missing = [("why", "the reason")] if not row["why"] else []
    missing += [("value", "the id")] if action in NEED_VALUE and not value else []
    if missing:
        raise MandeError(
            [
                Problem(C_INCOMPLETE, Place(file, SHEET, number, column, "", row["id"]), {"expected": what})
                for column, what in missing
            ]
        )
    content = dict.fromkeys(COLUMNS, "") | {
        name: row[name] for name in ("table", "wave", "where", "rows", "why")
    }
    content |= {"at": today.isoformat(), "by": row["by"] or by, "action": action, "value": value}
    return parse(Correction, {name: text for name, text in content.items() if text}, file=FILE)


def _unsettled(rows: Sequence[tuple[int, Mapping[str, str]]], file: str) -> list[Problem]:
    """Return a problem for each id of which some rows are decided and others not, or two are kept."""
    groups: dict[tuple[str, str, str, str], list[tuple[int, Mapping[str, str]]]] = {}
    for number, row in rows:
        # Repeated rows belong together by their id; candidates of one row by that row.
        member = row["id"] if row["problem"] == "I-DUP" else row["row"]
        groups.setdefault((row["problem"], row["table"], row["wave"], member), []).append((number, row))
    problems = []
    for (problem, *_), group in groups.items():
        given = [row["decision"].casefold() for _, row in group if row["decision"]]
        alone = "keep" if problem == "I-DUP" else "same respondent"
        partly = problem == "I-DUP" and 0 < len(given) < len(group)
        if partly or given.count(alone) > 1:
            listed = ", ".join(row["row"] for _, row in group)
            values: Values = {"found": group[0][1]["id"], "rows": listed}
            problems.append(Problem(C_GROUP, Place(file=file, sheet=SHEET, row=group[0][0]), values))
    return problems
