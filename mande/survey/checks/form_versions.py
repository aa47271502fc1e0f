"""More than one version of the form in one file."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.interview import row_problems, times, told
from mande.survey.table import ConformedTable

X_FORMS = Code(
    "X-FORM",
    Text(
        "the file holds answers to {count} versions of the form",
        "le fichier contient des réponses à {count} versions du formulaire",
        "el archivo contiene respuestas a {count} versiones del formulario",
    ),
    Text(
        "one version, or versions with the same questions",
        "une version, ou des versions aux mêmes questions",
        "una versión, o versiones con las mismas preguntas",
    ),
    Text(
        "Compare the versions: a question that was changed between them must be mapped by version.",
        "Comparez les versions : une question modifiée doit être associée version par version.",
        "Compare las versiones: una pregunta cambiada debe asociarse por versión.",
    ),
)
X_OLDFORM = Code(
    "X-FORM-OLD",
    Text(
        "the interview used an old version of the form",
        "l'entretien a utilisé une ancienne version du formulaire",
        "la entrevista usó una versión antigua del formulario",
    ),
    Text(
        "version {newest}, in use since {since}",
        "la version {newest}, en service depuis le {since}",
        "la versión {newest}, en uso desde el {since}",
    ),
    Text(
        "Update the form on this enumerator's device; check questions that were changed.",
        "Mettez à jour le formulaire sur cet appareil ; vérifiez les questions modifiées.",
        "Actualice el formulario en este dispositivo; revise las preguntas cambiadas.",
    ),
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield X-FORM where versions are mixed, and X-FORM-OLD a day and more after the newest came into use."""
    version = told(table, context, "form_version")
    if version is None or table.key not in table.titles:
        return
    filled = version.texts.filter(version.texts != "")
    counts = filled.value_counts(sort=True)
    if counts.height < 2:
        return
    listed = ", ".join(f"{name} ({count})" for name, count in counts.head(6).iter_rows())
    values: Values = {"found": listed, "count": counts.height}
    yield Problem(X_FORMS, Place(table.file, table.sheet, column=version.title), values, Severity.WARNING)
    start = told(table, context, "start") or told(table, context, "date")
    if start is None:
        return
    days = times(start.texts).dt.date()
    days = days.zip_with(days.is_not_null(), start.texts.str.to_date("%Y-%m-%d", strict=False))
    frame = pl.DataFrame({"version": version.texts, "day": days}).filter(pl.col("version") != "").drop_nulls()
    first = frame.group_by("version").agg(pl.col("day").min()).sort("day", "version")
    if first.height < 2:
        return
    newest, since = first.row(-1)
    late = ((version.texts != newest) & (version.texts != "") & (days > since)).fill_null(value=False)

    def explain(index: int) -> tuple[Code, Values]:
        return X_OLDFORM, {"found": version.texts[index], "newest": newest, "since": since.isoformat()}

    yield from row_problems(table, version.title, late.arg_true(), explain)
