"""The import profile: what was asked once about a programme's files, and how it was answered.

`baselines/<programme>/import_profile.yaml` is a list, oldest first. An answer holds for a column, a table
or all files of the programme; the narrowest that fits decides, and of equals the newest. Whoever asks
reads the answer by the code of the problem, so that a new question needs no change here. An answer about
one file alone (its hidden rows, its totals) carries the fingerprint of what was asked about, and holds for
nothing else.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from mande import yaml12
from mande.catalogue import parse, read_yaml
from mande.errors import Ask, Code
from mande.schema.common import Definition
from mande.survey.grid import normal_title

FILE = "import_profile.yaml"
Filled = Annotated[str, StringConstraints(min_length=1)]


class Answer(Definition):
    """One answer: to which problem code (`ask`), for which table and column, by whom and when.

    `about` is the fingerprint of what was asked about, where the answer holds for that alone.
    """

    ask: Filled
    table: str = ""
    column: str = ""
    about: str = ""
    answer: Filled
    by: Filled
    at: dt.date
    note: str = ""


class ImportProfile(Definition):
    """`baselines/<programme>/import_profile.yaml`."""

    format: Literal[1] = 1
    answers: tuple[Answer, ...] = ()

    def answer(self, code: Code, *, table: str = "", column: str = "", about: str = "") -> str | None:
        """Return the answer that holds for a column of a table, or None while the question is open."""
        fitting = [
            entry
            for entry in self.answers
            if entry.ask == code.id
            and entry.about == about
            and entry.table in ("", table)
            and normal_title(entry.column) in ("", normal_title(column))
        ]
        # `max` keeps the first of equals: the newest stands first.
        narrowest = max(reversed(fitting), key=lambda e: (bool(e.column), bool(e.table)), default=None)
        return None if narrowest is None else narrowest.answer

    def settled(self, code: Code, ask: Ask) -> str | None:
        """Return the answer to `ask`; None while there is none, or none that is possible here."""
        given = self.answer(code, table=ask.table, column=ask.column, about=ask.about)
        possible = {option.value for option in ask.options}
        return given if given is None or ask.free.en or given in possible else None

    def with_answer(self, answer: Answer) -> ImportProfile:
        """Return the profile with one more answer; it takes the place of one to the same question."""
        scope = (answer.ask, answer.table, normal_title(answer.column), answer.about)
        kept = (e for e in self.answers if (e.ask, e.table, normal_title(e.column), e.about) != scope)
        return ImportProfile(answers=(*kept, answer))

    def text(self) -> str:
        """Return the profile as YAML."""
        entries = [entry.model_dump(exclude_defaults=True) for entry in self.answers]
        return yaml12.dump({"format": self.format, "answers": entries})


def load_profile(programme_dir: Path) -> ImportProfile:
    """Return a programme's import profile; an empty one where nothing was ever asked.

    Raises
    ------
    MandeError
        D-YAML or D-SCHEMA.
    """
    path = programme_dir / FILE
    return parse(ImportProfile, read_yaml(path), file=path.name) if path.is_file() else ImportProfile()
