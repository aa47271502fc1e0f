"""Answers that contradict one another, by the rules of the definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from mande import wording
from mande.errors import Code, Language, Problem, Severity, Text
from mande.formula import Node, parse, walk
from mande.formula.tree import Aggregate, Column
from mande.schema.common import Label
from mande.schema.rule import Rule
from mande.survey.check import CheckContext, Checked
from mande.survey.grid import Values
from mande.survey.rowwise import Rows, can_work_out, named_in, worked_out
from mande.survey.sound import faulty, rows_of
from mande.survey.table import HIDDEN, LISTED_PER_COLUMN, V_MORE, ConformedTable

X_CROSS = Code(
    "X-CROSS",
    Text("{message}", "{message}", "{message}"),
    Text("the rule {rule}", "la règle {rule}", "la regla {rule}"),
    Text("{fix}", "{fix}", "{fix}"),
)
ONE_IS_WRONG = Text(
    "At least one of these answers is wrong: look them up in the questionnaire or ask again.",
    "Au moins une de ces réponses est fausse : vérifiez le questionnaire ou redemandez.",
    "Al menos una de estas respuestas está mal: revise el cuestionario o vuelva a preguntar.",
)
LOOK_AGAIN = Text(
    "Look these answers up in the questionnaire; if they are right, leave them: the file can be accepted.",
    "Vérifiez ces réponses dans le questionnaire ; si elles sont justes, laissez-les : le fichier peut "
    "être accepté.",
    "Revise estas respuestas en el cuestionario; si son correctas, déjelas: el archivo se puede aceptar.",
)
_NAMED = 6
BY_ROW = True
_LANGUAGES: tuple[Language, ...] = ("en", "fr", "es")


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield X-CROSS for each row that breaks a rule about its own answers.

    A rule is judged in every row in which each answer it names is sound by itself, whatever else is
    wrong in that row.
    """
    rows = {table.name: rows_of(table)}
    for rule in context.rules.values():
        root = parse(rule.rule).root
        if not _needs_others(root, table.name) and can_work_out(root, table.name, rows):
            yield from _broken(table, rule, root, rows, {table.name: table})


def check_wave(tables: Mapping[str, Checked]) -> Iterator[tuple[str, Problem]]:
    """Yield X-CROSS for each row that breaks a rule about it and the rows above or below it."""
    rows = {
        name: rows_of(entry.table, parent=entry.schema.parent, link=entry.schema.link)
        for name, entry in tables.items()
    }
    typed = {name: entry.table for name, entry in tables.items()}
    for name, entry in tables.items():
        for rule in entry.context.rules.values():
            root = parse(rule.rule).root
            if _needs_others(root, name) and can_work_out(root, name, rows):
                for problem in _broken(entry.table, rule, root, rows, typed):
                    yield name, problem


def _needs_others(root: Node, table: str) -> bool:
    named = (node.table for node in walk(root) if isinstance(node, Column | Aggregate))
    return any(name not in ("", table) for name in named)


def _broken(
    table: ConformedTable,
    rule: Rule,
    root: Node,
    rows: Mapping[str, Rows],
    typed: Mapping[str, ConformedTable],
) -> Iterator[Problem]:
    own = list(named_in(root, table.name))
    broken = ~worked_out(root, table.name, rows)
    for name in own:
        broken &= ~faulty(table, name)
    for roster, wrong in _faulty_keys(root, table.name, typed, rows).items():
        link = table.key if rows[roster].parent == table.name else rows[table.name].link
        broken &= ~table.frame[str(link)].is_in(wrong.implode())
    indices = broken.fill_null(value=False).arg_true()
    if not len(indices):
        return
    cells = [name for name in rule.cells or own if name in table.titles] or [table.key]
    severity = Severity.ERROR if rule.severity == "hard" else Severity.WARNING
    constant: Values = {"rule": rule.rule, "message": _text(rule.message), "fix": _fix(rule)}
    also = tuple(table.titles[name] for name in cells[1:])
    listed = indices.head(LISTED_PER_COLUMN)
    told = _found(table, own[:_NAMED], listed)
    for place, found in zip(table.places(cells[0], listed), told, strict=True):
        yield Problem(X_CROSS, place, constant | {"found": found}, severity, also=also)
    if len(indices) > len(listed):
        rest: Values = {"found": len(indices) - len(listed), "code": X_CROSS.id}
        yield Problem(V_MORE, table.place(cells[0]), rest, severity)


def _faulty_keys(
    root: Node, own: str, typed: Mapping[str, ConformedTable], rows: Mapping[str, Rows]
) -> dict[str, pl.Series]:
    """Return by other table the keys (of `own` or of the parent) under which a named answer is faulty."""
    found: dict[str, pl.Series] = {}
    for node in walk(root):
        if isinstance(node, Column) and node.table not in ("", own):
            other = typed[node.table]
            column = rows[node.table].link if rows[node.table].parent == own else other.key
            wrong = other.frame[str(column)].filter(faulty(other, node.name)).drop_nulls()
            known = found.get(node.table, wrong.clear())
            found[node.table] = pl.concat([known, wrong])
    return found


def _text(label: Label) -> Text:
    return Text(label.en, label.fr, label.es)


def _fix(rule: Rule) -> Text:
    if rule.fix is not None:
        return _text(rule.fix)
    return ONE_IS_WRONG if rule.severity == "hard" else LOOK_AGAIN


def _found(table: ConformedTable, names: list[str], rows: pl.Series) -> Iterator[Text]:
    """Yield for each row the answers that contradict one another, each with its column's title."""
    columns = [_shown(table, name, rows) for name in names]
    titles = [table.titles[name] for name in names]
    is_open = not any(table.is_hidden(name) for name in names)
    for cells in zip(*columns, strict=True):
        if is_open:  # numbers and codes are the same in every language
            yield Text(
                ", ".join(f"{title} = {cell or '-'}" for title, cell in zip(titles, cells, strict=True))
            )
            continue
        en, fr, es = (
            ", ".join(
                f"{title} = {(cell.in_(code) if isinstance(cell, Text) else cell) or '-'}"
                for title, cell in zip(titles, cells, strict=True)
            )
            for code in _LANGUAGES
        )
        yield Text(en, fr, es)


def _shown(table: ConformedTable, name: str, rows: pl.Series) -> list[str | Text]:
    texts = table.texts[name].gather(rows).to_list()
    if table.is_hidden(name):
        return [HIDDEN] * len(texts)
    values = table.frame[name].gather(rows).to_list()
    return [
        wording.number(value, digits=12) if isinstance(value, float) else table.shown(name, text)
        for text, value in zip(texts, values, strict=True)
    ]
