"""Which choice of the library each option of a form is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process

from mande.schema.question import Question
from mande.survey.forms.form import FormChoice

_ALIKE = 88.0
_WORDS: Mapping[str, frozenset[str]] = {
    "yes": frozenset({"yes", "y", "oui", "sí", "si", "sim", "1", "true"}),
    "no": frozenset({"no", "n", "non", "não", "nao", "0", "2", "false"}),
}
_SAID = {code: words - {"0", "1", "2"} for code, words in _WORDS.items()}
_SEX: Mapping[str, frozenset[str]] = {
    "f": frozenset(
        {"female", "woman", "women", "féminin", "feminin", "femme", "femenino", "feminino", "mujer", "mulher"}
    ),
    "m": frozenset({"male", "man", "men", "masculin", "homme", "masculino", "hombre", "homem"}),
}
_MISSING: Mapping[str, tuple[str, ...]] = {
    "don't know": ("don't know", "dont know", "do not know", "ne sait pas", "no sabe", "não sabe", "dk"),
    "refused": ("refused", "refuse", "refuses to answer", "refus", "se niega", "recusou", "recusa"),
    "not applicable": ("not applicable", "n/a", "na", "sans objet", "no aplica", "não se aplica"),
}


def recoded(offered: Sequence[FormChoice], question: Question) -> tuple[dict[str, str], list[FormChoice]]:
    """Return the library's code for each option of a form whose code is another, and those without one.

    Texts are compared in every language; an option fits one code at most, and a code several options (a
    form may split what the library does not).

    Parameters
    ----------
    offered
        The options of the form.
    question
        The question of the library, of type choice, multiple or yes_no.
    """
    texts = _known(question)
    codes: dict[str, str] = {}
    without: list[FormChoice] = []
    for choice in offered:
        code = _code(choice, texts, question)
        if code is None:
            without.append(choice)
        elif code.casefold() != choice.code.casefold():
            codes[choice.code] = code
    return codes, without


def says_yes_or_no(offered: Sequence[FormChoice]) -> bool:
    """Return whether a form's options are yes and no, beside answers such as don't know."""
    said = set()
    for choice in offered:
        texts = [text.casefold().strip(" .") for text in choice.labels.values()] or [choice.code.casefold()]
        said |= {code for code, words in _SAID.items() if any(text in words for text in texts)}
    return said == {"yes", "no"}


def _known(question: Question) -> dict[str, str]:
    texts: dict[str, str] = {}
    if question.type == "yes_no":
        texts |= {word: code for code, words in _WORDS.items() for word in words}
    for code, label in question.choices.items():
        texts |= {text.casefold(): code for text in (label.en, label.fr, label.es, code) if text}
    by_letter = {code.casefold(): code for code in question.choices}
    if by_letter.keys() >= _SEX.keys():
        texts |= {word: by_letter[letter] for letter, words in _SEX.items() for word in words}
    for number, reason in question.missing_codes.items():
        texts |= {word: str(number) for word in _MISSING.get(reason, (reason,))}
    return texts


def _code(choice: FormChoice, texts: Mapping[str, str], question: Question) -> str | None:
    labels = [text.casefold().strip(" .") for text in choice.labels.values()]
    for text in labels:
        if text in texts:
            return texts[text]
    for text in labels:
        found = process.extractOne(text, list(texts), scorer=fuzz.token_sort_ratio, score_cutoff=_ALIKE)
        if found is not None:
            return texts[found[0]]
    # A code alone says nothing where it has a text: 1 may be yes in one form and female in another.
    is_own = choice.code in question.choices or choice.code.casefold() in texts
    return texts.get(choice.code.casefold(), choice.code) if is_own and not labels else None
