"""What a file tells of the interviews: who asked, when, where and with which form.

A question with a `role` tells it; without one, the columns that ODK, KoboToolbox, SurveyCTO and CommCare
write by themselves do, whether or not the questionnaire knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from mande.errors import Code, Place, Problem, Severity
from mande.schema.question import Role
from mande.survey.check import CheckContext
from mande.survey.grid import SPACES, Values
from mande.survey.naming import OPENING_TITLES, last_part
from mande.survey.naming import WAVE_TITLES as ON_OUR_FORM
from mande.survey.table import LISTED_PER_COLUMN, ROW, V_MORE, ConformedTable

DATE_TITLES = ("interview_date", "date_interview", "today")
"""How the day of the interview is usually called."""

_TITLES: Mapping[Role, tuple[str, ...]] = {
    "consent": ("consent",),
    "enumerator": (
        "enumerator_id",
        "enumerator",
        "interviewer",
        "surveyor",
        "enum_id",
        "username",
        "deviceid",
    ),
    "start": ("start", "starttime", "started_time"),
    "end": ("end", "endtime", "completed_time"),
    "date": DATE_TITLES,
    "latitude": ("_gps_latitude", "gps_latitude", "gps-latitude", "latitude", "lat"),
    "longitude": ("_gps_longitude", "gps_longitude", "gps-longitude", "longitude", "lon"),
    "gps": ("gps", "location", "geopoint"),
    "form_version": ("form_version", "__version__", "formdef_version"),
    "place": ("village", "village_id", "region"),
}
WAVE_TITLES = ON_OUR_FORM | {"wave", "round", "survey_wave", "survey_round", "vague", "ronda"}
"""Titles of a column that repeats the wave: the questionnaires of `mande form` ask for it."""


@dataclass(frozen=True, slots=True)
class Told:
    """One column about the interviews: its title, and its trimmed text in each row of the table."""

    title: str
    texts: pl.Series
    question: str = ""


def told(table: ConformedTable, context: CheckContext, role: Role) -> Told | None:
    """Return the column of a role, or None where the file has none."""
    for name, question in table.asked.items():
        if question.role == role:
            return Told(table.titles[name], table.texts[name], name)
    titles = {last_part(title): i for i, title in enumerate(context.raw.columns)}
    asked = {index: name for name, index in context.columns.by_question.items()}
    for title in (*_TITLES[role], *OPENING_TITLES.get(role, ())):
        index = titles.get(title)
        if index is not None:
            return Told(context.raw.columns[index], aligned(table, context, index), asked.get(index, ""))
    return None


def is_about_interview(title: str) -> bool:
    """Return whether a column tells of the interview though no question asks for it."""
    plain = last_part(title)
    return any(plain in titles for titles in (WAVE_TITLES, *_TITLES.values(), *OPENING_TITLES.values()))


def aligned(table: ConformedTable, context: CheckContext, index: int) -> pl.Series:
    """Return a raw column's text in the rows that the table kept."""
    raw = context.raw
    texts = raw.cells[f"c{index}"].str.strip_chars(SPACES)
    if len(raw.rows) == table.frame.height:
        return texts
    kept = raw.rows.is_in(table.frame[ROW].implode())
    return texts.filter(kept)


def times(texts: pl.Series) -> pl.Series:
    """Return the moments that texts tell, in UTC and to the second; null where one cannot be read.

    Examples
    --------
    >>> times(pl.Series(["2024-03-01T09:30:00.000+03:00", "2024-03-01 09:30", "soon"])).to_list()[:2]
    [datetime.datetime(2024, 3, 1, 6, 30), datetime.datetime(2024, 3, 1, 9, 30)]
    """
    parts = texts.str.extract_groups(
        r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?$"
    ).struct.unnest()
    day, clock, seconds, zone = (parts[name] for name in parts.columns)
    moment = (day + " " + clock + seconds.fill_null(":00")).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    digits = zone.str.replace_all(r"\D", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60
    minutes += digits.str.slice(2, 2).cast(pl.Int64, strict=False)
    west = zone.str.starts_with("-").fill_null(value=False)
    offset = minutes.fill_null(0)
    offset = (-offset).zip_with(west, offset)
    frame = pl.DataFrame({"at": moment, "offset": offset})
    return frame.select(pl.col("at") - pl.duration(minutes=pl.col("offset")))["at"].alias(texts.name)


def numbers(texts: pl.Series) -> pl.Series:
    """Return texts as numbers, null where they are none."""
    values = texts.cast(pl.Float64, strict=False)
    return pl.DataFrame({"x": values}).select(pl.when(pl.col("x").is_finite()).then("x"))["x"]


def points(table: ConformedTable, context: CheckContext) -> tuple[str, pl.Series, pl.Series] | None:
    """Return the title of the column and the latitude and longitude of each interview, or None.

    A single GPS column holds `latitude longitude altitude accuracy`, as ODK writes it.
    """
    latitude, longitude = told(table, context, "latitude"), told(table, context, "longitude")
    if latitude is not None and longitude is not None:
        return latitude.title, numbers(latitude.texts), numbers(longitude.texts)
    both = told(table, context, "gps")
    if both is None:
        return None
    parts = both.texts.str.extract_groups(r"^(-?\d+(?:\.\d+)?)[ ,;]+(-?\d+(?:\.\d+)?)").struct.unnest()
    north, east = (parts[name] for name in parts.columns)
    return both.title, numbers(north), numbers(east)


def row_problems(
    table: ConformedTable,
    title: str,
    rows: pl.Series,
    explain: Callable[[int], tuple[Code, Values]],
    *,
    severity: Severity = Severity.WARNING,
) -> Iterator[Problem]:
    """Yield a problem for each row (by index in `frame`) at a column that no question may stand behind.

    `explain` gives for a row its code and what the code's wording needs.
    """
    listed = rows.head(LISTED_PER_COLUMN)
    places = table.places(table.key, listed)
    for index, place in zip(listed.to_list(), places, strict=True):
        code, values = explain(index)
        yield Problem(code, replace(place, column=title, question=""), values, severity)
    if len(rows) > len(listed):
        code, _ = explain(int(rows[0]))
        rest: Values = {"found": len(rows) - len(listed), "code": code.id}
        yield Problem(V_MORE, Place(table.file, table.sheet, column=title), rest, severity)
