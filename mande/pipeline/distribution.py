"""Outcomes that are statistics of a distribution: how they are checked, measured and named.

Their column holds the recentred influence function of the statistic within arm and wave, so that the
difference-in-differences of it is the effect on the statistic (Firpo, Fortin and Lemieux 2009).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Code, Language, Place, Problem, Text
from mande.measure import frozen_entry, read_entry, recentred
from mande.measure.freezing import FROZEN, is_frozen
from mande.measure.problems import F_STATISTIC
from mande.measure.sample import Sample
from mande.measure.scopes import Reader
from mande.measure.statistics import available
from mande.schema import Indicator, Outcome
from mande.schema.programme import Contrast
from mande.wording import lower_first

P_DISTRIBUTION = Code(
    "P-DISTRIBUTION",
    Text(
        "the programme's effect on this statistic cannot be estimated",
        "l'effet du programme sur cette statistique ne peut pas être estimé",
        "el efecto del programa sobre esta estadística no se puede estimar",
    ),
    Text(
        "a statistic of the indicator's value with a linearised variable: {expected}",
        "une statistique de la valeur de l'indicateur avec une variable linéarisée : {expected}",
        "una estadística del valor del indicador con una variable linealizada: {expected}",
    ),
    Text(
        "Name one of these under `distribution`, or leave it out to estimate the effect on the mean.",
        "Nommez l'une d'elles sous `distribution`, ou omettez-le pour estimer l'effet sur la moyenne.",
        "Nombre una de ellas bajo `distribution`, u omítalo para estimar el efecto sobre la media.",
    ),
)


def check_distribution(
    outcome: Outcome, indicator: Indicator, catalogue: Catalogue, *, file: str
) -> Iterator[Problem]:
    """Yield what is wrong with the statistic that an outcome is."""
    if outcome.distribution is None:
        return
    place = Place(file=file, question=f"outcomes.{outcome.indicator}.distribution")
    reader = Reader(with_statistic(outcome, indicator), catalogue)
    reader.read()
    wrong = [replace(problem, place=place) for problem in reader.problems if problem.code is F_STATISTIC]
    yield from wrong
    if wrong:
        return
    read = read_entry(outcome.distribution)
    first = next(iter(read.roles))
    of = read.roles[first]
    if not read.statistic.can_recentre or not (of == "value" or isinstance(of, tuple)):
        known = ", ".join(name for name, statistic in available().items() if statistic.can_recentre)
        found = f"{read.statistic.name} of {of}"
        yield Problem(P_DISTRIBUTION, place, {"found": found, "expected": known})


def with_statistic(outcome: Outcome, indicator: Indicator) -> Indicator:
    """Return the indicator with the outcome's statistic alone, so that its columns are measured with it."""
    if outcome.distribution is None:
        return indicator
    return indicator.model_copy(update={"statistics": (outcome.distribution,), "weigh_by": None})


def columns_beside(outcome: Outcome) -> dict[str, str]:
    """Return the columns that an outcome's statistic takes beside the value, under names of its own."""
    if outcome.distribution is None:
        return {}
    columns = read_entry(outcome.distribution).columns
    return {name: f"{outcome.name}:{name}" for name in columns if name != "value"}


def recentred_outcome(
    long: pl.DataFrame, outcome: Outcome, contrast: Contrast, *, weights: str = "weight"
) -> tuple[pl.DataFrame, str]:
    """Return the panel with the outcome's column recentred within arm and wave, and what was frozen for it.

    Units without a value stay without one; so do all of a cell that has no such statistic. What a statistic
    keeps from a reference group is that of the contrast's comparison arms at its baseline, with the
    register's `weights` where there are any.
    """
    if outcome.distribution is None:
        return long, ""
    beside = columns_beside(outcome)
    cells = long.select(
        pl.col("arm").alias(":arm"),
        pl.col("wave").alias(":wave"),
        pl.col(outcome.name).alias("value"),
        *(
            pl.col(name).cast(pl.Float64, strict=False).alias(":weight")
            for name in (weights,)
            if name in long.columns
        ),
        *(pl.col(there).alias(name) for name, there in beside.items()),
    )
    entry, told = _frozen(outcome.distribution, cells, contrast)
    found = recentred(cells, entry, "value", within=[":arm", ":wave"])
    return long.with_columns(found.alias(outcome.name)).drop(beside.values()), told


def _frozen(
    entry: str | Mapping[str, Any], cells: pl.DataFrame, contrast: Contrast
) -> tuple[str | Mapping[str, Any], str]:
    """Return the entry with what it keeps from the reference group, and that in words."""
    if not is_frozen(entry):
        return entry, ""
    at_baseline = cells.filter(pl.col(":wave") == contrast.baseline)
    reference = at_baseline.filter(pl.col(":arm").is_in(contrast.comparison))
    kept = frozen_entry(entry, reference, weight=":weight" if ":weight" in cells.columns else None)
    read = read_entry(kept)
    nobody = Sample({}, np.empty(0), read.options)
    why = read.options[FROZEN]
    return kept, why if isinstance(why, str) else read.statistic.notes(nobody)


def outcome_label(outcome: Outcome, indicator: Indicator, language: Language) -> str:
    """Return what the outcome is called: the indicator's label, or that of a statistic of it."""
    label = indicator.label.in_(language)
    if outcome.distribution is None:
        return label
    read = read_entry(outcome.distribution)
    return read.statistic.label.in_(language).format(value=lower_first(label), **read.options)


def outcome_terms(outcome: Outcome, indicator: Indicator) -> tuple[str, str]:
    """Return the outcome's unit and direction."""
    if outcome.distribution is None:
        return indicator.unit, indicator.direction
    statistic = read_entry(outcome.distribution).statistic
    unit = indicator.unit if statistic.unit == "value" else statistic.unit
    return unit, indicator.direction if statistic.direction == "value" else statistic.direction


def outcome_note(outcome: Outcome) -> str:
    """Return how the column of a distributional outcome is made, or an empty text."""
    if outcome.distribution is None:
        return ""
    formula = read_entry(outcome.distribution).statistic.formula
    return (
        f"each unit's value is its recentred influence on the statistic ({formula}) within arm and wave, "
        "and the mean of these is the statistic"
    )
