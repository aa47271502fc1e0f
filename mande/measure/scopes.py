"""What each formula of an indicator may name, and the formulas read and checked against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mande.catalogue import Catalogue, with_lines
from mande.errors import MandeError, Place, Problem, Text, did_you_mean
from mande.formula import Formula, Kind, Scope, check, names, parse
from mande.formula.problems import F_NAME, F_TYPE
from mande.measure.entries import check_entries, check_statistics
from mande.measure.problems import F_CIRCLE, F_CYCLE, F_ORDER, F_USE
from mande.measure.units import check_units
from mande.schema.indicator import Indicator, Use, UseIndicator, UseParameter, UseQuestion
from mande.schema.kinds import kind_of

RESERVED = ("value", "reason", "reason_code", "imputed")
"""Columns of every result; no part of the entity may carry these names."""

REGISTER = ("arm", "stratum", "cluster", "wave", "region")
"""Columns that the register and the waves bring: results may be told apart by them."""


@dataclass(frozen=True, slots=True)
class Line:
    """The tables on the line through an entity: `above` from its parent to the root, `below` its rosters."""

    entity: str
    above: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables of the line."""
        return (self.entity, *self.above, *self.below)


@dataclass(frozen=True, slots=True)
class Entry:
    """One formula of an indicator: its place in the definition, the table it belongs to, and its name."""

    path: str
    table: str
    name: str
    formula: Formula
    kind: Kind


def line_through(catalogue: Catalogue, entity: str) -> Line:
    """Return the tables above and below `entity`; a circle of parents is cut where it closes."""
    above: list[str] = []
    parent = catalogue.tables[entity].parent
    while parent is not None and parent in catalogue.tables and parent not in (*above, entity):
        above.append(parent)
        parent = catalogue.tables[parent].parent
    below: list[str] = []
    level = catalogue.children(entity)
    while level:
        fresh = [name for name in level if name not in (*below, *above, entity)]
        below += fresh
        level = tuple(child for name in fresh for child in catalogue.children(name))
    return Line(entity, tuple(above), tuple(below))


def columns_of(catalogue: Catalogue, table: str) -> dict[str, Kind]:
    """Return the names of a table that formulas may use: its key and its questions that name nobody."""
    entry = catalogue.tables[table]
    keys = [name for name in (entry.key, entry.link) if name is not None]
    questions = catalogue.questions.get(table, {})
    asked = {name: kind_of(question) for name, question in questions.items() if not question.personal}
    return {name: Kind("text") for name in keys} | asked


def place_of(catalogue: Catalogue, indicator: Indicator, entry: str) -> Place:
    """Return the place of one entry of an indicator's definition."""
    file = catalogue.files.get(("indicator", indicator.id), f"indicator {indicator.id}")
    return Place(file=file, question=entry)


