"""Which method is the main one for a kind of design, and which stands in where it is not there.

The table is read from the design alone, before any outcome is seen, so that no result can choose its own
method. For each kind the methods stand best first; the first that the registry has is taken, and what was
passed over is said. To make the engine use a new method, name it here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mande.schema.programme import Programme

Kind = Literal["trial", "trial_after", "rollout", "comparison", "cross_sections"]
DRAWN = ("randomised", "randomised_clusters")
"""Assignments in which chance decided."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A method for a kind of design and why it is right.

    `starts` tells it when each unit starts, not who; `is_after_only` gives it the follow-up alone.
    """

    method: str
    why: str
    starts: bool = False
    is_after_only: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The main method, why, and the better ones that are not there."""

    candidate: Candidate
    passed_over: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return the choice and its reason."""
        text = f"The main effect is estimated by {self.candidate.method}: {self.candidate.why}."
        if not self.passed_over:
            return text
        return (
            f"{text} Better would be {' or '.join(self.passed_over)}, which this installation does not have."
        )


CHOICES: Mapping[Kind, tuple[Candidate, ...]] = MappingProxyType(
    {
        "trial": (
            Candidate(
                "ancova", "chance decided, so that the value before serves precision alone"
            ),
            Candidate("did", "chance decided, and changes take out what sets units apart for good"),
        ),
        "trial_after": (
            Candidate(
                "ancova",
                "chance decided, and without a value before the groups are compared after",
                is_after_only=True,
            ),
        ),
        "rollout": (
            Candidate(
                "callaway_santanna",
                "units start at different times, and each start is compared with units not treated yet",
                starts=True,
            ),
            Candidate("did", "the baseline lies before every start and the follow-up after all of them"),
        ),
        "comparison": (
            Candidate("did", "two groups before and after, whose lasting differences cancel in the changes"),
        ),
        "cross_sections": (
            Candidate("did", "other units are asked in each wave, so that groups and not units are followed"),
        ),
    }
)  # fmt: skip


def kind_of(programme: Programme, *, has_baseline: bool = True) -> Kind:
    """Return the kind of design, for a programme with a comparison group.

    Without a baseline only a draw leads to an effect; what is refused is the reading's business.
    """
    if not has_baseline and programme.design.assignment in DRAWN:
        return "trial_after"
    if programme.is_repeated:
        return "cross_sections"
    starts = {programme.arms[arm].starts for arm in programme.design.contrast.treated}
    if len(starts) > 1:
        return "rollout"
    return "trial" if programme.design.assignment in DRAWN else "comparison"


def choose_method(kind: Kind, available: Collection[str]) -> Chosen | None:
    """Return the best method that is there, or None where none is.

    Examples
    --------
    >>> choose_method("rollout", ["did", "twfe"]).passed_over
    ('callaway_santanna',)
    """
    passed: list[str] = []
    for candidate in CHOICES[kind]:
        if candidate.method in available:
            return Chosen(candidate, tuple(passed))
        passed.append(candidate.method)
    return None
