"""Answers given in several units, brought to the unit of their question.

The question names the column that says which unit an answer is given in (`unit_column`). What one such
unit is comes from the sourced parameter `unit_conversion` or `exchange_rate`, from the calendar, or from
an answer that the import profile keeps with its source; nothing is assumed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from mande import wording
from mande.errors import Ask, Code, Problem, Severity, Text
from mande.schema.parameter import Parameter
from mande.schema.question import Question
from mande.survey.circumstances import Circumstances
from mande.survey.distinct import Distinct
from mande.survey.faults import CellFaults
from mande.survey.field import FieldRule
from mande.survey.grid import Values
from mande.survey.parse import Wrong, as_float
from mande.survey.table import ConformedTable
from mande.units import unit_text

X_UNIT = Code(
    "X-UNIT",
    Text(
        "answers are given in another unit than the question's",
        "des réponses sont données dans une autre unité que celle de la question",
        "hay respuestas dadas en otra unidad que la de la pregunta",
    ),
    Text("answers in {unit}", "des réponses en {unit}", "respuestas en {unit}"),
    Text(
        "Answer how many {unit} one such unit is, with `--note` for the source; or correct the cells.",
        "Répondez combien de {unit} fait une telle unité, avec `--note` pour la source ; ou corrigez.",
        "Responda cuántos {unit} es una unidad así, con `--note` para la fuente; o corrija las celdas.",
    ),
)
X_CONVERTED = Code(
    "X-CONVERTED",
    Text(
        "answers were converted to {unit}",
        "des réponses ont été converties en {unit}",
        "se convirtieron respuestas a {unit}",
    ),
    Text(""),
    Text(""),
)
X_NOUNIT = Code(
    "X-NOUNIT",
    Text("the answer has no unit", "la réponse n'a pas d'unité", "la respuesta no tiene unidad"),
    Text(
        "a unit in column {column}", "une unité dans la colonne {column}", "una unidad en la columna {column}"
    ),
    Text("Fill in the unit.", "Complétez l'unité.", "Complete la unidad."),
)
_A_YEAR = {"week": 52.0, "month": 12.0, "year": 1.0}


@dataclass(frozen=True, slots=True)
class Converted:
    """A column's values in the unit of the question, and what was found on the way."""

    values: pl.Series
    problems: tuple[Problem, ...]
    faults: tuple[CellFaults, ...]


def without_limits(question: Question) -> Question:
    """Return a question whose answers come in several units: its limits hold for converted ones."""
    return question.model_copy(update={"range": None})


def convert(
    table: ConformedTable, name: str, values: pl.Series, units: pl.Series, about: Circumstances
) -> Converted:
    """Return the values in the unit of the question; null where the unit or its size is not known.

    Parameters
    ----------
    table
        The table; its texts are needed.
    name
        The question, which has a `unit_column`.
    values
        Its values as they stand in the file.
    units
        The unit of each, from the typed unit column.
    about
        Where factors come from.
    """
    question = table.questions[name]
    factors: dict[str, float] = {}
    problems: list[Problem] = []
    answered = values.is_not_null()
    for unit in units.filter(answered).drop_nulls().unique().sort().to_list():
        mask = answered & (units == unit).fill_null(value=False)
        factor, told = _factor(table, name, unit, int(mask.sum()), about)
        problems += told
        if factor is not None:
            factors[unit] = factor
    sizes = units.replace_strict(
        pl.Series(list(factors), dtype=pl.String),
        pl.Series(list(factors.values()), dtype=pl.Float64),
        default=None,
        return_dtype=pl.Float64,
    )
    lost = answered & units.is_null()
    converted = values * sizes
    faults = [*_without_unit(table, name, lost), *_beyond(table, question, name, converted, units)]
    beyond = pl.concat([fault.indices for fault in faults]) if faults else pl.Series([], dtype=pl.UInt32)
    if len(beyond):
        converted = converted.scatter(beyond, None)
    return Converted(converted.alias(name), tuple(problems), tuple(faults))


