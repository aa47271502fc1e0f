"""How far a question of a form can be one of the library's at all: type, choices, what it asks for, words.

Names and texts that look alike are not enough: 'Are you talking to the household head?' shares most of its
words with 'Sex of the head of household'. What is asked for must be the same kind of thing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set

import numpy as np

from mande.errors import Language
from mande.schema.question import Question, QuestionType
from mande.survey.forms.choices import recoded, says_yes_or_no
from mande.survey.forms.form import FormQuestion, FormType
from mande.survey.forms.words import plain, spelled, stem

Scores = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Entry = tuple[str, str, Question]
LANGUAGES: tuple[Language, ...] = ("en", "fr", "es")
FITS: Mapping[FormType, frozenset[QuestionType]] = {
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
_ID_WORDS = frozenset(
    {"id", "ids", "code", "codigo", "código", "identifier", "identifiant", "identificador", "identificação"}
)
_NAME_WORDS = frozenset(
    {"name", "names", "named", "surname", "nome", "nomes", "nom", "noms", "nombre", "nombres"}
)
_FEW = 5
"""With so few choices a question asks for a property, not for one of many units."""
_SHORT = 4
"""A label of so few telling words is only met where all of them are."""
_OTHER_CHOICES, _ASKS_A_NAME = 0.75, 0.75


def words_of(question: FormQuestion) -> frozenset[str]:
    """Return the words of a question's name and text, plurals as singulars."""
    text = plain(question.text) if question.labels else ""
    return frozenset(map(stem, f"{spelled(question.name)} {text}".split()))


def is_id(question: FormQuestion) -> bool:
    """Return whether a question asks for one of many units by its code."""
    words = words_of(question)
    is_one_of_few = 0 < len(question.choices) <= _FEW
    return question.type in _IDS and bool(words & _ID_WORDS) and not words & _NAME_WORDS and not is_one_of_few


def can_be(
    asked: Sequence[FormQuestion], library: Sequence[Entry], ids: Set[tuple[str, str | None]]
) -> Scores:
    """Return for each pair of questions how far it is possible: 0 where it is not, 1 where nothing speaks
    against it.

    Parameters
    ----------
    asked
        Questions of the form.
    library
        Table, id and definition of the library's questions.
    ids
        Those that hold ids (table, question): text however they look.
    """
    is_key = np.array([(table, name) in ids for table, name, _ in library])
    types = np.array([[entry.type in FITS[q.type] for _, _, entry in library] for q in asked])
    asks_id = np.array([is_id(q) for q in asked])
    possible = np.where(is_key[None, :], asks_id[:, None], types).astype(np.float64)
    yes_no = np.array([says_yes_or_no(q.choices) for q in asked])
    has_choices = np.array([len(q.choices) > 0 for q in asked])
    is_yes_no = np.array([entry.type == "yes_no" for _, _, entry in library])
    is_choice = np.array([entry.type == "choice" for _, _, entry in library])
    possible[np.ix_(yes_no, is_choice & ~is_key)] = 0.0
    possible[np.ix_(has_choices & ~yes_no, is_yes_no)] = 0.0
    names = np.array([bool(words_of(q) & _NAME_WORDS) for q in asked])
    speaks_of_names = np.array(
        [bool(set(f"{spelled(n)} {plain(e.label.en)}".split()) & _NAME_WORDS) for _, n, e in library]
    )
    possible[np.ix_(names, ~speaks_of_names)] *= _ASKS_A_NAME
    return possible


def same_choices(asked: FormQuestion, question: Question) -> float:
    """Return 1, or less where none of the choices offered is one of the library's."""
    if question.type != "choice" or asked.type != "choice" or not asked.choices:
        return 1.0
    _, without = recoded(asked.choices, question)
    return _OTHER_CHOICES if len(without) == len(asked.choices) else 1.0


def covered(asked: Sequence[FormQuestion], library: Sequence[Entry]) -> Scores:
    """Return how much of a label's telling words a question has, rare words weighing more (0 to 1).

    In the language that fits best. Long labels are told by half of their words.
    """
    own = [words_of(q) for q in asked]
    found = np.zeros((len(asked), len(library)))
    for language in LANGUAGES:
        labels = [frozenset(map(stem, plain(e.label.in_(language)).split())) for _, _, e in library]
        counts = Counter(word for label in labels for word in label)
        vocabulary = {word: place for place, word in enumerate(counts)}
        weights = np.array([math.log(1 + len(labels) / count) for count in counts.values()])
        has = np.zeros((len(asked), len(vocabulary)))
        for row, words in enumerate(own):
            has[row, [vocabulary[word] for word in words if word in vocabulary]] = 1.0
        needs = np.zeros((len(library), len(vocabulary)))
        for column, words in enumerate(labels):
            needs[column, [vocabulary[word] for word in words]] = 1.0
        needs *= weights
        total = needs.sum(axis=1)
        share = np.divide(has @ needs.T, total, out=np.zeros_like(found), where=total > 0)
        is_short = np.array([len(label) <= _SHORT for label in labels])
        found = np.maximum(found, np.where(is_short, share, (1 + share) / 2))
    return found
