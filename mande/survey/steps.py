"""What the holder of a file does next, in order: for the page and the first sheet of the marked workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mande.errors import Language, Severity, Text, shell_word
from mande.survey.causes import Cause

if TYPE_CHECKING:
    from mande.survey.together import WaveVerdict
    from mande.survey.verdict import Verdict

KINDS: Mapping[Severity, Text] = {
    Severity.ERROR: Text("error", "erreur", "error"),
    Severity.QUESTION: Text("question", "question", "pregunta"),
    Severity.WARNING: Text("warning", "avertissement", "aviso"),
    Severity.NOTE: Text("note", "note", "nota"),
}
_WHOLE = Text(
    "Mend the file as a whole first: {what}.",
    "Corrigez d'abord le fichier dans son ensemble : {what}.",
    "Corrija primero el archivo en su conjunto: {what}.",
)
_ERRORS = Text(
    "Correct the cells marked as errors ({n}). Start with: {what}.",
    "Corrigez les cellules marquées en erreur ({n}). Commencez par : {what}.",
    "Corrija las celdas marcadas como error ({n}). Empiece por: {what}.",
)
_QUESTIONS = Text(
    "Answer the questions ({n}); each is asked once and its answer kept for later files.",
    "Répondez aux questions ({n}) ; chacune est posée une fois et sa réponse gardée pour la suite.",
    "Responda las preguntas ({n}); cada una se hace una vez y su respuesta se guarda.",
)
_WARNINGS = Text(
    "Look at the warnings ({n}): correct what is wrong and leave what is right.",
    "Regardez les avertissements ({n}) : corrigez ce qui est faux, laissez ce qui est juste.",
    "Revise los avisos ({n}): corrija lo que está mal y deje lo que está bien.",
)
_AGAIN = Text(
    "Save the file and check it again:",
    "Enregistrez le fichier et vérifiez-le de nouveau :",
    "Guarde el archivo y revíselo de nuevo:",
)
_ACCEPT = Text("Then store it:", "Puis enregistrez-le :", "Después guárdelo:")
_ACCEPT_NOW = Text(
    "Nothing has to be mended. Store it:",
    "Rien à corriger. Enregistrez-le :",
    "No hay nada que corregir. Guárdelo:",
)
_QUOTED = Text("“{text}”", "« {text} »", "«{text}»")
_START_WITH = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and the command that does it, where there is one."""

    text: str
    command: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.command}".strip()


def steps(found: Sequence[Cause], verdict: Verdict | WaveVerdict, language: Language = "en") -> list[Step]:
    """Return the steps from this verdict to an accepted file, as sentences in their order."""
    files = " ".join(map(shell_word, verdict.given))
    place = f"{files} --programme {verdict.programme} --wave {verdict.wave}"
    told: list[Step] = []
    errors = [cause for cause in found if cause.severity is Severity.ERROR]
    whole = [cause for cause in errors if not cause.first.place.column and cause.first.place.row is None]
    if whole:
        told.append(Step(_WHOLE.in_(language).format(what=_named(whole, language))))
    within = [cause for cause in errors if cause not in whole]
    if within:
        n = sum(len(cause.problems) for cause in within)
        told.append(Step(_ERRORS.in_(language).format(n=n, what=_named(within, language))))
    for severity, text in ((Severity.QUESTION, _QUESTIONS), (Severity.WARNING, _WARNINGS)):
        n = sum(len(cause.problems) for cause in found if cause.severity is severity)
        told += [Step(text.in_(language).format(n=n))] if n else []
    if not told:
        return [Step(_ACCEPT_NOW.in_(language), f"mande accept {place}")]
    told.append(Step(_AGAIN.in_(language), f"mande validate {place}"))
    return [*told, Step(_ACCEPT.in_(language), f"mande accept {place}")]


def _named(found: Sequence[Cause], language: Language) -> str:
    parts = []
    for cause in found[:_START_WITH]:
        more = ", ".join(part for part in (cause.where, cause.count) if part)
        said = _QUOTED.in_(language).format(text=cause.first.summary(language))
        parts.append(said + (f", {more}" if more else ""))
    return "; ".join(parts)
