"""One question's column: its plain cells typed by Polars, all others judged text by distinct text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from mande.errors import Problem, Severity, Text
from mande.survey import parse_codes as codes
from mande.survey.asking import Found, Plain, Seen
from mande.survey.circumstances import Circumstances
from mande.survey.distinct import Distinct
from mande.survey.faults import CellFaults
from mande.survey.field import FieldRule, Judged
from mande.survey.grid import BadCell, Values, letter
from mande.survey.parse import Missing, Repaired, Typed, Wrong
from mande.survey.table import ConformedTable

NOT_ANSWERED = "not answered"
INVALID = "invalid"
AskAll = Callable[[Seen], tuple[FieldRule, Found]]
_WAITING = Wrong(codes.V_TYPE)


@dataclass(frozen=True, slots=True)
class Column:
    """One question's typed values, and what happened to its cells on the way.

    `cells` are those that got a second look, and `judged` what each of their distinct texts means.
    """

    values: pl.Series
    rule: FieldRule
    cells: Distinct
    judged: Sequence[Judged]
    found: Found

    def invalid_rows(self, bad: Mapping[int, BadCell]) -> pl.Series:
        """Return the rows of the cells that could not be read, in no order."""
        wrong = self.cells.rows([isinstance(outcome, Wrong) for outcome in self.judged])
        return pl.concat([wrong, pl.Series(list(bad), dtype=wrong.dtype)]) if bad else wrong

    def why_missing(self, texts: pl.Series, bad: Mapping[int, BadCell]) -> pl.DataFrame:
        """Return columns `index` and `reason` for every cell without a value."""
        gone = self.values.is_null()
        known = {"": NOT_ANSWERED}
        for text, outcome in zip(self.cells.texts, self.judged, strict=True):
            if isinstance(outcome, Missing):
                known[text] = outcome.reason
        missing = pl.DataFrame({"index": gone.arg_true(), "text": texts.filter(gone)})
        reasons = missing.select(
            pl.col("index").cast(pl.UInt32),
            pl.col("text")
            .replace_strict(list(known), list(known.values()), default=INVALID, return_dtype=pl.String)
            .alias("reason"),
        )
        if bad:
            lost = pl.col("index").is_in(list(bad))
            reasons = reasons.with_columns(
                pl.when(lost).then(pl.lit(INVALID)).otherwise("reason").alias("reason")
            )
        return reasons

    def faults(self, table: ConformedTable, question: str) -> Iterator[CellFaults]:
        """Yield the cells that are wrong, those apart that wait for an answer."""
        is_wrong = [isinstance(outcome, Wrong) and outcome is not _WAITING for outcome in self.judged]
        if any(is_wrong):
            why = [o for o in self.judged if isinstance(o, Wrong) and o is not _WAITING]
            yield CellFaults(table, question, self.cells.chosen(is_wrong), why)

    def said(self, table: ConformedTable, question: str) -> Iterator[Problem]:
        """Yield what was asked, and a note for each kind of repair with how many cells it touched."""
        yield from self.found.problems
        repaired = {outcome.code.id: outcome.code for outcome in self.judged if isinstance(outcome, Repaired)}
        for code in repaired.values():
            marks = [isinstance(outcome, Repaired) and outcome.code is code for outcome in self.judged]
            first = marks.index(True)
            outcome = self.judged[first]
            value = outcome.value if isinstance(outcome, Repaired) else ""
            example = table.shown(question, f"{self.cells.texts[first]} = {value}")
            count = self.cells.count(marks)
            told = Text(
                f"cells: {count} ({example})",
                f"cellules : {count} ({example})",
                f"celdas: {count} ({example})",
            )
            is_told = code.found == Text("{found}") and isinstance(example, str)
            values: Values = {"found": told if is_told else count, "example": example}
            yield Problem(code, table.place(question), values, Severity.NOTE)


def second_look(
    table: ConformedTable,
    name: str,
    rule: FieldRule,
    values: pl.Series,
    cells: Distinct,
    about: Circumstances,
    ask: AskAll,
    again: Callable[[FieldRule], tuple[pl.Series, Distinct]],
) -> Column:
    """Ask how the column is written, then judge each distinct text that is not plain.

    Parameters
    ----------
    table, name
        The table and the question.
    rule
        The question's rule under what is known of the column so far.
    values
        Values of the plain cells, null for all others.
    cells
        The cells that are not plain.
    about
        What is known of the programme, the wave and the upload.
    ask
        Settles how the column is read.
    again
        Gives values and cells anew where that changes the rule.
    """
    seen = Seen(
        table=table.name,
        name=name,
        title=table.titles[name],
        place=table.place(name),
        is_hidden=table.is_hidden(name),
        odd=dict(zip(cells.texts, cells.counts(), strict=True)),
        cells=partial(_first_cell, table, name, cells),
        plain=partial(Plain.of, values),
        rule=rule,
        profile=about.profile,
        day=about.day,
    )
    settled, found = ask(seen)
    if settled.style != rule.style:
        values, cells = again(settled)
    judged = _judge_all(settled, found, cells.texts)
    return Column(_with_judged(values, cells, judged, is_id=rule.is_id), settled, cells, judged, found)


def _first_cell(table: ConformedTable, name: str, cells: Distinct, text: str) -> str:
    """Return the first cell with a text as Excel names it."""
    return f"{letter(table.positions[name])}{table.frame['row'][cells.first(text)]}"


def _judge_all(rule: FieldRule, found: Found, texts: Sequence[str]) -> list[Judged]:
    if not found.waiting and not found.refused:
        return rule.judge_all(texts)
    said: dict[str, Judged] = {**found.refused, **dict.fromkeys(found.waiting, _WAITING)}
    others = iter(rule.judge_all([text for text in texts if text not in said]))
    return [said[text] if text in said else next(others) for text in texts]


def _with_judged(values: pl.Series, cells: Distinct, judged: Sequence[Judged], *, is_id: bool) -> pl.Series:
    """Return the values with those of the judged cells put in.

    An id of the wrong form stays: it may still tell which respondent is meant, and who stands twice.
    """
    good: list[Typed | None] = []
    for text, outcome in zip(cells.texts, judged, strict=True):
        if isinstance(outcome, Repaired):
            good.append(outcome.value)
        elif not isinstance(outcome, (Missing, Wrong)):
            good.append(outcome)
        elif is_id and isinstance(outcome, Wrong) and outcome.code is codes.V_PATTERN:
            good.append(text)
        else:
            good.append(None)
    is_good = [value is not None for value in good]
    if not any(is_good):
        return values
    kept = cells.chosen(is_good)
    by_text = pl.Series([value for value in good if value is not None], dtype=values.dtype)
    if values.dtype != pl.String:
        return values.scatter(kept.indices, by_text[pl.Series(kept.which)])
    # Texts are put in place sooner by looking all of them up.
    places = np.arange(len(values))
    places[kept.indices.to_numpy()] = len(values) + kept.which
    return pl.concat([values, by_text], rechunk=False)[pl.Series(places)]
