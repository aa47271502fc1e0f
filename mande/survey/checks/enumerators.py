"""One enumerator whose interviews are unlike all others: a call-back tells whether they took place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.checks.durations import minutes_between
from mande.survey.grid import Values
from mande.survey.interview import points, times, told
from mande.survey.table import ConformedTable

X_ENUM = Code(
    "X-ENUM",
    Text(
        "the interviews of one enumerator are unlike those of the others",
        "les entretiens d'un enquêteur ne ressemblent pas à ceux des autres",
        "las entrevistas de un encuestador no se parecen a las de los demás",
    ),
    Text(
        "interviews like those of the others", "des entretiens comme les autres", "entrevistas como las demás"
    ),
    Text(
        "Call some of these respondents back, and listen in on an interview.",
        "Rappelez quelques-unes de ces personnes, et assistez à un entretien.",
        "Vuelva a llamar a algunas de estas personas, y acompañe una entrevista.",
    ),
    Text(
        "{found}, {count} interviews: {signs}",
        "{found}, {count} entretiens : {signs}",
        "{found}, {count} entrevistas: {signs}",
    ),
)
FEWEST = 5
_SHORT = 1 / 3
_UNKNOWN = 0.3
_ALIKE = 0.2
_PLACE = 0.5
_ANSWERS = 5
"""Answers that an answer string must hold to mean something when it comes twice."""


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield X-ENUM for each enumerator with a sign of interviews that were not held as they should be.

    Signs: a median duration below a third of the others', a share of 'don't know' of 30 % and more than
    twice the others', answer strings that come several times, half and more of the interviews at one place.
    """
    found = enumerator_table(table, context)
    if found is None:
        return
    title, frame = found
    for row in frame.iter_rows(named=True):
        signs = _signs(row)
        if row["interviews"] >= FEWEST and signs:
            texts = [", ".join(sign.in_(code) for sign in signs) for code in ("en", "fr", "es")]
            values: Values = {"found": row["enumerator"], "count": row["interviews"], "signs": Text(*texts)}
            place = Place(table.file, table.sheet, column=title)
            yield Problem(X_ENUM, place, values, Severity.WARNING)


def enumerator_table(table: ConformedTable, context: CheckContext) -> tuple[str, pl.DataFrame] | None:
    """Return the title of the enumerators' column and one row for each, or None without such a column.

    Columns: enumerator; interviews; minutes (median) and minutes_others; unknown (share of 'don't know' and
    refused among the questions answered at all) and unknown_others; alike (share of interviews whose whole
    string of answers comes more than once); one_place (largest share of interviews at one place). What the
    file does not tell is null.
    """
    who = told(table, context, "enumerator")
    if who is None or table.key not in table.titles:
        return None
    start, end = told(table, context, "start"), told(table, context, "end")
    minutes: pl.Series | None = None
    if start is not None and end is not None:
        minutes = minutes_between(times(start.texts), times(end.texts))
    where = points(table, context)
    height = table.frame.height
    nothing = pl.Series([None], dtype=pl.Float64).new_from_index(0, height)
    place = nothing.cast(pl.String)
    if where is not None:
        _, north, east = where
        place = (
            pl.DataFrame({"n": north.round(5), "e": east.round(5)})
            .select(pl.concat_str("n", pl.lit(" "), "e"))
            .to_series()
        )
    frame = pl.DataFrame(
        {
            "enumerator": who.texts,
            "minutes": nothing if minutes is None else minutes,
            "unknown": _unknown(table),
            "string": _strings(table),
            "place": place,
        }
    ).filter(pl.col("enumerator") != "")
    return who.title, _summarised(frame)


def _unknown(table: ConformedTable) -> pl.Series:
    """Return in each row the share of 'don't know' and refused among the questions that have any answer."""
    questions = [name for name in table.asked if name != table.key and table.asked[name].type != "text"]
    if not questions:
        return pl.Series([None], dtype=pl.Float64).new_from_index(0, table.frame.height)
    filled = table.texts.select(pl.sum_horizontal(pl.col(questions) != "").cast(pl.Float64).alias("x"))["x"]
    present = table.frame.select(pl.sum_horizontal(pl.col(questions).is_not_null()).alias("x"))["x"]
    frame = pl.DataFrame({"filled": filled, "present": present.cast(pl.Float64)})
    share = (pl.col("filled") - pl.col("present")) / pl.col("filled")
    return frame.select(pl.when(pl.col("filled") > 0).then(share).alias("x"))["x"]


