"""Waves of any type, brought into their order in time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd

# Words that name a position in time by themselves; anything else in words has to be declared.
_WORDS = {
    "baseline": 0, "before": 0, "pre": 0, "base": 0,
    "midline": 1, "mid": 1, "during": 1,
    "endline": 2, "after": 2, "post": 2, "follow_up": 2, "followup": 2, "follow-up": 2, "end": 2,
}  # fmt: skip


def wave_label(value: object) -> str:
    """Return the text of a wave: 1987.0 and '1987' are one wave, true is 1, a date is its ISO text.

    Examples
    --------
    >>> wave_label(1987.0), wave_label(" 1987 "), wave_label(True)
    ('1987', '1987', '1')
    """
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, pd.Period):
        return str(value)
    if isinstance(value, datetime):
        moment = pd.Timestamp(value)
        return moment.date().isoformat() if moment == moment.normalize() else moment.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | np.floating) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value).strip()


def order_waves(series: pd.Series, declared: Sequence[object] | None = None) -> tuple[tuple[str, ...], bool]:
    """Return the labels of the waves, earliest first, and whether their order is known.

    The order is the declared one, that of an ordered categorical, of numbers, of dates, of texts that
    differ only in their numbers (`round 2`, `round 10`), or of words such as baseline and endline.
    Labels that a declaration leaves out come last, in alphabetical order.
    """
    found = sorted({wave_label(value) for value in series.dropna().unique()})
    if declared is not None:
        wanted = [wave_label(value) for value in declared]
        return tuple([w for w in wanted if w in found] + [w for w in found if w not in wanted]), True
    if isinstance(series.dtype, pd.CategoricalDtype) and series.cat.ordered:
        return tuple(label for label in map(wave_label, series.cat.categories) if label in found), True
    key = _sort_key(found)
    if key is None:
        return tuple(found), len(found) < 2
    return tuple(label for _, label in sorted(zip(key, found, strict=True))), True


def _sort_key(labels: Iterable[str]) -> list[tuple[float, ...]] | None:
    """Return one sortable key per label, or None where the labels do not tell their order."""
    names = list(labels)
    if _could_be_years(names):
        return None
    if all(_is_number(name) for name in names):
        return [(float(name),) for name in names]
    ranks = [_WORDS.get(name.lower().replace(" ", "_")) for name in names]
    if None not in ranks and len(set(ranks)) == len(ranks):
        return [(float(rank),) for rank in ranks if rank is not None]
    # Texts alike but for whole numbers: `wave 3`, or `2020-05` and `2020 Q2`, whose year stands first.
    # With the year elsewhere (`12/2019`, `Q4 2019`) the numbers do not sort as time runs.
    parts = [re.findall(r"\d+", name) for name in names]
    alike = len({re.sub(r"\d+", "#", name.lower()) for name in names}) == 1
    if alike and (len(parts[0]) == 1 or all(len(part[0]) == 4 for part in parts)):
        return [tuple(float(number) for number in part) for part in parts]
    return None


def _could_be_years(names: Sequence[str]) -> bool:
    """Return whether two-digit labels may be years on both sides of a century, as `99` and `00`."""
    two_digits = all(re.fullmatch(r"\d\d", name) for name in names)
    return two_digits and any(name[0] == "0" for name in names) and any(name >= "50" for name in names)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?", text) is not None
