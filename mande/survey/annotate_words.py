"""What the two sheets of a marked copy are called: whoever reads the copy again passes them over."""

from __future__ import annotations

from collections.abc import Sequence

from mande.errors import Text
from mande.survey.readers.contract import Sheet

LISTING = Text("Problems", "Problèmes", "Problemas")
STEPS = Text("What to do", "Que faire", "Qué hacer")
TABLE = Text("Table", "Table", "Tabla")
HEADER = {
    "severity": Text("Kind", "Genre", "Clase"),
    "cell": Text("Cell", "Cellule", "Celda"),
    "row": Text("Row", "Ligne", "Fila"),
    "column": Text("Column", "Colonne", "Columna"),
    "question": Text("Question", "Question", "Pregunta"),
    "value": Text("Found", "Trouvé", "Hallado"),
    "message": Text("What is wrong", "Ce qui ne va pas", "Qué está mal"),
    "expected": Text("Expected", "Attendu", "Esperado"),
    "fix": Text("How to fix", "Comment corriger", "Cómo corregir"),
    "code": Text("Code", "Code", "Código"),
}


def without_ours(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return the sheets of a file without the two that a marked copy puts before them."""
    listings = [sheet for sheet in sheets if _is_listing(sheet)]
    if not listings:
        return list(sheets)
    names = (STEPS.en, STEPS.fr, STEPS.es)
    ours = [*listings, *(sheet for sheet in sheets if sheet.name.startswith(names))]
    return [sheet for sheet in sheets if all(sheet is not own for own in ours)]


def _is_listing(sheet: Sheet) -> bool:
    if not sheet.top or sheet.name.partition(" ")[0] not in (LISTING.en, LISTING.fr, LISTING.es):
        return False
    titles = set(sheet.top[0][1])
    told = (
        {text.en for text in HEADER.values()},
        {text.fr for text in HEADER.values()},
        {text.es for text in HEADER.values()},
    )
    return any(words <= titles for words in told)
