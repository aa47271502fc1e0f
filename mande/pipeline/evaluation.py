"""Evaluate a programme: from its accepted waves to one frozen `Evaluation`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

import mande
from mande.errors import Place, Problem, did_you_mean, raise_errors
from mande.impact import (
    DesignReading,
    Tested,
    detectable_effects,
    evaluate_outcome,
    read_design,
)
from mande.measure import check_examples, check_formulas
from mande.pipeline.comparing import comparisons
from mande.pipeline.data import MeasuredData, read_and_measure
from mande.pipeline.definitions_used import (
    definition_used,
    formula_of,
    implausible_note,
    winsorised_note,
    with_notes,
)
from mande.pipeline.distribution import check_distribution, outcome_label, outcome_note, outcome_terms
from mande.pipeline.families import families
from mande.pipeline.losses import contact_findings, decision_rows, loss_findings
from mande.pipeline.parameters_used import parameter_table
from mande.pipeline.problems import P_OUTCOME
from mande.pipeline.runs import (
    Definitions,
    load_definitions,
    notebook_hash,
    run_id,
    unknown_outcomes,
    wave_hashes,
)
from mande.pipeline.uploads import accept_pending
from mande.results import (
    ArmSummary,
    Cell,
    Evaluation,
    Finding,
    OutcomeResult,
    ProgrammeSummary,
    Table,
    Trail,
    WaveSummary,
)
from mande.schema import Outcome
from mande.survey.panel import item_nonresponse
from mande.wording import lower_first
from mande.workspace import Workspace, find_workspace

Progress = Callable[[str], None]


def evaluate(
    programme: str,
    *,
    workspace: Path | str = ".",
    level: float = 0.95,
    progress: Progress = lambda text: None,
) -> Evaluation:
    """Evaluate a programme from its accepted waves; uploads it names are accepted first.

    Parameters
    ----------
    programme
        Id of the programme: its folder's name in `baselines/`.
    workspace
        A folder inside the workspace.
    level
        Level of confidence intervals.
    progress
        Called with a short text at each step.

    Returns
    -------
    Evaluation. The same accepted data and definitions give an equal one.

    Raises
    ------
    MandeError
        Every problem of the step that cannot go on.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    _check_names(definitions)
    accept_pending(place, definitions, progress=progress)
    progress("linking waves and computing indicators")
    data = read_and_measure(place, definitions)
    progress("estimating")
    return _evaluation(place, definitions, data, level)


def _check_names(definitions: Definitions) -> None:
    """Raise when an outcome or characteristic is defined nowhere, or an indicator contradicts itself."""
    programme, catalogue = definitions.programme, definitions.catalogue
    file = str(definitions.folder / "programme.yaml")
    questions = catalogue.questions.get(programme.entity, {})
    problems = []
    unknown = unknown_outcomes(definitions)
    problems += unknown
    for outcome in programme.outcomes:
        if outcome.indicator not in {problem.values["found"] for problem in unknown}:
            indicator = catalogue.indicators[outcome.indicator]
            problems += check_distribution(outcome, indicator, catalogue, file=file)
    for name in programme.characteristics:
        known = sorted({*questions, *catalogue.indicators})
        if name not in known:
            values = {"found": name, "expected": f"a question or indicator{did_you_mean(name, known)}"}
            problems.append(Problem(P_OUTCOME, Place(file=file, question="characteristics"), values))
    problems += check_formulas(catalogue)
    raise_errors(problems)
    # A definition of a workspace has not been tested by anybody else.
    raise_errors(
        problem
        for outcome in programme.outcomes
        for problem in check_examples(catalogue.indicators[outcome.indicator], catalogue)
    )


