"""Which column of an upload answers which question: `baselines/<programme>/mapping.yaml`.

Without the file, a column's title is the question's id or its label in any language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mande.catalogue import parse, read_yaml
from mande.errors import Code, MandeError, Place, Problem, Severity, Text, did_you_mean
from mande.schema.common import Definition, Id, Label
from mande.schema.problems import D_NAME
from mande.schema.question import Question, Table
from mande.survey.grid import RawTable, Values, letter, normal_title
from mande.survey.naming import WAVE_TITLES, fields_of, hint, label_texts, last_part, tails

H_MISSING = Code(
    "H-MISSING",
    Text("a required column is missing", "une colonne obligatoire manque", "falta una columna obligatoria"),
    Text(
        "a column titled '{expected}'",
        "une colonne intitulée « {expected} »",
        "una columna titulada «{expected}»",
    ),
    Text(
        "Add the column, or name the one that holds it in mapping.yaml.",
        "Ajoutez la colonne, ou indiquez dans mapping.yaml celle qui la contient.",
        "Añada la columna, o indique en mapping.yaml cuál la contiene.",
    ),
    Text("no such title{hint}", "aucun titre de ce nom{hint}", "ningún título así{hint}"),
)
H_ABSENT = Code(
    "H-ABSENT",
    Text(
        "questions without a column in this file: {found}",
        "questions sans colonne dans ce fichier : {found}",
        "preguntas sin columna en este archivo: {found}",
    ),
    Text("a column for every question", "une colonne par question", "una columna por pregunta"),
    Text(
        "If they were asked, export them too; if not, go on: their answers count as not asked.",
        "Si elles ont été posées, exportez-les aussi ; sinon continuez : elles comptent comme non posées.",
        "Si se preguntaron, expórtelas también; si no, siga: cuentan como no preguntadas.",
    ),
    Text("{names}"),
)
H_EXTRA = Code(
    "H-EXTRA",
    Text(
        "the column is not in the questionnaire; it is not used",
        "la colonne n'est pas dans le questionnaire ; elle n'est pas utilisée",
        "la columna no está en el cuestionario; no se usa",
    ),
    Text(
        "a question's id or label",
        "l'identifiant ou le libellé d'une question",
        "el id o la etiqueta de una pregunta",
    ),
    Text(
        "Nothing, if it is not needed (list it under `ignore` in mapping.yaml); otherwise map it "
        "to its question there.",
        "Rien, si elle est inutile (mettez-la sous `ignore` dans mapping.yaml) ; sinon "
        "associez-la à sa question.",
        "Nada, si no hace falta (póngala en `ignore` en mapping.yaml); si no, asóciela a su pregunta.",
    ),
    Text("column {found}{hint}", "colonne {found}{hint}", "columna {found}{hint}"),
)
H_TWICE = Code(
    "H-TWICE",
    Text(
        "several columns answer the same question",
        "plusieurs colonnes répondent à la même question",
        "varias columnas responden a la misma pregunta",
    ),
    Text("one column for '{question}'", "une colonne pour « {question} »", "una columna para «{question}»"),
    Text(
        "Keep one of the columns, or say in mapping.yaml which one counts and ignore the others.",
        "Gardez une des colonnes, ou précisez laquelle dans mapping.yaml.",
        "Deje una de las columnas, o indique cuál vale en mapping.yaml.",
    ),
)


def _empty_is_nothing(value: Any) -> Any:
    return {} if value is None else value


Titles = Annotated[dict[str, Id], BeforeValidator(_empty_is_nothing)]
Recodes = Annotated[dict[str, str], BeforeValidator(_empty_is_nothing)]
"""An entry with nothing below it, as a draft leaves it, is empty."""


class WaveMapping(Definition):
    """What one wave's files have otherwise than those of the other waves: titles and choice lists."""

    columns: Titles = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    choices: dict[Id, Recodes] = Field(default_factory=dict)


