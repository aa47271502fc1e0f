"""Numbers such as 999 far beyond all others are usually a 'don't know' that nobody declared."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande import wording
from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import HIDDEN, ConformedTable, cell_problems

V_MISSCODE = Code(
    "V-MISSCODE",
    Text(
        "the number looks like a code for 'no answer'",
        "le nombre ressemble à un code « sans réponse »",
        "el número parece un código de «sin respuesta»",
    ),
    Text(
        "answers only: {count} cells hold it, all others lie between {low} and {high}",
        "des réponses seulement : {count} cellules l'ont, les autres vont de {low} à {high}",
        "solo respuestas: {count} celdas lo tienen, las demás van de {low} a {high}",
    ),
    Text(
        "If it means 'no answer', use -97, -98 or -99, or declare it for this question under "
        "`missing_codes` in mapping.yaml.",
        "S'il signifie « sans réponse », mettez -97, -98 ou -99, ou déclarez-le sous "
        "`missing_codes` dans mapping.yaml.",
        "Si significa «sin respuesta», use -97, -98 o -99, o declárelo en `missing_codes` en mapping.yaml.",
    ),
)
_HIGH = (
    77777,
    88888,
    99997,
    99998,
    99999,
    7777,
    8888,
    9997,
    9998,
    9999,
    777,
    888,
    997,
    998,
    999,
    77,
    88,
    97,
    98,
    99,
)
_LOW = (-9999, -999, -998, -997, -99, -98, -97, -88, -77, -9, -8)
_FEWEST_OTHERS = 10
_FEWEST_ALIKE = 3


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield V-MISSCODE for a known code that stands apart from all other answers of its column.

    Apart means: a negative code where no other answer is negative; or a high code that occurs at
    least three times with a gap below it as wide as the spread of all other answers.
    """
    for name in table.asked:
        values = table.frame[name]
        if not values.dtype.is_numeric():
            continue
        present = values.drop_nulls()
        marked = present.is_in(pl.Series([*_HIGH, *_LOW], dtype=present.dtype).implode())
        others = present.filter(~marked)
        if not marked.any() or len(others) < _FEWEST_OTHERS:
            continue
        yield from _apart(table, name, values, present.filter(marked), others)


def _apart(
    table: ConformedTable, name: str, values: pl.Series, codes: pl.Series, others: pl.Series
) -> Iterator[Problem]:
    low, high = _bounds(others)
    for code, count in codes.value_counts(sort=True, name="count").iter_rows():
        below = code < 0 <= low
        above = count >= _FEWEST_ALIKE and code - high >= max(high - low, 1)
        if not (below or above):
            continue
        shown = [HIDDEN, HIDDEN] if table.is_hidden(name) else [wording.number(low), wording.number(high)]
        details: Values = {"count": int(count), "low": shown[0], "high": shown[1]}
        yield from cell_problems(table, name, values == code, V_MISSCODE, details, severity=Severity.WARNING)


def _bounds(others: pl.Series) -> tuple[float, float]:
    frame = pl.DataFrame({"x": others.cast(pl.Float64)})
    low, high = frame.select(pl.col("x").min().alias("low"), pl.col("x").max().alias("high")).row(0)
    return float(low), float(high)