def _evaluation(place: Workspace, definitions: Definitions, data: MeasuredData, level: float) -> Evaluation:
    programme = definitions.programme
    key = definitions.catalogue.tables[programme.entity].key
    main = next(outcome.name for outcome in programme.outcomes if outcome.role == "primary")
    lasting = data.panel.register.columns
    reading = read_design(programme, data.frame, unit=key, outcome=main, lasting=lasting)
    losses = loss_findings(definitions, data)
    found = [_outcome(definitions, spec, data, reading, key, level) for spec in programme.outcomes]
    outcomes = tuple(_with_losses(result, losses) for result, _ in found)
    tested = {spec.name: one for spec, (_, one) in zip(programme.outcomes, found, strict=True) if one}
    findings = [*reading.findings, *_coverage(definitions, data, outcomes)]
    findings += families(programme, tested)
    findings += [*comparisons(definitions, data, key), *contact_findings(definitions, data)]
    estimated = [result.primary for result in outcomes if result.primary is not None]
    if estimated:
        findings.append(detectable_effects(estimated, level=level))
    return Evaluation(
        programme=_summary(place, definitions, data),
        outcomes=outcomes,
        panel=_named(data.panel.counts, definitions),
        nonresponse=_named(_nonresponse(definitions, data), definitions),
        findings=tuple(findings),
        trail=_trail(place, definitions, outcomes, data),
        level=level,
        definitions=tuple(definition_used(definitions, entry) for entry in definitions.indicators()),
    )


def _with_losses(result: OutcomeResult, losses: Sequence[Finding]) -> OutcomeResult:
    """Return the result with the losses it must be read with."""
    told = tuple(replace(finding, outcome=result.indicator) for finding in losses)
    return replace(result, findings=(*result.findings, *told))


def _nonresponse(definitions: Definitions, data: MeasuredData) -> Table:
    entity = definitions.programme.entity
    return item_nonresponse(data.panel, data.waves, definitions.catalogue.questions[entity], table=entity)


def _named(table: Table, definitions: Definitions) -> Table:
    """Return a table with the labels of arms and questions in place of their ids."""
    language = definitions.programme.language
    questions = definitions.catalogue.questions[definitions.programme.entity]
    words = {
        "arm": {name: arm.label.in_(language) for name, arm in definitions.programme.arms.items()},
        "question": {name: question.label.in_(language) for name, question in questions.items()},
    }
    lookups = [words.get(column, {}) for column in table.columns]
    rows = tuple(
        tuple(
            lookup.get(cell, cell) if isinstance(cell, str) else cell
            for lookup, cell in zip(lookups, row, strict=True)
        )
        for row in table.rows
    )
    return replace(table, rows=rows)


def _outcome(
    definitions: Definitions,
    spec: Outcome,
    data: MeasuredData,
    reading: DesignReading,
    key: str,
    level: float,
) -> tuple[OutcomeResult, Tested | None]:
    """Return the result on an outcome, and what its family needs of it."""
    indicator = definitions.catalogue.indicators[spec.indicator]
    programme = definitions.programme
    scale = "level" if spec.distribution is not None else spec.scale or indicator.scale
    label = outcome_label(spec, indicator, programme.language)
    unit, direction = outcome_terms(spec, indicator)
    unit = unit.replace("LCU", programme.currency)
    found = evaluate_outcome(
        data.frame,
        outcome=spec.name,
        programme=programme,
        scale=scale,
        label=label,
        unit_of_measure=unit,
        unit=key,
        level=level,
        lasting=data.panel.register.columns,
    )
    if not reading.can_estimate:
        found = replace(found, primary=None, others=(), further=(), tested=None, reason=reading.reason)
    result = OutcomeResult(
        indicator=spec.name,
        version=indicator.version,
        label=label,
        description=indicator.description.in_(programme.language) if indicator.description else "",
        domain=indicator.domain,
        upgrading=indicator.upgrading,
        unit=unit,
        direction=direction,
        role=spec.role,
        scale=scale,
        source=indicator.source,
        pitfalls=indicator.pitfalls,
        formula="; ".join(part for part in (formula_of(indicator), outcome_note(spec)) if part),
        primary=replace(found.primary, assumption=reading.assumption) if found.primary else None,
        reason=found.reason,
        others=found.others,
        means=with_notes(
            found.means,
            winsorised_note(indicator, data.pulled[spec.name].within if spec.name in data.pulled else ()),
            implausible_note(indicator, data.implausible.get(spec.name, 0)),
            outcome_note(spec),
            data.frozen.get(spec.name, ""),
        ),
        changes=found.changes,
        findings=found.findings,
        further=found.further,
        protected=indicator.sensitivity == "protected",
        definition=indicator.id,
        local=definitions.is_local(indicator),
    )
    return result, found.tested


FEW_COVERED = 2 / 3
"""Below this share of registered units, a result is not one on all of them."""


