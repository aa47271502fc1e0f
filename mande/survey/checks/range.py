"""A number outside the limits of what is possible is an error; outside the usual, a warning."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande import wording
from mande.errors import Code, Problem, Severity, Text
from mande.schema.common import Per
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable, cell_problems

Limits = tuple[float | None, float | None]

V_RANGE = Code(
    "V-RANGE",
    Text(
        "the number is outside the possible range",
        "le nombre est hors des limites possibles",
        "el número está fuera del rango posible",
    ),
    Text("{limits}"),
    Text(
        "Correct the number (check its unit and period); use -97, -98 or -99 where there is no answer.",
        "Corrigez le nombre (vérifiez l'unité et la période) ; -97, -98 ou -99 sans réponse.",
        "Corrija el número (revise unidad y período); -97, -98 o -99 si no hay respuesta.",
    ),
)
V_SOFT = Code(
    "V-SOFT",
    Text("the number is unusual", "le nombre est inhabituel", "el número es inusual"),
    Text("usually {limits}", "d'habitude {limits}", "normalmente {limits}"),
    Text(
        "Ask again, or check unit and period; if it is right, leave it: the file can be accepted.",
        "Redemandez ou vérifiez l'unité ; s'il est juste, laissez-le : le fichier peut être accepté.",
        "Vuelva a preguntar o revise la unidad; si es correcto, déjelo: el archivo se puede aceptar.",
    ),
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield V-RANGE outside the hard limits, V-SOFT outside the usual ones; both ends are allowed."""
    for name, question in table.asked.items():
        values = table.frame[name]
        if not values.dtype.is_numeric():
            continue
        unit = question.unit.replace("LCU", context.programme.currency)
        impossible = _outside(values, question.range)
        if question.range and impossible.any():
            limits: Values = {"limits": _limits_text(question.range, unit, question.per)}
            yield from cell_problems(table, name, impossible, V_RANGE, limits)
        unusual = _outside(values, question.usual) & ~impossible
        if question.usual and unusual.any():
            usual: Values = {"limits": _limits_text(question.usual, unit, question.per)}
            yield from cell_problems(table, name, unusual, V_SOFT, usual, severity=Severity.WARNING)


def _outside(values: pl.Series, limits: Limits | None) -> pl.Series:
    low, high = limits or (None, None)
    outside = pl.Series([False]).new_from_index(0, len(values))
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    return outside.fill_null(value=False)


def _limits_text(limits: Limits, unit_name: str, period: Per | None) -> Text:
    """Return `0 to 112 hours per week` in three languages; units stay as they are defined."""
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


_PERIODS = {
    "hour": Text("hour", "heure", "hora"),
    "day": Text("day", "jour", "día"),
    "week": Text("week", "semaine", "semana"),
    "month": Text("month", "mois", "mes"),
    "season": Text("season", "campagne", "campaña"),
    "year": Text("year", "an", "año"),
    "pay": Text("pay", "paie", "pago"),
}
