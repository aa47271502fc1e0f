"""What a column's title names: a question by its id, by its field in our form, or behind its groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache

from mande.errors import Text
from mande.schema.common import Label
from mande.schema.form_fields import OPENING, OPENING_FIELDS, form_field
from mande.survey.grid import RawTable, normal_title

_GROUP_MARK = re.compile(r"[/:.-]")


def tails(title: str) -> list[str]:
    """Return what follows each mark between groups in a title, the longest first.

    Examples
    --------
    >>> tails("form.interview.hh_id")
    ['interview.hh_id', 'hh_id']
    """
    return [title[match.end() :] for match in _GROUP_MARK.finditer(title)]


def label_texts(label: Label) -> set[str]:
    """Return a label in every language it has."""
    return {text for text in (label.en, label.fr, label.es) if text}


def fields_of(table: str, names: Iterable[str]) -> dict[str, str]:
    """Return, for each field that our form may have written in place of a question's id, the question."""
    known = set(names)
    fields = {form_field(table, name): name for name in known} if table else {}
    return {field: name for field, name in fields.items() if field not in known}


def own_titles(table: str, question: str, columns: Mapping[str, str]) -> set[str]:
    """Return the titles, as they are compared, by which a question is known: mapped, id, field of our form.

    Parameters
    ----------
    table
        The question's table; empty where it is not known.
    question
        Its id.
    columns
        Titles that the programme has mapped, each with its question.
    """
    mapped = {normal_title(title) for title, name in columns.items() if name == question}
    return mapped or {normal_title(question), *fields_of(table, (question,))}


def index_of(raw: RawTable, question: str, columns: Mapping[str, str], table: str = "") -> int | None:
    """Return the column of a question: of that title, or, where none has it, with it behind its groups."""
    wanted = own_titles(table, question, columns)
    titles = [normal_title(title) for title in raw.columns]
    exact = next((index for index, title in enumerate(titles) if title in wanted), None)
    if exact is not None:
        return exact
    return next((index for index, title in enumerate(titles) if wanted & set(tails(title))), None)


def last_part(title: str) -> str:
    """Return a title as it is compared, without the groups in front that are sure to be groups.

    Examples
    --------
    >>> last_part("grp/Consent"), last_part("form.grp.consent"), last_part("contract-end")
    ('consent', 'consent', 'contract-end')
    """
    plain = normal_title(title).rpartition("/")[2]
    return plain.rpartition(".")[2] if plain.startswith("form.") else plain


OPENING_TITLES: Mapping[str, frozenset[str]] = {
    role: frozenset({OPENING_FIELDS[role], *map(normal_title, label_texts(label))})
    for role, label in OPENING.items()
}
"""Titles of the columns that our form writes before the first question: names, or labels."""
WAVE_TITLES = OPENING_TITLES["wave"]


def hint(word: str, known: tuple[str, ...] | list[str]) -> Text:
    """Return `(did you mean x?)` in three languages, or nothing where nothing known is close.

    Examples
    --------
    >>> hint("coffe", ["coffee", "tea"]).fr
    ' (vouliez-vous dire coffee ?)'
    """
    return _hint(word, tuple(known))


@lru_cache(maxsize=4096)
def _hint(word: str, known: tuple[str, ...]) -> Text:
    close = get_close_matches(word, sorted(set(known)), n=2, cutoff=0.6)
    if not close:
        return Text("")
    return Text(
        f" (did you mean {' or '.join(close)}?)",
        f" (vouliez-vous dire {' ou '.join(close)} ?)",
        f" (¿quiso decir {' o '.join(close)}?)",
    )
