"""What an entry under an indicator's `statistics` says: a statistic, its columns and its options.

An entry is the name of a statistic (`mean`), or the name with its columns and options:
`{median: unit_cost}`, `{ratio_of_sums: [revenue, area_ha]}`, `{fgt: {line: poverty_line, order: 1}}`.
Columns are the entity's own: the value, parts, used values, answers, and the keys. The first column of a
statistic is the value where the entry names no other.

The column `period` tells units of the wave asked for (`now`) from those of the baseline (`baseline`):
`{kitagawa: {category: occupation, group: period, high: now, low: baseline}}` splits a change over time. Such
an entry is worked out from both waves, whether or not the same units are in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mande.errors import MandeError, Place, Problem, Text, did_you_mean
from mande.formula import Kind
from mande.measure.problems import F_STATISTIC
from mande.measure.sample import RoleKind
from mande.measure.statistics import Statistic, find, names
from mande.schema.indicator import Indicator

VALUE = "value"
PERIOD, NOW, BASELINE = "period", "now", "baseline"
_FITS: Mapping[RoleKind, tuple[str, ...]] = {
    "number": ("number", "truth"),
    "numbers": ("number", "truth"),
    "text": ("text",),
}


@dataclass(frozen=True, slots=True)
class StatisticEntry:
    """An entry, read.

    Attributes
    ----------
    roles : the column, or the columns, of each role of the statistic.
    options : complete with defaults.
    """

    statistic: Statistic
    roles: Mapping[str, str | tuple[str, ...]]
    options: Mapping[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the entry takes, each once."""
        named = (columns if isinstance(columns, tuple) else (columns,) for columns in self.roles.values())
        return tuple(dict.fromkeys(name for columns in named for name in columns))

    @property
    def over_periods(self) -> bool:
        """Whether it compares the wave with the baseline, and so needs the units of both."""
        return PERIOD in self.columns


def read_entry(entry: str | Mapping[str, Any]) -> StatisticEntry:
    """Return what an entry of `statistics` says.

    Raises
    ------
    MandeError
        F-STATISTIC for every unknown statistic, column or option in it.

    Examples
    --------
    >>> read = read_entry({"fgt": {"line": "poverty_line", "order": 1}})
    >>> read.statistic.name, dict(read.roles), dict(read.options)
    ('fgt', {'value': 'value', 'line': 'poverty_line'}, {'order': 1})
    """
    read, problems = _read(entry, Place(question="statistics"))
    if read is None:
        raise MandeError(problems)
    return read


def columns_named(indicator: Indicator) -> tuple[str, ...]:
    """Return every column that the indicator's statistics and weight take, each once."""
    found = [] if indicator.weigh_by is None else [indicator.weigh_by]
    for entry in indicator.statistics:
        read, _ = _read(entry, Place())
        found += [] if read is None else read.columns
    return tuple(dict.fromkeys(found))


def check_statistics(indicator: Indicator, columns: Mapping[str, Kind], *, file: str = "") -> list[Problem]:
    """Return what is wrong with the indicator's statistics and its weight.

    Parameters
    ----------
    indicator
        Definition to check.
    columns
        The entity's names with their kinds: answers, keys, parts and used values.
    file
        Where the definition stands.
    """
    known = {VALUE: Kind("number"), PERIOD: Kind("text", (NOW, BASELINE)), **columns}
    problems: list[Problem] = []
    for entry in indicator.statistics:
        place = Place(file=file, question=f"statistics.{_name_of(entry)}")
        read, wrong = _read(entry, place)
        problems += wrong if read is None else _column_problems(read, known, place)
    if indicator.weigh_by is not None:
        place = Place(file=file, question="weigh_by")
        problems += _misfit(indicator.weigh_by, "number", known, place)
    return problems


def check_entries(indicator: Indicator, *, file: str = "") -> list[Problem]:
    """Return what is wrong with the indicator's statistics by themselves, whatever its columns are."""
    read = (
        (entry, Place(file=file, question=f"statistics.{_name_of(entry)}")) for entry in indicator.statistics
    )
    return [problem for entry, place in read for problem in _read(entry, place)[1]]


def _name_of(entry: str | Mapping[str, Any]) -> str:
    return entry if isinstance(entry, str) else ", ".join(entry)


def _problem(place: Place, found: object, expected: Text) -> Problem:
    return Problem(F_STATISTIC, place, {"found": str(found), "expected": expected})


