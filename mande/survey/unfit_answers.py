"""Answers of the import profile that are none of those possible: said, not passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mande.errors import Code, Problem, Severity, Text
from mande.survey.faults import as_problems
from mande.survey.profile import ImportProfile

Q_UNFIT = Code(
    "Q-UNFIT",
    Text(
        "the question {code} was answered, but with none of the answers possible here",
        "la question {code} a reçu une réponse, mais aucune de celles qui sont possibles ici",
        "la pregunta {code} tiene una respuesta, pero ninguna de las posibles aquí",
    ),
    Text("one of: {possible}", "une de : {possible}", "una de: {possible}"),
    Text(
        "Answer it again: the newest answer counts.",
        "Répondez de nouveau : la dernière réponse compte.",
        "Responda de nuevo: vale la última respuesta.",
    ),
)


def unfit_answers(problems: Sequence[Problem], profile: ImportProfile) -> Iterator[Problem]:
    """Yield a warning for each open question that has an answer which does not settle it."""
    for problem in as_problems(problems).asked():
        ask = problem.ask
        if ask is None or problem.severity is not Severity.QUESTION:
            continue
        given = profile.answer(problem.code, table=ask.table, column=ask.column)
        if given is not None:
            values = _said(problem, given)
            yield Problem(Q_UNFIT, problem.place, values, Severity.WARNING)


def _said(problem: Problem, given: str) -> dict[str, str | int | float | Text]:
    ask = problem.ask
    options = [option.value for option in ask.options] if ask else []
    free = ask.free if ask else Text("")
    possible = Text(
        *(", ".join(filter(None, (*options, free.in_(language)))) for language in ("en", "fr", "es"))
    )
    return {"code": problem.code.id, "found": given, "possible": possible}
