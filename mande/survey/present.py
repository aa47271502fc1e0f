"""A verdict as text to read: grouped by cause, worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mande.errors import Language, Problem, Severity, Text
from mande.survey.causes import Cause, causes, grouped

if TYPE_CHECKING:
    from mande.survey.together import WaveVerdict
    from mande.survey.verdict import Verdict

_EXAMPLES = 3

HEADLINES = {
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
TITLES = {
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
_FIRST = Text("the first {n}:", "les {n} premières :", "las primeras {n}:")
_EXPECTED = Text("expected", "attendu", "esperado")
_FIX = Text("how to fix", "comment corriger", "cómo corregir")
_MORE = Text(
    "... and more causes ({n}); the full list is in the JSON and in the annotated workbook.",
    "... et d'autres causes ({n}) ; la liste complète est dans le JSON et le classeur annoté.",
    "... y más causas ({n}); la lista completa está en el JSON y en el libro anotado.",
)


def verdict_text(
    verdict: Verdict, language: Language = "en", *, limit: int | None = None, title: str = ""
) -> str:
    """Return a verdict as text, its problems grouped by cause.

    Parameters
    ----------
    verdict
        What to show.
    language
        Language of the reader.
    limit
        How many causes to show at most; all of them where it is not given.
    title
        What the verdict is about, where its file holds more than that.
    """
    lines = [f"{title or verdict.file}: {HEADLINES[verdict.status].in_(language)}"]
    lines.append(_READ.in_(language).format(**verdict.counts))
    found = causes(verdict, language)
    chosen = found if limit is None else found[:limit]
    lines += _listed(chosen, language, verdict)
    if len(chosen) < len(found):
        lines += ["", _MORE.in_(language).format(n=len(found) - len(chosen))]
    return "\n".join(lines)


def _listed(found: list[Cause], language: Language, verdict: Verdict | WaveVerdict) -> list[str]:
    lines = []
    for severity, title in TITLES.items():
        own = [cause for cause in found if cause.severity is severity]
        if own:
            lines += ["", title.in_(language)]
        for cause in own:
            lines += _cause_lines(verdict, cause, language)
    return lines


def problems_text(verdict: WaveVerdict, language: Language = "en") -> str:
    """Return the verdict on several tables in a line for each, and the problems of the upload as a whole."""
    lines = [f"{verdict.programme}, {verdict.wave}: {HEADLINES[verdict.status].in_(language)}"]
    lines += [
        f"  {entry.table_name}: {HEADLINES[entry.status].in_(language)} ({entry.file})"
        for entry in verdict.verdicts
    ]
    lines += _listed(grouped(verdict.problems, language), language, verdict)
    return "\n".join(lines)


def _cause_lines(verdict: Verdict | WaveVerdict, cause: Cause, language: Language) -> list[str]:
    first = cause.first
    lines = [f"  {first.code.id}  {first.summary(language)}"]
    where = cause.where or ("" if first.place.row else _outside(verdict, cause))
    if len(cause.problems) > 1:
        lines.append(f"    {', '.join(filter(None, (where, cause.count)))}")
        # What is asked is told in full: one answer holds for all of it.
        shown = len(cause.problems) if first.place.row is None else _EXAMPLES
        if len(cause.problems) > shown:
            lines.append(f"    {_FIRST.in_(language).format(n=shown)}")
        lines += [f"      {_example(verdict, cause, problem)}" for problem in cause.problems[:shown]]
    else:
        lines += [f"    {part}" for part in (where, _example(verdict, cause, first)) if part]
    expected, fix = cause.expected, first.fix(language)
    if expected:
        lines.append(f"    {_EXPECTED.in_(language)}: {expected}")
    if fix:
        lines.append(f"    {_FIX.in_(language)}: {fix}")
    lines += [f"      {told}" for told in cause.answers(verdict)]
    return lines


def _outside(verdict: Verdict | WaveVerdict, cause: Cause) -> str:
    """Return the sheet; where several files are told of together, the file as well."""
    place = cause.first.place
    return place.text(cause.language) if hasattr(verdict, "verdicts") else place.sheet


def _example(verdict: Verdict | WaveVerdict, cause: Cause, problem: Problem) -> str:
    found, row = cause.told(problem), cause.row(problem)
    if not row:
        return found
    if problem.place.file not in ("", getattr(verdict, "file", problem.place.file)):
        return f"{problem.place.text(cause.language)}: {found}"  # of a form, or a list of corrections
    cell = verdict.cell(problem)
    row += f" ({cell})" if cell else ""
    return f"{row}: {found}" if found else row
