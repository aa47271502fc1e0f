"""Text that a spreadsheet would take for a formula."""

from __future__ import annotations

from collections.abc import Iterator

from mande.errors import Code, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.faults import CellFaults
from mande.survey.parse import Wrong
from mande.survey.table import ConformedTable

V_INJECTION = Code(
    "V-INJECTION",
    Text(
        "the text begins like a formula; it is kept as plain text",
        "le texte commence comme une formule ; gardé comme texte",
        "el texto empieza como una fórmula; se guarda como texto",
    ),
    Text("plain text", "du texte simple", "texto simple"),
    Text("Remove the first character.", "Retirez le premier caractère.", "Quite el primer carácter."),
)

BY_ROW = True


def check(table: ConformedTable, context: CheckContext) -> Iterator[CellFaults]:
    """Yield V-INJECTION for texts; signed numbers and phone numbers are not meant."""
    for name, question in table.asked.items():
        if question.type == "text":
            mask = table.texts[name].str.contains(r"^([=@]|[+-][^\d ]|[+-].*[(|!])")
            yield CellFaults.alike(table, name, mask, Wrong(V_INJECTION), Severity.WARNING)
