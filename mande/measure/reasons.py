"""Why a value is missing: numbered reasons inside a plan, plain English outside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason a plan can give.

    Attributes
    ----------
    code : number inside the plan. Contradictions are below zero and so outrank every other reason
        where the smallest code of several rows is taken; then come questions in formula order.
    text : plain English phrase.
    table, question : the answer that is missing, where the reason is a missing answer.
    """

    code: int
    text: str
    table: str = ""
    question: str = ""


class Reasons:
    """Hands out codes while a plan is made; the same reason gets the same code."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str, str, bool], Reason] = {}

    def code(self, text: str, *, table: str = "", question: str = "", contradiction: bool = False) -> int:
        """Return the code of a reason."""
        mark = (text, table, question, contradiction)
        if mark not in self.known:
            number = len(self.known) + 1
            self.known[mark] = Reason(-number if contradiction else number, text, table, question)
        return self.known[mark].code

    def all(self) -> tuple[Reason, ...]:
        """Return every reason handed out, in order."""
        return tuple(self.known.values())
