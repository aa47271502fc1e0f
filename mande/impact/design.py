"""What a programme's design can show, and what it cannot, before any effect is estimated."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mande import wording
from mande.errors import raise_errors
from mande.impact import problems as codes
from mande.impact.choice import DRAWN, Chosen, choose_method, kind_of
from mande.impact.circumstances import circumstances, compared_component
from mande.impact.evidence import Grade, grade
from mande.impact.observations import BoolArray, as_codes
from mande.impact.registry import estimators
from mande.impact.waves import wave_label
from mande.results import Finding, Status
from mande.schema.programme import Programme

Evidence = Literal["randomised comparison", "comparison group over time", "no effect can be estimated"]

# Clustered errors lean on many clusters in either group; with under ten they are too small too often
# (Cameron and Miller 2015, Journal of Human Resources 50(2), VI).
FEW_CLUSTERS = 30
VERY_FEW_CLUSTERS = 10


@dataclass(frozen=True, slots=True)
class DesignReading:
    """What the design allows.

    `methods` can be used, `primary_method` first (`choice` says why); both are empty where `can_estimate` is
    False, and `reason` then says why and what comes next best. `may_word_strongly` is False with so few
    clusters that errors cannot be trusted. `grade` is how strong the evidence can be, with `grade_reasons`.
    `findings` hold every limit, most important first.
    """

    can_estimate: bool
    reason: str
    methods: tuple[str, ...]
    primary_method: str | None
    assumption: str
    evidence: Evidence
    may_word_strongly: bool
    findings: tuple[Finding, ...]
    choice: Chosen | None = None
    grade: Grade = "none"
    grade_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the reading rests on: positions of waves, and clusters with data in the contrast."""

    programme: Programme
    order: Mapping[str, int]
    clusters: Mapping[str, int]
    rows: Mapping[tuple[str, str], int]

    @property
    def has_baseline(self) -> bool:
        """Whether both groups have data in a wave before the programme."""
        contrast = self.programme.design.contrast
        before = self.order[contrast.baseline]
        starts = self.starts(contrast.treated)
        told = all(self.rows[group, contrast.baseline] for group in ("treated", "comparison"))
        is_before = before < self.order[contrast.follow_up] and (not starts or min(starts) > before)
        return told and is_before

    def starts(self, arms: tuple[str, ...]) -> list[int]:
        """Return when the treatment arms among `arms` start, as positions of waves."""
        named = [self.programme.arms[arm].starts for arm in arms]
        return [self.order[start] for start in named if start is not None]

    def label(self, arms: tuple[str, ...]) -> str:
        """Return the labels of arms as one phrase."""
        return " or ".join(wording.lower_first(str(self.programme.arms[arm].label)) for arm in arms)


def read_design(
    programme: Programme,
    frame: pd.DataFrame,
    *,
    unit: str = "unit",
    wave: str = "wave",
    arm: str = "arm",
    outcome: str | None = None,
    lasting: Collection[str] = (),
) -> DesignReading:
    """Say which effect the design can show, with which method, under which assumption.

    Parameters
    ----------
    programme
        The programme as its file defines it.
    frame
        One row per unit and wave with data, with the columns below and the programme's cluster column
        (the unit's own column where the units are the clusters). Not modified.
    unit, wave, arm
        Columns of the unit's id, the wave and the arm.
    outcome
        Column of the main outcome; clusters count where some unit has it in both waves of the contrast.
    lasting
        Columns that cannot change with the programme, such as those of the register.

    Returns
    -------
    DesignReading whose findings have ids that begin with `design.`
    """
    facts = _facts(programme, frame, unit, wave, arm, outcome)
    choice = choose_method(kind_of(programme, has_baseline=facts.has_baseline), estimators())
    refusal = _refusal(facts)
    if refusal is not None or choice is None:
        return _refused(refusal or _no_method())
    about = circumstances(programme, frame, wave=wave, arm=arm, lasting=lasting)
    findings = _limits(facts, about)
    is_drawn = programme.design.assignment in DRAWN
    evidence = grade(findings, is_drawn=is_drawn)
    findings += [_method(choice), _evidence(evidence.grade, evidence.sentence())]
    beside = ("did", "twfe", "first_difference") if facts.has_baseline and not programme.is_repeated else ()
    return DesignReading(
        can_estimate=True,
        reason="",
        methods=tuple(dict.fromkeys((choice.candidate.method, *beside))),
        primary_method=choice.candidate.method,
        assumption=_assumption(facts),
        evidence="randomised comparison" if is_drawn else "comparison group over time",
        may_word_strongly=min(facts.clusters.values()) >= VERY_FEW_CLUSTERS,
        findings=tuple(findings),
        choice=choice,
        grade=evidence.grade,
        grade_reasons=evidence.reasons,
    )


def _refused(refusal: Finding) -> DesignReading:
    """Return the reading of a design that can show no effect."""
    return DesignReading(
        can_estimate=False,
        reason=refusal.sentence,
        methods=(),
        primary_method=None,
        assumption="",
        evidence="no effect can be estimated",
        may_word_strongly=False,
        findings=(refusal,),
    )


