"""Limits of a number in words."""

from __future__ import annotations

from mande import wording
from mande.errors import Text
from mande.schema.common import Per
from mande.units import LANGUAGES, per_in

Limits = tuple[float | None, float | None]


def limits_text(limits: Limits, unit_name: str, period: Per | None) -> Text:
    """Return `0 to 112 hours per week` in three languages.

    Examples
    --------
    >>> limits_text((0, None), "kg", None).fr, limits_text((0, 7), "days", "week").es
    ('au moins 0 kg', '0 a 7 días por semana')
    """
    low, high = (None if limit is None else wording.number(limit, digits=12) for limit in limits)
    en, fr, es = (f" {per_in(unit_name, period, language)}".rstrip() for language in LANGUAGES)
    if low is None:
        return Text(f"at most {high}{en}", f"au plus {high}{fr}", f"como máximo {high}{es}")
    if high is None:
        return Text(f"at least {low}{en}", f"au moins {low}{fr}", f"como mínimo {low}{es}")
    return Text(f"{low} to {high}{en}", f"{low} à {high}{fr}", f"{low} a {high}{es}")