def _coverage(
    definitions: Definitions, data: MeasuredData, outcomes: tuple[OutcomeResult, ...]
) -> list[Finding]:
    """Return a limit where the main outcome is known for few of the units that were to be compared."""
    programme = definitions.programme
    main = next(result for result in outcomes if result.role == "primary")
    if main.primary is None:
        return []
    arms = [*programme.design.contrast.treated, *programme.design.contrast.comparison]
    registered = data.panel.register.filter(pl.col("arm").is_in(arms)).height
    used = main.primary.n_units or main.primary.n
    if used >= FEW_COVERED * registered:
        return []
    many, name = programme.unit_name[1], lower_first(main.label)
    sentence = (
        f"The {name} is known in both waves for {used} of {registered} {many}. The answer speaks for these; "
        f"what happened to the {name} of the other {registered - used} cannot be said."
    )
    advice = "Ask all units for the item, and help those that keep no records to start them."
    title = "Does the answer hold for all?"
    return [Finding(id="coverage", title=title, status="limit", sentence=sentence, advice=advice)]


def _summary(place: Workspace, definitions: Definitions, data: MeasuredData) -> ProgrammeSummary:
    programme, language = definitions.programme, definitions.programme.language
    registered = data.panel.register["arm"].value_counts()
    sizes = dict(zip(registered["arm"].to_list(), registered["count"].to_list(), strict=True))
    waves = []
    for wave in programme.waves:
        manifest = place.manifest(programme.id, wave.id) or {}
        rows = data.waves[wave.id].tables[programme.entity].height
        waves.append(
            WaveSummary(
                wave.id,
                wave.label.in_(language),
                wave.role,
                int(manifest["revision"]),
                rows,
                str(manifest["data_sha256"]),
            )
        )
    contrast = programme.design.contrast
    return ProgrammeSummary(
        id=programme.id,
        title=programme.title.in_(language),
        question=programme.question.in_(language),
        summary=programme.summary.in_(language),
        place=programme.place,
        chain=programme.chain.in_(language),
        currency=programme.currency,
        source=programme.source,
        unit_name=programme.unit_name,
        assignment=programme.design.assignment,
        design=programme.design.description.in_(language),
        threats=tuple(threat.in_(language) for threat in programme.design.threats),
        treated=contrast.treated,
        comparison=contrast.comparison,
        baseline=contrast.baseline,
        follow_up=contrast.follow_up,
        arms=tuple(
            ArmSummary(name, arm.label.in_(language), arm.role, arm.starts, int(sizes.get(name, 0)))
            for name, arm in programme.arms.items()
        ),
        waves=tuple(waves),
    )


def _trail(
    place: Workspace, definitions: Definitions, outcomes: tuple[OutcomeResult, ...], data: MeasuredData
) -> Trail:
    hashes = definitions.hashes()
    stored = wave_hashes(place, definitions.programme) or {}
    rows: list[tuple[Cell, ...]] = []
    for wave in definitions.programme.waves:
        manifest = place.manifest(definitions.programme.id, wave.id) or {}
        found = manifest.get("warnings", {})
        rows += [(f"wave {wave.id}", f"warnings accepted: {code}", n) for code, n in sorted(found.items())]
    rows += decision_rows(place, definitions, data)
    for result in outcomes:
        if result.indicator in data.implausible:
            rows.append(
                (result.label, "values outside the plausible range, kept", data.implausible[result.indicator])
            )
        if result.indicator in data.pulled:
            rows.append((result.label, "values winsorised", data.pulled[result.indicator].n))
        if result.primary is None:
            continue
        sample = result.primary.sample
        rows.append((result.label, "rows of the panel", sample.rows_in))
        rows += [(result.label, f"left out: {entry.reason}", entry.count) for entry in sample.dropped]
        rows.append((result.label, "rows used", sample.rows_used))
    return Trail(
        run=run_id(hashes, stored, notebook_hash(place.notebook("evaluation"))),
        mande_version=mande.__version__,
        definitions=hashes,
        data=stored,
        steps=Table(
            "From the rows of the panel to the rows of each estimate",
            ("outcome", "step", "rows"),
            tuple(rows),
        ),
        parameters=parameter_table(data.parameters, currency=definitions.programme.currency),
    )
