"""Letters that were converted twice: 'JosÃ©' for 'José'."""

from __future__ import annotations

from collections.abc import Iterator

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.table import ConformedTable, cell_problems

E_MOJIBAKE = Code(
    "E-MOJIBAKE",
    Text(
        "letters look wrongly converted", "des lettres semblent mal converties", "hay letras mal convertidas"
    ),
    Text("readable letters", "des lettres lisibles", "letras legibles"),
    Text(
        "Export the file again from its source as 'CSV UTF-8' or as a workbook.",
        "Exportez de nouveau le fichier en « CSV UTF-8 » ou en classeur.",
        "Exporte de nuevo el archivo como «CSV UTF-8» o como libro de Excel.",
    ),
)
_TWICE_CONVERTED = "\u00c3[\u0080-\u00bf]|\u00c2[\u0080-\u00bf]|\u00e2\u20ac|\ufffd"


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield E-MOJIBAKE for texts."""
    for name, question in table.asked.items():
        if question.type == "text":
            mask = table.texts[name].str.contains(_TWICE_CONVERTED)
            yield from cell_problems(table, name, mask, E_MOJIBAKE, severity=Severity.WARNING)
