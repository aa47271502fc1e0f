"""How the letters of a text file are written: known, or asked, never guessed.

Nothing in the bytes says which of the many older ways of writing letters was used: the same byte is ñ in
one and ń in another. Whoever knows the file sees it at once, so it is asked, with the letters and words
as each way would show them.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from unicodedata import category

from mande.errors import Ask, Option, Problem, Text
from mande.survey.grid import note
from mande.survey.read_codes import E_CP1252, E_UTF16
from mande.survey.readers.archive import corrupt
from mande.survey.readers.contract import Reading, question, used

_BROKEN = Text(
    "some of its letters are cut in half",
    "certaines de ses lettres sont coupées en deux",
    "algunas de sus letras están cortadas por la mitad",
)
_WAYS = {
    "windows-1252": Text(
        "Windows, Western Europe", "Windows, Europe occidentale", "Windows, Europa occidental"
    ),
    "windows-1250": Text("Windows, Central Europe", "Windows, Europe centrale", "Windows, Europa central"),
    "mac-roman": Text("older Mac", "ancien Mac", "Mac antiguo"),
    "cp850": Text("DOS", "DOS", "DOS"),
    "windows-1251": Text("Windows, Cyrillic", "Windows, cyrillique", "Windows, cirílico"),
    "windows-1254": Text("Windows, Turkish", "Windows, turc", "Windows, turco"),
    "windows-1256": Text("Windows, Arabic", "Windows, arabe", "Windows, árabe"),
    "iso8859-15": Text("ISO 8859-15", "ISO 8859-15", "ISO 8859-15"),
}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LETTERS = 40  # so many letters are shown, and
_WORDS = 4  # so many words


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file as text. `unclear` are its lines that are not UTF-8, as bytes; empty when none is."""

    text: str
    notes: tuple[Problem, ...] = ()
    unclear: tuple[bytes, ...] = ()


def decode(data: bytes, reading: Reading) -> Decoded:
    """Return a file as text; where its letters are unclear, read in the way answered or else the commonest.

    Raises
    ------
    MandeError
        F-CORRUPT for broken UTF-16.
    """
    name = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if name is None and (order := _utf16_without_mark(data)) is not None:
        found = Text(
            "without its byte order mark", "sans marque d'ordre des octets", "sin marca de orden de bytes"
        )
        return Decoded(_wide(data, f"utf-16-{order}", reading), (_utf16_note(reading, found),))
    if name is not None:
        return Decoded(_wide(data, name, reading), (_utf16_note(reading, Text("")),))
    try:
        return Decoded(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _decode_unclear(data.removeprefix(codecs.BOM_UTF8), reading)


def _utf16_note(reading: Reading, found: Text) -> Problem:
    return note(E_UTF16, reading.place(), found=found)


def _wide(data: bytes, name: str, reading: Reading) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        raise corrupt(reading.file, _BROKEN, name.upper()) from None


def _utf16_without_mark(data: bytes) -> Literal["le", "be"] | None:
    """Return the byte order of UTF-16 text, in which plain letters have a NUL beside them."""
    start = data[:4000]
    n_pairs = len(start) // 2
    n_even, n_odd = start[0::2].count(0), start[1::2].count(0)
    if n_pairs < 2 or len(data) % 2:
        return None
    if n_odd > 0.4 * n_pairs and n_even < 0.05 * n_pairs:
        return "le"
    return "be" if n_even > 0.4 * n_pairs and n_odd < 0.05 * n_pairs else None


def _decode_unclear(data: bytes, reading: Reading) -> Decoded:
    """Decode line by line: lines that are UTF-8 stay so, the others are read in one of the other ways."""
    lines = data.split(b"\n")
    unclear = [line for line in lines if not _is_utf8(line)]
    given = answered(unclear, reading)
    notes: list[Problem] = []
    name = given or possible(unclear)[0]
    if given is not None:
        notes.append(used(E_CP1252, given, reading.place()))
        unclear = []
    text = "\n".join(line.decode() if _is_utf8(line) else line.decode(name, "replace") for line in lines)
    return Decoded(text, tuple(notes), tuple(unclear))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def possible(lines: Sequence[bytes]) -> list[str]:
    """Return the ways that give letters for every byte of these lines and differ among themselves.

    There is always one: on a Mac and in DOS every byte was a letter.
    """
    ways: dict[str, str] = {}
    for name in _WAYS:
        letters = _letters(lines, name)
        if letters is not None:
            ways.setdefault(letters, name)
    return list(ways.values())


def answered(lines: Sequence[bytes], reading: Reading) -> str | None:
    """Return the way that was answered, or None where nothing was or it does not fit these lines."""
    given = reading.profile.answer(E_CP1252, table=reading.table)
    return given if given in _WAYS and _letters(lines, given) is not None else None


def _letters(lines: Sequence[bytes], name: str) -> str | None:
    """Return the letters these lines have beyond the plain ones, or None where a byte gives no letter."""
    high = bytes(sorted({byte for line in lines for byte in line if byte >= 0x80}))
    try:
        letters = high.decode(name)
    except UnicodeDecodeError:
        return None
    return None if any(category(letter) in ("Cc", "Cn") for letter in letters) else letters


def encoding_question(
    lines: Sequence[bytes], words: Sequence[bytes], row: int | None, reading: Reading
) -> Problem:
    """Return the question how a file's letters are written.

    Parameters
    ----------
    lines
        The lines that are not UTF-8.
    words
        Cells that may be shown: of no person, and of no protected question.
    row
        Where the first of the lines stands.
    reading
        The file.
    """
    options = []
    for name in possible(lines):
        shown = ", ".join(_shown(lines, words, name))
        way = _WAYS[name]
        options.append(Option(name, Text(*(f"{shown} ({way.in_(lang)})" for lang in ("en", "fr", "es")))))
    ask = Ask(table=reading.table, options=tuple(options))
    return question(E_CP1252, reading.place(row=row), ask, found=len(lines))


def _shown(lines: Sequence[bytes], words: Sequence[bytes], name: str) -> Iterator[str]:
    """Yield words with unclear letters, or the letters alone where no word may be shown."""
    if words:
        yield from dict.fromkeys(word.decode(name, "replace") for word in words[:_WORDS])
        return
    high = dict.fromkeys(byte for line in lines[:1000] for byte in line if byte >= 0x80)
    yield " ".join(bytes([byte]).decode(name, "replace") for byte in list(high)[:_LETTERS])
