"""Load all definitions, check them against each other, hand out one immutable catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from mande import yaml12
from mande.consequences import Consequences
from mande.errors import MandeError, Place, Problem, Severity, Text, did_you_mean, raise_errors
from mande.formula import names
from mande.formula import parse as read_formula
from mande.schema.common import Definition, Label
from mande.schema.indicator import Indicator, UseIndicator, UseParameter
from mande.schema.lenient import Fault, read_leniently
from mande.schema.parameter import Parameter
from mande.schema.problems import (
    D_CIRCLE,
    D_NAME,
    D_PLACE,
    D_SCHEMA,
    D_TAKEN,
    D_TRANSLATION,
    D_TWICE,
    D_YAML,
)
from mande.schema.programme import Programme
from mande.schema.question import Question, QuestionFile, Table
from mande.schema.rule import Rule, RuleFile

Model = TypeVar("Model", bound=Definition)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All definitions, by id. `questions` and `rules` are by table, then by id.

    `groups` are the question files in the order they were read: the groups of a questionnaire.
    `files` says where a definition stands, by its kind and id: `("indicator", "net_farm_income")`,
    `("question of households", "hh_size")`. `kept` is for what others work out of the definitions, which
    never change: plans, say.
    """

    tables: Mapping[str, Table]
    questions: Mapping[str, Mapping[str, Question]]
    indicators: Mapping[str, Indicator]
    parameters: Mapping[str, Parameter]
    groups: tuple[QuestionFile, ...] = ()
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)
    kept: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def children(self, table: str) -> tuple[str, ...]:
        """Return the rosters directly below `table`."""
        return tuple(name for name, entry in self.tables.items() if entry.parent == table)


def read_yaml(path: Path) -> Any:
    """Return the content of one YAML 1.2 file.

    Raises
    ------
    MandeError
        D-YAML with the line where reading stopped; repeated keys and what is not UTF-8 are errors.
    """
    try:
        return yaml12.load(_text_in(path))
    except yaml12.YamlError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        values = {
            "found": str(error.problem),
            "expected": str(error.context or "a mapping of keys and values"),
        }
        raise MandeError([Problem(D_YAML, Place(file=str(path), row=line), values)]) from error


