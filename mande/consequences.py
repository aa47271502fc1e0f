"""Tell what is wrong with definitions from what only follows from another fault of theirs.

Where an entry does not fit the schema an empty one stands in for it (`mande.schema.lenient`), so that the
rest of the library is checked in the same run. What a later check says of the stand-in is no finding: it
would send the reader after a fault that goes away when the first is mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from mande.errors import Problem
from mande.schema.indicator import Indicator
from mande.schema.problems import D_SCHEMA, D_YAML
from mande.schema.question import Question
from mande.schema.rule import Rule


class Definitions(Protocol):
    """What of a catalogue is looked at."""

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """Indicators by id."""

    @property
    def questions(self) -> Mapping[str, Mapping[str, Question]]:
        """Questions by table, then by id."""

    @property
    def rules(self) -> Mapping[str, Mapping[str, Rule]]:
        """Rules by table, then by id."""

    @property
    def files(self) -> Mapping[tuple[str, str], str]:
        """The file of each definition, by kind and id."""


Steps = tuple[str, ...]

_NAMES = ("D-NAME", "F-NAME")
_OF_KINDS = ("F-UNIT", "F-KIND", "F-CHOICE", "F-AGGREGATE", "F-USE", "F-STATISTIC")
"""Problems that depend on what a name holds, wherever it is defined."""
_SETS_UNITS = (("unit",), ("per",))
_DESCRIBES = (
    *("id", "version", "set", "domain", "label", "description", "translations", "recall", "direction"),
    *("plausible", "winsorise", "statistics", "weigh_by", "scale", "disaggregate", "sensitivity", "source"),
    *("verified", "pitfalls", "upgrading", "theme", "catalogue_code", "maps", "examples"),
)
"""Entries of an indicator that its value, and so its examples, do not depend on."""


def steps_of(problem: Problem) -> Steps:
    """Return the path of a problem's entry in its file, without the heading of its list.

    Examples
    --------
    >>> from mande.errors import Place
    >>> steps_of(Problem(D_SCHEMA, Place(file="a.yaml", question="questions.kg.type")))
    ('kg', 'type')
    >>> steps_of(Problem(D_SCHEMA, Place(file="a.yaml", question="examples[1]")))
    ('examples', '1')
    """
    found = tuple(re.findall(r"[^.\[\]]+", problem.place.question or ""))
    if found == ("the whole file",):
        return ()
    return found[1:] if found[0:1] in (("questions",), ("rules",)) and len(found) > 1 else found


class Consequences:
    """What cannot be relied on in a catalogue, by the problems of reading it."""

    def __init__(self, problems: Iterable[Problem], catalogue: Definitions) -> None:
        self.catalogue = catalogue
        self.faulty: dict[str, list[Steps]] = {}
        self.unread: set[str] = set()
        for problem in problems:
            if problem.code is D_YAML or (problem.code is D_SCHEMA and steps_of(problem) in _WHOLE):
                self.unread |= _names_in(Path(problem.place.file))
            if problem.code is D_SCHEMA and "usable" not in problem.values:
                self.faulty.setdefault(problem.place.file, []).append(steps_of(problem))
        self.uncertain = frozenset(self._uncertain())
        self._named = {
            catalogue.files["indicator", name]: entry for name, entry in catalogue.indicators.items()
        }

    def _uncertain(self) -> Iterator[str]:
        """Yield the questions, parameters, tables and indicators that are not wholly what the file says."""
        yield from self.unread
        for (_, name), file in self.catalogue.files.items():
            for steps in self.faulty.get(file, ()):
                if Path(file).stem == name or steps[:1] == (name,):
                    yield name

    def left_out(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the problems without those that only follow from another."""
        return [problem for problem in problems if not self.follows(problem)]

    def follows(self, problem: Problem) -> bool:
        """Return whether a problem is, or may be, only about a stand-in or a file that was not read."""
        if problem.code in (D_SCHEMA, D_YAML):
            return False
        steps, here = steps_of(problem), self.faulty.get(problem.place.file, [])
        if any(_one_in_the_other(steps, fault) for fault in here):
            return True
        if problem.code.id in _NAMES:
            return not self.unread.isdisjoint(re.findall(r"[a-z][a-z0-9_]*", problem.found()))
        if problem.code.id == "F-UNIT" and any(fault[:1] in _SETS_UNITS for fault in here):
            return True
        return problem.code.id in _OF_KINDS and self._leans_on_uncertain(problem.place.file, steps)

    def _leans_on_uncertain(self, file: str, steps: Steps) -> bool:
        indicator = self._named.get(file)
        if indicator is not None:
            own = {one[1] for one in self.faulty.get(file, ()) if one[:1] in _OWN_NAMES and len(one) > 1}
            return not (self.uncertain | own).isdisjoint(_words(indicator))
        return not self.uncertain.isdisjoint(self._conditions(steps[0] if steps else ""))

    def _conditions(self, name: str) -> set[str]:
        """Return the words of the conditions and rules of that name."""
        rules = (book[name].rule for book in self.catalogue.rules.values() if name in book)
        asked = (known[name].when for known in self.catalogue.questions.values() if name in known)
        return {word for text in (*rules, *asked) if text for word in re.findall(r"[a-z][a-z0-9_]*", text)}

    def can_be_worked_out(self, indicator: Indicator, problems: Iterable[Problem]) -> bool:
        """Return whether an indicator's examples tell something: nothing its value needs is at fault."""
        if not (self.uncertain - {indicator.id}).isdisjoint(_words(indicator)):
            return False
        return all(
            problem.code.id in _WORKED_OUT or "usable" in problem.values or steps_of(problem)[:1] in _BESIDE
            for problem in problems
        )


_WHOLE: tuple[Steps, ...] = ((), ("questions",), ("rules",))
_OWN_NAMES = (("parts",), ("uses",))
_BESIDE = tuple((name,) for name in _DESCRIBES)
_WORKED_OUT = ("F-UNIT", "D-PLACE", "D-TWICE")
"""Problems of definitions whose formulas can be worked out all the same."""


def _one_in_the_other(one: Steps, other: Steps) -> bool:
    return one[: len(other)] == other or other[: len(one)] == one


def _words(indicator: Indicator) -> set[str]:
    """Return every name an indicator's value may depend on."""
    texts = [indicator.value, indicator.where or "", indicator.entity, *indicator.parts]
    texts += [*indicator.formulas.values(), str(indicator.statistics), str(indicator.uses)]
    return {word for text in texts for word in re.findall(r"[a-z][a-z0-9_]*", text)}


def _names_in(path: Path) -> set[str]:
    """Return what a file that cannot be read may define: its own name, or whatever looks like a key."""
    if path.parent.name != "_questions" and path.name != "_tables.yaml":
        return {path.stem}
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return {path.stem, *re.findall(r"^\s*([a-z][a-z0-9_]*):", text, flags=re.MULTILINE)}
