"""Whether the units of an indicator follow from those of its parts."""

from __future__ import annotations

from collections.abc import Mapping

from mande.catalogue import Catalogue
from mande.errors import MandeError, Place, Problem
from mande.formula import Column, parse
from mande.formula.problems import F_UNIT
from mande.formula.units import COUNT, UNKNOWN, Measure, infer, measure_of
from mande.schema.indicator import Indicator, Part, Use, UseIndicator, UseParameter
from mande.schema.question import Question


def check_units(catalogue: Catalogue) -> list[Problem]:
    """Return F-UNIT for every formula whose units do not go together or contradict the declared unit.

    Only units that are known on both sides are compared; see `mande.formula.units`. Formulas that
    cannot be read are left to `check_formulas`.
    """
    return [
        problem for entry in catalogue.indicators.values() for problem in _Checker(entry, catalogue).run()
    ]


class _Checker:
    """Infers the units of an indicator's parts in order, then that of its value."""

    def __init__(self, indicator: Indicator, catalogue: Catalogue) -> None:
        self.indicator = indicator
        self.catalogue = catalogue
        self.known: dict[tuple[str, str], Measure] = {}
        self.problems: list[Problem] = []

    def run(self) -> list[Problem]:
        for alias, use in self.indicator.uses.items():
            self.known[self._home(alias)] = _measure_of_use(use, self.indicator, self.catalogue)
        for dotted, part in self.indicator.parts.items():
            text = part if isinstance(part, str) else part.formula
            found = self._infer(f"parts.{dotted}", text)
            if isinstance(part, Part):
                declared = measure_of(part.unit, flow=self.indicator.per is not None)
                found = self._against(f"parts.{dotted}.unit", part.unit, declared, found)
            self.known[self._home(dotted)] = found
        if self.indicator.where is not None:
            self._infer("where", self.indicator.where)
        value = self._infer("value", self.indicator.value)
        declared = measure_of(self.indicator.unit, flow=self.indicator.per is not None)
        self._against("unit", self.indicator.unit, declared, value)
        return self.problems

    def _home(self, dotted: str) -> tuple[str, str]:
        table, _, name = dotted.rpartition(".")
        return table or self.indicator.entity, name

    def _place(self, entry: str) -> Place:
        file = self.catalogue.files.get(("indicator", self.indicator.id), f"indicator {self.indicator.id}")
        return Place(file=file, question=entry)

    def _infer(self, entry: str, text: str) -> Measure:
        try:
            formula = parse(text)
        except MandeError:
            return UNKNOWN
        found, problems = infer(formula, self._unit_of, place=self._place(entry))
        self.problems += problems
        return found

    def _unit_of(self, column: Column) -> Measure:
        table = column.table or self.indicator.entity
        if (table, column.name) not in self.known:
            questions: Mapping[str, Question] = self.catalogue.questions.get(table, {})
            question = questions.get(column.name)
            self.known[table, column.name] = UNKNOWN if question is None else measure_of_question(question)
        return self.known[table, column.name]

    def _against(self, entry: str, unit: str, declared: Measure, found: Measure) -> Measure:
        """Return the declared unit where it is known, noting where the formula gives another."""
        if not declared.fits(found):
            values = {
                "found": f"unit: {unit}, while the formula gives {found.dimension}",
                "expected": f"a unit that follows from the parts: {found.dimension}",
            }
            self.problems.append(Problem(F_UNIT, self._place(entry), values))
        return found if declared.dimension is None else declared


def measure_of_question(question: Question) -> Measure:
    """Return what an answer is measured in: a yes is a count, a number says its unit or nothing."""
    if question.type == "yes_no":
        return COUNT
    if question.type in ("integer", "number"):
        return measure_of(question.unit, flow=question.per is not None)
    return UNKNOWN


def _measure_of_use(use: Use, indicator: Indicator, catalogue: Catalogue) -> Measure:
    if isinstance(use, UseParameter):
        parameter = catalogue.parameters.get(use.parameter)
        return UNKNOWN if parameter is None else measure_of(parameter.unit)
    if isinstance(use, UseIndicator):
        used = catalogue.indicators.get(use.indicator)
        return UNKNOWN if used is None else measure_of(used.unit, flow=used.per is not None)
    question = catalogue.questions.get(indicator.entity, {}).get(use.question)
    return UNKNOWN if question is None else measure_of_question(question)
