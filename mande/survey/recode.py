"""Put the library's codes in the place of a file's own, as `choices` in mapping.yaml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mande.schema.question import Question
from mande.survey.grid import SPACES, RawTable
from mande.survey.mapping import Columns, TableMapping


def recoded(
    raw: RawTable, columns: Columns, mapping: TableMapping, questions: Mapping[str, Question]
) -> RawTable:
    """Return the table with recoded answers; several answers in one cell are recoded one by one.

    Parameters
    ----------
    raw
        Cells as text.
    columns
        The question each column answers.
    mapping
        `choices`: for a question, the text in the file and the code it stands for. Case does not matter.
    questions
        Every question of the table.
    """
    changed = []
    for name, codes in mapping.choices.items():
        index = columns.by_question.get(name)
        if index is None or not codes:
            continue
        texts = raw.cells[f"c{index}"]
        several = questions[name].type == "multiple"
        known = {" ".join(text.casefold().split()): code for text, code in codes.items()}
        distinct = texts.unique().to_list()
        new = {text: _one(text, known, several=several) for text in distinct}
        moved = {text: code for text, code in new.items() if code != text}
        changed.append(texts.replace(list(moved), list(moved.values())) if moved else texts)
    return replace(raw, cells=raw.cells.with_columns(changed)) if changed else raw


def _one(text: str, codes: Mapping[str, str], *, several: bool) -> str:
    plain = " ".join(text.strip(SPACES).casefold().split())
    if plain in codes:
        return codes[plain]
    if several and len(plain.split()) > 1:
        return " ".join(filter(None, (codes.get(part.casefold(), part) for part in text.split())))
    return text
