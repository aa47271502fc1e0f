"""Whether the units of an indicator follow from those of its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mande.catalogue import Catalogue
from mande.errors import MandeError, Place, Problem, Text, did_you_mean
from mande.formula import Column, names, parse
from mande.formula.problems import F_UNIT
from mande.formula.units import (
    COUNT,
    UNKNOWN,
    WORDS,
    Measure,
    counted_among,
    counted_below,
    infer,
    measure_of,
    parts_of_unit,
    thing,
    things_of,
    words_unknown,
)
from mande.schema.indicator import Indicator, Part, Use, UseIndicator, UseParameter
from mande.schema.question import Question
from mande.units import LANGUAGES


def check_units(catalogue: Catalogue) -> list[Problem]:
    """Return F-UNIT for every formula whose units do not go together or contradict the declared unit.

    Only units that are known on both sides are compared; see `mande.formula.units`. A unit has only words
    that are known there or in the catalogue (`declared_words`), and divides by nothing but rows of its
    entity and what its formula counts. Formulas that cannot be read are left to `check_formulas`.
    """
    declared = declared_words(catalogue)
    return [
        problem
        for entry in catalogue.indicators.values()
        for problem in _Checker(entry, catalogue, declared).run()
    ]


def declared_words(catalogue: Catalogue) -> frozenset[str]:
    """Return the words that units may have because something is asked or looked up in them, or is a table.

    A workspace that measures in baskets asks a question with `unit: baskets`; `LCU/basket` is known then.
    """
    units = [parameter.unit for parameter in catalogue.parameters.values()]
    units += [question.unit for known in catalogue.questions.values() for question in known.values()]
    tables = [table.replace("_", " ") for table in catalogue.tables]
    return frozenset(part for unit in dict.fromkeys((*units, *tables)) for part in parts_of_unit(unit))


class _Checker:
    """Infers the units of an indicator's parts in order, then that of its value."""

    def __init__(self, indicator: Indicator, catalogue: Catalogue, declared: frozenset[str]) -> None:
        self.indicator = indicator
        self.declared = declared
        self.catalogue = catalogue
        self.known: dict[tuple[str, str], Measure] = {}
        self.problems: list[Problem] = []
        self.counted: set[str] = set()
        self.readable = True  # whether every name of every formula stands for something

    def run(self) -> list[Problem]:
        self.counted |= {thing(word) for word in self.indicator.entity.split("_")}
        for alias, use in self.indicator.uses.items():
            self.counted |= things_of(_unit_of_use(use, self.indicator, self.catalogue))
            self.known[self._home(alias)] = _measure_of_use(use, self.indicator, self.catalogue)
        for dotted, part in self.indicator.parts.items():
            text = part if isinstance(part, str) else part.formula
            found = self._infer(f"parts.{dotted}", text)
            if isinstance(part, Part):
                declared = measure_of(part.unit, per=self.indicator.per)
                found = self._against(f"parts.{dotted}.unit", part.unit, declared, found)
                self._words(f"parts.{dotted}.unit", part.unit)
            self.known[self._home(dotted)] = found
        if self.indicator.where is not None:
            self._infer("where", self.indicator.where)
        value = self._infer("value", self.indicator.value)
        declared = measure_of(self.indicator.unit, per=self.indicator.per)
        self._against("unit", self.indicator.unit, declared, value)
        self._words("unit", self.indicator.unit)
        return self.problems

    def _words(self, entry: str, unit: str) -> None:
        """Note the words of a unit that are none, and what it divides by that nothing counts."""
        unknown = words_unknown(unit, self.declared)
        if unknown:
            values: dict[str, str | Text] = {
                "found": _told(unit, unknown, _UNKNOWN),
                "expected": _words_expected(unknown),
            }
            self.problems.append(Problem(F_UNIT, self._place(entry), values))
            return
        below = [word for word in counted_below(unit) if word not in self.counted]
        if below and self.readable:
            values = {
                "found": _told(unit, below, _UNCOUNTED),
                "expected": _below_expected(counted_among(self.counted)),
            }
            self.problems.append(Problem(F_UNIT, self._place(entry), values))

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
            self.readable = False
            return UNKNOWN
        for column in names(formula):
            self.counted |= self._things(column, alone=column == formula.root)
        found, problems = infer(formula, self._unit_of, place=self._place(entry))
        self.problems += problems
        return found

    def _things(self, column: Column, *, alone: bool) -> set[str]:
        """Return what a name counts: by its unit; without one, a whole number is named for what it counts.

        An answer that is taken as it is (`alone`) may be an average already: its label says over what.
        """
        table = column.table or self.indicator.entity
        if not column.table and column.name in self.catalogue.tables:
            return things_of(column.name.replace("_", " "))
        question = self.catalogue.questions.get(table, {}).get(column.name)
        found = set() if table == self.indicator.entity else things_of(table.replace("_", " "))
        if question is None:
            self.readable &= (table, column.name) in self.known
            return found
        named = column.name.replace("_", " ") if question.type == "integer" else ""
        over = question.label.en.lower() if alone else ""
        return found | things_of(question.unit or named) | things_of(over)

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
                "found": f"unit: {unit}, while the formula gives {found.shown()}",
                "expected": f"a unit that follows from the parts: {found.shown()}",
            }
            self.problems.append(Problem(F_UNIT, self._place(entry), values))
        return found if declared.dimension is None else declared


