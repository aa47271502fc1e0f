"""A verdict as text to read: grouped by cause, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mande.errors import Language, Problem, Severity, Text

if TYPE_CHECKING:
    from mande.survey.verdict import Verdict

_EXAMPLES = 3

_HEADLINES = {
    "ok": Text("can be accepted", "peut être accepté", "se puede aceptar"),
    "warnings": Text(
        "can be accepted; please look at the warnings",
        "peut être accepté ; regardez les avertissements",
        "se puede aceptar; revise los avisos",
    ),
    "questions": Text(
        "cannot be accepted before its questions are answered",
        "ne peut pas être accepté avant que ses questions aient une réponse",
        "no se puede aceptar antes de responder sus preguntas",
    ),
    "errors": Text(
        "cannot be accepted before the errors are corrected",
        "ne peut pas être accepté avant correction des erreurs",
        "no se puede aceptar antes de corregir los errores",
    ),
}
_TITLES = {
    Severity.ERROR: Text("ERRORS", "ERREURS", "ERRORES"),
    Severity.QUESTION: Text("QUESTIONS", "QUESTIONS", "PREGUNTAS"),
    Severity.WARNING: Text("WARNINGS", "AVERTISSEMENTS", "AVISOS"),
    Severity.NOTE: Text("NOTES", "NOTES", "NOTAS"),
}
_READ = Text(
    "Rows read: {rows}; columns: {columns}; errors: {errors}; questions: {questions}; warnings: {warnings}; "
    "notes: {notes}.",
    "Lignes lues : {rows} ; colonnes : {columns} ; erreurs : {errors} ; questions : {questions} ; "
    "avertissements : {warnings} ; notes : {notes}.",
    "Filas leídas: {rows}; columnas: {columns}; errores: {errors}; preguntas: {questions}; "
    "avisos: {warnings}; notas: {notes}.",
)
_CELLS = Text("{n} cells", "{n} cellules", "{n} celdas")
_ROWS = Text("{n} rows", "{n} lignes", "{n} filas")
_TIMES = Text("{n} times", "{n} fois", "{n} veces")
_COLUMN = Text("column", "colonne", "columna")
_ROW = Text("row", "ligne", "fila")
_FIRST = Text("the first {n}:", "les {n} premières :", "las primeras {n}:")
_EXPECTED = Text("expected", "attendu", "esperado")
_FIX = Text("how to fix", "comment corriger", "cómo corregir")
_MORE = Text(
    "... and more causes ({n}); the full list is in the JSON and in the annotated workbook.",
    "... et d'autres causes ({n}) ; la liste complète est dans le JSON et le classeur annoté.",
    "... y más causas ({n}); la lista completa está en el JSON y en el libro anotado.",
)


def verdict_text(verdict: Verdict, language: Language = "en", *, limit: int | None = None) -> str:
    """Return a verdict as text, its problems grouped by cause.

    Parameters
    ----------
    verdict
        What to show.
    language
        Language of the reader.
    limit
        How many causes to show at most; all of them where it is not given.
    """
    lines = [f"{verdict.file}: {_HEADLINES[verdict.status].in_(language)}"]
    lines.append(_READ.in_(language).format(**verdict.counts))
    shown = 0
    groups = _groups(verdict, language)
    for severity, title in _TITLES.items():
        own = [group for group in groups if group[0].severity is severity]
        chosen = own if limit is None else own[: max(0, limit - shown)]
        shown += len(chosen)
        if chosen:
            lines += ["", title.in_(language)]
        for group in chosen:
            lines += _group_lines(verdict, group, language)
    if shown < len(groups):
        lines += ["", _MORE.in_(language).format(n=len(groups) - shown)]
    return "\n".join(lines)


def _groups(verdict: Verdict, language: Language) -> list[list[Problem]]:
    """Return the problems grouped by what one person would mend in one go, largest group first."""
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in verdict.problems:
        worded = verdict.worded(problem, language)
        column = "" if problem.place.row is None and not problem.place.column else problem.place.column
        # A title that is wrong is a cause of its own; so is every file-level problem.
        own = problem.found(language) if problem.place.row is None else ""
        key = (problem.severity, problem.code.id, column, problem.fix(language), own)
        groups.setdefault(key, []).append(worded)
    return sorted(groups.values(), key=len, reverse=True)


def _group_lines(verdict: Verdict, group: Sequence[Problem], language: Language) -> list[str]:
    first = group[0]
    lines = [f"  {first.code.id}  {first.summary(language)}"]
    where = _where(first, language)
    if len(group) > 1:
        unit = _CELLS if first.place.column else _ROWS if first.place.row else _TIMES
        count = unit.in_(language).format(n=len(group))
        lines.append(f"    {', '.join(filter(None, (where, count)))}")
        if len(group) > _EXAMPLES:
            lines.append(f"    {_FIRST.in_(language).format(n=_EXAMPLES)}")
        lines += [f"      {_example(verdict, problem, language)}" for problem in group[:_EXAMPLES]]
    else:
        example = _example(verdict, first, language)
        lines += [f"    {part}" for part in (where, example) if part]
    expected, fix = first.expected(language), first.fix(language)
    if expected:
        lines.append(f"    {_EXPECTED.in_(language)}: {expected}")
    if fix:
        lines.append(f"    {_FIX.in_(language)}: {fix}")
    lines += [f"      {told}" for told in first.answers(language, programme=verdict.programme)]
    return lines


def _where(problem: Problem, language: Language) -> str:
    place = problem.place
    if not place.column:
        return place.question
    label = f" ({place.question})" if place.question and place.question != place.column else ""
    return f"{_COLUMN.in_(language)} {place.column}{label}"


def _example(verdict: Verdict, problem: Problem, language: Language) -> str:
    found = problem.found(language)
    if problem.place.row is None:
        return found
    if problem.place.file not in ("", verdict.file):
        return f"{problem.place.text(language)}: {found}"
    cell = verdict.cell(problem)
    row = f"{_ROW.in_(language)} {problem.place.row}" + (f" ({cell})" if cell else "")
    return f"{row}: {found}" if found else row
