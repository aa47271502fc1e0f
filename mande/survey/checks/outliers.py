"""Numbers far from all others of their place: above them in levels and in logarithms, or far below.

Far below the others lie numbers that `mande.survey.lowest` finds on the scale on which those lie evenly.

Robust: distance from the median in units of the median absolute deviation, scaled to the standard deviation
of a normal distribution; where half of the values are equal, of the interquartile range.
Source: Iglewicz, B. and Hoaglin, D. (1993), How to detect and handle outliers, ASQC (cut-off 3.5).
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values, number_text
from mande.survey.interview import told
from mande.survey.lowest import far_below
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
_FIRST, _MARGIN = 1000, 0.05
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
        if not len(values) or not values.dtype.is_numeric() or question.unique:
            continue
        values = values.cast(pl.Float64).zip_with(~faulty(table, name), pl.Series([None], dtype=pl.Float64))
        parts = judged(values, None if place is None else place.texts)
        low = far_below(values, parts["group"], enough=ENOUGH, cut_off=CUT_OFF)
        if low.any():
            middle = pl.col("x").median().over("group") if place is not None else pl.col("x").median()
            medians = parts.with_columns(values.alias("x")).with_columns(middle.alias("median"))
            parts = medians.with_columns(far=pl.col("far") | low).select("group", "far", "median")
        least, most = question.usual or (None, None)
        far = parts["far"]
        far = far if least is None else far & (values >= least)
        far = far if most is None else far & (values <= most)
        if far.any():
            explain = _Explain(table, name, parts)
            yield from cell_problems(table, name, far, explain, severity=Severity.WARNING)


def judged(values: pl.Series, places: pl.Series | None) -> pl.DataFrame:
    """Return for each row the name of its `group` (null: all rows), whether it is `far`, and the `median`."""
    if places is None:
        far, median = _far(values)
        nowhere = pl.lit(None, pl.String).alias("group")
        return pl.DataFrame({"far": far}).select(nowhere, "far", pl.lit(median, pl.Float64).alias("median"))
    frame = pl.DataFrame({"x": values, "group": _large_groups(values, places)})
    far = _beyond_by_group(frame)
    if far.any():
        is_signed = frame.select((pl.col("x") < 0).any().over("group"))["x"].fill_null(value=False)
        logs = frame.with_columns(pl.when(pl.col("x") > 0).then(pl.col("x").log()))
        far &= is_signed | _beyond_by_group(logs)
    return frame.select("group", far.alias("far"), pl.col("x").median().over("group").alias("median"))


def _beyond_by_group(frame: pl.DataFrame) -> pl.Series:
    """Return which values of `x` lie beyond the cut-off from the median of their `group`."""
    x, away = pl.col("x"), pl.col("away")
    apart = frame.with_columns((x - x.median().over("group")).abs().alias("away"))
    spread = (x.quantile(0.75) - x.quantile(0.25)).over("group") * _IQR_TO_SD
    mad = away.median().over("group") * _TO_SD
    enough = x.count().over("group") >= ENOUGH
    scaled = apart.select(
        "away", enough.alias("enough"), pl.when(mad > 0).then(mad).otherwise(spread).alias("s")
    )
    is_far = pl.col("enough") & (pl.col("s") > 0) & (away > CUT_OFF * pl.col("s"))
    return scaled.select(is_far.fill_null(value=False).alias("far"))["far"]


def _large_groups(values: pl.Series, places: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"x": values, "place": places})
    enough = (pl.col("x").count().over("place") >= ENOUGH) & (pl.col("place") != "")
    return frame.select(pl.when(enough).then("place").alias("group"))["group"]


def _far(values: pl.Series) -> tuple[pl.Series, float | None]:
    """Return which numbers of one group lie far from the others, and the group's median if there are any."""
    if _are_all_near(values):
        return pl.Series([False]).new_from_index(0, len(values)), None
    far = _beyond(values)
    if far.any() and not (values < 0).any():
        logs = pl.DataFrame({"x": values}).select(pl.when(pl.col("x") > 0).then(pl.col("x").log()))["x"]
        far &= _beyond(logs)
    median = values.median()
    return far, median if isinstance(median, float) else None


def _beyond(values: pl.Series) -> pl.Series:
    """Return which values lie more than the cut-off in robust standard deviations from the median."""
    nowhere = pl.Series([False]).new_from_index(0, len(values))
    median = values.median()
    if values.count() < ENOUGH or not isinstance(median, float):
        return nowhere
    away = (values - median).abs()
    mad = away.median()
    scale = mad * _TO_SD if isinstance(mad, float) else 0.0
    if not scale:
        high, low = values.quantile(0.75), values.quantile(0.25)
        scale = ((high or 0.0) - (low or 0.0)) * _IQR_TO_SD
    return (away > CUT_OFF * scale).fill_null(value=False) if scale > 0 else nowhere


def _are_all_near(values: pl.Series) -> bool:
    """Return whether none of these numbers can lie far from the others: counting is quicker than sorting.

    Fewer than half of the numbers below `a` and fewer than half above `b`: then the median lies between.
    Fewer than half within `d` of that stretch: then the median distance is at least `d`. Where the largest
    distance is no more than the cut-off times that, no number is far. The first numbers give a guess where
    the median lies; a wrong guess proves nothing, and the numbers are sorted.
    """
    n, low, high, guess = values.count(), values.min(), values.max(), values.head(_FIRST).median()
    if n < ENOUGH or not (isinstance(low, float) and isinstance(high, float) and isinstance(guess, float)):
        return n < ENOUGH
    a, b = guess - _MARGIN * (high - low), guess + _MARGIN * (high - low)
    d = max(high - a, b - low) / (CUT_OFF * _TO_SD) * (1 + 1e-9)
    within = int((values > a - d).sum()) - int((values >= b + d).sum())
    return max(int((values < a).sum()), int((values > b).sum()), within) * 2 < n


class _Explain:
    """Says how far a number lies from the median of its group."""

    def __init__(self, table: ConformedTable, name: str, judged: pl.DataFrame) -> None:
        self._hidden = table.is_hidden(name)
        self._values = table.frame[name]
        self._judged = judged

    def __call__(self, text: str, index: int) -> tuple[Code, Values]:
        group, _, median = self._judged.row(index)
        named: Text | str = _ALL if group is None else group
        if self._hidden:
            return V_OUTLIER, {"median": HIDDEN, "group": named, "times": ""}
        ratio = float(self._values[index]) / median if median else 0.0
        times: Text | str = ""
        if ratio >= 2:
            n = number_text(ratio, digits=2)
            times = Text(
                f", {n.en} times the median", f", {n.fr} fois la médiane", f", {n.es} veces la mediana"
            )
        elif 0 < ratio <= 0.5:
            n = number_text(1 / ratio, digits=2)
            times = Text(
                f", the median is {n.en} times as high",
                f", la médiane est {n.fr} fois plus haute",
                f", la mediana es {n.es} veces más alta",
            )
        return V_OUTLIER, {"median": number_text(median), "group": named, "times": times}
