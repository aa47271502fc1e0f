"""Columns that look like names, phones or e-mail addresses and are not declared personal."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import letter
from mande.survey.table import ConformedTable

P_PII = Code(
    "P-PII",
    Text(
        "the column seems to identify people ({kind})",
        "la colonne semble identifier des personnes ({kind})",
        "la columna parece identificar a personas ({kind})",
    ),
    Text(
        "no personal data, or a question declared `personal: true`",
        "aucune donnée personnelle, ou une question déclarée `personal: true`",
        "sin datos personales, o una pregunta declarada `personal: true`",
    ),
    Text(
        "Delete the column from the file, or declare its question `personal: true`: its answers "
        "are then locked away.",
        "Supprimez la colonne, ou déclarez la question `personal: true` : ses réponses sont mises sous clé.",
        "Elimine la columna, o declare la pregunta `personal: true`: sus respuestas quedan bajo llave.",
    ),
    Text("column {found}", "colonne {found}", "columna {found}"),
)
P_KEY = Code(
    "P-KEY",
    Text(
        "the respondent id is declared personal",
        "l'identifiant du répondant est déclaré personnel",
        "el id del encuestado está declarado personal",
    ),
    Text(
        "an id that says nothing about the person",
        "un identifiant neutre",
        "un id que no diga nada de la persona",
    ),
    Text(
        "Give respondents a code of their own, and keep phone or identity numbers in a personal question.",
        "Donnez un code propre, et gardez téléphone ou numéro d'identité dans une question personnelle.",
        "Asigne un código propio, y deje teléfono o cédula en una pregunta personal.",
    ),
    Text("column {found}", "colonne {found}", "columna {found}"),
)

_KINDS = {
    "name": Text("names", "noms", "nombres"),
    "phone": Text("phone numbers", "numéros de téléphone", "números de teléfono"),
    "email": Text("e-mail addresses", "adresses électroniques", "correos electrónicos"),
    "place": Text("exact places", "lieux exacts", "lugares exactos"),
    "identity": Text("identity numbers", "numéros d'identité", "números de identidad"),
}
_TITLES = {
    "phone": r"phone|mobile|whatsapp|tel|t[eé]l[eé]phone|tel[eé]fono|celular|m[oó]vil",
    "email": r"e ?mail|courriel|correo",
    "place": r"gps|latitude|longitude|lat|lon|lng|latitud|longitud|address|adresse|direcci[oó]n",
    "identity": r"national id|passport|passeport|pasaporte|nid|c[eé]dula|dni|ssn|tax id",
    "name": r"(first|last|full|family|respondents?|owners?|farmers?|workers?|contact) "
    "names?|name|surname|nom|pr[eé]nom"
    r"|nombres?|apellidos?",
}
_TITLE = {kind: re.compile(rf"({words})", re.IGNORECASE) for kind, words in _TITLES.items()}
_EMAIL = r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"
_PHONE = r"^(\+|00?)[1-9][\d ().-]{6,}$"
_SHARE = 0.3


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield P-PII for columns by title or content, and P-KEY when the id itself is personal."""
    raw = context.raw
    question_at = {index: name for name, index in context.columns.by_question.items()}
    for index, title in enumerate(raw.columns):
        name = question_at.get(index)
        question = table.questions[name] if name else None
        found = letter(raw.positions[index])
        place = Place(raw.file, raw.sheet, column=title, question=question.label.en if question else "")
        if name == table.key:
            if question is not None and question.personal:
                yield Problem(P_KEY, place, {"found": found})
            continue
        if question is not None and (question.personal or question.type != "text"):
            continue
        kind = _by_title(title) or _by_content(raw.cells[f"c{index}"])
        if kind:
            yield Problem(P_PII, place, {"found": found, "kind": _KINDS[kind]}, Severity.WARNING)


def _by_title(title: str) -> str:
    plain = re.sub(r"[_\W]+", " ", title).strip()
    return next((kind for kind, words in _TITLE.items() if words.fullmatch(plain)), "")


def _by_content(texts: pl.Series) -> str:
    filled = texts.filter(texts != "").head(2000)
    if not len(filled):
        return ""
    shares = {"email": filled.str.contains(_EMAIL).sum(), "phone": filled.str.contains(_PHONE).sum()}
    return next((kind for kind, count in shares.items() if count >= _SHARE * len(filled)), "")
