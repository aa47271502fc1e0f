"""The effect on every outcome: figure, table, a sentence each."""

from __future__ import annotations

from mande import wording
from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Heading, Paragraph, TableBlock
from mande.report.figures import effects as figure
from mande.results import Cell, Evaluation, OutcomeResult, Table
from mande.wording import lower_first

DOMAINS = {
    "income": "Income",
    "wages": "Wages",
    "working_conditions": "Working conditions",
    "bargaining_power": "Bargaining power",
    "gender": "Gender",
    "upgrading": "Economic upgrading",
    "social_upgrading": "Social upgrading",
}


def render(release: Release) -> Blocks:
    """Return the effects across outcomes."""
    evaluation = release.evaluation
    blocks: list[Block] = [
        Heading("Effects of the programme"),
        Paragraph(_comparison(evaluation)),
    ]
    drawn = figure.draw(evaluation)
    if drawn is not None:
        blocks.append(drawn)
    blocks.append(TableBlock(_table(evaluation), formats={"p": _p}, headers={"p": "p-value"}))
    return Blocks(tuple(blocks))


def _p(value: Cell) -> str:
    return wording.p_value(value) if isinstance(value, float) else "–"


def _table(evaluation: Evaluation) -> Table:
    level = f"{100 * evaluation.level:g} % interval"
    columns = (
        "outcome",
        "domain",
        "effect",
        level,
        "p",
        f"{evaluation.programme.unit_name[1]}: treated + comparison",
    )
    rows = tuple(
        _row(result, evaluation.level, group_sizes(result, evaluation)) for result in evaluation.outcomes
    )
    cluster = next((r.primary.cluster for r in evaluation.outcomes if r.primary and r.primary.cluster), None)
    notes = ["Effects of outcomes measured in logarithms are shown as percent changes."]
    if cluster:
        notes.append(
            f"Standard errors are clustered by {cluster}. "
            "p-values are not adjusted for the number of outcomes."
        )
    notes += [
        f"{r.label}: not estimated, because {lower_first(r.reason).rstrip('.')}."
        for r in evaluation.outcomes
        if r.primary is None
    ]
    return Table("Effect on each outcome", columns, rows, tuple(notes))


def _row(result: OutcomeResult, level: float, groups: str) -> tuple[Cell, ...]:
    label = f"{result.label}{' (main)' if result.role == 'primary' else ''}"
    domain = DOMAINS[result.domain]
    if result.upgrading:
        domain = f"{domain}, {result.upgrading.replace('_', '-')}"
    estimate = result.primary
    if estimate is None:
        return (label, domain, None, None, None, None)
    best = estimate.amount(estimate.estimate)
    return (label, domain, best, estimate.span(level), estimate.p_value, groups or str(estimate.n))


def group_sizes(result: OutcomeResult, evaluation: Evaluation) -> str:
    """Return how many treated and comparison units stand behind an effect, as `19 + 35`; empty if hidden."""
    programme = evaluation.programme
    counts = {"treated": 0, "comparison": 0}
    # Where nothing was known before, those who told the outcome in the wave compared.
    told = result.changes if any(record["n"] for record in result.changes.records()) else result.means
    for record in told.records():
        if record["wave"] != programme.follow_up:
            continue
        group = "treated" if record["arm"] in programme.treated else "comparison"
        if group == "comparison" and record["arm"] not in programme.comparison:
            continue
        if not isinstance(record["n"], int):
            return ""
        counts[group] += record["n"]
    return f"{counts['treated']} + {counts['comparison']}"


def _comparison(evaluation: Evaluation) -> str:
    programme = evaluation.programme
    if all(result.primary is None for result in evaluation.outcomes):
        return "No effect could be estimated; what was observed stands further down."
    waves = {wave.id: wave.label for wave in programme.waves}
    before, after = waves[programme.baseline], waves[programme.follow_up]
    treated, others = programme.arm_labels(programme.treated), programme.arm_labels(programme.comparison)
    methods = {result.primary.method for result in evaluation.outcomes if result.primary}
    who = f"{programme.unit_name[1]} with {treated}"
    if methods == {"ancova"}:
        like = "" if before == after else f", at like values in {before}"
        return f"Drawn by lot: {who} are compared in {after} with those with {others}{like}."
    if "callaway_santanna" in methods:
        return (
            f"Staged start: {who} are compared, from {before} to {after}, with "
            f"{programme.unit_name[1]} that had "
            "not started yet; the effects of all starts and waves are averaged."
        )
    return (
        f"Difference-in-differences: the change from {before} to {after} among {who}, minus the change among "
        f"those with {others}."
    )