class TableMapping(WaveMapping):
    """How the columns of one table's uploads are read.

    Attributes
    ----------
    columns : title in the file -> question. ignore : titles that are not needed.
    choices : for a question, text in the file -> code of the library.
    repeat : the repeated group of an export that has a row for each row of this table; empty where the
        table has a file or sheet of its own.
    waves : what single waves have otherwise.
    decimal, thousands : marks inside numbers. dates : order of dates that are not year-month-day.
    missing_text : cell texts that mean 'no answer', beside the empty cell.
    missing_codes : for a question, further numbers that mean 'no value', with their reason.
    wave_column : title of a column that must repeat the wave's id in every row.
    """

    repeat: str = ""
    waves: dict[str, WaveMapping] = Field(default_factory=dict)
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    dates: Literal["iso", "day_month_year", "month_day_year"] = "iso"
    missing_text: tuple[str, ...] = ()
    missing_codes: dict[Id, dict[int, Annotated[str, Field(min_length=1)]]] = Field(default_factory=dict)
    wave_column: str | None = None

    def contradictions(self) -> Iterator[str]:
        """Yield that one mark stands for two things."""
        if self.thousands == self.decimal:
            yield f"`thousands` and `decimal` are both {self.decimal!r}: they must differ"

    def in_wave(self, wave: str) -> TableMapping:
        """Return the mapping as it holds for one wave: what the wave says of a question wins."""
        own = self.waves.get(wave)
        if own is None:
            return self
        named = set(own.columns.values())
        columns = {title: name for title, name in self.columns.items() if name not in named}
        update = {
            "columns": columns | own.columns,
            "ignore": (*self.ignore, *own.ignore),
            "choices": self.choices | own.choices,
        }
        return self.model_copy(update=update)

    @property
    def named(self) -> set[str]:
        """Every question the mapping speaks of."""
        named = {name for part in self.parts for name in (*part.columns.values(), *part.choices)}
        return named | set(self.missing_codes)

    @property
    def parts(self) -> tuple[WaveMapping, ...]:
        """What holds for every wave, then what holds for single ones."""
        return (self, *self.waves.values())


