"""Leave rejected submissions out, and tell the server's own columns from answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from mande.errors import Ask, Code, Option, Problem, Severity, Text
from mande.survey.exports.platform import Platform, platform_of
from mande.survey.exports.reshape import with_rows
from mande.survey.grid import SPACES, RawTable, Values, normal_title, note, row_list
from mande.survey.profile import ImportProfile

S_PLATFORM = Code(
    "S-PLATFORM",
    Text(
        "read as an export of {found}", "lu comme un export de {found}", "leído como exportación de {found}"
    ),
    Text(""),
    Text(""),
    Text("{versions}"),
)
S_REJECTED = Code(
    "S-REJECTED",
    Text(
        "submissions that were rejected on the server are left out: {found}",
        "les soumissions rejetées sur le serveur sont laissées de côté : {found}",
        "los envíos rechazados en el servidor se dejan fuera: {found}",
    ),
    Text(""),
    Text(
        "Nothing, if they were rejected for good; otherwise approve them on the server and export again.",
        "Rien, si elles sont rejetées pour de bon ; sinon approuvez-les et exportez à nouveau.",
        "Nada, si se rechazaron definitivamente; si no, apruébelos en el servidor y exporte de nuevo.",
    ),
    Text("rows {rows}", "lignes {rows}", "filas {rows}"),
)
S_UNASKED = Code(
    "S-UNASKED",
    Text(
        "cells in which the server says that the question was not shown: {found}",
        "cellules où le serveur dit que la question n'a pas été affichée : {found}",
        "celdas en que el servidor dice que la pregunta no se mostró: {found}",
    ),
    Text(""),
    Text(
        "Nothing: they are read as skipped.",
        "Rien : elles comptent comme sautées.",
        "Nada: se leen como saltadas.",
    ),
    Text("{marks}"),
)
F_WRONGFORM = Code(
    "F-WRONGFORM",
    Text(
        "the answers were given to another form than the wave's",
        "les réponses viennent d'un autre formulaire que celui de la vague",
        "las respuestas vienen de otro formulario que el de la ronda",
    ),
    Text("the form {expected}", "le formulaire {expected}", "el formulario {expected}"),
    Text(
        "Choose the export of the wave's form, or the wave this file belongs to. If the form was only "
        "renamed, answer so, and import the new form for the wave.",
        "Choisissez l'export du formulaire de la vague, ou la vague du fichier. Si le formulaire a seulement "
        "changé de nom, répondez-le, et importez le nouveau formulaire.",
        "Elija la exportación del formulario de la ronda, o la ronda del archivo. Si el formulario solo "
        "cambió de nombre, responda eso, e importe el formulario nuevo.",
    ),
)
_RENAMED = (
    Option(
        "renamed", Text("the same form, under a new id", "le même, sous un autre id", "el mismo, con otro id")
    ),
)
_VERSIONS = Text("form versions {list}", "versions du formulaire {list}", "versiones del formulario {list}")
_SHOWN = 5


def tidy(raw: RawTable, known: Platform | None = None) -> tuple[RawTable, Platform | None, list[Problem]]:
    """Return a table without rejected submissions, the server it comes from, and what to tell.

    A file of no known server is returned as it is; `known` is the server where other files tell it.
    """
    platform = known or platform_of(raw.columns)
    if platform is None:
        return raw, None, []
    problems = [note(S_PLATFORM, raw.place(), found=platform.name, versions=_versions(raw, platform))]
    status = _column(raw, platform.status)
    if status is not None:
        review = status.str.strip_chars(SPACES).str.to_lowercase()
        rejected = review.is_in(list(platform.rejected))
        if rejected.any():
            rows = raw.rows.filter(rejected).to_list()
            problems.append(note(S_REJECTED, raw.place(), found=len(rows), rows=row_list(rows)))
            raw = with_rows(raw, ~rejected)
    raw, unasked = _without_unasked(raw, platform)
    return raw, platform, [*problems, *unasked]


def _without_unasked(raw: RawTable, platform: Platform) -> tuple[RawTable, list[Problem]]:
    """Return a table with cells empty where the server says that the question was not shown."""
    if not platform.unasked or not raw.cells.width:
        return raw, []
    plain = pl.all().str.strip_chars(SPACES).str.to_lowercase()
    marks = raw.cells.select(plain.is_in(list(platform.unasked)))
    count = sum(marks.sum().row(0))
    if not count:
        return raw, []
    cells = raw.cells.with_columns(
        pl.when(~marks[name]).then(pl.col(name)).otherwise(pl.lit("")).alias(name) for name in marks.columns
    )
    told = note(S_UNASKED, raw.place(), found=count, marks=", ".join(sorted(platform.unasked)))
    return replace(raw, cells=cells), [told]


def form_problems(
    raw: RawTable, platform: Platform | None, form_id: str, profile: ImportProfile
) -> Iterator[Problem]:
    """Yield a question where an export names another form than the one the wave was asked with."""
    named = None if platform is None else _column(raw, platform.form)
    if named is None or not form_id:
        return
    found = sorted({text.strip() for text in named.unique().to_list()} - {"", form_id})
    ask = Ask(options=_RENAMED)
    if found and profile.settled(F_WRONGFORM, ask) is None:
        values: Values = {"found": ", ".join(found[:_SHOWN]), "expected": form_id}
        yield Problem(F_WRONGFORM, raw.place(), values, Severity.QUESTION, ask)


def _column(raw: RawTable, title: str) -> pl.Series | None:
    titles = [normal_title(entry) for entry in raw.columns]
    return raw.cells[f"c{titles.index(title)}"] if title and title in titles else None


def _versions(raw: RawTable, platform: Platform) -> Text:
    column = _column(raw, platform.version)
    found = [] if column is None else sorted(v for v in column.unique().to_list() if v.strip())
    if not found:
        return Text("")
    listed = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
    return Text(*(_VERSIONS.in_(language).format(list=listed) for language in ("en", "fr", "es")))
