"""Words of names and titles, abbreviations of field questionnaires spelled out."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ABBREVIATED: Mapping[str, str] = {
    "gender": "sex", "hh": "household", "hhid": "household id", "qty": "quantity", "kg": "quantity",
    "edu": "education", "educ": "education", "yrs": "years", "yr": "year", "resp": "respondent",
    "farmer": "producer", "ha": "area", "num": "number", "no": "number", "n": "number", "amt": "amount",
    "inc": "income", "exp": "expenditure", "org": "organisation", "fert": "fertiliser",
    "coop": "cooperative", "group": "grp", "memb": "member", "membership": "member", "val": "value",
    "sexo": "sex", "sexe": "sex", "gênero": "sex", "género": "sex", "membro": "member", "membre": "member",
    "miembro": "member",
}  # fmt: skip
"""Abbreviations and close words of field questionnaires, spelled out before names are compared."""
_SMALL_WORDS = """
a an and any are at be by did do does for from had has have he her here his how i if in is it its last
many me more much of on one or our she that the their them there these they this those to up was we were
what when which who will with would you your yourself including please
au aux avec ce ces combien dans de des du elle en est et il ils la le les leur ou par pour quel quelle
que qui sa se ses son sont sur un une votre vous
al con cual cuando cuantas cuantos cuántas cuántos del el en es esta este la las los más o para por que qué
se si su sus un una usted y
"""
_SMALL = frozenset(_SMALL_WORDS.split())


def spelled(name: str) -> str:
    """Return the words of a question's name, abbreviations spelled out."""
    words = re.findall(r"[a-zà-ÿ]+|\d+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).casefold())
    return " ".join(_ABBREVIATED.get(word, word) for word in words)


def plain(text: str) -> str:
    """Return the telling words of a question: without its number, its references and small words."""
    text = re.sub(r"\$\{[^}]*\}", " ", text)
    text = re.sub(r"^\s*[A-Za-z]?\d+(\.\d+)*[a-z]?\s*[.):-]\s*", "", text)
    words = re.findall(r"[^\W_]+", text.casefold()[:300])
    return " ".join(_ABBREVIATED.get(word, word) for word in words if word not in _SMALL)


def stem(word: str) -> str:
    """Return a word without the s of its plural."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
