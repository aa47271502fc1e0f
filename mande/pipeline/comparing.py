"""What the groups of a programme have in common: balance, losses, make-up of cross-sections, seasons."""

from __future__ import annotations

import pandas as pd

from mande.impact import attrition, balance, composition, interview_seasons
from mande.measure import to_pandas
from mande.pipeline.data import MeasuredData
from mande.pipeline.design_columns import ASKED_ON, answers_of
from mande.pipeline.distribution import outcome_label
from mande.pipeline.runs import Definitions
from mande.results import Finding


def comparisons(definitions: Definitions, data: MeasuredData, key: str) -> list[Finding]:
    """Return what the groups have in common: balance and losses, make-up of cross-sections, seasons."""
    programme = definitions.programme
    contrast = programme.design.contrast
    treated = {**dict.fromkeys(contrast.comparison, 0.0), **dict.fromkeys(contrast.treated, 1.0)}
    baseline = data.baseline.assign(treated_arm=data.baseline["arm"].map(treated))
    frame = data.frame.assign(treated_arm=data.frame["arm"].map(treated))
    cluster = programme.design.cluster if programme.design.cluster in frame.columns else key
    if not contrast.comparison:
        return []
    labels = _labels(definitions)
    found = []
    if contrast.has_baseline:
        found.append(
            balance(
                baseline,
                characteristics=programme.characteristics,
                treated="treated_arm",
                cluster=cluster,
                labels=labels,
            )
        )
    if contrast.has_baseline and programme.is_repeated:
        found.append(_make_up(definitions, data, frame, cluster))
    elif contrast.has_baseline:
        found.append(_attrition(definitions, frame, key, cluster))
    return [*found, *_seasons(definitions, frame)]


def _attrition(definitions: Definitions, frame: pd.DataFrame, key: str, cluster: str) -> Finding:
    programme = definitions.programme
    order = [wave.id for wave in programme.waves]
    return attrition(
        frame,
        unit=key,
        wave="wave",
        treated="treated_arm",
        cluster=cluster,
        waves=order[order.index(programme.design.contrast.baseline) :],
        outcomes=[outcome.name for outcome in programme.outcomes],
        labels=_labels(definitions),
        unit_name=programme.unit_name,
    )


def _make_up(definitions: Definitions, data: MeasuredData, frame: pd.DataFrame, cluster: str) -> Finding:
    """Return whether the samples of the waves are made up alike, in what characteristics are not outcomes."""
    programme = definitions.programme
    outcomes = {outcome.name for outcome in programme.outcomes}
    key = definitions.catalogue.tables[programme.entity].key
    names = [name for name in programme.characteristics if name not in outcomes]
    told = answers_of(names, data.waves, programme.entity, key)
    new = [name for name in told.columns if name not in frame.columns or name in (key, "wave")]
    return composition(
        frame.merge(to_pandas(told.select(new)), on=[key, "wave"], how="left"),
        characteristics=[name for name in names if name in new],
        treated="treated_arm",
        wave="wave",
        periods=(programme.design.contrast.baseline, programme.design.contrast.follow_up),
        cluster=cluster,
        labels=_labels(definitions),
    )


def _seasons(definitions: Definitions, frame: pd.DataFrame) -> list[Finding]:
    """Return whether arms were interviewed in the same season, where the day is asked."""
    if ASKED_ON not in frame.columns:
        return []
    programme = definitions.programme
    contrast = programme.design.contrast
    return [
        interview_seasons(
            frame,
            day=ASKED_ON,
            wave="wave",
            arm="arm",
            waves=list(dict.fromkeys((contrast.baseline, contrast.follow_up))),
            arms={name: arm.label.in_(programme.language) for name, arm in programme.arms.items()},
            reference=contrast.comparison,
        )
    ]


def _labels(definitions: Definitions) -> dict[str, str]:
    language = definitions.programme.language
    questions = definitions.catalogue.questions[definitions.programme.entity]
    labels = {name: question.label.in_(language) for name, question in questions.items()}
    indicators = definitions.catalogue.indicators
    labels |= {name: entry.label.in_(language) for name, entry in indicators.items()}
    return labels | {
        outcome.name: outcome_label(outcome, indicators[outcome.indicator], language)
        for outcome in definitions.programme.outcomes
    }
