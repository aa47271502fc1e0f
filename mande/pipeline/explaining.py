"""Explain a problem code in a paragraph."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import mande
from mande.errors import Code, Language, MandeError, Place, Problem, Text, did_you_mean

E_CODE = Code(
    "E-CODE",
    Text("there is no such problem code"),
    Text("one of: {known}{hint}"),
    Text("Copy the code from the message, for example V-RANGE."),
)


def all_codes() -> dict[str, Code]:
    """Return every code that some module of the package declares, by id."""
    found = {code.id: code for code in declared_codes()}
    return {name: found[name] for name in sorted(found)}


def declared_codes() -> Iterator[Code]:
    """Yield every `Code` of every module; a code that several modules import comes several times."""
    for entry in pkgutil.walk_packages(mande.__path__, "mande."):
        if entry.name.startswith(("mande.cli", "mande.__main__")) or "._library" in entry.name:
            continue
        module = importlib.import_module(entry.name)
        yield from (value for value in vars(module).values() if isinstance(value, Code))


def find_code(code: str) -> Code:
    """Return the code of that id, in any case.

    Raises
    ------
    MandeError
        E-CODE when there is none.
    """
    known = all_codes()
    if code.upper() not in known:
        values = {"found": code, "known": ", ".join(known), "hint": did_you_mean(code.upper(), known)}
        raise MandeError([Problem(E_CODE, Place(), values)])
    return known[code.upper()]


def explain_code(code: str, *, language: Language = "en") -> str:
    """Return what a code means and how to fix it.

    Raises
    ------
    MandeError
        E-CODE when there is none of that id.
    """
    entry = find_code(code)
    parts = [text.in_(language).format_map(_Left()) for text in (entry.summary, entry.expected, entry.fix)]
    told = [part for part in parts[1:] if part.strip(" …")]
    return "\n".join([f"{entry.id}  {parts[0]}", *(f"  {part}" for part in told)])


class _Gap(str):
    """What a message says of a certain file, and an explanation leaves open."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return "…"


class _Left(dict[str, _Gap]):
    """Values of a message that are not known outside a file."""

    def __missing__(self, key: str) -> _Gap:
        return _Gap()