def _text_in(path: Path) -> str:
    """Return a file's text; what is not UTF-8, or no text at all, is told with its line."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong, before = f"0x{content[error.start]:02x}", content[: error.start]
    else:
        control = _CONTROL.search(text)
        if control is None:
            return text
        wrong, before = f"0x{ord(control[0]):02x}", text[: control.start()].encode()
    found = Text(f"the byte {wrong}", f"l'octet {wrong}", f"el byte {wrong}")
    values = {"found": found, "expected": _UTF8}
    raise MandeError([Problem(D_YAML, Place(file=str(path), row=before.count(b"\n") + 1), values)])


_UTF8 = Text("text in UTF-8", "du texte en UTF-8", "texto en UTF-8")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
"""Characters that YAML 1.2 does not allow (5.1), of those that UTF-8 can hold."""


def parse(model: type[Model], content: Any, *, file: str, entry: str = "") -> Model:
    """Return `content`, which stands in `file` (under `entry`), as a checked definition.

    Raises
    ------
    MandeError
        D-SCHEMA, one problem for each entry that does not fit, with its path and line.
    """
    definition, problems = parse_leniently(model, content, file=file, entry=entry)
    raise_errors(problems)
    return definition


def parse_leniently(
    model: type[Model],
    content: Any,
    *,
    file: str,
    entry: str = "",
    stand_ins: Mapping[str, Any] | None = None,
) -> tuple[Model, list[Problem]]:
    """Return what can be used of a definition, for further checks alone, with `parse`'s problems.

    `stand_ins` are values for top-level entries that do not fit, as `read_leniently` takes them.
    """
    definition, faults = read_leniently(model, content, stand_ins)
    return definition, [_schema_problem(fault, file, entry) for fault in faults]


def _schema_problem(fault: Fault, file: str, entry: str) -> Problem:
    path = ".".join(str(part) for part in (*([entry] if entry else []), *fault.path)) or "the whole file"
    short = fault.found if len(fault.found) <= 120 else fault.found[:117] + "..."
    values = {"found": short, "expected": fault.expected}
    if fault.usable:
        values["usable"] = "yes"
    return Problem(D_SCHEMA, Place(file=file, question=path), values)


def load_programme(folder: Path) -> Programme:
    """Return the checked `programme.yaml` of a programme folder.

    Raises
    ------
    MandeError
        D-YAML, D-SCHEMA or D-PLACE.
    """
    path = folder / "programme.yaml"
    programme = parse(Programme, read_yaml(path), file=str(path))
    if programme.id != folder.name:
        values = {"found": programme.id, "expected": f"id: {folder.name}, like the folder"}
        raise MandeError(with_lines([Problem(D_PLACE, Place(file=str(path), question="id"), values)]))
    return programme


class _Loader:
    """Collects definitions and problems over several roots; later roots override earlier ones."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.questions: dict[str, dict[str, Question]] = {}
        self.indicators: dict[str, Indicator] = {}
        self.parameters: dict[str, Parameter] = {}
        self.rules: dict[str, dict[str, Rule]] = {}
        self.files: dict[tuple[str, str], tuple[Path, Path]] = {}
        self.groups: list[QuestionFile] = []
        self.problems: list[Problem] = []

    def load(self, root: Path) -> None:
        for path in sorted(root.rglob("*.yaml")):
            try:
                self._load_file(root, path)
            except MandeError as error:
                self.problems += error.problems

    def _load_file(self, root: Path, path: Path) -> None:
        content = read_yaml(path)
        folder = path.relative_to(root).parts[0]
        named = {"id": path.stem}
        if path.name == "_tables.yaml":
            self._load_tables(content, root, path)
        elif folder == "_questions":
            entry = self._read(QuestionFile, content, path)
            self.groups.append(entry)
            for table in entry.tables:
                known = self.questions.setdefault(table, {})
                for name, question in entry.questions.items():
                    self._add(f"question of {table}", name, question, known, root, path)
        elif folder == "_rules":
            book = self._read(RuleFile, content, path)
            ours = self.rules.setdefault(book.table, {})
            for name, rule in book.rules.items():
                self._add(f"rule of {book.table}", name, rule, ours, root, path)
        elif folder == "_parameters":
            parameter = self._read(Parameter, content, path, named)
            self._named_like_file(parameter.id, path)
            self._add("parameter", parameter.id, parameter, self.parameters, root, path)
        else:
            indicator = self._read(Indicator, content, path, named | {"domain": folder})
            self._add_indicator(indicator, folder, root, path)

    def _load_tables(self, content: Any, root: Path, path: Path) -> None:
        if not isinstance(content, Mapping):
            values = {"found": repr(content), "expected": "a mapping of tables, by name"}
            self.problems.append(Problem(D_SCHEMA, Place(file=str(path), question="the whole file"), values))
            return
        for name, entry in content.items():
            table, problems = parse_leniently(Table, entry, file=str(path), entry=str(name))
            self.problems += problems
            self._add("table", str(name), table, self.tables, root, path)

    def _read(
        self, model: type[Model], content: Any, path: Path, stand_ins: Mapping[str, Any] | None = None
    ) -> Model:
        """Return a definition; what does not fit the schema is told, and the rest is checked too."""
        definition, problems = parse_leniently(model, content, file=str(path), stand_ins=stand_ins)
        self.problems += problems
        return definition

    def _add_indicator(self, indicator: Indicator, folder: str, root: Path, path: Path) -> None:
        self._named_like_file(indicator.id, path)
        if indicator.domain != folder:
            values = {
                "found": f"domain: {indicator.domain}",
                "expected": f"domain: {folder}, like the folder",
            }
            self.problems.append(Problem(D_PLACE, Place(file=str(path), question="domain"), values))
        known = self.indicators.get(indicator.id)
        if known == indicator and self.files["indicator", indicator.id][0] != root:
            return  # the library's own file again, as in a checkout used with an installed package
        twice = known is not None and self.files["indicator", indicator.id][0] == root
        if known is not None and not twice and indicator.version <= known.version:
            values = {
                "id": indicator.id,
                "found": str(indicator.version),
                "version": str(known.version),
                "other": str(self.files["indicator", indicator.id][1]),
            }
            self.problems.append(Problem(D_TAKEN, Place(file=str(path), question="version"), values))
            return
        self._add("indicator", indicator.id, indicator, self.indicators, root, path)
        if twice:
            return
        own = self.questions.setdefault(indicator.entity, {})
        for name, question in indicator.questions.items():
            self._add(f"question of {indicator.entity}", name, question, own, root, path)

    def _named_like_file(self, found: str, path: Path) -> None:
        if found != path.stem:
            values = {"found": f"id: {found}", "expected": f"id: {path.stem}, like the file"}
            self.problems.append(Problem(D_PLACE, Place(file=str(path), question="id"), values))

    def _add(self, kind: str, name: str, value: Any, into: dict[str, Any], root: Path, path: Path) -> None:
        before = self.files.get((kind, name))
        if before is not None and before[0] == root:
            values = {"found": f"{kind} {name}", "other": str(before[1])}
            entry = "id" if kind in ("indicator", "parameter") else name
            self.problems.append(Problem(D_TWICE, Place(file=str(path), question=entry), values))
            return
        self.files[kind, name] = (root, path)
        into[name] = value


