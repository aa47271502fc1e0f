"""An id, and any other answer declared unique, stands in one row only."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Text
from mande.survey.check import CheckContext
from mande.survey.grid import RawTable, Values
from mande.survey.table import ROW, ConformedTable, cell_problems

I_DUP = Code(
    "I-DUP",
    Text(
        "the same value stands in several rows",
        "la même valeur figure dans plusieurs lignes",
        "el mismo valor está en varias filas",
    ),
    Text("each value once", "chaque valeur une fois", "cada valor una vez"),
    Text(
        "Decide row by row: keep one and delete the others, or give a row its own id.",
        "Décidez ligne par ligne : gardez-en une et supprimez les autres, ou corrigez un identifiant.",
        "Decida fila por fila: deje una y elimine las demás, o corrija un id.",
    ),
    Text(
        "{found} in rows {rows}{differ}",
        "{found} aux lignes {rows}{differ}",
        "{found} en las filas {rows}{differ}",
    ),
)
BY_DEFINITION = True
_SHOWN = 5


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield I-DUP for every row that shares a unique answer, and what else differs between them."""
    for name, question in table.asked.items():
        if not question.unique:
            continue
        values = table.frame[name]
        mask = values.is_duplicated() & values.is_not_null()
        if mask.any():
            groups = _groups(values, mask)
            explain = _Explain(table, context.raw, groups, values)
            yield from cell_problems(table, name, mask, explain)


def _groups(values: pl.Series, mask: pl.Series) -> dict[object, list[int]]:
    groups: dict[object, list[int]] = {}
    for index, value in zip(mask.arg_true().to_list(), values.filter(mask).to_list(), strict=True):
        groups.setdefault(value, []).append(index)
    return groups


class _Explain:
    """Says in which rows a value stands and how those rows differ; worked out once for each value."""

    def __init__(
        self, table: ConformedTable, raw: RawTable, groups: dict[object, list[int]], values: pl.Series
    ) -> None:
        self._table = table
        self._raw = raw
        self._groups = groups
        self._values = values.to_list()
        self._done: dict[object, Values] = {}

    def __call__(self, text: str, index: int) -> tuple[Code, Values]:
        value = self._values[index]
        if value not in self._done:
            indices = self._groups[value]
            rows = [self._table.frame[ROW][i] for i in indices]
            self._done[value] = {
                "rows": self._raw.row_list(rows, limit=10),
                "differ": _difference(self._table, indices),
            }
        return I_DUP, self._done[value]


def _difference(table: ConformedTable, indices: list[int]) -> Text:
    rows = table.texts[indices[:50]]
    differing = [table.titles[name] for name in rows.columns if rows[name].n_unique() > 1]
    if not differing:
        return Text("; all answers equal", " ; réponses identiques", "; respuestas iguales")
    names = ", ".join(differing[:_SHOWN]) + (", ..." if len(differing) > _SHOWN else "")
    n = len(differing)
    return Text(
        f"; answers that differ: {n} ({names})",
        f" ; réponses différentes : {n} ({names})",
        f"; respuestas distintas: {n} ({names})",
    )
