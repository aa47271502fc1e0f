"""Fixed wording of questionnaires in three languages."""

from __future__ import annotations

from collections.abc import Mapping

from mande.errors import Language
from mande.schema.common import Label
from mande.schema.form_fields import OPENING
from mande.schema.question import Question
from mande.units import per_in

LANGUAGES: Mapping[Language, str] = {"en": "English (en)", "fr": "Français (fr)", "es": "Español (es)"}
"""Headings of the translated columns, as xlsform.org wants them: name and code."""

WORDS: Mapping[str, Label] = {
    **OPENING,
    "gps": Label(en="Place of the interview", fr="Lieu de l'entretien", es="Lugar de la entrevista"),
    "interview": Label(en="Interview", fr="Entretien", es="Entrevista"),
    "yes": Label(en="Yes", fr="Oui", es="Sí"),
    "no": Label(en="No", fr="Non", es="No"),
    "private": Label(
        en="Ask this part in private: nobody else may hear. Stop if anyone comes near. "
        "Give the referral sheet.",
        fr="Posez cette partie en privé : personne d'autre ne doit entendre. "
        "Arrêtez si quelqu'un s'approche. Remettez la fiche d'orientation.",
        es="Haga esta parte en privado: nadie más debe oír. Deténgase si alguien se acerca. "
        "Entregue la hoja de derivación.",
    ),
}
_MISSING: Mapping[str, Label] = {
    "don't know": Label(en="Don't know", fr="Ne sait pas", es="No sabe"),
    "refused": Label(en="Refused to answer", fr="Refuse de répondre", es="No quiere responder"),
    "not applicable": Label(en="Not applicable", fr="Sans objet", es="No aplica"),
}
_FROM_TO = Label(en=", 0 to 1", fr=", de 0 à 1", es=", de 0 a 1")


def missing_label(reason: str) -> Label:
    """Return the choice that stands for a missing answer."""
    return _MISSING.get(reason, Label(en=reason.capitalize()))


def hint_of(question: Question, currency: str, language: Language) -> str:
    """Return what helps to answer: the question's own hint, unit and period, and the missing codes."""
    parts = [question.hint.in_(language)] if question.hint is not None else []
    unit = question.unit.replace("LCU", currency)
    parts += [per_in(unit, question.per, language) + (_FROM_TO.in_(language) if unit == "share" else "")]
    if question.type in ("integer", "number"):
        codes = {
            code: reason for code, reason in question.missing_codes.items() if reason != "not applicable"
        }
        parts += [
            ", ".join(f"{code}: {_lower(missing_label(why).in_(language))}" for code, why in codes.items())
        ]
    return ". ".join(part for part in parts if part)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def range_message(low: float | None, high: float | None, language: Language) -> str:
    """Return what a number outside its range is told."""
    least = {"en": "at least", "fr": "au moins", "es": "al menos"}[language]
    most = {"en": "at most", "fr": "au plus", "es": "como máximo"}[language]
    parts = [f"{word} {bound:.12g}" for word, bound in ((least, low), (most, high)) if bound is not None]
    joined = {"en": " and ", "fr": " et ", "es": " y "}[language].join(parts)
    code = {"en": "or a missing code", "fr": "ou un code de réponse manquante", "es": "o un código de falta"}
    return f"{joined[:1].upper()}{joined[1:]}, {code[language]}"