class Reader:
    """Reads the formulas of one indicator in order, each in the scope of what stands before it."""

    def __init__(self, indicator: Indicator, catalogue: Catalogue) -> None:
        self.indicator = indicator
        self.catalogue = catalogue
        self.line = line_through(catalogue, indicator.entity)
        self.columns = {table: columns_of(catalogue, table) for table in self.line.tables}
        self.entries: list[Entry] = []
        self.problems: list[Problem] = []
        self.circles: set[frozenset[str]] = set()

    def read(self) -> None:
        """Fill `entries` and `problems`."""
        for alias, use in self.indicator.uses.items():
            table, _, name = alias.rpartition(".")
            self.problems += self._use_problems(alias, use)
            self._add(f"uses.{alias}", table, name, self._used_kind(use))
        for name, text in self.indicator.formulas.items():
            self._formula(f"parts.{name}", name, text)
        value = self.indicator.value
        if self.indicator.where is not None and self._is_condition(self.indicator.where):
            value = f"only_if({self.indicator.where}, {value})"
        self._formula("value", "value", value)
        self.problems += self._named_problems()

    def _is_condition(self, text: str) -> bool:
        """Note what is wrong with `where` by itself, so that the value's own problems stay apart."""
        place = place_of(self.catalogue, self.indicator, "where")
        problems = _condition_problems(text, self.scope(self.line.entity), place)
        self.problems += [told for problem in problems for told in self._in_order(problem)]
        return not problems

    def _used_kind(self, use: Use) -> Kind:
        if not isinstance(use, UseQuestion):
            return Kind("number")
        return columns_of(self.catalogue, self.line.entity).get(use.question, Kind("number"))

    def _problem(self, entry: str, found: str, expected: str) -> None:
        place = place_of(self.catalogue, self.indicator, entry)
        self.problems.append(Problem(F_NAME, place, {"found": found, "expected": expected}))

    def _add(self, entry: str, table: str, name: str, kind: Kind) -> None:
        table = table or self.line.entity
        if table not in (self.line.entity, *self.line.below):
            known = [self.line.entity, *self.line.below]
            self._problem(entry, table, f"one of {', '.join(known)}{did_you_mean(table, known)}")
        elif name in self.columns[table] or (table == self.line.entity and name in RESERVED):
            self._problem(entry, name, f"a name of its own; {name} is taken in {table}")
        else:
            self.columns[table][name] = kind

    def _formula(self, entry: str, dotted: str, text: str) -> None:
        table, _, name = dotted.rpartition(".")
        table = table or self.line.entity
        kind = self._checked(entry, table, name, text) if table in self.line.tables else None
        if entry != "value":
            self._add(entry, table, name, kind or Kind("number"))

    def _checked(self, entry: str, table: str, name: str, text: str) -> Kind | None:
        place = place_of(self.catalogue, self.indicator, entry)
        try:
            formula = parse(text, place=place)
        except MandeError as error:
            self.problems += error.problems
            return None
        kind, problems = check(formula, self.scope(table), place=place)
        self.problems += [told for problem in problems for told in self._in_order(problem)]
        if kind is not None and entry == "value" and kind.type not in ("number", "truth"):
            values = {"found": f"{text}, which is {kind}", "expected": "a number or a condition"}
            self.problems.append(Problem(F_TYPE, place, values))
        if kind is not None:
            self.entries.append(Entry(entry, table, name, formula, kind))
        return kind

    def _in_order(self, problem: Problem) -> list[Problem]:
        """Say of a name that is worked out later that it is, or of a circle that it is one, once."""
        found = str(problem.values.get("found"))
        links = part_links(self.indicator)
        if problem.code is not F_NAME or found not in links:
            return [problem]
        entry = problem.place.question
        circle = _circle_through(entry.removeprefix("parts."), found, links) if entry != "where" else ()
        if not circle:
            expected = _VALUE_LATER if found == "value" else _above(found)
            return [Problem(F_ORDER, problem.place, {"found": found, "expected": expected})]
        if frozenset(circle) in self.circles:
            return []
        self.circles.add(frozenset(circle))
        return [Problem(F_CIRCLE, problem.place, {"found": " -> ".join(circle)})]

    def scope(self, table: str) -> Scope:
        """Return the scope of a formula that belongs to the rows of `table`."""
        chain = line_through(self.catalogue, table)
        seen = {name: columns for name, columns in self.columns.items() if name in chain.tables}
        return Scope(
            own=self.columns[self.line.entity],
            columns={name: columns for name, columns in seen.items() if name != self.line.entity},
            open=frozenset({table, *chain.above}),
            rosters=frozenset(chain.below),
        )

    def _named_problems(self) -> Iterator[Problem]:
        """Yield a problem for each name outside formulas that stands for nothing."""
        for table in self.indicator.missing:
            yield from self._unknown(f"missing.{table}", table, self.line.tables)
        own = self.columns[self.line.entity]
        file = place_of(self.catalogue, self.indicator, "").file
        yield from check_statistics(self.indicator, own, file=file)
        dotted = [f"{table}.{name}" for table in self.line.above for name in self.columns[table]]
        for number, name in enumerate(self.indicator.disaggregate):
            yield from self._unknown(
                f"disaggregate[{number}]", name, list(dict.fromkeys([*REGISTER, *own, *dotted]))
            )

    def _unknown(self, entry: str, name: str, known: tuple[str, ...] | list[str]) -> Iterator[Problem]:
        if name not in known:
            expected = f"one of {', '.join(known[:40])}{did_you_mean(name, known)}"
            place = place_of(self.catalogue, self.indicator, entry)
            yield Problem(F_NAME, place, {"found": name, "expected": expected})

    def _use_problems(self, alias: str, use: Use) -> Iterator[Problem]:
        place = place_of(self.catalogue, self.indicator, f"uses.{alias}")
        if isinstance(use, UseParameter):
            yield from self._parameter_problems(alias, use, place)
        elif isinstance(use, UseIndicator):
            yield from self._indicator_problems(alias, use, place)
        else:
            known = sorted(columns_of(self.catalogue, self.line.entity))
            yield from self._unknown(f"uses.{alias}", use.question, known)
            if "." in alias:
                values = {"found": alias, "expected": f"a name of {self.indicator.entity}, without a dot"}
                yield Problem(F_USE, place, values)

    def _parameter_problems(self, alias: str, use: UseParameter, place: Place) -> Iterator[Problem]:
        parameter = self.catalogue.parameters.get(use.parameter)
        if parameter is None:
            yield from self._unknown(f"uses.{alias}", use.parameter, sorted(self.catalogue.parameters))
            return
        if sorted(parameter.by) != sorted([*use.by, *use.where]):
            expected = f"by: [{', '.join(parameter.by)}], like the parameter {parameter.id}"
            yield Problem(F_USE, place, {"found": f"by: [{', '.join(use.by)}]", "expected": expected})
        table = alias.rpartition(".")[0] or self.line.entity
        columns = self.columns.get(table, {})
        for name in use.by:
            yield from self._unknown(f"uses.{alias}.by", name, sorted(columns))
        if use.at is not None:
            dates = sorted(name for name, kind in columns.items() if kind.type == "date")
            yield from self._unknown(f"uses.{alias}.at", use.at, dates)

    def _indicator_problems(self, alias: str, use: UseIndicator, place: Place) -> Iterator[Problem]:
        used = self.catalogue.indicators.get(use.indicator)
        if used is None:
            yield from self._unknown(f"uses.{alias}", use.indicator, sorted(self.catalogue.indicators))
            return
        if used.version != use.version:
            values = {"found": f"version {use.version} of {used.id}", "expected": f"version: {used.version}"}
            yield Problem(F_USE, place, values)
        if used.entity != self.indicator.entity or "." in alias:
            expected = f"an indicator of {self.indicator.entity}, under a name without a dot"
            values = {"found": f"{alias}: {used.id} of {used.entity}", "expected": expected}
            yield Problem(F_USE, place, values)
        circle = circle_of(used.id, self.catalogue.indicators)
        if circle:
            yield Problem(F_CYCLE, place, {"found": " -> ".join(circle)})


