"""What looks like a person in a value that is shown: a phone, an e-mail, an identity number, a place.

Questions declared personal are never shown at all. This is the net below: a phone number typed into a cell
for money stands in the message about that cell, unless it is taken out here. Whoever mends the cell finds it
by its row and column. A number that could be an amount is left alone.
"""

from __future__ import annotations

import re
from typing import Literal

HIDDEN = {"en": "(hidden)", "fr": "(masqué)", "es": "(oculto)"}

_BEFORE = r"(?<![\w.,+-])"
_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"
_PHONE = (
    rf"(?:(?<![\w.,])\+|{_BEFORE}00)[1-9][\d ().-]{{6,}}\d"
    rf"|{_BEFORE}0[1-9]\d{{7,9}}(?![\w.])"
    rf"|{_BEFORE}0\d{{2,3}}[ .-]\d{{3}}[ .-]?\d{{3,4}}(?![\w.])"
)
_IDENTITY = (
    rf"{_BEFORE}(?=[A-Z0-9]{{11,}}(?!\w))(?=(?:[A-Z]*\d){{7}})[A-Z]{{1,3}}\d[A-Z0-9]+"
    rf"|{_BEFORE}\d{{11,}}(?![\w.])"
)
_PLACE = r"(?<![\w.])-?\d{1,2}\.\d{5,}[ ,;]+-?\d{1,3}\.\d{5,}"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:['’-][^\W\d_]+)*"
_ANY = "|".join((_EMAIL, _PHONE, _IDENTITY, _PLACE, rf"{_BEFORE}\d{{9,}}(?=[\s,;/-]+{_CAPITAL})"))
_WORDS = r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?"
_GAP = r"[\s,;:/()-]+"
_IN_CELL = re.compile(rf"(?:{_WORDS}{_GAP}){{0,4}}(?:{_ANY})(?:{_GAP}(?:{_WORDS}|{_ANY})){{0,4}}")
_NAME_FIRST = re.compile(rf"(?:{_CAPITAL}{_GAP}){{1,3}}\d{{9,}}(?![\w.])")
_IN_SENTENCE = re.compile(rf"(?:{_CAPITAL}{_GAP}){{0,3}}(?:{_ANY})(?:{_GAP}{_CAPITAL}){{0,3}}")
_WORTH_A_LOOK = re.compile(r"@|\d{3}.*\d{3}", re.DOTALL)


def masked(text: str, language: Literal["en", "fr", "es"] = "en", *, is_sentence: bool = False) -> str:
    """Return a text without what looks like a person in it.

    Parameters
    ----------
    text
        A cell's text; names beside a number go with it.
    language
        Language of the word that stands in its place.
    is_sentence
        Whether the text is a sentence around a cell's text: then only words that begin with a capital go.

    Examples
    --------
    >>> masked("0772123456 Amina"), masked("150000"), masked("about 5"), masked("write to a.b@c.org")
    ('(hidden)', '150000', 'about 5', '(hidden)')
    """
    if not _WORTH_A_LOOK.search(text):
        return text
    hidden = HIDDEN[language]
    if is_sentence:
        return _IN_SENTENCE.sub(hidden, text)
    return _NAME_FIRST.sub(hidden, _IN_CELL.sub(hidden, text))
