"""How strong the evidence of a design can be, with every reason spelled out.

Where chance decided, evidence starts as strong; with a comparison group it starts as moderate. Each reason
below takes it down by its steps, never below limited. Outcomes have no say in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mande.results import Finding, Status

Grade = Literal["strong", "moderate", "limited", "none"]
LADDER: tuple[Grade, ...] = ("strong", "moderate", "limited")


@dataclass(frozen=True, slots=True)
class Reason:
    """A finding of the design that takes evidence down, when it has one of `statuses`."""

    finding: str
    statuses: tuple[Status, ...]
    steps: int
    text: str


REASONS = (
    Reason("design.contamination", ("limit",), 2, "the comparison group was reached by the programme"),
    Reason("design.clusters", ("limit",), 1, "fewer than ten independent groups stand on one side"),
    Reason("design.pre_periods", ("limit",), 1, "changes before the start cannot be compared"),
    Reason("design.no_baseline", ("caution",), 0, "nothing from before shows how alike the groups began"),
    Reason("design.cross_sections", ("caution",), 1, "other units are asked in each wave"),
    Reason("design.spillover", ("caution",), 1, "the programme may reach units that are compared"),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The grade and its reasons: first where it starts, then what takes it down."""

    grade: Grade
    reasons: tuple[str, ...]

    def sentence(self) -> str:
        """Return grade and reasons as one sentence."""
        return f"The design can give {self.grade} evidence: {'; '.join(self.reasons)}."


def grade(findings: Iterable[Finding], *, is_drawn: bool) -> Evidence:
    """Return the grade of a design that can show an effect."""
    statuses = {finding.id: finding.status for finding in findings}
    step = 0 if is_drawn else 1
    reasons = ["chance decided who was treated" if is_drawn else "chance did not decide who was treated"]
    for reason in REASONS:
        if statuses.get(reason.finding) in reason.statuses:
            step += reason.steps
            reasons.append(reason.text)
    return Evidence(LADDER[min(step, len(LADDER) - 1)], tuple(reasons))
