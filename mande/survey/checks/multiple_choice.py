"""Several choices that cannot stand together, or that another layout of the same answer contradicts."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Text
from mande.survey.check import CheckContext
from mande.survey.grid import SPACES, Values, normal_title
from mande.survey.table import ROW, ConformedTable, cell_problems

X_MULTI = Code(
    "X-MULTI",
    Text(
        "'{choice}' was ticked together with other choices",
        "« {choice} » a été coché avec d'autres réponses",
        "«{choice}» se marcó junto con otras opciones",
    ),
    Text(
        "'{choice}' alone, or the others", "« {choice} » seul, ou les autres", "«{choice}» sola, o las demás"
    ),
    Text("Keep one or the other.", "Gardez l'un ou l'autre.", "Deje lo uno o lo otro."),
)
X_LAYOUT = Code(
    "X-MULTI-COLUMNS",
    Text(
        "the list of choices and the column of one choice disagree",
        "la liste des réponses et la colonne d'une réponse se contredisent",
        "la lista de opciones y la columna de una opción se contradicen",
    ),
    Text("the same in both columns", "la même chose dans les deux colonnes", "lo mismo en ambas columnas"),
    Text(
        "Correct one of the two columns, or export again with one layout only.",
        "Corrigez une des deux colonnes, ou exportez de nouveau sous une seule forme.",
        "Corrija una de las dos columnas, o exporte de nuevo con un solo formato.",
    ),
    Text(
        "'{found}', but {column} = {value}",
        "« {found} », mais {column} = {value}",
        "«{found}», pero {column} = {value}",
    ),
)
_YES = ("1", "1.0", "true", "yes", "oui", "si", "sí", "vrai", "verdadero")
_NO = ("0", "0.0", "false", "no", "non", "faux", "falso")


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield X-MULTI for `exclusive` choices ticked with others, X-MULTI-COLUMNS for columns that disagree."""
    for name, question in table.asked.items():
        if question.type != "multiple":
            continue
        ticked = " " + table.frame[name] + " "
        for code in question.exclusive:
            both = ticked.str.contains(f" {code} ", literal=True) & (table.frame[name] != code)
            label = question.choices[code]
            yield from cell_problems(
                table, name, both, X_MULTI, {"choice": Text(label.en, label.fr, label.es)}
            )
        yield from _columns(table, context, name, ticked)


def _columns(table: ConformedTable, context: CheckContext, name: str, ticked: pl.Series) -> Iterator[Problem]:
    raw = context.raw
    kept = raw.rows.is_in(table.frame[ROW].implode())
    at = {normal_title(title): index for index, title in enumerate(raw.columns)}
    for code in table.questions[name].choices:
        column = next(
            (f"{table.titles[name]}{mark}{code}" for mark in "/._:" if _is_in(at, table, name, mark, code)),
            None,
        )
        if column is None:
            continue
        index = at[normal_title(column)]
        cells = raw.cells[f"c{index}"].filter(kept).str.strip_chars(SPACES).str.to_lowercase()
        held = ticked.str.contains(f" {code} ", literal=True)
        differs = (held & cells.is_in(list(_NO))) | (~held & cells.is_in(list(_YES)))
        texts = cells.to_list()

        def explain(
            text: str, row: int, column: str = raw.columns[index], texts: list[str] = texts
        ) -> tuple[Code, Values]:
            return X_LAYOUT, {"column": column, "value": texts[row]}

        yield from cell_problems(table, name, differs, explain)


def _is_in(at: dict[str, int], table: ConformedTable, name: str, mark: str, code: str) -> bool:
    return normal_title(f"{table.titles[name]}{mark}{code}") in at
