"""Does a column identify people? By its title, by what stands in it, and by what somebody has answered.

The questionnaire says first what is personal (`personal: true`). This is the second net: names, phones,
e-mails, identity numbers, exact places, photos, small places, and free text that carries any of them. What
it catches is asked once; the answer stands in the import profile, and a false alarm costs one command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import polars as pl

from mande.errors import Ask, Code, Option, Text
from mande.schema.question import Question
from mande.survey.grid import RawTable
from mande.survey.mapping import Columns
from mande.survey.profile import ImportProfile

Kind = Literal["name", "phone", "email", "identity", "place", "photo", "small place", "free text"]

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
LOCK, OPEN = "personal", "not_personal"
OPTIONS = (
    Option(
        LOCK,
        Text(
            "its answers are locked away at acceptance",
            "ses réponses sont mises sous clé à l'acceptation",
            "sus respuestas quedan bajo llave al aceptar",
        ),
    ),
    Option(
        OPEN,
        Text(
            "a false alarm: it says nothing about who the person is",
            "fausse alerte : elle ne dit pas qui est la personne",
            "falsa alarma: no dice quién es la persona",
        ),
    ),
)
KINDS: Mapping[Kind, Text] = MappingProxyType(
    {
        "name": Text("names", "noms", "nombres"),
        "phone": Text("phone numbers", "numéros de téléphone", "números de teléfono"),
        "email": Text("e-mail addresses", "adresses électroniques", "correos electrónicos"),
        "place": Text("exact places", "lieux exacts", "lugares exactos"),
        "identity": Text("identity numbers", "numéros d'identité", "números de identidad"),
        "photo": Text("photos", "photos", "fotos"),
        "small place": Text(
            "places of a few people", "lieux de quelques personnes", "lugares de pocas personas"
        ),
        "free text": Text(
            "phones, e-mails or names within free text",
            "téléphones, courriels ou noms dans du texte libre",
            "teléfonos, correos o nombres en texto libre",
        ),
    }
)
_TITLES: Mapping[Kind, str] = {
    "phone": r"phone( number)?|mobile|whatsapp|tel|t[eé]l[eé]phone|tel[eé]fono|celular|m[oó]vil",
    "email": r"e ?mail|courriel|correo",
    "place": r"gps|latitude|longitude|lat|lon|lng|latitud|longitud|address|adresse|direcci[oó]n",
    "identity": r"national id|passport|passeport|pasaporte|nid|c[eé]dula|dni|ssn|tax id",
    "name": r"(first|last|full|family|respondents?|owners?|farmers?|workers?|contact) "
    "names?|name|surname|nom|pr[eé]nom"
    r"|nombres?|apellidos?",
}
_TITLE = {kind: re.compile(rf"({words})", re.IGNORECASE) for kind, words in _TITLES.items()}
_NUMBER = r"( (numbers?|no|nr|num|card|id|num[eé]ro|n[uú]mero))?( \d)?"
_NUMBERED: Mapping[Kind, re.Pattern[str]] = {
    "phone": re.compile(
        r"(.* )?(phone|tele?phone|mobile|cell|whatsapp|t[eé]l[eé]phone|tel[eé]fono|celular|m[oó]vil|contact)"
        + _NUMBER,
        re.IGNORECASE,
    ),
    "identity": re.compile(
        r"(.* )?(nin|nid|bvn|curp|dui|cnib|cni|national id|id card|identity|passport|c[eé]dula|voter|tax id)"
        + _NUMBER,
        re.IGNORECASE,
    ),
}
"""Titles that tell of people where most of their cells hold long numbers; `owns_phone` does not."""
_LONG = 6
_SMALL_PLACE = re.compile(
    r".*\b(village|hamlet|settlement|neighbou?rhood|quartier|hameau|aldea|barrio|caser[ií]o|vereda)\b.*",
    re.IGNORECASE,
)
_COORDINATE = re.compile(r".*\b(lat|latitude|latitud|lon|lng|longitude|longitud|gps)\b.*", re.IGNORECASE)
_CONTENT: Mapping[Kind, tuple[str, float]] = {
    "email": (r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$", 0.3),
    "phone": (r"^((\+|00?)[1-9][\d ().-]{6,}|0[1-9]\d{7,9})$", 0.3),
    "place": (r"^-?\d{1,2}\.\d{4,}[ ,;]+-?\d{1,3}\.\d{4,}( .*)?$", 0.3),
    "photo": (r"(?i)^\S+\.(jpe?g|png|heic|gif)$", 0.3),
    "identity": (r"^([A-Z]{0,2}\d{8,14}[A-Z]{0,3}|[A-Z]{1,3}\d{7,12}[A-Z0-9]{2,6})$", 0.9),
    "name": (r"^\p{Lu}[\p{L}'’-]+( \p{Lu}[\p{L}.'’-]*){1,3}$", 0.6),
}
"""What cells of each kind look like, and the share of them that makes a column one of that kind."""
_DISTINCT: Mapping[Kind, float] = {"identity": 0.9, "name": 0.8}
"""Share of different values below which such a column is a list of codes, not of people."""
_WITHIN = (
    r"(?i)[\w.+-]+@[\w-]+\.[a-z]{2,}|(\+|\b00)[1-9][\d ().-]{6,}\d|\b0[1-9]\d{7,9}\b"
    r"|\b(my name is|je m'appelle|me llamo|mi nombre es|jina langu ni)\s+\p{L}+"
)
_DECIMALS = r"^-?\d{1,3}\.\d{4,}$"
_FEW = 5
_LOOKED_AT = 2_000
_ENOUGH = 10
"""In fewer cells a pattern of distinct values is chance."""


def kind_of(title: str, texts: pl.Series, *, is_number: bool = False) -> Kind | None:
    """Return how a column identifies people, or None where it does not seem to.

    Parameters
    ----------
    title
        The column's title.
    texts
        Its cells.
    is_number
        Whether its question is a number: then only coordinates are looked for.
    """
    filled = texts.filter(texts != "")
    plain = re.sub(r"[_\W]+", " ", title.rpartition("/")[2]).strip()
    exact = _share(filled.head(_LOOKED_AT).str.contains(_DECIMALS))
    if exact >= 0.3 and _COORDINATE.fullmatch(plain):
        return "place"
    if is_number:
        return None
    if _share(filled.head(_LOOKED_AT).str.count_matches(r"\d") >= _LONG) >= 0.5:
        numbered = next((kind for kind, words in _NUMBERED.items() if words.fullmatch(plain)), None)
        if numbered is not None:
            return numbered
    by_title = next((kind for kind, words in _TITLE.items() if words.fullmatch(plain)), None)
    return by_title or _by_content(filled) or _by_size(plain, filled) or _by_text(filled)


def _share(is_so: pl.Series) -> float:
    share = is_so.mean()
    return share if isinstance(share, float) else 0.0


def _by_content(filled: pl.Series) -> Kind | None:
    cells = filled.head(_LOOKED_AT)
    if not len(cells):
        return None
    for kind, (pattern, share) in _CONTENT.items():
        matching = cells.filter(cells.str.contains(pattern))
        distinct = _DISTINCT.get(kind, 0.0)
        if len(matching) < share * len(cells) or (distinct and len(cells) < _ENOUGH):
            continue
        if matching.n_unique() >= distinct * len(matching):
            return kind
    return None


def _by_size(title: str, filled: pl.Series) -> Kind | None:
    """A named place with few respondents leads to them."""
    if len(filled) < _ENOUGH or not _SMALL_PLACE.fullmatch(title):
        return None
    return "small place" if len(filled) / filled.n_unique() < _FEW else None


def _by_text(filled: pl.Series) -> Kind | None:
    return "free text" if filled.str.contains(_WITHIN).any() else None


def question_about(table: str, title: str) -> Ask:
    """Return what is asked about a column that seems to identify people."""
    return Ask(table, title, OPTIONS)


def answered(profile: ImportProfile, table: str, title: str) -> str | None:
    """Return what was answered about a column: `personal`, `not_personal` or None."""
    return profile.settled(P_PII, question_about(table, title))


def with_locked(
    questions: Mapping[str, Question],
    columns: Columns,
    raw: RawTable,
    profile: ImportProfile,
    *,
    table: str,
) -> Mapping[str, Question]:
    """Return the questions, those that were answered to be personal declared so."""
    locked = {
        name: questions[name].model_copy(update={"personal": True})
        for name, index in columns.by_question.items()
        if answered(profile, table, raw.columns[index]) == LOCK
    }
    return MappingProxyType({**questions, **locked}) if locked else questions
