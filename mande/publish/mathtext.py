"""Formulas as mathematics (LaTeX), for the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mande.formula import Node, parse
from mande.formula.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Column,
    Compare,
    Logic,
    Member,
    Negate,
    Not,
    Number,
    Truth,
    Words,
    parts_of,
)

_COMPARE: Mapping[str, str] = {"==": "=", "!=": r"\ne", "<": "<", "<=": r"\le", ">": ">", ">=": r"\ge"}
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 3, "**": 3}


def math_of(text: str, *, condition: str | None = None) -> str:
    """Return a formula as LaTeX; with a condition, who has a value at all.

    Examples
    --------
    >>> math_of("sum(sales.qty * sales.price) / area_ha")
    '\\\\frac{\\\\sum_{\\\\text{sales}} \\\\text{qty} \\\\cdot \\\\text{price}}{\\\\text{area\\\\_ha}}'
    """
    found = _tex(parse(text).root, "")
    if condition is None:
        return found
    return f"{found} \\quad \\text{{for }} {_tex(parse(condition).root, '')}"


def _text(words: str) -> str:
    return r"\text{" + words.replace("_", r"\_").replace("%", r"\%").replace("&", r"\&") + "}"


def _tex(node: Node, roster: str) -> str:  # noqa: C901 - one case for each kind of node
    match node:
        case Number(value):
            return f"{value:.12g}"
        case Truth(value):
            return _text("yes" if value else "no")
        case Words(value):
            return _text(f"‘{value}’")
        case Column(name, table):
            return _text(name if table in ("", roster) else f"{table}.{name}")
        case Negate(operand):
            return f"-{_bracketed(operand, roster, 2)}"
        case Not(operand):
            return rf"\lnot {_bracketed(operand, roster, 9)}"
        case Arithmetic():
            return _arithmetic(node, roster)
        case Compare(sign, left, right):
            return f"{_tex(left, roster)} {_COMPARE[sign]} {_tex(right, roster)}"
        case Logic(sign, operands):
            word = r" \land " if sign == "and" else r" \lor "
            return word.join(_bracketed(operand, roster, 9) for operand in operands)
        case Member(operand, options):
            listed = ", ".join(_tex(option, roster) for option in options)
            return rf"{_tex(operand, roster)} \in \{{{listed}\}}"
        case Choose(condition, yes, no):
            return _cases(condition, yes, no, roster)
        case Call():
            return _call(node, roster)
        case Aggregate():
            return _aggregate(node)


def _bracketed(node: Node, roster: str, binding: int) -> str:
    text = _tex(node, roster)
    loose = isinstance(node, Arithmetic) and _BINDING[node.sign] < binding and node.sign != "/"
    joined = isinstance(node, Logic | Compare | Member) and binding > 3
    summed = isinstance(node, Call) and node.function == "sum_of" and binding > 1
    return rf"\left({text}\right)" if loose or summed or (joined and isinstance(node, Logic)) else text


def _arithmetic(node: Arithmetic, roster: str) -> str:
    if node.sign == "/":
        return rf"\frac{{{_tex(node.left, roster)}}}{{{_tex(node.right, roster)}}}"
    binding = _BINDING[node.sign]
    left, right = _bracketed(node.left, roster, binding), _bracketed(node.right, roster, binding)
    if node.sign == "-" and isinstance(node.right, Arithmetic) and node.right.sign in "+-":
        right = rf"\left({right}\right)"
    if node.sign == "**":
        return f"{left}^{{{right}}}"
    sign = r"\cdot" if node.sign == "*" else node.sign
    return f"{left} {sign} {right}"


def _cases(condition: Node, yes: Node, no: Node, roster: str) -> str:
    rows = [f"{_tex(yes, roster)} & \\text{{if }} {_tex(condition, roster)}"]
    while isinstance(no, Choose):
        rows.append(f"{_tex(no.yes, roster)} & \\text{{else if }} {_tex(no.condition, roster)}")
        no = no.no
    rows.append(f"{_tex(no, roster)} & \\text{{otherwise}}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


_CALLS: Mapping[str, str] = {
    "only_if": r"%(1)s \quad \text{for } %(0)s",
    "abs": r"\left|%(0)s\right|",
    "sqrt": r"\sqrt{%(0)s}",
    "log": r"\ln\left(%(0)s\right)",
    "exp": r"e^{%(0)s}",
    "min_of": r"\min\left(%(all)s\right)",
    "max_of": r"\max\left(%(all)s\right)",
    "floor": r"\lfloor %(0)s \rfloor",
    "ceil": r"\lceil %(0)s \rceil",
    "includes": r"%(1)s \in %(0)s",
    "sum_of": "%(sum)s",
    "mean_of": r"\frac{1}{%(n)s} \left(%(sum)s\right)",
}


def _call(node: Call, roster: str) -> str:
    parts = [_tex(part, roster) for part in node.arguments]
    values = {str(place): part for place, part in enumerate(parts)}
    values |= {"all": ", ".join(parts), "sum": " + ".join(parts), "n": str(len(parts))}
    other = rf"\operatorname{{{_plain(node.function)}}}\left(%(all)s\right)"
    return _CALLS.get(node.function, other) % values


def _plain(function: str) -> str:
    return function.replace("_", r"\_")


def _aggregate(node: Aggregate) -> str:
    rows = _text(node.table)
    parts: Sequence[str] = [_tex(part, node.table) for part in parts_of(node)]
    match node.function:
        case "count":
            return rf"\#\{{{rows}{' : ' + parts[0] if parts else ''}\}}"
        case "sum":
            return rf"\sum_{{{rows}}} {parts[0]}"
        case "mean":
            return rf"\frac{{1}}{{\#{rows}}} \sum_{{{rows}}} {parts[0]}"
        case "min" | "max":
            return rf"\{node.function}_{{{rows}}} {parts[0]}"
        case "share":
            return rf"\frac{{\#\{{{rows} : {parts[0]}\}}}}{{\#{rows}}}"
        case "any":
            return rf"\exists\, {rows} : {parts[0]}"
        case "all":
            return rf"\forall\, {rows} : {parts[0]}"
    return rf"\operatorname{{{_plain(node.function)}}}_{{{rows}}}\left({', '.join(parts)}\right)"