def _one_of(known: tuple[str, ...], word: str = "") -> Text:
    listed, hint = ", ".join(known), did_you_mean(word, known)
    return Text(f"one of {listed}{hint}", f"l'un de : {listed}{hint}", f"uno de: {listed}{hint}")


def _read(entry: str | Mapping[str, Any], place: Place) -> tuple[StatisticEntry | None, list[Problem]]:
    """Return the entry read, or None and what is wrong with it."""
    name = _name_of(entry)
    if name not in names():
        return None, [_problem(place, name, _one_of(names(), name))]
    statistic = find(name)
    arguments, problems = _arguments({} if isinstance(entry, str) else entry[name], statistic, place)
    if problems:
        return None, problems
    known = (*statistic.roles, *statistic.options)
    unknown = [argument for argument in arguments if argument not in known]
    problems += [_problem(place, argument, _one_of(known, argument)) for argument in unknown]
    options = {option: arguments.get(option, default) for option, default in statistic.options.items()}
    if not problems:
        problems += _option_problems(statistic, options, place)
    first = next(iter(statistic.roles))
    if statistic.roles[first] != "text":
        arguments = {first: (VALUE,) if statistic.roles[first] == "numbers" else VALUE, **arguments}
    roles: dict[str, str | tuple[str, ...]] = {}
    for role, kind in statistic.roles.items():
        column = arguments.get(role)
        problems += _role_problems(role, kind, column, place)
        roles[role] = tuple(column) if isinstance(column, list | tuple) else str(column)
    return (None, problems) if problems else (StatisticEntry(statistic, roles, options), [])


def _arguments(given: Any, statistic: Statistic, place: Place) -> tuple[dict[str, Any], list[Problem]]:
    """Return what is given by the name of its role or option."""
    roles = tuple(statistic.roles)
    if isinstance(given, Mapping):
        return dict(given), []
    if isinstance(given, str):
        return {roles[0]: [given] if statistic.roles[roles[0]] == "numbers" else given}, []
    if isinstance(given, list | tuple):
        if len(roles) == 1 and statistic.roles[roles[0]] == "numbers":
            return {roles[0]: given}, []
        if len(given) == len(roles):
            return dict(zip(roles, given, strict=True)), []
    listed = ", ".join((*roles, *statistic.options))
    expected = Text(
        f"the columns of {statistic.name}: {listed}",
        f"les colonnes de {statistic.name} : {listed}",
        f"las columnas de {statistic.name}: {listed}",
    )
    return {}, [_problem(place, given, expected)]


def _role_problems(role: str, kind: RoleKind, column: Any, place: Place) -> Iterator[Problem]:
    if kind == "numbers":
        is_named = isinstance(column, list | tuple) and column and all(isinstance(c, str) for c in column)
        if not is_named:
            text = f"{role}: [a, b]"
            expected = Text(f"columns: {text}", f"des colonnes : {text}", f"columnas: {text}")
            yield _problem(place, "-" if column is None else column, expected)
    elif not isinstance(column, str):
        expected = Text(f"the column {role}", f"la colonne {role}", f"la columna {role}")
        yield _problem(place, "-" if column is None else column, expected)


def _option_problems(statistic: Statistic, options: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    wrong = False
    for name, value in options.items():
        default = statistic.options[name]
        if not _is_like(value, default):
            wrong = True
            sort = type(default).__name__
            shown = f"{name}: {default}"
            yield _problem(place, value, Text(f"{sort}: {shown}", f"{sort} : {shown}", f"{sort}: {shown}"))
    expected = "" if wrong else statistic.refuse(options)
    if expected:
        shown = ", ".join(f"{name}: {value}" for name, value in options.items())
        yield _problem(place, shown, Text(expected))


def _is_like(value: Any, default: Any) -> bool:
    """Tell whether a value is of its default's sort; a default of None takes anything."""
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float)
    if isinstance(default, list | tuple):
        return isinstance(value, list | tuple)
    if isinstance(default, Mapping):
        return isinstance(value, Mapping)
    return isinstance(value, type(default))


def _column_problems(read: StatisticEntry, known: Mapping[str, Kind], place: Place) -> Iterator[Problem]:
    for role, columns in read.roles.items():
        for column in columns if isinstance(columns, tuple) else (columns,):
            yield from _misfit(column, read.statistic.roles[role], known, place)


def _misfit(column: str, wanted: RoleKind, known: Mapping[str, Kind], place: Place) -> Iterator[Problem]:
    fitting = tuple(name for name, kind in known.items() if kind.type in _FITS[wanted])
    if column not in fitting:
        yield _problem(place, column, _one_of(fitting, column))
