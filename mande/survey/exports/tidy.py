"""Leave rejected submissions out, and tell the server's own columns from answers."""

from __future__ import annotations

import polars as pl

from mande.errors import Code, Problem, Text
from mande.survey.exports.platform import Platform, platform_of
from mande.survey.exports.reshape import with_rows
from mande.survey.grid import SPACES, RawTable, normal_title, note, row_list

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
_VERSIONS = Text("form versions {list}", "versions du formulaire {list}", "versiones del formulario {list}")
_SHOWN = 5


def tidy(raw: RawTable) -> tuple[RawTable, Platform | None, list[Problem]]:
    """Return a table without rejected submissions, the server it comes from, and what to tell.

    A file of no known server is returned as it is.
    """
    platform = platform_of(raw.columns)
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
    return raw, platform, problems


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
