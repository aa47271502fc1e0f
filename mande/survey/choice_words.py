"""Choices as a reader knows them: the code, and beside it the label in the reader's own language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches

from mande.errors import Language, Text
from mande.schema.common import Label
from mande.schema.question import Question

_SHOWN = 12
_NEXT = 0.1
"""A second choice is proposed where it is about as close as the first: 'femal' is no 'male'."""
_MEANT = Text(" (did you mean {list}?)", " (vouliez-vous dire {list} ?)", " (¿quiso decir {list}?)")
_OR = Text(" or ", " ou ", " o ")


def named(code: str, label: Label, language: Language) -> str:
    """Return a choice as `code (label)`, or the code alone where the label says no more.

    Examples
    --------
    >>> named("f", Label(en="Female", fr="Femme"), "fr"), named("tea", Label(en="Tea"), "en")
    ('f (Femme)', 'tea')
    """
    told = label.in_(language)
    return code if told.casefold() == code.replace("_", " ").casefold() else f"{code} ({told})"


@dataclass(frozen=True, slots=True)
class Choices(Text):
    """The choices of a question, a long list cut short."""

    en: str = ""
    choices: Mapping[str, Label] = field(default_factory=dict)

    def in_(self, language: Language = "en") -> str:
        """Return the list in `language`."""
        shown = [named(code, label, language) for code, label in list(self.choices.items())[:_SHOWN]]
        return ", ".join([*shown, *(["..."] if len(self.choices) > _SHOWN else [])])


@dataclass(frozen=True, slots=True)
class CloseChoice(Text):
    """The choices whose code or label is close to a word, worked out only when it is read.

    Close in the reader's own language comes first; a word of another one leads to the choice all the same.
    """

    en: str = ""
    word: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Label] = field(default_factory=dict)

    def in_(self, language: Language = "en") -> str:
        """Return the hint in `language`, or nothing where nothing is close."""
        own = {
            text: code
            for code, label in self.choices.items()
            for text in (code.casefold(), label.in_(language).casefold())
        }
        close = _close(self.word, own) or _close(self.word, self.known)
        if not close:
            return ""
        told = _OR.in_(language).join(named(code, self.choices[code], language) for code in close)
        return _MEANT.in_(language).format(list=told)


def _close(word: str, known: Mapping[str, str]) -> list[str]:
    found = get_close_matches(word, sorted(known), n=2, cutoff=0.6)
    likeness = [SequenceMatcher(None, text, word).ratio() for text in found]
    near = [text for text, like in zip(found, likeness, strict=True) if like >= likeness[0] - _NEXT]
    return list(dict.fromkeys(known[text] for text in near))


def close_choice(word: str, question: Question, known: Mapping[str, str]) -> CloseChoice:
    """Return the hint for a word that is no choice; `known` gives the code of each text that means one."""
    return CloseChoice(word=word, known=known, choices=question.choices)