def part_links(indicator: Indicator) -> dict[str, tuple[str, ...]]:
    """Return, for the value and each part, the parts (or the value) that its formula names."""
    formulas = {**indicator.formulas, "value": indicator.value}
    links = {}
    for name, text in formulas.items():
        try:
            columns = names(parse(text))
        except MandeError:
            columns = frozenset()
        named = sorted(f"{c.table}.{c.name}" if c.table else c.name for c in columns)
        links[name] = tuple(other for other in named if other in formulas)
    return links


def _circle_through(start: str, first: str, links: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return a shortest way from `start` over `first` back to `start`, or an empty tuple."""
    ways: list[tuple[str, ...]] = [(start, first)]
    seen = {first}
    for way in ways:  # grows while it is read: nearest first
        if way[-1] == start:
            return way
        fresh = [name for name in links.get(way[-1], ()) if name not in seen]
        seen.update(fresh)
        ways += [(*way, name) for name in fresh]
    return ()


_VALUE_LATER = Text(
    "answers and parts: `where` is judged before there is a value",
    "des réponses et des parties : `where` est jugé avant qu'il y ait une valeur",
    "respuestas y partes: `where` se juzga antes de que haya un valor",
)


def _above(name: str) -> Text:
    return Text(
        f"a part that stands above; {name} stands further down",
        f"une partie placée plus haut ; {name} est placée plus bas",
        f"una parte que está más arriba; {name} está más abajo",
    )


def circle_of(start: str, indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """Return a circle of uses that can be reached from `start`, or an empty tuple."""
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in finished or name not in indicators:
            return ()
        uses = indicators[name].uses.values()
        for use in uses:
            found = visit(use.indicator, (*path, name)) if isinstance(use, UseIndicator) else ()
            if found:
                return found
        finished.add(name)
        return ()

    return visit(start, ())


def check_formulas(catalogue: Catalogue) -> list[Problem]:
    """Return every problem of every formula of the catalogue, with file and entry.

    Indicators' parts, values, uses and statistics, and the `when` of questions.
    """
    problems: list[Problem] = []
    for indicator in catalogue.indicators.values():
        if indicator.entity not in catalogue.tables:  # its names cannot be judged, how it is written can
            problems += _written_wrong(indicator, catalogue)
            continue
        reader = Reader(indicator, catalogue)
        reader.read()
        problems += reader.problems
    problems += check_units(catalogue)
    for table, questions in catalogue.questions.items():
        scope = Scope(own=columns_of(catalogue, table)) if table in catalogue.tables else Scope(own={})
        for name, question in questions.items():
            if question.when is not None:
                file = catalogue.files.get((f"question of {table}", name), table)
                problems += _condition_problems(
                    question.when, scope, Place(file=file, question=f"{name}.when")
                )
    return with_lines(problems)


def _written_wrong(indicator: Indicator, catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with formulas and statistics whatever the names in them stand for."""
    texts = {f"parts.{name}": text for name, text in indicator.formulas.items()}
    texts |= {} if indicator.where is None else {"where": indicator.where}
    for entry, text in {**texts, "value": indicator.value}.items():
        try:
            parse(text, place=place_of(catalogue, indicator, entry))
        except MandeError as error:
            yield from error.problems
    yield from check_entries(indicator, file=place_of(catalogue, indicator, "").file)


def _condition_problems(text: str, scope: Scope, place: Place) -> list[Problem]:
    try:
        kind, problems = check(parse(text, place=place), scope, place=place)
    except MandeError as error:
        return list(error.problems)
    if kind is not None and kind.type != "truth":
        problems.append(
            Problem(F_TYPE, place, {"found": f"{text}, which is {kind}", "expected": "a condition"})
        )
    return problems
