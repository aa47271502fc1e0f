"""0.25 and 25 in one column of per cent: two ways of writing the same, or one of them a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mande.errors import Code, Option, Text
from mande.survey.asking import Found, Seen
from mande.survey.parse import as_float, percent_scale
from mande.survey.style import Percent

V_PERCENT = Code(
    "V-PERCENT",
    Text(
        "the column seems to mix shares (0 to 1) and per cent (0 to 100)",
        "la colonne semble mêler des parts (0 à 1) et des pour cent (0 à 100)",
        "la columna parece mezclar partes (0 a 1) y por ciento (0 a 100)",
    ),
    Text("one way of writing: {unit}", "une seule écriture : {unit}", "una sola forma: {unit}"),
    Text(
        "Write all cells in one way, or answer what the numbers mean.",
        "Écrivez toutes les cellules de la même façon, ou répondez ce que les nombres signifient.",
        "Escriba todas las celdas de la misma forma, o responda qué significan los números.",
    ),
)
_SHARES = Option(
    "shares",
    Text(
        "every number up to 1 is a share: 0.25 is 25 %, 1 is 100 %",
        "tout nombre jusqu'à 1 est une part : 0,25 est 25 %, 1 est 100 %",
        "todo número hasta 1 es una parte: 0,25 es 25 %, 1 es 100 %",
    ),
)
_PERCENTS = Option(
    "percents",
    Text(
        "every number above 1 is per cent: 25 is 0.25",
        "tout nombre au-dessus de 1 est en pour cent : 25 est 0,25",
        "todo número mayor que 1 es por ciento: 25 es 0,25",
    ),
)
_AS_WRITTEN = Option(
    "as_written",
    Text(
        "the numbers mean what they say: 0.25 is a quarter of one per cent",
        "les nombres disent ce qu'ils disent : 0,25 est un quart de pour cent",
        "los números dicen lo que dicen: 0,25 es un cuarto de uno por ciento",
    ),
)
_RULES: dict[str, Percent] = {"shares": "shares", "percents": "percents"}


def ask(seen: Seen) -> Iterator[Found]:
    """Yield how shares and per cent in one column are to be read, or the question."""
    scale = percent_scale(seen.question)
    if not scale or seen.question.type != "number":
        return
    odd = {text: number for text in seen.odd if (number := as_float(text)) is not None}
    plain = seen.plain()
    small = plain.n_shares + seen.count(t for t, n in odd.items() if 0 < n < 1)
    large = plain.n_above_one + seen.count(t for t, n in odd.items() if 1 < n <= 100)
    # A share may be small; per cent may not all be below one.
    if not (small if scale == 1 else large) or not (small or large):
        return
    found = Text(
        f"cells between 0 and 1: {small}; above 1: {large}",
        f"cellules entre 0 et 1 : {small} ; au-dessus de 1 : {large}",
        f"celdas entre 0 y 1: {small}; mayores que 1: {large}",
    )
    options = (_SHARES, _AS_WRITTEN) if scale == 1 else (_PERCENTS,)
    unit = {"unit": "0-100 %" if scale == 1 else "0-1"}
    answer, problem = seen.asked(V_PERCENT, options, small + large, found, values=dict(unit))
    if answer is not None:
        yield Found((problem,), style=replace(seen.style, percent=_RULES.get(answer, "")))
        return
    waiting = frozenset(t for t, n in odd.items() if (0 < n < 1 if scale == 1 else 1 < n <= 100))
    yield Found((problem,), waiting=waiting)
