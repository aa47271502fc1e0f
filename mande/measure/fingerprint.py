"""What an indicator means, as a short hash: the same hash, the same meaning.

Labels, sources, pitfalls and examples may be worded better at any time. Formula, unit, rules and the
questions behind them may not, without a new version: a value of last year and one of this year would
carry one name and mean two things.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mande.catalogue import Catalogue
from mande.errors import Code, Problem, Text
from mande.formula import parse
from mande.measure.needs import needed_answers
from mande.measure.scopes import place_of
from mande.schema.indicator import Indicator
from mande.schema.question import Question

Known = Mapping[str, Mapping[str, str]]
"""Fingerprints on record: by indicator, then by version (as text)."""

D_MEANING = Code(
    "D-MEANING",
    Text(
        "an indicator's meaning has changed under the same version",
        "le sens d'un indicateur a changé sous la même version",
        "el significado de un indicador cambió con la misma versión",
    ),
    Text(
        "fingerprint {recorded}, on record for version {version}",
        "l'empreinte {recorded}, enregistrée pour la version {version}",
        "la huella {recorded}, registrada para la versión {version}",
    ),
    Text(
        "Give it a higher `version`, or take the change back; then `mande indicators check --record`.",
        "Donnez une `version` plus haute ou annulez le changement ; puis `mande indicators check --record`.",
        "Dé una `version` más alta, o deshaga el cambio; luego `mande indicators check --record`.",
    ),
)
D_RECORD = Code(
    "D-RECORD",
    Text(
        "this version of an indicator is not on record",
        "cette version d'un indicateur n'est pas enregistrée",
        "esta versión de un indicador no está registrada",
    ),
    Text(
        "its fingerprint in fingerprints.json",
        "son empreinte dans fingerprints.json",
        "su huella en fingerprints.json",
    ),
    Text(
        "Run `mande indicators check --record` and keep the file with the definitions.",
        "Lancez `mande indicators check --record` et gardez le fichier avec les définitions.",
        "Ejecute `mande indicators check --record` y guarde el archivo con las definiciones.",
    ),
)

_MEANING = (
    "entity", "unit", "per", "direction", "uses", "missing", "impute_within", "winsorise", "statistics",
    "weigh_by", "scale",
)  # fmt: skip
_ASKED = ("type", "unit", "per", "when", "when_skipped", "missing_codes")


def fingerprint(indicator: Indicator, catalogue: Catalogue) -> str:
    """Return the fingerprint of an indicator's meaning, 16 hexadecimal digits.

    It covers formulas (as trees: spacing does not count), entity, unit, rules, statistics, the versions of
    used indicators, and the type, unit, period, filter and choices of every question behind them.

    Raises
    ------
    MandeError
        F codes for formulas that are not right.
    """
    meaning: dict[str, Any] = indicator.model_dump(mode="json", include=set(_MEANING))
    meaning["value"] = str(parse(indicator.value))
    meaning["where"] = None if indicator.where is None else str(parse(indicator.where))
    meaning["parts"] = {name: str(parse(text)) for name, text in indicator.formulas.items()}
    needs = needed_answers([indicator], catalogue, by_group=False)
    meaning["questions"] = {
        f"{table}.{name}": _asked(catalogue.questions[table][name])
        for table, names in needs.items()
        for name in names
    }
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _asked(question: Question) -> dict[str, Any]:
    asked: dict[str, Any] = question.model_dump(mode="json", include=set(_ASKED))
    return asked | {"choices": list(question.choices)}


def changed_meanings(catalogue: Catalogue, known: Known, ids: Iterable[str]) -> Iterator[Problem]:
    """Yield D-MEANING for each indicator that means something else than on record, D-RECORD for new ones."""
    for name in ids:
        indicator = catalogue.indicators[name]
        version, found = str(indicator.version), fingerprint(indicator, catalogue)
        recorded = known.get(name, {}).get(version)
        place = place_of(catalogue, indicator, "version")
        if recorded is None:
            yield Problem(D_RECORD, place, {"found": f"{name} version {version}, {found}"})
        elif recorded != found:
            values = {"found": f"{name}: {found}", "recorded": recorded, "version": version}
            yield Problem(D_MEANING, place, values)


def recorded(catalogue: Catalogue, known: Known, ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the record with the versions it lacks; what is on record stays as it is."""
    found = {name: dict(versions) for name, versions in known.items()}
    for name in ids:
        indicator = catalogue.indicators[name]
        versions = found.setdefault(name, {})
        versions.setdefault(str(indicator.version), fingerprint(indicator, catalogue))
    return {name: found[name] for name in sorted(found)}
