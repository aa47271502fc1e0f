"""What methods that compare before and after share: which rows are which, and units seen on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Option, Request, is_column
from mande.impact.observations import BoolArray, FloatArray, IntArray, Observations
from mande.impact.waves import wave_label


def _is_pair(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        return False
    return wave_label(value[0]) != wave_label(value[1])


PERIOD_OPTIONS: Mapping[str, Option] = {
    "periods": Option(None, _is_pair, "two different waves, as (before, after)"),
    "post": Option(None, is_column, "the 0/1 column of rows after the programme began", column="numbers"),
}
"""Options that say which rows are before and which after."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Rows of the two sides: `after` is True where a row is after. Without problems, both have a name."""

    data: Observations
    after: BoolArray
    before_name: str = "before"
    after_name: str = "after"
    problems: tuple[Problem, ...] = ()

    @property
    def note(self) -> str:
        """The span compared, as a sentence."""
        return f"Change from {self.before_name} to {self.after_name}."


def when(request: Request) -> str:
    """Return what tells before from after, as terms name it."""
    return str(request.time or request.options["post"])


def read_sides(request: Request, data: Observations) -> Sides:
    """Return the rows before and after, by `post` where it is named, else by the two waves."""
    post = request.options["post"]
    if post is not None:
        return _by_post(request, data, str(post))
    if data.time is None:
        expected = "the wave of each row; or post=, the 0/1 column of rows after"
        missing = codes.problem(codes.ARGUMENT, argument="time", expected=expected)
        return Sides(data, np.zeros(len(data), dtype=bool), problems=(missing,))
    if problems := _wave_problems(request, data):
        return Sides(data, np.zeros(len(data), dtype=bool), problems=tuple(problems))
    before, after = _waves(request, data)
    chosen = [data.waves.index(before), data.waves.index(after)]
    data = data.keep(np.isin(data.time, chosen), f"{request.time} not {before} or {after}")
    if data.time is None:
        raise TypeError("rows keep their waves")
    return Sides(data, np.asarray(data.time == data.waves.index(after)), before, after)


def _by_post(request: Request, data: Observations, post: str) -> Sides:
    values = data.extra[post]
    problems = []
    if request.options["periods"] is not None:
        expected = "periods= or post=, not both"
        problems.append(codes.problem(codes.VALUE, argument="post", found=post, expected=expected))
    if not np.isin(values, (0.0, 1.0)).all():
        expected = "0 before and 1 after"
        problems.append(codes.problem(codes.PERIODS, column=post, found="other values", expected=expected))
    return Sides(data, values == 1, f"{post} 0", f"{post} 1", tuple(problems))


def _waves(request: Request, data: Observations) -> tuple[str, str]:
    chosen = request.options["periods"] or data.waves
    return wave_label(chosen[0]), wave_label(chosen[1])


def _wave_problems(request: Request, data: Observations) -> list[Problem]:
    waves, time = ", ".join(data.waves) or "none", str(request.time)
    if request.options["periods"] is None:
        if len(data.waves) != 2:
            expected = "two waves, or two of them named"
            return [codes.problem(codes.PERIODS, column=time, found=f"the waves {waves}", expected=expected)]
        if not data.wave_order_known:
            return [codes.problem(codes.ORDER, column=time, found=waves)]
        return []
    absent = [wave for wave in _waves(request, data) if wave not in data.waves]
    if not absent:
        return []
    expected, found = f"two of the waves with data: {waves}", "no row left for " + " and ".join(absent)
    return [codes.problem(codes.PERIODS, column=time, found=found, expected=expected)]


def arm_problems(request: Request, data: Observations, *, exclusive: bool = False) -> list[Problem]:
    """Return a problem for each arm that is no 0/1 column or changes within units.

    With `exclusive`, rows in several arms at once are a problem too.
    """
    problems = []
    for name, values in zip(request.arms, data.arms.T, strict=True):
        others = values[~np.isin(values, (0.0, 1.0))]
        if len(others):
            expected = "1 for the treated group, 0 for the comparison group"
            found = f"values such as {others[0]:g}"
            problems.append(codes.problem(codes.TREATED, column=name, found=found, expected=expected))
        elif data.unit is not None:
            problems += _changing(name, data.unit, values)
    n_several = int((data.arms.sum(axis=1) > 1).sum())
    if exclusive and not problems and n_several:
        expected = "at most one arm for each row"
        found = f"{n_several} rows in several arms"
        column = ", ".join(request.arms)
        problems.append(codes.problem(codes.TREATED, column=column, found=found, expected=expected))
    return problems


def _changing(name: str, unit: IntArray, values: FloatArray) -> list[Problem]:
    pairs = np.unique(np.column_stack([unit, values]), axis=0)
    _, counts = np.unique(pairs[:, 0], return_counts=True)
    changing = int((counts > 1).sum())
    if not changing:
        return []
    found = f"{changing} of {len(counts)} units change between 0 and 1"
    expected = "one value per unit: the group it belongs to, not whether it was treated in that wave"
    return [codes.problem(codes.TREATED, column=name, found=found, expected=expected)]


def link_units(request: Request, sides: Sides) -> tuple[Sides, IntArray, IntArray]:
    """Return the rows of units seen on both sides, and for each unit its row before and its row after."""
    data = sides.data
    if data.unit is None:
        raise TypeError("units are needed to link rows")
    keys = data.unit * 2 + sides.after
    unique, counts = np.unique(keys, return_counts=True)
    problems = list(sides.problems)
    if n_repeated := int((counts > 1).sum()):
        found = f"{n_repeated} units with several rows on one side"
        expected = "one row before and one after for each unit, or no unit"
        place = when(request)
        problems.append(codes.problem(codes.PERIODS, column=place, found=found, expected=expected))
    seen, n_sides = np.unique(unique // 2, return_counts=True)
    both = np.isin(data.unit, seen[n_sides == 2])
    kept = data.keep(both, "unit without data in the other wave")
    after = sides.after[both]
    linked = Sides(kept, after, sides.before_name, sides.after_name, tuple(problems))
    if n_repeated:
        return linked, np.empty(0, np.intp), np.empty(0, np.intp)
    return linked, np.flatnonzero(~after), np.flatnonzero(after)


def cell_problems(
    cells: Mapping[str, BoolArray], data: Observations, request: Request, *, column: str = ""
) -> list[Problem]:
    """Return a problem where one of the groups that are compared has no rows."""
    empty = [name for name, mask in cells.items() if not mask.any()]
    if not empty:
        return []
    found = "no rows in " + ", ".join(empty)
    expected, dropped = ", ".join(cells), data.dropped_text()
    place = column or str(request.treated)
    return [codes.problem(codes.CELL, column=place, found=found, expected=expected, dropped=dropped)]


def weights_before(
    data: Observations, before: IntArray, after: IntArray
) -> tuple[FloatArray | None, list[str]]:
    """Return the weights before, and a note where they differ from those after."""
    if data.weights is None:
        return None, []
    notes = []
    if not np.array_equal(data.weights[before], data.weights[after]):
        notes.append("Weights differ between the waves; those before the programme are used.")
    return data.weights[before], notes