def _strings(table: ConformedTable) -> pl.Series:
    """Return in each row a number for its answers to all closed questions and numbers.

    Rows with the same answers have the same number; it is null with few of them.
    """
    closed = [
        name
        for name, question in table.asked.items()
        if question.type in ("choice", "multiple", "yes_no", "integer", "number")
    ]
    numbers = pl.Series("string", range(table.frame.height), dtype=pl.UInt32)
    if len(closed) < _ANSWERS:
        return numbers.clear(table.frame.height)
    texts = table.texts.select(closed)
    # Texts are joined and compared only where their hashes agree.
    again = texts.hash_rows().is_duplicated()
    alike = texts.filter(again).select(pl.concat_str(closed, separator="|").alias("joined"))
    first = alike.with_columns(numbers.filter(again)).select(pl.col("string").min().over("joined"))
    numbers = numbers.scatter(again.arg_true(), first.to_series())
    enough = texts.select(pl.sum_horizontal(pl.all() != "") >= _ANSWERS).to_series()
    return numbers.zip_with(enough, numbers.clear(1))


def _summarised(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.with_columns(
        (pl.len().over("enumerator", "string") > 1).alias("again"),
        pl.when(pl.col("place").is_not_null()).then(pl.len().over("enumerator", "place")).alias("here"),
    )
    own = frame.group_by("enumerator").agg(
        pl.len().alias("interviews"),
        pl.col("minutes").median(),
        pl.col("unknown").mean(),
        pl.when(pl.col("string").is_not_null()).then(pl.col("again")).mean().alias("alike"),
        (pl.col("here").max() / pl.col("place").count()).alias("one_place"),
        pl.col("unknown").sum().alias("sum"),
        pl.col("unknown").count().alias("count"),
    )
    n_others = pl.col("count").sum() - pl.col("count")
    mean = pl.when(n_others > 0).then((pl.col("sum").sum() - pl.col("sum")) / n_others)
    own = own.with_columns(mean.alias("unknown_others")).drop("sum", "count")
    return own.join(medians_of_others(frame), on="enumerator", how="left").sort("enumerator")


def medians_of_others(frame: pl.DataFrame) -> pl.DataFrame:
    """Return for each enumerator the median minutes of all others' interviews; one sort serves all."""
    ordered = frame.sort("minutes", nulls_last=True).with_row_index("rank")
    minutes = ordered["minutes"].drop_nulls().to_numpy()
    is_known = pl.col("minutes").is_not_null()
    ranks = ordered.group_by("enumerator", maintain_order=True).agg(pl.col("rank").filter(is_known))
    medians = []
    for who, own in ranks.iter_rows():
        n_others = len(minutes) - len(own)
        before = np.asarray(own, np.int64) - np.arange(len(own))  # how many others stand before each own
        middle = ((n_others - 1) // 2, n_others // 2)
        ends = [minutes[k + int(np.searchsorted(before, k, side="right"))] for k in middle if n_others]
        medians.append({"enumerator": who, "minutes_others": float(np.mean(ends)) if ends else None})
    return pl.DataFrame(medians, schema={"enumerator": pl.String, "minutes_others": pl.Float64})


def _signs(row: dict[str, float | None]) -> list[Text]:
    signs = []
    minutes, others = row["minutes"], row["minutes_others"]
    if minutes is not None and others is not None and minutes < _SHORT * others:
        a, b = f"{minutes:.0f}", f"{others:.0f}"
        signs.append(
            Text(
                f"median {a} minutes (others {b})",
                f"médiane {a} minutes (autres {b})",
                f"mediana {a} minutos (otros {b})",
            )
        )
    unknown, usual = row["unknown"], row["unknown_others"]
    if unknown is not None and unknown >= _UNKNOWN and (usual is None or unknown > 2 * usual):
        a, b = f"{100 * unknown:.0f}", f"{100 * (usual or 0):.0f}"
        signs.append(
            Text(
                f"{a} % don't know or refused (others {b} %)",
                f"{a} % ne sait pas ou refus (autres {b} %)",
                f"{a} % no sabe o rehusó (otros {b} %)",
            )
        )
    alike = row["alike"]
    if alike is not None and alike >= _ALIKE:
        a = f"{100 * alike:.0f}"
        signs.append(
            Text(
                f"{a} % of interviews with the same answers throughout as another",
                f"{a} % d'entretiens aux mêmes réponses qu'un autre",
                f"{a} % de entrevistas con las mismas respuestas que otra",
            )
        )
    place = row["one_place"]
    if place is not None and place >= _PLACE:
        a = f"{100 * place:.0f}"
        signs.append(Text(f"{a} % at one place", f"{a} % en un seul lieu", f"{a} % en un mismo lugar"))
    return signs
