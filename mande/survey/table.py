"""A survey table with typed answers, and problems about its cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text
from mande.masking import masked
from mande.schema.question import Question
from mande.survey.grid import Values
from mande.survey.mapping import TableMapping

V_MORE = Code(
    "V-MORE",
    Text(
        "more cells of this column with the problem {code}: {found}",
        "autres cellules de cette colonne avec le problème {code} : {found}",
        "más celdas de esta columna con el problema {code}: {found}",
    ),
    Text(""),
    Text(
        "Correct the column as a whole: look for what all these cells have in common.",
        "Corrigez la colonne entière : cherchez ce que ces cellules ont en commun.",
        "Corrija toda la columna: busque lo que tienen en común esas celdas.",
    ),
    Text(""),
)

REASONS = pl.Schema({"table": pl.String, "key": pl.String, "question": pl.String, "reason": pl.String})
HIDDEN = Text("(hidden)", "(masqué)", "(oculto)")
ROW = "row"
LISTED_PER_COLUMN = 10_000  # beyond this many alike, or one row in fifty, a column is wrong as a whole
LONGEST_SHOWN = 60


class InvalidRows(Mapping[str, frozenset[int]]):
    """For each question the rows (by index) whose cell could not be read; sets are made when asked for."""

    def __init__(self, rows: Mapping[str, Callable[[], pl.Series]]) -> None:
        self._rows = rows
        self._known: dict[str, pl.Series] = {}

    def __getitem__(self, question: str) -> frozenset[int]:
        return frozenset(self.indices(question).to_list())

    def indices(self, question: str) -> pl.Series:
        """Return the rows of one question, in no order; worked out once."""
        if question not in self._known:
            self._known[question] = self._rows[question]()
        return self._known[question]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class WhyMissing(Mapping[str, pl.DataFrame]):
    """For each question why its values are null (columns index and reason), worked out when asked for."""

    def __init__(self, found: Mapping[str, Callable[[], pl.DataFrame]]) -> None:
        self._found = found

    def __getitem__(self, question: str) -> pl.DataFrame:
        return self._found[question]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@dataclass(frozen=True, slots=True)
class ConformedTable:
    """One table of an upload, its answers typed.

    Attributes
    ----------
    name, key : the table and its key question.
    questions : every question of the table, by id, the key among them.
    titles, positions : for each question in the file, its column's title and place (0 is A).
    frame : one row per respondent; columns are the ids of the questions in the file, and `row`, the
        row number in the file. Integer -> Int64, number -> Float64, yes_no -> Boolean, date -> Date,
        text and choice (its code) -> String, multiple -> String (codes parted by spaces, in the order
        of the definition). No value is null.
    texts : the same rows and columns as trimmed text, before conversion.
    invalid : for each question, rows of `frame` (by index) whose cell could not be read.
    missing : for each question, why values are null: columns index (row of `frame`) and reason.
    """

    name: str
    key: str
    questions: Mapping[str, Question]
    titles: Mapping[str, str]
    positions: Mapping[str, int]
    frame: pl.DataFrame
    texts: pl.DataFrame
    invalid: InvalidRows
    mapping: TableMapping
    file: str = ""
    sheet: str = ""
    missing: Mapping[str, pl.DataFrame] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def reasons(self) -> pl.DataFrame:
        """Why values are null: columns table, key, question, reason; one row per missing value."""
        if self.key not in self.frame.columns:
            return pl.DataFrame(schema=REASONS)
        keys = self.frame[self.key]
        frames = [
            missing.select(
                pl.lit(self.name).alias("table"),
                keys.gather(missing["index"]).alias("key"),
                pl.lit(question).alias("question"),
                "reason",
            )
            for question, missing in self.missing.items()
            if missing.height
        ]
        return pl.concat(frames) if frames else pl.DataFrame(schema=REASONS)

    @property
    def listed_per_column(self) -> int:
        """How many cells of a column with one problem are listed; more are counted."""
        return max(LISTED_PER_COLUMN, self.frame.height // 50)

    @property
    def asked(self) -> dict[str, Question]:
        """Questions that have a column in the file."""
        return {name: self.questions[name] for name in self.titles}

    @property
    def personal(self) -> tuple[str, ...]:
        """Questions in the file that identify a person."""
        return tuple(name for name, question in self.asked.items() if question.personal)

    def is_hidden(self, question: str) -> bool:
        """Return whether values of this question are never shown."""
        entry = self.questions[question]
        return entry.personal or entry.sensitivity == "protected"

    def shown(self, question: str, text: str) -> str | Text:
        """Return a cell's text as a message may show it."""
        if self.is_hidden(question):
            return HIDDEN
        if question != self.key and (seemly := masked(text)) != text:
            return Text(*(masked(text, language) for language in ("en", "fr", "es"))) if seemly else HIDDEN
        return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."

    def place(self, question: str, index: int | None = None) -> Place:
        """Return where the answer of one row (by index in `frame`) stands, or the column as a whole."""
        if index is not None:
            return next(self.places(question, pl.Series([index])))
        label = self.questions[question].label.en
        return Place(self.file, self.sheet, None, self.titles.get(question, question), label)

    def places(self, question: str, indices: pl.Series) -> Iterator[Place]:
        """Yield where the answers of several rows stand."""
        column = self.place(question)
        rows = self.frame[ROW].gather(indices).to_list()
        is_known = self.key in self.titles and not self.is_hidden(self.key)
        ids = self.texts[self.key].gather(indices).to_list() if is_known else [""] * len(rows)
        for row, respondent in zip(rows, ids, strict=True):
            yield Place(self.file, self.sheet, row, column.column, column.question, respondent)


Explain = Callable[[str, int], tuple[Code, Values]]


def cell_problems(
    table: ConformedTable,
    question: str,
    mask: pl.Series,
    what: Code | Explain,
    values: Values | None = None,
    *,
    severity: Severity = Severity.ERROR,
) -> Iterator[Problem]:
    """Yield one problem for each cell marked in `mask`.

    Parameters
    ----------
    table
        The table the cells stand in.
    question
        The column they stand in.
    mask
        One truth value per row of `table.frame`; null counts as false.
    what
        The code of all these problems; or a function that takes a cell's text and row index and
        returns its code and what the code's wording needs beside `found`.
    values
        What the wording needs beside `found`, where `what` is a code.
    severity
        Of every problem made.
    """
    indices = mask.fill_null(value=False).arg_true()
    listed = indices.head(table.listed_per_column)
    texts = table.texts[question].gather(listed).to_list()
    code = what if isinstance(what, Code) else None
    for index, text, place in zip(listed.to_list(), texts, table.places(question, listed), strict=True):
        code, details = (what, values or {}) if isinstance(what, Code) else what(text, index)
        found: Values = {"found": table.shown(question, text)}
        yield Problem(code, place, found | details, severity)
    if code is not None and len(indices) > len(listed):
        rest: Values = {"found": len(indices) - len(listed), "code": code.id}
        yield Problem(V_MORE, table.place(question), rest, severity)
