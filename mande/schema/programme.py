"""A programme: what it does, whom it reaches, its waves, its design and the outcomes it is judged by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from mande.errors import Language
from mande.schema.common import Definition, Id, Label

WaveId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=40)]
ArmRole = Literal["treatment", "comparison", "spillover"]
Constant = bool | float | date | str
Sample = Literal["panel", "rotating_panel", "repeated_cross_sections"]
Assignment = Literal["randomised", "randomised_clusters", "comparison_group", "before_after"]


class Wave(Definition):
    """One survey round.

    `uploads` names the files, by table, that `mande evaluate` accepts when the wave has not been
    accepted yet; programmes whose staff upload by hand leave it empty. `reference_date` is the date at
    which parameters (prices, benchmarks) are looked up.
    """

    id: WaveId
    label: Label
    role: Literal["baseline", "follow_up"]
    reference_date: date
    fieldwork: tuple[date, date] | None = None
    uploads: dict[Id, str] = Field(default_factory=dict)

    def contradictions(self) -> Iterator[str]:
        """Yield that fieldwork ends before it begins."""
        if self.fieldwork is not None and self.fieldwork[0] > self.fieldwork[1]:
            yield "`fieldwork` runs from the first day to the last"


class Arm(Definition):
    """A group of the design. `starts` is the first wave in which a treatment arm is treated.

    An arm of role `spillover` is not treated but may be reached (neighbours, traders of the treated); it
    stands on neither side of the contrast. `components` name what an arm gets, where arms combine several.
    """

    label: Label
    role: ArmRole
    starts: WaveId | None = None
    components: tuple[Id, ...] = ()

    def contradictions(self) -> Iterator[str]:
        """Yield that a treatment has no start, or another arm has one."""
        if (self.role == "treatment") != (self.starts is not None):
            yield "an arm of role treatment, and no other, names the wave in which it `starts`"


class Contrast(Definition):
    """Who is compared with whom, between which waves.

    `baseline` left out, or the same wave as `follow_up`, says that there is none: what can then be shown
    rests on the draw alone.
    """

    treated: Annotated[tuple[Id, ...], Field(min_length=1)]
    comparison: tuple[Id, ...]
    declared_baseline: WaveId | None = Field(alias="baseline", default=None)
    follow_up: WaveId

    @property
    def baseline(self) -> str:
        """The wave before; that of the follow-up where there is none."""
        return self.declared_baseline or self.follow_up

    @property
    def has_baseline(self) -> bool:
        """Whether a wave before is named."""
        return self.baseline != self.follow_up


class Design(Definition):
    """How the comparison came about, and how far apart observations are independent.

    `cluster` is the column of the register within which observations depend on each other: the level
    at which the programme was assigned. `threats` are what could move treated and comparison units
    apart without the programme; the report prints them. `sample` says whether the same units are asked in
    every wave, each for some waves only (the register's column `waves` says which), or new ones each time.
    `take_up` (1 for who took part), `weights` and `strata` are columns of the data or the register: who took
    part of those assigned, sampling weights, and the strata within which was drawn. `covariates` are
    columns of the register, or questions and indicators as they were before the programme, at like values
    of which a drawn programme is compared: they serve precision and are named before outcomes are seen.
    """

    assignment: Assignment
    sample: Sample = "panel"
    contrast: Contrast
    cluster: Id
    description: Label
    threats: tuple[Label, ...] = ()
    take_up: Id | None = None
    weights: Id | None = None
    strata: Id | None = None
    covariates: tuple[Id, ...] = ()


class Subgroup(Definition):
    """Units among whom the effect is shown apart, by the values of a column of the register or a question.

    `measured` is the wave whose answers sort units; left out, the baseline. An answer given after the
    programme began may be an effect of it and is refused, unless the question is `lasting`: it cannot
    change (sex, year of birth).
    """

    by: Id
    measured: WaveId | None = None
    lasting: bool = False


class Outcome(Definition):
    """An indicator the programme is judged by. `scale` overrides the indicator's own.

    `distribution` makes the outcome a statistic of the indicator's values in place of their mean, written
    as under an indicator's `statistics`: `gini`, `{quantile: {q: 0.1}}`,
    `{fgt: {line: poverty_line, order: 1}}`. Effects on it are estimated in levels. Outcomes of one `family`
    are judged together: their p-values are also given corrected for their number.
    """

    indicator: Id
    role: Literal["primary", "secondary"] = "secondary"
    scale: Literal["level", "log", "share"] | None = None
    distribution: str | dict[Id, Any] | None = None
    family: Id | None = None

    @property
    def name(self) -> str:
        """The outcome's own id, and its column: `income`, `gini_of_income`, `quantile_q_0_1_of_income`."""
        if self.distribution is None:
            return self.indicator
        written = re.sub(r"[^a-z0-9]+", "_", json.dumps(self.distribution, sort_keys=True).lower())
        return f"{written.strip('_')}_of_{self.indicator}"

    def contradictions(self) -> Iterator[str]:
        """Yield that a statistic is asked for on a scale it has not."""
        if self.distribution is not None and self.scale not in (None, "level"):
            yield "an outcome with a `distribution` is estimated in levels: leave `scale` out"


class Programme(Definition):
    """`baselines/<id>/programme.yaml`.

    `monitored` are indicators of any table (members, plots, sales, workers) that are asked for and computed
    beside the outcomes, without an effect being estimated. `constants` are answers that are the same for
    every row and so are not asked (`country: RWA`): they stand in every table that has the question and no
    answer to it. `area` bounds the places of interviews in degrees: south, west, north, east.
    """

    format: Literal[1]
    id: Id
    title: Label
    question: Label
    summary: Label
    place: str
    chain: Label
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    language: Language = "en"
    source: str = ""
    entity: Id
    unit_name: tuple[str, str] = ("unit", "units")
    register_file: str = Field(alias="register", default="register.csv")
    waves: Annotated[tuple[Wave, ...], Field(min_length=1)]
    arms: dict[Id, Arm]
    design: Design
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    characteristics: tuple[Id, ...] = ()
    monitored: tuple[Id, ...] = ()
    subgroups: tuple[Subgroup, ...] = ()
    constants: dict[Id, Constant] = Field(default_factory=dict)
    area: tuple[float, float, float, float] | None = None

    def contradictions(self) -> Iterator[str]:
        """Yield names of waves, arms and outcomes that are not there, or stand twice."""
        yield from self._area_problems()
        yield from self._wave_problems()
        yield from self._arm_problems()
        yield from self._outcome_problems()

    def _area_problems(self) -> list[str]:
        if self.area is None:
            return []
        south, west, north, east = self.area
        fits = -90 <= south < north <= 90 and -180 <= west < east <= 180
        return [] if fits else ["area is [south, west, north, east] in degrees, each pair from low to high"]

    def _wave_problems(self) -> list[str]:
        ids = [wave.id for wave in self.waves]
        found = [f"wave {name} stands twice" for name in sorted({i for i in ids if ids.count(i) > 1})]
        named = {"design.contrast.baseline": self.design.contrast.baseline}
        named["design.contrast.follow_up"] = self.design.contrast.follow_up
        named |= {f"arms.{arm}.starts": a.starts for arm, a in self.arms.items() if a.starts}
        named |= {f"subgroups.{s.by}.measured": s.measured for s in self.subgroups if s.measured}
        order = {name: place for place, name in enumerate(ids)}
        before, after = self.design.contrast.baseline, self.design.contrast.follow_up
        if before in order and after in order and order[before] > order[after]:
            found.append(f"design.contrast.baseline ({before}) must not come after follow_up ({after})")
        found += [
            f"{where} names {wave}, which is not one of the waves {ids}"
            for where, wave in named.items()
            if wave not in ids
        ]
        return found

    def _arm_problems(self) -> list[str]:
        found = []
        contrast = self.design.contrast
        for where, arms in (("treated", contrast.treated), ("comparison", contrast.comparison)):
            found += [
                f"design.contrast.{where} names {arm}, which is not one of the arms {list(self.arms)}"
                for arm in arms
                if arm not in self.arms
            ]
        both = set(contrast.treated) & set(contrast.comparison)
        found += [
            f"arm {arm} has the role spillover and cannot stand in design.contrast"
            for arm in (*contrast.treated, *contrast.comparison)
            if arm in self.arms and self.arms[arm].role == "spillover"
        ]
        found += [f"arm {arm} is both treated and comparison in design.contrast" for arm in sorted(both)]
        return found

    def _outcome_problems(self) -> list[str]:
        ids = [outcome.name for outcome in self.outcomes]
        found = [f"outcome {name} stands twice" for name in sorted({i for i in ids if ids.count(i) > 1})]
        watched = self.monitored
        found += [f"monitored {i} stands twice" for i in sorted({i for i in watched if watched.count(i) > 1})]
        if not any(outcome.role == "primary" for outcome in self.outcomes):
            found.append("one outcome must have the role primary: the one the programme is judged by first")
        return found

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Columns of the data or the register that design and subgroups name, each once."""
        design = self.design
        named = (design.strata, design.weights, design.take_up, *design.covariates)
        return tuple(dict.fromkeys(name for name in (*named, *(s.by for s in self.subgroups)) if name))

    @property
    def is_repeated(self) -> bool:
        """Whether every wave asks other units, so that none can be followed."""
        return self.design.sample == "repeated_cross_sections"

    def wave(self, wave_id: str) -> Wave | None:
        """Return the wave of that id, or None."""
        return next((wave for wave in self.waves if wave.id == wave_id), None)
