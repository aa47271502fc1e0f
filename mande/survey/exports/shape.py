"""An export as the tables it holds: without what the server adds, each row linked to the row above."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from mande.errors import Problem
from mande.schema.question import Table
from mande.survey.exports.platform import Platform
from mande.survey.exports.repeats import (
    Spread,
    from_wide,
    linked,
    wide_titles,
    without_columns,
    without_rejected,
)
from mande.survey.exports.tidy import tidy
from mande.survey.grid import RawTable, normal_title


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it is checked, and how it came about.

    Attributes
    ----------
    raw : the table, without rejected submissions and without the columns of its repeats.
    platform : the server it was exported from; None for a file of no known server.
    problems : what was left out, and what belongs to no row above.
    spread : where the cells stand in the file, for a repeat that was exported in the row above.
    whole : the table as it was read.
    """

    raw: RawTable
    platform: Platform | None = None
    problems: tuple[Problem, ...] = ()
    spread: Spread | None = None
    whole: RawTable | None = None

    def is_own(self, title: str) -> bool:
        """Return whether a column is the server's, or belongs to a repeat that is a table of its own."""
        gone = self.whole is not None and title in self.whole.columns and title not in self.raw.columns
        return gone or (self.platform is not None and self.platform.is_own(title))


def shaped(raw: RawTable) -> Shape:
    """Return a table by itself: tidied, its rows not yet linked."""
    kept, platform, problems = tidy(raw)
    return Shape(kept, platform, tuple(problems), whole=raw)


def below(child: Shape, parent: Shape, *, parent_key: str, schema: Table) -> Shape:
    """Return a repeat's own sheet with the ids of the rows above, where the export names them by its keys.

    Parameters
    ----------
    child, parent
        The two tables.
    parent_key
        Title of the id in the table above.
    schema
        Definition of the child's table: which ids its rows get.
    """
    platform = child.platform or parent.platform
    if platform is None or parent.whole is None or schema.link is None:
        return child
    rows = without_rejected(child.raw, parent.whole, parent.raw, platform)
    found, problems = linked(
        rows, parent.raw, platform, parent_key=parent_key, key=schema.key, link=schema.link
    )
    return replace(child, raw=found, platform=platform, problems=(*child.problems, *problems))


def split_off(
    parent: Shape,
    repeat: str,
    *,
    names: Collection[str],
    parent_key: str,
    schema: Table,
    blank: Collection[str] = (),
) -> tuple[Shape, Shape | None]:
    """Return the table above without a repeat that stands in its rows, and the repeat as a table.

    Parameters
    ----------
    parent
        The table above.
    repeat
        Name of the repeat in the export.
    names
        Titles and ids of its questions.
    parent_key
        Title of the id in the table above.
    schema
        Definition of the repeat's table.
    blank
        Texts (in lower case) that mean 'no answer', beside the empty cell.
    """
    titles = wide_titles(parent.raw, repeat, names)
    position = _column(parent.raw, parent_key)
    if not titles or position is None or schema.link is None:
        return parent, None
    rows, spread = from_wide(
        parent.raw,
        titles,
        parent_key=parent.raw.columns[position],
        key=schema.key,
        link=schema.link,
        blank=blank,
    )
    gone = {index for own in titles.values() for index in own.values()}
    kept = replace(parent, raw=without_columns(parent.raw, gone))
    return kept, Shape(rows, parent.platform, (), spread)


def title_of(raw: RawTable, question: str, columns: Mapping[str, str]) -> str | None:
    """Return the title of a question's column: as mapped, by its id, or by what follows the groups."""
    wanted = {normal_title(question)} | {normal_title(t) for t, name in columns.items() if name == question}
    for title in raw.columns:
        plain = normal_title(title)
        tails = {plain, *(plain.rpartition(mark)[2] for mark in "/.:-")}
        if tails & wanted:
            return title
    return None


def _column(raw: RawTable, title: str) -> int | None:
    titles = [normal_title(entry) for entry in raw.columns]
    plain = normal_title(title)
    return titles.index(plain) if plain in titles else None
