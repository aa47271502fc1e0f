"""Limits of a number in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mande import wording
from mande.errors import Text
from mande.schema.common import Per

Limits = tuple[float | None, float | None]

_PERIODS: Mapping[str, Text] = MappingProxyType(
    {
        "hour": Text("hour", "heure", "hora"),
        "day": Text("day", "jour", "día"),
        "week": Text("week", "semaine", "semana"),
        "month": Text("month", "mois", "mes"),
        "season": Text("season", "campagne", "campaña"),
        "year": Text("year", "an", "año"),
        "pay": Text("pay", "paie", "pago"),
    }
)


def limits_text(limits: Limits, unit_name: str, period: Per | None) -> Text:
    """Return `0 to 112 hours per week` in three languages; units stay as they are defined.

    Examples
    --------
    >>> limits_text((0, None), "kg", None).fr
    'au moins 0 kg'
    """
    low, high = (None if limit is None else wording.number(limit, digits=12) for limit in limits)
    unit = f" {unit_name}" if unit_name else ""
    per = ["", "", ""]
    if period:
        name = _PERIODS[period]
        per = [f" per {name.en}", f" par {name.fr}", f" por {name.es}"]
    if low is None:
        return Text(
            f"at most {high}{unit}{per[0]}",
            f"au plus {high}{unit}{per[1]}",
            f"como máximo {high}{unit}{per[2]}",
        )
    if high is None:
        return Text(
            f"at least {low}{unit}{per[0]}",
            f"au moins {low}{unit}{per[1]}",
            f"como mínimo {low}{unit}{per[2]}",
        )
    return Text(
        f"{low} to {high}{unit}{per[0]}", f"{low} à {high}{unit}{per[1]}", f"{low} a {high}{unit}{per[2]}"
    )
