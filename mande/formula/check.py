"""Names and kinds of a formula, checked against the tables it may use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mande.errors import Code, Place, Problem, did_you_mean
from mande.formula.language import AGGREGATES, FUNCTIONS, Type, Wanted
from mande.formula.problems import F_AGGREGATE, F_CHOICE, F_NAME, F_TYPE
from mande.formula.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Column,
    Compare,
    Formula,
    Logic,
    Member,
    Negate,
    Node,
    Not,
    Number,
    Truth,
    Words,
    render,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a name holds; `choices` are the codes of a question with choices."""

    type: Type
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return {"truth": "a yes/no value", "codes": "several choices"}.get(self.type, f"a {self.type}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a formula may name.

    Attributes
    ----------
    own : bare names with their kinds.
    columns : dotted names by table, for every table on the entity's line.
    open : tables whose dotted names stand for one value (the formula's own row or a row above it).
    rosters : tables below, whose names stand only inside an aggregate.
    """

    own: Mapping[str, Kind]
    columns: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    rosters: frozenset[str] = frozenset()


NUMBER, TRUTH, TEXT = Kind("number"), Kind("truth"), Kind("text")

_WANTED: Mapping[Wanted, str] = {
    "number": "a number",
    "truth": "a condition (yes or no)",
    "number or truth": "a number or a condition (yes or no)",
    "number or text": "a number or a text",
    "date": "a date",
    "codes": "a question with several choices",
}


def check(formula: Formula, scope: Scope, *, place: Place | None = None) -> tuple[Kind | None, list[Problem]]:
    """Return the kind of a formula's value and every problem of its names and kinds.

    The kind is None where a problem leaves it open.

    Examples
    --------
    >>> from mande.formula import parse
    >>> kind, problems = check(parse("area_ha + naem"), Scope(own={"area_ha": NUMBER, "name": TEXT}))
    >>> [problem.code.id for problem in problems], problems[0].expected()
    (['F-NAME'], 'one of area_ha, name (did you mean name?)')
    """
    checker = _Checker(scope, place or Place())
    return checker.kind(formula.root), checker.problems


class _Checker:
    def __init__(self, scope: Scope, place: Place) -> None:
        self.scope = scope
        self.place = place
        self.problems: list[Problem] = []
        self.inside = ""  # the roster of the aggregate being read

    def problem(self, code: Code, found: str, expected: str) -> None:
        self.problems.append(Problem(code, self.place, {"found": found, "expected": expected}))

    def kind(self, node: Node) -> Kind | None:  # noqa: C901 - one case for each kind of node
        match node:
            case Number():
                return NUMBER
            case Words():
                return TEXT
            case Truth():
                return TRUTH
            case Column():
                return self._column(node)
            case Aggregate():
                return self._aggregate(node)
            case Call():
                return self._call(node)
            case Choose(condition, yes, no):
                self._want(condition, "truth")
                return self._alike(node, (yes, no))
            case Compare() | Member():
                self._comparison(node)
                return TRUTH
            case Not(operand):
                self._want(operand, "truth")
                return TRUTH
            case Logic(_, operands):
                for operand in operands:
                    self._want(operand, "truth")
                return TRUTH
            case Negate(operand):
                self._want(operand, "number")
                return NUMBER
            case Arithmetic(_, left, right):
                self._want(left, "number")
                self._want(right, "number")
                return NUMBER

    def _want(self, node: Node, wanted: Wanted) -> None:
        kind = self.kind(node)
        if kind is not None and wanted != "any" and kind.type not in wanted.split(" or "):
            self.problem(F_TYPE, f"{render(node)}, which is {kind}", _WANTED[wanted])

    def _column(self, node: Column) -> Kind | None:
        if not node.table:
            return self._known(node, self.scope.own, node.name)
        if node.table not in self.scope.columns:
            known = sorted(self.scope.columns)
            listed = f"a table of this line: {', '.join(known)}" if known else "a name without a dot"
            self.problem(F_NAME, render(node), listed + did_you_mean(node.table, known))
            return None
        if node.table in self.scope.rosters and node.table != self.inside:
            expected = f"{render(node)} inside an aggregate, for example sum({render(node)})"
            self.problem(F_AGGREGATE, render(node), expected)
            return None
        return self._known(node, self.scope.columns[node.table], node.name)

    def _known(self, node: Column, known: Mapping[str, Kind], name: str) -> Kind | None:
        if name not in known:
            dotted = [f"{table}.{name}" for table, columns in self.scope.columns.items() if name in columns]
            near = did_you_mean(name, known) or (f" (did you mean {' or '.join(dotted)}?)" if dotted else "")
            listed = ", ".join(sorted(known)[:40]) or "no names here"
            self.problem(F_NAME, render(node), f"one of {listed}{near}")
        return known.get(name)

    def _aggregate(self, node: Aggregate) -> Kind | None:
        if node.table not in self.scope.rosters:
            rosters = sorted(self.scope.rosters)
            listed = (
                f"one of the rosters {', '.join(rosters)}" if rosters else "no aggregate: no roster is below"
            )
            code = F_NAME if node.table not in self.scope.columns else F_AGGREGATE
            self.problem(code, f"{node.table} in {render(node)}", listed + did_you_mean(node.table, rosters))
            return None
        function = AGGREGATES[node.function]
        if node.argument is not None:
            self.inside = node.table
            self._want(node.argument, function.takes)
            if node.by is not None:
                self._want(node.by, function.by or "any")
            self.inside = ""
        return Kind(function.gives or "number")

    def _call(self, node: Call) -> Kind | None:
        function = FUNCTIONS[node.function]
        if node.function == "includes":
            return self._includes(node)
        if node.function == "only_if":
            self._want(node.arguments[0], "truth")
            return self._alike(node, node.arguments[1:])
        if node.function == "if_missing":
            return self._alike(node, node.arguments)
        for argument in node.arguments:
            self._want(argument, function.takes)
        return Kind(function.gives or "number")

    def _includes(self, node: Call) -> Kind:
        question, code = node.arguments
        self._want(question, "codes")
        if isinstance(question, Column) and isinstance(code, Words):
            self._choices(question, (code.value,))
        return TRUTH

    def _alike(self, node: Node, values: Sequence[Node]) -> Kind | None:
        kinds = [self.kind(value) for value in values]
        found = {kind.type for kind in kinds if kind is not None}
        if len(found) > 1:
            self.problem(F_TYPE, render(node), f"values of one kind; found {' and '.join(sorted(found))}")
            return None
        return Kind(found.pop()) if found else None

    def _comparison(self, node: Compare | Member) -> None:
        sides: tuple[Node, ...]
        sides = (node.operand, *node.options) if isinstance(node, Member) else (node.left, node.right)
        ticked = [kind for kind in map(self._silent, sides) if kind is not None and kind.type == "codes"]
        if ticked:
            self.problem(F_TYPE, render(node), "includes(question, 'code'), as several may be ticked")
            return
        kind = self._alike(node, sides)
        ordered = isinstance(node, Compare) and node.sign not in ("==", "!=")
        if kind is not None and ordered and kind.type not in ("number", "date"):
            self.problem(F_TYPE, render(node), f"== or !=: {kind} has no order")
        codes = tuple(side.value for side in sides if isinstance(side, Words))
        for column in (side for side in sides if isinstance(side, Column)):
            self._choices(column, codes)

    def _choices(self, column: Column, codes: Sequence[str]) -> None:
        kind = self._silent(column)
        choices = kind.choices if kind is not None else ()
        for code in codes if choices else ():
            if code not in choices:
                near = did_you_mean(code, choices)
                self.problem(F_CHOICE, f"{code!r} for {render(column)}", f"one of {', '.join(choices)}{near}")

    def _silent(self, column: Node) -> Kind | None:
        """Return what a name holds, without a problem where it is unknown."""
        if not isinstance(column, Column):
            return None
        known = self.scope.columns.get(column.table, {}) if column.table else self.scope.own
        return known.get(column.name)
