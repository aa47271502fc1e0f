"""A number that lacks the zeros its form demands has met a spreadsheet: put back once it is confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mande.errors import Option, Text
from mande.survey import parse_codes as codes
from mande.survey.asking import MISTAKE, Found, Seen
from mande.survey.parse import with_few_zeros

_REPAIR = Option(
    "repair",
    Text("put the zeros back", "remettre les zéros", "reponer los ceros"),
)


def ask(seen: Seen) -> Iterator[Found]:
    """Yield whether lost zeros are put back, or the question. Ids are repaired without asking."""
    if seen.question.type != "text" or not seen.question.pattern or seen.rule.is_id:
        return
    padded = {text: whole for text in seen.odd if (whole := with_few_zeros(text, seen.question)) is not None}
    if not padded:
        return
    n, shown = seen.count(padded), seen.example(padded)
    found = Text(
        f"cells that lost zeros at the front (Excel): {n} ({shown})",
        f"cellules qui ont perdu des zéros au début (Excel) : {n} ({shown})",
        f"celdas que perdieron ceros al inicio (Excel): {n} ({shown})",
    )
    pattern = {"pattern": seen.question.pattern}
    answer, problem = seen.asked(codes.V_PATTERN, (_REPAIR, MISTAKE), n, found, values=dict(pattern))
    if answer is None:
        yield Found((problem,), waiting=frozenset(padded))
    else:
        yield Found((problem,), style=replace(seen.style, restores_zeros=answer == _REPAIR.value))
