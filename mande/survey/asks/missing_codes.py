"""999, 'DK' or 'refused' in a column that did not declare them: asked once, and never in a mean."""

from __future__ import annotations

from collections.abc import Iterator

from mande import wording
from mande.errors import Code, Option, Problem, Text
from mande.survey.asking import MISTAKE, Found, Seen
from mande.survey.field import LIKELY_CODES
from mande.survey.parse import Wrong, as_float

V_MISSCODE = Code(
    "V-MISSCODE",
    Text(
        "the value looks like a code for 'no answer' that nobody declared",
        "la valeur ressemble à un code « sans réponse » que personne n'a déclaré",
        "el valor parece un código de «sin respuesta» que nadie declaró",
    ),
    Text("answers, or -97, -98, -99", "des réponses, ou -97, -98, -99", "respuestas, o -97, -98, -99"),
    Text(
        "Answer what it means: then it never counts as a number. It may also be declared under "
        "`missing_codes` in mapping.yaml.",
        "Répondez ce qu'il signifie : il ne comptera jamais comme un nombre. On peut aussi le déclarer "
        "sous `missing_codes` dans mapping.yaml.",
        "Responda qué significa: nunca contará como número. También se puede declarar en "
        "`missing_codes` en mapping.yaml.",
    ),
)
_LIKELY = frozenset(LIKELY_CODES)
_FEWEST_OTHERS = 10
_FEWEST_ALIKE = 3

_WORDS = frozenset(
    {
        "dk", "d/k", "don't know", "dont know", "don’t know", "do not know", "not known", "unknown",
        "ne sait pas", "nsp", "ns", "no sabe", "refused", "refuse", "refusal", "rf", "refus", "refusé",
        "rehusó", "rehuso", "rehusa", "na", "n/a", "n.a.", "n.a", "nr", "no answer", "no response",
        "not answered", "none", "null", "nil", "missing", "manquant", "sans réponse", "sin respuesta",
        "not applicable", "sans objet", "no aplica", ".", "..", "-", "--", "---", "?", "??", "#",
    }
)  # fmt: skip
_REASONS = {
    "dont_know": ("don't know", Text("don't know", "ne sait pas", "no sabe")),
    "refused": ("refused", Text("refused", "refus", "rehusó")),
    "not_applicable": ("not applicable", Text("not applicable", "sans objet", "no aplica")),
    "not_answered": ("not answered", Text("no answer", "pas de réponse", "sin respuesta")),
}
_OPTIONS = tuple(Option(name, meaning) for name, (_, meaning) in _REASONS.items())
_VALUE = Option("value", Text("a true answer", "une vraie réponse", "una respuesta verdadera"))


def ask(seen: Seen) -> Iterator[Found]:
    """Yield what undeclared codes and words for 'no answer' mean, or a question for each."""
    if seen.question.type == "text" or seen.rule.is_id:
        return
    yield from _words(seen)
    if seen.question.type in ("integer", "number"):
        yield from _numbers(seen)


def _words(seen: Seen) -> Iterator[Found]:
    alike: dict[str, set[str]] = {}
    for text in seen.odd:
        if text.casefold() in _WORDS and isinstance(seen.rule.judge(text), Wrong):
            alike.setdefault(text.casefold(), set()).add(text)
    style = seen.style
    for word, texts in sorted(alike.items()):
        n = seen.count(texts)
        shown = seen.example(texts)
        found = Text(f"{shown}; cells: {n}", f"{shown} ; cellules : {n}", f"{shown}; celdas: {n}")
        answer, problem = seen.asked(V_MISSCODE, (*_OPTIONS, MISTAKE), n, found, about=word)
        if answer is None:
            yield Found((problem,), waiting=frozenset(texts))
            continue
        if answer in _REASONS:
            style = style.with_missing(dict.fromkeys(texts, _REASONS[answer][0]), {})
        yield Found((problem,), style=style)


def _numbers(seen: Seen) -> Iterator[Found]:
    """Ask about known codes that stand apart from all other answers of their column.

    Apart means: a negative code where no other answer is negative; or a high code that occurs at
    least three times with a gap below it as wide as the spread of all other answers.
    """
    numbers = {text: number for text in seen.odd if (number := as_float(text)) is not None}
    declared = seen.style.missing_numbers
    alike: dict[int, set[str]] = {}
    for text, number in numbers.items():
        if number in _LIKELY and number not in declared:
            alike.setdefault(int(number), set()).add(text)
    if not alike:
        return
    others = [number for number in numbers.values() if number not in _LIKELY and number not in declared]
    bounds = _bounds(seen, others)
    if bounds is None:
        return
    style = seen.style
    for code, texts in sorted(alike.items()):
        n = seen.count(texts)
        if not _stands_apart(code, n, bounds):
            continue
        answer, problem = _asked(seen, code, texts, bounds)
        if answer is None:
            yield Found((problem,), waiting=frozenset(texts))
            continue
        if answer in _REASONS:
            style = style.with_missing({}, {code: _REASONS[answer][0]})
        yield Found((problem,), style=style)


def _bounds(seen: Seen, others: list[float]) -> tuple[float, float] | None:
    """Return the lowest and highest of all other answers; None where they are too few to tell."""
    plain, factor = seen.plain(), seen.style.factor
    low, high = (None if end is None else end / factor for end in (plain.low, plain.high))
    n_others = plain.count + len(others)
    ends = [end for end in (low, high, *others) if end is not None]
    return (float(min(ends)), float(max(ends))) if n_others >= _FEWEST_OTHERS else None


def _stands_apart(code: int, count: int, bounds: tuple[float, float]) -> bool:
    low, high = bounds
    return code < 0 <= low or (count >= _FEWEST_ALIKE and code - high >= max(high - low, 1))


def _asked(seen: Seen, code: int, texts: set[str], bounds: tuple[float, float]) -> tuple[str | None, Problem]:
    n = seen.count(texts)
    # Of a protected answer nobody is told where it stands.
    where = "" if seen.is_hidden else f" ({seen.cells(seen.commonest(texts))})"
    low, high = ("-", "-") if seen.is_hidden else tuple(wording.number(end) for end in bounds)
    found = Text(
        f"{code}{where}; cells: {n}; all other answers lie between {low} and {high}",
        f"{code}{where} ; cellules : {n} ; toutes les autres réponses vont de {low} à {high}",
        f"{code}{where}; celdas: {n}; las demás respuestas van de {low} a {high}",
    )
    return seen.asked(V_MISSCODE, (*_OPTIONS, _VALUE), n, found, about=str(code))
