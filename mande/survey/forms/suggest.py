"""For each question of a form, the questions of the library that it may be.

Names and texts are compared by rapidfuzz; nothing is linked by itself. A suggestion is `sure` where the
names are the same or both name and text agree, and only one question of the form lays claim to it: a
draft takes it up. The others are listed for a person to choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from mande.errors import Language
from mande.schema.question import Question, QuestionType, Table
from mande.survey.forms.form import FormQuestion, FormType, SurveyForm
from mande.survey.mapping import with_key

SURE, PERHAPS = 90.0, 62.0
_SHOWN = 3
_SAME_NAME, _NAME_WEIGHT = 97.0, 0.3
_FITS: Mapping[FormType, frozenset[QuestionType]] = {
    "text": frozenset({"text"}),
    "integer": frozenset({"integer", "number"}),
    "number": frozenset({"integer", "number"}),
    "choice": frozenset({"choice", "yes_no"}),
    "multiple": frozenset({"multiple"}),
    "date": frozenset({"date"}),
    "calculated": frozenset({"text", "integer", "number", "yes_no", "choice", "date"}),
    "place": frozenset(),
    "file": frozenset(),
}
_IDS: frozenset[FormType] = frozenset({"text", "integer", "choice", "calculated"})
_WORDS: Mapping[str, str] = {
    "gender": "sex", "hh": "household", "hhid": "household id", "qty": "quantity", "kg": "quantity",
    "edu": "education", "educ": "education", "yrs": "years", "yr": "year", "resp": "respondent",
    "farmer": "producer", "ha": "area", "num": "number", "no": "number", "n": "number", "amt": "amount",
    "inc": "income", "exp": "expenditure", "org": "organisation", "fert": "fertiliser",
    "coop": "cooperative", "group": "grp", "memb": "member", "membership": "member", "val": "value",
}  # fmt: skip
"""Abbreviations of field questionnaires, spelled out before names are compared."""


_SMALL_WORDS = """
a an and any are at be by did do does for from had has have he her here his how i if in is it its last
many me more much of on one or our she that the their them there these they this those to up was we were
what when which who will with would you your yourself including please
au aux avec ce ces combien dans de des du elle en est et il ils la le les leur ou par pour quel quelle
que qui sa se ses son sont sur un une votre vous
al con cual cuando cuantas cuantos cuántas cuántos del el en es esta este la las los más o para por que qué
se si su sus un una usted y
"""
_SMALL = frozenset(_SMALL_WORDS.split())
LANGUAGES: tuple[Language, ...] = ("en", "fr", "es")


_Entry = tuple[str, str, Question]
_Scores = np.ndarray[tuple[int, int], np.dtype[np.float64]]


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
    asked = [entry for entry in form.questions if _FITS[entry.type]]
    scores = _scores(asked, library, ids)
    rosters = _rosters(form, asked, library, scores, entity)
    found = [_ranked(entry, library, row, rosters) for entry, row in zip(asked, scores, strict=True)]
    return rosters, _claimed(found)


def _is_below(table: str, entity: str, tables: Mapping[str, Table]) -> bool:
    above: str | None = table
    while above is not None and above != entity:
        above = tables[above].parent
    return above == entity


def _scores(
    asked: Sequence[FormQuestion], library: Sequence[_Entry], ids: Set[tuple[str, str | None]]
) -> _Scores:
    """Return how alike each question asked is to each of the library; 0 where the types do not fit."""
    if not asked or not library:
        return np.zeros((len(asked), len(library)))
    names = process.cdist(
        [_spelled(q.name) for q in asked], [_spelled(q) for _, q, _ in library], scorer=fuzz.token_sort_ratio
    )
    texts = np.zeros_like(names)
    own = [_plain(q.text) if q.labels else "" for q in asked]
    for language in LANGUAGES:
        labels = [_plain(entry.label.in_(language)) for _, _, entry in library]
        # A field question says more than a label: that it holds the label's words counts as well.
        holds = process.cdist(own, labels, scorer=fuzz.token_set_ratio)
        alike = process.cdist(own, labels, scorer=fuzz.token_sort_ratio)
        is_telling = np.array([len(label.split()) > 1 for label in labels])
        texts = np.maximum(texts, np.where(is_telling, (holds + alike) / 2, alike))
    mixed = _NAME_WEIGHT * names + (1 - _NAME_WEIGHT) * texts
    same = np.where(names >= 100.0, _SAME_NAME, 0.0)
    best = np.maximum.reduce([mixed, same, np.where(texts >= 92.0, texts, 0.0)])
    fits = [
        [entry.type in _FITS[q.type] or ((t, n) in ids and q.type in _IDS) for t, n, entry in library]
        for q in asked
    ]
    return np.where(np.array(fits), best, 0.0)


def _spelled(name: str) -> str:
    words = re.findall(r"[a-zà-ÿ]+|\d+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).casefold())
    return " ".join(_WORDS.get(word, word) for word in words)


def _plain(text: str) -> str:
    """Return the telling words of a question: without its number, its references and small words."""
    text = re.sub(r"\$\{[^}]*\}", " ", text)
    text = re.sub(r"^\s*[A-Za-z]?\d+(\.\d+)*[a-z]?\s*[.):-]\s*", "", text)
    words = re.findall(r"[^\W_]+", text.casefold()[:300])
    return " ".join(_WORDS.get(word, word) for word in words if word not in _SMALL)


def _rosters(
    form: SurveyForm,
    asked: Sequence[FormQuestion],
    library: Sequence[_Entry],
    scores: _Scores,
    entity: str,
) -> dict[str, str]:
    """Return the roster each repeat fits best: the one whose questions are most alike in sum."""
    found = {"": entity}
    tables = [table for table, _, _ in library]
    for repeat in form.repeats:
        rows = [i for i, entry in enumerate(asked) if entry.repeat == repeat]
        totals: dict[str, float] = {}
        for table in dict.fromkeys(tables):
            columns = [j for j, name in enumerate(tables) if name == table]
            if table != entity and rows and columns:
                best = scores[np.ix_(rows, columns)].max(axis=1)
                totals[table] = float(best[best >= PERHAPS].sum())
        table = max(totals, key=lambda name: totals[name], default="")
        if table and totals[table] >= 2 * PERHAPS:
            found[repeat] = table
    return found


def _ranked(
    asked: FormQuestion,
    library: Sequence[_Entry],
    row: _Scores,
    rosters: Mapping[str, str],
) -> Suggestion:
    own = rosters.get(asked.repeat)
    order = sorted(np.flatnonzero(row >= PERHAPS).tolist(), key=lambda j: (-row[j], library[j][0] != own))
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
