"""Faults that no cell shows by itself: answers of one row that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

SHARE = 0.005
_WHO = "Contradiction"

RULES: dict[str, dict[str, Any]] = {
    "integers_in_order": {
        "rule": "integer_00 <= integer_01",
        "message": {"en": _WHO},
        "examples": [
            {"given": {"integer_00": 1, "integer_01": 2}, "expect": True},
            {"given": {"integer_00": 3, "integer_01": 2}, "expect": False},
        ],
    },
    "parts_within_the_whole": {
        "rule": "number_00 + number_01 <= number_02",
        "message": {"en": _WHO},
        "examples": [
            {"given": {"number_00": 1, "number_01": 2, "number_02": 3.5}, "expect": True},
            {"given": {"number_00": 1, "number_01": 2, "number_02": 2.5}, "expect": False},
        ],
    },
    "dates_in_order": {
        "rule": "date_00 <= date_01",
        "severity": "soft",
        "message": {"en": _WHO},
        "examples": [
            {"given": {"date_00": "2024-03-01", "date_01": "2024-03-02"}, "expect": True},
            {"given": {"date_00": "2024-03-02", "date_01": "2024-03-01"}, "expect": False},
        ],
    },
}
GATE, GATED = "yes_no_01", "integer_03"
"""A question that is asked only where another is answered with yes."""

Cells = np.ndarray[Any, np.dtype[Any]]
Contradiction = tuple[int, str, str, tuple[str, ...]]


def contradict(columns: dict[str, Cells], random: np.random.Generator) -> list[Contradiction]:
    """Make sound columns obey the rules, but for a few rows, and return these contradictions.

    Each is the index of its row, the column and the code it must be reported with, and all columns that
    take part: where a cell of one of them is faulty by itself, the contradiction need not be told.
    """
    return [
        *_in_order(columns, "integer_00", "integer_01", random, key=int),
        *_in_order(columns, "date_00", "date_01", random, key=str),
        *_within(columns, random),
        *_gated(columns, random),
    ]


def _chosen(rows: Cells, random: np.random.Generator) -> Cells:
    return np.asarray(rows[random.random(len(rows)) < SHARE])


def _answered(columns: dict[str, Cells], *names: str) -> Cells:
    """Return the rows in which all these questions have an answer."""
    none = ["", "-97", "-98"]
    return np.flatnonzero(~np.logical_or.reduce([np.isin(columns[n].astype(str), none) for n in names]))


def _in_order(
    columns: dict[str, Cells], low: str, high: str, random: np.random.Generator, *, key: Any
) -> Iterator[Contradiction]:
    rows = _answered(columns, low, high)
    pairs = [sorted(pair, key=key) for pair in zip(columns[low][rows], columns[high][rows], strict=True)]
    columns[low][rows] = [pair[0] for pair in pairs]
    columns[high][rows] = [pair[1] for pair in pairs]
    for row in _chosen(rows[columns[low][rows] != columns[high][rows]], random).tolist():
        columns[low][row], columns[high][row] = columns[high][row], columns[low][row]
        yield row, low, "X-CROSS", (low, high)


def _within(columns: dict[str, Cells], random: np.random.Generator) -> Iterator[Contradiction]:
    names = ("number_00", "number_01", "number_02")
    rows = _answered(columns, *names)
    parts = columns[names[0]][rows].astype(float) + columns[names[1]][rows].astype(float)
    rest = random.uniform(1, 100, len(rows))
    broken = (random.random(len(rows)) < SHARE) & (parts > 1)
    whole = np.where(broken, parts / 2, parts + rest)
    columns[names[2]][rows] = np.round(whole, 2).astype(str)
    for row in rows[broken].tolist():
        yield row, names[0], "X-CROSS", names


def _gated(columns: dict[str, Cells], random: np.random.Generator) -> Iterator[Contradiction]:
    asked, gate = columns[GATED], columns[GATE]
    asked[(gate == "yes") & (asked == "")] = "1"
    asked[(gate == "no") | (gate == "")] = ""
    for row in _chosen(np.flatnonzero(gate == "no"), random).tolist():
        asked[row] = "7"
        yield row, GATED, "X-SKIP", (GATED, GATE)