def _without_unit(table: ConformedTable, name: str, lost: pl.Series) -> Iterator[CellFaults]:
    if not lost.any():
        return
    column = str(table.questions[name].unit_column)
    wrong = Wrong(X_NOUNIT, {"column": table.titles.get(column, column)})
    yield CellFaults.alike(table, name, lost, wrong, Severity.ERROR)


def _beyond(
    table: ConformedTable, question: Question, name: str, values: pl.Series, units: pl.Series
) -> Iterator[CellFaults]:
    """Yield the cells whose converted value the question's field refuses, unit by unit."""
    rule = FieldRule(question)
    for unit in units.drop_nulls().unique().sort().to_list():
        cells = Distinct.of(table.texts[name], (units == unit) & values.is_not_null())
        why = [rule.refused(value) for value in cells.firsts(values)]
        if any(why):
            yield CellFaults(table, name, cells.chosen([w is not None for w in why]), [w for w in why if w])


def _factor(
    table: ConformedTable, name: str, unit: str, count: int, about: Circumstances
) -> tuple[float | None, list[Problem]]:
    """Return what one `unit` is in the question's own, and how that is known or what is asked."""
    question = table.questions[name]
    own = unit_text(question.unit, about.currency)
    if unit in (question.unit, own.en, question.per):
        return 1.0, []
    place = table.place(name)
    known = _known(question, unit, about)
    if known is not None:
        factor, source = known
        return factor, [
            _told(place_of=table, name=name, unit=unit, factor=factor, own=own, count=count, source=source)
        ]
    ask = Ask(
        table=table.name,
        column=f"{table.titles[name]} = {unit}",
        free=Text(
            f"how many {own.en} one {unit} is, as a number",
            f"combien de {own.fr} fait un {unit}, en nombre",
            f"cuántos {own.es} es un {unit}, como número",
        ),
    )
    given = as_float(about.profile.settled(X_UNIT, ask) or "")
    if given is not None and given > 0:
        source = Text("import profile", "profil d'import", "perfil de importación")
        told = _told(place_of=table, name=name, unit=unit, factor=given, own=own, count=count, source=source)
        return given, [told]
    found = Text(f"{unit}; cells: {count}", f"{unit} ; cellules : {count}", f"{unit}; celdas: {count}")
    values: Values = {"found": found, "unit": own}
    return None, [Problem(X_UNIT, place, values, Severity.QUESTION, ask)]


def _told(
    *, place_of: ConformedTable, name: str, unit: str, factor: float, own: Text, count: int, source: Text
) -> Problem:
    size = f"1 {unit} = {wording.number(factor, digits=8)}"
    found = Text(
        f"cells: {count}; {size} {own.en} ({source.in_('en')})",
        f"cellules : {count} ; {size} {own.fr} ({source.in_('fr')})",
        f"celdas: {count}; {size} {own.es} ({source.in_('es')})",
    )
    return Problem(X_CONVERTED, place_of.place(name), {"found": found, "unit": own}, Severity.NOTE)


def _known(question: Question, unit: str, about: Circumstances) -> tuple[float, Text] | None:
    """Return the factor of calendar or parameters, with its source."""
    if question.per in _A_YEAR and unit in _A_YEAR:
        factor = _A_YEAR[unit] / _A_YEAR[str(question.per)]
        return factor, Text("calendar: 12 months, 52 weeks", "calendrier", "calendario")
    if question.unit == "LCU":
        return _value(about.parameters.get("exchange_rate"), {"currency": unit}, about.reference_date)
    parameter = about.parameters.get("unit_conversion")
    if parameter is None or parameter.unit != question.unit:
        return None
    return _value(parameter, {"unit": unit, **question.unit_key}, about.reference_date)


def _value(
    parameter: Parameter | None, key: Mapping[str, str], day: dt.date | None
) -> tuple[float, Text] | None:
    """Return the value of a parameter on a day, with its source."""
    if parameter is None or day is None:
        return None
    for value, last in parameter.ranges():
        if value.key == key and value.start <= day and (last is None or day <= last):
            return value.value, Text(value.source)
    return None
