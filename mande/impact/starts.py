"""Starts of treatment that the waves do not show, and cohorts that are lost: errors and findings."""

from __future__ import annotations

import numbers
from collections.abc import Iterator

import numpy as np
import pandas as pd

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.contract import Request
from mande.impact.observations import Observations
from mande.impact.waves import wave_label
from mande.results import Finding


def negative_starts(starts: pd.Series, column: str) -> list[Problem]:
    """Return a problem where starts are negative: a code for missing, and no wave."""
    told = starts.dropna().unique()
    # A start at minus infinity is no wave either, and told as such.
    values = [value for value in told if _is_number(value) and -np.inf < float(value) < 0]
    if not values:
        return []
    found = f"{int(starts.isin(values).sum())} negative, for example {min(values)}"
    return [codes.problem(codes.COHORT, column=column, found=found)]


def start_findings(frame: pd.DataFrame, request: Request, data: Observations) -> tuple[Finding, ...]:
    """Return findings: starts between waves, starts after the last wave, cohorts without any outcome.

    Columns of `frame`: those that the request names; units are counted by `unit`, else rows.
    """
    if request.first_treated is None or request.time is None:
        return ()
    starts = frame[request.first_treated]
    told = starts.drop_duplicates().dropna()
    labels = {value: wave_label(value) for value in told if not _is_never(value)}
    waves = {wave_label(value) for value in frame[request.time].dropna().unique()}
    found = list(_outside(frame, request, labels, waves))
    return (*found, *_lost(frame, request, data, labels))


def _outside(
    frame: pd.DataFrame, request: Request, labels: dict[object, str], waves: set[str]
) -> Iterator[Finding]:
    column = str(request.first_treated)
    outside = [value for value, label in labels.items() if label not in waves and _is_number(value)]
    numeric = [float(wave) for wave in waves if _is_numeral(wave)]
    if not outside or len(numeric) < len(waves) or not numeric:
        return
    kinds = {
        "starts.between_waves": (
            [v for v in outside if min(numeric) < float(str(v)) < max(numeric)],
            "Starts between two waves",
            "start between waves ({0}): their first treated wave is the next one",
            "Check the dates. Where a start lies between two waves, the next one is the first treated wave.",
        ),
        "starts.after_last_wave": (
            [v for v in outside if float(str(v)) > max(numeric)],
            "Starts after the last wave",
            "start after the last wave ({0}): they count as never treated",
            "Check the dates. Leave these units out if they already changed in expectation of the programme.",
        ),
    }
    for name, (values, title, text, advice) in kinds.items():
        if values:
            count = _units(frame, request, frame[column].isin(values))
            listed = ", ".join(sorted(labels[value] for value in values)[:5])
            sentence = f"{count} {text.format(listed)}."
            yield Finding(name, title, "caution", sentence, outcome=request.outcome, advice=advice)


def _lost(
    frame: pd.DataFrame, request: Request, data: Observations, labels: dict[object, str]
) -> Iterator[Finding]:
    """Yield a finding where a cohort has no row left."""
    column = str(request.first_treated)
    needed = [request.outcome, *request.covariates, *request.arms, str(request.time)]
    usable = frame[needed].notna().all(axis=1)
    gone = [value for value in labels if not usable[frame[column] == value].any()]
    is_left = data.first_treated is not None and bool(np.isfinite(data.first_treated).any())
    if not gone or not is_left:
        return
    listed = ", ".join(sorted(labels[value] for value in gone))
    count = _units(frame, request, frame[column].isin(gone))
    sentence = (
        f"Cohorts that start in {listed} have no row with values ({count}): the effect is that on the other "
        "cohorts alone."
    )
    advice = "Find out why nothing is known of them, or say that the effect does not concern them."
    yield Finding("starts.cohort_lost", "A cohort is lost", "limit", sentence, outcome=request.outcome,
                  advice=advice)  # fmt: skip


def _units(frame: pd.DataFrame, request: Request, rows: pd.Series) -> str:
    if request.unit is None:
        return f"{int(rows.sum()):,} rows"
    return f"{frame.loc[rows, request.unit].nunique():,} units"


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _is_never(value: object) -> bool:
    return isinstance(value, numbers.Real) and float(value) in (0.0, np.inf)


def _is_numeral(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True
