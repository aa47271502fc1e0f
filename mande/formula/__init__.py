"""Formula text to a checked tree: Python's grammar, a closed list of names and functions, no `eval`."""

from mande.formula.check import Kind, Scope, check
from mande.formula.language import AGGREGATES, FUNCTIONS
from mande.formula.parser import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES, parse
from mande.formula.tree import Column, Formula, Node, aggregates, names, render, walk

__all__ = [
    "AGGREGATES",
    "FUNCTIONS",
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "MAX_NODES",
    "Column",
    "Formula",
    "Kind",
    "Node",
    "Scope",
    "aggregates",
    "check",
    "names",
    "parse",
    "render",
    "walk",
]
