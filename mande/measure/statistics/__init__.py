"""Statistics of a group of units, one file each, found by themselves.

`mande/measure/sample.py` says what a file gives; `mande/measure/summaries.py` adds the standard error.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from mande.errors import Text
from mande.measure.sample import Answer, Floats, RoleKind, Sample

Compute = Callable[[Sample], Answer | Mapping[str, Answer]]
Influence = Callable[[Sample], Floats | Mapping[str, Floats]]
Freeze = Callable[[Sample], Any]
Method = Literal["linearisation", "bootstrap"]


def _never(options: Mapping[str, Any]) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic as its file gives it; see `mande/measure/sample.py`."""

    name: str
    formula: str
    source: str
    roles: Mapping[str, RoleKind]
    options: Mapping[str, Any]
    compute: Compute
    influence: Influence | None
    label: Text
    unit: str
    direction: str
    is_total: bool
    refuse: Callable[[Mapping[str, Any]], str]
    notes: Callable[[Sample], str]
    is_several: bool = False
    is_share: bool = False
    may_lack: Callable[[Mapping[str, Any]], bool] = _never
    smallest_cell: int = 0
    compares: tuple[str, ...] = ()
    freeze: Freeze | None = None

    @property
    def can_recentre(self) -> bool:
        """Whether effects on it can be estimated: one number with a linearised variable, and no total."""
        return self.influence is not None and not self.is_total and not self.is_several

    def smallest_group(self, sample: Sample) -> int:
        """Return how many units the smallest of the groups it compares has; all where it compares none."""
        if not self.compares:
            return len(sample)
        role, *options = self.compares
        member = sample[role]
        groups = [sample.options[name] for name in options] or sorted(set(member))
        return min((int((member == group).sum()) for group in groups), default=0)

    def values(self, sample: Sample) -> dict[str, Answer]:
        """Return each number by name; a statistic of one number gives it the name ''."""
        found = self.compute(sample)
        return dict(found) if isinstance(found, Mapping) else {"": found}

    def influences(self, sample: Sample) -> dict[str, Floats]:
        """Return the linearised variable of each number that has one, by the number's name."""
        if self.influence is None:
            return {}
        found = self.influence(sample)
        return dict(found) if isinstance(found, Mapping) else {"": found}


@dataclass(frozen=True, slots=True)
class GroupStatistic:
    """One number about a group.

    Attributes
    ----------
    value : None where there is none, with `reason`.
    se : standard error under the survey's design; None where there is none, with `reason`.
    interval : low and high, from t with `df` degrees of freedom; of a share from its logit.
    n : units used. n_missing : units left out because a value, the weight or the place in the design was
        missing, or the weight 0. n_psu : primary sampling units with a unit used. n_smallest : units of the
        smallest of the groups that the statistic compares.
    df : degrees of freedom of the interval, `n_psu` less the strata with a unit used; None where there is no
        standard error.
    method : how the standard error was found.
    note : what a reader must know of the number.
    """

    value: float | None
    n: int
    n_missing: int
    n_psu: int = 0
    df: int | None = None
    n_smallest: int = 0
    se: float | None = None
    interval: tuple[float, float] | None = None
    method: Method | None = None
    reason: str = ""
    note: str = ""


@cache
def names() -> tuple[str, ...]:
    """Return the names of all statistics: the files of this folder."""
    return tuple(sorted(entry.name for entry in pkgutil.iter_modules(__path__)))


@cache
def find(name: str) -> Statistic:
    """Return the statistic of that name.

    Raises
    ------
    ValueError
        When there is no such file.
    """
    if name not in names():
        raise ValueError(f"no statistic {name}; there are {', '.join(names())}")
    file = importlib.import_module(f"{__name__}.{name}")
    return Statistic(
        name=name,
        formula=file.FORMULA,
        source=file.SOURCE,
        roles=file.ROLES,
        options=file.OPTIONS,
        compute=file.compute,
        influence=getattr(file, "influence", None),
        label=getattr(file, "LABEL", Text(name.replace("_", " ") + ": {value}")),
        unit=getattr(file, "UNIT", "index"),
        direction=getattr(file, "DIRECTION", "neutral"),
        is_total=getattr(file, "IS_TOTAL", False),
        refuse=getattr(file, "refuse", _nothing_to_refuse),
        notes=getattr(file, "notes", _nothing_to_note),
        is_several=getattr(file, "IS_SEVERAL", False),
        is_share=getattr(file, "IS_SHARE", False),
        may_lack=getattr(file, "may_lack", _never),
        smallest_cell=getattr(file, "SMALLEST_CELL", 0),
        compares=getattr(file, "COMPARES", ()),
        freeze=getattr(file, "freeze", None),
    )


def available() -> dict[str, Statistic]:
    """Return every statistic by name."""
    return {name: find(name) for name in names()}


def _nothing_to_refuse(options: Mapping[str, Any]) -> str:
    return ""


def _nothing_to_note(sample: Sample) -> str:
    return ""
