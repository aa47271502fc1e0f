"""For each question of a form, the questions of the library that it may be.

Names and texts are compared by rapidfuzz; nothing is linked by itself. A suggestion is `sure` where the
names are the same or both name and text agree, and only one question of the form lays claim to it: a
draft takes it up. The others are listed for a person to choose.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from mande.schema.question import Question, Table
from mande.survey.forms.fit import (
    FITS,
    LANGUAGES,
    Entry,
    Scores,
    can_be,
    covered,
    is_id,
    same_choices,
    words_of,
)
from mande.survey.forms.form import FormQuestion, SurveyForm
from mande.survey.forms.words import plain, spelled
from mande.survey.grid import normal_title
from mande.survey.mapping import with_key
from mande.survey.naming import fields_of, label_texts

SURE, PERHAPS = 90.0, 62.0
_SHOWN = 3
_MANY = 20
_SAME_NAME, _NAME_WEIGHT = 97.0, 0.3
_SAME_FIELD = 100.0
_ELSEWHERE = 75.0
"""A question of the main part hardly answers a roster's: less alike, it is not worth a look."""
_KEY = 80.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question of the library, and how alike it is (0 to 100)."""

    table: str
    question: str
    score: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A form's question with the library's questions it may be, best first; the first one may be sure."""

    asked: FormQuestion
    candidates: tuple[Candidate, ...]
    is_sure: bool


def suggest(
    form: SurveyForm,
    questions: Mapping[str, Mapping[str, Question]],
    *,
    entity: str,
    tables: Mapping[str, Table],
) -> tuple[dict[str, str], list[Suggestion]]:
    """Return the table of each repeat, and the suggestions for every question of a form.

    Parameters
    ----------
    form
        The questionnaire.
    questions
        The library's questions, by table.
    entity
        The table of the main part.
    tables
        Every table. Their keys and links may be numbers in the form: an id is text however it looks.

    Returns
    -------
    The repeats of which most questions fit one roster, with that roster (the main part, '', is the
    entity's); and one suggestion for each question that has an answer, in the order of the form.
    """
    below = [name for name in tables if _is_below(name, entity, tables)]
    library = [
        (table, name, entry)
        for table in below
        for name, entry in with_key(questions.get(table, {}), tables[table]).items()
        if not entry.personal
    ]
    ids = {(name, question) for name in below for question in (tables[name].key, tables[name].link)}
    asked = [entry for entry in form.questions if FITS[entry.type]]
    scores = _scores(asked, library, ids)
    _suggest_key(asked, library, scores, entity, tables[entity])
    rosters = _rosters(form, asked, library, scores, entity)
    found = [_ranked(entry, library, row, rosters) for entry, row in zip(asked, scores, strict=True)]
    return rosters, _claimed(found)


def _is_below(table: str, entity: str, tables: Mapping[str, Table]) -> bool:
    above: str | None = table
    while above is not None and above != entity:
        above = tables[above].parent
    return above == entity


def _scores(
    asked: Sequence[FormQuestion], library: Sequence[Entry], ids: Set[tuple[str, str | None]]
) -> Scores:
    """Return how alike each question asked is to each of the library; 0 where one cannot be the other."""
    if not asked or not library:
        return np.zeros((len(asked), len(library)))
    names = process.cdist(
        [spelled(q.name) for q in asked], [spelled(q) for _, q, _ in library], scorer=fuzz.token_sort_ratio
    )
    texts = np.zeros_like(names)
    own = [plain(q.text) if q.labels else "" for q in asked]
    for language in LANGUAGES:
        labels = [plain(entry.label.in_(language)) for _, _, entry in library]
        # A field question says more than a label: that it holds the label's words counts as well.
        holds = process.cdist(own, labels, scorer=fuzz.token_set_ratio)
        alike = process.cdist(own, labels, scorer=fuzz.token_sort_ratio)
        is_telling = np.array([len(label.split()) > 1 for label in labels])
        texts = np.maximum(texts, np.where(is_telling, (holds + alike) / 2, alike))
    texts = texts * covered(asked, library)
    mixed = _NAME_WEIGHT * names + (1 - _NAME_WEIGHT) * texts
    same = np.where(names >= 100.0, _SAME_NAME, 0.0)
    best = np.maximum.reduce([mixed, same, np.where(texts >= 92.0, texts, 0.0)])
    best *= can_be(asked, library, ids)
    for row, column in np.argwhere(best >= PERHAPS):
        best[row, column] *= same_choices(asked[row], library[column][2])
    return _with_fields(asked, library, best)


def _with_fields(asked: Sequence[FormQuestion], library: Sequence[Entry], scores: Scores) -> Scores:
    """Return the scores with those of our own form's fields: their names say table and question."""
    of = {(table, name): column for column, (table, name, _) in enumerate(library)}
    fields = {
        field: of[table, name]
        for table in {table for table, _, _ in library}
        for field, name in fields_of(table, [n for t, n, _ in library if t == table]).items()
    }
    for row, question in enumerate(asked):
        column = fields.get(normal_title(question.name))
        if column is not None and (table_type := library[column][2].type):
            is_possible = table_type in FITS[question.type] or question.type == "calculated"
            scores[row, column] = max(scores[row, column], _SAME_FIELD if is_possible else 0.0)
    return scores


