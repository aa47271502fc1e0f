"""Every reason that a value, a statistic or a hidden cell can give has its French and its Spanish."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import mande
from mande.measure.phrases import PHRASES, said
from mande.schema.common import MISSING_CODES
from mande.survey.conform import INVALID, NOT_ANSWERED

PACKAGE = Path(mande.__file__).parent
FILES = [
    *sorted((PACKAGE / "measure").rglob("*.py")),
    PACKAGE / "disclosure.py",
    PACKAGE / "pipeline" / "computing.py",
]
GIVES = {"code", "lit", "format", "_nothing", "replace"}
"""Functions that a reason or a note is handed to."""
NO_REASONS = {"phrases.py", "mathtext.py", "entries.py", "units.py", "plausible.py"}
NO_PHRASES = {" ", " for x", "< x", "x.x: x", "x: x", "x x", "as measured"}
"""Pieces of phrases, frames around one, and words that are no reason."""


def wording(node: ast.expr) -> Iterator[str]:
    """Yield the texts of an expression, with `x` in place of what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value.replace("{}", "x")
    elif isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
        yield "".join(str(part) for part in parts).replace("{}", "x")
    elif isinstance(node, ast.IfExp):
        yield from (*wording(node.body), *wording(node.orelse))
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from wording(value)


def reasons(path: Path) -> Iterator[str]:
    """Yield what a module's functions return as texts, and what they hand on as a reason."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef) or function.name in ("refuse", "named", "text"):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from wording(node.value)
            elif isinstance(node, ast.Call):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                handed = [entry.value for entry in node.keywords if entry.arg == "reason"]
                for argument in [*handed, *(node.args if name in GIVES else [])]:
                    yield from wording(argument)


FOUND = sorted(
    {
        text
        for path in FILES
        if path.name not in NO_REASONS
        for text in reasons(path)
        if " " in text and text not in NO_PHRASES
    }
)


def test_the_reasons_are_found():
    assert {"division by zero: x is 0", "no units", "nobody is below the line"} <= set(FOUND)
    assert len(FOUND) > 60


@pytest.mark.parametrize("language", ["fr", "es"])
@pytest.mark.parametrize("reason", [*FOUND, NOT_ANSWERED, INVALID, "not asked", *MISSING_CODES.values()])
def test_a_reason_is_said_in_the_readers_language(reason: str, language):
    told = said(reason, language)
    assert told != reason
    for half in reason.split(": "):
        assert len(half.split()) < 4 or half not in told


@pytest.mark.parametrize("text", PHRASES, ids=lambda text: text.en)
def test_a_phrase_has_every_language_and_fills_in_the_same_things(text):
    def names(template: str) -> list[str]:
        return sorted(name for _, name, _, _ in Formatter().parse(template) if name)

    assert names(text.en) == names(text.fr) == names(text.es)
    assert "" not in (text.fr, text.es)


def test_a_reason_within_a_reason_is_said_too():
    reason = "wage: pay_h: minimum for sector tea, region north has no value; none is given"
    assert said(reason, "fr") == (
        "wage : pay_h : minimum pour sector tea, region north n'a pas de valeur ; aucune n'est donnée"
    )
    assert said(reason) == reason
    assert said("something new", "es") == "something new"
