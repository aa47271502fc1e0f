"""English phrases put into French and Spanish where they are shown.

Texts that are counted, hashed or joined travel as English; a phrasebook knows their forms, with places in
braces, and says what they are in the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from string import Formatter

from mande.errors import Language, Text


class Phrasebook:
    """Phrases in three languages; where several fit, the first that was given counts.

    Examples
    --------
    >>> book = Phrasebook([Text("lost by {a}", "perdues à {a}", ""), Text("all", "tous", "todos")])
    >>> book.said("lost by all", "fr"), book.said("something else", "fr")
    ('perdues à tous', 'something else')
    """

    def __init__(self, phrases: Sequence[Text]) -> None:
        self._patterns = [(re.compile("".join(_pieces(text.en)), re.DOTALL), text) for text in phrases]

    def said(self, phrase: str, language: Language = "en") -> str:
        """Return a phrase in a language, phrases within it too; one that nobody knows stays English."""
        if language == "en" or not phrase:
            return phrase
        for pattern, text in self._patterns:
            found = pattern.fullmatch(phrase)
            if found is not None:
                inner = {name: self.said(part, language) for name, part in found.groupdict().items()}
                return text.in_(language).format(**inner)
        return phrase


def _pieces(template: str) -> Iterator[str]:
    for literal, name, _, _ in Formatter().parse(template):
        yield re.escape(literal)
        if name is not None:
            yield f"(?P<{name}>.+?)"
