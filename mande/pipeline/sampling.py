"""Which columns say how the sample was drawn: weights, strata and clusters, by the design or the register.

What the design names counts. Where it names no weights or strata, the register's own `weight` and `stratum`
do. A column is looked for in the register, then among the unit's own answers, then among those of the
programme's units above it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mande.errors import Text
from mande.schema import Design

WEIGHTS, STRATA, CLUSTERS = "__weights", "__strata", "__clusters"
"""Columns of the frame that hold what was found."""
_USUAL = {WEIGHTS: "weight", STRATA: "stratum", CLUSTERS: None}
_USED = {
    WEIGHTS: Text("weights: {name}", "poids : {name}", "pesos: {name}"),
    STRATA: Text("strata: {name}", "strates : {name}", "estratos: {name}"),
    CLUSTERS: Text(
        "standard errors clustered by {name}",
        "erreurs types par grappe ({name})",
        "errores por conglomerado ({name})",
    ),
}
_NONE = {
    WEIGHTS: Text("not weighted{why}", "non pondéré{why}", "sin ponderar{why}"),
    STRATA: Text("no strata{why}", "pas de strates{why}", "sin estratos{why}"),
    CLUSTERS: Text(
        "standard errors for independent units{why}",
        "erreurs types pour unités indépendantes{why}",
        "errores para unidades independientes{why}",
    ),
}
_LACKING = Text(
    " (the data have no column {name})",
    " (les données n'ont pas de colonne {name})",
    " (los datos no tienen la columna {name})",
)


@dataclass(frozen=True, slots=True)
class Sampling:
    """The columns by role (`WEIGHTS`, `STRATA`, `CLUSTERS`): those looked for, and whether they were found.

    `times` is what the indicator weighs by beside.
    """

    wanted: dict[str, str | None]
    found: frozenset[str]
    times: str | None = None

    def used(self, role: str) -> str | None:
        """Return the name of the column that is used, None where there is none."""
        return self.wanted[role] if role in self.found else None

    def words(self) -> list[Text]:
        """Return a phrase for each role: which column was used, or that there was none."""
        return [self._phrase(role) for role in (WEIGHTS, STRATA, CLUSTERS)]

    def _phrase(self, role: str) -> Text:
        name, used = self.wanted[role], self.used(role)
        names = [part for part in (used, self.times if role == WEIGHTS else None) if part]
        if names:
            return _filled(_USED[role], name=" × ".join(names))
        why = Text("", "", "") if name is None else _filled(_LACKING, name=name)
        return Text(*(_NONE[role].in_(lang).format(why=why.in_(lang)) for lang in ("en", "fr", "es")))


def _filled(text: Text, *, name: str) -> Text:
    return Text(*(text.in_(lang).format(name=name) for lang in ("en", "fr", "es")))


def wanted_columns(design: Design) -> dict[str, str | None]:
    """Return the columns to look for, by role."""
    named = {WEIGHTS: design.weights, STRATA: design.strata, CLUSTERS: design.cluster}
    return {role: named[role] or usual for role, usual in _USUAL.items()}


def sampling_column(role: str, series: pl.Series) -> pl.Series:
    """Return a column under its role's name: weights as numbers, the others as text; empty is missing.

    A weight that is no number above 0 is missing, and so its unit.
    """
    if role == WEIGHTS:
        numbers = series.cast(pl.Float64, strict=False)
        return numbers.set(numbers <= 0, None).alias(role)
    texts = series.cast(pl.String)
    return texts.set(texts == "", None).alias(role)