_UNIT_WORDS = frozenset(
    {
        *("household", "producer", "respondent", "beneficiary", "participant", "member", "unit", "ménage"),
        *("hogar", "agregado", "productor", "producteur", "agricultor", "beneficiário", "beneficiaire"),
    }
)


def _suggest_key(
    asked: Sequence[FormQuestion], library: Sequence[Entry], scores: Scores, entity: str, schema: Table
) -> None:
    """Raise the score of questions of the main part that ask which unit is interviewed.

    The unit has the form's own word for it (a farmer, a beneficiary), not the library's.
    """
    column = next(i for i, (table, name, _) in enumerate(library) if (table, name) == (entity, schema.key))
    own = {word for text in label_texts(schema.label) for word in plain(text).split()}
    for row, question in enumerate(asked):
        words = words_of(question)
        names_unit = words & (_UNIT_WORDS | own) or len(question.choices) > _MANY
        if question.type == "calculated":  # its text is no question: only its name can tell
            names_unit = spelled(question.name) == "id"
        if not question.repeat and is_id(question) and names_unit:
            scores[row, column] = max(scores[row, column], _KEY)


def _rosters(
    form: SurveyForm,
    asked: Sequence[FormQuestion],
    library: Sequence[Entry],
    scores: Scores,
    entity: str,
) -> dict[str, str]:
    """Return the roster each repeat fits best: the one whose questions are most alike in sum."""
    found = {"": entity}
    tables = [table for table, _, _ in library]
    named = {normal_title(table): table for table in tables if table != entity}
    best: dict[str, float] = {}
    for repeat in form.repeats:
        if normal_title(repeat) in named:  # our own form calls its repeats as their tables
            found[repeat] = named[normal_title(repeat)]
            best[found[repeat]] = math.inf
            continue
        rows = [i for i, entry in enumerate(asked) if entry.repeat == repeat]
        totals: dict[str, float] = {}
        for table in dict.fromkeys(tables):
            columns = [j for j, name in enumerate(tables) if name == table]
            if table != entity and rows and columns:
                alike = scores[np.ix_(rows, columns)].max(axis=1)
                totals[table] = float(alike[alike >= PERHAPS].sum())
        table = max(totals, key=lambda name: totals[name], default="")
        if table and totals[table] >= 2 * PERHAPS and totals[table] > best.get(table, 0.0):
            # A table has one repeat: the one that fits it best.
            found = {name: own for name, own in found.items() if own != table}
            found[repeat], best[table] = table, totals[table]
    return found


def perhaps_rosters(
    form: SurveyForm, rosters: Mapping[str, str], tables: Mapping[str, Table], entity: str
) -> dict[str, str]:
    """Return, for repeats without a table, the table whose name most of their questions speak of."""
    found: dict[str, str] = {}
    for repeat in form.repeats:
        asked = [words_of(q) for q in form.questions if q.repeat == repeat]
        for table, schema in tables.items():
            if repeat in rosters or schema.parent is None or not _is_below(table, entity, tables):
                continue
            own = words_of(FormQuestion(name=table, type="text", labels={"": schema.label.en}))
            own -= words_of(FormQuestion(name=schema.parent, type="text"))
            if sum(bool(words & own) for words in asked) * 2 >= len(asked):
                found.setdefault(repeat, table)
    return found


def _ranked(
    asked: FormQuestion,
    library: Sequence[Entry],
    row: Scores,
    rosters: Mapping[str, str],
) -> Suggestion:
    own = rosters.get(asked.repeat)
    likely = [
        j for j in np.flatnonzero(row >= PERHAPS).tolist() if library[j][0] == own or row[j] >= _ELSEWHERE
    ]
    order = sorted(
        likely, key=lambda j: (library[j][0] != own and row[j] < SURE, -row[j], library[j][0] != own)
    )
    found = tuple(
        Candidate(library[j][0], library[j][1], round(float(row[j]), 1)) for j in map(int, order[:_SHOWN])
    )
    is_sure = bool(found) and found[0].score >= SURE and found[0].table == own
    return Suggestion(asked, found, is_sure)


def _claimed(found: Iterable[Suggestion]) -> list[Suggestion]:
    """Return the suggestions with one claim at most to each question of the library: the best."""
    ordered = list(found)
    best: dict[tuple[str, str], float] = {}
    for entry in ordered:
        if entry.is_sure:
            key = (entry.candidates[0].table, entry.candidates[0].question)
            best[key] = max(best.get(key, 0.0), entry.candidates[0].score)
    taken: set[tuple[str, str]] = set()
    result = []
    for entry in ordered:
        sure = entry.is_sure
        if sure:
            key = (entry.candidates[0].table, entry.candidates[0].question)
            sure = key not in taken and entry.candidates[0].score >= best[key]
            taken |= {key} if sure else set()
        result.append(Suggestion(entry.asked, entry.candidates, sure))
    return result
