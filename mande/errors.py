"""Problems in plain words: what, where, found, expected, how to fix.

A `Code` holds the wording of one kind of problem in three languages and is declared beside the
check that finds it. A `Problem` is one finding at one place; it carries values, not sentences, so
that the same object makes the JSON, the marked Excel cell and the text in the reader's language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Literal

from mande.masking import masked

Language = Literal["en", "fr", "es"]
Value = str | int | float


class Severity(StrEnum):
    """What a problem does to the step: errors and questions stop it, warnings and notes travel along."""

    ERROR = "error"
    QUESTION = "question"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Text:
    """One wording in English, French and Spanish; English stands in where a translation is not given."""

    en: str
    fr: str = ""
    es: str = ""

    def in_(self, language: Language = "en") -> str:
        """Return the wording in `language`."""
        return {"en": self.en, "fr": self.fr, "es": self.es}[language] or self.en


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem.

    Attributes
    ----------
    id : short stable code, for example `V-RANGE`.
    summary, expected, fix : templates; `{name}` is filled from `Problem.values`.
    found : template of what was found; by default the value itself.
    """

    id: str
    summary: Text
    expected: Text
    fix: Text
    found: Text = Text("{found}")


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to an `Ask`: the word that is written down, and what it means."""

    value: str
    meaning: Text


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about a file that only those who know it can answer; nothing is guessed.

    The answer is given once and kept in the programme's import profile, under the problem's code.

    Attributes
    ----------
    table, column : what an answer holds for: a column's title, a table, or (both empty) the whole file.
    options : answers to choose among.
    free : what else may be answered (a number, a name), where it is not one of the options.
    about : short fingerprint of what was asked about, where the answer holds for that alone (see `about`).
    command : the command that answers, where it is not `mande answer`; `{programme}`, `{wave}` and `{file}`
        are filled in.
    programme, wave, file : what they are filled with, where the question itself knows.
    """

    table: str = ""
    column: str = ""
    options: tuple[Option, ...] = ()
    free: Text = Text("")
    about: str = ""
    command: str = ""
    programme: str = ""
    wave: str = ""
    file: str = ""


