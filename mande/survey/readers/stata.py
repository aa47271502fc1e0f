"""Stata files (.dta): codes as they are, value labels beside, `.a` to `.z` as kinds of missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
import pyreadstat

from mande.errors import Problem
from mande.survey.grid import undeclared
from mande.survey.read_codes import E_CP1252
from mande.survey.readers import statfile
from mande.survey.readers.contract import Reading, Sheet, one_sheet, used
from mande.survey.readers.encoding import answered, encoding_question, possible

_EPOCH = "1960-01-01"
_UTF8_SINCE = 118  # the release of Stata 14; earlier files do not say how letters are written


def read(data: bytes, reading: Reading) -> list[Sheet]:
    """Return the one table of a Stata file.

    Raises
    ------
    MandeError
        F-CORRUPT, F-HUGE.
    """
    encoding, notes = _encoding(data, reading)
    values, about = statfile.load(pyreadstat.read_dta, data, reading.file, encoding=encoding)
    missing: dict[str, dict[str, str]] = {}
    labels: dict[str, dict[str, str]] = {}
    columns: dict[str, pl.Series] = {}
    for name, column in values.items():
        is_number = about.readstat_variable_types[name] != "string"
        kinds = {v for v in column if isinstance(v, str)} if is_number else set()
        known = {_kind(code): text for code, text in about.variable_value_labels.get(name, {}).items()}
        if kinds:
            missing[name] = {
                code: known.get(code) or undeclared(code) for code in (f".{kind}" for kind in sorted(kinds))
            }
        own = {code: text for code, text in known.items() if not code.startswith(".")}
        if own:
            labels[name] = own
        columns[name] = _column(
            column,
            kinds,
            str(about.original_variable_types[name]),
            is_single=about.readstat_variable_types[name] == "float",
        )
    titles = {name: text for name, text in about.column_names_to_labels.items() if text}
    return one_sheet(columns, format="dta", labels=labels, missing=missing, titles=titles, notes=notes)


def _kind(code: Any) -> str:
    """Return a labelled code as text; a letter stands for a kind of missing."""
    return f".{code}" if isinstance(code, str) else statfile.texts([code])[0]


def _column(values: Sequence[Any], kinds: set[str], shown_as: str, *, is_single: bool) -> pl.Series:
    numbers = [None if value in kinds else value for value in values] if kinds else values
    plain = shown_as.removeprefix("%").lstrip("-0123456789")
    if plain.startswith(("td", "d")):
        texts = statfile.day_texts(pl.Series(numbers, dtype=pl.Float64), _EPOCH)
    elif plain.lower().startswith("tc"):
        texts = statfile.moment_texts(pl.Series(numbers, dtype=pl.Float64) / 1000, _EPOCH)
    else:
        texts = statfile.texts(numbers, is_single=is_single)
    if not kinds:
        return texts
    letters = pl.Series([f".{value}" if value in kinds else None for value in values], dtype=pl.String)
    return texts.zip_with(letters.is_null(), letters)


def _release(data: bytes) -> int:
    """Return the release of the file's format: 105 to 115 in its first byte, later ones in words."""
    if not data.startswith(b"<stata_dta>"):
        return data[0]
    written = data[:200].partition(b"<release>")[2][:3]
    return int(written) if written.isdigit() else _UTF8_SINCE


def _encoding(data: bytes, reading: Reading) -> tuple[str | None, list[Problem]]:
    """Return how the letters of an old file are read, with the question where that is not clear."""
    if _release(data) >= _UTF8_SINCE:
        return None, []
    values, about = statfile.load(pyreadstat.read_dta, data, reading.file, encoding="ISO-8859-1")
    raw = [text.encode("latin-1") for text in _strings(values, about) if not text.isascii()]
    unclear = [line for line in raw if not _is_utf8(line)]
    if not unclear:
        return ("UTF-8" if raw else None), []
    given = answered(unclear, reading)
    if given is not None:
        return _iconv(given), [used(E_CP1252, given, reading.place())]
    return _iconv(possible(unclear)[0]), [encoding_question(unclear, (), None, reading)]


def _iconv(name: str) -> str:
    return "MACINTOSH" if name == "mac-roman" else name.upper()


def _strings(values: dict[str, list[Any]], about: Any) -> Iterable[str]:
    for name, column in values.items():
        if about.readstat_variable_types[name] == "string":
            yield from (text for text in column if text)
    yield from (text for text in about.column_names_to_labels.values() if text)
    for labels in about.variable_value_labels.values():
        yield from labels.values()


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
