"""How two versions of a table differ: rows the same, changed, new and gone, and which answers changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mande.errors import Language, Text
from mande.survey.table import ROW

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Change:
    """How often the answers to a question differ, and examples as (id, before, after)."""

    question: str
    count: int
    examples: tuple[tuple[str, str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class TableDifference:
    """How one table differs between two accepted revisions or waves.

    `changes` are by question, the most frequent first; a question that only one side has is noted so.
    """

    table: str
    same: int
    changed: int
    new: tuple[str, ...]
    gone: tuple[str, ...]
    changes: tuple[Change, ...] = field(default=())

    def as_record(self) -> dict[str, Any]:
        """Return the difference as plain values."""
        changes = [
            {
                "question": c.question,
                "count": c.count,
                "note": c.note,
                "examples": [list(e) for e in c.examples],
            }
            for c in self.changes
        ]
        counts = {"same": self.same, "changed": self.changed, "new": len(self.new), "gone": len(self.gone)}
        ids = {"ids_new": list(self.new), "ids_gone": list(self.gone)}
        return {"table": self.table, **counts, **ids, "changes": changes}


def compare_rows(
    before: pl.DataFrame,
    after: pl.DataFrame,
    old_reasons: pl.DataFrame,
    new_reasons: pl.DataFrame,
    *,
    key: str,
) -> dict[str, int]:
    """Return how many rows are `same`, `changed`, `new` and `gone`, matched by key.

    A row is the same when all its answers and its reasons for missing ones are; a column that only
    one side has counts as changed.
    """
    old_keys, new_keys = set(before[key].to_list()), set(after[key].to_list())
    both = old_keys & new_keys
    changed: set[str] = set()
    if set(before.columns) != set(after.columns):
        changed = both
    else:
        answers = [name for name in before.columns if name not in (key, ROW)]
        pairs = before.join(after, on=key, how="inner", suffix=" (new)")
        if answers:
            differs = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c} (new)")) for c in answers)
            changed = set(pairs.filter(differs)[key].to_list())
        columns = ["key", "question", "reason"]
        old, new = old_reasons.select(columns), new_reasons.select(columns)
        moved = pl.concat([old.join(new, on=columns, how="anti"), new.join(old, on=columns, how="anti")])
        changed |= set(moved["key"].to_list()) & both
    return {
        "same": len(both) - len(changed),
        "changed": len(changed),
        "new": len(new_keys - old_keys),
        "gone": len(old_keys - new_keys),
    }


def compare_tables(
    table: str,
    before: pl.DataFrame,
    after: pl.DataFrame,
    reasons: tuple[pl.DataFrame, pl.DataFrame],
    *,
    key: str,
    hidden: frozenset[str] = frozenset(),
) -> TableDifference:
    """Return how a table differs between two versions, question by question.

    Parameters
    ----------
    table
        Its name.
    before, after
        The answers of both; rows are matched by `key`.
    reasons
        Why values are missing, before and after: columns table, key, question, reason.
    key
        Column of the id.
    hidden
        Questions whose answers are counted and never shown.
    """
    old = _with_reasons(table, before, reasons[0], key)
    new = _with_reasons(table, after, reasons[1], key)
    ids_old, ids_new = set(before[key].to_list()), set(after[key].to_list())
    shared = sorted((set(old.columns) & set(new.columns)) - {key})
    pairs = old.join(new, on=key, how="inner", suffix=" (new)").sort(key)
    changes, changed = [], pl.repeat(False, pairs.height, eager=True, dtype=pl.Boolean)
    for name in shared:
        mask = pairs.select(pl.col(name).ne_missing(pl.col(f"{name} (new)"))).to_series()
        changed = changed | mask
        if mask.any():
            changes.append(_change(pairs.filter(mask), name, key, is_hidden=name in hidden))
    changes.sort(key=lambda change: (-change.count, change.question))
    changes += [Change(name, 0, note="only before") for name in sorted(set(old.columns) - set(new.columns))]
    changes += [Change(name, 0, note="only after") for name in sorted(set(new.columns) - set(old.columns))]
    return TableDifference(
        table=table,
        same=pairs.height - int(changed.sum()),
        changed=int(changed.sum()),
        new=tuple(sorted(ids_new - ids_old)),
        gone=tuple(sorted(ids_old - ids_new)),
        changes=tuple(changes),
    )


def _with_reasons(table: str, frame: pl.DataFrame, reasons: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the answers as text, a missing one as its reason in brackets."""
    answers = [name for name in frame.columns if name not in (key, ROW)]
    # Whole numbers as a person writes them: 174669, not 174669.0.
    texts = frame.select(
        key,
        *(
            pl.col(name).cast(pl.String).str.strip_suffix(".0" if frame[name].dtype.is_float() else "")
            for name in answers
        ),
    )
    own = reasons.filter((pl.col("table") == table) & pl.col("question").is_in(answers))
    for (question,), part in own.group_by(["question"], maintain_order=True):
        told = part.select(pl.col("key").alias(key), (pl.lit("(") + pl.col("reason") + ")").alias("_why"))
        joined = texts.join(told.unique(key), on=key, how="left", maintain_order="left")
        texts = joined.with_columns(pl.coalesce(str(question), "_why").alias(str(question))).drop("_why")
    return texts


def _change(pairs: pl.DataFrame, name: str, key: str, *, is_hidden: bool) -> Change:
    if is_hidden:
        return Change(name, pairs.height, note="values are not shown")
    rows = pairs.select(key, name, f"{name} (new)").head(_SHOWN).fill_null("(no answer)").rows()
    return Change(name, pairs.height, tuple((str(a), str(b), str(c)) for a, b, c in rows))


_COUNTS = Text(
    "{name}: rows {same} the same, {changed} changed, {new} new, {gone} gone",
    "{name} : lignes {same} identiques, {changed} modifiées, {new} nouvelles, {gone} disparues",
    "{name}: filas {same} iguales, {changed} cambiadas, {new} nuevas, {gone} desaparecidas",
)
_NEW = Text("new", "nouvelles", "nuevas")
_GONE = Text("gone", "disparues", "desaparecidas")
_NOTES = {
    text.en: text
    for text in (
        Text("only before", "avant seulement", "solo antes"),
        Text("only after", "après seulement", "solo después"),
        Text("values are not shown", "valeurs non montrées", "valores no mostrados"),
    )
}


def difference_text(
    differences: Mapping[str, TableDifference], titles: tuple[str, str], language: Language = "en"
) -> str:
    """Return differences to read; `titles` name what stands before and after."""
    lines = [f"{titles[0]}  ->  {titles[1]}"]
    for name, found in differences.items():
        counts = {"same": found.same, "changed": found.changed}
        counts |= {"new": len(found.new), "gone": len(found.gone)}
        lines += ["", _COUNTS.in_(language).format(name=name, **counts)]
        for word, ids in ((_NEW, found.new), (_GONE, found.gone)):
            if ids:
                more = ", ..." if len(ids) > 10 else ""
                lines.append(f"  {word.in_(language)}: {', '.join(ids[:10])}{more}")
        for change in found.changes:
            note = _NOTES[change.note].in_(language) if change.note in _NOTES else change.note
            lines.append(
                f"  {change.question}: {note if not change.count else change.count}"
                + (f" ({note})" if change.count and note else "")
            )
            lines += [f"    {unit}: {before} -> {after}" for unit, before, after in change.examples]
    return "\n".join(lines)
