"""What changed between the forms of two waves for a question the programme uses.

A question that was renamed, moved to another part, retyped or worded anew, or whose codes changed their
meaning, may no longer measure the same. Each is asked, and the answer is kept in the import profile; a
changed list may also be settled by recoding it in mapping.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

from mande.errors import Ask, Code, Option, Place, Problem, Severity, Text
from mande.survey.forms.form import FormChoice, FormQuestion, SurveyForm
from mande.survey.grid import Values, normal_title
from mande.survey.profile import ImportProfile

X_VERSION = Code(
    "X-VERSION",
    Text(
        "the question is not the one of the wave before: {change}",
        "la question n'est plus celle de la vague précédente : {change}",
        "la pregunta no es la de la ronda anterior: {change}",
    ),
    Text(
        "the same question in every wave, or a decision on how to read it",
        "la même question à chaque vague, ou une décision sur sa lecture",
        "la misma pregunta en cada ronda, o una decisión sobre cómo leerla",
    ),
    Text(
        "Compare the two forms. If only the wording of the codes changed, map the codes under "
        "`waves` in mapping.yaml; otherwise answer.",
        "Comparez les deux formulaires. Si seuls les codes ont changé, associez-les sous `waves` dans "
        "mapping.yaml ; sinon répondez.",
        "Compare los dos formularios. Si solo cambiaron los códigos, asócielos en `waves` de "
        "mapping.yaml; si no, responda.",
    ),
    Text(
        "before: {before}; now: {now}",
        "avant : {before} ; maintenant : {now}",
        "antes: {before}; ahora: {now}",
    ),
)
SAME, OTHER = "same", "other"
OPTIONS = (
    Option(
        SAME,
        Text(
            "it measures the same; its answers are compared over waves",
            "elle mesure la même chose ; les réponses sont comparées entre vagues",
            "mide lo mismo; las respuestas se comparan entre rondas",
        ),
    ),
    Option(
        OTHER,
        Text(
            "it measures something else; in this wave it counts as not asked",
            "elle mesure autre chose ; dans cette vague elle compte comme non posée",
            "mide otra cosa; en esta ronda cuenta como no preguntada",
        ),
    ),
)
_WORDED = 85.0
_RENAMED = Text("renamed", "renommée", "renombrada")
_MOVED = Text("moved to another part", "déplacée dans une autre partie", "movida a otra parte")
_RETYPED = Text("another type of answer", "un autre type de réponse", "otro tipo de respuesta")
_REWORDED = Text("worded anew", "reformulée", "redactada de nuevo")
_REVERSED = Text("its scale is reversed", "son échelle est inversée", "su escala está invertida")
_RECODED = Text("codes changed their meaning", "des codes ont changé de sens", "códigos cambiaron de sentido")
_REMOVED = Text("choices were removed", "des choix ont été retirés", "se quitaron opciones")
_GONE = Text(
    "it is not in the new form", "elle n'est plus dans le formulaire", "no está en el formulario nuevo"
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a question: what kind, and how it read before and now."""

    kind: Text
    before: str
    now: str


def changes(
    before: FormQuestion, now: FormQuestion, *, recoded: frozenset[str] = frozenset()
) -> list[Change]:
    """Return what changed between two versions of one question.

    Parameters
    ----------
    before, now
        The question in the earlier and in the later form.
    recoded
        Codes of the later form that the mapping says the meaning of: they may have changed.
    """
    found = []
    if normal_title(before.name) != normal_title(now.name):
        found.append(Change(_RENAMED, before.name, now.name))
    if before.repeat != now.repeat:
        found.append(Change(_MOVED, before.repeat or "main part", now.repeat or "main part"))
    if before.type != now.type:
        found.append(Change(_RETYPED, before.type, now.type))
    if _is_reworded(before, now):
        found.append(Change(_REWORDED, _short(before.text), _short(now.text)))
    return [*found, *_list_changes(before, now, recoded)]


def _is_reworded(before: FormQuestion, now: FormQuestion) -> bool:
    """Return whether no language that both forms have reads about the same."""
    shared = set(before.labels) & set(now.labels)
    pairs = [(before.labels[lang], now.labels[lang]) for lang in shared] or [(before.text, now.text)]
    if not before.labels or not now.labels:
        return False
    return max(fuzz.token_sort_ratio(old.casefold(), new.casefold()) for old, new in pairs) < _WORDED


def _list_changes(before: FormQuestion, now: FormQuestion, recoded: frozenset[str]) -> Iterator[Change]:
    old = {choice.code: choice for choice in before.choices}
    new = {choice.code: choice for choice in now.choices}
    if not old or not new:
        return
    moved = {
        code: (old[code].text, new[code].text)
        for code in old
        if code in new and code not in recoded and not _alike(old[code], new[code])
    }
    if moved:
        mirrored = [text for text, _ in moved.values()] == [text for _, text in moved.values()][::-1]
        kind = _REVERSED if mirrored and len(moved) > 1 else _RECODED
        told = list(moved.items())[:4]
        yield Change(
            kind,
            ", ".join(f"{code} = {_short(text)}" for code, (text, _) in told),
            ", ".join(f"{code} = {_short(text)}" for code, (_, text) in told),
        )
    gone = [code for code in old if code not in new]
    if gone:
        yield Change(_REMOVED, ", ".join(f"{code} = {_short(old[code].text)}" for code in gone[:4]), "-")


def _alike(before: FormChoice, now: FormChoice) -> bool:
    shared = set(before.labels) & set(now.labels)
    pairs = [(before.labels[lang], now.labels[lang]) for lang in shared] or [(before.text, now.text)]
    return any(fuzz.ratio(old.casefold(), new.casefold()) >= _WORDED for old, new in pairs)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass(frozen=True, slots=True)
class Used:
    """How a question of the library is read from two forms: the name of its column in each."""

    table: str
    question: str
    before: str
    now: str
    recoded: frozenset[str] = frozenset()


def form_problems(
    before: SurveyForm,
    now: SurveyForm,
    used: Mapping[str, Used],
    profile: ImportProfile,
) -> Iterator[Problem]:
    """Yield a question for each used question that changed between two forms and is not settled.

    Parameters
    ----------
    before, now
        The forms of the earlier and the later wave.
    used
        By id of the library's question, its column in both.
    profile
        What has been answered.
    """
    old, new = _by_name(before), _by_name(now)
    for name, entry in used.items():
        first, second = old.get(normal_title(entry.before)), new.get(normal_title(entry.now))
        if first is None:
            continue  # it was not asked before: nothing to compare
        found = (
            [Change(_GONE, first.name, "-")]
            if second is None
            else changes(first, second, recoded=entry.recoded)
        )
        ask = Ask(table=entry.table, column=second.name if second else first.name, options=OPTIONS)
        if found and profile.settled(X_VERSION, ask) is None:
            place = Place(now.file, now.sheet, second.row if second else None, "", name)
            kinds = Text(*("; ".join(c.kind.in_(lang) for c in found) for lang in ("en", "fr", "es")))
            values: Values = {
                "change": kinds,
                "before": "; ".join(c.before for c in found),
                "now": "; ".join(c.now for c in found),
            }
            yield Problem(X_VERSION, place, values, Severity.QUESTION, ask)


def _by_name(form: SurveyForm) -> dict[str, FormQuestion]:
    """Return the questions by name; of a name that stands in several groups the first counts."""
    found: dict[str, FormQuestion] = {}
    for entry in form.questions:
        found.setdefault(normal_title(entry.name), entry)
    return found