def _limits(facts: _Facts, about: Sequence[Finding]) -> list[Finding]:
    """Return what bears on the effect, most important first."""
    limits = [
        _assignment(facts),
        _no_baseline(facts),
        _pre_periods(facts),
        _contamination(facts),
        *about,
        _few_clusters(facts),
        _staggered(facts),
        _several_outcomes(facts),
    ]
    return [finding for finding in limits if finding is not None]


def _no_method() -> Finding:
    return _finding(
        "refused", "Can this design show an effect?", "limit", "No method for this design is installed."
    )


def _method(choice: Chosen) -> Finding:
    status: Status = "caution" if choice.passed_over else "information"
    return _finding("method", "Which method is the main one, and why?", status, choice.sentence())


def _evidence(found: Grade, sentence: str) -> Finding:
    status: Status = {"strong": "good", "moderate": "information"}.get(found, "caution")  # type: ignore[assignment]
    return _finding("evidence", "How strong can the evidence be?", status, sentence)


def _facts(
    programme: Programme, frame: pd.DataFrame, unit: str, wave: str, arm: str, outcome: str | None
) -> _Facts:
    contrast = programme.design.contrast
    cluster = programme.design.cluster if programme.design.cluster in frame.columns else unit
    names = [str(name) for name in frame.columns]
    needed = (unit, wave, arm, *([outcome] if outcome is not None else []))
    raise_errors(codes.no_column(name, names, argument="frame") for name in needed if name not in names)
    waves = frame[wave].map(wave_label, na_action="ignore").to_numpy()
    arms, clusters = frame[arm].to_numpy(), as_codes(frame[cluster])
    rows, counts = {}, {}
    periods = (contrast.baseline, contrast.follow_up)
    is_followed = contrast.has_baseline and not programme.is_repeated
    complete = _complete(frame, waves, unit, outcome, periods, is_repeated=not is_followed)
    for group, members in (("treated", contrast.treated), ("comparison", contrast.comparison)):
        in_group = np.isin(arms, list(members))
        for period in (contrast.baseline, contrast.follow_up):
            rows[group, period] = int((in_group & (waves == period)).sum())
        counts[group] = len(np.unique(clusters[in_group & complete & (clusters >= 0)]))
    order = {entry.id: position for position, entry in enumerate(programme.waves)}
    return _Facts(programme, order, counts, rows)


def _complete(
    frame: pd.DataFrame,
    waves: NDArray[np.object_],
    unit: str,
    outcome: str | None,
    periods: Sequence[str],
    *,
    is_repeated: bool,
) -> BoolArray:
    """Return which rows belong to a unit with the outcome in every one of `periods` (repeated: in one)."""
    if outcome is None:
        return np.ones(len(frame), dtype=bool)
    known = frame[outcome].notna().to_numpy()
    if is_repeated:
        return np.asarray(known & np.isin(waves, list(periods)))
    units = frame[unit].to_numpy()
    complete = np.ones(len(frame), dtype=bool)
    for period in periods:
        complete &= np.isin(units, units[known & (waves == period)])
    return complete


def _finding(name: str, title: str, status: Status, sentence: str, advice: str = "") -> Finding:
    return Finding(id=f"design.{name}", title=title, status=status, sentence=sentence, advice=advice)


def _refusal(facts: _Facts) -> Finding | None:
    """Return why no difference-in-differences can be had, with the next best, or None."""
    contrast, programme = facts.programme.design.contrast, facts.programme
    units = programme.unit_name[1]
    before, after = contrast.baseline, contrast.follow_up
    change = "The change since the baseline can be shown; it holds everything else that changed, too."
    level = "The groups can be compared after the programme; what set them apart before stays in."
    title = "Can this design show an effect?"

    def refuse(sentence: str, next_best: str) -> Finding:
        return _finding("refused", title, "limit", f"{sentence} {next_best}")

    if not contrast.comparison or programme.design.assignment == "before_after":
        return refuse("Without a comparison group, no effect can be told from other changes.", change)
    starts = facts.starts(contrast.treated)
    if starts and max(starts) > facts.order[after]:
        return refuse(f"Some of the treated {units} have not started by {after}.", change)
    is_drawn = programme.design.assignment in DRAWN
    if not is_drawn and not contrast.has_baseline:
        return refuse(f"There is no baseline: {before} does not come before {after}.", level)
    if not is_drawn and starts and min(starts) <= facts.order[before]:
        return refuse(f"There is no baseline: the programme had started by {before}.", level)
    needed = {after: "Only the baseline can be described."} | ({} if is_drawn else {before: level})
    for period in sorted(needed, key=lambda wave: facts.order[wave]):
        for group in ("treated", "comparison"):
            if facts.rows[group, period] == 0:
                better = change if group == "comparison" and facts.rows["treated", period] else needed[period]
                return refuse(f"There are no {group} {units} with data in {period}.", better)
    return None


