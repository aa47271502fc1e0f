"""Answers that changed far more since the last wave than those of other respondents."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande import wording
from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.sound import faulty
from mande.survey.table import ROW, ConformedTable, cell_problems

I_JUMP = Code(
    "I-JUMP",
    Text(
        "the number changed far more since the last wave than those of other respondents",
        "le nombre a changé bien plus depuis la vague précédente que celui des autres",
        "el número cambió mucho más desde la ronda anterior que el de los demás",
    ),
    Text(
        "something near {before}, the answer in wave {wave}, given how others changed",
        "une valeur proche de {before}, réponse de la vague {wave}, vu l'évolution des autres",
        "algo cercano a {before}, la respuesta de la ronda {wave}, según cambiaron los demás",
    ),
    Text(
        "Check unit and period (per day or per month? kg or bags?) and that it is the same respondent.",
        "Vérifiez l'unité et la période (par jour, par mois ? kg, sacs ?) et que c'est la même personne.",
        "Revise unidad y período (¿por día o por mes? ¿kg o sacos?) y que sea la misma persona.",
    ),
    Text("{found}, before {before}", "{found}, avant {before}", "{found}, antes {before}"),
)
CUT_OFF = 5.0
AT_LEAST = 5.0
"""Times as much or as little: smaller changes are what lives and seasons bring."""
ENOUGH = 20
_TO_SD = 1.482602218505602


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield I-JUMP for positive numbers whose ratio to the wave before is far from that of the others."""
    before = context.previous
    if before is None or table.key not in table.titles or table.key not in before.columns:
        return
    own = table.frame.select(pl.col(table.key).alias("key")).with_row_index("index")
    for name in table.asked:
        values = table.frame[name]
        if not values.dtype.is_numeric() or name not in before.columns or name in (table.key, ROW):
            continue
        if not before[name].dtype.is_numeric() or table.is_hidden(name):
            continue
        now = values.cast(pl.Float64).zip_with(~faulty(table, name), pl.Series([None], dtype=pl.Float64))
        then = before.select(pl.col(table.key).alias("key"), pl.col(name).cast(pl.Float64).alias("then"))
        pairs = own.with_columns(now.alias("now")).join(
            then.unique("key", keep="none"), on="key", how="inner"
        )
        far = _far(pairs.filter((pl.col("now") > 0) & (pl.col("then") > 0)))
        if far.is_empty():
            continue
        earlier = dict(far.select("index", "then").iter_rows())
        mask = pl.Series([False]).new_from_index(0, len(values)).scatter(far["index"].sort(), True)
        explain = _Explain(earlier, context.previous_wave)
        yield from cell_problems(table, name, mask, explain, severity=Severity.WARNING)


def _far(pairs: pl.DataFrame) -> pl.DataFrame:
    if pairs.height < ENOUGH:
        return pairs.clear()
    change = pairs.with_columns((pl.col("now") / pl.col("then")).log().alias("change"))
    away = (pl.col("change") - pl.col("change").median()).abs()
    large = pl.col("change").abs() >= pl.lit(AT_LEAST).log()
    return change.filter(large & (away > CUT_OFF * _TO_SD * away.median()))


class _Explain:
    """Says what the answer was in the wave before."""

    def __init__(self, earlier: dict[int, float], wave: str) -> None:
        self._earlier = earlier
        self._wave = wave

    def __call__(self, text: str, index: int) -> tuple[Code, Values]:
        return I_JUMP, {"before": wording.number(self._earlier[index]), "wave": self._wave}
