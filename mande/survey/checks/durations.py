"""Interviews that were too short to be real, end before they begin, or overlap."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.interview import row_problems, times, told
from mande.survey.table import ROW, ConformedTable

X_DURATION = Code(
    "X-DURATION",
    Text(
        "the interview was far shorter than the others",
        "l'entretien a été beaucoup plus court que les autres",
        "la entrevista fue mucho más corta que las demás",
    ),
    Text(
        "at least {least} minutes (a third of the median)",
        "au moins {least} minutes (un tiers de la médiane)",
        "al menos {least} minutos (un tercio de la mediana)",
    ),
    Text(
        "Call the respondent back; if the interview took place as it should, leave it.",
        "Rappelez la personne ; si l'entretien a bien eu lieu, laissez-le.",
        "Vuelva a llamar a la persona; si la entrevista se hizo bien, déjela.",
    ),
    Text("{found} minutes", "{found} minutes", "{found} minutos"),
)
X_ENDS = Code(
    "X-DURATION-NEGATIVE",
    Text(
        "the interview ends before it begins",
        "l'entretien finit avant de commencer",
        "la entrevista termina antes de empezar",
    ),
    Text("an end after the start", "une fin après le début", "un final después del inicio"),
    Text(
        "Set the clock of the tablet right; correct the times if they are known.",
        "Réglez l'heure de la tablette ; corrigez les heures si elles sont connues.",
        "Ajuste la hora de la tableta; corrija las horas si se conocen.",
    ),
)
X_OVERLAP = Code(
    "X-OVERLAP",
    Text(
        "the same enumerator was in another interview at the same time",
        "le même enquêteur menait un autre entretien au même moment",
        "el mismo encuestador estaba en otra entrevista a la misma hora",
    ),
    Text("one interview at a time", "un entretien à la fois", "una entrevista a la vez"),
    Text(
        "Ask the enumerator; forms left open, or filled in later without an interview, look like this.",
        "Demandez à l'enquêteur ; un formulaire resté ouvert, ou rempli plus tard, ressemble à cela.",
        "Pregunte al encuestador; un formulario abierto, o llenado después, se ve así.",
    ),
    Text(
        "overlaps row {found} by {minutes} minutes",
        "chevauche la ligne {found} de {minutes} minutes",
        "coincide con la fila {found} por {minutes} minutos",
    ),
)
ENOUGH = 10
_SHORTEST_OVERLAP = 5.0


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield X-DURATION, X-DURATION-NEGATIVE and X-OVERLAP where the file has times of start and end."""
    start, end = told(table, context, "start"), told(table, context, "end")
    if start is None or end is None or table.key not in table.titles:
        return
    begins, ends = times(start.texts), times(end.texts)
    minutes = minutes_between(begins, ends)

    def negative(index: int) -> tuple[Code, Values]:
        return X_ENDS, {"found": f"{start.texts[index]} - {end.texts[index]}"}

    yield from row_problems(table, end.title, (minutes < 0).fill_null(value=False).arg_true(), negative)
    real = minutes.filter((minutes >= 0).fill_null(value=False))
    median = real.median()
    if len(real) >= ENOUGH and isinstance(median, float):
        least = median / 3

        def short(index: int) -> tuple[Code, Values]:
            return X_DURATION, {"found": round(minutes[index], 1), "least": round(least, 1)}

        brief = ((minutes >= 0) & (minutes < least)).fill_null(value=False)
        yield from row_problems(table, end.title, brief.arg_true(), short)
    enumerator = told(table, context, "enumerator")
    if enumerator is not None:
        yield from _overlaps(table, context, start.title, enumerator.texts, begins, ends)


def minutes_between(begins: pl.Series, ends: pl.Series) -> pl.Series:
    """Return the minutes from start to end; null where one of both is not known."""
    return (ends - begins).dt.total_seconds().cast(pl.Float64) / 60


def _overlaps(
    table: ConformedTable,
    context: CheckContext,
    title: str,
    enumerators: pl.Series,
    begins: pl.Series,
    ends: pl.Series,
) -> Iterator[Problem]:
    frame = pl.DataFrame({"who": enumerators, "begins": begins, "ends": ends, "row": table.frame[ROW]})
    usable = frame.with_row_index("index").filter(
        (pl.col("who") != "") & pl.col("begins").is_not_null() & (pl.col("ends") >= pl.col("begins"))
    )
    about: dict[int, Values] = {}
    for _, own in usable.sort("begins", "index").group_by("who", maintain_order=True):
        busy = own.row(0, named=True)  # the interview that ends last of those begun so far
        for row in own[1:].iter_rows(named=True):
            both = (min(busy["ends"], row["ends"]) - row["begins"]).total_seconds() / 60
            if both > _SHORTEST_OVERLAP:
                about[row["index"]] = {"found": context.raw.row_name(busy["row"]), "minutes": round(both)}
            busy = max(busy, row, key=lambda entry: entry["ends"])

    def explain(index: int) -> tuple[Code, Values]:
        return X_OVERLAP, about[index]

    yield from row_problems(table, title, pl.Series(sorted(about), dtype=pl.UInt32), explain)
