"""What estimators for staggered starts share: cohorts, who can be used, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Option, Request
from mande.impact.fitting import VARIES_IN_COHORTS as VARIES
from mande.impact.fitting import cluster_problems
from mande.impact.lone import clusters_by_group, lone_groups
from mande.impact.observations import BoolArray, FloatArray, IntArray, Observations
from mande.impact.regressors import dense, n_distinct

ASSUMPTION = (
    "Without the programme, units that start at different times and those that never start would have "
    "changed alike (parallel trends), nobody changed in anticipation, and the programme did not reach "
    "units before their start."
)


def _is_count(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 0


SECTIONS = (
    "Repeated cross-sections: rows of different waves are not linked; cohorts stand where units would, and "
    "who is in them must not change."
)
AGGREGATIONS = ("simple", "dynamic", "group", "calendar")
ANTICIPATION = Option(0, _is_count, "how many waves before the start effects may already show: 0, 1, 2, ...")


def one_of(default: str, *allowed: str) -> Option:
    """Return an option that takes one of several words."""
    return Option(default, lambda value: isinstance(value, str) and value in allowed, " or ".join(allowed))


@dataclass(frozen=True, slots=True)
class Rollout:
    """Rows of units that were seen before their start, and what was found on the way.

    `start` is the position of the first treated wave at every row, infinity for never. Units that are
    treated from the first wave on are gone and counted. In repeated cross-sections (no unit) cohorts stand
    where units would: their levels are taken out, and each row is drawn by itself.
    """

    data: Observations
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    @property
    def start(self) -> FloatArray:
        """Position of the first treated wave, infinity for never."""
        if self.data.first_treated is None:
            raise TypeError("a rollout needs first_treated")
        return self.data.first_treated

    @property
    def time(self) -> IntArray:
        """Position of each row's wave."""
        if self.data.time is None:
            raise TypeError("a rollout needs time")
        return self.data.time

    @property
    def is_linked(self) -> bool:
        """Whether units are followed over the waves."""
        return self.data.unit is not None

    @property
    def level(self) -> IntArray:
        """Codes without gaps of what has a level of its own: units, or cohorts where none are followed."""
        return _levels(self.data)

    @property
    def drawn(self) -> IntArray:
        """Codes without gaps of what was drawn: units, or rows where none are followed."""
        return np.arange(len(self.data)) if self.data.unit is None else dense(self.data.unit)[0]

    @property
    def what(self) -> str:
        """What the outcome has to do, for a message."""
        return "changes between waves within units" if self.is_linked else VARIES

    @property
    def absorbed(self) -> str:
        """What a column needs so that something of it is left, for a message."""
        if self.is_linked:
            return "a value that changes between waves within units: unit effects take up all else"
        return "a value that changes between waves or rows within cohorts: cohort effects take up all else"

    @property
    def cohorts(self) -> IntArray:
        """First treated waves that occur, earliest first, never left out."""
        return np.flatnonzero(np.bincount(self.start[np.isfinite(self.start)].astype(np.intp)))


def read_rollout(request: Request, data: Observations) -> Rollout:
    """Return the rows that a method for staggered starts can use."""
    column, time = str(request.first_treated), str(request.time)
    problems = [*_start_problems(request, data), *_switch_problems(request, data)]
    if not data.wave_order_known:
        problems.append(codes.problem(codes.ORDER, column=time, found=", ".join(data.waves)))
    if problems:
        return Rollout(data, tuple(problems), ())
    data, notes = _without_early_starts(request, data)
    rollout = Rollout(data, (), ())
    problems += _comparison_problems(rollout, column)
    problems += cluster_problems(data.clusters, request)
    if not problems:
        notes += _notes(rollout, request)
    return Rollout(data, tuple(problems), tuple(notes))


def _levels(data: Observations) -> IntArray:
    if data.unit is not None:
        return dense(data.unit)[0]
    return np.asarray(np.unique(np.asarray(data.first_treated), return_inverse=True)[1], dtype=np.intp)


