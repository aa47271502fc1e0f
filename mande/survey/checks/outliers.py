"""Numbers far from all others of their place, in levels and in logarithms.

Robust: distance from the median in units of the median absolute deviation, scaled to the standard deviation
of a normal distribution; where half of the values are equal, of the interquartile range.
Source: Iglewicz, B. and Hoaglin, D. (1993), How to detect and handle outliers, ASQC (cut-off 3.5).
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande import wording
from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.interview import told
from mande.survey.sound import faulty
from mande.survey.table import HIDDEN, ConformedTable, cell_problems

V_OUTLIER = Code(
    "V-OUTLIER",
    Text(
        "the number lies far from all others",
        "le nombre est très loin de tous les autres",
        "el número está muy lejos de todos los demás",
    ),
    Text(
        "something near the median {median} of {group}",
        "une valeur proche de la médiane {median} de {group}",
        "un valor cercano a la mediana {median} de {group}",
    ),
    Text(
        "Check unit, period and digits; if it is right, leave it: the file can be accepted.",
        "Vérifiez unité, période et chiffres ; s'il est juste, laissez-le : le fichier peut être accepté.",
        "Revise unidad, período y dígitos; si es correcto, déjelo: el archivo se puede aceptar.",
    ),
    Text("{found}{times}", "{found}{times}", "{found}{times}"),
)
CUT_OFF = 3.5
ENOUGH = 20
_TO_SD = 1.482602218505602  # 1 / the 0.75 quantile of the standard normal distribution
_IQR_TO_SD = 0.741301109252801
_ALL = Text("all rows", "toutes les lignes", "todas las filas")


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield V-OUTLIER for numbers far from the others, in levels and, where none is negative, in logs too.

    Compared are the rows of the same place where there are enough of them, else all rows. Zeros are set
    apart where the logarithm is taken: whoever has none of something is not far from whoever has some.
    What lies outside the question's own limits is told there.
    """
    place = told(table, context, "place")
    for name, question in table.asked.items():
        values = table.frame[name]
        if not values.dtype.is_numeric() or question.unique:
            continue
        values = values.cast(pl.Float64).zip_with(~faulty(table, name), pl.Series([None], dtype=pl.Float64))
        judged = _judged(values, None if place is None else place.texts)
        low, high = question.usual or (None, None)
        far = judged["far"]
        far = far if low is None else far & (values >= low)
        far = far if high is None else far & (values <= high)
        if far.any():
            explain = _Explain(table, name, judged)
            yield from cell_problems(table, name, far, explain, severity=Severity.WARNING)


def _judged(values: pl.Series, places: pl.Series | None) -> pl.DataFrame:
    """Return for each row whether it is `far`, and the `median` and name of its `group` (null: all rows)."""
    group = pl.lit(None, dtype=pl.String) if places is None else pl.col("place")
    frame = pl.DataFrame({"x": values} | ({} if places is None else {"place": places}))
    enough = pl.col("x").count().over("group") >= ENOUGH
    frame = frame.with_columns(group.alias("group")).with_columns(
        pl.when(enough & (pl.col("group") != "")).then("group").alias("group")
    )
    signed = (pl.col("x") < 0).any()
    frame = frame.with_columns(pl.when(pl.col("x") > 0).then(pl.col("x").log()).alias("log"))
    in_levels = _far("x") & (pl.col("x").count().over("group") >= ENOUGH)
    in_logs = _far("log") & (pl.col("log").count().over("group") >= ENOUGH)
    far = in_levels & (signed | in_logs)
    return frame.select(
        far.fill_null(value=False).alias("far"), pl.col("x").median().over("group").alias("median"), "group"
    )


def _far(column: str) -> pl.Expr:
    away = (pl.col(column) - pl.col(column).median().over("group")).abs()
    mad = away.median().over("group") * _TO_SD
    quartiles = (pl.col(column).quantile(0.75) - pl.col(column).quantile(0.25)).over("group") * _IQR_TO_SD
    scale = pl.when(mad > 0).then(mad).otherwise(quartiles)
    return (scale > 0) & (away > CUT_OFF * scale)


class _Explain:
    """Says how far a number lies from the median of its group."""

    def __init__(self, table: ConformedTable, name: str, judged: pl.DataFrame) -> None:
        self._hidden = table.is_hidden(name)
        self._values = table.frame[name]
        self._judged = judged

    def __call__(self, text: str, index: int) -> tuple[Code, Values]:
        _, median, group = self._judged.row(index)
        named: Text | str = _ALL if group is None else group
        if self._hidden:
            return V_OUTLIER, {"median": HIDDEN, "group": named, "times": ""}
        ratio = float(self._values[index]) / median if median else 0.0
        times: Text | str = ""
        if ratio >= 2:
            n = wording.number(ratio, digits=2)
            times = Text(f", {n} times the median", f", {n} fois la médiane", f", {n} veces la mediana")
        return V_OUTLIER, {"median": wording.number(median), "group": named, "times": times}