_WORDS: Mapping[str, Text] = {
    "where": Text("where", "où", "dónde"),
    "found": Text("found", "trouvé", "hallado"),
    "expected": Text("expected", "attendu", "esperado"),
    "fix": Text("how to fix", "comment corriger", "cómo corregir"),
    "answer": Text("answer", "réponse", "respuesta"),
    "row": Text("row", "ligne", "fila"),
    "line": Text("line", "ligne", "línea"),
    "column": Text("column", "colonne", "columna"),
    "sheet": Text("sheet", "feuille", "hoja"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem is, as its reader sees it.

    `row` is the row number in Excel or the record's line in a CSV file (the header is row 1 when it
    stands first), or the line of a YAML definition; `column` the column's title in the file, `question`
    the question's label, or the dotted path of an entry in a definition.
    `respondent` is an id, never a name.
    """

    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    question: str = ""
    respondent: str = ""

    def text(self, language: Language = "en") -> str:
        """Return the place as one phrase, most general part first."""

        def word(key: str) -> str:
            return _WORDS[key].in_(language)

        parts = [self.file]
        if self.sheet:
            parts.append(f"{word('sheet')} {self.sheet}")
        if self.row is not None:
            parts.append(f"{word('line' if self.file.endswith('.yaml') else 'row')} {self.row}")
        if self.column:
            label = f" ({self.question})" if self.question and self.question != self.column else ""
            parts.append(f"{word('column')} {self.column}{label}")
        elif self.question:
            parts.append(self.question)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about one place. Never holds a respondent's name or phone number.

    A value that is itself worded (a hint, a reason) is a `Text`, shown in the reader's language. A problem
    of severity `QUESTION` carries what is asked. `also` names further columns of the row that are concerned.
    """

    code: Code
    place: Place
    values: Mapping[str, Value | Text] = field(default_factory=dict)
    severity: Severity = Severity.ERROR
    ask: Ask | None = None
    also: tuple[str, ...] = ()

    def _fill(self, template: Text, language: Language) -> str:
        text = template.in_(language)
        if "{" not in text:
            return text
        known = _Worded(self.values, language, self.place.respondent)
        if text.count("{") == 1 and text[0] == "{" and text[-1] == "}" and text[1:-1].isidentifier():
            return str(known[text[1:-1]])  # a template that is one value, as many are, needs no formatting
        return text.format_map(known)

    def summary(self, language: Language = "en") -> str:
        """Return what is wrong, in one phrase."""
        return self._fill(self.code.summary, language)

    def found(self, language: Language = "en") -> str:
        """Return what was found."""
        return self._fill(self.code.found, language)

    def expected(self, language: Language = "en") -> str:
        """Return what was expected instead."""
        return self._fill(self.code.expected, language)

    def fix(self, language: Language = "en") -> str:
        """Return what the reader can do."""
        return self._fill(self.code.fix, language)

    def answers(
        self, language: Language = "en", *, programme: str = "PROGRAMME", wave: str = "WAVE", file: str = ""
    ) -> list[str]:
        """Return the possible answers to a question, with their meanings, and the command that gives one.

        The command can be copied: programme, wave and file stand in it, where they are known.
        """
        if self.ask is None:
            return []
        programme, wave = self.ask.programme or programme, self.ask.wave or wave
        file = self.ask.file or file or "FILE"
        told = [f"{option.value} = {option.meaning.in_(language)}" for option in self.ask.options]
        told += [self.ask.free.in_(language)] if self.ask.free.en else []
        if self.ask.command:
            return [*told, self.ask.command.format(programme=programme, wave=wave, file=shell_word(file))]
        scope = f" --table {self.ask.table}" if self.ask.table else ""
        scope += f' --column "{self.ask.column}"' if self.ask.column else ""
        scope += f" --about {self.ask.about}" if self.ask.about else ""
        word = _WORDS["answer"].in_(language).upper()
        return [*told, f"mande answer {programme} {self.code.id} {word}{scope}"]

    def text(self, language: Language = "en") -> str:
        """Return the five parts as a small block of text."""
        rows = [
            ("where", self.place.text(language)),
            ("found", self.found(language)),
            ("expected", self.expected(language)),
            ("fix", self.fix(language)),
            *(("answer", told) for told in self.answers(language)),
        ]
        width = max(len(_WORDS[key].in_(language)) for key, _ in rows)
        lines = [f"{self.code.id}  {self.summary(language)}"]
        lines += [f"  {_WORDS[key].in_(language):<{width}}  {text}" for key, text in rows if text]
        return "\n".join(lines)

    def as_record(self, language: Language = "en") -> dict[str, Any]:
        """Return a flat record for JSON and tables, with the same keys for every problem."""
        return {
            "code": self.code.id,
            "severity": self.severity.value,
            "file": self.place.file,
            "sheet": self.place.sheet,
            "row": self.place.row,
            "column": self.place.column,
            "question": self.place.question,
            "respondent": self.place.respondent,
            "value": self.found(language),
            "message": self.summary(language),
            "expected": self.expected(language),
            "fix": self.fix(language),
            "also": list(self.also),
            "ask": None if self.ask is None else self._ask_record(language),
        }

    def _ask_record(self, language: Language) -> dict[str, Any]:
        ask = self.ask or Ask()
        options = [{"value": o.value, "meaning": o.meaning.in_(language)} for o in ask.options]
        return {
            "table": ask.table,
            "column": ask.column,
            "options": options,
            "free": ask.free.in_(language),
            "about": ask.about,
            "command": ask.command,
        }

    def __str__(self) -> str:
        return self.text()


def shell_word(path: str) -> str:
    """Return a file's path as it is written in a command: between quotation marks where it holds a space.

    Examples
    --------
    >>> shell_word("a.csv"), shell_word("my file.csv")
    ('a.csv', '"my file.csv"')
    """
    return f'"{path}"' if " " in path else path


def known_to(problems: Iterable[Problem], *, programme: str, wave: str, file: str = "") -> list[Problem]:
    """Return problems whose commands name the programme and wave, and the file where it is given."""
    return [
        problem
        if problem.ask is None
        else replace(problem, ask=replace(problem.ask, programme=programme, wave=wave, file=file))
        for problem in problems
    ]


def about(parts: Iterable[object]) -> str:
    """Return a short fingerprint of what a question is about: an answer to it holds for nothing else.

    Examples
    --------
    >>> about(["rows 3", ("a", "b")])
    'ce00ef964c'
    """
    return hashlib.sha256("\x1f".join(map(repr, parts)).encode()).hexdigest()[:10]


class _Worded(dict[str, Value]):
    """Values of a template, worded when the template names them: a hint may be dear to work out.

    A template that names an absent value shows the gap instead of failing. What looks like a person in a
    value is masked (see `mande.masking`); a respondent's id may look like anything.
    """

    def __init__(self, values: Mapping[str, Value | Text], language: Language, respondent: str = "") -> None:
        super().__init__()
        self._values = values
        self._language: Language = language
        self._respondent = respondent

    def __missing__(self, key: str) -> Value:
        value = self._values.get(key, "{" + key + "}")
        if isinstance(value, Text):
            return masked(value.in_(self._language), self._language, is_sentence=True)
        if not isinstance(value, str) or value == self._respondent:
            return value
        return masked(value, self._language)


class MandeError(Exception):
    """Carries all problems of one step, so that a user mends them in one go."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))

    def __reduce__(self) -> tuple[type[MandeError], tuple[tuple[Problem, ...]]]:
        return (type(self), (self.problems,))


def raise_errors(problems: Iterable[Problem]) -> None:
    """Raise one `MandeError` with every error and open question; warnings and notes do not raise."""
    errors = [problem for problem in problems if problem.severity in (Severity.ERROR, Severity.QUESTION)]
    if errors:
        raise MandeError(errors)


def did_you_mean(word: str, known: Iterable[str], *, limit: int = 3) -> str:
    """Return ` (did you mean x or y?)`, or an empty string where nothing known is close.

    Examples
    --------
    >>> did_you_mean("hrs_paid", ["hours_paid", "sex"])
    ' (did you mean hours_paid?)'
    """
    close = get_close_matches(word, sorted(set(known)), n=limit, cutoff=0.6)
    return f" (did you mean {' or '.join(close)}?)" if close else ""