def _start_problems(request: Request, data: Observations) -> list[Problem]:
    if data.first_treated is None:
        raise TypeError("a rollout needs first_treated")
    if data.unit is None:
        return []
    unit, n_units = dense(data.unit)
    lowest, highest = np.full(n_units, np.inf), np.full(n_units, -np.inf)
    np.minimum.at(lowest, unit, data.first_treated)
    np.maximum.at(highest, unit, data.first_treated)
    changing = int((lowest != highest).sum())
    if not changing:
        return []
    found = f"{changing} of {n_units} units with more than one start"
    return [codes.problem(codes.STARTS, column=str(request.first_treated), found=found)]


def _switch_problems(request: Request, data: Observations) -> list[Problem]:
    """Return a problem where a treated column, if one is named, is not on exactly from the start on."""
    if request.treated is None or data.first_treated is None or data.time is None:
        return []
    on = data.time >= data.first_treated
    other = int((data.treated != on).sum())
    if not other:
        return []
    late = int(((data.treated == 0) & on).sum())
    found = f"{other} rows do not agree with {request.first_treated}, {late} of them off after the start"
    return [codes.problem(codes.SWITCH, column=request.treated, found=found)]


def _without_early_starts(request: Request, data: Observations) -> tuple[Observations, list[str]]:
    """Leave out, counted, units that were never seen before their start; name starts after the last wave."""
    wait = int(request.options.get("anticipation", 0))
    n_waves = len(data.waves)
    first = np.asarray(data.first_treated)
    late = np.isfinite(first) & (first >= n_waves)
    notes = []
    if late.any() and wait:
        data = data.keep(~late, "starts after the last wave, so that anticipation cannot be placed")
    elif late.any():
        count, who = (
            (int(late.sum()), "rows") if data.unit is None else (n_distinct(data.unit[late]), "units")
        )
        notes.append(f"{count:,} {who} start after the last wave: here they count as never treated.")
        data = replace(data, first_treated=np.where(late, np.inf, first))
    first = np.asarray(data.first_treated)
    why = "already treated in the first wave" if not wait else "no wave before start and anticipation"
    who = "cohort" if data.unit is None else "unit"
    data = data.keep(first > wait, f"{who} with {why}" if wait else f"{who} {why}")
    level = _levels(data)
    seen = np.full(int(level.max(initial=-1)) + 1, np.inf)
    np.minimum.at(seen, level, np.asarray(data.time, dtype=np.float64))
    is_seen = seen[level] < np.asarray(data.first_treated) - wait
    return data.keep(is_seen, f"{who} without data before its start"), notes


def in_comparable_waves(rollout: Rollout, request: Request) -> tuple[Rollout, list[Problem]]:
    """Leave out, counted, waves in which nobody is untreated; return a problem if nothing treated is left."""
    untreated = rollout.time < rollout.start - int(request.options["anticipation"])
    has_untreated = np.bincount(rollout.time[untreated], minlength=len(rollout.data.waves)) > 0
    kept = has_untreated[rollout.time]
    data = rollout.data.keep(kept, "wave in which every unit is treated")
    # Waves keep their positions, or waves since the start would be counted without those left out.
    start, time = rollout.start[kept], rollout.time[kept]
    data = replace(data, waves=rollout.data.waves, time=time, first_treated=start)
    left = replace(rollout, data=data)
    if (left.time >= left.start).any():
        return left, []
    column, dropped = str(request.first_treated), data.dropped_text()
    found, expected = "no treated row in a wave with untreated units", "treated rows and untreated units"
    return left, [codes.problem(codes.CELL, column=column, found=found, expected=expected, dropped=dropped)]


def comparable_rollout(request: Request, data: Observations) -> Rollout:
    """Return the rows of waves in which somebody is untreated, of cohorts seen before their start."""
    rollout = read_rollout(request, data)
    if rollout.problems:
        return rollout
    rollout, problems = in_comparable_waves(rollout, request)
    return replace(rollout, problems=tuple(problems))


