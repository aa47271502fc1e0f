"""What changed between the forms of two waves for a question the programme uses.

A question that was renamed, moved to another part, retyped or worded anew, or whose codes changed their
meaning, may no longer measure the same. Each is asked, and the answer is kept in the import profile; a
changed list may also be settled by recoding it in mapping.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from rapidfuzz import fuzz

from mande.errors import Ask, Code, Option, Place, Problem, Severity, Text
from mande.survey.forms.fit import LANGUAGES
from mande.survey.forms.form import FormChoice, FormQuestion, SurveyForm
from mande.survey.forms.snapshot import FormPair
from mande.survey.grid import RawTable, Values, normal_title
from mande.survey.mapping import Columns, TableMapping
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


def open_changes(
    pair: FormPair,
    titles: Mapping[str, str],
    before: TableMapping,
    now: TableMapping,
    *,
    table: str,
    profile: ImportProfile,
) -> Iterator[Problem]:
    """Yield a question for each used question that changed between two forms and is not settled.

    Parameters
    ----------
    pair
        The forms of the earlier and the later wave.
    titles
        By id of the library's question, its column in the later wave's file.
    before, now
        The mapping as it holds in the earlier and in the later wave.
    table
        Name of the table.
    profile
        What has been answered.
    """
    old, new = _by_name(pair.before), _by_name(pair.now)
    named = {question: title for title, question in before.columns.items()}
    for question, title in titles.items():
        now_name = own_name(title)
        first = old.get(own_name(named.get(question, "")) or now_name) or old.get(normal_title(question))
        second = new.get(now_name)
        if first is None or second is None:
            continue  # it was not asked in one of them: nothing to compare
        recoded = _recoded_anew(before.choices.get(question, {}), now.choices.get(question, {}))
        found = changes(first, second, recoded=recoded)
        ask = Ask(table=table, column=title, options=OPTIONS)
        if found and profile.settled(X_VERSION, ask) is None:
            place = Place(pair.now.file, pair.now.sheet, second.row, title, question)
            yield Problem(X_VERSION, place, _told(found), Severity.QUESTION, ask)


def _recoded_anew(before: Mapping[str, str], now: Mapping[str, str]) -> frozenset[str]:
    """Return the codes that the mapping of the later wave gives another meaning than the earlier one's.

    A recoding that holds for both waves says nothing of a code that changed its meaning between them.
    """
    return frozenset(code for code, meaning in now.items() if before.get(code) != meaning)


def without_other(columns: Columns, raw: RawTable, table: str, profile: ImportProfile) -> Columns:
    """Return the columns without those that were said to measure something else in this wave."""
    other = {
        name
        for name, index in columns.by_question.items()
        if profile.answer(X_VERSION, table=table, column=raw.columns[index]) == OTHER
    }
    kept = {name: index for name, index in columns.by_question.items() if name not in other}
    return replace(columns, by_question=MappingProxyType(kept)) if other else columns


def own_name(title: str) -> str:
    """Return a column's name without the groups in front of it, as it is compared.

    Examples
    --------
    >>> own_name("survey_grp-hh-HH_size"), own_name("hh/hh_size"), own_name("hh_size")
    ('hh_size', 'hh_size', 'hh_size')
    """
    return re.split(r"[/.:-]", normal_title(title))[-1]


def _told(found: Sequence[Change]) -> Values:
    kinds = Text(*("; ".join(c.kind.in_(language) for c in found) for language in LANGUAGES))
    return {
        "change": kinds,
        "before": "; ".join(c.before for c in found),
        "now": "; ".join(c.now for c in found),
    }


def _by_name(form: SurveyForm) -> dict[str, FormQuestion]:
    """Return the questions by name; of a name that stands in several groups the first counts."""
    found: dict[str, FormQuestion] = {}
    for entry in form.questions:
        found.setdefault(own_name(entry.name), entry)
    return found