def measure_of_question(question: Question) -> Measure:
    """Return what an answer is measured in: a yes is a count, a number says its unit or nothing."""
    if question.type == "yes_no":
        return COUNT
    if question.type in ("integer", "number"):
        return measure_of(question.unit, per=question.per)
    return UNKNOWN


def _unit_of_use(use: Use, indicator: Indicator, catalogue: Catalogue) -> str:
    if isinstance(use, UseParameter):
        return catalogue.parameters[use.parameter].unit if use.parameter in catalogue.parameters else ""
    if isinstance(use, UseIndicator):
        return catalogue.indicators[use.indicator].unit if use.indicator in catalogue.indicators else ""
    question = catalogue.questions.get(indicator.entity, {}).get(use.question)
    return "" if question is None else question.unit


_UNKNOWN = Text(
    "where no unit is known as", "aucune unité connue sous le nom de", "no se conoce ninguna unidad como"
)
_UNCOUNTED = Text(
    "while nothing in the formula counts",
    "mais rien dans la formule ne compte",
    "pero nada en la fórmula cuenta",
)


def _told(unit: str, words: Sequence[str], what: Text) -> Text:
    listed = ", ".join(words)
    return Text(*(f"unit: {unit}, {what.in_(language)} {listed}" for language in LANGUAGES))


def _words_expected(unknown: Sequence[str]) -> Text:
    hint = did_you_mean(unknown[0], WORDS)
    return Text(
        f"words of units that are known{hint}; a question or a parameter with its `unit` makes a word known",
        f"des mots d'unités connus{hint} ; l'`unit` d'une question ou d'un paramètre fait connaître un mot",
        f"palabras de unidades conocidas{hint}; la `unit` de una pregunta o parámetro da a conocer otras",
    )


def _below_expected(counted: Sequence[str]) -> Text:
    listed = ", ".join(counted)
    return Text(
        f"below the line, what the formula counts: {listed}",
        f"sous la barre, ce que la formule compte : {listed}",
        f"bajo la barra, lo que la fórmula cuenta: {listed}",
    )


def _measure_of_use(use: Use, indicator: Indicator, catalogue: Catalogue) -> Measure:
    if isinstance(use, UseParameter):
        parameter = catalogue.parameters.get(use.parameter)
        return UNKNOWN if parameter is None else measure_of(parameter.unit)
    if isinstance(use, UseIndicator):
        used = catalogue.indicators.get(use.indicator)
        return UNKNOWN if used is None else measure_of(used.unit, per=used.per)
    question = catalogue.questions.get(indicator.entity, {}).get(use.question)
    return UNKNOWN if question is None else measure_of_question(question)
