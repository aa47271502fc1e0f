"""Values that a Stata or SPSS file itself declares missing: told once for each column, code and label."""

from __future__ import annotations

from collections.abc import Iterator

from mande.errors import Code, Language, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values, undeclared
from mande.survey.table import ConformedTable
from mande.units import LANGUAGES

V_DECLARED = Code(
    "V-DECLARED",
    Text(
        "values that the file declares missing were read as missing answers",
        "des valeurs que le fichier déclare manquantes ont été lues comme réponses manquantes",
        "los valores que el archivo declara perdidos se leyeron como respuestas faltantes",
    ),
    Text(""),
    Text(
        "Nothing, if the labels are right: each is kept as the reason why the answer is missing.",
        "Rien, si les libellés sont justes : chacun reste la raison pour laquelle la réponse manque.",
        "Nada, si las etiquetas son correctas: cada una queda como la razón de la respuesta faltante.",
    ),
    Text("{found}"),
)
_NO_LABEL = Text("no label", "sans libellé", "sin etiqueta")


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield V-DECLARED, a note, for each column with such values."""
    for name, title in table.titles.items():
        declared = context.raw.missing.get(title, {})
        if not declared:
            continue
        counts = dict(table.texts[name].value_counts().iter_rows())
        met = [(code, label, counts[code]) for code, label in declared.items() if code in counts]
        if met:
            told = (
                "; ".join(f"{code} = {_label(code, label, language)}: {n}" for code, label, n in met)
                for language in LANGUAGES
            )
            values: Values = {"found": Text(*told)}
            yield Problem(V_DECLARED, table.place(name), values, Severity.NOTE)


def _label(code: str, label: str, language: Language) -> str:
    return _NO_LABEL.in_(language) if label == undeclared(code) else label
