"""Questions about how a column is written: what they may look at, what they may find, how they are found.

Such a question is one file in `mande/survey/asks/` with a function `ask(seen)`. It looks at one column,
asks the import profile, and either says how the column is to be read or lets the texts wait that cannot
be read before somebody answers. Nothing else needs to be edited: the folder is searched.
"""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Protocol

import numpy as np
import polars as pl

from mande.errors import Ask, Code, Option, Place, Problem, Severity, Text
from mande.schema.question import Question
from mande.survey import asks
from mande.survey.field import FieldRule
from mande.survey.grid import Values
from mande.survey.parse import Wrong
from mande.survey.profile import ImportProfile
from mande.survey.style import Style

Q_ANSWERED = Code(
    "Q-ANSWERED",
    Text(
        "read as answered before: {code} = {found}",
        "lu selon une réponse donnée : {code} = {found}",
        "leído según una respuesta dada: {code} = {found}",
    ),
    Text(""),
    Text(
        "If that is not right for this file, answer again: the newest answer counts.",
        "Si ce n'est pas juste pour ce fichier, répondez de nouveau : la dernière réponse compte.",
        "Si no es correcto para este archivo, responda de nuevo: vale la última respuesta.",
    ),
    Text("cells: {count}", "cellules : {count}", "celdas: {count}"),
)
MISTAKE = Option(
    "mistake",
    Text(
        "the cells are mistakes, and are corrected in the file",
        "les cellules sont des erreurs, à corriger dans le fichier",
        "las celdas son errores, por corregir en el archivo",
    ),
)
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Plain:
    """What is to know of a column's plain numbers: how many, their ends, fractions, and shares of one."""

    count: int = 0
    low: float | None = None
    high: float | None = None
    n_fractions: int = 0
    n_shares: int = 0
    n_above_one: int = 0

    @classmethod
    def of(cls, values: pl.Series) -> Plain:
        """Return the summary of values, null where a cell is not plain."""
        if not values.dtype.is_numeric():
            return cls()
        x = values.drop_nulls().to_numpy()
        if not len(x):
            return cls()
        n_fractions = 0 if values.dtype.is_integer() else int(np.count_nonzero(x != np.floor(x)))
        n_shares = int(np.count_nonzero((x > 0) & (x < 1)))
        n_above = int(np.count_nonzero(x > 1))
        return cls(len(x), x.min().item(), x.max().item(), n_fractions, n_shares, n_above)

    def __add__(self, other: Plain) -> Plain:
        """Return the summary of both columns of numbers."""
        lows = [end for end in (self.low, other.low) if end is not None]
        highs = [end for end in (self.high, other.high) if end is not None]
        return Plain(
            self.count + other.count,
            min(lows, default=None),
            max(highs, default=None),
            self.n_fractions + other.n_fractions,
            self.n_shares + other.n_shares,
            self.n_above_one + other.n_above_one,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """One column as it stands before its texts are judged.

    Attributes
    ----------
    table, name, title : the table, the question and the column's title.
    odd : distinct texts that are not plain, with how many cells hold them.
    cells : for a text that is not plain, the first cell it stands in (`J14`).
    plain : sums up the plain values.
    rule : the question's rule under what is known of the column so far.
    day : day of the upload, where it is known.
    """

    table: str
    name: str
    title: str
    place: Place
    is_hidden: bool
    odd: Mapping[str, int]
    cells: Callable[[str], str]
    plain: Callable[[], Plain]
    rule: FieldRule
    profile: ImportProfile
    day: dt.date | None = None

    @property
    def question(self) -> Question:
        """The question the column answers."""
        return self.rule.question

    @property
    def style(self) -> Style:
        """How the column is written, as far as it is known."""
        return self.rule.style

    def count(self, texts: Iterable[str]) -> int:
        """Return how many cells hold one of these texts."""
        return sum(self.odd[text] for text in texts)

    def example(self, texts: Iterable[str]) -> str:
        """Return the commonest of these texts and where it stands first, as a message may show it."""
        common = self.commonest(texts)
        where = self.cells(common)
        return where if self.is_hidden else f"{where}: '{common[:_LONGEST]}'"

    def commonest(self, texts: Iterable[str]) -> str:
        """Return the text that most cells hold."""
        return min(texts, key=lambda text: (-self.odd[text], text))

    def asked(
        self,
        code: Code,
        options: tuple[Option, ...],
        count: int,
        found: Text,
        *,
        values: Values | None = None,
        about: str = "",
    ) -> tuple[str | None, Problem]:
        """Return the answer that was given, if any, and the problem: the question, or a note of the answer.

        `count` cells are concerned; `found` says in words what was found in them. `about` names the value
        the question is about, where a column may have several such questions.
        """
        column = f"{self.title} = {about}" if about else self.title
        ask = Ask(table=self.table, column=column, options=options)
        answer = self.profile.settled(code, ask)
        if answer is None:
            shown: Values = {"found": found, "count": count, **(values or {})}
            return None, Problem(code, self.place, shown, Severity.QUESTION, ask)
        told: Values = {"code": code.id, "found": answer, "count": count}
        return answer, Problem(Q_ANSWERED, self.place, told, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found in a column.

    Attributes
    ----------
    problems : questions, and notes of answers applied.
    style : how the column is to be read from here on; None where nothing changes.
    waiting : texts that cannot be read before the question is answered.
    refused : texts that are wrong for the reason given, whatever the style.
    """

    problems: tuple[Problem, ...] = ()
    style: Style | None = None
    waiting: frozenset[str] = frozenset()
    refused: Mapping[str, Wrong] = field(default_factory=lambda: MappingProxyType({}))


class AskColumn(Protocol):
    """A question about how a column is written."""

    def __call__(self, seen: Seen) -> Iterator[Found]:
        """Yield what was found in the column."""


@cache
def find_asks() -> tuple[AskColumn, ...]:
    """Return every question of the folder, by name."""
    names = sorted(entry.name for entry in pkgutil.iter_modules(asks.__path__))
    return tuple(importlib.import_module(f"{asks.__name__}.{name}").ask for name in names)


def ask_all(seen: Seen) -> tuple[FieldRule, Found]:
    """Return the rule to read a column with, and all that was found about it."""
    problems: list[Problem] = []
    waiting: frozenset[str] = frozenset()
    refused: dict[str, Wrong] = {}
    for ask in find_asks():
        for found in ask(seen):
            problems += found.problems
            waiting |= found.waiting
            refused |= found.refused
            if found.style is not None:
                seen = replace(seen, rule=replace(seen.rule, style=found.style))
    return seen.rule, Found(tuple(problems), seen.style, waiting, MappingProxyType(refused))