def _comparison_problems(rollout: Rollout, column: str) -> list[Problem]:
    dropped = rollout.data.dropped_text()
    never = bool(np.isinf(rollout.start).any()) if len(rollout.data) else False
    n_cohorts = len(rollout.cohorts)
    if n_cohorts and (never or n_cohorts > 1):
        return []
    if n_cohorts:
        found = "one cohort and no unit that starts later or never"
    else:
        found = "no unit that starts after the first wave"
    expected = "units that start after the first wave, and units that start later or never"
    return [codes.problem(codes.CELL, column=column, found=found, expected=expected, dropped=dropped)]


def _notes(rollout: Rollout, request: Request) -> list[str]:
    waves = rollout.data.waves
    wait = int(request.options.get("anticipation", 0))
    notes = [] if rollout.is_linked else [SECTIONS]
    if int(rollout.cohorts.max()) - wait < 2:
        notes.append("No unit was seen in two waves before its start: parallel trends cannot be looked into.")
    if rollout.data.clusters:
        clusters = rollout.data.clusters[0]
        alone = [
            waves[cohort] for cohort in rollout.cohorts if np.ptp(clusters[rollout.start == cohort]) == 0
        ]
        if alone:
            notes.append(
                f"The cohorts starting in {', '.join(alone)} are one {request.cluster} each: "
                "the errors of their own effects are far too small."
            )
    if wait:
        notes.append(f"Effects may show up to {wait} waves before the start (anticipation).")
    return notes


def lone_starts(rollout: Rollout, request: Request) -> tuple[str, ...]:
    """Return the groups, ever and never treated, that one cluster alone stands for."""
    ever = np.isfinite(rollout.start).astype(np.float64)
    return lone_groups(rollout.data.clusters, ever, request, has_comparison=not ever.all())


def started_clusters(rollout: Rollout, request: Request) -> tuple[tuple[str, int], ...]:
    """Return how many clusters are ever and how many never treated (none named where every one is)."""
    ever = np.isfinite(rollout.start).astype(np.float64)
    return clusters_by_group(rollout.data.clusters, ever, request, has_comparison=not ever.all())


@dataclass(frozen=True, slots=True)
class Cell:
    """One cohort in one wave, as positions of waves; `after` is how many waves since the start."""

    cohort: int
    wave: int

    @property
    def after(self) -> int:
        """Waves since the start, negative before it."""
        return self.wave - self.cohort

    def label(self, waves: Sequence[str]) -> str:
        """Return the name of the cell's effect."""
        return f"ATT({waves[self.cohort]}, {waves[self.wave]})"


def cohorts_in_waves(rollout: Rollout) -> Iterator[tuple[Cell, BoolArray]]:
    """Yield every cohort in every wave in which it has rows, with these rows, cohort by cohort."""
    for cohort in rollout.cohorts.tolist():
        of_cohort = rollout.start == cohort
        for wave in np.unique(rollout.time[of_cohort]).tolist():
            yield Cell(cohort, wave), of_cohort & (rollout.time == wave)


def component_of(cell: Cell, aggregation: str, waves: Sequence[str]) -> str:
    """Return the name of the average a cell belongs to: by waves since the start, cohort or wave."""
    return {
        "dynamic": f"event={cell.after}",
        "group": f"cohort={waves[cell.cohort]}",
        "calendar": f"wave={waves[cell.wave]}",
    }[aggregation]


HEADLINES: Mapping[str, str] = {
    "simple": "The effect is the average over cohorts and waves from the start on, by size of cohort.",
    "dynamic": "The effect is the plain average over waves since the start.",
    "group": "The effect is the average over cohorts, by their size, each over its own waves.",
    "calendar": "The effect is the plain average over waves with treated units.",
}
EFFECT = "ATT"
