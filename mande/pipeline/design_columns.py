"""Columns that the design names beside outcomes: who took part, covariates, subgroups, the day asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from mande.errors import Language
from mande.pipeline.runs import Definitions
from mande.schema import Question
from mande.survey.interview import DATE_TITLES
from mande.survey.store import AcceptedWave

ASKED_ON = "day_of_interview"
"""The column that holds the day of the interview."""


def with_design_columns(
    long: pl.DataFrame, definitions: Definitions, waves: Mapping[str, AcceptedWave], key: str
) -> pl.DataFrame:
    """Return the panel with what the design names and the panel lacks, each answer in its own wave.

    Columns of the register stay as they are, but that numbers written as text become numbers where numbers
    are needed. Answers to questions of choice become the labels of the choices, so that subgroups have names.
    Where the unit's table says when it was interviewed, `day_of_interview` holds the day.
    """
    programme = definitions.programme
    design = programme.design
    measures = [name for name in (design.take_up, design.weights, *design.covariates) if name]
    groups = [entry.by for entry in programme.subgroups]
    groups += [design.strata] if design.strata else []
    questions = definitions.catalogue.questions.get(programme.entity, {})
    wanted = [name for name in dict.fromkeys((*measures, *groups)) if name not in long.columns]
    long = _with_answers(long, wanted, programme.entity, waves, key)
    day = day_question(questions)
    if day is not None and day not in long.columns:
        long = _with_answers(long, [day], programme.entity, waves, key)
    if day is not None and day in long.columns and long[day].dtype == pl.Date:
        long = long.with_columns(pl.col(day).alias(ASKED_ON))
    labelled = [name for name in dict.fromkeys(groups) if name in long.columns and name not in measures]
    return long.with_columns(
        *_as_numbers(long, [name for name in measures if name in long.columns]),
        *(_as_labels(long[name], questions.get(name), programme.language) for name in labelled),
    )


def day_question(questions: Mapping[str, Question]) -> str | None:
    """Return the question that tells the day of the interview, by its role or its usual name."""
    by_role = [name for name, question in questions.items() if question.role == "date"]
    by_name = [name for name in DATE_TITLES if name in questions and questions[name].type == "date"]
    return next(iter((*by_role, *by_name)), None)


def _with_answers(
    long: pl.DataFrame,
    names: Iterable[str],
    entity: str,
    waves: Mapping[str, AcceptedWave],
    key: str,
) -> pl.DataFrame:
    """Return the panel with answers of the unit, each in the wave that it was given in."""
    answers = answers_of(names, waves, entity, key)
    return long.join(answers, on=[key, "wave"], how="left", maintain_order="left")


def answers_of(
    names: Iterable[str], waves: Mapping[str, AcceptedWave], entity: str, key: str
) -> pl.DataFrame:
    """Return answers of every wave as they were given: the key, `wave`, and each question that was asked."""
    wanted = list(names)
    found = []
    for wave, accepted in waves.items():
        table = accepted.tables[entity]
        asked = [name for name in wanted if name in table.columns]
        found.append(table.select(key, pl.lit(wave).alias("wave"), *asked))
    return pl.concat(found, how="diagonal_relaxed")


def _as_numbers(long: pl.DataFrame, names: Iterable[str]) -> list[pl.Series]:
    """Return texts that are all numbers as numbers; others as they are, for the estimator to refuse."""
    changed = []
    for name in dict.fromkeys(names):
        series = long[name]
        if series.dtype != pl.String:
            continue
        filled = series.set(series == "", None)
        numbers = filled.cast(pl.Float64, strict=False)
        if numbers.null_count() == filled.null_count():
            changed.append(numbers)
    return changed


def _as_labels(series: pl.Series, question: Question | None, language: Language) -> pl.Series:
    if question is not None and question.choices and series.dtype == pl.String:
        labels = {code: label.in_(language) for code, label in question.choices.items()}
        return series.replace(labels)
    if series.dtype == pl.Boolean:
        words = {"en": ("yes", "no"), "fr": ("oui", "non"), "es": ("sí", "no")}[language]
        return pl.Series(series.name, [None if v is None else words[0 if v else 1] for v in series.to_list()],
                         dtype=pl.String)  # fmt: skip
    if series.dtype == pl.String:
        return series.set(series == "", None)
    return series
