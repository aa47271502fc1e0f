"""A finding made of a coded problem: what, found, expected and how to fix, and the code for machines."""

from __future__ import annotations

from mande.errors import Problem
from mande.results import Cell, Finding, Status, Table
from mande.wording import upper_first


def coded(
    problem: Problem,
    *,
    id: str,  # noqa: A002 - the field of Finding
    title: str,
    status: Status,
    name: str = "",
    outcome: str = "",
    table: Table | None = None,
    values: dict[str, Cell] | None = None,
) -> Finding:
    """Return a finding whose sentence has what, found and expected, and whose advice is the way out.

    `values` of the finding hold the code, the place and the parts, beside those given.
    """
    told = f"{problem.summary()}: {problem.found()}"
    sentence = f"{name}: {told}." if name else f"{upper_first(told)}."
    parts: dict[str, Cell] = {
        "code": problem.code.id,
        "where": problem.place.text(),
        "found": problem.found(),
        "expected": problem.expected(),
    }
    return Finding(
        id=id,
        title=title,
        status=status,
        sentence=sentence,
        table=table,
        outcome=outcome,
        advice=problem.fix(),
        values=parts | (values or {}),
    )
