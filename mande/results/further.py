"""Effects that answer another question than the main one, on the same outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mande import wording
from mande.results.estimate import Estimate, Term
from mande.results.findings import Cell, Table

Question = Literal["arms", "taking_part", "spillover", "subgroup"]


@dataclass(frozen=True, slots=True)
class Further:
    """Another effect on an outcome: of each arm, on those who took part, on those reached, in a subgroup.

    Attributes
    ----------
    question : which of these.
    title : the question as a reader asks it.
    labels : what each term of the estimate that counts is called, in the order shown.
    family : p-values of terms judged together, plain and corrected for their number (column `outcome` holds
        the label); None for one term.
    differences : tests of whether effects differ (column `label`); None where there are none.
    """

    question: Question
    title: str
    estimate: Estimate
    labels: Mapping[str, str]
    family: Table | None = None
    differences: Table | None = None
    notes: tuple[str, ...] = field(default=())

    def terms(self) -> Iterator[tuple[str, Term]]:
        """Yield the terms that count with their labels."""
        by_name = {term.name: term for term in self.estimate.terms}
        yield from ((label, by_name[name]) for name, label in self.labels.items())

    def records(self, level: float) -> list[dict[str, Cell]]:
        """Return one flat record per term: `label`, then the columns of `tidy`."""
        return [{"label": label, **self.estimate.row(term, level)} for label, term in self.terms()]

    def sentences(self, level: float) -> tuple[str, ...]:
        """Return a sentence for each term, in the words of the report."""
        return tuple(self._sentence(record, level) for record in self.records(level))

    def _sentence(self, record: Mapping[str, Cell], level: float) -> str:
        one = self.estimate
        best = one.amount(_number(record["estimate"]))
        if one.caution:
            return f"{record['label']}: best estimate {best}; how sure it is cannot be said. {one.caution}"
        if record["ci_low"] is None:
            return f"{record['label']}: best estimate {best}; no interval can be given."
        low, high = _number(record["ci_low"]), _number(record["ci_high"])
        span = wording.span(low, high, unit=one.unit, scale=one.scale)
        sure = f"{100 * level:g} % confidence interval {span}"
        is_main = record["term"] == one.term
        if one.interval(level).excludes(0) if is_main else (low > 0 or high < 0):
            return f"{record['label']}: an effect of {best} ({sure})."
        return f"{record['label']}: no clear sign of an effect (best estimate {best}; {sure})."


def _number(cell: Cell) -> float:
    if not isinstance(cell, int | float):
        raise TypeError(f"a number was expected, found {cell!r}")
    return float(cell)
