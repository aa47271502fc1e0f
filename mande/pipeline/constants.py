"""Answers that are the same for every row of a programme, and so are not asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Code, Place, Problem, Text, did_you_mean
from mande.schema import Programme, Question
from mande.schema.programme import Constant
from mande.survey.store import AcceptedWave

P_CONSTANT = Code(
    "P-CONSTANT",
    Text(
        "the programme states an answer that no question takes",
        "le programme donne une réponse qu'aucune question n'admet",
        "el programa da una respuesta que ninguna pregunta admite",
    ),
    Text("{expected}"),
    Text(
        "Correct `constants` in programme.yaml.",
        "Corrigez `constants` dans programme.yaml.",
        "Corrija `constants` en programme.yaml.",
    ),
)
_WANTED = {"yes_no": "true or false", "text": "a text", "date": "a date such as 2024-01-31"}


def constant_problems(programme: Programme, catalogue: Catalogue, file: Path) -> Iterator[Problem]:
    """Yield a problem for each constant that is no question, or an answer its question does not take."""
    known = sorted({name for questions in catalogue.questions.values() for name in questions})
    for name, value in programme.constants.items():
        place = Place(file=str(file), question=f"constants.{name}")
        asked = [questions[name] for questions in catalogue.questions.values() if name in questions]
        if not asked:
            values = {"found": name, "expected": f"the id of a question{did_you_mean(name, known)}"}
            yield Problem(P_CONSTANT, place, values)
        for expected in dict.fromkeys(_wanted(question) for question in asked if not _fits(value, question)):
            yield Problem(P_CONSTANT, place, {"found": str(value), "expected": expected})


def _fits(value: Constant, question: Question) -> bool:
    if question.personal:
        return False
    if question.type in ("integer", "number"):
        return isinstance(value, float) and _is_in_range(value, question)
    if question.type == "yes_no":
        return isinstance(value, bool)
    if question.type == "date":
        return isinstance(value, dt.date)
    if question.type == "choice":
        return value in question.choices
    return question.type == "text" and isinstance(value, str)


def _is_in_range(value: float, question: Question) -> bool:
    low, high = question.range or (None, None)
    whole = question.type == "number" or value.is_integer()
    return whole and (low is None or value >= low) and (high is None or value <= high)


def _wanted(question: Question) -> str:
    if question.personal or question.type == "multiple":
        return "a question with one answer that identifies nobody"
    if question.type == "choice":
        return f"one of: {', '.join(question.choices)}"
    return _WANTED.get(question.type, f"a valid {question.type}")


def with_constants(wave: AcceptedWave, programme: Programme, catalogue: Catalogue) -> AcceptedWave:
    """Return the wave with the programme's constants where a table has the question but no answer at all.

    A column with even one answer was asked; it stays as it is, and what is missing in it stays missing.
    """
    tables = dict(wave.tables)
    reasons = wave.reasons
    for name, frame in wave.tables.items():
        stated = {
            question: value
            for question, value in programme.constants.items()
            if question in catalogue.questions.get(name, {})
            and question in frame.columns
            and frame[question].null_count() == frame.height
        }
        constants = [pl.lit(value).cast(frame.schema[key]).alias(key) for key, value in stated.items()]
        tables[name] = frame.with_columns(constants)
        about = (pl.col("table") == name) & pl.col("question").is_in(list(stated))
        reasons = reasons.filter(~about)
    return replace(wave, tables=MappingProxyType(tables), reasons=reasons)