def load_catalogue(roots: Sequence[Path]) -> Catalogue:
    """Return the catalogue of all definitions below `roots`, the library's first, a workspace's after.

    Raises
    ------
    MandeError
        All problems of all files at once, with their lines: D-YAML, D-SCHEMA, D-PLACE, D-TAKEN, D-TWICE,
        D-NAME, D-CIRCLE.
    """
    catalogue, problems = read_catalogue(roots)
    raise_errors(problems)
    return catalogue


def read_catalogue(roots: Sequence[Path]) -> tuple[Catalogue, list[Problem]]:
    """Return the definitions that can be read, and every problem of `load_catalogue`, with its line.

    What cannot be read is not in the catalogue; to work with one that has problems is for checks alone.
    """
    loader = _Loader()
    for root in dict.fromkeys(path.resolve() for path in roots):
        if root.is_dir():
            loader.load(root)
    catalogue = Catalogue(
        tables=MappingProxyType(loader.tables),
        questions=MappingProxyType(
            {name: MappingProxyType(entries) for name, entries in loader.questions.items()}
        ),
        indicators=MappingProxyType(dict(sorted(loader.indicators.items()))),
        parameters=MappingProxyType(loader.parameters),
        groups=tuple(loader.groups),
        files=MappingProxyType({name: str(path) for name, (_, path) in loader.files.items()}),
        rules=MappingProxyType({name: MappingProxyType(rules) for name, rules in loader.rules.items()}),
    )
    problems = [*loader.problems, *_cross_check(catalogue, loader.files), *_circles(catalogue)]
    return catalogue, with_lines(Consequences(problems, catalogue).left_out(problems))


def with_lines(problems: Iterable[Problem]) -> list[Problem]:
    """Return the same problems with the line of the entry where a YAML file is named.

    The entry is the dotted path in `Place.question` (`parts.revenue`, `examples[1]`, `hh_size.when`); a
    path that begins with the id of a question or rule is looked up below `questions` or `rules`. Files are
    read only here, so that a library without problems costs nothing.
    """
    texts: dict[str, str] = {}
    return [_with_line(problem, texts) for problem in problems]


def _with_line(problem: Problem, texts: dict[str, str]) -> Problem:
    place = problem.place
    if place.row is not None or not place.question or not place.file.endswith(".yaml"):
        return problem
    if place.file not in texts:
        path = Path(place.file)
        texts[place.file] = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    pieces = re.findall(r"[^.\[\]]+", place.question)
    steps = [int(piece) if piece.isdecimal() else piece for piece in pieces]
    text = texts[place.file]
    lists = ((), ("questions",), ("rules",))
    line = next(filter(None, (yaml12.line_of(text, (*above, *steps)) for above in lists)), None)
    return replace(problem, place=replace(place, row=line)) if line else problem


def translation_problems(catalogue: Catalogue) -> list[Problem]:
    """Return a warning (D-TRANSLATION) for each text that lacks its French or Spanish, with its line.

    Labels, descriptions, hints and choices of indicators, tables, questions, rules and parameters.
    """
    found: dict[tuple[str, str], Problem] = {}
    for (kind, name), definition in _definitions(catalogue):
        file = catalogue.files.get((kind, name), name)
        start = "" if kind in ("indicator", "parameter") else name
        for path, label in _labels(definition, start):
            missing = [word for code, word in _TRANSLATED.items() if not getattr(label, code)]
            if missing:
                values = {"found": label.en, "expected": ", ".join(missing)}
                place = Place(file=file, question=path)
                found[file, path] = Problem(D_TRANSLATION, place, values, Severity.WARNING)
    return with_lines(found.values())


_TRANSLATED = {"fr": "français", "es": "español"}


def _definitions(catalogue: Catalogue) -> Iterator[tuple[tuple[str, str], Definition]]:
    for kind, known in (
        ("table", catalogue.tables),
        ("indicator", catalogue.indicators),
        ("parameter", catalogue.parameters),
        *((f"question of {table}", questions) for table, questions in catalogue.questions.items()),
        *((f"rule of {table}", rules) for table, rules in catalogue.rules.items()),
    ):
        for name, definition in known.items():
            yield (kind, name), definition