def _no_baseline(facts: _Facts) -> Finding | None:
    """Say what a draw without a baseline leaves open."""
    if facts.has_baseline:
        return None
    after = facts.programme.design.contrast.follow_up
    return _finding(
        "no_baseline",
        "Was anything known before the programme?",
        "caution",
        f"There is no baseline of both groups, so that they are compared in {after} alone. Chance made them "
        "alike on average; how alike they were, and who was lost, cannot be shown.",
        "Compare what cannot change (age, sex, place) and the register between the groups.",
    )


def _assumption(facts: _Facts) -> str:
    contrast, units = facts.programme.design.contrast, facts.programme.unit_name[1]
    if facts.programme.design.assignment in DRAWN:
        would = "changed alike" if facts.has_baseline else "come out alike"
        return (
            "Chance decided who was treated. If those who answered are as alike as those who were drawn, the "
            f"groups would have {would} but for luck, which the interval covers."
        )
    return (
        f"Without the programme, {units} of the group '{facts.label(contrast.treated)}' would have changed "
        f"from {contrast.baseline} to {contrast.follow_up} as much as those of the group "
        f"'{facts.label(contrast.comparison)}' (parallel trends)."
    )


def _assignment(facts: _Facts) -> Finding:
    title = "How did units come to be treated?"
    if facts.programme.design.assignment in DRAWN:
        drawn = "groups of units" if facts.programme.design.assignment == "randomised_clusters" else "units"
        return _finding("assignment", title, "good", f"Treated {drawn} were drawn by lot.")
    return _finding(
        "assignment",
        title,
        "limit",
        "Treated units were not drawn by lot. The effect rests on parallel trends: that without the "
        "programme both groups would have changed alike.",
        "Read the effect beside the threats that the programme names.",
    )


def _pre_periods(facts: _Facts) -> Finding | None:
    if facts.programme.design.assignment in DRAWN:
        return None
    starts = facts.starts(facts.programme.design.contrast.treated)
    first = min(starts) if starts else facts.order[facts.programme.design.contrast.follow_up]
    title = "Can parallel trends be looked at before the start?"
    if first >= 2:
        sentence = f"There are {first} waves before the programme, so that earlier changes can be compared."
        return _finding("pre_periods", title, "information", sentence)
    return _finding(
        "pre_periods",
        title,
        "limit",
        "There is one wave before the programme, so that parallel trends cannot be tested for the treated.",
        "Units that start later can be compared with units that never start, before they start.",
    )


def _contamination(facts: _Facts) -> Finding | None:
    contrast = facts.programme.design.contrast
    limit = facts.order[contrast.follow_up]
    reached = tuple(
        arm for arm in contrast.comparison if any(start <= limit for start in facts.starts((arm,)))
    )
    if not reached or compared_component(facts.programme) is not None:
        return None
    sentence = (
        f"The comparison group holds units that were treated by {contrast.follow_up}: "
        f"{facts.label(reached)}. The number is then no effect of the programme against no programme, "
        "and even its sign can be wrong."
    )
    advice = "Take these arms out of `comparison`, or choose an earlier follow-up."
    return _finding("contamination", "Was the comparison group left alone?", "limit", sentence, advice)


def _few_clusters(facts: _Facts) -> Finding | None:
    smaller = min(facts.clusters.values())
    counts = f"{facts.clusters['treated']} treated and {facts.clusters['comparison']} comparison clusters"
    title = "Are there enough independent groups?"
    if smaller >= FEW_CLUSTERS:
        return _finding("clusters", title, "good", f"Errors rest on {counts}.")
    if smaller >= VERY_FEW_CLUSTERS:
        sentence = f"Errors rest on {counts}: intervals may be somewhat too narrow."
        return _finding("clusters", title, "caution", sentence)
    sentence = f"Errors rest on {counts}: far too few for intervals to be trusted."
    advice = "Do not write that an effect is proven or ruled out."
    return _finding("clusters", title, "limit", sentence, advice)


def _staggered(facts: _Facts) -> Finding | None:
    starts = {arm.starts for arm in facts.programme.arms.values() if arm.starts is not None}
    if len(starts) < 2:
        return None
    return _finding(
        "staggered",
        "Did everyone start at the same time?",
        "caution",
        f"Units start at {len(starts)} different times. The two-way fixed effects estimate over all waves "
        "mixes comparisons, some of them with units treated already (Goodman-Bacon 2021).",
        "Read it as a check beside the main effect, which compares with units not treated yet.",
    )


def _several_outcomes(facts: _Facts) -> Finding | None:
    outcomes = facts.programme.outcomes
    if len(outcomes) < 2:
        return None
    primary = [outcome.name for outcome in outcomes if outcome.role == "primary"]
    named = ", ".join(name.replace("_", " ") for name in primary)
    return _finding(
        "outcomes",
        "How many outcomes are judged?",
        "caution",
        f"{len(outcomes)} outcomes are judged and intervals are not widened for their number: about one "
        f"in twenty leaves out zero by chance alone. The programme names as primary: {named}.",
        "Judge the programme by the primary outcome; read the others as a pattern, or declare which belong "
        "together (`family`), before they are seen.",
    )
