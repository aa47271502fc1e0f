"""Registered respondents should stand in the file of the wave: a cut or filtered export has few of them."""

from __future__ import annotations

from collections.abc import Iterator

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable

I_NOTSEEN = Code(
    "I-NOTSEEN",
    Text(
        "{found} of {count} registered units are not in the file",
        "{found} unités enregistrées sur {count} ne sont pas dans le fichier",
        "{found} de {count} unidades registradas no están en el archivo",
    ),
    Text("every unit that was interviewed", "chaque unité enquêtée", "cada unidad entrevistada"),
    Text(
        "If they were interviewed, export again without filter; if not, go on: they are counted as lost.",
        "Si elles ont été enquêtées, exportez sans filtre ; sinon continuez : elles comptent comme perdues.",
        "Si fueron entrevistadas, exporte sin filtro; si no, siga: cuentan como perdidas.",
    ),
    Text("for example {ids}", "par exemple {ids}", "por ejemplo {ids}"),
)
MANY = 0.2
"""Up to this share, absence is what panels have; beyond it, the export may have been cut."""
ENOUGH = 20
"""In smaller registers a few absences are a large share, and say nothing of the export."""
_SHOWN = 3


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield I-NOTSEEN when the file lacks many of the registered units."""
    if context.register is None or table.key not in table.titles:
        return
    known = context.register
    absent = known.filter(~known.is_in(table.frame[table.key].drop_nulls().implode()))
    if len(known) < ENOUGH or len(absent) <= MANY * len(known):
        return
    ids = ", ".join(absent.sort().head(_SHOWN).to_list())
    values: Values = {"found": len(absent), "count": len(known), "ids": ids}
    yield Problem(I_NOTSEEN, context.raw.place(), values, Severity.WARNING)