def _labels(entry: object, path: str) -> Iterator[tuple[str, Label]]:
    """Yield every label of a definition with its dotted path; an indicator's own questions stand apart."""
    if isinstance(entry, Label):
        yield path, entry
        return
    inner: Iterable[tuple[str, object]] = ()
    if isinstance(entry, Mapping):
        inner = ((str(name), value) for name, value in entry.items())
    elif isinstance(entry, Definition):
        inner = ((name, value) for name, value in entry if name not in ("questions", "examples"))
    for name, value in inner:
        yield from _labels(value, f"{path}.{name}" if path else name)


def _circles(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield a problem for each circle of tables and their parents, and of questions and their conditions."""
    parents = {name: [entry.parent] for name, entry in catalogue.tables.items() if entry.parent}
    for circle in _closed(parents):
        yield _circle(catalogue.files.get(("table", circle[0]), ""), f"{circle[0]}.parent", circle)
    for table, questions in catalogue.questions.items():
        asked = {name: _named_in(entry.when) for name, entry in questions.items() if entry.when}
        for circle in _closed(asked):
            file = catalogue.files.get((f"question of {table}", circle[0]), table)
            yield _circle(file, f"{circle[0]}.when", circle)


def _circle(file: str, entry: str, circle: Sequence[str]) -> Problem:
    return Problem(D_CIRCLE, Place(file=file, question=entry), {"found": " -> ".join([*circle, circle[0]])})


def _closed(links: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Return every circle that following first unvisited links runs into, each once."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = path[path.index(name) :]
            found.setdefault(frozenset(circle), circle)
        elif name not in finished:
            for other in links.get(name, ()):
                visit(other, (*path, name))
            finished.add(name)

    for name in links:
        visit(name, ())
    return list(found.values())


def _named_in(condition: str) -> list[str]:
    """Return the names of a condition; one that cannot be read is left to the checks of formulas."""
    try:
        return sorted(column.name for column in names(read_formula(condition)) if not column.table)
    except MandeError:
        return []


def _cross_check(
    catalogue: Catalogue, files: Mapping[tuple[str, str], tuple[Path, Path]]
) -> Iterator[Problem]:
    """Yield a problem for each name in a definition that no other definition carries.

    Names inside formulas are checked where formulas are planned; here it is tables and uses.
    """
    for name, table in catalogue.tables.items():
        place = Place(file=str(files["table", name][1]), question=name)
        if table.parent is not None:
            yield from _unknown(place, "parent", table.parent, catalogue.tables)
        if table.gate is not None and table.parent in catalogue.tables:
            yield from _unknown(place, "gate", table.gate, catalogue.questions.get(table.parent or "", {}))
    for name in dict.fromkeys(table for group in catalogue.groups for table in group.tables):
        path = next((p for (kind, _), (_, p) in files.items() if kind == f"question of {name}"), Path())
        yield from _unknown(Place(file=str(path), question="table"), "table", name, catalogue.tables)
    for name, parameter in catalogue.parameters.items():
        yield from uplift_problems(parameter, catalogue.parameters, str(files["parameter", name][1]))
    for name, indicator in catalogue.indicators.items():
        place = Place(file=str(files["indicator", name][1]))
        yield from _unknown(place, "entity", indicator.entity, catalogue.tables)
        for alias, use in indicator.uses.items():
            if isinstance(use, UseParameter):
                yield from _unknown(place, f"uses.{alias}.parameter", use.parameter, catalogue.parameters)
            elif isinstance(use, UseIndicator):
                yield from _unknown(place, f"uses.{alias}.indicator", use.indicator, catalogue.indicators)


def uplift_problems(
    parameter: Parameter, parameters: Mapping[str, Parameter], file: str
) -> Iterator[Problem]:
    """Yield D-NAME where the index that uplifts a parameter is unknown or goes by other keys."""
    uplift = parameter.uplift
    if uplift is None:
        return
    place = Place(file=file)
    yield from _unknown(place, "uplift.index", uplift.index, parameters)
    index = parameters.get(uplift.index)
    if index is not None and sorted(index.by) != sorted(uplift.by):
        values = {"found": f"by: {list(uplift.by)}", "expected": f"by: {list(index.by)}, like {index.id}"}
        yield Problem(D_NAME, Place(file=file, question="uplift.by"), values)


def _unknown(place: Place, entry: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    names = sorted(known)
    if name not in names:
        where = Place(file=place.file, question=".".join(part for part in (place.question, entry) if part))
        expected = f"one of {', '.join(names)}{did_you_mean(name, names)}"
        yield Problem(D_NAME, where, {"found": name, "expected": expected})
