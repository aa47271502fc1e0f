"""The file of a wave: a column that repeats the wave names it, and interviews lie in its time."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Ask, Code, Option, Problem, Severity, Text
from mande.schema.programme import Programme, Wave
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable

F_WRONGWAVE = Code(
    "F-WRONGWAVE",
    Text(
        "the file belongs to another wave",
        "le fichier appartient à une autre vague",
        "el archivo es de otra ronda",
    ),
    Text("{expected}"),
    Text(
        "Choose the wave the file belongs to, or correct the column.",
        "Choisissez la vague du fichier, ou corrigez la colonne.",
        "Elija la ronda del archivo, o corrija la columna.",
    ),
    Text("{what}"),
)
F_WAVEKEPT = Code(
    "F-WAVEKEPT",
    Text(
        "as answered, the file belongs to wave {found} in spite of its dates",
        "comme répondu, le fichier est de la vague {found} malgré ses dates",
        "según lo respondido, el archivo es de la ronda {found} a pesar de sus fechas",
    ),
    Text(""),
    Text("Nothing.", "Rien.", "Nada."),
)
INTERVIEW = ("interview_date", "interviewed_on")
"""Questions for the day of the interview, by the ids they have in the library."""
MOST = 0.5
"""Above this share of interviews outside its time, a file is asked about."""


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield F-WRONGWAVE, once, for a column of the wave or for interviews that say otherwise.

    The column is the one `wave_column` in mapping.yaml names, or that of our own form: there, only what
    names another wave of the programme speaks against the file.
    """
    yield from _by_dates(table, context)
    if context.columns.wave is None:
        return
    raw, index = context.raw, context.columns.wave
    cells = raw.cells[f"c{index}"].str.strip_chars()
    other = cells.filter(~cells.is_in(_names(context.programme.wave(context.wave), context.wave)))
    if table.mapping.wave_column is None:
        named = [name for entry in context.programme.waves for name in _names(entry, entry.id)]
        other = other.filter(other.is_in(named))
    if len(other):
        found = ", ".join(text or "''" for text in other.unique().sort().head(3).to_list())
        n, wave = len(other), context.wave
        values: Values = {
            "what": Text(f"{found} in {n} rows", f"{found} dans {n} lignes", f"{found} en {n} filas"),
            "expected": Text(f"{wave} in every row", f"{wave} dans chaque ligne", f"{wave} en cada fila"),
        }
        yield Problem(F_WRONGWAVE, raw.place(column=raw.columns[index]), values)


def _names(wave: Wave | None, name: str) -> list[str]:
    """Return what names a wave in an export: its id, as a number too, or its label."""
    labels = () if wave is None else (wave.label.en, wave.label.fr, wave.label.es)
    return [name, f"{name}.0", *filter(None, labels)]


def _by_dates(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    asked = next((name for name in INTERVIEW if name in table.titles), None)
    wave = context.programme.wave(context.wave)
    if asked is None or wave is None or not len(days := table.frame[asked].drop_nulls()):
        return
    outside = days.filter(_is_outside(days, wave, context.programme))
    if len(outside) <= MOST * len(days):
        return
    option = Option(
        wave.id,
        Text(
            f"the file belongs to wave {wave.id}",
            f"le fichier est de la vague {wave.id}",
            f"el archivo es de la ronda {wave.id}",
        ),
    )
    ask = Ask(table.name, table.titles[asked], (option,))
    place = table.place(asked)
    if context.profile.settled(F_WRONGWAVE, ask) is not None:
        yield Problem(F_WAVEKEPT, place, {"found": wave.id}, Severity.NOTE)
        return
    n, total, first, last = len(outside), len(days), str(outside.min()), str(outside.max())
    what = Text(
        f"{n} of {total} interviews at another time, from {first} to {last}",
        f"{n} entretiens sur {total} à un autre moment, du {first} au {last}",
        f"{n} de {total} entrevistas en otro momento, del {first} al {last}",
    )
    values: Values = {"what": what, "expected": _expected(wave)}
    yield Problem(F_WRONGWAVE, place, values, Severity.QUESTION, ask)


def _is_outside(days: pl.Series, wave: Wave, programme: Programme) -> pl.Series:
    """Outside the wave's fieldwork; without one, nearer to another wave's reference date than to its own."""
    if wave.fieldwork is not None:
        return ~days.is_between(*wave.fieldwork)
    own = (days - wave.reference_date).dt.total_days().abs()
    others = [entry.reference_date for entry in programme.waves if entry.id != wave.id]
    nearer = pl.repeat(False, len(days), eager=True, dtype=pl.Boolean)
    for date in others:
        nearer = nearer | ((days - date).dt.total_days().abs() < own)
    return nearer


def _expected(wave: Wave) -> Text:
    if wave.fieldwork is None:
        day = wave.reference_date
        return Text(
            f"interviews around {day}", f"entretiens autour du {day}", f"entrevistas alrededor del {day}"
        )
    first, last = wave.fieldwork
    return Text(
        f"interviews from {first} to {last}",
        f"entretiens du {first} au {last}",
        f"entrevistas del {first} al {last}",
    )
