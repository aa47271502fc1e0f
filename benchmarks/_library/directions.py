"""Directions of several changes together, which stand behind social upgrading of workers and producers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from benchmarks._library.tools import Columns, holds, is_, number_of


def pillar(
    changes: Mapping[str, tuple[pd.Series, float, float]], start: str, least: int
) -> tuple[pd.Series, Columns]:
    """Return the direction of changes, and beside it how many rose, fell and are known.

    A change comes with the limits from which it is a rise, and down to which it is a fall. The direction is
    missing where fewer than `least` are known, the numbers where none is.
    """
    known = number_of(*(change.notna() for change, _, _ in changes.values()))
    there = known > 0
    up = number_of(*(holds(change >= most) for change, most, _ in changes.values())).where(there)
    down = number_of(*(holds(change <= low) for change, _, low in changes.values())).where(there)
    rose, fell = holds(up > 0), holds(down > 0)
    words = np.select([rose & fell, rose, fell], ["mixed", "up", "down"], default="stable")
    direction = pd.Series(words, dtype=object).where(known >= least)
    return direction, {f"{start}_plus": up, f"{start}_minus": down, f"{start}_known": known}


def status(standards: pd.Series, rights: pd.Series) -> Columns:
    """Return the status that both pillars make, and whether one of them fell or rose; it needs both."""
    no_fall = is_(standards, "up", "stable") & is_(rights, "up", "stable")
    no_rise = is_(standards, "down", "stable") & is_(rights, "down", "stable")
    rises, falls = holds(no_fall), holds(no_rise)
    words = np.select([rises & falls, rises, falls], ["stable", "up", "down"], default="mixed")
    found = pd.Series(words, dtype=object).where(standards.notna() & rights.notna())
    return {"no_fall": no_fall, "no_rise": no_rise, "status": found, "value": is_(found, "up")}


def score(counts: Columns, start: str, least: int) -> pd.Series:
    """Return the mean sign of a pillar; missing where fewer than `least` changes are known."""
    known = counts[f"{start}_known"]
    return (counts[f"{start}_plus"] - counts[f"{start}_minus"]) / known.where(known >= least)
