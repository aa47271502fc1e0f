"""Values that stand one column too far left: some exports lose a column of an older form version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from mande.errors import Code, Problem, Text
from mande.schema.question import Question
from mande.survey.check import CheckContext
from mande.survey.grid import normal_title
from mande.survey.table import ROW, ConformedTable

L_SHIFT = Code(
    "L-SHIFT",
    Text(
        "values look shifted to the left: from this column on they fit the column to their right; "
        "rows: {rows}",
        "des valeurs semblent décalées vers la gauche : à partir de cette colonne, elles conviennent à la "
        "colonne suivante ; lignes : {rows}",
        "los valores parecen desplazados a la izquierda: desde esta columna encajan en la columna siguiente; "
        "filas: {rows}",
    ),
    Text("each value under its title", "chaque valeur sous son titre", "cada valor bajo su título"),
    Text(
        "Export each version of the form by itself, or move the values of these rows one column to "
        "the right.",
        "Exportez chaque version du formulaire à part, ou déplacez ces valeurs d'une colonne vers la droite.",
        "Exporte cada versión del formulario por separado, o mueva estos valores una columna a la derecha.",
    ),
    Text("columns: {found}", "colonnes : {found}", "columnas: {found}"),
)
_SIGNS = 3  # so many values that fit only the next column are no accident
_WHOLE, _NUMBER = re.compile(r"-?\d+"), re.compile(r"-?\d+([.,]\d+)?")
_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")
_YES_NO = frozenset(("yes", "no", "true", "false", "0", "1", "oui", "non", "sí", "si"))


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield L-SHIFT for each run of rows whose values are shifted from the same column on.

    Only rows with several unreadable cells are looked at, so a sound file costs nothing.
    """
    asked = table.asked
    questions = sorted(asked, key=lambda question: table.positions[question])
    starts = {}
    for index, texts, invalid in _suspects(table, questions):
        start = _shift(texts, invalid, [asked[question] for question in questions])
        if start is not None:
            starts[index] = start
    for start in sorted(set(starts.values())):
        indices = [index for index, found in starts.items() if found == start]
        place = table.place(questions[start], indices[0])
        rows = context.raw.row_list(table.frame[ROW].gather(indices).to_list())
        yield Problem(L_SHIFT, place, {"found": len(questions) - 1 - start, "rows": rows})


def _suspects(
    table: ConformedTable, questions: Sequence[str]
) -> Iterator[tuple[int, Sequence[str], Sequence[bool]]]:
    """Yield index, texts and unreadable cells of rows with several of these and an empty last column."""
    if not questions:
        return
    invalid = [
        table.invalid.indices(question).to_numpy() if question in table.invalid else np.empty(0, np.int64)
        for question in questions
    ]
    counts = np.zeros(table.frame.height, np.uint16)
    for wrong in invalid:
        counts[wrong] += 1  # a cell that stands twice in the list counts once
    is_empty = (table.texts[questions[-1]] == "").to_numpy()
    indices = np.flatnonzero((counts >= _SIGNS) & is_empty)
    marks = np.array([np.isin(indices, wrong) for wrong in invalid])
    rows = table.texts.select(questions)[indices].iter_rows()
    for place, (index, texts) in enumerate(zip(indices.tolist(), rows, strict=True)):
        yield index, texts, marks[:, place].tolist()


def _shift(texts: Sequence[str], invalid: Sequence[bool], questions: Sequence[Question]) -> int | None:
    """Return the first column whose value and all right of it fit the next column, or None."""
    if texts[-1]:
        return None  # the last column is empty where all have moved left
    start, signs = len(texts) - 1, 0
    for column in range(len(texts) - 2, -1, -1):
        if texts[column] and not _fits(texts[column], questions[column + 1]):
            break
        if invalid[column] and texts[column]:
            start, signs = column, signs + 1
    return start if signs >= _SIGNS else None


def _fits(text: str, question: Question) -> bool:
    """Return whether a text may answer a question, by its type, choices, range and pattern."""
    if question.type in ("integer", "number"):
        pattern = _WHOLE if question.type == "integer" else _NUMBER
        return bool(pattern.fullmatch(text))
    if question.type == "date":
        return bool(_DAY.fullmatch(text))
    if question.type == "yes_no":
        return text.casefold() in _YES_NO
    if question.type == "choice":
        return normal_title(text) in _choices(question)
    if question.type == "multiple":
        return set(text.split()) <= set(question.choices)
    return question.pattern is None or bool(re.fullmatch(question.pattern, text))


def _choices(question: Question) -> set[str]:
    labels = {text for label in question.choices.values() for text in (label.en, label.fr, label.es) if text}
    return set(map(normal_title, (*question.choices, *labels)))
