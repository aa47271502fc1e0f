"""Read an XLSForm as it is, not as the specification wants it.

Forms from the field name their columns in their own way (`labeltext`, `relevance`, `list name`,
`label::Português`), start them in the second column, leave groups open, use lists that are not there and
give codes twice. None of this keeps the questions from being read; all of it is told, with its row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mande.errors import Code, MandeError, Place, Problem, Severity, Text
from mande.survey.forms.form import FormChoice, FormQuestion, FormType, Labels, SurveyForm
from mande.survey.grid import Values, file_problem
from mande.survey.readers.contract import Sheet

Q_NOTFORM = Code(
    "Q-NOTFORM",
    Text(
        "this workbook is not an XLSForm",
        "ce classeur n'est pas un XLSForm",
        "este libro no es un XLSForm",
    ),
    Text(
        "a sheet `survey` whose first rows name the columns `type` and `name`",
        "une feuille `survey` dont les premières lignes nomment les colonnes `type` et `name`",
        "una hoja `survey` cuyas primeras filas nombran las columnas `type` y `name`",
    ),
    Text(
        "Take the file that was uploaded to ODK, KoboToolbox, SurveyCTO or CommCare, not the printed "
        "questionnaire.",
        "Prenez le fichier déposé dans ODK, KoboToolbox, SurveyCTO ou CommCare, pas la version papier.",
        "Use el archivo que se subió a ODK, KoboToolbox, SurveyCTO o CommCare, no el cuestionario impreso.",
    ),
    Text("sheets: {found}", "feuilles : {found}", "hojas: {found}"),
)
Q_FORM = Code(
    "Q-FORM",
    Text(
        "the form departs from the XLSForm rules",
        "le formulaire s'écarte des règles XLSForm",
        "el formulario se aparta de las reglas XLSForm",
    ),
    Text("{expected}"),
    Text(
        "Nothing, if the export holds what you need; otherwise correct the form before the next wave.",
        "Rien, si l'export contient ce qu'il faut ; sinon corrigez le formulaire avant la prochaine vague.",
        "Nada, si la exportación tiene lo necesario; si no, corrija el formulario antes de la próxima ronda.",
    ),
)

_TYPES: Mapping[str, FormType | None] = {
    "text": "text",
    "string": "text",
    "integer": "integer",
    "int": "integer",
    "decimal": "number",
    "range": "number",
    "date": "date",
    "datetime": "date",
    "today": "date",
    "start": "date",
    "end": "date",
    "calculate": "calculated",
    "calculatehere": "calculated",
    "hidden": "calculated",
    "geopoint": "place",
    "geotrace": "place",
    "geoshape": "place",
    "image": "file",
    "photo": "file",
    "audio": "file",
    "video": "file",
    "file": "file",
    "barcode": "text",
    "phonenumber": "text",
    "username": "text",
    "email": "text",
    "deviceid": "text",
    "subscriberid": "text",
    "simserial": "text",
    "imei": "text",
    "caseid": "text",
    "rank": "multiple",
    # What has no answer of its own.
    "note": None,
    "acknowledge": None,
    "trigger": None,
    "audit": None,
    "textaudit": None,
    "audioaudit": None,
    "xmlexternal": None,
    "csvexternal": None,
    "starttime": "date",
    "endtime": "date",
}
_HEADER_DEPTH = 5
_KINDS: Mapping[str, Sequence[str]] = {
    "type": ("type",),
    "name": ("name", "variable", "variablename"),
    "list": ("listname", "list"),
    "code": ("name", "value", "code"),
    "label": ("label", "labeltext", "caption", "question"),
}
_LANGUAGE = re.compile(r"^\s*[a-z_ ]+?\s*::?\s*(?P<language>\S.*?)\s*$", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>|\*\*|__")


def read_form(sheets: Sequence[Sheet], *, file: str) -> tuple[SurveyForm, list[Problem]]:
    """Return the form that the sheets of a workbook hold, and where it departs from the rules.

    Parameters
    ----------
    sheets
        Every sheet of the workbook, as text.
    file
        Name of the workbook.

    Raises
    ------
    MandeError
        Q-NOTFORM when no sheet names questions.
    """
    survey = _find(sheets, "survey", ("type", "name"))
    if survey is None:
        names = ", ".join(sheet.name for sheet in sheets)
        raise MandeError([file_problem(Q_NOTFORM, file, found=names)])
    choices = _find(sheets, "choices", ("list", "code"))
    reader = _FormReader(file, survey, {} if choices is None else _lists(choices))
    questions = tuple(reader.questions())
    if choices is not None:
        reader.problems += _twice(choices, file)
    settings = _settings(sheets)
    form = SurveyForm(
        file=file,
        sheet=survey.name,
        form_id=settings.get("formid", ""),
        version=settings.get("version", ""),
        questions=questions,
    )
    return form, reader.problems


@dataclass(frozen=True, slots=True)
class _Grid:
    """A sheet below its header: where each known column stands, and texts by language."""

    name: str
    columns: Mapping[str, int]
    labels: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[str]]]

    def cell(self, line: Sequence[str], kind: str) -> str:
        position = self.columns.get(kind)
        return line[position].strip() if position is not None and position < len(line) else ""

    def texts(self, line: Sequence[str]) -> Labels:
        """Return the texts of a row by language, without markup."""
        found = {
            language: " ".join(_MARKUP.sub(" ", line[position]).split())
            for language, position in self.labels.items()
            if position < len(line)
        }
        return {language: text for language, text in found.items() if text}


def _squeezed(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def _find(sheets: Sequence[Sheet], name: str, needed: Sequence[str]) -> _Grid | None:
    """Return the sheet of that name, or the first one with such columns, below its header."""
    ordered = sorted(sheets, key=lambda sheet: _squeezed(sheet.name) != name)
    for sheet in ordered:
        for row, line in sheet.top[:_HEADER_DEPTH]:
            columns = _columns(line)
            if all(kind in columns for kind in needed):
                return _Grid(sheet.name, columns, _labels(line), _below(sheet, row, len(line)))
    return None


def _below(sheet: Sheet, row: int, width: int) -> list[tuple[int, tuple[str, ...]]]:
    body = sheet.take(row, width)
    return list(zip(body.rows.to_list(), body.cells.rows(), strict=True))


def _columns(header: Sequence[str]) -> dict[str, int]:
    titles = [_squeezed(title) for title in header]
    found = {}
    for kind, names in _KINDS.items():
        position = next((titles.index(name) for name in names if name in titles), None)
        if position is not None:
            found[kind] = position
    return found


def _labels(header: Sequence[str]) -> dict[str, int]:
    """Return the columns that hold texts, by language; `label` has the empty name and stands first."""
    found: dict[str, int] = {}
    for position, title in enumerate(header):
        language = _LANGUAGE.match(title)
        name = _squeezed(title.partition(":")[0])
        if name in _KINDS["label"]:
            found.setdefault(language["language"] if language else "", position)
    return dict(sorted(found.items(), key=lambda entry: entry[0] != ""))


def _settings(sheets: Sequence[Sheet]) -> dict[str, str]:
    sheet = next((entry for entry in sheets if _squeezed(entry.name) == "settings"), None)
    filled = [line for _, line in sheet.top[:2]] if sheet else []
    if len(filled) < 2:
        return {}
    return {_squeezed(title): value.strip() for title, value in zip(*filled[:2], strict=False) if title}


def _lists(choices: _Grid) -> dict[str, tuple[FormChoice, ...]]:
    found: dict[str, dict[str, FormChoice]] = {}
    for _, line in choices.rows:
        name, code = choices.cell(line, "list"), choices.cell(line, "code")
        if name and code:  # of a code given twice (filtered lists do so on purpose) the first counts
            found.setdefault(name, {}).setdefault(code, FormChoice(code=code, labels=choices.texts(line)))
    return {name: tuple(codes.values()) for name, codes in found.items()}


def _twice(choices: _Grid, file: str) -> list[Problem]:
    """Return a warning for each list in which one code has two different texts."""
    seen: dict[tuple[str, str], Labels] = {}
    found: dict[str, tuple[int, str]] = {}
    for row, line in choices.rows:
        key = (choices.cell(line, "list"), choices.cell(line, "code"))
        if all(key) and seen.setdefault(key, choices.texts(line)) != choices.texts(line):
            found.setdefault(key[0], (row, key[1]))
    expected = Text(
        "one text for each code of a list",
        "un texte par code d'une liste",
        "un texto por código de una lista",
    )
    return [
        _departure(file, choices.name, row, f"{name}: {code}", expected)
        for name, (row, code) in found.items()
    ]


def _departure(file: str, sheet: str, row: int, found: str, expected: Text) -> Problem:
    values: Values = {"found": found, "expected": expected}
    return Problem(Q_FORM, Place(file=file, sheet=sheet, row=row), values, Severity.WARNING)


_OPEN, _CLOSE = ("begin", "start"), ("end", "close")


@dataclass(slots=True)
class _FormReader:
    """Walks the rows of the survey sheet, keeping the groups that are open."""

    file: str
    grid: _Grid
    lists: Mapping[str, tuple[FormChoice, ...]]
    problems: list[Problem] = field(default_factory=list)
    open: list[tuple[str, str]] = field(default_factory=list)

    def questions(self) -> Iterator[FormQuestion]:
        seen: set[tuple[tuple[str, ...], str]] = set()
        for row, line in self.grid.rows:
            kind = " ".join(self.grid.cell(line, "type").split())
            if not kind or self._is_group(kind, row, line):
                continue
            question = self._question(kind, row, line)
            if question is None:
                continue
            place = (question.groups, question.name)
            if place in seen:
                self._tell(row, question.name, _ONCE)
            seen.add(place)
            yield question
        for name, _ in self.open:
            self._tell(self.grid.rows[-1][0], name, _CLOSED)

    def _tell(self, row: int, found: str, expected: Text) -> None:
        self.problems.append(_departure(self.file, self.grid.name, row, found, expected))

    def _is_group(self, kind: str, row: int, line: Sequence[str]) -> bool:
        word, _, what = kind.casefold().replace("_", " ").partition(" ")
        if what not in ("group", "repeat", "survey"):
            return False
        if word in _OPEN:
            self.open.append((self.grid.cell(line, "name") or f"row {row}", what))
        elif self.open:
            name, opened = self.open.pop()
            if opened != what:
                self._tell(row, f"{kind} ({name})", _PAIRED)
        else:
            self._tell(row, kind, _PAIRED)
        return True

    def _question(self, kind: str, row: int, line: Sequence[str]) -> FormQuestion | None:
        type_, choices = self._type(kind, row)
        name = self.grid.cell(line, "name")
        if type_ is None:
            return None
        if not name:
            self._tell(row, kind, _NAMED)
            return None
        groups = tuple(group for group, _ in self.open)
        repeat = next((group for group, what in reversed(self.open) if what == "repeat"), "")
        return FormQuestion(
            name=name, type=type_, labels=self.grid.texts(line), choices=choices, groups=groups,
            repeat=repeat, row=row,
        )  # fmt: skip

    def _type(self, kind: str, row: int) -> tuple[FormType | None, tuple[FormChoice, ...]]:
        words = kind.replace("select one", "select_one").replace("select multiple", "select_multiple").split()
        if words[0].casefold() in ("select_one", "select_multiple", "select_one_from_file"):
            choices = self.lists.get(words[1], ()) if len(words) > 1 else ()
            if not choices:
                self._tell(row, kind, _LISTED)
            return ("multiple" if "multiple" in words[0] else "choice"), choices
        known = _squeezed(kind.partition("(")[0])
        if known not in _TYPES:
            self._tell(row, kind, _KNOWN)
            return "text", ()
        return _TYPES[known], ()


_ONCE = Text("a name once in its group", "un nom une seule fois par groupe", "un nombre una vez por grupo")
_CLOSED = Text("`end group` or `end repeat`", "`end group` ou `end repeat`", "`end group` o `end repeat`")
_PAIRED = Text(
    "a begin and an end of one kind",
    "un début et une fin de même sorte",
    "un inicio y un fin de la misma clase",
)
_NAMED = Text("a question with a name", "une question avec un nom", "una pregunta con nombre")
_LISTED = Text(
    "a list that the sheet `choices` holds",
    "une liste que contient la feuille `choices`",
    "una lista que tiene la hoja `choices`",
)
_KNOWN = Text(
    "a type that XLSForm knows; read as text",
    "un type connu de XLSForm ; lu comme texte",
    "un tipo que XLSForm conoce; se lee como texto",
)
