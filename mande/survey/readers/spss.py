"""SPSS files (.sav, .zsav): codes as they are, value labels beside, user-missing values kept by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pyreadstat

from mande.survey.grid import undeclared
from mande.survey.readers import statfile
from mande.survey.readers.contract import Reading, Sheet, one_sheet
from mande.survey.readers.workbook import cell_text

_EPOCH = "1582-10-14"
_DAYS = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE")
_MOMENTS = ("DATETIME", "YMDHMS")


def read(data: bytes, reading: Reading) -> list[Sheet]:
    """Return the one table of an SPSS file.

    Raises
    ------
    MandeError
        F-CORRUPT, F-HUGE.
    """
    values, about = statfile.load(pyreadstat.read_sav, data, reading.file)
    columns: dict[str, pl.Series] = {}
    labels: dict[str, dict[str, str]] = {}
    missing: dict[str, dict[str, str]] = {}
    for name, column in values.items():
        columns[name] = _column(column, str(about.original_variable_types[name]))
        known = statfile.label_texts(about.variable_value_labels.get(name, {}))
        kinds = _missing(column, about.missing_ranges.get(name, ()), known)
        own = {code: text for code, text in known.items() if code not in kinds}
        labels |= {name: own} if own else {}
        missing |= {name: kinds} if kinds else {}
    titles = {name: text for name, text in about.column_names_to_labels.items() if text}
    return one_sheet(columns, format="sav", labels=labels, missing=missing, titles=titles)


def _column(values: Sequence[Any], shown_as: str) -> pl.Series:
    kind = shown_as.rstrip("0123456789.")
    if kind in _DAYS:
        return statfile.moment_texts(pl.Series(values, dtype=pl.Float64), _EPOCH).str.slice(0, 10)
    if kind in _MOMENTS:
        return statfile.moment_texts(pl.Series(values, dtype=pl.Float64), _EPOCH)
    return statfile.texts(values)


def _missing(
    values: Sequence[Any], ranges: Sequence[Mapping[str, Any]], labels: Mapping[str, str]
) -> dict[str, str]:
    """Return the texts of a column that stand for 'no value', each with its label as the reason."""
    found = {
        cell_text(value)
        for value in set(values) - {None}
        for span in ranges
        if type(value) is type(span["lo"]) and span["lo"] <= value <= span["hi"]
    }
    single = {cell_text(span["lo"]) for span in ranges if span["lo"] == span["hi"]}
    return {text: labels.get(text) or undeclared(text) for text in sorted(found | single)}
