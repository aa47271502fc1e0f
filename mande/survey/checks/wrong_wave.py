"""The file of a wave: a column that repeats the wave names it, and interviews lie in its time.

The day of an interview is told by its date, or else by when it began or ended: every export has that.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Ask, Code, Option, Problem, Severity, Text, about
from mande.schema.programme import Programme, Wave
from mande.schema.question import Role
from mande.survey.check import CheckContext
from mande.survey.grid import SPACES, Values
from mande.survey.interview import WAVE_TITLES, told
from mande.survey.naming import last_part
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

    The column is the one `wave_column` in mapping.yaml names; one that nobody named is asked about, where
    it holds the names of other waves.
    """
    yield from _by_dates(table, context)
    index = context.columns.wave
    if index is None or table.mapping.wave_column is None:
        yield from _by_unnamed(table, context)
    else:
        yield from _by_column(context, index)


def _by_column(context: CheckContext, index: int) -> Iterator[Problem]:
    raw = context.raw
    cells = raw.cells[f"c{index}"].str.strip_chars()
    other = cells.filter((cells != context.wave) & (cells != f"{context.wave}.0"))
    if len(other):
        found = ", ".join(text or "''" for text in other.unique().sort().head(3).to_list())
        n, wave = len(other), context.wave
        values: Values = {
            "what": Text(f"{found} in {n} rows", f"{found} dans {n} lignes", f"{found} en {n} filas"),
            "expected": Text(f"{wave} in every row", f"{wave} dans chaque ligne", f"{wave} en cada fila"),
        }
        yield Problem(F_WRONGWAVE, raw.place(column=raw.columns[index]), values)


def _by_unnamed(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    raw, taken = context.raw, set(context.columns.by_question.values())
    wave = context.programme.wave(context.wave)
    others = {name for entry in context.programme.waves if entry.id != context.wave for name in _names(entry)}
    for index, title in enumerate(raw.columns):
        if index in taken or last_part(title) not in WAVE_TITLES or wave is None:
            continue
        cells = raw.cells[f"c{index}"].str.strip_chars(SPACES).str.replace(r"\.0$", "").str.to_lowercase()
        cells = cells.filter(cells.is_in(list(others - _names(wave))))
        if len(cells):
            n, found = len(cells), ", ".join(cells.unique().sort().head(3).to_list())
            values: Values = {
                "what": Text(f"{found} in {n} rows", f"{found} dans {n} lignes", f"{found} en {n} filas"),
                "expected": Text(f"wave {wave.id}", f"vague {wave.id}", f"ronda {wave.id}"),
            }
            yield _question(table, context, wave, title, values, about([title, *cells.to_list()]))


def _names(wave: Wave) -> set[str]:
    return {name.lower() for name in (wave.id, wave.label.en, wave.label.fr, wave.label.es) if name}


def _days(table: ConformedTable, context: CheckContext) -> tuple[str, pl.Series] | None:
    """Return the title of the column that tells the days of the interviews, and those it tells."""
    for name in INTERVIEW:
        if name in table.titles and table.frame[name].dtype == pl.Date and table.frame[name].count():
            return table.titles[name], table.frame[name].drop_nulls()
    roles: tuple[Role, ...] = ("date", "start", "end")
    for role in roles:
        column = told(table, context, role)
        if column is None:
            continue
        if column.question and table.frame[column.question].dtype == pl.Date:
            days = table.frame[column.question]
        else:
            # The day as the interviewer had it, whatever the clock's distance from UTC.
            days = column.texts.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        if days.count():
            return column.title, days.drop_nulls()
    return None


def _by_dates(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    wave, found = context.programme.wave(context.wave), _days(table, context)
    if found is None or wave is None:
        return
    title, days = found
    outside = days.filter(_is_outside(days, wave, context.programme))
    if len(outside) <= MOST * len(days):
        return
    n, total, first, last = len(outside), len(days), str(outside.min()), str(outside.max())
    what = Text(
        f"{n} of {total} interviews at another time, from {first} to {last}",
        f"{n} entretiens sur {total} à un autre moment, du {first} au {last}",
        f"{n} de {total} entrevistas en otro momento, del {first} al {last}",
    )
    values: Values = {"what": what, "expected": _expected(wave)}
    yield _question(table, context, wave, title, values, about([title, *days.to_list()]))


def _question(
    table: ConformedTable, context: CheckContext, wave: Wave, title: str, values: Values, held: str
) -> Problem:
    """Return what is asked about a column that says the file is another wave's, or that it was answered.

    `held` is the fingerprint of what the column says: an answer holds for nothing else.
    """
    option = Option(
        wave.id,
        Text(
            f"the file belongs to wave {wave.id}",
            f"le fichier est de la vague {wave.id}",
            f"el archivo es de la ronda {wave.id}",
        ),
    )
    ask = Ask(table.name, title, (option,), about=held)
    place = context.raw.place(column=title)
    if context.profile.settled(F_WRONGWAVE, ask) is not None:
        return Problem(F_WAVEKEPT, place, {"found": wave.id}, Severity.NOTE)
    return Problem(F_WRONGWAVE, place, values, Severity.QUESTION, ask)


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
