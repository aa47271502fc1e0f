"""Rows under different ids that agree in almost every answer: the same interview sent twice, or copied."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ROW, ConformedTable, cell_problems

I_LIKELY = Code(
    "I-DUP-LIKELY",
    Text(
        "the row agrees with another one in almost every answer",
        "la ligne concorde avec une autre dans presque toutes les réponses",
        "la fila coincide con otra en casi todas las respuestas",
    ),
    Text("interviews that differ", "des entretiens différents", "entrevistas distintas"),
    Text(
        "Look at both: delete one if it is the same interview; ask the enumerator if it was copied.",
        "Comparez-les : supprimez-en une si c'est le même entretien ; demandez si c'est une copie.",
        "Compárelas: borre una si es la misma entrevista; pregunte al encuestador si fue copiada.",
    ),
    Text(
        "{found}: {same} of {count} answers as in row {other}{differ}",
        "{found} : {same} réponses sur {count} comme à la ligne {other}{differ}",
        "{found}: {same} de {count} respuestas como en la fila {other}{differ}",
    ),
)
ALIKE = 0.9
LEAST = 10
"""Fewer answers agree by chance."""
_GROUPS = 4
_CROWD = 12
"""More rows alike in a quarter of the answers say that these answers hardly vary."""
_SHOWN = 5
_FIRST = 10_000


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield I-DUP-LIKELY for the later of two rows with at least nine tenths of their answers in common.

    Answers that hardly vary do not count. Two rows are compared where they agree wholly in one of four
    parts of the questionnaire: whatever differs in up to three answers is found.
    """
    names = _telling(table)
    if len(names) < LEAST or table.key not in table.titles:
        return
    texts = table.texts.select(names)
    best: dict[int, tuple[int, int, int]] = {}
    for first, second in _candidates(texts):
        a, b = texts.row(first), texts.row(second)
        both = [(x, y) for x, y in zip(a, b, strict=True) if x or y]
        same = sum(x == y for x, y in both)
        if (
            len(both) >= LEAST
            and ALIKE * len(both) <= same
            and table.texts[table.key][first] != table.texts[table.key][second]
        ):
            best[second] = max(best.get(second, (0, 0, 0)), (same, len(both), first))
    if not best:
        return

    def explain(text: str, index: int) -> tuple[Code, Values]:
        same, count, other = best[index]
        differ = [table.titles[n] for n in names if texts[n][index] != texts[n][other]]
        return I_LIKELY, {
            "same": same, "count": count, "differ": _told(differ),
            "other": context.raw.row_name(int(table.frame[ROW][other])),
        }  # fmt: skip

    mask = pl.Series([False]).new_from_index(0, table.frame.height).scatter(sorted(best), True)
    yield from cell_problems(table, table.key, mask, explain, severity=Severity.WARNING)


def _telling(table: ConformedTable) -> list[str]:
    """Return the questions whose answers vary enough to tell respondents apart."""
    asked = [
        name
        for name, question in table.asked.items()
        if name != table.key and not question.unique and question.role is None
    ]
    varied = _vary_from_row_to_row(table.texts.select(asked))
    return [name for name in asked if name in varied or _varies(table.texts[name])]


def _vary_from_row_to_row(texts: pl.DataFrame) -> set[str]:
    """Return columns in which no text can hold nine tenths of the filled cells.

    In one that does, two filled neighbours differ at most twice for each cell that holds another text.
    """
    text, above = pl.all(), pl.all().shift(1)
    filled = texts.select((text != "").sum())
    differing = texts.select(((text != above) & (text != "") & (above != "")).sum())
    return {name for name in texts.columns if differing[name][0] > 2 * (1 - ALIKE) * filled[name][0] + 1}


def _varies(texts: pl.Series) -> bool:
    """Return whether there are answers, and no text holds nine tenths of them."""
    filled = texts.filter(texts != "")
    return len(filled) > 0 and int((filled == filled.mode()[0]).sum()) < ALIKE * len(filled)


def _candidates(texts: pl.DataFrame) -> set[tuple[int, int]]:
    """Return pairs of rows that agree in a whole part of the answers."""
    first = texts.head(_FIRST)  # enough to tell which answers vary more
    names = sorted(texts.columns, key=lambda name: (-first[name].n_unique(), name))
    found: set[tuple[int, int]] = set()
    for start in range(_GROUPS):
        part = names[start::_GROUPS]
        # Rows that only share a hash fall out later: all their answers are compared.
        hashes = texts.select(part).hash_rows()
        again = hashes.is_duplicated().arg_true()
        own = texts.select(part)[again].select(pl.sum_horizontal(pl.all() != "") > len(part) // 2)
        shared = pl.DataFrame({"hash": hashes.gather(again), "index": again}).filter(own.to_series())
        groups = (
            shared.group_by("hash", maintain_order=True).agg("index").filter(pl.col("index").list.len() > 1)
        )
        for rows in groups["index"].to_list():
            if len(rows) <= _CROWD:
                found |= {(a, b) for a in rows for b in rows if a < b}
    return found


def _told(differ: list[str]) -> Text:
    if not differ:
        return Text("")
    names = ", ".join(differ[:_SHOWN]) + (", ..." if len(differ) > _SHOWN else "")
    return Text(f"; different: {names}", f" ; différentes : {names}", f"; distintas: {names}")
