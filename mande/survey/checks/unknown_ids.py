"""Respondents of the wave should stand in the programme's register."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable, cell_problems

I_UNKNOWN = Code(
    "I-UNKNOWN",
    Text(
        "the id is not in the register",
        "l'identifiant n'est pas dans le registre",
        "el id no está en el registro",
    ),
    Text("an id of the register", "un identifiant du registre", "un id del registro"),
    Text(
        "Correct the id, or add the unit to the register; until then the row is set aside in comparisons.",
        "Corrigez l'identifiant ou ajoutez l'unité au registre ; d'ici là la ligne est mise de côté.",
        "Corrija el id o añada la unidad al registro; hasta entonces la fila queda aparte.",
    ),
    Text("{found}{hint}"),
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield I-UNKNOWN for ids that the register does not hold, with the id that may be meant."""
    if context.register is None or table.key not in table.titles:
        return
    known = context.register
    ids = table.frame[table.key]
    mask = ids.is_not_null() & ~ids.is_in(known.implode())
    if not mask.any():
        return
    close: dict[str, list[str]] = {}
    for entry in known.to_list():
        close.setdefault(_bare(entry), []).append(entry)

    def explain(text: str, index: int) -> tuple[Code, Values]:
        return I_UNKNOWN, {"hint": _hint(close.get(_bare(text), []))}

    yield from cell_problems(table, table.key, mask, explain, severity=Severity.WARNING)


def _bare(text: str) -> str:
    """Return an id without what is easily lost or confused: case, marks, leading zeros, O for 0."""
    plain = re.sub(r"[^a-z0-9]", "", text.casefold()).replace("o", "0").replace("l", "1")
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", plain)


def _hint(candidates: list[str]) -> Text:
    if len(candidates) != 1:
        return Text("")
    name = candidates[0]
    return Text(f" (is it {name}?)", f" (est-ce {name} ?)", f" (¿es {name}?)")