class MappingFile(Definition):
    """`baselines/<programme>/mapping.yaml`."""

    format: Literal[1]
    tables: dict[Id, TableMapping] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which question each column answers.

    `by_question` gives the index in `RawTable.columns`; `extra` the indices of columns that answer
    none; `wave` that of the column that repeats the wave; `factors` what a column's numbers are
    multiplied by to be in the unit of their question, where that is not 1.
    """

    by_question: Mapping[str, int]
    extra: tuple[int, ...]
    wave: int | None = None
    factors: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def load_mapping(
    programme_dir: Path, *, table: str, questions: Mapping[str, Question], wave: str = ""
) -> TableMapping:
    """Return the mapping of one table in one wave; an empty one where the programme has no `mapping.yaml`.

    Raises
    ------
    MandeError
        D-YAML, D-SCHEMA, or D-NAME for a question, or a code of its choices, that does not exist.
    """
    path = programme_dir / "mapping.yaml"
    if not path.is_file():
        return TableMapping()
    content = parse(MappingFile, read_yaml(path), file=path.name)
    mapping = content.tables.get(table, TableMapping())
    problems = []
    for name in sorted(mapping.named - set(questions)):
        expected = f"a question of {table}{did_you_mean(name, questions)}"
        place = Place(file=path.name, question=f"tables.{table}")
        problems.append(Problem(D_NAME, place, {"found": name, "expected": expected}))
    for part in mapping.parts:
        problems += _wrong_choices(part.choices, questions, Place(file=path.name, question=f"tables.{table}"))
    if problems:
        raise MandeError(problems)
    return mapping.in_wave(wave)


def _wrong_choices(
    choices: Mapping[str, Mapping[str, str]], questions: Mapping[str, Question], place: Place
) -> Iterator[Problem]:
    for name, codes in choices.items():
        entry = questions.get(name)
        if entry is None:
            continue  # told already
        known = answer_codes(entry)
        for code in sorted(set(codes.values()) - set(known)):
            expected = f"a code of {name}: {', '.join(known)}{did_you_mean(code, known)}"
            yield Problem(D_NAME, place, {"found": code, "expected": expected})


def answer_codes(question: Question) -> list[str]:
    """Return the texts that a recoded answer may become: choices, yes and no, missing codes, or nothing."""
    own = ["yes", "no"] if question.type == "yes_no" else list(question.choices)
    return [*own, *(str(code) for code in question.missing_codes), ""]


def with_key(questions: Mapping[str, Question], table: Table) -> Mapping[str, Question]:
    """Return the questions with the table's key and link as required text, the key unique.

    An id is text however it looks: as a number it loses its leading zeros.
    """
    complete = dict(questions)
    for name in filter(None, (table.key, table.link)):
        known = complete.get(name) or Question(label=Label(en=name), type="text")
        changes: dict[str, object] = {
            "required": name == table.key or table.link_required,
            "when": None,
            "unique": known.unique or name == table.key,
        }
        if known.type in ("integer", "number"):
            changes |= {"type": "text", "range": None, "usual": None, "per": None}
        complete[name] = known.model_copy(update=changes)
    return MappingProxyType(complete)


def expected_titles(mapping: TableMapping, questions: Mapping[str, Question], table: str = "") -> set[str]:
    """Return every title that a column of this table may carry."""
    labels = {text for question in questions.values() for text in label_texts(question.label)}
    return {*mapping.columns, *mapping.ignore, *questions, *fields_of(table, questions), *labels}


def hidden_titles(mapping: TableMapping, questions: Mapping[str, Question], table: str = "") -> set[str]:
    """Return the titles of columns whose cells no message may show."""
    hidden = {
        n for n, question in questions.items() if question.personal or question.sensitivity == "protected"
    }
    labels = {text for name in hidden for text in label_texts(questions[name].label)}
    mapped = {title for title, name in mapping.columns.items() if name in hidden}
    fields = {field for field, name in fields_of(table, questions).items() if name in hidden}
    return {*hidden, *fields, *labels, *mapped}


def match_columns(
    raw: RawTable, mapping: TableMapping, questions: Mapping[str, Question], table: str = ""
) -> tuple[Columns, list[Problem]]:
    """Return which column answers which question, and what does not fit.

    A title is looked up in the mapping, then among the questions' ids, then among their labels in
    any language, then by what follows the groups in front of it (`grp/q`, `grp-q`, `form.grp.q`, as
    servers write them). A label that two questions share matches neither. Where `table` is given, the
    fields that our own form writes for its questions are known as well.
    """
    known = _titles(mapping, questions, table)
    ignored = {normal_title(title) for title in mapping.ignore}
    wave_title = normal_title(mapping.wave_column) if mapping.wave_column else None
    answers: dict[str, list[int]] = {}
    extra, wave = [], None
    for index, title in enumerate(raw.columns):
        plain = normal_title(title)
        if plain == wave_title:
            wave = index
        question = next((known[text] for text in (plain, *tails(plain)) if text in known), None)
        if question is not None:
            answers.setdefault(question, []).append(index)
        elif plain in ignored or plain == wave_title:
            continue
        elif wave_title is None and wave is None and last_part(title) in WAVE_TITLES:
            wave = index
        else:
            extra.append(index)
    by_question = {name: found[0] for name, found in answers.items()}
    columns = Columns(MappingProxyType(by_question), tuple(extra), wave)
    problems = [
        *_missing(raw, mapping, questions, columns),
        *_extra(raw, known, columns),
        *_twice(raw, questions, answers),
    ]
    if mapping.wave_column and wave is None:
        values: Values = {"expected": mapping.wave_column, "hint": hint(mapping.wave_column, raw.columns)}
        problems.append(Problem(H_MISSING, raw.place(row=raw.header_row), values))
    return columns, problems


def _titles(mapping: TableMapping, questions: Mapping[str, Question], table: str) -> dict[str, str]:
    by_label: dict[str, set[str]] = {}
    for name, question in questions.items():
        for text in label_texts(question.label):
            by_label.setdefault(normal_title(text), set()).add(name)
    known = {text: names.pop() for text, names in by_label.items() if len(names) == 1}
    mapped = set(mapping.columns.values())
    # A question the mapping gives a column of its own is not found by its id or label as well.
    known = {text: name for text, name in known.items() if name not in mapped}
    fields = {normal_title(field): name for field, name in fields_of(table, questions).items()}
    known |= {field: name for field, name in fields.items() if name not in mapped}
    known |= {normal_title(name): name for name in questions if name not in mapped}
    known |= {normal_title(title): name for title, name in mapping.columns.items()}
    for title in mapping.ignore:
        known.pop(normal_title(title), None)
    return known


def _missing(
    raw: RawTable, mapping: TableMapping, questions: Mapping[str, Question], columns: Columns
) -> Iterator[Problem]:
    titles = {name: title for title, name in mapping.columns.items()}
    absent = []
    for name, question in questions.items():
        if name in columns.by_question:
            continue
        title = titles.get(name, name)
        if question.required and question.when is None:
            unused = [raw.columns[index] for index in columns.extra]
            place = Place(raw.file, raw.sheet, raw.header_row, question=question.label.en)
            wanted: Values = {"expected": title, "hint": hint(title, unused)}
            yield Problem(H_MISSING, place, wanted)
        else:
            absent.append(title)
    if absent:
        values: Values = {"found": len(absent), "names": ", ".join(absent)}
        yield Problem(H_ABSENT, raw.place(), values, Severity.NOTE)


def _extra(raw: RawTable, known: Mapping[str, str], columns: Columns) -> Iterator[Problem]:
    free = [title for title, name in known.items() if name not in columns.by_question]
    for index in columns.extra:
        title = raw.columns[index]
        values: Values = {"found": letter(raw.positions[index]), "hint": hint(normal_title(title), free)}
        yield Problem(H_EXTRA, raw.place(row=raw.header_row, column=title), values, Severity.WARNING)


def _twice(
    raw: RawTable, questions: Mapping[str, Question], answers: Mapping[str, list[int]]
) -> Iterator[Problem]:
    for name, indices in answers.items():
        if len(indices) > 1:
            found = ", ".join(f"{raw.columns[i]} ({letter(raw.positions[i])})" for i in indices)
            values: Values = {"found": found, "question": name}
            yield Problem(H_TWICE, raw.place(row=raw.header_row), values)
